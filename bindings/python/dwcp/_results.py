"""The results of many runs."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from . import _html
from ._result import Result
from .errors import require

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Results(Sequence[Result]):
    """Results in an order that does not depend on which run ended first."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._results = tuple(results)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> Result | Results:
        if isinstance(index, slice):
            return Results(self._results[index])
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    @property
    def passed(self) -> bool:
        """Whether all passed."""
        return all(result.passed for result in self)

    @property
    def not_passed(self) -> Results:
        """Those that failed or were aborted."""
        return Results(result for result in self if not result.passed)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Every key that a sweep gave any of them."""
        return tuple(dict.fromkeys(key for result in self for key in result.parameters))

    def check(self) -> Results:
        """Itself, when all passed; else raises what the first that did not pass raises."""
        for result in self:
            result.check()
        return self

    @functools.cached_property
    def frame(self) -> pandas.DataFrame:
        """Tidy, one row a run: scenario, each parameter, seed, verdict, and each metric. A distribution's figures are
        columns "NAME.p50" and such. Needs pandas."""
        pandas: Any = require("pandas", "a data frame", "python3-pandas")
        rows = []
        for result in self:
            row: dict[str, Any] = {"scenario": result.scenario, **result.parameters}
            row |= {"seed": result.seed, "verdict": result.verdict}
            for name, value in result.data["metrics"].items():
                if isinstance(value, Mapping):
                    row |= {f"{name}.{figure}": number for figure, number in value.items()}
                else:
                    row[name] = value
            rows.append(row)
        first = ["scenario", *self.parameter_names, "seed", "verdict"]
        columns = list(dict.fromkeys([*first, *(key for row in rows for key in row)]))
        return pandas.DataFrame.from_records(rows, columns=columns)

    def plot(self, *, x: str, y: str, axes: Axes | None = None) -> Figure:
        """A metric (`y`) over a parameter or another column of the frame (`x`): each run a point, and the medians
        joined, with a line of its own for each combination of the other parameters. Needs pandas and matplotlib."""
        from ._plot import plot_results

        return plot_results(self, x, y, axes)

    def __repr__(self) -> str:
        passed = sum(result.passed for result in self)
        return f"<dwcp.Results: {passed} of {len(self)} runs passed>"

    def _repr_html_(self) -> str:
        return _html.results(self)
