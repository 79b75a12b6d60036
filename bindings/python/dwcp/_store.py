"""Where results of jobs lie: `OUT/<scenario>/<first digits of the key>`, whole or not at all."""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Mapping
from pathlib import Path

from ._folders import Stage, move_new
from ._job import JOB_FILE, Job
from .errors import Error

_DIGITS = 16


def pack(folder: Path) -> dict[str, bytes]:
    """The files of a result, compressed, to be sent."""
    return {file.name: zlib.compress(file.read_bytes()) for file in sorted(folder.iterdir()) if file.is_file()}


class Store:
    """Results by job. A folder that appears is complete: it was moved there in one step."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.folder = stage.out if stage.out is not None else stage.folder / "results"

    def place(self, job: Job) -> Path:
        """Where the job's result is, or will be."""
        return self.folder / job.scenario / job.key[:_DIGITS]

    def find(self, job: Job) -> Path | None:
        """The job's result, if it is there."""
        place = self.place(job)
        if not (place / JOB_FILE).is_file():
            return None
        key = json.loads((place / JOB_FILE).read_text(encoding="utf-8")).get("key")
        if key != job.key:
            raise Error(f"{place} is of another job, {key}, than {job.key}; choose another folder for results")
        return place

    def part(self) -> Path:
        """An empty folder to run something in."""
        folder = (self._stage.folder / uuid.uuid4().hex).absolute()
        folder.mkdir(parents=True)
        return folder

    def publish(self, job: Job, folder: Path) -> Path:
        """Moves a result to its place. One that is there already stays: both are of the same job."""
        place = self.place(job)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not move_new(folder, place) and self.find(job) is None:
            raise Error(f"{place} is there and is no result of a job; choose another folder for results")
        return place

    def publish_packed(self, job: Job, files: Mapping[str, bytes]) -> Path:
        """The same for a result that was sent."""
        folder = self.part()
        for name, content in files.items():
            (folder / name).write_bytes(zlib.decompress(content))
        return self.publish(job, folder)
