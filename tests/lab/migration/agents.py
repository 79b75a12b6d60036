"""dwcp's agents on the lab's two hosts, and its commands."""
import json
import os
import subprocess
from pathlib import Path

from hosts import Failed, wait_until

PROGRAM = Path(os.environ.get("DWCP_PROGRAM", Path(__file__).resolve().parents[3] / "build/release/cli/dwcp"))
PORT = 4700
READY_LIMIT = 15  # seconds


class Agent:
    """The agent of one host; `settings` are further lines of its configuration."""

    def __init__(self, lab, host, settings=""):
        self.lab, self.host, self.settings = lab, host, settings
        self.process = None
        self.lives = 0

    def configuration(self):
        peers = "".join(f"  {h.name}: [\"{h.address}:{PORT}\"]\n" for h in self.lab.hosts.values() if h is not self.host)
        pki = self.host.folder / "pki"
        return (f"node: {self.host.name}\nlisten: [\"{self.host.address}:{PORT}\"]\npeers:\n{peers}"
                f"security: {{certificate: {pki}/node.pem, key: {pki}/node.key, authorities: {pki}/ca.pem}}\n"
                f"state: {self.host.folder}/agent\n{self.settings}")

    def start(self):
        self.lives += 1
        path = Path(self.host.folder) / "agent.yaml"
        path.write_text(self.configuration())
        log = open(Path(self.host.folder) / f"agent-{self.lives}.log", "wb")
        self.process = self.host.popen([str(PROGRAM), "agent", "--config", str(path), "--log-json"],
                                       stdout=log, stderr=log)
        wait_until(lambda: self.is_ready(), READY_LIMIT, f"the agent of host {self.host.name}")
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise Failed(f"the agent of host {self.host.name} ended with {self.process.returncode}: {self.log()[-600:]}")
        try:
            return self.status().get("ready", False)
        except Failed:
            return False

    def log(self):
        return (Path(self.host.folder) / f"agent-{self.lives}.log").read_text(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise Failed(f"the agent of host {self.host.name} did not stop within 30 s")

    def command(self, *arguments, limit=60):
        return self.host.popen([str(PROGRAM), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, *arguments, limit=60):
        """A command's object on standard output, whatever its exit status."""
        process = self.command(*arguments)
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failed(f"dwcp {' '.join(arguments)} took longer than {limit} s")
        try:
            return json.loads(out)
        except ValueError:
            raise Failed(f"dwcp {' '.join(arguments)}: exit {process.returncode}: {out} {err}")

    def status(self):
        return self.ask("status", "--json")

    def migrate(self, vm, to, *options, limit=240):
        return self.ask("migrate", vm, "--to", to.name, "--json", *options, limit=limit)

    def begin(self, vm, to, *options):
        """The process of `dwcp migrate`, under way."""
        return self.command("migrate", vm, "--to", to.name, "--json", *options)


def issue(authority: Path, *names: str):
    """Certificates of an authority, which is made when it is not there: authority/NAME/{node.pem,node.key,ca.pem}."""
    commands = [["issue", *names]] if authority.exists() else [["init"], ["issue", *names]]
    for command in commands:
        subprocess.run([str(PROGRAM), "pki", *command, "--folder", str(authority)], check=True, stdout=subprocess.DEVNULL)


def make_certificates(lab):
    """An authority of the lab's own, and what both hosts prove themselves with."""
    authority = Path(next(iter(lab.hosts.values())).folder).parent / "authority"
    if authority.exists():
        return
    issue(authority, *(host.name for host in lab.hosts.values()))
    for host in lab.hosts.values():
        (authority / host.name).rename(Path(host.folder) / "pki")


class Agents:
    """Both agents, for a `with`."""

    def __init__(self, lab, settings=""):
        self.lab = lab
        make_certificates(lab)
        self.of = {name: Agent(lab, host, settings) for name, host in lab.hosts.items()}

    def __enter__(self):
        for agent in self.of.values():
            agent.start()
        return self

    def __exit__(self, *_):
        for agent in self.of.values():
            agent.stop()

    def __getitem__(self, host):
        return self.of[host.name]
