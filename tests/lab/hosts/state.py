"""Where a lab keeps its files while it is up, who owns them, and what a killed owner left behind.

A lab's folder holds a lock for as long as its owner lives. Every process that a lab starts carries the folder in its
environment (MARKER): that, and the names of the network namespaces, is how leftovers are told from everybody else's things.
"""
import contextlib
import fcntl
import os
import shutil
import signal
import time
from pathlib import Path

from .process import Failed, all_processes, run

ROOT = Path("/var/tmp/dwcp-lab")  # not /run or /tmp, which may be memory: disks of guests lie here
MARKER = "DWCP_LAB"
KEPT = "kept"  # in a folder whose lab goes on without an owner, until `lab down`
HOST_NAMES = ("A", "B")


def namespace_of(lab: str, host: str) -> str:
    return f"dwcp-{lab}-{host}"


def environment_for(folder: Path):
    return {**os.environ, MARKER: str(folder)}


def processes_of(folder: Path):
    """All in the hosts' network namespaces, and what serves them from outside (which carries the mark)."""
    mark = f"{MARKER}={folder}".encode()
    found = set()
    for host in HOST_NAMES:
        inside = run(["ip", "netns", "pids", namespace_of(folder.name, host)], check=False)
        found.update(int(pid) for pid in inside.stdout.split())
    for pid in all_processes():
        try:
            if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.add(pid)
        except OSError:
            pass  # it ended meanwhile
    return found - {os.getpid()}


def end_processes(folder: Path):
    deadline = time.monotonic() + 20
    while pids := processes_of(folder):
        if time.monotonic() > deadline:
            raise Failed(f"processes {pids} of the lab in {folder} do not end")
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def remove(folder: Path):
    """Everything that the lab in this folder may have left; may be called twice."""
    end_processes(folder)
    for host in HOST_NAMES:
        name = namespace_of(folder.name, host)
        if Path("/run/netns", name).exists():
            run(["ip", "netns", "del", name], check=False)
    shutil.rmtree(folder, ignore_errors=True)


class Guard:
    """The list of labs, changed by one process at a time."""

    def __enter__(self):
        ROOT.mkdir(parents=True, exist_ok=True)
        self.lock = open(ROOT / ".lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.lock.close()


def lock_of(folder: Path):
    """The folder's lock, or None when its owner lives."""
    lock = open(folder / "owner", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    except BlockingIOError:
        lock.close()
        return None


def claim(name: str):
    """(folder, lock) for a new lab, after the leftovers of dead ones are gone."""
    with Guard():
        for folder in ROOT.iterdir():
            if not folder.is_dir() or ((folder / KEPT).exists() and folder.name != name):
                continue
            if lock := lock_of(folder):
                remove(folder)
                lock.close()
        folder = ROOT / name
        if folder.exists():
            raise Failed(f"a lab named {name} is up, in {folder}")
        folder.mkdir(mode=0o755)
        return folder, lock_of(folder)
