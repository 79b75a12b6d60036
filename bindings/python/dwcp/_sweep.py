"""dwcp.sweep: a scenario with several values of some keys, and several seeds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _pool
from ._folders import Stage
from ._job import Job
from ._local import run_local
from ._plan import plan
from ._program import find_program
from ._progress import Progress, counted
from ._result import Result
from ._results import Results
from ._simulate import ScenarioLike
from ._store import Store

if TYPE_CHECKING:
    from distributed import Client


def sweep(
    scenario: ScenarioLike,
    *,
    over: Mapping[str, Sequence[object]] | None = None,
    seeds: Iterable[int] | None = None,
    set: Mapping[str, object] | None = None,
    jobs: int | None = None,
    out: str | os.PathLike[str] | None = None,
    client: Client | None = None,
    check: bool = False,
    progress: bool | None = None,
    program: str | os.PathLike[str] | None = None,
) -> Results:
    """Runs a scenario with each combination of values, and each seed; see :func:`dwcp.simulate` for what a run is.

    >>> import dwcp
    >>> results = dwcp.sweep(
    ...     "scenarios/internet/lossy-100ms.yaml", over={"topology.links.wan.loss": ["0%", "1%"]}, seeds=range(1, 6),
    ... )  # doctest: +SKIP

    :param over: lists of values by key, as in the scenario's own `sweep`, whose lists it adds to or replaces.
    :param seeds: the scenario's own when left out.
    :param set: values that hold for all runs.
    :param jobs: runs at once on this machine, at least 1; all processors when left out. Not with `client`.
    :param out: the folder for results: each is moved there whole, as soon as it has finished. A run whose result is
        there already (the same scenario, seed, values and build) is not run again, so a sweep that was interrupted goes on.
    :param client: a `distributed.Client`: the cluster's workers run them. They need this package and a program of the same
        build. What a lost worker was doing is done by another one; results come back as they finish.
    :param check: raise for the first run that did not pass, when all have finished.

    The results are in the order of the values, then of the seeds, whatever ended first. Images of VMs (`image`) must be at
    the same path everywhere. Raises ScenarioError, before anything runs, when any combination is not valid.
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs={jobs!r}; at least 1 run at once would be right")
    if jobs is not None and client is not None:
        raise ValueError("jobs and client exclude one another: a cluster's workers say how much they run at once")
    found = find_program(program)
    planned = plan(scenario, over, seeds, set, found)
    with Stage(out) as stage, Progress(progress) as shown:
        store = Store(stage)
        folders = {job.key: folder for job in planned if (folder := store.find(job)) is not None}
        missing = [job for job in planned if job.key not in folders]
        failed = 0
        for job, folder in _run(missing, store, found, jobs, client):
            folders[job.key] = folder
            failed += not Result(folder).passed
            shown.show(counted(len(folders), failed, len(planned), job.scenario))
        results = Results(
            Result(folders[job.key], parameters=job.parameters, scratch=stage.scratch) for job in planned
        )
    return results.check() if check else results


def _run(
    jobs: Sequence[Job], store: Store, program: Path, workers: int | None, client: Any
) -> Iterator[tuple[Job, Path]]:
    if not jobs:
        return iter(())
    if client is None:
        return run_local(jobs, store, program, workers or _pool.processors())
    from ._dask import run_on_dask

    return run_on_dask(jobs, store, client)
