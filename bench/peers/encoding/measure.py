"""What is measured of a corpus: each encoding by a process of its own."""
import json
import os
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

PROGRAM = Path(os.environ.get("DWCP_BUILD", "build/release")) / "bench/peers/encoding/bench_peers_encoding"
CODECS = "none", "lz4", "zstd1", "zstd3", "zstd6", "zstd9", "zstd16", "zstd18"
WINDOWED = "+window"  # behind a codec's name: batches may copy from earlier ones
FIXED = *CODECS, *(codec + WINDOWED for codec in CODECS[1:])
FAST = 300e6          # bit/s: links from here on wait for processors more than for bytes
SHORT_S = 1.0          # of processor time: what takes longer is disturbed less, as a share


class Link:
    def __init__(self, name: str, bit_rate: float, rtt_s: float):
        self.name, self.bit_rate, self.rtt_s = name, bit_rate, rtt_s

    @property
    def argument(self) -> str:
        return f"{self.bit_rate:.0f}:{self.rtt_s:g}"


LINKS = [Link("10 Mbit/s", 10e6, 0.05), Link("100 Mbit/s", 100e6, 0.05), Link("1 Gbit/s", 1e9, 0.01),
         Link("10 Gbit/s", 10e9, 0.001), Link("100 Gbit/s", 100e9, 0.0001)]


def program(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"bench_peers_encoding {' '.join(map(str, arguments))} failed")
    return json.loads(done.stdout)


def peer(corpus, name: str):
    """[{bytes, encode_s, ...}] by round, the full copy first; without these keys where it has none."""
    return program("peer", name, corpus.folder)


def bound(corpus):
    """Of the full copy."""
    return program("--captures", 1, "peer", "bound", corpus.folder)[0]


def undisturbed(runs):
    """Of several runs of the same rounds the one whose copies took least: what disturbs only ever adds."""
    return min(runs, key=lambda by_round: sum(made["copy_s"] for made in by_round))


def processor_time(run):
    """Of the encoder, over the first of the links."""
    return sum(made["encoder_s"] for made in next(iter(run.values())))


def over(corpus, links, options, *more):
    """{link's name: by round}. Where links do not wait for bytes, processor time is what counts, so short runs are repeated."""
    arguments = [word for link in links for word in ("--link", link.argument)]
    made = []
    while not made or (len(made) < options.runs and links[-1].bit_rate >= FAST and processor_time(made[0]) < SHORT_S):
        made.append(program("hde", corpus.folder, *arguments, "--delta-cache", options.delta_cache, *more))
    return {link.name: undisturbed([run[link.argument] for run in made]) for link in links}


def chosen(corpus, link, options):
    """By round: what the engine sends over this link."""
    return over(corpus, [link], options)[link.name]


def fixed(corpus, codec: str, options):
    """{link's name: by round}, with one codec instead of a choice."""
    name = codec.removesuffix(WINDOWED)
    return over(corpus, options.links, options, "--codec", name, *(["--windowed"] if codec != name else []))


KEPT_WINDOW = 1 << 30  # for which whole guests of the corpora have room


def after(former, former_capture: int, corpus, capture: int, link):
    """The whole of a capture, when both ends still hold what the whole of another one left."""
    return program("after", former.folder, former_capture, corpus.folder, capture, "--link", link.argument,
                   "--match-window", KEPT_WINDOW)


def xdelta3(corpus, rounds: int):
    """The changed pages against what they were, by Debian's program; None where it is not installed."""
    if not shutil.which("xdelta3"):
        return None
    made = [{}]
    for capture in range(1, rounds):
        with tempfile.TemporaryDirectory(prefix="dwcp-bench-") as folder:
            before, now, delta, back = (f"{folder}/{name}" for name in ("before", "now", "delta", "back"))
            entry = program("pages", corpus.folder, capture, before, now)
            window = max(os.path.getsize(before), 1 << 20)
            for key, command in (("encode_s", ["-e", "-B", str(window), "-s", before, now, delta]),
                                 ("decode_s", ["-d", "-B", str(window), "-s", before, delta, back])):
                start = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(["xdelta3", "-f", *command], check=True)
                end = resource.getrusage(resource.RUSAGE_CHILDREN)
                entry[key] = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
            if Path(back).read_bytes() != Path(now).read_bytes():
                raise SystemExit("xdelta3 did not decode to what it was given")
            made.append({**entry, "bytes": os.path.getsize(delta), "sampled": 1.0})
    return made
