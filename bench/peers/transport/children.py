"""Processes of the bench, and the processor time of each with all that it waited for."""
import contextlib
import os
import signal
import subprocess
import time

from hosts.process import children_of

PATIENCE_S = 40  # beyond the time of a measurement, for connecting and ending
SETTLE_S = 3     # for a server's children


class Child:
    """Ended by its own id. `cpu_s` counts user and system time, once it has ended."""

    def __init__(self, command, **options):
        self.command = command
        self.adopt(subprocess.Popen(command, text=True, **options))

    def adopt(self, process):
        self.process, self.cpu_s, self.status = process, None, None
        return self

    @classmethod
    def of(cls, process):
        return cls.__new__(cls).adopt(process)

    def over(self) -> bool:
        """Whether it has ended; takes its processor time then."""
        if self.status is None:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.cpu_s = usage.ru_utime + usage.ru_stime
                self.status = self.process.returncode = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self.over():
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def settle(self):
        """Lets a server's own children, which have lost their client, end: only then is their time its time."""
        until, last = time.monotonic() + SETTLE_S, time.monotonic() + 3 * SETTLE_S
        while not self.over() and (children := children_of(self.process.pid)) and time.monotonic() < last:
            if time.monotonic() > until:
                for child in children:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, signal.SIGTERM)
                until += SETTLE_S
            time.sleep(0.01)
        return self

    def end(self):
        """Politely, then not; returns itself."""
        if not self.over():
            self.process.terminate()
            if not self.wait(3):
                self.process.kill()
                self.wait(10)
        return self
