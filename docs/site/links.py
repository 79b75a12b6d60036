"""Whether what the repository's documents point at exists: links and anchors of Markdown files and notebooks, documents that any
other source names, and headers that a folder's README.md names. Addresses beyond the repository are not asked.

links.py [ROOT]: a line for each that leads nowhere, `file:line: what; what would be right`, and exit status 1 if there is one.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from markdown_text import anchors_of, blank_code

# Not sources: what is built, what runs leave, what belongs to tools.
NOT_OURS = {"build", "results", "__pycache__", "node_modules"}
# What names documents that are not there, on purpose.
PLANTED = {"tests/docs/test_links.py", "tests/docs/test_reference.py"}
# Pages that only the built site has (stage.py makes them).
COMMANDS, PYTHON = "docs/reference/commands.md", "docs/reference/python.md"
DECISIONS, NOTEBOOKS = "docs/decisions/README.md", "docs/notebooks/README.md"
GENERATED = {COMMANDS, PYTHON, DECISIONS, NOTEBOOKS}
# What may name a document: text that people write.
TEXTS = {
    ".md", ".ipynb", ".cpp", ".hpp", ".h", ".def", ".py", ".pyi", ".sh", ".cmake", ".txt", ".yaml", ".yml", ".in", ".js", ".css",
    ".html",
}  # fmt: skip

# [text](target), ![text](target "title"); the target ends at the first space or unmatched parenthesis.
LINK = re.compile(r"\]\(\s*<?((?:[^()\s<>]|\([^()\s]*\))*)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*(?:\"[^\"]*\")?$")
ADDRESS = re.compile(r"^[a-zA-Z][\w+.-]*:")
# A decision may go by its number.
DOCUMENT = re.compile(
    r"(?<![\w/.-])((?:\.\./)*docs/(?:[\w/.-]*\w\.(?:md|ipynb|png|ya?ml)\b(?!\*)|decisions/\d{4}(?![\w.-])))"
)
HEADER = re.compile(r"`((?:[\w.-]+/)*\w+\.(?:hpp|def))`")


@dataclass(frozen=True, order=True)
class Broken:
    path: str  # from the root
    line: int  # from 1; in a notebook that of the cell's first line in the file
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}; {self.remedy}"


def files_of(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in NOT_OURS and (not name.startswith(".") or name == ".ci"))
        yield from (Path(folder) / name for name in sorted(files))


def cells_of(path: Path) -> Iterator[tuple[int, str]]:
    """Of a notebook the texts that are Markdown, each with the line at which it begins in the file."""
    text = path.read_text(encoding="utf-8")
    at = 0
    for cell in json.loads(text)["cells"]:
        lines = cell["source"]
        first = json.dumps(lines[0], ensure_ascii=False) if lines else None
        found = text.find(first, at) if first else -1
        at = found if found >= 0 else at
        if cell["cell_type"] == "markdown":
            yield text.count("\n", 0, at) + 1, "".join(lines)


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    if path.suffix == ".ipynb":
        yield from cells_of(path)
    else:
        yield 1, path.read_text(encoding="utf-8")


@cache
def anchors_in(path: Path) -> frozenset[str]:
    return frozenset(name for _, text in texts_of(path) for name in anchors_of(text))


def targets_in(text: str) -> Iterator[tuple[int, str]]:
    """Line, from 0, and target of each link that is not code."""
    for number, line in enumerate(blank_code(text).split("\n")):
        for match in LINK.finditer(line):
            yield number, match[1]
        if reference := REFERENCE.match(line):
            yield number, reference[1]


def nearest(wanted: str, offered: list[str]) -> str:
    near = difflib.get_close_matches(wanted, offered, 1, 0.5)
    return f"the nearest is '{near[0]}'" if near else "there is nothing like it"


class Checker:
    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.files = list(files_of(self.root))
        self.paths = [self.inside(path) for path in self.files]

    def inside(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def check(self) -> list[Broken]:
        broken: set[Broken] = set()
        for path in self.files:
            if path.suffix in (".md", ".ipynb"):
                broken.update(self.links(path))
            if path.name == "README.md":
                broken.update(self.headers(path))
            if (path.suffix in TEXTS or not path.suffix) and self.inside(path) not in PLANTED:
                broken.update(self.documents(path))
        return sorted(broken)

    def links(self, path: Path) -> Iterator[Broken]:
        for first, text in texts_of(path):
            for line, target in targets_in(text):
                if not ADDRESS.match(target):
                    yield from self.link(path, first + line, target)

    def link(self, path: Path, line: int, target: str) -> Iterator[Broken]:
        file, _, anchor = unquote(target).partition("#")
        where = self.inside(path)
        end = path
        if file.startswith("/"):
            yield Broken(where, line, f"link '{target}' begins at the root", "give the way from the file that links")
            return
        if file:
            end = Path(os.path.normpath(path.parent / file))
            if not end.is_relative_to(self.root):
                yield Broken(where, line, f"link '{target}' leaves the repository", "name what is meant without a link")
                return
            if not end.exists():
                offered = [os.path.relpath(self.root / name, path.parent) for name in self.paths]
                yield Broken(where, line, f"link '{target}' leads to no file", nearest(file, offered))
                return
        elif not anchor:
            yield Broken(where, line, "link without a target", "give it one")
            return
        if anchor and end.suffix in (".md", ".ipynb") and anchor not in anchors_in(end):
            what = f"link '{target}': {self.inside(end)} has no heading '#{anchor}'"
            yield Broken(where, line, what, nearest(anchor, sorted(anchors_in(end))))

    def documents(self, path: Path) -> Iterator[Broken]:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # data
            return
        for number, line in enumerate(text.split("\n"), 1):
            for match in DOCUMENT.finditer(line):
                if not self.is_document(path, match[1]):
                    yield Broken(self.inside(path), number, f"names '{match[1]}', which does not exist", nearest(match[1], self.paths))

    def is_document(self, path: Path, name: str) -> bool:
        """From the root, as sources name it, or from the file, as links do; or a page of the site."""
        if re.search(r"/\d{4}$", name):
            return any(one.startswith(f"{name}-") for one in self.paths)
        names = (name, name.removesuffix(".md") + ".ipynb")
        return name in GENERATED or any((folder / one).exists() for folder in (self.root, path.parent) for one in names)

    def headers(self, path: Path) -> Iterator[Broken]:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            for match in HEADER.finditer(line):
                if not any((folder / match[1]).exists() for folder in (path.parent, self.root)):
                    beside = [name.name for name in path.parent.iterdir()]
                    yield Broken(self.inside(path), number, f"names '{match[1]}', which is not here", nearest(match[1], beside))


def check(root: Path) -> list[Broken]:
    anchors_in.cache_clear()
    return Checker(root).check()


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    broken = check(root)
    for one in broken:
        print(one)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
