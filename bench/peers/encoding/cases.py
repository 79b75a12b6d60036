"""What is sent in which order: a case takes a corpus and the options, and gives what the report shows.

A further case (a guest that returns, another guest's memory at the destination) is another entry of CASES: a function
that measures, beside its rows and lines in report.py.
"""
import json
import sys
from pathlib import Path

import measure

PEERS = "zstd-1", "zstd-3", "zstd-9", "zstd-19", "lz4", "multifd-zstd-1", "xbzrle", "patch-3", "prefix-3"
QUICK_PEERS = "zstd-1", "multifd-zstd-1", "xbzrle"


def kept_bound(corpus, file: Path):
    """Measured once for each corpus: it takes minutes."""
    known = json.loads(file.read_text()) if file.exists() else {}
    digest = corpus.digest()
    if digest not in known:
        known[digest] = measure.bound(corpus)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(known, indent=1) + "\n")
    return known[digest]


def precopy(corpus, options, say):
    """The full copy, and each later capture against the one before."""
    entry = {"workload": corpus.workload, "memory_bytes": corpus.memory_bytes, "peers": {}, "links": {}}
    for name in QUICK_PEERS if options.quick else PEERS:
        say(f"{corpus.name}: {name}")
        entry["peers"][name] = measure.peer(corpus, name)
    rounds = len(next(iter(entry["peers"].values())))
    if not options.quick:
        say(f"{corpus.name}: xdelta3")
        if (made := measure.xdelta3(corpus, rounds)) is not None:
            entry["peers"]["xdelta3"] = made
        else:
            print("xdelta3 left out: it is not installed (package xdelta3)", file=sys.stderr)
    if options.bound:
        say(f"{corpus.name}: the bound")
        entry["bound"] = kept_bound(corpus, options.bounds_file)
    for link in options.links:
        say(f"{corpus.name}: {link.name}")
        entry["links"][link.name] = {"bit_rate": link.bit_rate, "rtt_s": link.rtt_s, "fixed": {},
                                     "chosen": measure.chosen(corpus, link, options)}
    for codec in () if options.quick or options.no_fixed else measure.FIXED:
        say(f"{corpus.name}: {codec} on every link")
        for name, by_round in measure.fixed(corpus, codec, options).items():
            entry["links"][name]["fixed"][codec] = by_round
    return entry


def kept(corpus, options, say):
    """The guest returns after its last round; and it comes to where another guest came from the same host before."""
    if options.quick:
        return {}
    link = next(link for link in measure.LINKS if link.name == KEPT_LINK)
    entry = {}
    if corpus.captures > 1:
        say(f"{corpus.name}: returns")
        entry["returns"] = measure.after(corpus, 0, corpus, corpus.captures - 1, link)
    entry["after"] = {}
    for other in options.selected:
        if other.name != corpus.name:
            say(f"{corpus.name}: after {other.name}")
            entry["after"][other.name] = measure.after(other, 0, corpus, 0, link)
    return entry


KEPT_LINK = "100 Mbit/s"
CASES = {"precopy": precopy, "kept": kept}
