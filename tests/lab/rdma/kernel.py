"""The guest's kernel: Debian's stock one (the cloud kernel has neither SoftRoCE nor 9p), uncompressed, and those of its
modules that the guest loads."""
import lzma
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from hosts import cache
from hosts import kernel as cloud_kernel
from hosts.process import Failed, run

META = "linux-image-amd64"
# Below lib/modules/VERSION/kernel; everything else stays in the package (75 of 400 MB are taken).
WANTED = ("arch", "crypto", "drivers/char", "drivers/infiniband/core", "drivers/infiniband/sw", "drivers/net/veth.ko",
          "drivers/virtio", "fs/9p", "fs/configfs", "fs/fscache", "fs/fuse", "fs/netfs", "fs/overlayfs", "lib", "net")


def is_wanted(name: str) -> bool:
    parts = name.split("/")
    if parts[:2] == ["usr", "lib"]:
        parts = parts[1:]
    if parts[:2] != ["lib", "modules"] or len(parts) < 4:
        return False
    below = "/".join(parts[4:])
    return parts[3].startswith("modules.") or parts[3] == "kernel" and below.startswith(WANTED)


def unpack(package: Path, target: Path) -> bytes:
    """Puts modules into target/lib/modules; returns the boot image."""
    image = None
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as files:
        with tarfile.open(fileobj=files.stdout, mode="r|") as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if name.startswith("boot/vmlinuz-"):
                    image = archive.extractfile(member).read()
                elif member.isfile() and is_wanted(name):
                    path = target / name.removeprefix("usr/")
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(archive.extractfile(member).read())
    if files.returncode != 0 or image is None:
        raise Failed(f"{package.name} holds no kernel")
    return image


def uncompressed(image: bytes) -> bytes:
    """The ELF file within the boot image: unpacking it under TCG would take seconds of every boot."""
    try:
        elf = lzma.LZMADecompressor().decompress(cloud_kernel.payload(image))
    except lzma.LZMAError as error:
        raise Failed(f"the payload of {META} is not XZ: {error}") from error
    if elf[:4] != b"\x7fELF":
        raise Failed(f"the payload of {META} is not ELF")
    return elf


def fetch(target: Path):
    print("lab: fetching the kernel of the guest for RDMA", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix=".apt.", dir=cache.folder()) as work, cache.appearing(target) as staging:
        name = cloud_kernel.package_name(META)
        run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", name], timeout=600, cwd=work)
        package, = Path(work).glob("*.deb")
        (staging / "vmlinux").write_bytes(uncompressed(unpack(package, staging)))
        run(["depmod", "-b", staging, version_in(staging)])


def version_in(folder: Path) -> str:
    version, = (folder / "lib/modules").iterdir()
    return version.name


def kernel() -> Path:
    """A folder with vmlinux and lib/modules/VERSION, fetched when it is not there."""
    target = cache.folder() / "rdma-kernel"
    with cache.alone("rdma-kernel"):
        if not (target / "vmlinux").exists():
            fetch(target)
    return target


def load_order(folder: Path, names) -> list:
    """The files of the modules `names` and of all that they need, each after what it needs."""
    root = folder / "lib/modules" / version_in(folder)
    needs = {}
    for line in (root / "modules.dep").read_text().splitlines():
        module, _, needed = line.partition(":")
        needs[module.rsplit("/", 1)[-1].split(".ko")[0]] = [module, needed.split()]
    order = []
    for name in names:
        if name not in needs:
            raise Failed(f"{META} has no module {name}")
        module, needed = needs[name]
        order += [path for path in [*reversed(needed), module] if path not in order]
    return [root / path for path in order]
