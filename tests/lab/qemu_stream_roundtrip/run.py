#!/usr/bin/env python3
"""Does a real QEMU accept what qemu_stream::Writer writes?

  run.py QEMU REWRITE      QEMU: qemu-system-x86_64; REWRITE: the program qemu_stream_rewrite

For pc and q35: a running guest migrates into a file; the file is rewritten with its pages in another order; one QEMU
loads the file, another the rewritten one, by -incoming. Their memories must be equal, and equal to the source's, which
stays paused after its migration (not asked of QEMU before 9, which loses writes under TCG); then the guest must run on.
"""
import contextlib
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "data" / "qemu_stream"))
from capture import Guest, capture_by_command  # noqa: E402


def load(qemu, machine, stream):
    guest = Guest(qemu, machine, incoming=f"exec:cat {stream}")
    guest.wait_for_migration()
    return guest


def check_runs_on(guest, memory):
    guest.command("cont")
    deadline = time.monotonic() + 10
    while guest.memory() == memory:
        if time.monotonic() > deadline:
            raise RuntimeError("the guest does not run on")


def check(qemu, rewrite, machine):
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(contextlib.closing(Guest(qemu, machine)))
        version = source.command("query-version")["qemu"]
        source.command("migrate-set-parameters", **{"max-bandwidth": 4 << 20, "downtime-limit": 30})
        stream, rewritten = source.path("stream"), source.path("rewritten")
        capture_by_command(source, stream, rounds=3)
        subprocess.run([rewrite, stream, rewritten], check=True)
        plain = stack.enter_context(contextlib.closing(load(qemu, machine, stream)))
        destination = stack.enter_context(contextlib.closing(load(qemu, machine, rewritten)))
        memory = destination.memory()
        if not any(memory):
            raise RuntimeError("the guest wrote nothing")
        if memory != plain.memory():
            raise RuntimeError(f"{machine}: the memory differs from that of the plain stream")
        if version["major"] >= 9 and memory != source.memory():
            raise RuntimeError(f"{machine}: the memory differs from the source's")
        check_runs_on(destination, memory)
        print(f"{machine}, QEMU {version['major']}.{version['minor']}: memory equal, the guest runs on", flush=True)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for machine in ("pc", "q35"):
        check(sys.argv[1], sys.argv[2], machine)


if __name__ == "__main__":
    main()
