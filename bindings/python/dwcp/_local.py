"""Jobs on this machine: each a process, as many at once as wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import _pool
from ._job import Job, run_job
from ._store import Store


def run_local(jobs: Sequence[Job], store: Store, program: Path, workers: int) -> Iterator[tuple[Job, Path]]:
    """Yields each job with its result's folder when that is in its place."""

    def task(job: Job) -> _pool.Task[Path]:
        def run(cancel: threading.Event) -> Path:
            return store.publish(job, run_job(job, program, store.part(), cancel))

        return run

    for number, folder in _pool.run_tasks([task(job) for job in jobs], workers):
        yield jobs[number], folder
