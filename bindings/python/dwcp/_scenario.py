"""Scenarios made in code."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import _check
from ._program import find_program


class Scenario:
    """A scenario file in memory, with everything that docs/reference/scenario.md names.

    Quantities are written with their units, as in files: ``"1Gbit/s"``, ``"40ms"``, ``"256MiB"``, ``"0.1%"``. Nothing is
    checked here: the program checks all of it, in :meth:`check` and before anything runs.

    >>> scenario = Scenario("demo/two-hosts", about="A guest moves", duration="60s")
    >>> _ = scenario.hosts("a", "b").link("a", "b", rate="1Gbit/s", delay="5ms")
    >>> _ = scenario.vm("guest", host="a", memory="64MiB").migrate("guest", to="b", at="100ms")
    >>> _ = scenario.expect("migrations.completed == 1")
    """

    def __init__(self, name: str, **keys: Any) -> None:
        """`name` is `suite/name`; `keys` are others of the top level: about, seed, duration, mode, world, fidelity,
        repeat, sweep, engine."""
        self._document: dict[str, Any] = {"name": name, **copy.deepcopy(keys)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Scenario:
        """A scenario of a mapping that is laid out like a file. The mapping is copied."""
        scenario = cls("")
        scenario._document = copy.deepcopy(dict(document))
        return scenario

    @classmethod
    def from_file(cls, file: str | os.PathLike[str], *, program: str | os.PathLike[str] | None = None) -> Scenario:
        """A scenario of a file, with what it includes merged into it. Raises ScenarioError when it is not valid."""
        path = Path(file)
        return cls.from_dict(_check.resolve(find_program(program), _check.Source(path, os.fspath(path))))

    @property
    def name(self) -> str:
        """`suite/name`; empty where it has none yet."""
        return str(self._document.get("name", ""))

    def to_dict(self) -> dict[str, Any]:
        """A copy, laid out like a file."""
        return copy.deepcopy(self._document)

    def to_text(self) -> str:
        """As a file: JSON, which is YAML as well."""
        return json.dumps(self._document, indent=2, ensure_ascii=False) + "\n"

    def save(self, file: str | os.PathLike[str]) -> Path:
        """Writes it to a file that `dwcp run` takes, over one that is there. Returns the path."""
        path = Path(file)
        path.write_text(self.to_text(), encoding="utf-8")
        return path

    def _part(self, *path: str) -> dict[str, Any]:
        part = self._document
        for key in path:
            part = part.setdefault(key, {})
        return part

    def hosts(self, *names: str, **keys: Any) -> Scenario:
        """Adds hosts, all with these keys: site, memory, cores, rdma."""
        for name in names:
            self._part("topology", "hosts")[name] = copy.deepcopy(keys)
        return self

    def link(self, a: str, b: str, *, rate: str, delay: str, **keys: Any) -> Scenario:
        """Joins two hosts or switches. Further keys: name, jitter, loss, loss_burst, duplicate, reorder, corrupt,
        queue."""
        link = {"between": [a, b], "rate": rate, "delay": delay, **copy.deepcopy(keys)}
        self._part("topology").setdefault("links", []).append(link)
        return self

    def topology(self, **keys: Any) -> Scenario:
        """Sets other keys of the topology: mtu, sites, switches."""
        self._part("topology").update(copy.deepcopy(keys))
        return self

    def vm(self, name: str, *, host: str, **keys: Any) -> Scenario:
        """Adds a VM. Further keys: memory, vcpus, content, image, dirty."""
        self._part("vms")[name] = {"host": host, **copy.deepcopy(keys)}
        return self

    def engine(self, **keys: Any) -> Scenario:
        """Sets keys of the agents' configuration."""
        self._part("engine").update(copy.deepcopy(keys))
        return self

    def event(self, at: str, **what: Any) -> Scenario:
        """Adds an event: one of migrate, cancel, evacuate, churn."""
        self._document.setdefault("events", []).append({"at": at, **copy.deepcopy(what)})
        return self

    def migrate(self, vm: str, *, to: str, at: str, policy: Mapping[str, Any] | None = None) -> Scenario:
        """Adds the event that a VM is moved."""
        migrate: dict[str, Any] = {"vm": vm, "to": to}
        if policy is not None:
            migrate["policy"] = dict(policy)
        return self.event(at, migrate=migrate)

    def fault(self, at: str | None = None, **what: Any) -> Scenario:
        """Adds a fault: one of cut, flap, change, partition, kill, crash, storage, rdma_down, clock, memory, random.
        Only `random` is without `at`. Keys that Python reserves go in mappings: ``fault("1s", cut={"link": "a--b", "for": "2s"})``."""
        fault = {**({} if at is None else {"at": at}), **copy.deepcopy(what)}
        self._document.setdefault("faults", []).append(fault)
        return self

    def expect(self, *thresholds: str | Mapping[str, Any]) -> Scenario:
        """Adds thresholds, such as ``"migration.downtime_s < 300ms"``."""
        self._document.setdefault("expect", []).extend(copy.deepcopy(list(thresholds)))
        return self

    def check(self, *, program: str | os.PathLike[str] | None = None) -> Scenario:
        """Raises ScenarioError with all that is wrong; its lines are those of :meth:`to_text`."""
        with as_source(self) as source:
            _check.check(find_program(program), source)
        return self

    def __repr__(self) -> str:
        return f"<dwcp.Scenario {self.name or 'without a name'}>"


def in_code(scenario: object) -> Scenario | None:
    """The scenario where it was made in code, None where it is a file's path."""
    if isinstance(scenario, Scenario):
        return scenario
    if isinstance(scenario, Mapping):
        return Scenario.from_dict(scenario)
    if isinstance(scenario, (str, os.PathLike)):
        return None
    raise TypeError(
        f"a scenario is a file's path, a mapping or a dwcp.Scenario, not {type(scenario).__name__}: {scenario!r}"
    )


@contextlib.contextmanager
def as_source(scenario: object) -> Iterator[_check.Source]:
    """A file of the scenario; one made here is gone afterwards."""
    made = in_code(scenario)
    if made is None:
        path = Path(os.fspath(scenario))  # type: ignore[call-overload]
        yield _check.Source(path, os.fspath(path))
        return
    with tempfile.TemporaryDirectory(prefix="dwcp-scenario-") as folder:
        text = made.to_text()
        file = Path(folder) / "scenario.json"
        file.write_text(text, encoding="utf-8")
        yield _check.Source(file, f"<scenario {made.name or 'without a name'}>", text)


def check_scenario(
    scenario: str | os.PathLike[str] | Mapping[str, Any] | Scenario,
    *,
    set: Mapping[str, object] | None = None,
    program: str | os.PathLike[str] | None = None,
) -> None:
    """Raises ScenarioError with all that is wrong with a scenario, its overrides included; nothing is run."""
    with as_source(scenario) as source:
        _check.check(find_program(program), source, _check.overrides_of(set))
