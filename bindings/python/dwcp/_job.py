"""A run as something that can be sent elsewhere and asked for twice: what it is follows from what it is of."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import _check
from ._program import commit_of
from ._run import run_program
from .errors import Error

SCENARIO_FILE = "scenario.json"
JOB_FILE = "job.json"


@dataclass(frozen=True)
class Job:
    """One run: a scenario, whole, with its seed and overrides, on one build of the program."""

    scenario: str
    """Its name."""
    text: str
    """The file, with everything that it included."""
    seed: int
    overrides: tuple[str, ...]
    """As `--set` takes them."""
    build: str
    """What the results must come from: build_of() of the program."""
    parameters: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The overrides' values as they were given, for frames."""

    @property
    def key(self) -> str:
        """The same for what gives the same result: 64 hexadecimal digits."""
        identity = [hashlib.sha256(self.text.encode()).hexdigest(), self.seed, sorted(self.overrides), self.build]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()

    def to_json(self) -> str:
        """One line, without the scenario's text."""
        return json.dumps(
            {
                "schema": 1, "key": self.key, "scenario": self.scenario, "seed": self.seed,
                "overrides": list(self.overrides), "parameters": dict(self.parameters), "build": self.build,
            },
            ensure_ascii=False, default=_plain,
        )  # fmt: skip


def _plain(value: object) -> object:
    item = getattr(value, "item", None)  # numbers of NumPy
    return item() if callable(item) else str(value)


def build_of(program: Path) -> str:
    """The commit; of a build that had changes beside it also what the program's file is, since "dirty" names no build."""
    commit = commit_of(program)
    if commit != "unknown" and not commit.endswith("-dirty"):
        return commit
    return f"{commit}:{_digest(program, program.stat().st_mtime_ns)[:16]}"


_digests: dict[tuple[Path, int], str] = {}


def _digest(program: Path, changed_ns: int) -> str:
    if (program, changed_ns) not in _digests:
        with program.open("rb") as file:
            _digests[program, changed_ns] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[program, changed_ns]


def run_job(job: Job, program: Path, part: Path, cancel: threading.Event | None = None) -> Path:
    """Runs it in `part`, an empty folder, and returns the folder of the result below it, complete with the scenario and
    the job itself. Raises Error when the program is another build."""
    found = build_of(program)
    if found != job.build:
        raise Error(f"{program} is of build {found}, and the job is for {job.build}: all must run the same build")
    file = part / SCENARIO_FILE
    file.write_text(job.text, encoding="utf-8")
    source = _check.Source(Path(SCENARIO_FILE), f"<scenario {job.scenario}>", job.text)
    folder = run_program(program, source, part, seed=job.seed, overrides=job.overrides, cwd=part, cancel=cancel)[0]
    file.rename(folder / SCENARIO_FILE)
    (folder / JOB_FILE).write_text(job.to_json() + "\n", encoding="utf-8")
    return folder
