"""The first root of the guests: busybox, the modules for the disk, init.sh, and the workloads' scripts, as a cpio archive."""
import shutil
from pathlib import Path

from hosts.initramfs import DEVICE, DIRECTORY, FILE, entry
from hosts.process import Failed
from rdma.initramfs import LINK, content
from rdma.kernel import load_order

HERE = Path(__file__).resolve().parent
MODULES = ("virtio_pci", "virtio_blk")  # ext4 is part of the cloud kernel itself


def archive(busybox: bytes, modules, workloads) -> bytes:
    """`modules` and `workloads` are pairs of name and content; modules are loaded in this order."""
    parts = [entry(name, DIRECTORY) for name in ("bin", "dev", "modules", "proc", "root", "sys", "workloads")]
    parts += [entry("dev/console", DEVICE, device=(5, 1)), entry("init", FILE, (HERE / "init.sh").read_bytes()),
              entry("bin/busybox", FILE, busybox), entry("bin/sh", LINK, b"busybox")]
    parts += [entry(f"modules/{number:02}.ko", FILE, module) for number, (_, module) in enumerate(modules)]
    parts += [entry(f"workloads/{name}", FILE, script) for name, script in workloads]
    return b"".join(parts) + entry("TRAILER!!!", 0)


def write(target: Path, kernel: Path):
    busybox = Path(shutil.which("busybox") or "/bin/busybox")
    if not busybox.exists():
        raise Failed("busybox is not there; it is in the package busybox-static")
    modules = [(path.name, content(path)) for path in load_order(kernel, MODULES)]
    workloads = [(path.name, path.read_bytes()) for path in sorted((HERE / "workloads").iterdir()) if path.is_file()]
    target.write_bytes(archive(busybox.read_bytes(), modules, workloads))
