"""dwcp.simulate: a scenario, once or with several seeds."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from . import _check, _pool, _progress
from ._folders import Stage
from ._program import find_program
from ._result import Result
from ._results import Results
from ._run import run_program
from ._scenario import Scenario, as_source

ScenarioLike = str | os.PathLike[str] | Mapping[str, Any] | Scenario
SEED_MAX = 2**64 - 1
# As the program's own bound of a range of seeds.
RUNS_MAX = 1_000_000


@overload
def simulate(
    scenario: ScenarioLike, *, seed: int | None = ..., seeds: None = ..., set: Mapping[str, object] | None = ...,
    jobs: int = ..., out: str | os.PathLike[str] | None = ..., check: bool = ..., progress: bool | None = ...,
    program: str | os.PathLike[str] | None = ...,
) -> Result: ...
@overload
def simulate(
    scenario: ScenarioLike, *, seed: None = ..., seeds: Iterable[int], set: Mapping[str, object] | None = ...,
    jobs: int = ..., out: str | os.PathLike[str] | None = ..., check: bool = ..., progress: bool | None = ...,
    program: str | os.PathLike[str] | None = ...,
) -> Results: ...
def simulate(
    scenario: ScenarioLike,
    *,
    seed: int | None = None,
    seeds: Iterable[int] | None = None,
    set: Mapping[str, object] | None = None,
    jobs: int = 1,
    out: str | os.PathLike[str] | None = None,
    check: bool = False,
    progress: bool | None = None,
    program: str | os.PathLike[str] | None = None,
) -> Result | Results:
    """Runs a scenario: a file, a mapping laid out like one, or a :class:`dwcp.Scenario`.

    Each simulation is a process of its own, the program `dwcp run`, because the simulator has global state. The program
    is that of `program`, else DWCP_PROGRAM, else one beside this package, else the repository's, else the PATH's. The same
    scenario, seed and commit give the same result, but for what says how long it took.

    :param seed: instead of the scenario's.
    :param seeds: one run with each; the result is then a :class:`dwcp.Results` in their order.
    :param set: values that override the scenario's, by key: ``{"engine.streams": 4}``.
    :param jobs: runs at once, at least 1, with `seeds`.
    :param out: the folder for results, ``OUT/<scenario>/<time>-<seed>``; each appears when it is complete. Without it they
        are in a temporary folder, which lives as long as the results.
    :param check: raise ThresholdFailed, InvariantViolated or Aborted when a run did not pass. Else the result says so.
    :param progress: whether to show where it is; by itself on a terminal and in a notebook.

    Raises ScenarioError, before anything runs, when the scenario is not valid; ValueError for one that is several runs
    by itself (`repeat`, `sweep`: :func:`dwcp.sweep` is for them); RunFailed when a run gave no result; Aborted when
    somebody else interrupted the program. KeyboardInterrupt ends the processes in order.
    """
    if seed is not None and seeds is not None:
        raise ValueError(f"seed={seed!r} and seeds={seeds!r} exclude one another")
    if jobs < 1:
        raise ValueError(f"jobs={jobs!r}; at least 1 run at once would be right")
    wanted: Sequence[int | None] = [seed]
    if seeds is not None:
        wanted = seeds_of(seeds)
    found, overrides = find_program(program), _check.overrides_of(set)
    results: dict[int, Result] = {}
    with as_source(scenario) as source, _progress.Progress(progress) as shown:
        document = _check.resolve(found, source, overrides)
        _refuse_several(document, source.name)
        on_line = shown.show if len(wanted) == 1 and shown.shown else None
        with Stage(out) as stage:

            def one(number: int, cancel: threading.Event) -> Result:
                part = stage.part(number)
                folder = _run_one(found, source, part, wanted[number], overrides, on_line, cancel)
                return Result(stage.publish(folder, part), parameters=set or {}, scratch=stage.scratch)

            for number, result in _pool.run_tasks([_bound(one, n) for n in range(len(wanted))], jobs):
                results[number] = result
                if on_line is None:
                    failed = sum(not done.passed for done in results.values())
                    shown.show(_progress.counted(len(results), failed, len(wanted), document["name"]))
    in_order = Results(results[number] for number in range(len(wanted)))
    if check:
        in_order.check()
    return in_order[0] if seeds is None else in_order


def _bound(function: Callable[[int, threading.Event], Result], number: int) -> _pool.Task[Result]:
    return lambda cancel: function(number, cancel)


def seeds_of(seeds: Iterable[int]) -> list[int]:
    """As a list. Raises ValueError for what no seed can be, or twice the same."""
    numbers = [int(seed) for seed in seeds]
    for number in numbers:
        if not 0 <= number <= SEED_MAX:
            raise ValueError(f"seed {number}; a whole number from 0 to {SEED_MAX} would be right")
    if len(numbers) > RUNS_MAX:
        raise ValueError(f"seeds has {len(numbers)} seeds; at most {RUNS_MAX} would be right")
    if not numbers:
        raise ValueError("seeds is empty; at least one seed would be right")
    if len(numbers) != len(frozenset(numbers)):
        raise ValueError("seeds has the same seed twice; both runs would give the same result")
    return numbers


def _refuse_several(document: Mapping[str, Any], name: str) -> None:
    for key in ("sweep", "repeat"):
        value = document.get(key)
        if value and value != 1:
            raise ValueError(
                f"{name} has {key}: {value}, so it is several runs; dwcp.sweep runs them, "
                f"and set={{'{key}': {'{}' if key == 'sweep' else 1}}} makes it one"
            )


def _run_one(
    program: Path,
    source: _check.Source,
    part: Path,
    seed: int | None,
    overrides: tuple[str, ...],
    on_line: Callable[[str], None] | None,
    cancel: threading.Event,
) -> Path:
    """The folder of the result, below `part`."""
    if source.text is None:
        return run_program(
            program, source, part, seed=seed, overrides=overrides, on_line=on_line, cancel=cancel
        )[0]
    # A scenario made in code lies beside its result, so that the line that reproduces it is right there.
    file = part / "scenario.json"
    file.write_text(source.text, encoding="utf-8")
    beside = _check.Source(Path(file.name), source.name, source.text)
    folder = run_program(
        program, beside, part, seed=seed, overrides=overrides, cwd=part, on_line=on_line, cancel=cancel
    )[0]
    shutil.move(file, folder / file.name)
    return folder
