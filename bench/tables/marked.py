"""Tables between marks in documents: <!-- table: NAME --> ... <!-- end -->."""
import os
from pathlib import Path

END = "<!-- end -->"


class Unmarked(Exception):
    """A document has no place for a table, or no single one."""


def begin(name: str) -> str:
    return f"<!-- table: {name} -->"


def place(text: str, name: str, document):
    """Where what is between the marks begins and ends."""
    count = text.count(begin(name))
    if count != 1:
        raise Unmarked(f"{document}: the mark '{begin(name)}' stands there {count} times; once would be right")
    at = text.index(begin(name)) + len(begin(name))
    to = text.find(END, at)
    if to < 0 or "<!-- table: " in text[at:to]:
        raise Unmarked(f"{document}: no '{END}' follows '{begin(name)}'")
    return at, to


def replaced(text: str, name: str, block: str, document="the document") -> str:
    at, to = place(text, name, document)
    return f"{text[:at]}\n{block.strip()}\n{text[to:]}"


def check(file: Path, name: str):
    try:
        place(file.read_text(), name, file)
    except OSError as why:
        raise Unmarked(f"{file}: {why.strerror}") from None


def write(file: Path, name: str, block: str):
    """All or nothing: a reader never sees half a document."""
    draft = file.with_name(file.name + ".draft")
    draft.write_text(replaced(file.read_text(), name, block, file))
    os.chmod(draft, file.stat().st_mode)
    draft.rename(file)


def markdown(rows):
    """Lines of a table; the first row is its head. A bar in a cell would end it."""
    lines = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]
