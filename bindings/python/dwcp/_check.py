"""What the program says of scenarios that are not valid, as exceptions; and scenarios as the program resolves them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _process
from .errors import Aborted, Problem, RunFailed, ScenarioError

INVALID_SCENARIO = 104
ABORTED = 105

_IN_FILE = re.compile(r"^(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<message>.*)$", re.DOTALL)
_IN_OVERRIDE = re.compile(r"^(?P<file>--set [^=\s]+=.*?): (?P<message>\S.*)$", re.DOTALL)
_PREFIX = re.compile(r"^dwcp: (?:bad scenario|not found): ?")


def problems_in(said: str, shown_as: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """The problems that the program printed, one a line. `shown_as`: other names for files."""
    names = shown_as or {}
    problems = []
    for line in _PREFIX.sub("", said.strip()).splitlines():
        text = line.strip()
        if not text:
            continue
        if match := _IN_FILE.match(text):
            file = names.get(match["file"], match["file"])
            problems.append(Problem(file, int(match["line"]), int(match["column"]), match["message"]))
        elif match := _IN_OVERRIDE.match(text):
            problems.append(Problem(match["file"], None, None, match["message"]))
        else:
            problems.append(Problem("", None, None, text))
    return tuple(problems)


def raise_for(command: _process.Command, done: _process.Completed, source: Source) -> None:
    """For a program that ended without a result."""
    missing = done.status == 2 and done.said.startswith("dwcp: not found: file")
    if done.status == INVALID_SCENARIO or missing:
        problems = problems_in(done.said, {os.fspath(source.file): source.name})
        if problems:
            raise ScenarioError(problems, source.text)
    if done.status == ABORTED:
        raise Aborted(f"'{_process.quoted(command)}' was interrupted" + (f": {done.said}" if done.said else ""))
    raise RunFailed(_process.quoted(command), done.status, done.said)


class Source:
    """A scenario file that the program can read; `text` is that of a file made here, `name` how messages call it."""

    def __init__(self, file: Path, name: str, text: str | None = None) -> None:
        self.file = file
        self.name = name
        self.text = text


def overrides_of(values: Mapping[str, object] | None) -> tuple[str, ...]:
    """As `--set` takes them. True and False are `true` and `false`, lists and mappings are written out."""
    return tuple(f"{key}={text_of(value)}" for key, value in (values or {}).items())


def text_of(value: object) -> str:
    """A value as a scenario file would have it."""
    if isinstance(value, str):
        return value
    item = getattr(value, "item", None)  # numbers of NumPy
    return json.dumps(item() if callable(item) else value, ensure_ascii=False)


def arguments_of(overrides: Sequence[str]) -> list[str]:
    """The overrides as arguments."""
    return [word for override in overrides for word in ("--set", override)]


def check(program: Path, source: Source, overrides: Sequence[str] = ()) -> None:
    """Raises ScenarioError with all that is wrong."""
    command: _process.Command = [program, "scenario", "check", source.file, *arguments_of(overrides)]
    done = _process.run(command)
    if done.status != 0:
        raise_for(command, done, source)


def resolve(program: Path, source: Source, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The scenario as it runs: files that it includes, and overrides, merged. Raises ScenarioError."""
    command: _process.Command = [program, "scenario", "show", "--json", source.file, *arguments_of(overrides)]
    done = _process.run(command, keep_output=True)
    if done.status != 0:
        raise_for(command, done, source)
    document: dict[str, Any] = json.loads(done.output)
    for vm in document.get("vms", {}).values():
        if "image" in vm:  # relative to a file that will be another one
            vm["image"] = os.fspath((source.file.parent / vm["image"]).resolve())
    return document
