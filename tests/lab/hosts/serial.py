"""What guests say on their serial lines, as it arrives from both hosts, with the time of arrival.

A guest's own clock stands still while the guest does, so how long it was away is seen only from outside. QEMU writes each
serial line to a file of its host; since a guest runs on one host at a time, the files' bytes in the order of their arrival
are the one stream that the guest wrote, also where a line began on one host and ended on the other.
"""
import ctypes
import os
import re
import select
import struct
import threading
import time
from pathlib import Path
from typing import NamedTuple

IN_MODIFY, IN_CREATE, IN_NONBLOCK, IN_CLOEXEC = 0x2, 0x100, 0o4000, 0o2000000
EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name


class Beat(NamedTuple):
    number: int
    time: float  # time.monotonic() of its arrival
    host: str


class Changes:
    """inotify(7) on a few folders: a wait that ends when a file in one of them grows."""

    def __init__(self, folders):
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
        for folder in folders:
            if libc.inotify_add_watch(self.descriptor, os.fsencode(folder), IN_MODIFY | IN_CREATE) < 0:
                raise OSError(ctypes.get_errno(), f"inotify: {folder}")

    def wait(self, seconds: float):
        """The numbers of the folders (from 1) in which something happened, in order."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return []
        events, at, changed = os.read(self.descriptor, 1 << 16), 0, []
        while at < len(events):
            watch, _, _, length = EVENT.unpack_from(events, at)
            at += EVENT.size + length
            if not changed or changed[-1] != watch:
                changed.append(watch)
        return changed

    def close(self):
        os.close(self.descriptor)


class Listener:
    """Reads one guest's lines from files {host name: path}, from now on, in a thread of its own."""

    def __init__(self, files):
        self.beats = []      # of Beat, as they came
        self.lines = []      # all but beats and reports, as (time, host, text)
        self.report = {}     # the newest HB line's counters
        self.report_time = 0.0
        self._files = {host: Path(path) for host, path in files.items()}
        self._read = {host: path.stat().st_size if path.exists() else 0 for host, path in self._files.items()}
        self._rest = b""
        self._changes = Changes(path.parent for path in self._files.values())
        self._ending = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self):
        if not self._ending:
            self._ending = True
            self._thread.join()
            self._changes.close()

    def said(self, pattern: str):
        """The first line in which the pattern is found, as a match, or None."""
        return next((found for _, _, text in self.lines if (found := re.search(pattern, text))), None)

    def _listen(self):
        hosts = list(self._files)
        while not self._ending:
            for watch in self._changes.wait(0.2):
                self._take(hosts[watch - 1])

    def _take(self, host: str):
        now = time.monotonic()
        try:
            with open(self._files[host], "rb") as file:
                file.seek(self._read[host])
                new = file.read()
        except FileNotFoundError:
            return
        self._read[host] += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        for line in lines:
            self._understand(line.strip().decode(errors="replace"), now, host)

    def _understand(self, line: str, now: float, host: str):
        if re.fullmatch(r"b \d+", line):
            self.beats.append(Beat(int(line[2:]), now, host))
        elif line.startswith("HB "):
            self.report = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
            self.report_time = now
            self.guest_gap_ms = max(self.guest_gap_ms, self.report.get("gap", 0))
        elif line:
            self.lines.append((now, host, line))

    guest_gap_ms = 0  # longest by the guest's own clock; set it to 0 to begin anew


class Gap(NamedTuple):
    seconds: float
    before: Beat
    after: Beat


def longest_gap(beats):
    """The longest time between one beat and the next, or None when there are less than two."""
    gaps = (Gap(after.time - before.time, before, after) for before, after in zip(beats, beats[1:]))
    return max(gaps, key=lambda gap: gap.seconds, default=None)


def lost_and_doubled(beats):
    """How many numbers never came, and how many came again: a guest that ran on two hosts at once says them twice."""
    numbers = {beat.number for beat in beats}
    if not numbers:
        return 0, 0
    return max(numbers) - min(numbers) + 1 - len(numbers), len(beats) - len(numbers)
