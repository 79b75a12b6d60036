"""QEMU 9 or newer, and libvirt 11: of the system where it has them, else in build/lab, beside the system's own.

Older QEMUs lose writes of a TCG guest on migration (the dirty bitmap does not follow the TLB), so that a guest dies, or looks
well although its memory is wrong.
"""
import re
import shutil
import sys
import tempfile
from pathlib import Path

from . import apt, cache
from .process import Failed, run

QEMU_MIN = (9, 0)
PROGRAM = "qemu-system-x86_64"
LIBRARIES = "usr/lib/x86_64-linux-gnu"

WRAPPER = """#!/bin/sh
# QEMU of this folder, with its own libraries, modules and firmware.
prefix={prefix}
LD_LIBRARY_PATH=$prefix/{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}} QEMU_MODULE_DIR=$prefix/{libraries}/qemu \\
  exec "$prefix/usr/bin/{program}" -L "$prefix/usr/share/seabios" -L "$prefix/usr/lib/ipxe/qemu" -L "$prefix/usr/share/qemu" "$@"
"""

LIBVIRT_PACKAGES = ("libvirt0", "libvirt-common", "libvirt-clients", "libvirt-daemon", "libvirt-daemon-common",
                    "libvirt-daemon-driver-qemu")


def version_of(program):
    """(major, minor) of a QEMU, or None when it does not run."""
    try:
        found = re.search(r"version (\d+)\.(\d+)", run([program, "--version"], check=False).stdout)
    except Failed:
        return None
    return (int(found[1]), int(found[2])) if found else None


def system_qemu():
    program = shutil.which(PROGRAM)
    return Path(program) if program and (version_of(program) or (0, 0)) >= QEMU_MIN else None


def fetch(target: Path, download, complete=lambda staging: None):
    print(f"lab: fetching {target.name} from bookworm-backports", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix=".apt.", dir=cache.folder()) as work, cache.appearing(target) as staging:
        source = apt.Backports(Path(work))
        download(source)
        source.unpack(staging)
        complete(staging)


def write_wrapper(staging: Path, prefix: Path):
    wrapper = staging / "bin" / PROGRAM
    wrapper.parent.mkdir()
    wrapper.write_text(WRAPPER.format(prefix=prefix, libraries=LIBRARIES, program=PROGRAM))
    wrapper.chmod(0o755)


def private_qemu() -> Path:
    prefix = cache.folder() / "prefix"
    program = prefix / "bin" / PROGRAM
    with cache.alone("prefix"):
        # Running it finds a cache that was moved, and libraries that the machine had and has no more.
        if (version_of(program) or (0, 0)) < QEMU_MIN:
            fetch(prefix, lambda source: source.download_with_needs("qemu-system-x86"),
                  lambda staging: write_wrapper(staging, prefix))
            if (version_of(program) or (0, 0)) < QEMU_MIN:
                raise Failed(f"{program} does not run: {run([program, '--version'], check=False).stderr.strip()}")
    return program


def qemu() -> Path:
    """The emulator to use, fetched or installed when need be."""
    if found := system_qemu():
        return found
    if (apt.candidate("qemu-system-x86") or (0, 0)) >= QEMU_MIN:
        apt.install(["qemu-system-x86"])
        if found := system_qemu():
            return found
    return private_qemu()


def modules_of(program: Path):
    """The modules of a private QEMU; None for the system's."""
    modules = program.parents[1] / LIBRARIES / "qemu"
    return modules if program.is_relative_to(cache.folder()) and modules.is_dir() else None


def private_libvirt() -> Path:
    """A folder whose usr/ goes over the system's in a host's mount namespace (zstd by libvirt's parameters needs >= 9.4)."""
    prefix = cache.folder() / "libvirt-11"
    with cache.alone("libvirt"):
        if not (prefix / "usr/sbin/libvirtd").exists():
            fetch(prefix, lambda source: source.download(*LIBVIRT_PACKAGES))
    return prefix
