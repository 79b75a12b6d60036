"""Pictures, by matplotlib. Colours are those of Okabe and Ito ("Color Universal Design", 2008), which people who are
colour-blind tell apart; lines differ in their dashes and points in their shapes as well."""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _quantity
from ._frames import timeline_series
from .errors import Error, require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ._result import Result
    from ._results import Results

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
ROUNDS = ("#e8eef4", "#d3dfe9")
DOWNTIME = "#D55E00"
FAULT, REPAIR = "#000000", "#009E73"
# More rounds than these have no numbers, more faults no words.
NUMBERED_ROUNDS_MAX = 12
NAMED_FAULTS_MAX = 6
LINES_MAX = 12
# Of the picture's width: what a number and a word beside a line take.
NUMBERED_SHARE_MIN, NAMED_SHARE_MIN = 0.02, 0.04


def _axes(axes: Axes | None, size: tuple[float, float]) -> tuple[Figure, Axes]:
    if axes is not None:
        figure: Any = axes.get_figure()
        return figure, axes
    made = _picture_class()(figsize=size, layout="constrained")
    return made, made.add_subplot()


@functools.cache
def _picture_class() -> Any:
    """A figure of its own, not one of pyplot's: a script that draws thousands keeps none of them, and a notebook shows it
    whatever its backend is."""
    base: Any = require("matplotlib.figure", "a picture", "python3-matplotlib").Figure

    class Picture(base):  # type: ignore[misc]
        def _repr_png_(self) -> bytes:
            written = io.BytesIO()
            self.savefig(written, format="png", dpi=100)
            return written.getvalue()

    return Picture


def _legend(axes: Axes, title: str | None = None) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        by_label = dict(zip(labels, handles))
        axes.legend(by_label.values(), by_label.keys(), title=title, fontsize="small",
                    loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)


def _look(number: int) -> dict[str, Any]:
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": DASHES[number % len(DASHES)]}


def plot_result(result: Result, vm: str | None, axes: Axes | None) -> Figure:
    """See Result.plot."""
    figure, drawn = _axes(axes, (9, 4))
    events = result.event_list
    moved = list(dict.fromkeys(e["vm"] for e in events if e["event"] == "migration.started"))
    if vm is not None and vm not in moved:
        raise Error(f"no migration of '{vm}' began in this run; VMs that moved: {', '.join(moved) or 'none'}")
    shown = vm if vm is not None else moved[0] if moved else None
    series = timeline_series(result.folder, result.data) if (result.folder / "timeline.json").is_file() else None
    drawn.set_xlim(*_span(events))
    if shown is not None:
        _rounds(drawn, events, shown, _round_starts(series or [], shown))
    what = _goodputs(drawn, events) if series is None else _link_rates(drawn, series)
    measured = drawn.get_lines()[:]
    _faults(drawn, events)
    drawn.set_xlabel("virtual time (s)")
    drawn.set_ylabel(f"{what} (Mbit/s)")
    if not any(max(line.get_ydata(), default=0) > 0 for line in measured):
        drawn.set_ylim(top=1)  # all is zero: an axis of tiny numbers would say something else
    drawn.set_ylim(bottom=0)
    drawn.set_title(f"{result.scenario}, seed {result.seed}: {result.verdict}", loc="left", fontsize="medium")
    drawn.grid(axis="y", alpha=0.3)
    _legend(drawn)
    return figure


def _span(events: list[dict[str, Any]]) -> tuple[float, float]:
    # What migrations and faults took, and a little around; the quiet end of a run is left away.
    times = [e["time_s"] for e in events if e["event"].startswith("migration.") or e["event"] == "scenario.fault"]
    if not times:
        times = [e["time_s"] for e in events] or [0.0, 1.0]
    first, last = min(times), max(times)
    margin = max((last - first) * 0.03, 1e-3)
    return max(0.0, first - margin), last + margin


def _width(axes: Axes) -> float:
    first, last = axes.get_xlim()
    return float(last - first)


def _round_starts(series: list[dict[str, Any]], vm: str) -> dict[int, float]:
    starts: dict[int, float] = {}
    for one in series:
        if one["metric"] == "migration.round" and one["labels"].get("vm") == vm:
            for time, number in zip(one["t_s"], one["v"]):
                starts.setdefault(round(number), time)
    return starts


def _rounds(axes: Axes, events: list[dict[str, Any]], vm: str, sampled: Mapping[int, float]) -> None:
    starts: dict[int, float] = dict(sampled)
    stopped = began = ended = resumed = None
    for event in events:
        if event.get("vm") != vm:
            continue
        name, time = event["event"], event["time_s"]
        if name == "migration.started":
            if began is not None:
                break  # only the first of several migrations of this VM
            began = time
        elif began is None:
            continue
        elif name == "migration.progress":
            starts.setdefault(event["round"], time)
        elif name == "migration.guest_stopped":
            stopped = time
        elif name == "guest.changed" and event.get("state") == "running" and stopped is not None and resumed is None:
            resumed = time
        elif name == "migration.ended":
            ended = time
            break
    if began is None:
        return
    end = ended if ended is not None else events[-1]["time_s"]
    _bands(axes, starts, began, stopped if stopped is not None else end, vm)
    if stopped is not None:
        axes.axvspan(stopped, resumed if resumed is not None else end, facecolor=DOWNTIME, alpha=0.35, hatch="///",
                     edgecolor=DOWNTIME, linewidth=0, label=f"{vm} is stopped", zorder=0.5)


