"""Debian packages: installed from the machine's own sources, or unpacked from bookworm-backports into a folder.

The machine's sources are never changed and nothing is removed: what is newer than the machine's distribution comes through
lists of the lab's own.
"""
import contextlib
import functools
import os
import re
import stat
import sys
from pathlib import Path

from . import cache
from .process import Failed, run

POLICY = Path("/usr/sbin/policy-rc.d")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def missing(packages):
    known = run(["dpkg-query", "-W", "-f=${db:Status-Abbrev} ${Package}\n", *packages], check=False).stdout
    installed = {line.split()[1] for line in known.splitlines() if line.startswith("ii")}
    return [package for package in packages if package not in installed]


@contextlib.contextmanager
def no_daemon_starts():
    """Debian's way to say so: policy-rc.d answers 101. One that is there already is left alone."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(POLICY.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def install(packages):
    wanted = missing(packages)
    if not wanted:
        return
    if os.geteuid() != 0:
        raise Failed(f"the lab needs root, and these packages: {' '.join(wanted)}")
    print(f"lab: installing {len(wanted)} packages: {' '.join(wanted)}", file=sys.stderr)
    command = ["apt-get", "-q", "install", "-y", "--no-install-recommends", "--no-remove", *wanted]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with no_daemon_starts():
        if run(command, timeout=900, check=False, env=environment).returncode != 0:
            # Lists that are older than the mirror name files that are gone.
            run(["apt-get", "-q", "update"], timeout=300, check=False)
            run(command, timeout=900, env=environment)


@functools.lru_cache(maxsize=None)  # without apt's own cache it reads all lists, which takes half a minute on a busy machine
def candidate(package: str):
    """The version that the machine's sources offer, without epoch, as (major, minor), or None."""
    policy = run(["apt-cache", "policy", package], timeout=180, check=False, env={**os.environ, "LC_ALL": "C"}).stdout
    found = re.search(r"Candidate: (?:\d+:)?(\d+)\.(\d+)", policy)
    return (int(found[1]), int(found[2])) if found else None


def debian_mirror() -> str:
    """The Debian mirror of this machine's own sources, which may be a nearer or a tolerated one."""
    targets = run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN)", "Created-By: Packages"]).stdout
    for line in targets.splitlines():
        uri, _, origin = line.partition(" ")
        if origin == "Debian" and "security" not in uri:
            return uri
    return "http://deb.debian.org/debian"


class Backports:
    """bookworm-backports, through lists in a folder of the lab's own."""

    suite = "bookworm-backports"

    def __init__(self, folder: Path):
        self.folder = folder
        self.archives = folder / "archives"
        (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (self.archives / "partial").mkdir(parents=True, exist_ok=True)
        signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
        mirror = debian_mirror()
        (folder / "sources.list").write_text(
            "".join(f"deb {signed}{mirror} {suite} main\n" for suite in ("bookworm", self.suite)))

    def apt(self, *arguments, timeout=600):
        settings = {"Dir::Etc::SourceList": self.folder / "sources.list", "Dir::Etc::SourceParts": "/dev/null",
                    "Dir::State::lists": self.folder / "lists", "Dir::Cache": self.folder,
                    "APT::Sandbox::User": "root", "Debug::NoLocking": "1"}
        options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
        return run(["apt-get", "-q", *options, *arguments], timeout=timeout, cwd=self.archives)

    def download_with_needs(self, *packages):
        """The packages and what this machine has not of what they need."""
        self.apt("update")
        self.apt("install", "--download-only", "-y", "--no-install-recommends", "-t", self.suite, *packages)

    def download(self, *packages):
        self.apt("update")
        self.apt("download", "-t", self.suite, *packages)

    def unpack(self, into: Path):
        for package in sorted(self.archives.glob("*.deb")):
            run(["dpkg-deb", "-x", package, into], timeout=120)
