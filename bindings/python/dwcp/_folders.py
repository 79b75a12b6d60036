"""Folders of results that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from pathlib import Path

from ._result import Scratch
from .errors import Error

# As many as the program itself tries.
NAMES_MAX = 10_000


class Stage:
    """Where runs write. Without `out` it stays, as long as its scratch does; else results are moved from it, and it goes.

    It lies within `out` (hidden, so that nobody takes it for results), because only within one file system can a folder be
    moved in one step.
    """

    def __init__(self, out: str | os.PathLike[str] | None) -> None:
        self.out = None if out is None else Path(out)
        self.scratch: Scratch | None = None
        if self.out is None:
            self.folder = Path(tempfile.mkdtemp(prefix="dwcp-"))
            self.scratch = Scratch(self.folder)
        else:
            self.folder = self.out / f".stage-{uuid.uuid4().hex}"
            self.folder.mkdir(parents=True)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        if self.out is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def part(self, number: int) -> Path:
        """An empty folder for one run, by an absolute path."""
        folder = (self.folder / str(number)).absolute()
        folder.mkdir(parents=True)
        return folder

    def publish(self, folder: Path, part: Path) -> Path:
        """Moves a result, which lies below `part`, to its place in `out`, and points `latest` there."""
        if self.out is None:
            return folder
        target = self.out / folder.relative_to(part)
        target.parent.mkdir(parents=True, exist_ok=True)
        base = target.name
        for attempt in range(1, NAMES_MAX + 1):
            if attempt > 1:
                target = target.with_name(f"{base}-{attempt}")
            if move_new(folder, target):
                _point_latest(target)
                return target
        raise Error(f"{target.parent} holds {NAMES_MAX} results called {base}; no further name was tried")


def move_new(folder: Path, target: Path) -> bool:
    """Moves a folder in one step; False when something is there already, and then nothing has changed."""
    try:
        folder.rename(target)
    except OSError:
        # rename() replaces an empty folder only: what is there is somebody's.
        if target.exists():
            return False
        raise
    return True


def _point_latest(target: Path) -> None:
    fresh = target.parent / f".latest-{uuid.uuid4().hex}"
    try:
        fresh.symlink_to(target.name, target_is_directory=True)
        fresh.replace(target.parent / "latest")
    except OSError:  # a file system without links has no `latest`, and everything else
        fresh.unlink(missing_ok=True)
