"""The guests' root: a Debian 12 of the packages in root-packages and the kernel's modules, as an ext4 image."""
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

from hosts import apt, cache
from hosts.process import Failed, run
from rdma.kernel import version_in

from .packages import listed

SUITE = "bookworm"
MIB = 4096  # of the image, which is sparse
# Part of what an image is made of; to be raised when this file makes another image of the same packages.
FORM = 1
# Enabled by their packages; a guest in which nothing is asked for runs none of them.
NOT_STARTED = ("redis-server.service",)


def debootstrap(root: Path, packages):
    keyring = [f"--keyring={apt.KEYRING}"] if apt.KEYRING.exists() else []
    command = ["debootstrap", "--variant=minbase", *keyring, f"--include={','.join(packages)}", SUITE, root,
               apt.debian_mirror()]
    # In a mount namespace of its own: what it mounts within the root is gone with it.
    done = run(["unshare", "--mount", *command], timeout=1800, check=False)
    if done.returncode != 0:
        log = root / "debootstrap/debootstrap.log"
        said = log.read_text(errors="replace") if log.exists() else done.stdout + done.stderr
        raise Failed(f"debootstrap of {SUITE}: status {done.returncode}: {said.strip()[-1500:]}")


def settle(root: Path, kernel: Path):
    """Turns what debootstrap left into the root of a guest that boots without questions."""
    shutil.copytree(kernel / "lib/modules", root / "usr/lib/modules", dirs_exist_ok=True)
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    (root / "etc/fstab").write_text("/dev/vda / ext4 defaults 0 1\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    (root / "etc/hostname").unlink(missing_ok=True)  # the kernel's command line names it, and the machine's id
    (root / "etc/machine-id").write_text("")  # "uninitialized" would enable every unit at the first boot
    for unit in NOT_STARTED:
        if not (root / "usr/lib/systemd/system" / unit).exists():
            raise Failed(f"the packages of the guest's root have no {unit}")
        for wanting in (root / "etc/systemd/system").glob("*.wants"):
            (wanting / unit).unlink(missing_ok=True)


def build(image: Path, kernel: Path):
    if os.geteuid() != 0:
        raise Failed("making the root of the guests needs root: debootstrap makes devices and files of many owners")
    print(f"lab: making the root of the guests to capture ({SUITE}), some minutes", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix=".corpus-root.", dir=cache.folder()) as work:
        root = Path(work) / "root"
        root.mkdir(mode=0o755)
        debootstrap(root, listed("root-packages"))
        settle(root, kernel)
        built = Path(work) / "image"
        run(["mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", root, built, f"{MIB}M"], timeout=600)
        os.replace(built, image)


def digest_of(kernel: Path) -> str:
    made_of = [str(FORM), SUITE, str(MIB), version_in(kernel), *listed("root-packages"), *NOT_STARTED]
    return hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:16]


def root(kernel: Path) -> Path:
    """The image, made anew when the packages or the kernel are others."""
    target = cache.folder() / f"corpus-root-{digest_of(kernel)}.ext4"
    with cache.alone("corpus-root"):
        if not target.exists():
            build(target, kernel)
            for old in set(cache.folder().glob("corpus-root-*.ext4")) - {target}:
                old.unlink()  # whoever runs a guest of it has it open
    return target
