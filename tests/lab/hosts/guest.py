"""A guest of tests/lab/guest in the lab, as libvirt sees it and as it sees itself."""
import uuid
from dataclasses import dataclass
from typing import NamedTuple, Optional

from . import serial
from .domain import Disk, domain_xml
from .host import Host
from .pair import Lab
from .process import Failed, wait_until


@dataclass
class Load:
    """What the guest does; tests/lab/guest/README.md. Sizes in MiB, rates in MiB/s, shares in %."""

    fill: int = 128
    zero: int = 40
    text: int = 40  # the rest is random
    dirty: int = 5  # -1: as fast as half of its processor can
    working_set: int = 16
    write: str = "page"  # or "word": one of each page
    disk: int = 0
    span: int = 64
    check: int = 15
    beat_ms: int = 10

    def command_line(self) -> str:
        return (f"console=ttyS0 quiet panic=-1 fill={self.fill} zero={self.zero} text={self.text} dirty={self.dirty} "
                f"wss={self.working_set} write={self.write} disk={self.disk} span={self.span} check={self.check} "
                f"beat={self.beat_ms}")


class Health(NamedTuple):
    """What a check found since the last mark()."""

    beats: int
    lost_beats: int
    doubled_beats: int      # not 0: it ran on two hosts at once
    gap_s: float            # longest time without a beat, seen from outside: the downtime, and what the machine adds to it
    guest_gap_s: float      # by the guest's own clock, which stands still while it is stopped
    bad_words: int
    lost_writes: int
    pages_checked: int
    disk_bad_words: int
    disk_lost_writes: int
    disk_errors: int

    @property
    def whole(self) -> bool:
        return not any((self.lost_beats, self.doubled_beats, self.bad_words, self.lost_writes, self.disk_bad_words,
                        self.disk_lost_writes, self.disk_errors)) and self.beats > 0


class Guest:
    """Guest(lab, memory=256, load=Load(fill=128)); start(lab.a); wait_filled(); ...; check()."""

    def __init__(self, lab: Lab, name="vm1", memory=256, load: Optional[Load] = None, disk: Optional[Disk] = None,
                 cpu="qemu64", machine="pc", qemu_arguments=()):
        self.lab, self.name, self.memory = lab, name, memory
        self.load, self.disk = load or Load(), disk
        if self.load.disk and not disk:
            raise Failed("a load with disk= needs a disk")
        self.cpu, self.machine, self.qemu_arguments = cpu, machine, qemu_arguments
        self.uuid = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{lab.name}.dwcp"))
        self.log = f"/var/lib/libvirt/serial/{name}.log"  # of each host
        self.listener: Optional[serial.Listener] = None
        self._marked = 0

    # Life.

    def define(self, host: Host):
        if self.disk:
            self.disk.create(host)
        file = host.path(f"/run/{self.name}.xml")
        file.write_text(domain_xml(self))
        host.virsh("define", f"/run/{self.name}.xml")

    def start(self, host: Host):
        """Defined and started; listens from now on."""
        self.define(host)
        self.listener = serial.Listener({h.name: h.path(self.log) for h in self.lab.hosts.values()})
        host.virsh("start", self.name)

    def wait_filled(self, seconds=120.0):
        self._listening()

        def filled():
            if trouble := self.listener.said("GUEST error.*|Kernel panic.*|init\\[1\\].*"):
                raise Failed(f"guest {self.name}: {trouble[0]}")
            return self.listener.said("GUEST filled pages=") and self.listener.beats
        wait_until(filled, seconds, f"guest {self.name} to fill its memory")
        self.mark()

    def destroy(self):
        """Off and undefined wherever it is."""
        for host in self.lab.hosts.values():
            if host.alive:
                host.virsh("destroy", self.name, check=False)
                host.virsh("undefine", self.name, check=False)
        if self.listener:
            self.listener.close()

    # Where it is.

    def states(self):
        """{host name: libvirt's state, or None where the guest is not known}; a host that is down is left out."""
        return {host.name: host.virsh("domstate", self.name, check=False) or None
                for host in self.lab.hosts.values() if host.alive}

    def host(self) -> Host:
        """The one that runs it; Failed when none does, or both."""
        states = self.states()
        running = [name for name, state in states.items() if state == "running"]
        if len(running) != 1:
            raise Failed(f"guest {self.name} runs on {len(running)} hosts: {states}")
        return self.lab[running[0]]

    def migrate(self, to: Host, *flags, timeout=200.0):
        """By libvirt alone: virsh migrate, live, with the source undefined afterwards."""
        self.lab.other(to).virsh("migrate", self.name, "--live", "--persistent", "--undefinesource", *flags, to.peer_uri,
                                 timeout=timeout)

    # How it is.

    def mark(self):
        """Heartbeats are judged from the last one before now."""
        self._listening()
        self._marked = max(0, len(self.listener.beats) - 1)
        self.listener.guest_gap_ms = 0

    def gap(self) -> serial.Gap:
        """The longest time without a beat since mark(), between which beats, on which hosts."""
        self._listening()
        found = serial.longest_gap(self.listener.beats[self._marked:])
        if not found:
            raise Failed(f"guest {self.name} does not beat")
        return found

    def check(self, seconds=120.0) -> Health:
        """Waits until the guest has read all of its memory (and its span of the disk) again, then says how it is."""
        self._listening()
        begin = dict(self._next_report(10))
        pages = self.load.fill * 256
        wanted = {"checked": begin["checked"] + pages}
        if self.load.disk:
            wanted["dread"] = begin["dread"] + begin["dblocks"]
        wait_until(lambda: all(self.listener.report[key] >= value for key, value in wanted.items()), seconds,
                   f"guest {self.name} to check itself")
        return self.health()

    def health(self) -> Health:
        """How it is as far as it knows by now, without waiting for a whole check."""
        report = self.listener.report
        beats = self.listener.beats[self._marked:]
        lost, doubled = serial.lost_and_doubled(beats)
        return Health(len(beats), lost, doubled, self.gap().seconds, self.listener.guest_gap_ms / 1e3, report["bad"],
                      report["lost"], report["checked"], report.get("dbad", 0), report.get("dlost", 0), report.get("derrors", 0))

    def _next_report(self, seconds: float):
        """One that arrived after now: a guest that is dead is not judged by what it said when it lived."""
        before = self.listener.report_time
        wait_until(lambda: self.listener.report_time > before, seconds, f"guest {self.name} to report")
        return self.listener.report

    def _listening(self):
        if not self.listener:
            raise Failed(f"guest {self.name} was not started by this process")
