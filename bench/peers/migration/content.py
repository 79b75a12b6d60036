"""The least that has to travel: the guest's memory as it is, without zero pages, compressed by zstd -3 as one stream."""
import json
import os
import shutil
import subprocess
from typing import NamedTuple, Optional

PAGE = 4096
BATCH = 256
DUMP = "/var/lib/libvirt/images/memory"


class Content(NamedTuple):
    memory: int                # bytes of the guest
    filled: int                # of its pages that are not zero
    compressed: Optional[int]  # of those, after zstd -3; None where zstd is not installed


def measure(guest) -> Content:
    """Reads the memory of a running guest on its host; the guest stands still meanwhile, so that a page is of one moment."""
    host = guest.host()
    size = guest.memory << 20
    dump = host.path(DUMP)
    try:
        save = {"execute": "pmemsave", "arguments": {"val": 0, "size": size, "filename": DUMP}}
        host.virsh("qemu-monitor-command", guest.name, json.dumps(save))
        filled = without_zero_pages(dump)
        return Content(size, filled.stat().st_size, compressed(filled))
    finally:
        for file in dump.parent.glob(dump.name + "*"):
            file.unlink()


def without_zero_pages(dump):
    filled = dump.with_suffix(".filled")
    zero_page, zero_batch = bytes(PAGE), bytes(PAGE * BATCH)
    with open(dump, "rb") as pages, open(filled, "wb") as out:
        while batch := pages.read(PAGE * BATCH):
            if batch == zero_batch:
                continue
            for at in range(0, len(batch), PAGE):
                if (page := batch[at:at + PAGE]) != zero_page:
                    out.write(page)
    return filled


def compressed(file) -> Optional[int]:
    if not shutil.which("zstd"):
        return None
    with subprocess.Popen(["zstd", "-3", "-q", "-c", str(file)], stdout=subprocess.PIPE) as zstd:
        size = 0
        while block := os.read(zstd.stdout.fileno(), 1 << 20):
            size += len(block)
    if zstd.returncode != 0:
        raise SystemExit(f"zstd ended with {zstd.returncode}")
    return size
