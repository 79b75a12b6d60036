"""dwcp.explore: seeds of a scenario, until time is up, and the least scenarios that fail as they did."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _check, _process, _quantity
from ._findings import SEEDS_SHOWN, Findings, Tally, failure_of
from ._folders import Stage
from ._job import SCENARIO_FILE, Job
from ._plan import plan
from ._program import find_program
from ._progress import Progress
from ._scenario import in_code
from ._simulate import ScenarioLike

if TYPE_CHECKING:
    from distributed import Client

# The kinds with the least seeds are made small, as the program does.
MINIMISED_MAX = 5
_FOUND_FAILURES = 99


def explore(
    scenario: ScenarioLike,
    *,
    seeds: range | None = None,
    time: str = "10min",
    run_time: str = "2min",
    set: Mapping[str, object] | None = None,
    jobs: int | None = None,
    out: str | os.PathLike[str] | None = None,
    client: Client | None = None,
    progress: bool | None = None,
    program: str | os.PathLike[str] | None = None,
) -> Findings:
    """Tries seeds of a scenario until time is up, and makes what fails as small as it can be (docs/explore.md).

    :param seeds: only these, one after the other: ``range(1, 101)``; from 1 without end when left out.
    :param time: how long seeds are tried, such as "10min".
    :param run_time: a run that takes longer is a failure: it hangs.
    :param set: values that override the scenario's, by key.
    :param jobs: runs at once on this machine; all processors when left out. Not with `client`.
    :param out: the folder for what is found; a temporary one, which lives as long as the findings, when left out.
    :param client: a `distributed.Client`: its workers try the seeds, as in :func:`dwcp.sweep`; what was found is made
        smaller here, by the program.

    A failure is no exception: see :attr:`dwcp.Findings.passed`. Raises ScenarioError for a scenario that is not valid,
    Aborted when somebody else interrupted the program; KeyboardInterrupt ends its processes in order.
    """
    if seeds is not None and (len(seeds) == 0 or seeds.step != 1 or seeds.start < 0):
        raise ValueError(f"seeds={seeds!r}; a range such as range(1, 101) would be right")
    if jobs is not None and client is not None:
        raise ValueError("jobs and client exclude one another: a cluster's workers say how much they run at once")
    found = find_program(program)
    stage = Stage(None) if out is None else None
    folder = (stage.folder if stage is not None else Path(os.fspath(out or "."))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    source = _source(scenario, folder)
    options = ["--time", time, "--run-time", run_time, *_check.arguments_of(_check.overrides_of(set))]
    with Progress(progress) as shown:
        if client is None:
            if jobs is not None:
                options += ["--jobs", str(jobs)]
            data = _by_program(found, source, folder, [*_range(seeds), *options], shown)
        else:
            data = _by_cluster(found, scenario, source, folder, seeds, time, run_time, set, options, client, shown)
    return Findings(data, stage.scratch if stage is not None else None)


def _source(scenario: ScenarioLike, folder: Path) -> _check.Source:
    made = in_code(scenario)
    if made is None:
        path = Path(os.fspath(scenario))  # type: ignore[arg-type]
        return _check.Source(path, os.fspath(path))
    # It stays beside the findings, which name it.
    file = made.save(folder / SCENARIO_FILE)
    return _check.Source(file, f"<scenario {made.name}>", made.to_text())


def _range(seeds: range | None) -> list[str]:
    return [] if seeds is None else ["--seeds", f"{seeds.start}..{seeds[-1]}"]


def _by_program(
    program: Path, source: _check.Source, folder: Path, options: list[str], shown: Progress
) -> dict[str, Any]:
    command: _process.Command = [program, "explore", source.file, "--json", "--out", folder, *options]
    done = _process.run(command, keep_output=True, on_line=shown.show if shown.shown else None)
    if done.status not in (0, _FOUND_FAILURES):
        _check.raise_for(command, done, source)
    data: dict[str, Any] = json.loads(done.output)
    return data


def _seconds(name: str, written: str) -> float:
    axis = _quantity.axis_of([written])
    if axis.numbers is None or axis.unit != "s" or axis.numbers[0] <= 0:
        raise ValueError(f"{name}={written!r}; a duration such as '10min' would be right")
    return axis.numbers[0]


def _by_cluster(
    program: Path, scenario: ScenarioLike, source: _check.Source, folder: Path, seeds: range | None, time: str,
    run_time: str, set: Mapping[str, object] | None, options: list[str], client: Any, shown: Progress,
) -> dict[str, Any]:
    began = _process.monotonic()
    until = began + _seconds("time", time)
    first = plan(scenario, None, [1], set, program)
    if len(first) != 1:
        raise ValueError(f"{source.name} has sweep: choose one of its combinations with `set`")
    tally = Tally()
    numbers = iter(seeds if seeds is not None else itertools.count(1))
    for job, failure in _try_seeds(first[0], numbers, until, _seconds("run_time", run_time), client):
        tally.add(job.seed, failure)
        shown.show(f"{job.scenario}  {len(tally.tried)} seeds tried, {tally.failed} failed")
    wall = _process.monotonic() - began
    failures = []
    for number, (kind, failed, detail) in enumerate(tally.failures()):
        shown.show(f"{first[0].scenario}  makes {kind} smaller")
        small = None
        if number < MINIMISED_MAX:
            seed = failed[0]
            one = _by_program(program, source, folder, [*_range(range(seed, seed + 1)), *options], shown)
            small = next((f for f in one["failures"] if f["kind"] == kind), None)
        failures.append({
            "kind": kind, "count": len(failed), "seeds": failed[:SEEDS_SHOWN], "detail": detail,
            "reproduce": small["reproduce"] if small else _process.quoted(
                ["dwcp", "run", source.file, "--seed", str(failed[0]),
                 *_check.arguments_of(_check.overrides_of(set))]),
            "folder": small["folder"] if small else None, "minimised": small["minimised"] if small else None,
        })  # fmt: skip
    document = json.loads(first[0].text)
    return {
        "schema": 1, "scenario": first[0].scenario, "about": document.get("about", ""), "file": os.fspath(source.file),
        "commit": first[0].build.partition(":")[0],
        "seeds": {
            "tried": len(tally.tried), "first": min(tally.tried, default=0), "last": max(tally.tried, default=0),
            "passed": len(tally.tried) - tally.failed, "failed": tally.failed,
        },
        "interrupted": False, "jobs": sum(client.nthreads().values()), "wall_time_s": wall,
        "runs_per_second": len(tally.tried) / wall, "failures": failures,
    }  # fmt: skip


def _try_seeds(
    job: Job, numbers: Iterator[int], until: float, run_time_s: float, client: Any
) -> Iterator[tuple[Job, tuple[str, str] | None]]:
    from ._dask import DaskRunner

    runner = DaskRunner(client, run_time_s)
    more = True
    try:
        while more or runner.under_way:
            while more and runner.under_way < runner.capacity:
                seed = next(numbers, None)
                more = seed is not None and _process.monotonic() < until
                if more and seed is not None:
                    runner.give(dataclasses.replace(job, seed=seed))
            if not runner.under_way:
                return
            done, files = runner.take()
            if files is None:
                yield done, ("hang", f"the run took longer than {run_time_s:g} s")
            else:
                yield done, failure_of(json.loads(zlib.decompress(files["result.json"])))
    finally:
        runner.end()