def _bands(axes: Axes, starts: Mapping[int, float], began: float, end: float, vm: str) -> None:
    bounds = sorted(starts.items())
    if bounds:
        bounds[0] = (bounds[0][0], began)
    for place, (number, start) in enumerate(bounds):
        stop = bounds[place + 1][1] if place + 1 < len(bounds) else max(start, end)
        label = f"rounds of {vm}" if place == 0 else None
        axes.axvspan(start, stop, facecolor=ROUNDS[place % 2], label=label, zorder=0, linewidth=0)
        if len(bounds) <= NUMBERED_ROUNDS_MAX and stop - start > NUMBERED_SHARE_MIN * _width(axes):
            axes.annotate(str(number), ((start + stop) / 2, 0.01), xycoords=("data", "axes fraction"), ha="center",
                          va="bottom", fontsize="x-small", color="#555555", annotation_clip=True)


def _goodputs(axes: Axes, events: list[dict[str, Any]]) -> str:
    series: dict[str, tuple[list[float], list[float]]] = {}
    for event in events:
        if event["event"] == "migration.progress":
            times, rates = series.setdefault(event["vm"], ([], []))
            times.append(event["time_s"])
            rates.append(event["goodput_bps"] / 1e6)
    for number, (vm, (times, rates)) in enumerate(list(series.items())[:LINES_MAX]):
        axes.plot(times, rates, **_look(number), marker=".", markersize=4, label=f"goodput of {vm}")
    return "goodput"


def _link_rates(axes: Axes, series: list[dict[str, Any]]) -> str:
    carried = [one for one in series if one["metric"] == "link.rate_bps"]
    carried.sort(key=lambda one: float(-sum(one["v"])))
    for number, one in enumerate(carried[:LINES_MAX]):
        labels = one["labels"]
        name = " ".join(str(labels[key]) for key in ("link", "direction") if key in labels) or "link"
        axes.plot(one["t_s"], [v / 1e6 for v in one["v"]], **_look(number), linewidth=1.2, label=name)
    return "link rate"


def _faults(axes: Axes, events: list[dict[str, Any]]) -> None:
    faults = [e for e in events if e["event"] == "scenario.fault"]
    for event in faults:
        repair = event["what"].startswith(("restore", "restart", "heal"))
        colour = REPAIR if repair else FAULT
        axes.axvline(event["time_s"], color=colour, linewidth=0.8, linestyle=":" if repair else "-", alpha=0.7)
        axes.plot([event["time_s"]], [1.0], transform=axes.get_xaxis_transform(), clip_on=False, linestyle="none",
                  marker="^" if repair else "v", markersize=7, color=colour, label="repair" if repair else "fault")
        if len(faults) <= NAMED_FAULTS_MAX:
            left = event["time_s"] - axes.get_xlim()[0] > NAMED_SHARE_MIN * _width(axes)
            axes.annotate(event["what"], (event["time_s"], 0.97), xycoords=("data", "axes fraction"), rotation=90,
                          ha="right" if left else "left", va="top", fontsize="x-small", xytext=(-2 if left else 2, 0),
                          textcoords="offset points")


def plot_results(results: Results, x: str, y: str, axes: Axes | None) -> Figure:
    """See Results.plot."""
    frame = results.frame
    for name in (x, y):
        if name not in frame.columns:
            raise KeyError(f"{name}: the frame has no such column; it has: {', '.join(map(str, frame.columns))}")
    figure, drawn = _axes(axes, (8.5, 4))
    values = list(dict.fromkeys(frame[x]))
    axis = _quantity.axis_of(values)
    places = dict(zip(values, axis.numbers if axis.numbers is not None else range(len(values))))
    others = [key for key in results.parameter_names if key != x and frame[key].nunique(dropna=False) > 1]
    if frame["scenario"].nunique() > 1:
        others.insert(0, "scenario")
    for number, (label, rows) in enumerate(_lines(frame, others)):
        at = rows[x].map(places)
        medians = rows[y].groupby(at).median().sort_index()
        look, marker = _look(number), MARKERS[number % len(MARKERS)]
        drawn.scatter(at, rows[y], s=12, alpha=0.5, color=look["color"], marker=marker, linewidths=0)
        drawn.plot(medians.index, medians.values, **look, marker=marker, markersize=6, label=label)
    if axis.numbers is None:
        drawn.set_xticks(range(len(values)), [str(value) for value in values])
    drawn.set_xlabel(f"{x} ({axis.unit})" if axis.unit else x)
    unit = _quantity.unit_of_metric(y)
    drawn.set_ylabel(f"{y} ({unit})" if unit else y)
    drawn.grid(alpha=0.3)
    if others:
        _legend(drawn, ", ".join(others))
    return figure


def _lines(frame: Any, others: list[str]) -> list[tuple[str, Any]]:
    if not others:
        return [("", frame)]
    keys = [tuple(row) for row in frame[others].astype(str).itertuples(index=False)]
    groups = []
    for key in dict.fromkeys(keys):
        groups.append((", ".join(key), frame[[k == key for k in keys]]))
    return groups
