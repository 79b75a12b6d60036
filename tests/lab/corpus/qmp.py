"""QEMU's machine protocol, as far as capturing needs it: commands one after the other, and the events in between."""
import contextlib
import json
import socket
from pathlib import Path

from hosts.process import Failed

ANSWER_S = 60.0     # longest wait for an answer or an event
KEPT_EVENTS = 1000  # more are no guest of ours


class Connection:
    def __init__(self, path: Path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        self._socket.connect(str(path))
        self._stream = self._socket.makefile("rw")
        self._events = []
        self._next()  # the greeting
        self.command("qmp_capabilities")

    def close(self):
        with contextlib.suppress(OSError):  # what could not be written
            self._stream.close()
        self._socket.close()

    def command(self, name: str, **arguments):
        try:
            self._stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
            self._stream.flush()
        except OSError as gone:
            raise Failed(f"QEMU does not take {name}: {gone}") from gone
        while True:
            answer = self._next()
            if "error" in answer:
                raise Failed(f"QEMU refuses {name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def event_time_s(self, name: str) -> float:
        """When the oldest event `name` that was not asked for yet happened, by QEMU's clock; waits for it."""
        while True:
            for at, event in enumerate(self._events):
                if event["event"] == name:
                    stamp = self._events.pop(at)["timestamp"]
                    return stamp["seconds"] + stamp["microseconds"] / 1e6
            self._next()

    def _next(self) -> dict:
        try:
            line = self._stream.readline()
        except OSError as gone:
            raise Failed(f"QEMU does not answer: {gone}") from gone
        if not line:
            raise Failed("QEMU is gone")
        message = json.loads(line)
        if "event" in message:
            if len(self._events) == KEPT_EVENTS:
                raise Failed(f"QEMU reports more than {KEPT_EVENTS} events that nobody asked for")
            self._events.append(message)
        return message
