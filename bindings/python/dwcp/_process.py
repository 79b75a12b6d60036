"""Runs the program, and ends it in order."""

from __future__ import annotations

import errno
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

# What a child gets to end after SIGINT, and then after SIGTERM. The program itself needs a tenth of a second.
INTERRUPT_S = 10.0
TERMINATE_S = 5.0
# How often a waiting thread looks whether it is to stop.
_LOOK_S = 0.1
# What is kept of what a child says.
_SAID_MAX = 64 * 1024

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


Command = Sequence[str | os.PathLike[str]]


class Cancelled(Exception):
    """The event that was given to run() was set; the child has ended."""


class Completed(NamedTuple):
    status: int
    """Exit status; negative: the signal that ended it."""
    output: str
    said: str
    """Standard error, without escape sequences and without progress."""


def end(child: subprocess.Popen[bytes]) -> None:
    """SIGINT, by which the program ends its own children, then SIGTERM, then SIGKILL; each by the child's own pid."""
    for number, patience in ((signal.SIGINT, INTERRUPT_S), (signal.SIGTERM, TERMINATE_S)):
        if child.poll() is not None:
            return
        child.send_signal(number)
        try:
            child.wait(patience)
            return
        except subprocess.TimeoutExpired:
            pass
    child.kill()
    child.wait()


def _with_death_signal(command: Sequence[str]) -> list[str]:
    # So that nothing goes on simulating for a worker that was killed. Part of util-linux; the pid stays the child's.
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else list(command)


def run(
    command: Command,
    *,
    cwd: Path | None = None,
    keep_output: bool = False,
    on_line: Callable[[str], None] | None = None,
    cancel: threading.Event | None = None,
) -> Completed:
    """Waits for the command. It has no terminal and a session of its own, so that Ctrl-C reaches it only through here.

    `on_line` gets each line of progress, as it would be on a terminal. Raises Cancelled when `cancel` is set, and whatever
    interrupts the wait; the child has ended then.
    """
    words = _with_death_signal([os.fspath(word) for word in command])
    # A terminal makes the program say where it is ten times a second.
    here, there = pty.openpty() if on_line else os.pipe()
    try:
        child = subprocess.Popen(
            words,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if keep_output else subprocess.DEVNULL,
            stderr=there,
            start_new_session=True,
        )
    except BaseException:
        os.close(here)
        raise
    finally:
        os.close(there)
    try:
        output, said = _listen(child, here, on_line, cancel)
        return Completed(child.wait(), output, said)
    except BaseException:
        end(child)
        raise
    finally:
        os.close(here)
        if child.stdout is not None:
            child.stdout.close()


def _listen(
    child: subprocess.Popen[bytes],
    error_end: int,
    on_line: Callable[[str], None] | None,
    cancel: threading.Event | None,
) -> tuple[str, str]:
    said, output = bytearray(), bytearray()
    ends = {error_end: said}
    if child.stdout is not None:
        ends[child.stdout.fileno()] = output
    while ends:
        if cancel is not None and cancel.is_set():
            raise Cancelled
        for ready in select.select(list(ends), [], [], _LOOK_S)[0]:
            got = _read(ready)
            ends[ready] += got
            if not got:
                del ends[ready]
            elif ready == error_end:
                if on_line is not None:
                    _show_last(said, on_line)
                del said[: -_SAID_MAX]
    return output.decode("utf-8", "replace"), _plain(bytes(said))


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError as error:
        if error.errno == errno.EIO:  # the other end of a terminal is gone
            return b""
        raise


def _show_last(said: bytearray, on_line: Callable[[str], None]) -> None:
    # The last whole redraw: what comes after the last carriage return may be half of one.
    drawn = _ESCAPES.sub("", said.decode("utf-8", "ignore")).replace("\r\n", "\n").split("\r")
    for text in reversed(drawn):
        if text.strip():
            on_line(text.strip())
            return


def _plain(said: bytes) -> str:
    text = _ESCAPES.sub("", said.decode("utf-8", "replace").replace("\r\n", "\n"))
    # Redrawn lines begin with a carriage return: the last one stands.
    return "\n".join(line.rsplit("\r", 1)[-1] for line in text.split("\n")).strip()


def quoted(command: Command) -> str:
    """As it would be typed."""
    return shlex.join(os.fspath(word) for word in command)


def monotonic() -> float:
    """Seconds, for intervals."""
    return time.monotonic()
