"""One run of a command in the guest."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hosts import apt
from hosts.process import Failed

from . import initramfs, kernel

HERE = Path(__file__).resolve().parent
STOPPED, LOST = 124, 125  # statuses: past its time limit; the guest did not get as far as the command
NOT_PASSED_ON = {"PWD", "OLDPWD", "SHLVL", "TMPDIR", "XDG_RUNTIME_DIR", "_"}


def packages():
    lines = (HERE / "packages").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def ready():
    """Gets what is missing: (folder of the kernel, initramfs). Quick when all is there. Failed says what cannot be had."""
    apt.install(packages())
    folder = kernel.kernel()
    return folder, initramfs.initramfs(folder)


def write_job(job: Path, command, folder: Path):
    shutil.copy(HERE / "stage2.sh", job)
    (job / "command").write_text(shlex.join(map(str, command)))
    (job / "folder").write_text(os.getcwd())
    (job / "modules").write_text(str(folder / "lib/modules" / kernel.version_in(folder)))
    names = (name for name in os.environ if re.fullmatch(r"[A-Za-z_]\w*", name) and name not in NOT_PASSED_ON)
    (job / "environment").write_text("".join(f"export {name}={shlex.quote(os.environ[name])}\n" for name in names))
    for path in (job, *job.iterdir()):
        path.chmod(0o755)


def qemu_command(job: Path, folder: Path, initrd: Path, out: int, err: int, memory: int):
    """Sleeps hang on QEMU's microvm, hence q35; without the two words on its clock the guest takes a slower one."""
    append = f"console=ttyS0 quiet panic=-1 reboot=t oops=panic mitigations=off tsc=reliable clocksource=tsc dwcp.job={job}"
    ports = {"out": f"/dev/fd/{out}", "err": f"/dev/fd/{err}", "status": job / "status"}
    return ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-no-reboot",
            "-machine", "q35", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max", "-m", str(memory), "-smp", "2",
            "-nic", "none", "-kernel", folder / "vmlinux", "-initrd", initrd, "-append", append,
            "-serial", f"file:{job}/console", "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
            "-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap",
            "-device", "virtio-9p-pci,fsdev=root,mount_tag=root",
            *(word for name, path in ports.items()
              for word in ("-chardev", f"file,id={name},path={path},append=on",
                           "-device", f"virtserialport,chardev={name},name={name}"))]


def boot(job: Path, folder: Path, initrd: Path, seconds: float, memory: int):
    """Runs the guest to its end; returns what QEMU said, or None when it was stopped at its limit."""
    # Pipes, whatever the caller's own output is: QEMU opens them by name, and would truncate a file.
    copies = [subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=stream) for stream in (sys.stdout, sys.stderr)]
    out, err = (copy.stdin.fileno() for copy in copies)
    try:
        done = subprocess.run(list(map(str, qemu_command(job, folder, initrd, out, err, memory))), timeout=seconds,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, pass_fds=(out, err))
        return done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        return None
    finally:
        for copy in copies:
            copy.stdin.close()
            copy.wait()


def run(command, seconds=300.0, memory=2048, verbose=False) -> int:
    """The status of `command`, which was run in the guest with this environment and in this folder; or STOPPED or LOST."""
    folder, initrd = ready()
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="rdma-guest.") as name:
        job = Path(name)
        write_job(job, command, folder)
        said = boot(job, folder, initrd, seconds, memory)
        console = (job / "console").read_text(errors="replace") if (job / "console").exists() else ""
        status = (job / "status").read_text().strip() if (job / "status").exists() else ""
    if verbose or not status:
        print(console, said or "", file=sys.stderr)
    if status:
        return int(status)
    print(f"rdma-guest: {'the guest ended without a status' if said is not None else f'not done within {seconds:g} s'}",
          file=sys.stderr)
    return STOPPED if said is None else LOST


def obstacle():
    """Why this machine cannot have the guest, in a sentence; None when it can."""
    try:
        ready()
    except (Failed, OSError) as why:
        return " ".join(str(why).split())
    return None
