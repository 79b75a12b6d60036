"""Results in notebooks: the verdict first, then a small table. Every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._result import Result
    from ._results import Results

ROWS_MAX = 20
# Told apart by their sign and word as well as by the colour.
_VERDICTS = {"passed": ("✓", "#007a5a"), "failed": ("✗", "#b33c00"), "aborted": ("◼", "#6b4f9e")}


def verdict(name: str) -> str:
    """The verdict with its sign."""
    sign, colour = _VERDICTS.get(name, ("?", "#555555"))
    return f'<b style="color:{colour}">{sign} {escape(name)}</b>'


def seconds(value: float) -> str:
    """Such as "1.44 s" or "137 ms"."""
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if abs(value) * scale >= 1 or unit == "µs":
            return f"{value * scale:.3g} {unit}" if abs(value) * scale < 1000 else f"{value * scale:.0f} {unit}"
    return f"{value} s"


def size(value: float) -> str:
    """Such as "51.3 MiB"."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1000:
            return f"{value:.3g} {unit}"
        value /= 1024
    return f"{value:.3g} TiB"


def rate(value: float) -> str:
    """Such as "438 Mbit/s"."""
    for unit in ("bit/s", "kbit/s", "Mbit/s"):
        if abs(value) < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} Gbit/s"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts that are HTML already."""
    lines = ["<table><thead><tr>", *(f"<th>{escape(cell)}</th>" for cell in head), "</tr></thead><tbody>"]
    for row in rows:
        lines += ["<tr>", *(f'<td style="text-align:left">{cell}</td>' for cell in row), "</tr>"]
    return "".join([*lines, "</tbody></table>"])


def result(one: Result) -> str:
    """One run."""
    data = one.data
    parts = [f"<p>{verdict(one.verdict)} &nbsp; {escape(one.scenario)} · seed {one.seed}"]
    if data.get("reason"):
        parts.append(f" · {escape(str(data['reason']))}")
    if data.get("about"):
        parts.append(f"<br><small>{escape(str(data['about']))}</small>")
    parts.append("</p>")
    rows = [
        (
            escape(f"{m['vm']}: {m['from']} → {m['to']}"), escape(str(m["outcome"])), seconds(m["total_time_s"]),
            seconds(m["downtime_s"]), str(m["rounds"]), rate(m["goodput_bps"]), size(m["bytes_wire"]),
        )
        for m in data["migrations"][:ROWS_MAX]
    ]
    if rows:
        head = ("migration", "outcome", "total time", "downtime", "rounds", "goodput", "on the wire")
        parts.append(table(head, rows))
        parts.append(_left_out(len(data["migrations"])))
    judged = [
        (verdict("passed" if t["ok"] else "failed"), escape(t["expr"]),
         "no such figure" if t["value"] is None else f"{t['value']:.6g}")
        for t in data["thresholds"]
    ]
    if judged:
        parts.append(table(("", "threshold", "value"), judged))
    for violation in data["violations"][:ROWS_MAX]:
        parts.append(
            f"<p>{verdict('failed')} {escape(violation['checker'])} at {seconds(violation['time_s'])}: "
            f"{escape(violation['detail'])}</p>"
        )
    parts.append(f"<p><small><code>{escape(one.reproduce)}</code></small></p>")
    return "".join(parts)


def _left_out(count: int) -> str:
    return f"<p><small>and {count - ROWS_MAX} more</small></p>" if count > ROWS_MAX else ""


def results(all_of_them: Results) -> str:
    """Many runs; those that did not pass come first."""
    passed = sum(one.passed for one in all_of_them)
    whole = "passed" if passed == len(all_of_them) else "failed"
    parts = [f"<p>{verdict(whole)} &nbsp; {passed} of {len(all_of_them)} runs passed</p>"]
    keys = all_of_them.parameter_names
    rows = []
    for one in sorted(all_of_them, key=lambda one: one.passed)[:ROWS_MAX]:
        metrics = one.data["metrics"]
        shown = [
            seconds(metrics[name]) if name in metrics else ""
            for name in ("migration.total_time_s", "migration.downtime_s")
        ]
        given = [escape(str(one.parameters.get(key, ""))) for key in keys]
        rows.append((verdict(one.verdict), escape(one.scenario), *given, str(one.seed), *shown))
    if rows:
        parts.append(table(("", "scenario", *keys, "seed", "total time", "downtime"), rows))
    return "".join([*parts, _left_out(len(all_of_them))])
