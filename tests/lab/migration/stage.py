"""What every case needs: the lab, an agent on each host, one guest that checks itself; and what must hold after each."""
import contextlib
import json

from agents import Agents
from hosts import Failed, Guest, Lab, Load, Veth, wait_until

SETTLE_LIMIT = 90  # seconds, until both agents' journals agree again


class Stage:
    """`with Stage(...) as stage`: both hosts up, agents ready, guest filled and running on host A."""

    def __init__(self, link=None, load=None, memory=256, disk=None, settings="", congestion=None, cpu="qemu64"):
        self.link = link or Veth()
        self.load = load or Load(fill=128, dirty=20, working_set=16)
        self.memory, self.disk, self.settings, self.cpu = memory, disk, settings, cpu
        self.congestion = congestion

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            options = {"congestion": self.congestion} if self.congestion else {}
            self.lab = stack.enter_context(Lab(self.link, **options))
            self.agents = stack.enter_context(Agents(self.lab, self.settings))
            self.guest = Guest(self.lab, memory=self.memory, load=self.load, disk=self.disk, cpu=self.cpu)
            self.guest.start(self.lab.a)
            self.guest.wait_filled()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *details):
        return self._stack.__exit__(*details)

    def here(self):
        return self.guest.host()

    def move(self, *options, limit=240):
        """To the other host; returns the report. Failed unless it completed and the guest runs there."""
        source = self.here()
        target = self.lab.other(source)
        report = self.agents[source].migrate(self.guest.name, target, *options, limit=limit)
        if report.get("outcome") != "completed":
            raise Failed(f"{source.name} -> {target.name}: {json.dumps(report)[:400]}\n{self.logs()}")
        if self.guest.host() is not target:
            raise Failed(f"the guest is not on host {target.name}: {self.guest.states()}")
        return report

    def must_be_whole(self):
        health = self.guest.check()
        if not health.whole:
            raise Failed(f"the guest took harm: {health}")
        return health

    def settle(self):
        """Waits until no hand-over is open on either side; returns the host that runs the guest."""
        def settled():
            return all(not self.agents[h].status()["unsettled"] and not self.agents[h].status()["incoming"]
                       for h in self.lab.hosts.values())
        wait_until(settled, SETTLE_LIMIT, "both agents to settle what was interrupted", step=0.2)
        host = wait_until(self._one_host, SETTLE_LIMIT, "the guest to run on one host", step=0.2)
        self._status_must_say(host)
        return host

    def _one_host(self):
        states = self.guest.states()
        running = [name for name, state in states.items() if state == "running"]
        if len(running) > 1:
            raise Failed(f"the guest runs on two hosts\n{self.logs()}")
        # A guest that still stands somewhere, paused, is one that nobody let run or discarded.
        others = [name for name, state in states.items() if state and state != "running"]
        return self.lab[running[0]] if running and not others else None

    def _status_must_say(self, host):
        for other in self.lab.hosts.values():
            names = [g["vm"] for g in self.agents[other].status()["guests"] if g["state"] == "running"]
            if (self.guest.name in names) != (other is host):
                raise Failed(f"status of host {other.name} says that {names} run there; the guest runs on {host.name}")

    def logs(self, size=2500):
        return "\n".join(f"== agent {h.name}\n{self.agents[h].log()[-size:]}" for h in self.lab.hosts.values())
