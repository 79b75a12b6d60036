"""What moves a guest from A to B: QEMU as libvirt runs it, in five ways, and DWCP. carry() returns when the guest is on B."""
import json
import re
import subprocess

from hosts import Failed


class Stopped(Exception):
    """It was not done when its time was up."""


def finish(process, seconds: float, what: str) -> str:
    """Standard output of a process in a host; Stopped when it takes longer, Failed when it fails."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Stopped from None
    if process.returncode != 0:
        raise Failed(f"{what}: status {process.returncode}: {(err + out).strip()[-600:]}")
    return out


class Libvirt:
    """virsh migrate, with libvirt's and QEMU's defaults but for `flags`."""

    def __init__(self, name: str, about: str, *flags):
        self.name, self.about, self.flags = name, about, flags

    def missing(self):
        return None

    def ready(self, lab):
        pass

    def carry(self, guest, lab, seconds: float):
        command = ["virsh", "-q", "-c", "qemu:///system", "migrate", guest.name, "--live", "--persistent", "--undefinesource",
                   *self.flags, lab.b.peer_uri]
        finish(lab.a.popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), seconds, "virsh migrate")
        return {}

    def stages(self, lab):
        return None

    def end(self):
        pass


class Dwcp:
    """`dwcp migrate` between two agents of tests/lab/migration: defaults but for names, addresses and folders."""

    name, about = "dwcp", "DWCP"

    def __init__(self, program: str):
        self.program = program
        self._agents = None

    def missing(self):
        words = subprocess.run([self.program, "--help"], capture_output=True, text=True).stdout
        return None if re.search(r"^\s+agent\b", words, re.M) else f"{self.program} has no command 'agent'"

    def ready(self, lab):
        from migration.agents import Agents  # it takes the program from the environment when it is loaded
        self._agents = Agents(lab)
        self._agents.__enter__()

    def carry(self, guest, lab, seconds: float):
        return json.loads(finish(self._agents[lab.a].begin(guest.name, lab.b), seconds, "dwcp migrate"))

    def stages(self, lab):
        """Processor seconds of either side by stage, as the agents count them; the agents are new."""
        return {side: self._agents[host].status()["processor_time_s"]
                for side, host in (("source", lab.a), ("destination", lab.b))}

    def end(self):
        """Agents that do not end by themselves are ended: the figures are taken already."""
        for agent in self._agents.of.values() if self._agents else ():
            try:
                agent.stop()
            except subprocess.TimeoutExpired:
                agent.kill()
        self._agents = None


def movers(program: str):
    parallel = ("--parallel", "--parallel-connections", "8")
    return [
        Libvirt("precopy", "QEMU default"),
        Libvirt("multifd", "multifd ×8", *parallel),
        Libvirt("zstd", "multifd ×8 + zstd", *parallel, "--compressed", "--comp-methods", "zstd"),
        Libvirt("xbzrle", "XBZRLE", "--compressed", "--comp-methods", "xbzrle", "--comp-xbzrle-cache", str(256 << 20)),
        Libvirt("postcopy", "post-copy", "--postcopy", "--postcopy-after-precopy"),
        Dwcp(program),
    ]
