"""The guest's kernel: Debian's cloud kernel, uncompressed (2 s less of every boot under TCG), and its virtio modules."""
import contextlib
import ctypes
import struct
import sys
import tempfile
from pathlib import Path

from . import cache
from .process import Failed, run

MODULES = ("virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk")
LZ4_LEGACY = b"\x02\x21\x4c\x18"
LZ4_BLOCK = 8 << 20  # of a legacy frame, uncompressed


def payload(image: bytes) -> bytes:
    """The compressed kernel in a bzImage (the boot protocol names offset and length)."""
    sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    begin = (sectors + 1) * 512 + offset
    return image[begin:begin + length]


def uncompressed(image: bytes) -> bytes:
    """The ELF file in a bzImage whose payload is LZ4, as the cloud kernel's is."""
    packed = payload(image)
    if packed[:4] != LZ4_LEGACY:
        raise Failed("the kernel's payload is not LZ4")
    lz4 = ctypes.CDLL("liblz4.so.1")
    buffer = ctypes.create_string_buffer(LZ4_BLOCK)
    out, at = [], 4
    while at + 4 < len(packed):  # the last four bytes are the uncompressed size
        size, = struct.unpack_from("<I", packed, at)
        count = lz4.LZ4_decompress_safe(packed[at + 4:at + 4 + size], buffer, size, LZ4_BLOCK)
        if count < 0:
            raise Failed("the kernel's LZ4 payload is damaged")
        out.append(buffer.raw[:count])
        at += 4 + size
    return b"".join(out)


def package_name(meta="linux-image-cloud-amd64") -> str:
    """The kernel's package that `meta` stands for."""
    depends = run(["apt-cache", "depends", meta]).stdout
    for line in depends.splitlines():
        if "Depends:" in line:
            return line.split()[-1]
    raise Failed(f"the package sources have no {meta}")


@contextlib.contextmanager
def unpacked():
    """A folder with what is in the package, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix=".apt.", dir=cache.folder()) as work:
        run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package_name()], timeout=600, cwd=work)
        package, = Path(work).glob("*.deb")
        run(["dpkg-deb", "-x", package, work], timeout=120)
        yield Path(work)


def fetch(target: Path):
    print("lab: fetching the guest's kernel", file=sys.stderr)
    with unpacked() as work, cache.appearing(target) as staging:
        image, = work.glob("boot/vmlinuz-*")
        for number, name in enumerate(MODULES):  # the guest loads them in this order
            module, = work.glob(f"lib/modules/*/kernel/drivers/**/{name}.ko")
            module.rename(staging / f"{number:02}.ko")
        (staging / "vmlinux").write_bytes(uncompressed(image.read_bytes()))


def kernel() -> Path:
    """A folder with vmlinux and NN.ko."""
    target = cache.folder() / "kernel"
    with cache.alone("kernel"):
        if not (target / "vmlinux").exists():
            fetch(target)
    return target
