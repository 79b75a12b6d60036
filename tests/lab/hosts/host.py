"""One host: a machine of its own as far as processes, files, name and network go."""
import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from . import state
from .process import Failed, all_processes, children_of, run, stat_of, wait_until

HERE = Path(__file__).resolve().parent
PRIVATE = ("/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt", "/run")  # as in machine.sh
DEVICE = "wan0"
ADDRESSES = {"A": "10.77.0.1", "B": "10.77.0.2"}

LIBVIRTD_CONF = """listen_tls = 0
listen_tcp = 1
listen_addr = "0.0.0.0"
auth_tcp = "none"
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_rw_perms = "0700"
host_uuid = "{uuid}"
log_outputs = "2:file:/var/log/libvirt/libvirtd.log"
"""
# Nothing that needs what a namespace has not: security labels, cgroups, virtlogd. With remember_owner, libvirt refuses a
# disk that a killed run had in use.
QEMU_CONF = """user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
security_default_confined = 0
namespaces = [ ]
cgroup_controllers = [ ]
stdio_handler = "file"
"""


class Process(subprocess.Popen):
    """A process in a host. Popen's own child is nsenter, outside: signals go to the real one, which dies with nsenter."""

    @property
    def inner_pid(self) -> int:
        """The program's id as seen from outside; 0 when it has ended."""
        children = children_of(self.pid)
        return children[0] if children else 0

    def send_signal(self, number):
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.inner_pid or self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class Host:
    def __init__(self, name: str, folder: Path, assets, limit=1800):
        self.name = name
        self.folder = folder / name  # the same path inside and outside
        self.hostname = f"host-{name.lower()}"
        self.address = ADDRESSES[name]
        self.namespace = state.namespace_of(folder.name, name)
        self.peer_uri = f"qemu+tcp://{self.hostname}/system"  # for use inside any host of the lab
        self.uri = f"qemu+unix:///system?socket={self.path('/run/libvirt/libvirt-sock')}"  # for use outside
        self._lab, self._assets, self._limit = folder, assets, limit
        self._outer = None

    # Files and processes.

    def path(self, inside: str) -> Path:
        """Where a file of the host is seen from outside, also while the host is down."""
        private = any(inside == folder or inside.startswith(folder + "/") for folder in PRIVATE)
        return self.folder / "root" / inside.lstrip("/") if private else Path(inside)

    @property
    def init(self) -> int:
        """Process 1, as seen from outside; 0 when the host is down."""
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.folder / "init").read_text())
            if os.readlink(f"/proc/{pid}/ns/net") == f"net:[{os.stat(f'/run/netns/{self.namespace}').st_ino}]":
                return pid
        return 0

    @property
    def alive(self) -> bool:
        return self.init != 0

    def inside(self, command):
        """The command line that runs `command` in the host, from outside."""
        if not (init := self.init):
            raise Failed(f"host {self.name} is down")
        return ["nsenter", "-t", str(init), "-m", "-u", "-i", "-n", "-p", "--", "setpriv", "--pdeathsig", "KILL",
                *(str(word) for word in command)]

    def popen(self, command, **options) -> Process:
        """Starts a program in the host. It ends at the latest with the host."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options["env"] = {**options.get("env", os.environ), state.MARKER: str(self._lab)}
        return Process(self.inside(command), **options)

    def run(self, command, timeout=60.0, check=True, **options):
        return run(self.inside(command), timeout=timeout, check=check, **options)

    def virsh(self, *arguments, timeout=60.0, check=True) -> str:
        """What virsh prints on standard output."""
        return self.run(["virsh", "-q", "-c", "qemu:///system", *arguments], timeout=timeout, check=check).stdout.strip()

    # Power.

    def prepare(self):
        """The files of a host that never ran."""
        etc = self.path("/etc/libvirt")
        etc.mkdir(parents=True)
        (etc / "libvirtd.conf").write_text(LIBVIRTD_CONF.format(uuid=str(ord(self.name) % 10) * 8 + "-aaaa-4aaa-8aaa-0000000000aa"))
        (etc / "qemu.conf").write_text(QEMU_CONF)
        for folder in ("images", "serial"):
            (self.path("/var/lib/libvirt") / folder).mkdir(parents=True)
        names = "".join(f"{ADDRESSES[n]} host-{n.lower()}\n" for n in state.HOST_NAMES)
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n" + names)
        # libvirt does not start where the user that it was built for has no name (libvirt-daemon-system would make it).
        for file, line in (("passwd", "libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin\n"),
                           ("group", "libvirt-qemu:x:64055:\n")):
            text = Path("/etc", file).read_text()
            (self.folder / file).write_text(text if "\nlibvirt-qemu:" in text else text + line)

    def boot(self):
        """Up to process 1; libvirtd comes after (start_libvirtd), so that two hosts can boot side by side."""
        shutil.rmtree(self.path("/run"), ignore_errors=True)
        (self.folder / "booted").unlink(missing_ok=True)
        log = self.folder / "boot.log"
        command = ["ip", "netns", "exec", self.namespace, "unshare", "--mount", "--uts", "--ipc", "--pid", "--fork",
                   "--kill-child", "--mount-proc", str(HERE / "machine.sh"), str(self.folder), self.hostname,
                   str(self._limit), str(self._assets.modules or ""), *([str(self._assets.overlay)] if self._assets.overlay else [])]
        with open(log, "w") as out:
            outer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                     env=state.environment_for(self._lab))

        def booted():
            if outer.poll() is not None:
                raise Failed(f"host {self.name} did not boot: {log.read_text().strip()}")
            return (self.folder / "booted").exists()
        wait_until(booted, 30, f"host {self.name} to boot")
        self._outer = outer
        (self.folder / "init").write_text(str(children_of(outer.pid)[0]))

    def start_libvirtd(self):
        """It becomes a child of process 1, and survives whoever called."""
        # Where libvirt finds no emulator in its path, it has no answer to what it can run.
        path = f"{self._assets.qemu.parent}:{os.environ['PATH']}"
        self.run(["env", f"PATH={path}", "libvirtd", "--daemon", "--listen"])

        def answers():
            if self.run(["virsh", "-q", "-c", "qemu:///system", "hostname"], check=False).returncode == 0:
                return True
            log = self.path("/var/log/libvirt/libvirtd.log").read_text(errors="replace")
            if "Driver state initialization failed" in log:
                raise Failed(f"libvirtd of host {self.name} failed: {log[-1500:]}")
            return False
        wait_until(answers, 60, f"libvirtd of host {self.name} to answer")

    def stop_libvirtd(self, number=signal.SIGKILL):
        """Guests run on without it."""
        self.run(["sh", "-c", f"kill -{int(number)} $(cat /run/libvirtd.pid)"])

    def kill(self):
        """Power loss: the network falls silent first (no RST tells the other host), then every process is gone."""
        self.set_network(False)
        if init := self.init:
            os.kill(init, signal.SIGKILL)
            # It waits itself for all others of its namespace, so when it is gone, they are.
            wait_until(lambda: stat_of(init)[:1] in ([], ["Z"]), 20, f"host {self.name} to die")
        self.reap()
        (self.folder / "init").unlink(missing_ok=True)

    def reap(self):
        """Takes notice of a dead host's outer process, where this process started it."""
        if self._outer:
            self._outer.wait(timeout=20)
            self._outer = None

    def start(self):
        """Power on again after kill(): files are as they were, /run is empty."""
        self.boot()
        self.set_network(True)
        self.start_libvirtd()

    # Network and figures.

    def set_network(self, up: bool):
        run(["ip", "-n", self.namespace, "link", "set", DEVICE, "up" if up else "down"])

    def bytes_sent(self) -> int:
        return self._counter("tx_bytes")

    def bytes_received(self) -> int:
        return self._counter("rx_bytes")

    def _counter(self, name: str) -> int:
        return int(self.run(["cat", f"/sys/class/net/{DEVICE}/statistics/{name}"]).stdout)

    def cpu_seconds(self) -> float:
        """Of everything that ran in the host: living processes, and ended ones through those that waited for them."""
        proc = f"/proc/{self.init}/root/proc"
        fields = [stat_of(pid, proc) for pid in all_processes(proc)]
        ticks = sum(int(ticks) for of in fields for ticks in of[11:15])  # utime, stime, cutime, cstime
        return ticks / os.sysconf("SC_CLK_TCK")
