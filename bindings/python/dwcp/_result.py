"""The result of one run."""

from __future__ import annotations

import functools
import json
import os
import shutil
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _frames, _html
from .errors import Aborted, Error, InvariantViolated, ThresholdFailed

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCHEMA = 1


class Scratch:
    """A temporary folder that is removed when nothing refers to this any more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)


class Result:
    """One run's result: what result.json holds, and the other files of its folder.

    Frames need pandas, pictures matplotlib; everything else needs neither.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, parameters: Mapping[str, Any] | None = None,
        scratch: Scratch | None = None,
    ) -> None:
        self.folder = Path(folder)
        """Where its files are. A temporary folder, which lives as long as the result, when no `out` was given."""
        self.data: dict[str, Any] = _read(self.folder / "result.json")
        """result.json as it is."""
        self.parameters: dict[str, Any] = dict(parameters) if parameters is not None else self._own_parameters()
        """What a sweep gave this run, by key."""
        self._scratch = scratch

    def _own_parameters(self) -> dict[str, Any]:
        job = self.folder / "job.json"
        if job.is_file():
            return dict(json.loads(job.read_text(encoding="utf-8")).get("parameters", {}))
        return dict(self.data.get("swept", {}))

    @property
    def scenario(self) -> str:
        """The scenario's name."""
        return str(self.data["scenario"])

    @property
    def seed(self) -> int:
        """The seed that it ran with."""
        return int(self.data["seed"])

    @property
    def verdict(self) -> str:
        """"passed", "failed" or "aborted"."""
        return str(self.data["verdict"])

    @property
    def passed(self) -> bool:
        """Whether every threshold held and nothing happened that must not."""
        return self.verdict == "passed"

    @property
    def reproduce(self) -> str:
        """The command that runs this again."""
        return str(self.data.get("reproduce", ""))

    def metric(self, name: str) -> float:
        """A metric by its name, or one figure of a distribution: "NAME.p90". Raises KeyError when it is not there."""
        metrics = self.data["metrics"]
        if name in metrics and not isinstance(metrics[name], Mapping):
            return float(metrics[name])
        whole, _, figure = name.rpartition(".")
        if isinstance(metrics.get(whole), Mapping) and figure in metrics[whole]:
            return float(metrics[whole][figure])
        raise KeyError(f"{name}: this run has no such metric; it has: {', '.join(metrics)}")

    def check(self) -> Result:
        """Itself, when it passed. Raises ThresholdFailed, InvariantViolated or Aborted, each with the result."""
        if self.data["violations"]:
            raise InvariantViolated(self)
        if self.verdict == "aborted":
            raise Aborted(f"{self.scenario}, seed {self.seed}, was aborted: {self.data.get('reason', '')}", self)
        if not self.passed:
            raise ThresholdFailed(self)
        return self

    @functools.cached_property
    def migrations(self) -> pandas.DataFrame:
        """One row a migration: vm, from, to, outcome, times in seconds, bytes, classes.zstd.bytes_in and such."""
        return _frames.migrations(self.data)

    @functools.cached_property
    def metrics(self) -> pandas.DataFrame:
        """One row a metric, indexed by name: value, or p50, p90, p99 and max of a distribution."""
        return _frames.metrics(self.data)

    @functools.cached_property
    def thresholds(self) -> pandas.DataFrame:
        """One row a threshold: expr, value, ok."""
        return _frames.thresholds(self.data)

    @functools.cached_property
    def violations(self) -> pandas.DataFrame:
        """One row for each time that something happened that must never: checker, time_s, detail."""
        return _frames.violations(self.data)

    @functools.cached_property
    def event_list(self) -> list[dict[str, Any]]:
        """Everything that happened, in order, as dictionaries; `time_s` is in seconds of virtual time. Needs no pandas."""
        return _frames.event_list(self.folder)

    @functools.cached_property
    def events(self) -> pandas.DataFrame:
        """One row an event: time_s, time_ns, source, event, and a column for each key that any event has."""
        return _frames.events(self.folder)

    @functools.cached_property
    def timeline(self) -> pandas.DataFrame:
        """One row a sample: t_s, metric, unit, value, and a column for each label, such as link and direction.

        Raises Error where the program that ran this wrote no timeline.
        """
        return _frames.timeline(self.folder, self.data)

    def plot(self, *, vm: str | None = None, axes: Axes | None = None) -> Figure:
        """The rate over time, rounds and the downtime as bands, and faults as marks.

        With a timeline: what each direction of each link carried; without: the goodput that migrations reported. `vm`:
        whose rounds are shown, where several moved; the first one's when left out. Needs matplotlib.
        """
        from ._plot import plot_result

        return plot_result(self, vm, axes)

    def __repr__(self) -> str:
        return f"<dwcp.Result {self.scenario}, seed {self.seed}: {self.verdict}>"

    def _repr_html_(self) -> str:
        return _html.result(self)


def _read(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Error(f"{file} is not there; dwcp.load wants a folder that dwcp run wrote, or one above it") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Error(f"{file}: {error}; it is no result.json of dwcp run") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        schema = data.get("schema") if isinstance(data, dict) else None
        raise Error(f"{file} has schema {schema!r}; this dwcp package reads schema {SCHEMA}")
    return data
