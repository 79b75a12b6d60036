"""What this package raises. All of it is a :class:`dwcp.Error`.

Every class can be pickled, so that an error of a worker reaches whoever asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ._result import Result


class Error(Exception):
    """The root of all errors of this package."""


class MissingPackage(Error):
    """Something was asked for that needs another Python package, which is not installed."""

    def __init__(self, package: str, purpose: str, debian: str) -> None:
        super().__init__(package, purpose, debian)
        self.package = package

    def __str__(self) -> str:
        package, purpose, debian = self.args
        return f"{purpose} needs the Python package '{package}' (on Debian: apt-get install {debian})"


class ProgramNotFound(Error):
    """The program `dwcp` is nowhere; `tried` names every place that was looked at."""

    def __init__(self, tried: tuple[str, ...]) -> None:
        super().__init__(tried)
        self.tried = tried

    def __str__(self) -> str:
        places = "".join(f"\n  {place}" for place in self.tried)
        return f"the program dwcp was not found; set DWCP_PROGRAM to its path. Looked at:{places}"


class Problem(NamedTuple):
    """One thing that is wrong with a scenario."""

    file: str
    """The file, or the override (`--set KEY=VALUE`) that is wrong; empty when no place was named."""
    line: int | None
    """From 1; None where the problem is not in a file."""
    column: int | None
    """From 1; None where the problem is not in a file."""
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.message}" if place else self.message


class ScenarioError(Error):
    """A scenario that is not valid. `file`, `line`, `column` and `message` are those of the first of `problems`.

    The lines of a scenario that was made in code are those of `text`, which is how it was given to the program.
    """

    def __init__(self, problems: tuple[Problem, ...], text: str | None = None) -> None:
        super().__init__(problems, text)
        self.problems = problems
        self.text = text
        self.file, self.line, self.column, self.message = problems[0]

    def _shown(self, problem: Problem) -> str:
        if self.text is None or problem.line is None:
            return str(problem)
        lines = self.text.splitlines()
        line = lines[problem.line - 1].strip() if problem.line <= len(lines) else ""
        return f"{problem}\n    {line}" if line else str(problem)

    def __str__(self) -> str:
        shown = [self._shown(problem) for problem in self.problems]
        if len(shown) == 1:
            return shown[0]
        return f"{len(shown)} problems:\n  " + "\n  ".join(shown)


class RunFailed(Error):
    """The program ended without a result. `status` is its exit status, negative when a signal ended it."""

    def __init__(self, command: str, status: int, said: str) -> None:
        super().__init__(command, status, said)
        self.command = command
        self.status = status
        self.said = said

    def __str__(self) -> str:
        how = f"signal {-self.status} ended it" if self.status < 0 else f"exit status {self.status}"
        return f"'{self.command}' gave no result ({how})" + (f": {self.said}" if self.said else "")


class _Judged(Error):
    """A run that ended with a verdict other than passed."""

    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.result = result
        """The result that was refused, with everything that a passed one has."""

    def _name(self) -> str:
        return f"{self.result.scenario}, seed {self.result.seed}"


class ThresholdFailed(_Judged):
    """A threshold of `expect` does not hold. Raised with `check=True` only."""

    def __str__(self) -> str:
        wrong = [t for t in self.result.data["thresholds"] if not t["ok"]]
        shown = "; ".join(f"{t['expr']} does not hold: got {t['value']}" for t in wrong)
        return f"{self._name()}: {shown}"


class InvariantViolated(_Judged):
    """A checker saw what must never happen, or the run's process crashed. Raised with `check=True` only."""

    def __str__(self) -> str:
        shown = "; ".join(
            f"{v['checker']} at {v['time_s']} s: {v['detail']}" for v in self.result.data["violations"]
        )
        return f"{self._name()}: {shown}"


class Aborted(Error):
    """A run that was ended before its end.

    With `check=True`: by its duration, or a threshold with `abort`; `result` then holds what there is. Without, only when
    somebody else interrupted the program; `result` is None then.
    """

    def __init__(self, message: str, result: Result | None = None) -> None:
        super().__init__(message, result)
        self.result = result

    def __str__(self) -> str:
        return str(self.args[0])


class EngineError(Error):
    """An error of the engine's components. `code` is its name in engine/base/error_table.def, such as "bad_encoding"."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[1])


class EngineValueError(EngineError, ValueError):
    """A value that the engine refuses: `code` is "bad_value" or "bad_unit"."""


def require(package: str, purpose: str, debian: str) -> Any:
    """The module `package`, or :class:`MissingPackage` with what it is for."""
    import importlib

    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is not None and not package.startswith(error.name):
            raise
        raise MissingPackage(package, purpose, debian) from None
