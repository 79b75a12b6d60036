"""The guest's root: its one program and the kernel's modules, as a cpio archive."""
import gzip
import hashlib
import os
import tempfile
from pathlib import Path

from . import cache
from .process import run

SOURCES = cache.repository / "tests" / "lab" / "guest"
COMPILE = ["gcc", "-std=gnu11", "-O2", "-static", "-pthread", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
DIRECTORY, FILE, DEVICE = 0o040755, 0o100755, 0o020600


def entry(name: str, mode: int, content=b"", device=(0, 0)) -> bytes:
    """One file of a "newc" archive: a header of hexadecimal numbers, name and content, each padded to 4 bytes."""
    encoded = name.encode() + b"\0"
    numbers = (0, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0)
    header = b"070701" + b"".join(b"%08x" % number for number in numbers) + encoded
    return header + bytes(-len(header) % 4) + content + bytes(-len(content) % 4)


def archive(program: bytes, modules) -> bytes:
    parts = [entry("dev", DIRECTORY), entry("dev/console", DEVICE, device=(5, 1)), entry("modules", DIRECTORY),
             entry("init", FILE, program)]
    parts += [entry(f"modules/{module.name}", FILE, module.read_bytes()) for module in modules]
    return gzip.compress(b"".join(parts) + entry("TRAILER!!!", 0), 1, mtime=0)


def initramfs(kernel: Path) -> Path:
    """Built anew when a source or the kernel differs from what a cached one was made of."""
    sources = sorted(SOURCES.glob("*.[ch]"))
    modules = sorted(kernel.glob("*.ko"))
    digest = hashlib.sha256("\0".join(COMPILE).encode())
    for path in (*sources, *modules):
        digest.update(path.read_bytes())
    target = cache.folder() / f"guest-{digest.hexdigest()[:16]}.gz"
    with cache.alone("guest"):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=cache.folder()) as work:
                program = Path(work) / "init"
                run([*COMPILE, *(s for s in sources if s.suffix == ".c"), "-o", program], timeout=120)
                built = Path(work) / "archive"
                built.write_bytes(archive(program.read_bytes(), modules))
                os.replace(built, target)
    return target
