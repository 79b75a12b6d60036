"""Everything that must be on the machine before a lab can be up; quick when it is there already."""
import os
from pathlib import Path
from typing import NamedTuple, Optional

from . import apt, initramfs, kernel, prefix
from .process import Failed, run


class Assets(NamedTuple):
    qemu: Path
    kernel: Path
    initramfs: Path
    modules: Optional[Path]  # of a QEMU that is not the system's
    overlay: Optional[Path]  # a libvirt to lay over the system's


def packages():
    lines = (Path(__file__).parent / "packages").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def must_be_root():
    if os.geteuid() != 0:
        raise Failed("the lab needs root: namespaces, devices, and libvirtd for the whole of a host")


def ready(libvirt=None) -> Assets:
    """libvirt: None for the system's, or "11"."""
    must_be_root()
    if libvirt not in (None, "11"):
        raise Failed(f"there is no libvirt '{libvirt}' for the lab; only \"11\", or the system's")
    apt.install(packages())
    image = kernel.kernel()
    qemu = prefix.qemu()
    return Assets(qemu, image / "vmlinux", initramfs.initramfs(image), prefix.modules_of(qemu),
                  prefix.private_libvirt() if libvirt else None)


# What a host is made of (pair.py, machine.sh, tests/lab/wan), in namespaces that go with the command.
PROBE = """mount -t tmpfs tmpfs /mnt && mount --bind /mnt /srv && hostname lab &&
ip link add wan0 type veth peer name wan1 && ip tuntap add dev wan2 mode tap"""


def obstacle():
    """Why this machine cannot have the lab, in a sentence; None when it can. The guest's own build is no such matter."""
    try:
        must_be_root()
        apt.install(packages())
        kernel.kernel()
        prefix.qemu()
        probe = run(["unshare", "--mount", "--uts", "--ipc", "--pid", "--net", "--fork", "--kill-child", "--mount-proc",
                     "sh", "-c", PROBE], check=False)
    except (Failed, OSError) as why:
        return " ".join(str(why).split())
    if probe.returncode != 0:
        return f"namespaces with mounts and network devices of their own cannot be made here ({' '.join(probe.stderr.split())})"
    return None
