"""Who moves bytes over a path. carry() returns what was carried; it raises Failed."""
import json
import os
import platform
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from children import PATIENCE_S, Child
from hosts import Failed
from sshd import SSH_OPTIONS, Sshd

DEFAULT = "cubic"  # of the hosts, where a mover does not want another
STARTED_S = 0.5    # a server that has no word for it listens by then
POLL_S = 0.01


@dataclass
class Carried:
    bytes: float
    seconds: float
    cpu_s: Optional[float]  # of both sides; none: virtual
    more: dict = field(default_factory=dict)


def program(name: str) -> str:
    return str(Path(os.environ["DWCP_BUILD"]) / "bench/peers/transport" / name)


class Mover:
    """name: as in the table; quick: takes part in --quick."""

    host_default = DEFAULT
    ours = simulated = False
    loopback = wan = True
    quick = False

    def missing(self):
        return None


class Session(Mover):
    ours = True

    def __init__(self, streams: int, congestion: str, tls: bool, route=None):
        self.streams, self.congestion, self.tls, self.route = streams, congestion, tls, route
        self.name = f"AMST × {streams}, {congestion}{', TLS' if tls else ''}{', route says ' + route if route else ''}"
        self.quick = streams == 8 and (congestion == "auto" or not tls)
        self.loopback = not route
        self.wan = bool(tls or congestion == "auto")  # there, cubic in plain text would say nothing new

    def carry(self, link, ends, seconds: float, seed: int) -> Carried:
        if self.route:
            ends.route_congestion(self.route)
        same = ["--streams", str(self.streams), "--congestion", self.congestion, "--time", str(seconds),
                *(["--chunk", str(1 << 20)] if not link.rate else []), *(["--tls"] if self.tls else [])]
        tool = program("bench_peers_transport")
        receiver = Child([*ends.at_receiver(), tool, "receive", f"{ends.address}:0", *same], stdout=subprocess.PIPE)
        sender = None
        try:
            port = receiver.process.stdout.readline().strip()
            sender = Child([*ends.at_sender(), tool, "send", f"{ends.address}:{port}", *same], stdout=subprocess.PIPE)
            if not sender.wait(seconds + PATIENCE_S) or sender.status != 0 or not receiver.wait(PATIENCE_S):
                raise Failed(f"{self.name}: sender {sender.status}, receiver {receiver.status}")
            told = json.loads(sender.process.stdout.read())
        finally:
            for child in filter(None, (sender, receiver)):
                child.end()
        if receiver.status != 0:
            raise Failed(f"{self.name}: the receiver ended with {receiver.status}")
        return Carried(told["bytes"], told["seconds"], sender.cpu_s + receiver.cpu_s,
                       {"congestion": told["congestion"], "segments_retransmitted": told["segments_retransmitted"]})


