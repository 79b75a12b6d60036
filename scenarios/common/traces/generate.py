#!/usr/bin/env python3
"""Makes the traces in this folder: python3 generate.py. The same bytes each time.

Made up, after what is known of such links: a log-normal rate around a mean that wanders (Ornstein-Uhlenbeck on a
logarithmic scale), and spells in which hardly anything goes through (a two-state Markov chain), as on a train.
"""

import math
import pathlib
import random

TRACES = {
    # name: seconds, mean Mbit/s, spread (sigma of the logarithm), seconds of memory, tunnels an hour, seconds of each
    "train-4g": (600, 12.0, 0.9, 8.0, 40, 6.0),
    "dsl-evening": (600, 40.0, 0.25, 60.0, 0, 0.0),
}


def trace(name, seconds, mean, sigma, memory, tunnels, tunnel_s):
    draw = random.Random(name)
    level, left = 0.0, 0.0
    for second in range(seconds):
        keep = math.exp(-1 / memory)
        level = level * keep + sigma * math.sqrt(1 - keep * keep) * draw.gauss(0, 1)
        if left <= 0 and draw.random() < tunnels / 3600:
            left = draw.expovariate(1 / tunnel_s)
        rate = 0.05 if left > 0 else mean * math.exp(level - sigma * sigma / 2)
        left -= 1
        yield f"{second}\t{rate:.3f}\n"


for name, shape in TRACES.items():
    pathlib.Path(__file__).with_name(name + ".log").write_text("".join(trace(name, *shape)))
