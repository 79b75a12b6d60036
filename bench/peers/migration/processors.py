"""Processor time of a host while a migration runs: of all its processes, and apart by program."""
import contextlib
import os
import threading
from collections import defaultdict

TICK = os.sysconf("SC_CLK_TCK")
GUEST = "guest"  # the threads of QEMU in which the guest itself runs
EVERY_S = 0.2


def times(path):
    """(name, seconds) of a process or thread; the name is cut by the kernel at 15 characters."""
    with open(path, errors="replace") as stat:
        name, fields = stat.read().split("(", 1)[1].rsplit(")", 1)
    user, system = fields.split()[11:13]
    return name, (int(user) + int(system)) / TICK


class Processors:
    """with Processors(host) as used: ...; used.total, used.by_program, used.by_thread in seconds.

    The total is exact: it counts what ended meanwhile. The rest is looked at several times a second, so that a process's last
    moments are missing when it ends (the source's QEMU); `total` less `by_program` is what lived too short to be seen.
    """

    def __init__(self, host):
        self.host = host
        self.total = 0.0
        self._proc = f"/proc/{host.init}/root/proc"
        self._first, self._last = {}, {}
        self._ended = threading.Event()

    def __enter__(self):
        self._look()
        self._first = {key: seconds for key, seconds in self._last.items()}
        self._begin = self.host.cpu_seconds()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self._look()
        self.total = self.host.cpu_seconds() - self._begin

    def _watch(self):
        while not self._ended.wait(EVERY_S):
            self._look()

    def _look(self):
        for pid in filter(str.isdigit, os.listdir(self._proc)):
            with contextlib.suppress(OSError, IndexError, ValueError):
                program, seconds = times(f"{self._proc}/{pid}/stat")
                self._last[program, pid, None, None] = seconds
                if not program.startswith(("qemu", "dwcp")):
                    continue
                for thread in os.listdir(f"{self._proc}/{pid}/task"):
                    name, seconds = times(f"{self._proc}/{pid}/task/{thread}/stat")
                    self._last[program, pid, thread, name] = seconds

    def _spent(self):
        return ((key, seconds - self._first.get(key, 0)) for key, seconds in self._last.items())

    @property
    def by_program(self):
        """{program: seconds}; the guest's own apart from QEMU's."""
        of = defaultdict(float)
        for (program, _, thread, name), seconds in self._spent():
            if thread is None:
                of[program] += seconds
            elif is_guest(program, name):
                of[GUEST] += seconds
                of[program] -= seconds
        return {program: round(seconds, 2) for program, seconds in of.items() if seconds > 0.005}

    @property
    def by_thread(self):
        """{program: {thread's name: seconds}} of QEMU and the agent; numbers at a name's end are left out."""
        of = defaultdict(lambda: defaultdict(float))
        for (program, _, thread, name), seconds in self._spent():
            if thread is not None and not is_guest(program, name):
                of[program][name.rstrip("0123456789").rstrip("-_/") or name] += seconds
        return {program: {name: round(seconds, 2) for name, seconds in threads.items() if seconds > 0.005}
                for program, threads in of.items()}


def is_guest(program: str, thread: str) -> bool:
    return program.startswith("qemu") and thread.startswith("CPU ")
