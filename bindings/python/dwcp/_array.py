"""Jobs as a job array of a batch system."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ._folders import Stage
from ._job import Job, run_job
from ._plan import plan
from ._program import find_program
from ._simulate import ScenarioLike
from ._store import Store
from .errors import Error

# Slurm's own limit, as it comes (MaxArraySize).
ELEMENTS_MAX = 1000

_SCRIPT = """#!/bin/bash
#SBATCH --job-name=dwcp
#SBATCH --array=0-{last}
#SBATCH --cpus-per-task=1
# {count} runs of {scenario}: element I of the array runs every {elements}th, from the Ith on. Results land in
# {folder}/results as they finish; what is there is not run again, so the whole array may be submitted twice.
# DWCP_PYTHON names a Python that has the package dwcp, DWCP_PROGRAM the program where it is not on the PATH.
# Without a batch system: bash array.sh ELEMENT
set -euo pipefail
cd {quoted}
element=${{SLURM_ARRAY_TASK_ID:-${{PBS_ARRAY_INDEX:-${{1:?the number of the element, 0 to {last}}}}}}}
exec ${{DWCP_PYTHON:-python3}} -m dwcp job jobs.jsonl --element "$element" --of {elements} --out results
"""


def write_job_array(
    scenario: ScenarioLike,
    folder: str | os.PathLike[str],
    *,
    over: Mapping[str, Sequence[object]] | None = None,
    seeds: Iterable[int] | None = None,
    set: Mapping[str, object] | None = None,
    program: str | os.PathLike[str] | None = None,
) -> Path:
    """Writes a sweep as a job array: FOLDER/jobs.jsonl and FOLDER/array.sh, for ``sbatch`` (and ``qsub``).

    Returns the script. Nothing is run. Results land in FOLDER/results, which :func:`dwcp.load` reads. The arguments are those of
    :func:`dwcp.sweep`. Raises Error when the folder has jobs already.
    """
    jobs = plan(scenario, over, seeds, set, find_program(program))
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    file = target / "jobs.jsonl"
    if file.exists():
        raise Error(f"{file} is there already; choose another folder")
    with file.open("x", encoding="utf-8") as lines:
        for job in jobs:
            lines.write(json.dumps({**json.loads(job.to_json()), "text": job.text}, ensure_ascii=False) + "\n")
    elements = min(len(jobs), ELEMENTS_MAX)
    script = target / "array.sh"
    script.write_text(
        _SCRIPT.format(
            last=elements - 1, count=len(jobs), elements=elements, scenario=jobs[0].scenario, folder=target,
            quoted=_quoted(target.absolute()),
        ),
        encoding="utf-8",
    )
    script.chmod(0o755)
    return script


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(os.fspath(path))


def read_jobs(file: Path) -> list[Job]:
    """The jobs of a file that write_job_array() made. Raises Error for one whose key does not agree with it."""
    jobs = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        data = json.loads(line)
        job = Job(
            data["scenario"], data["text"], data["seed"], tuple(data["overrides"]), data["build"], data["parameters"]
        )
        if job.key != data["key"]:
            raise Error(f"{file}:{number}: the key {data['key']} is not that of this job, {job.key}: the file was changed")
        jobs.append(job)
    return jobs


def run_element(
    file: Path, element: int, of: int, out: Path, program: str | os.PathLike[str] | None = None
) -> list[Path]:
    """Runs each `of`th job from the number `element` on, one after the other, but for those whose results are in `out`."""
    if not 0 <= element < of:
        raise ValueError(f"element {element} of {of}; 0 to {of - 1} would be right")
    found = find_program(program)
    folders = []
    with Stage(out) as stage:
        store = Store(stage)
        for job in read_jobs(file)[element::of]:
            folders.append(store.find(job) or store.publish(job, run_job(job, found, store.part())))
    return folders
