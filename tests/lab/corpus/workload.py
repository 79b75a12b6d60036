"""The workloads: what is fixed about each."""
from typing import NamedTuple

from hosts.process import Failed

MEMORY_BYTES = 1 << 30
PROCESSORS = 2
MOMENTS_S = (0.0, 1.0, 3.0, 8.0)  # of guest time since the workload was warm


class Workload(NamedTuple):
    name: str
    script: str  # in workloads/
    seed: int    # of the workload's random numbers, the host's name and the machine's id
    warm_s: float  # longest time until it must be warm, with the boot
    detail: str


WORKLOADS = {one.name: one for one in (
    Workload("idle", "idle", 1, 600, "Debian 12 with systemd, nothing running"),
    Workload("idle-clone", "idle", 2, 600, "as idle, another host's name, machine id and kernel address"),
    Workload("database", "database", 3, 1800, "redis with 230 MiB of a shop's records; two clients, 80 % reads"),
    Workload("compile", "compile", 4, 1800, "make -j 2: g++ -O1 -g of generated C++20 with large standard headers"),
    Workload("interpreter", "interpreter", 5, 1800, "one Python process: SQLite in a file, 30,000 customers as objects"),
)}


def chosen(names) -> list:
    """All when no name is given."""
    if unknown := [name for name in names if name not in WORKLOADS]:
        raise Failed(f"there is no workload '{unknown[0]}'; there are {', '.join(WORKLOADS)}")
    return [WORKLOADS[name] for name in names] or list(WORKLOADS.values())
