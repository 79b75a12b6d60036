"""Results as pandas' data frames. pandas is imported when the first frame is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import Error, require

if TYPE_CHECKING:
    import pandas

TIMELINE_SCHEMA = 1


def _pandas() -> Any:
    return require("pandas", "a data frame", "python3-pandas")


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, Mapping):
            flat.update(_flat(item, f"{prefix}{key}."))
        else:
            flat[prefix + key] = item
    return flat


def _frame(rows: Iterable[Mapping[str, Any]], first: list[str]) -> pandas.DataFrame:
    # `first` are there even where there is no row, so that programs need not ask.
    kept = list(rows)
    columns = list(dict.fromkeys([*first, *(key for row in kept for key in row)]))
    return _pandas().DataFrame.from_records(kept, columns=columns)


def migrations(data: Mapping[str, Any]) -> pandas.DataFrame:
    """One row a migration."""
    first = ["vm", "from", "to", "outcome", "reason", "started_s", "total_time_s", "downtime_s", "rounds"]
    return _frame((_flat(migration) for migration in data["migrations"]), first)


def metrics(data: Mapping[str, Any]) -> pandas.DataFrame:
    """One row a metric, by name. Those with a distribution have their figures instead of a value."""
    rows = []
    for name, value in data["metrics"].items():
        rows.append({"metric": name, **(dict(value) if isinstance(value, Mapping) else {"value": value})})
    return _frame(rows, ["metric", "value", "p50", "p90", "p99", "max"]).set_index("metric")


def thresholds(data: Mapping[str, Any]) -> pandas.DataFrame:
    """One row a threshold; no value: the run did not yield the metric."""
    return _frame(data["thresholds"], ["expr", "value", "ok"])


def violations(data: Mapping[str, Any]) -> pandas.DataFrame:
    """One row for each time that something happened that must never happen."""
    return _frame(data["violations"], ["checker", "time_s", "detail"])


def event_list(folder: Path) -> list[dict[str, Any]]:
    """The lines of events.jsonl, each with `time_s` in seconds of virtual time."""
    file = folder / "events.jsonl"
    if not file.is_file():
        raise Error(f"{file} is not there: this result was kept without its events")
    found = []
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                event = json.loads(line)
            except json.JSONDecodeError as error:
                raise Error(f"{file}:{number}: {error}; a line with one JSON object is expected") from None
            found.append({"time_s": event["time_ns"] / 1e9, **event})
    return found


def events(folder: Path) -> pandas.DataFrame:
    """One row an event; keys that an event does not have are empty."""
    return _frame(event_list(folder), ["time_s", "time_ns", "source", "event"])


def timeline_series(folder: Path, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The series of timeline.json. Raises Error where there is none, or one of another schema."""
    file = folder / "timeline.json"
    if not file.is_file():
        version, commit = data.get("versions", {}).get("dwcp", "unknown"), data.get("commit", "unknown")
        raise Error(
            f"{file} is not there: the dwcp that ran this (version {version}, commit {commit}) wrote no timelines. "
            f"Versions that have `dwcp report` write one with every run; run it again with one of these: "
            f"{data.get('reproduce', 'dwcp run')}"
        )
    read = json.loads(file.read_text(encoding="utf-8"))
    if read.get("schema") != TIMELINE_SCHEMA:
        raise Error(f"{file} has schema {read.get('schema')!r}; this dwcp package reads schema {TIMELINE_SCHEMA}")
    series: list[dict[str, Any]] = read["series"]
    return series


def timeline(folder: Path, data: Mapping[str, Any]) -> pandas.DataFrame:
    """One row a sample, long: t_s, metric, unit, value, and a column for each label."""
    pandas = _pandas()
    frames = []
    for series in timeline_series(folder, data):
        frame = pandas.DataFrame({"t_s": series["t_s"], "metric": series["metric"], "unit": series["unit"]})
        frame["value"] = series["v"]
        for label, value in series.get("labels", {}).items():
            frame[label] = value
        frames.append(frame)
    if not frames:
        return _frame([], ["t_s", "metric", "unit", "value"])
    return pandas.concat(frames, ignore_index=True)
