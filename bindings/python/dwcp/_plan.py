"""From a scenario and lists of values to jobs."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _check
from ._job import Job, build_of
from ._scenario import as_source
from ._simulate import RUNS_MAX, ScenarioLike, seeds_of


def plan(
    scenario: ScenarioLike,
    over: Mapping[str, Sequence[object]] | None,
    seeds: Iterable[int] | None,
    set: Mapping[str, object] | None,
    program: Path,
) -> list[Job]:
    """Each combination with each seed, in the order in which they were given.

    Values of `sweep` in the scenario count like those of `over`, which come first. Raises ScenarioError when any combination
    is not valid.
    """
    with as_source(scenario) as source:
        document = _check.resolve(program, source, _check.overrides_of(set))
    lists = {key: list(values) for key, values in {**document.pop("sweep", {}), **dict(over or {})}.items()}
    for key, values in lists.items():
        if not values:
            raise ValueError(f"over[{key!r}] is empty; at least one value would be right")
    repeat = document.pop("repeat", 1)
    first = document.get("seed", 1)
    numbers = list(range(first, first + repeat)) if seeds is None else seeds_of(seeds)
    count = math.prod(len(values) for values in lists.values()) * len(numbers)
    if count > RUNS_MAX:
        raise ValueError(f"{count} runs; at most {RUNS_MAX} in one sweep would be right")
    name = document["name"]
    if lists:
        _check_all({**document, "sweep": {k: [_check.text_of(v) for v in vs] for k, vs in lists.items()}}, program)
    text = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    build = build_of(program)
    jobs = []
    for values in itertools.product(*lists.values()):
        parameters = dict(zip(lists, values))
        overrides = _check.overrides_of(parameters)
        jobs += [Job(name, text, seed, overrides, build, parameters) for seed in numbers]
    return jobs


def _check_all(document: dict[str, Any], program: Path) -> None:
    # The program checks every combination of a sweep in one go.
    with as_source(document) as source:
        _check.check(program, source)
