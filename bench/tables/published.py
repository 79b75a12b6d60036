"""The tables that documents show: each bench's own published.py, found by its place."""
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional


class NoFigures(Exception):
    """A result lacks what its table needs; says what."""


@dataclass(frozen=True)
class Table:
    name: str                     # the bench's
    file: str                     # the document with its marks, from the repository's root
    quick: Optional[List[str]]    # options of the bench for `--quick`; None: it takes no part
    full: List[str]
    rows: Callable                # rows(result): cells, the first row being the head; raises NoFigures
    seeds: Callable               # seeds(result): in words


def tables(benches: Path):
    """{name: Table}, sorted by name."""
    found = {}
    for file in sorted(benches.rglob("published.py")):
        if file.parent == Path(__file__).resolve().parent:
            continue
        name = file.parent.relative_to(benches).as_posix()
        spec = importlib.util.spec_from_file_location("published_" + name.replace("/", "_"), file)
        own = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(own)
        found[name] = Table(name, own.FILE, own.QUICK, own.FULL, own.rows, own.seeds)
    return found
