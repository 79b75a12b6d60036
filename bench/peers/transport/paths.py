"""What the bytes go through, made anew for every measurement: loopback of a network namespace, or the emulated WAN between two."""
import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hosts import Failed
from hosts.congestion import set_default
from line import LINE_OVERHEAD, MTU_FRAME, payload_rate

PAIR = Path(__file__).resolve().parents[3] / "tests/lab/wan/pair.sh"
POINT_TO_POINT_FRAME = 1502  # of ns-3's device, for 1500 bytes of IP
LIFETIME_S = 150             # of an emulated path, whatever happens


def missing():
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool, package in (("ip", "iproute2"), ("iperf3", "iperf3")):
        if not shutil.which(tool):
            return f"{tool} is not installed (package {package}; --install gets it)"
    return None


class Side:
    """One namespace, as hosts.congestion wants a host."""

    def __init__(self, name: str):
        self.name = name
        self.prefix = ["ip", "netns", "exec", name]

    def run(self, command, check=True):
        return subprocess.run([*self.prefix, *command], check=check, text=True, capture_output=True)


class Ends:
    """Two sides while they exist; `address` is the receiver's."""

    def __init__(self, sender: Side, receiver: Side, address: str):
        self.sender, self.receiver, self.address = sender, receiver, address

    def at_sender(self):
        return self.sender.prefix

    def at_receiver(self):
        return self.receiver.prefix

    def default_congestion(self, name: str):
        for side in {self.sender.name: self.sender, self.receiver.name: self.receiver}.values():
            set_default(side, name)

    def route_congestion(self, name: str):
        """The routes' own word, which stands above what a program asked for before it connected."""
        for side in (self.sender, self.receiver):
            route = side.run(["ip", "-4", "route", "show", "dev", "wan0"]).stdout.split("\n")[0].split()
            side.run(["ip", "route", "replace", *route, "dev", "wan0", "congctl", name])


@dataclass(frozen=True)
class Loopback:
    name: str = "loopback"
    about: str = "loopback"
    rate: float = 0

    @contextlib.contextmanager
    def opened(self, seed: int):
        side = Side(f"dwcpt{os.getpid()}")
        subprocess.run(["ip", "netns", "add", side.name], check=True)
        try:
            subprocess.run(["ip", "-n", side.name, "link", "set", "lo", "up"], check=True)
            yield Ends(side, side, "127.0.0.1")
        finally:
            subprocess.run(["ip", "netns", "del", side.name], check=True)


@dataclass(frozen=True)
class Wan:
    name: str
    about: str
    loss: float  # of each packet, in both directions
    rate: float = 100e6
    rtt_ms: float = 50

    @contextlib.contextmanager
    def opened(self, seed: int):
        emulator = Path(os.environ["DWCP_BUILD"]) / "bench/peers/migration/bench_peers_migration"
        options = f"rate={self.rate / 1e6:g}Mbit/s,delay={self.rtt_ms / 2:g}ms,loss={self.loss * 100:g}%"
        told = 'echo "$NS1 $NS2 $IP2"; read -r _ || true'  # until our end of its standard input closes
        pair = subprocess.Popen(["bash", str(PAIR), str(emulator), "--seed", str(seed), "--both", options, "--", "sh", "-c", told],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                env={**os.environ, "WAN_LIMIT": str(LIFETIME_S)})
        try:
            words = pair.stdout.readline().split()
            if len(words) != 3:
                raise Failed(f"the emulated path '{options}' did not come up")
            yield Ends(Side(words[0]), Side(words[1]), words[2])
        finally:
            pair.stdin.close()
            pair.wait()

    def payload_rate(self):
        return payload_rate(self.rate)

    def simulated_rate(self):
        """Of ns-3's point-to-point link, so that a full segment takes as long as on the emulated line."""
        return self.rate * POINT_TO_POINT_FRAME / (MTU_FRAME + LINE_OVERHEAD)


LINKS = (
    Loopback(),
    Wan("clean", "100 Mbit/s, 50 ms RTT", 0),
    Wan("loss-0.1", "100 Mbit/s, 50 ms RTT, 0.1 % loss", 0.001),
    Wan("loss-1", "100 Mbit/s, 50 ms RTT, 1 % loss", 0.01),
)
