"""Captures a workload's corpus, and shows the shapes of those that are there."""
import sys
import time
from pathlib import Path

from hosts import apt, cache
from hosts.process import run
from rdma.kernel import version_in

from . import kernel, manifest, memory, root
from .guest import ACCELERATOR, PROGRAM, Guest
from .packages import listed
from .workload import MEMORY_BYTES, MOMENTS_S, PROCESSORS, Workload


def say(what: str):
    print(f"corpus: {what}", file=sys.stderr, flush=True)


def ready():
    """Gets what is missing: (folder of the kernel, image of the root)."""
    apt.install(listed("packages"))
    folder = kernel.kernel()
    return folder, root.root(folder)


def take(guest: Guest, folder: Path) -> list:
    """Copies of the memory of a guest that is warm, as the manifest names them."""
    captures, last = [], 0.0
    for number, moment in enumerate(MOMENTS_S):
        ran = guest.run(moment - last) if number else guest.pause()
        measured = {"run_s": round(ran.guest_s, 3), "processor_s": round(ran.processor_s, 2)} if ran else {}
        memory.copy_sparse(guest.memory, folder / f"{number}.raw")
        captures.append({"file": f"{number}.raw", "guest_time_s": moment, **measured})
        last = moment
    return captures


def capture(workload: Workload, target: Path):
    """Makes the corpus `target` anew; it appears whole or not at all."""
    folder, image = ready()
    begin = time.monotonic()
    say(f"{workload.name}: booting")
    with cache.appearing(target) as staging:
        with Guest(workload, folder, image) as guest:
            guest.wait_warm()
            say(f"{workload.name}: warm after {time.monotonic() - begin:.0f} s")
            captures = take(guest, staging)
        qemu = run([PROGRAM, "--version"]).stdout.splitlines()[0]
        manifest.write(staging, {
            "format": manifest.FORMAT, "workload": workload.name, "memory_bytes": MEMORY_BYTES, "captures": captures,
            "qemu": qemu, "kernel": version_in(folder), "accelerator": ACCELERATOR,
            "workload_detail": f"{workload.detail}; {PROCESSORS} processors", "seed": workload.seed})
    say(f"{workload.name}: captured after {time.monotonic() - begin:.0f} s")


def shape(target: Path) -> memory.Shape:
    values = manifest.read(target)
    return memory.shape([target / one["file"] for one in values["captures"]])


def table(shapes: dict) -> str:
    """{name: Shape} as lines for reading."""
    rounds = [f"{later - earlier:g} s" for earlier, later in zip(MOMENTS_S, MOMENTS_S[1:])]
    head = ["workload", "non-zero", "duplicates", *(f"changed {one}" for one in rounds)]
    rows = [[name, f"{one.nonzero:,}", f"{one.duplicates:,}", *(f"{count:,}" for count in one.changed)]
            for name, one in shapes.items()]
    widths = [max(map(len, column)) for column in zip(head, *rows)]
    return "\n".join("  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
                     for row in (head, *rows))
