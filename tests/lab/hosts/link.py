"""What lies between the two hosts: a veth pair without limits, or the WAN emulator of tests/lab/wan."""
import os
import subprocess
from pathlib import Path

from . import cache, state
from .host import DEVICE
from .process import Failed, run, wait_until


class Veth:
    """As fast as the machine copies."""

    def join(self, folder: Path, a, b, limit: float):
        run(["ip", "link", "add", DEVICE, "netns", a.namespace, "type", "veth", "peer", "name", DEVICE, "netns", b.namespace])

    def leave(self):
        pass  # the devices go with their namespaces

    def cut(self, direction="both"):
        raise Failed("only a Wan can be cut")

    restore = set = cut


class Wan:
    """Wan("delay=25ms,rate=100Mbit/s,loss=0.1%"); forward= (A to B) and back= differ from it. See tests/lab/wan/README.md."""

    def __init__(self, both="", forward="", back="", seed=1, program=None):
        self.options = {"both": both, "forward": forward, "back": back}
        self.seed, self._program = seed, program
        self._process = None

    def program(self) -> Path:
        build = os.environ.get("DWCP_BUILD") or cache.repository / "build" / "release"
        path = Path(self._program or os.environ.get("DWCP_WAN") or Path(build) / "tests/lab/wan/dwcp_wan")
        if not path.exists():
            raise Failed(f"{path} is not built: configure with -DDWCP_BUILD_TESTS=ON and build the target dwcp_wan")
        return path

    def join(self, folder: Path, a, b, limit: float):
        self.control, self.log = folder / "wan", folder / "wan.log"
        options = [word for name, text in self.options.items() if text for word in (f"--{name}", text)]
        command = [str(self.program()), a.namespace, b.namespace, "--device", DEVICE, "--control", str(self.control),
                   "--for", f"{limit:g}s", "--seed", str(self.seed), *options]
        with open(self.log, "w") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             start_new_session=True, env=state.environment_for(folder))

        def ready():
            if self._process.poll() is not None:
                raise Failed(f"dwcp_wan ended: {self.log.read_text().strip()}")
            return "wan ready" in self.log.read_text()
        wait_until(ready, 10, "dwcp_wan to be ready")

    def leave(self):
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=20)
            self._process = None

    def _tell(self, line: str):
        with open(self.control, "w") as control:
            control.write(line + "\n")

    def cut(self, direction="both"):
        """direction: both, forward (from A), back (from B)."""
        self._tell(f"cut {direction}")

    def restore(self, direction="both"):
        self._tell(f"restore {direction}")

    def set(self, options: str, direction="both"):
        self._tell(f"set {direction} {options}")
