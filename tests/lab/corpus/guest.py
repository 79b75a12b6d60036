"""One run of a guest whose memory is a file, paused whenever it is read."""
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import NamedTuple

from hosts.process import Failed, stat_of, wait_until

from . import initramfs, qmp
from .workload import MEMORY_BYTES, PROCESSORS, Workload

SHARED_MEMORY = Path("/dev/shm")
PROGRAM = "qemu-system-x86_64"
TAIL = 25  # lines of a console in a report
ACCELERATOR = "tcg"
START_S = 20.0  # longest time until QEMU takes commands


class Ran(NamedTuple):
    guest_s: float      # from the resumption to the stop
    processor_s: float  # that QEMU got of this machine in that time


def machine_id(seed: int) -> str:
    return uuid.uuid5(uuid.NAMESPACE_DNS, f"corpus-{seed}.dwcp").hex


def kernel_words(workload: Workload) -> str:
    return (f"console=ttyS0 root=/dev/vda panic=-1 oops=panic tsc=reliable clocksource=tsc "
            f"systemd.hostname=vm-{workload.seed} systemd.machine_id={machine_id(workload.seed)} "
            f"corpus.workload={workload.script} corpus.seed={workload.seed}")


def qemu_command(workload: Workload, folder: Path, memory: Path, kernel: Path, root: Path):
    """Ends with the process that starts it. Sleeps hang on QEMU's microvm, hence q35."""
    return ["setpriv", "--pdeathsig", "KILL", PROGRAM, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "q35,memory-backend=ram", "-accel", f"{ACCELERATOR},thread=multi,tb-size=512", "-cpu", "max",
            "-object", f"memory-backend-file,id=ram,size={MEMORY_BYTES},share=on,mem-path={memory}",
            "-m", f"{MEMORY_BYTES >> 20}", "-smp", str(PROCESSORS), "-rtc", "clock=vm", "-nic", "none",
            "-drive", f"file={root},format=raw,if=none,id=disk,snapshot=on,cache=unsafe",
            "-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci",
            "-kernel", kernel / "vmlinuz", "-initrd", folder / "initrd", "-append", kernel_words(workload),
            "-serial", f"file:{folder}/console", "-serial", f"file:{folder}/said",
            "-qmp", f"unix:{folder}/qmp,server=on,wait=off"]


def judged(said: str):
    """True when the workload is warm, False not yet; Failed when it has failed."""
    lines = said.split("\n")[:-1]  # the last one may not be whole
    for line in lines:
        if line.startswith("failed: "):
            raise Failed(line.strip())
    return "warm" in (line.strip() for line in lines)


class Guest:
    """with Guest(workload, kernel, root) as guest: guest.wait_warm(); guest.pause(); ... guest.memory ...; guest.run(1.0)"""

    memory = None  # the file
    _process = _qmp = None

    def __init__(self, workload: Workload, kernel: Path, root: Path):
        self.workload = workload
        self._folder = Path(tempfile.mkdtemp(prefix="dwcp-corpus."))
        try:
            if not SHARED_MEMORY.is_dir():
                raise Failed(f"{SHARED_MEMORY} is not there to hold the guest's memory")
            descriptor, name = tempfile.mkstemp(prefix="dwcp-corpus.", dir=SHARED_MEMORY)
            os.close(descriptor)
            self.memory = Path(name)
            initramfs.write(self._folder / "initrd", kernel)
            command = qemu_command(workload, self._folder, self.memory, kernel, root)
            with open(self._folder / "qemu", "wb") as output:
                self._process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                                                 stderr=output, env={**os.environ, "TMPDIR": str(self._folder)})
            with self._reported():
                wait_until(lambda: self._alive() and (self._folder / "qmp").exists(), START_S, "QEMU to start")
                self._qmp = qmp.Connection(self._folder / "qmp")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._qmp:
            self._qmp.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        if self.memory:
            self.memory.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def wait_warm(self):
        """Until the workload says that it is warm; Failed says why it is not, and what the console said last."""
        with self._reported():
            wait_until(lambda: self._alive() and judged(self._text("said")), self.workload.warm_s, "it to be warm")

    def pause(self):
        with self._reported():
            self._qmp.command("stop")
            self._qmp.event_time_s("STOP")

    def run(self, seconds: float) -> Ran:
        """Lets the paused guest run for so long and pauses it again."""
        with self._reported():
            before = self._processor_s()
            self._qmp.command("cont")
            resumed = self._qmp.event_time_s("RESUME")
            time.sleep(max(0.0, resumed + seconds - time.time()))
            self._qmp.command("stop")
            stopped = self._qmp.event_time_s("STOP")
            judged(self._text("said"))
            return Ran(stopped - resumed, self._processor_s() - before)

    @contextlib.contextmanager
    def _reported(self):
        """A failure within says what QEMU, the workload and the console said last."""
        try:
            yield
        except Failed as failure:
            said = (f"--- {name}\n" + "\n".join(self._text(name).splitlines()[-TAIL:]) for name in ("qemu", "said", "console"))
            raise Failed("\n".join((f"guest {self.workload.name}: {failure}", *said))) from failure

    def _alive(self) -> bool:
        if (status := self._process.poll()) is not None:
            raise Failed(f"it ended, QEMU's status is {status}")
        return True

    def _processor_s(self) -> float:
        fields = stat_of(self._process.pid)
        if not fields:
            raise Failed("it ended")
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def _text(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(errors="replace") if path.exists() else ""
