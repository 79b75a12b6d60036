#!/usr/bin/env python3
"""Captures migration streams of a small guest, as fixtures for the tests.

  capture.py QEMU OUT [--machine pc] [--paused] [--return-path] [--ignore-shared]

QEMU is a qemu-system-x86_64 (7.2 to 10) or a wrapper around one; OUT ends in .zst. The guest has 16 MiB and a firmware
of a few instructions that counts up one word in each page from 64 KiB to 576 KiB: it dirties memory without end, and
the streams stay small. Needs the program zstd.
"""
import argparse
import json
import os
import socket
import struct
import subprocess
import tempfile
import threading
import time

RAM_MIB = 16


def firmware() -> bytes:
    """64 KiB, entered at its last 16 bytes in real mode."""
    loop = bytes.fromhex(
        "fa"        # cli
        "b80010"    # mov ax, 1000h
        "8ed8"      # segment: mov ds, ax
        "31db"      # xor bx, bx
        "ff07"      # page: inc word [bx]
        "81c30010"  # add bx, 1000h
        "73f8"      # jnc page
        "050010"    # add ax, 1000h
        "3d0090"    # cmp ax, 9000h
        "72ec"      # jb segment
        "ebe7")     # jmp to the mov ax
    rom = bytearray(65536)
    rom[0:len(loop)] = loop
    rom[0xFFF0:0xFFF5] = bytes.fromhex("ea000000f0")  # jmp f000:0000
    return bytes(rom)


class Guest:
    """A QEMU with that firmware, and its QMP connection. Its files are in a directory of its own."""

    def __init__(self, qemu, machine="pc", paused=False, incoming=None, shared_memory=False):
        self.directory = tempfile.TemporaryDirectory(prefix="qemu-stream-")
        rom = self.path("rom")
        with open(rom, "wb") as f:
            f.write(firmware())
        command = [qemu, "-accel", "tcg", "-nodefaults", "-no-user-config", "-display", "none", "-m", str(RAM_MIB),
                   "-bios", rom, "-qmp", f"unix:{self.path('qmp')},server=on,wait=off"]
        if shared_memory:
            command += ["-object", f"memory-backend-ram,id=m,size={RAM_MIB}M,share=on"]
            machine += ",memory-backend=m"
        command += ["-machine", machine]
        if paused or incoming:
            command.append("-S")
        if incoming:
            command += ["-incoming", incoming]
        self.process = subprocess.Popen(command)
        self.qmp = self._connect()
        self.command("qmp_capabilities")

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def _connect(self):
        deadline = time.monotonic() + 20
        while True:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(self.path("qmp"))
                stream = s.makefile("rw")
                s.close()
                stream.readline()
                return stream
            except OSError:
                s.close()
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("QEMU did not start")
                time.sleep(0.05)

    def command(self, name, **arguments):
        self.qmp.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.qmp.flush()
        for line in self.qmp:
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError(f"{name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise RuntimeError(f"{name}: QEMU is gone")

    def set_capabilities(self, *names):
        states = [{"capability": name, "state": True} for name in names]
        self.command("migrate-set-capabilities", capabilities=states)

    def migration_status(self):
        return self.command("query-migrate").get("status")

    def wait_for_migration(self):
        deadline = time.monotonic() + 60
        while (status := self.migration_status()) not in ("completed", "failed"):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the migration is still {status}")
            time.sleep(0.05)
        if status == "failed":
            raise RuntimeError("the migration failed")

    def memory(self):
        """The guest's RAM below 576 KiB, which the firmware writes."""
        out = self.path("memory")
        self.command("pmemsave", val=0, size=576 << 10, filename=out)
        with open(out, "rb") as f:
            return f.read()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.directory.cleanup()


def allow_switchover_after_rounds(guest, rounds):
    while guest.command("query-migrate").get("ram", {}).get("dirty-sync-count", 0) < rounds:
        if guest.migration_status() in ("completed", "failed"):
            return
        time.sleep(0.02)
    guest.command("migrate-set-parameters", **{"downtime-limit": 5000})


def capture_by_command(guest, out, rounds):
    guest.command("migrate", uri=f"exec:cat > {out}")
    allow_switchover_after_rounds(guest, rounds)
    guest.wait_for_migration()


def capture_with_return_path(guest, out, rounds):
    """Stands in for a destination that answers: the source waits for its word that all is loaded."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(guest.path("in"))
    listener.listen()
    guest.command("migrate", uri=f"unix:{guest.path('in')}")
    connection, _ = listener.accept()
    received = bytearray()

    def receive():
        while data := connection.recv(1 << 20):
            received.extend(data)

    thread = threading.Thread(target=receive)
    thread.start()
    allow_switchover_after_rounds(guest, rounds)
    before = -1
    while len(received) != before:  # it says nothing for a while: it waits for the destination
        before = len(received)
        time.sleep(1)
    connection.sendall(struct.pack(">HHI", 1, 4, 0))  # "shut", success
    thread.join()
    guest.wait_for_migration()
    with open(out, "wb") as f:
        f.write(received)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("qemu")
    parser.add_argument("out")
    parser.add_argument("--machine", default="pc")
    parser.add_argument("--paused", action="store_true", help="the guest never runs")
    parser.add_argument("--return-path", action="store_true")
    parser.add_argument("--ignore-shared", action="store_true", help="capability x-ignore-shared, RAM is shared")
    arguments = parser.parse_args()
    guest = Guest(arguments.qemu, arguments.machine, arguments.paused, shared_memory=arguments.ignore_shared)
    try:
        if arguments.return_path:
            guest.set_capabilities("return-path")
        if arguments.ignore_shared:
            guest.set_capabilities("x-ignore-shared")
        # Slow enough for several rounds while the guest dirties.
        guest.command("migrate-set-parameters", **{"max-bandwidth": 4 << 20, "downtime-limit": 30})
        raw = guest.path("stream")
        (capture_with_return_path if arguments.return_path else capture_by_command)(guest, raw, rounds=3)
        rounds = guest.command("query-migrate")["ram"]["dirty-sync-count"]
        subprocess.run(["zstd", "-q", "-f", "-19", raw, "-o", arguments.out], check=True)
        print(f"{arguments.out}: {os.path.getsize(raw)} bytes, {rounds} rounds, "
              f"{os.path.getsize(arguments.out)} compressed")
    finally:
        guest.close()


if __name__ == "__main__":
    main()
