"""What moves a guest from A to B: QEMU as libvirt runs it, in five ways, and DWCP. carry() returns when the guest is on B."""
import json
import re
import subprocess
import time

from hosts import Failed, wait_until


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

    def end(self):
        pass


class Dwcp:
    """`dwcp migrate` between two agents, as users run them: defaults but for names, addresses and folders."""

    name, about = "dwcp", "DWCP"
    port = 7799
    config = "/run/dwcp-agent.yaml"
    socket = "/run/dwcp/control.sock"

    def __init__(self, program: str):
        self.program = program
        self._agents = []

    def missing(self):
        words = subprocess.run([self.program, "--help"], capture_output=True, text=True).stdout
        return None if re.search(r"^\s+agent\b", words, re.M) else f"{self.program} has no command 'agent'"

    def ready(self, lab):
        """Both agents up, and done with what a former life left behind."""
        for host in lab.hosts.values():
            other = lab.other(host)
            host.path(self.config).write_text(
                f"node: {host.name}\ncluster: bench\nlisten: ['0.0.0.0:{self.port}']\n"
                f"peers: {{{other.name}: ['{other.address}:{self.port}']}}\n"
                "libvirt: {uri: 'qemu:///system', socket: /run/libvirt/libvirt-sock, runtime: /run/dwcp}\n"
                f"control: {{socket: {self.socket}}}\nstate: /var/lib/libvirt/dwcp\n")
            log = open(host.folder / "agent.log", "ab")
            self._agents.append(host.popen([self.program, "agent", "--config", self.config], stdout=log, stderr=log))
        for host, agent in zip(lab.hosts.values(), self._agents):
            wait_until(lambda: self._answers(host, agent), 20, f"the agent of host {host.name} to be ready")

    def _answers(self, host, agent):
        if agent.poll() is not None:
            raise Failed(f"the agent of host {host.name} ended: {(host.folder / 'agent.log').read_text()[-600:]}")
        status = host.run([self.program, "status", "--socket", self.socket, "--json"], check=False)
        return status.returncode == 0 and json.loads(status.stdout).get("ready", True)

    def carry(self, guest, lab, seconds: float):
        command = [self.program, "migrate", guest.name, "--to", lab.b.name, "--socket", self.socket, "--json"]
        out = finish(lab.a.popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), seconds, "dwcp migrate")
        return json.loads(out)

    def end(self):
        for agent in self._agents:
            agent.terminate()
            deadline = time.monotonic() + 10
            while agent.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            agent.kill()
            agent.wait()
        self._agents.clear()


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
