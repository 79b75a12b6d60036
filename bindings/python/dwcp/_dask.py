"""Jobs on the workers of a Dask cluster.

A worker needs this package and the program, of the same build; it sends the result's files back, so that no file system
need be shared. Dask gives what a lost worker was doing to another one.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import _process
from ._job import Job, run_job
from ._program import find_program
from ._store import Store, pack
from .errors import Error, require

# How often Dask runs a job again that raised, as after a full disk.
RETRIES = 2
# How often a job is sent again that Dask gave up, because as many workers died over it as it allows.
ATTEMPTS_MAX = 2
# Jobs that the scheduler has at once, for each of its workers' threads, and at least.
IN_FLIGHT_PER_THREAD, IN_FLIGHT_MIN = 4, 32


def on_worker(job: Job, run_time_s: float | None) -> dict[str, bytes] | None:
    """Runs on the worker: the result's files, or None when it took longer than `run_time_s`."""
    hung = threading.Event()
    timer = threading.Timer(run_time_s, hung.set) if run_time_s is not None else None
    with tempfile.TemporaryDirectory(prefix="dwcp-job-") as folder:
        try:
            if timer is not None:
                timer.start()
            return pack(run_job(job, find_program(), Path(folder), hung))
        except _process.Cancelled:
            return None
        finally:
            if timer is not None:
                timer.cancel()


class DaskRunner:
    """Gives jobs to a cluster, a bounded number at once, and takes results as they come."""

    def __init__(self, client: Any, run_time_s: float | None = None) -> None:
        self._distributed = require("distributed", "a Dask cluster", "python3-distributed")
        if not isinstance(client, self._distributed.Client) or client.asynchronous:
            raise TypeError(f"client={client!r}; a distributed.Client that is not asynchronous would be right")
        self._client = client
        self._run_time_s = run_time_s
        self._jobs: dict[Any, Job] = {}
        self._attempts: dict[str, int] = {}
        self._done: Any = self._distributed.as_completed(loop=client.loop)

    @property
    def capacity(self) -> int:
        """Jobs that may be under way at once."""
        threads = sum(int(count) for count in self._client.nthreads().values())
        return max(IN_FLIGHT_MIN, threads * IN_FLIGHT_PER_THREAD)

    @property
    def under_way(self) -> int:
        """Jobs that were given and not taken back."""
        return len(self._jobs)

    def give(self, job: Job) -> None:
        """Sends a job to the cluster."""
        attempt = self._attempts[job.key] = self._attempts.get(job.key, 0) + 1
        future = self._client.submit(
            on_worker, job, self._run_time_s, key=f"dwcp-{job.key}-{attempt}", retries=RETRIES, pure=False
        )
        self._jobs[future] = job
        self._done.add(future)

    def take(self) -> tuple[Job, dict[str, bytes] | None]:
        """Waits for any job's files. Raises what the job raised."""
        while True:
            future = next(self._done)
            job = self._jobs.pop(future)
            try:
                return job, future.result()
            except self._distributed.scheduler.KilledWorker as error:
                if self._attempts[job.key] >= ATTEMPTS_MAX:
                    raise Error(f"{job.scenario}, seed {job.seed}: workers died over it again and again: {error}") from None
                self.give(job)
            finally:
                future.release()

    def end(self) -> None:
        """Calls off what has not begun. What runs on a worker ends there by itself, and nobody takes it."""
        if self._jobs:
            self._client.cancel(list(self._jobs))
            self._jobs.clear()


def run_on_dask(jobs: Sequence[Job], store: Store, client: Any) -> Iterator[tuple[Job, Path]]:
    """Yields each job with its result's folder when that is in its place, here."""
    runner = DaskRunner(client)
    waiting = list(reversed(jobs))
    try:
        while waiting or runner.under_way:
            while waiting and runner.under_way < runner.capacity:
                runner.give(waiting.pop())
            job, files = runner.take()
            assert files is not None  # there is no time limit
            yield job, store.publish_packed(job, files)
    finally:
        runner.end()
