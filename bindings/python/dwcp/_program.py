"""Finds the program `dwcp`, which does the simulating."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

from .errors import Error, ProgramNotFound, RunFailed

_VERSION = re.compile(r"^dwcp (?P<version>\S+) \(commit (?P<commit>[^,)]+)")


def find_program(program: str | os.PathLike[str] | None = None) -> Path:
    """The program to run, in this order: `program`, the environment's DWCP_PROGRAM, a file `dwcp` beside this package's
    modules, the repository that this package stands in (its launcher sets up and builds first where needed), the PATH.

    Raises ProgramNotFound with all that was tried. What is named explicitly is not replaced by something else.
    """
    for name, given in (("the argument program", program), ("DWCP_PROGRAM", os.environ.get("DWCP_PROGRAM"))):
        if given:
            path = Path(given).expanduser()
            if _runs(path):
                return path.absolute()
            raise ProgramNotFound((f"{path} ({name}): no such program",))
    here = Path(__file__).resolve().parent
    beside = here / "dwcp"
    if _runs(beside):
        return beside
    launcher = here.parents[2] / "dwcp" if here.parts[-3:-1] == ("bindings", "python") else None
    if launcher is not None and _runs(launcher):
        return _built_by(launcher)
    on_path = shutil.which("dwcp")
    if on_path is not None:
        return Path(on_path).absolute()
    of_repository = "this package stands in none" if launcher is None else f"{launcher}: no such program"
    raise ProgramNotFound(
        (
            "DWCP_PROGRAM: not set",
            f"{beside} (beside the module): no such program",
            f"the repository's launcher: {of_repository}",
            f"PATH ({os.environ.get('PATH', '')}): no dwcp in it",
        )
    )


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


@functools.cache
def _built_by(launcher: Path) -> Path:
    # Once in each process: the launcher then has built what is stale, and runs need not ask again. What it says meanwhile
    # is for whoever waits.
    done = subprocess.run([launcher, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    program = launcher.parent / "build" / "release" / "cli" / "dwcp"
    if done.returncode != 0 or not _runs(program):
        raise RunFailed(f"{launcher} --version", done.returncode, "the program could not be built")
    return program


@functools.cache
def _described(program: Path, changed_ns: int) -> tuple[str, str]:
    done = subprocess.run([program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    match = _VERSION.match(done.stdout)
    if done.returncode != 0 or match is None:
        raise Error(f"{program} --version said '{done.stdout.strip()}', which is not what dwcp says")
    return match["version"], match["commit"]


def version_of(program: Path) -> str:
    """Such as "0.1.0"."""
    return _described(program, program.stat().st_mtime_ns)[0]


def commit_of(program: Path) -> str:
    """The commit that the program was built from; with "-dirty" when it was not only that."""
    return _described(program, program.stat().st_mtime_ns)[1]
