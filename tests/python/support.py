"""What the tests of the module share."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
import time
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dwcp

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "tests/data/scenarios/small.yaml"
# What says how long a run took, on which machine.
NOT_THE_SAME = ("wall_time_s", "machine")


def needs(*modules: str) -> Callable[[type], type]:
    """Skips a class of tests where a package is not installed."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


def needs_extension() -> Callable[[type], type]:
    """Skips a class of tests where the extension was not built."""
    built = importlib.util.find_spec("dwcp._native") is not None
    return unittest.skipUnless(built, "dwcp._native is not built (pybind11-dev and python3-dev)")


def facts(result: dwcp.Result) -> dict[str, Any]:
    """What must be equal on every run of the same."""
    data = {key: value for key, value in result.data.items() if key not in NOT_THE_SAME}
    for name in ("sim.events_per_second", "sim.resident_slope_bytes_per_hour"):
        data["metrics"] = {key: value for key, value in data["metrics"].items() if key != name}
    return data


class FolderCase(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dwcp-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def tiny(name: str = "test/tiny") -> dwcp.Scenario:
    """A scenario that takes next to nothing."""
    return (
        dwcp.Scenario(name, duration="60s")
        .hosts("a", "b")
        .link("a", "b", name="path", rate="1Gbit/s", delay="1ms")
        .vm("guest", host="a", memory="1MiB", vcpus=1)
        .migrate("guest", to="b", at="10ms")
        .expect("migrations.completed == 1", "memory.wrong_pages == 0")
    )


# Long enough for any machine; a test that needs it has failed.
PATIENCE_S = 60.0


def wait_until(holds: Callable[[], Any], what: str) -> Any:
    """Asks again and again, and gives up in the end."""
    end = time.monotonic() + PATIENCE_S
    while not (value := holds()):
        if time.monotonic() > end:
            raise AssertionError(f"in {PATIENCE_S} s it did not come to this: {what}")
        time.sleep(0.02)
    return value


def children_of(pid: int) -> list[int]:
    """Processes that this one started and that have not been waited for, by all of its threads."""
    found: list[int] = []
    for task in _tasks(pid):
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:  # the thread has ended
            continue
    return found


def _tasks(pid: int) -> Iterator[Path]:
    try:
        yield from Path(f"/proc/{pid}/task").iterdir()
    except OSError:
        return


def descendants_of(pid: int) -> list[int]:
    """Its children, and theirs."""
    found = children_of(pid)
    for child in list(found):
        found += descendants_of(child)
    return found


def runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def program_name(pid: int) -> str:
    """What the process runs; empty when it is gone."""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return ""
