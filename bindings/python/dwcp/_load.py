"""Results that are on disk."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ._result import Result
from ._results import Results
from .errors import Error


def load(path: str | os.PathLike[str]) -> Result | Results:
    """One run's folder, or its result.json, as a Result; a folder above such folders as Results, by their paths.

    Symbolic links below the folder (`latest`) are not followed, and hidden folders are passed over. Needs neither the
    program nor other packages. Raises Error when there is no result.
    """
    top = Path(path)
    if top.is_file():
        return Result(top.parent)
    if (top / "result.json").is_file():
        return Result(top)
    if not top.is_dir():
        raise Error(f"{top} is not there; dwcp.load wants a folder that dwcp run wrote, or one above it")
    folders = []
    for folder, below, files in os.walk(top):
        below[:] = sorted(name for name in below if not name.startswith("."))
        if "result.json" in files:
            folders.append(folder)
    if not folders:
        raise Error(f"{top} holds no result.json, nor does any folder below it")
    return Results(Result(folder) for folder in sorted(folders, key=_natural))


def _natural(folder: str) -> list[tuple[int, str]]:
    # Seed 2 before seed 10.
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", folder)]
