"""Where the bytes go through: loopback, or a veth pair shaped by tbf between two network namespaces."""
import json
import os
import shutil
import subprocess
import time
from pathlib import Path


def copy_rate(source: Path, into: Path) -> float:
    """Bytes per second of cp from tmpfs to tmpfs: more is not to be had from memory."""
    target = into / "copy"
    begin = time.monotonic()
    subprocess.run(["cp", "--reflink=never", "--sparse=never", str(source), str(target)], check=True)
    seconds = time.monotonic() - begin
    target.unlink()
    return source.stat().st_size / seconds


class Loopback:
    """Both ends on 127.0.0.1."""

    address = "127.0.0.1"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def at_receiver(self):
        return []

    def at_sender(self):
        return []

    def limit(self, source: Path, into: Path):
        rates = [copy_rate(source, into)]
        if rate := self.iperf():
            rates.append(rate)
        return min(rates)

    def iperf(self):
        if not shutil.which("iperf3"):
            return None
        server = subprocess.Popen([*self.at_receiver(), "iperf3", "-s", "-1", "-p", "5299"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        client = subprocess.run([*self.at_sender(), "iperf3", "-c", self.address, "-p", "5299", "-t", "3", "-J"],
                                capture_output=True, text=True)
        server.terminate()
        server.wait()
        try:
            return json.loads(client.stdout)["end"]["sum_received"]["bits_per_second"] / 8
        except (KeyError, ValueError):
            return None


class Shaped(Loopback):
    """The sender in one network namespace, the receiver in another, a token bucket each way."""

    address = "10.213.0.2"

    @staticmethod
    def missing():
        if os.geteuid() != 0:
            return "network namespaces need root"
        for tool in ("ip", "tc"):
            if not shutil.which(tool):
                return f"{tool} is not installed (package iproute2)"
        return None

    def __init__(self, rate: str):
        self.rate = rate
        self.sender = f"dwcps{os.getpid()}"
        self.receiver = f"dwcpr{os.getpid()}"

    def __enter__(self):
        ip = lambda *a: subprocess.run(["ip", *a], check=True)
        for name in (self.sender, self.receiver):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("link", "add", "d0", "netns", self.sender, "type", "veth", "peer", "name", "d0", "netns", self.receiver)
        for name, address in ((self.sender, "10.213.0.1/24"), (self.receiver, "10.213.0.2/24")):
            ip("-n", name, "addr", "add", address, "dev", "d0")
            ip("-n", name, "link", "set", "d0", "up")
            subprocess.run(["tc", "-n", name, "qdisc", "add", "dev", "d0", "root", "tbf", "rate", self.rate, "burst",
                            "1m", "latency", "50ms"], check=True)
        return self

    def __exit__(self, *_):
        for name in (self.sender, self.receiver):
            subprocess.run(["ip", "netns", "del", name], check=False)

    def at_receiver(self):
        return ["ip", "netns", "exec", self.receiver]

    def at_sender(self):
        return ["ip", "netns", "exec", self.sender]
