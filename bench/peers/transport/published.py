"""The table of this folder's README.md (bench/tables): goodput by path and mover. It takes hours, and has no quick form."""
import statistics

from figures import bit_rate
from published import NoFigures

FILE = "bench/peers/transport/README.md"
QUICK = None
FULL = []


def goodput(entry, name: str) -> str:
    mover = entry["movers"].get(name)
    if mover is None:  # of another path only
        return ""
    if not mover["runs"]:
        raise NoFigures(f"{entry['about']}: {name} failed: {mover['failed'][-1] if mover['failed'] else 'no run'}")
    return bit_rate(statistics.median(run["bytes_per_s"] for run in mover["runs"]))


def rows(result):
    links = {entry["name"]: entry for entry in result["links"]}
    if missing := [name for name in result["asked"]["links"] if name not in links]:
        raise NoFigures(f"nothing was measured over {', '.join(missing)}")
    names = list(dict.fromkeys(name for entry in links.values() for name in entry["movers"]))
    return [["", *(entry["about"] for entry in links.values())],
            *([name, *(goodput(entry, name) for entry in links.values())] for name in names)]


def seeds(result) -> str:
    asked = result["asked"]
    return f"losses by seed{'s' if asked['runs'] > 1 else ''} {', '.join(map(str, asked['seeds']))}, {asked['seconds']:g} s each"
