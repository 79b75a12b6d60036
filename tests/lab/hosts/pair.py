"""The lab: hosts A and B and the link between them, up for the length of a with block (or until `lab down`)."""
import contextlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import cache, congestion as congestion_control, setup, state
from .host import DEVICE, Host
from .link import Veth
from .process import Failed, run

BUFFERS = "4096 131072 67108864"  # of TCP, in bytes: the kernel's 4 to 6 MiB hold a flow to 0.5 Gbit/s over 50 ms


class Lab:
    """with Lab(Wan("delay=25ms"), congestion="cubic") as lab: lab.a.run([...]); lab["B"].popen([...])

    congestion: the hosts' default, else the machine's. libvirt="11": that version instead of the system's. limit: seconds after
    which all ends by itself.
    """

    def __init__(self, link=None, congestion=None, libvirt=None, name=None, limit=1800):
        self.link = link or Veth()
        self.congestion, self.libvirt, self.limit = congestion, libvirt, limit
        self.name = name or str(os.getpid())
        self.folder = state.ROOT / self.name
        self.hosts, self._lock = {}, None

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.down()

    def __getitem__(self, name: str) -> Host:
        return self.hosts[name]

    @property
    def a(self) -> Host:
        return self.hosts["A"]

    @property
    def b(self) -> Host:
        return self.hosts["B"]

    def other(self, host: Host) -> Host:
        return self.b if host is self.a else self.a

    def up(self):
        self.assets = setup.ready(self.libvirt)
        self.folder, self._lock = state.claim(self.name)
        try:
            self._make_hosts()
            for host in self.hosts.values():
                host.prepare()
                self._give_capabilities(host)
                run(["ip", "netns", "add", host.namespace])
            self.link.join(self.folder, self.a, self.b, self.limit)
            for host in self.hosts.values():
                self._set_up_network(host)
                host.boot()
            for host in self.hosts.values():
                self._tune(host)
            with ThreadPoolExecutor() as both:
                list(both.map(Host.start_libvirtd, self.hosts.values()))
        except BaseException:
            self.down()
            raise

    def down(self):
        with contextlib.suppress(Failed):
            for host in self.hosts.values():
                self._keep_capabilities(host)
        self.link.leave()
        state.remove(self.folder)
        for host in self.hosts.values():
            host.reap()
        if self._lock:
            self._lock.close()

    def keep(self):
        """Goes on without this process, until `lab down`."""
        (self.folder / state.KEPT).write_text(json.dumps({"libvirt": self.libvirt}))

    @classmethod
    def attach(cls, name: str) -> "Lab":
        """A lab that was kept."""
        lab = cls(name=name)
        kept = lab.folder / state.KEPT
        if not kept.exists():
            raise Failed("no lab is up; lab up makes one")
        lab.libvirt = json.loads(kept.read_text())["libvirt"]
        lab.assets = setup.ready(lab.libvirt)
        lab._make_hosts()
        return lab

    def _make_hosts(self):
        self.hosts = {name: Host(name, self.folder, self.assets, self.limit) for name in state.HOST_NAMES}

    def _set_up_network(self, host: Host):
        ip = ["ip", "-n", host.namespace]
        run([*ip, "link", "set", "lo", "up"])
        run([*ip, "addr", "add", f"{host.address}/24", "dev", DEVICE])
        run([*ip, "link", "set", DEVICE, "up"])

    def _tune(self, host: Host):
        for buffer in ("tcp_rmem", "tcp_wmem"):
            host.run(["sh", "-c", f"echo {BUFFERS} > /proc/sys/net/ipv4/{buffer}"])
        if self.congestion:
            congestion_control.set_default(host, self.congestion)

    # What libvirt learned about QEMU by starting it (5 to 10 s) is kept for later labs. libvirt sees itself when it is stale.

    def _capabilities(self, host: Host):
        return cache.folder() / f"capabilities-{self.libvirt or 'system'}", host.path("/var/cache/libvirt/qemu/capabilities")

    def _give_capabilities(self, host: Host):
        kept, used = self._capabilities(host)
        used.mkdir(parents=True)
        if kept.is_dir():
            with cache.alone("capabilities"):
                for file in kept.glob("*.xml"):
                    shutil.copy2(file, used / file.name)

    def _keep_capabilities(self, host: Host):
        kept, used = self._capabilities(host)
        with cache.alone("capabilities"):
            kept.mkdir(exist_ok=True)
            for file in used.glob("*.xml"):
                shutil.copy2(file, kept / file.name)