class Iperf3(Mover):
    def __init__(self, streams: int, congestion: str):
        self.streams, self.congestion = streams, congestion
        self.name = f"iperf3 × {streams}, {congestion}"
        self.quick = streams == 8

    def carry(self, link, ends, seconds: float, seed: int) -> Carried:
        server = Child([*ends.at_receiver(), "iperf3", "-s", "-1", "-p", "5299"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        client = None
        try:
            time.sleep(STARTED_S)
            client = Child([*ends.at_sender(), "iperf3", "-c", ends.address, "-p", "5299", "-t", str(max(1, round(seconds))),
                            "-P", str(self.streams), "-C", self.congestion, "-J"], stdout=subprocess.PIPE)
            text = client.process.stdout.read()
            if not client.wait(PATIENCE_S):
                raise Failed(f"{self.name}: does not end")
            server.wait(STARTED_S)  # by itself, after one client
        finally:
            for child in filter(None, (client, server)):
                child.end()
        try:
            arrived = json.loads(text)["end"]["sum_received"]
            return Carried(arrived["bytes"], arrived["seconds"], client.cpu_s + server.cpu_s)
        except (ValueError, KeyError) as strange:
            raise Failed(f"{self.name}: {text[-200:]}") from strange


class FileMover(Mover):
    """Carries a file between folders on tmpfs. Measured from the first byte that arrived, as the others are measured from
    when they are connected; a transfer that is not over in time is ended, and what had arrived counts."""

    tools = ()

    def __init__(self, files, congestion: str):
        self.files, self.host_default = files, congestion
        self.name = f"{self.program}, {congestion}"

    def missing(self):
        for tool, package in self.tools:
            if not shutil.which(tool):
                return f"{tool} is not installed (package {package}; --install gets it)"
        return None

    def carry(self, link, ends, seconds: float, seed: int) -> Carried:
        target = self.files.into / self.files.source.name
        target.unlink(missing_ok=True)
        server, command = self.serve(ends)
        client = None
        try:
            with open(self.files.log, "w") as log:
                client = Child([*ends.at_sender(), *command], stdout=log, stderr=log)
            begin = first_byte(target, client, PATIENCE_S)
            client.wait(max(0.0, begin + seconds - time.monotonic()) if begin else 0)
            end, arrived = time.monotonic(), on_disk(target)
            ended = client.status
        finally:
            if client:
                client.end()
            server.settle().end()
            target.unlink(missing_ok=True)
        if not begin or ended not in (None, 0):
            raise Failed(f"{self.name}: {self.files.log.read_text()[-300:].strip() or ended}")
        return Carried(arrived, end - begin, client.cpu_s + server.cpu_s)


def on_disk(file: Path) -> int:
    """Bytes of it that are there, whatever their order."""
    try:
        return file.stat().st_blocks * 512
    except FileNotFoundError:
        return 0


def first_byte(target: Path, client: Child, patience: float):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if on_disk(target):
            return time.monotonic()
        if client.over() and not on_disk(target):
            return None
        time.sleep(POLL_S / 5)
    return None


class Rsync(FileMover):
    program, quick, tools = "rsync", True, (("rsync", "rsync"),)

    def serve(self, ends):
        config = self.files.folder / "rsyncd.conf"
        config.write_text(f"use chroot = no\nuid = root\ngid = root\n[into]\npath = {self.files.into}\nread only = no\n")
        server = Child([*ends.at_receiver(), "rsync", "--daemon", "--no-detach", "--config", str(config), "--address",
                        ends.address, "--port", "5298"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(STARTED_S)
        return server, ["rsync", "-W", "--inplace", str(self.files.source), f"rsync://{ends.address}:5298/into/"]


class Scp(FileMover):
    program = "scp"
    tools = ("scp", "openssh-client"), ("ssh-keygen", "openssh-client"), ("/usr/sbin/sshd", "openssh-server")

    def serve(self, ends):
        process, port = self.files.sshd.start(ends)
        return Child.of(process), ["scp", "-q", "-i", str(self.files.sshd.key), *SSH_OPTIONS, "-P", str(port),
                                   str(self.files.source), f"{ends.address}:{self.files.into}/"]


class GridFtp(FileMover):
    """globus-url-copy to a server without security: anonymous, and in plain text."""

    program = "GridFTP × 8"
    tools = ("globus-url-copy", "globus-gass-copy-progs"), ("globus-gridftp-server", "globus-gridftp-server-progs")

    def serve(self, ends):
        # Both sides insist on names for addresses, and on an address for the host's name. `ip netns exec` has a mount
        # namespace of its own: nobody else sees this.
        hosts = self.files.folder / "hosts"
        hosts.write_text(f"127.0.0.1 localhost {platform.node()}\n10.98.0.1 sender\n10.98.0.2 receiver\n")
        named = ["sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh"]
        server = Child([*ends.at_receiver(), *named, "globus-gridftp-server", "-aa", "-anonymous-user", "root", "-allow-root", "-p",
                        "5297", "-control-interface", ends.address, "-data-interface", ends.address, "-no-chdir"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(STARTED_S)
        return server, [*named, "globus-url-copy", "-p", "8", f"file://{self.files.source}",
                        f"ftp://{ends.address}:5297{self.files.into}/{self.files.source.name}"]


class Ns3(Mover):
    """Plain ns-3's bulk senders in its own simulation of the same link: virtual time, no processor time to compare."""

    loopback, simulated = False, True

    def __init__(self, streams: int, congestion: str):
        self.streams, self.congestion = streams, congestion
        self.name = f"ns-3 × {streams}, {congestion} (simulated)"

    def missing(self):
        return None if os.access(program("bench_peers_transport_ns3"), os.X_OK) else "this build has no ns-3"

    def carry(self, link, ends, seconds: float, seed: int) -> Carried:
        told = subprocess.run([program("bench_peers_transport_ns3"), self.congestion, "--streams", str(self.streams), "--rate",
                               str(round(link.simulated_rate())), "--rtt", str(link.rtt_ms), "--loss", str(link.loss), "--time",
                               str(seconds), "--seed", str(seed)], capture_output=True, text=True, timeout=120)
        if told.returncode != 0:
            raise Failed(f"{self.name}: {told.stderr[-200:].strip()}")
        carried = json.loads(told.stdout)
        return Carried(carried["bytes"], carried["seconds"], None)


class Files:
    """One file to be carried, and where to."""

    def __init__(self, folder: Path, size: int):
        self.folder, self.source, self.into, self.log = folder, folder / "random", folder / "into", folder / "log"
        self.into.mkdir()
        block = os.urandom(16 << 20)
        with open(self.source, "wb") as out:
            for _ in range(size // len(block)):
                out.write(block)
        self.sshd = Sshd(folder)


def movers(files: Optional[Files]):
    """All; `files` may be none where only names are wanted."""
    streams, kinds = (1, 4, 8), ("cubic", "bbr")
    return [
        *(Session(n, "auto", tls) for tls in (True, False) for n in streams),
        *(Session(n, "cubic", tls) for tls in (True, False) for n in streams),
        Session(8, "auto", True, route="cubic"),
        *(Iperf3(n, kind) for kind in kinds for n in streams),
        *(mover(files, kind) for mover in (GridFtp, Rsync, Scp) for kind in kinds),
        *(Ns3(n, kind) for kind in kinds for n in streams),
    ]
