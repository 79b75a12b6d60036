"""What the guests travel over."""
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from hosts import Veth, Wan
from line import payload_rate

PORT = 5297
SEED = 1  # of the losses


@dataclass(frozen=True)
class Link:
    name: str
    about: str
    options: str = ""                 # of the WAN emulator, each way; "": a veth pair
    congestion: Optional[str] = None  # the hosts' default
    rate: float = 0                   # bits/s of the line; 0: as fast as the machine copies
    delay: float = 0                  # seconds, each way

    def between_hosts(self):
        if not self.options:
            return Veth()
        built = Path(os.environ.get("DWCP_BUILD", "")) / "bench/peers/migration/bench_peers_migration"
        return Wan(self.options, seed=SEED, program=built if built.exists() else None)

    def payload_rate(self, lab) -> float:
        """Bytes a second that TCP can carry at most."""
        if self.rate:
            return payload_rate(self.rate)
        return tcp_rate(lab)


def wan(name: str, about: str, congestion: Optional[str], loss=""):
    far = bool(congestion)
    options = "rate=100Mbit/s" + (",delay=25ms" if far else "") + (f",loss={loss}" if loss else "")
    return Link(name, about, options, congestion, 100e6, 0.025 if far else 0)


LINKS = (
    Link("veth", "veth, unlimited"),
    wan("clean", "100 Mbit/s", None),
    wan("cubic-0.1", "100 Mbit/s, 50 ms RTT, 0.1 % loss, CUBIC", "cubic", "0.1%"),
    wan("bbr-0.1", "100 Mbit/s, 50 ms RTT, 0.1 % loss, BBR", "bbr", "0.1%"),
    wan("cubic-1", "100 Mbit/s, 50 ms RTT, 1 % loss, CUBIC", "cubic", "1%"),
    wan("bbr-1", "100 Mbit/s, 50 ms RTT, 1 % loss, BBR", "bbr", "1%"),
)

SINK = f"""
import socket
listener = socket.create_server(("0.0.0.0", {PORT}))
print("listening", flush=True)
peer, buffer = listener.accept()[0], bytearray(1 << 20)
while peer.recv_into(buffer): pass
"""
SOURCE = f"""
import socket, sys, time
peer, block = socket.create_connection((sys.argv[1], {PORT})), bytes(1 << 20)
begin = time.monotonic()
for _ in range(int(sys.argv[2])): peer.sendall(block)
print(time.monotonic() - begin)
"""


def tcp_rate(lab, mebibytes=2048) -> float:
    """Bytes a second of one plain TCP stream from A to B, in large writes."""
    sink = lab.b.popen(["python3", "-c", SINK], stdout=subprocess.PIPE, text=True)
    try:
        sink.stdout.readline()
        seconds = float(lab.a.run(["python3", "-c", SOURCE, lab.b.address, mebibytes]).stdout)
        return mebibytes * (1 << 20) / seconds
    finally:
        sink.kill()
        sink.wait()
