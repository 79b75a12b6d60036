"""What exploring a scenario found."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from . import _html
from ._result import Scratch
from .errors import require

if TYPE_CHECKING:
    import pandas

SEEDS_SHOWN = 10


class Findings:
    """What `dwcp explore` found: kinds of failures, with the seeds that show them and the least scenarios that do."""

    def __init__(self, data: Mapping[str, Any], scratch: Scratch | None = None) -> None:
        self.data: dict[str, Any] = dict(data)
        """As docs/explore.md describes it under "Findings as JSON"."""
        self._scratch = scratch

    @property
    def passed(self) -> bool:
        """Whether no seed failed."""
        return not self.failures

    @property
    def tried(self) -> int:
        """How many seeds were tried."""
        return int(self.data["seeds"]["tried"])

    @property
    def failures(self) -> list[dict[str, Any]]:
        """One for each kind of failure: kind, count, seeds, detail, reproduce, folder, minimised."""
        failures: list[dict[str, Any]] = self.data["failures"]
        return failures

    @functools.cached_property
    def frame(self) -> pandas.DataFrame:
        """One row a kind of failure. Needs pandas."""
        pandas: Any = require("pandas", "a data frame", "python3-pandas")
        columns = ["kind", "count", "seeds", "detail", "reproduce", "folder", "minimised"]
        rows = [{**failure, "minimised": (failure["minimised"] or {}).get("file")} for failure in self.failures]
        return pandas.DataFrame.from_records(rows, columns=columns)

    def __repr__(self) -> str:
        seeds = self.data["seeds"]
        return f"<dwcp.Findings {self.data['scenario']}: {seeds['failed']} of {seeds['tried']} seeds failed>"

    def _repr_html_(self) -> str:
        seeds = self.data["seeds"]
        said = f"{seeds['failed']} of {seeds['tried']} seeds failed"
        verdict = _html.verdict("passed" if self.passed else "failed")
        parts = [f"<p>{verdict} &nbsp; {escape(self.data['scenario'])} · {said}</p>"]
        rows = []
        for failure in self.failures:
            replay = (failure["minimised"] or {}).get("replay") or failure["reproduce"]
            rows.append((escape(failure["kind"]), str(failure["count"]), escape(", ".join(map(str, failure["seeds"]))),
                         escape(failure["detail"]), f"<code>{escape(replay)}</code>"))
        if rows:
            parts.append(_html.table(("kind", "failed", "first seeds", "detail", "least that fails so"), rows))
        return "".join(parts)


def failure_of(data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Of one result: which kind of failure it is, and its particulars, as `dwcp explore` counts them; None: it passed."""
    if data["verdict"] == "passed":
        return None
    if data["violations"]:
        return data["violations"][0]["checker"], data["violations"][0]["detail"]
    if data["verdict"] == "aborted":
        return "aborted", data.get("reason", "")
    wrong = next(threshold for threshold in data["thresholds"] if not threshold["ok"])
    value = wrong["value"]
    return wrong["expr"], "the run yielded no such figure" if value is None else f"got {value:.6g}"


class Tally:
    """Counts seeds by kind of failure, in whatever order they come."""

    def __init__(self) -> None:
        self.tried: list[int] = []
        self.by_kind: dict[str, dict[int, str]] = {}

    def add(self, seed: int, failure: tuple[str, str] | None) -> None:
        """Notes what became of a seed."""
        self.tried.append(seed)
        if failure is not None:
            self.by_kind.setdefault(failure[0], {})[seed] = failure[1]

    @property
    def failed(self) -> int:
        """Seeds that failed."""
        return sum(len(seeds) for seeds in self.by_kind.values())

    def failures(self) -> Iterable[tuple[str, list[int], str]]:
        """Kind, its seeds, and the particulars of the least; by the least seed, as `dwcp explore` has them."""
        for kind, seeds in sorted(self.by_kind.items(), key=lambda item: (min(item[1]), item[0])):
            yield kind, sorted(seeds), seeds[min(seeds)]
