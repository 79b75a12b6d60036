"""One call of `dwcp run`, in a folder of its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from . import _check, _process

# How often a run that a signal ended from outside is begun again; the program reports crashes of simulations itself.
ATTEMPTS_MAX = 3


def run_program(
    program: Path,
    source: _check.Source,
    into: Path,
    *,
    seed: int | None = None,
    overrides: Sequence[str] = (),
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    cancel: threading.Event | None = None,
) -> list[Path]:
    """Runs the scenario and returns the folders of its results, which lie below `into`.

    Raises ScenarioError, Aborted, or RunFailed when there is no result; a run that did not pass has one.
    """
    command: list[str | os.PathLike[str]] = [program, "run", source.file, "--out", into]
    if seed is not None:
        command += ["--seed", str(seed)]
    command += _check.arguments_of(overrides)
    if on_line is None:
        command.append("--quiet")
    for attempt in range(1, ATTEMPTS_MAX + 1):
        done = _process.run(command, cwd=cwd, on_line=on_line, cancel=cancel)
        if done.status >= 0 or attempt == ATTEMPTS_MAX:
            break
    folders = result_folders(into)
    # Interrupted with some of its runs done: they are not what was asked for.
    interrupted = done.status == _check.ABORTED and "interrupted" in done.said
    if not folders or done.status < 0 or interrupted:
        _check.raise_for(command, done, source)
    return folders


def result_folders(top: Path) -> list[Path]:
    """The folders below `top` that hold a result, without `latest`."""
    return sorted(file.parent for file in top.rglob("result.json") if not file.parent.is_symlink())
