"""The first table of this folder's README.md (bench/tables). It needs captures of guests, and has no quick form."""
from figures import size, span
from published import NoFigures

FILE = "bench/peers/encoding/README.md"
QUICK = None
FULL = ["--no-fixed"]
MULTIFD = "multifd-zstd-1"


def rows(result):
    corpora = result["corpora"]
    if not corpora:
        raise NoFigures("there are no captures of guests' memory; tests/lab/corpus/capture makes them")
    peer = {name: entry["peers"][MULTIFD][0]["bytes"] for name, entry in corpora.items()}
    table = [["full copy", *corpora, "together"],
             ["multifd with zstd-1", *(size(peer[name]) for name in corpora), size(sum(peer.values()))]]
    for link in next(iter(corpora.values()))["links"]:
        made = {name: entry["links"][link]["chosen"][0] for name, entry in corpora.items()}
        table.append([link, *(f"{made[name]['bytes'] / peer[name]:.3f}, {span(made[name]['copy_s'])}" for name in corpora),
                      f"{sum(one['bytes'] for one in made.values()) / sum(peer.values()):.3f}"])
    return table


def seeds(result) -> str:
    return "captured guests; of 1 Gbit/s and more the fastest of some runs"
