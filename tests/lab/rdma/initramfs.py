"""The first root of the guest: busybox, the modules that the real root needs, and init.sh, as a cpio archive."""
import hashlib
import lzma
import os
import shutil
import tempfile
from pathlib import Path

from hosts import cache
from hosts.initramfs import DEVICE, DIRECTORY, FILE, entry
from hosts.process import Failed

from . import kernel

INIT = Path(__file__).parent / "init.sh"
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console")
LINK = 0o120777


def content(path: Path) -> bytes:
    return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()


def archive(busybox: Path, modules) -> bytes:
    parts = [entry(name, DIRECTORY) for name in ("bin", "dev", "lower", "modules", "proc", "root", "sys", "upper")]
    parts += [entry("dev/console", DEVICE, device=(5, 1)), entry("init", FILE, INIT.read_bytes()),
              entry("bin/busybox", FILE, busybox.read_bytes()), entry("bin/sh", LINK, b"busybox")]
    parts += [entry(f"modules/{number:02}.ko", FILE, content(path)) for number, path in enumerate(modules)]
    return b"".join(parts) + entry("TRAILER!!!", 0)


def initramfs(folder: Path) -> Path:
    """Made anew when init.sh, busybox or the kernel is another."""
    busybox = Path(shutil.which("busybox") or "/bin/busybox")
    if not busybox.exists():
        raise Failed("busybox is not there; tests/lab/rdma-guest --setup gets what the guest needs")
    digest = hashlib.sha256(INIT.read_bytes() + busybox.read_bytes() + kernel.version_in(folder).encode())
    target = cache.folder() / f"rdma-guest-{digest.hexdigest()[:16]}.cpio"
    with cache.alone("rdma-guest"):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=cache.folder()) as work:
                built = Path(work) / "archive"
                built.write_bytes(archive(busybox, kernel.load_order(folder, MODULES)))
                os.replace(built, target)
    return target
