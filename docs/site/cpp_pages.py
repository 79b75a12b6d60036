"""A folder's page: its README.md as it is, then what its public headers declare. Public are the headers that README.md names."""

from __future__ import annotations

import re
from pathlib import Path

import cpp_header
from cpp_header import Declaration, Header
from markdown_text import slug

NAMED = re.compile(r"`(\w+)\.(hpp|\*)`")
# From such words to the end of their paragraph headers are named that others do not include.
PRIVATE = re.compile(r"\b(Private|Inside|Never)\b.*?(?=\n\s*\n|\Z)", re.DOTALL)
NAMES_MAX = 4  # in a heading


def public_headers(folder: Path, readme: str) -> list[str]:
    """File names, in the order in which they are named."""
    names: list[str] = []
    for match in NAMED.finditer(PRIVATE.sub("", readme)):
        name = match[1] + ".hpp"
        if name not in names and (folder / name).is_file():
            names.append(name)
    return names


def linked_readme(readme: str, headers: list[str]) -> str:
    """The README.md with a link to the header's part of the page wherever it names one."""

    def link(match: re.Match[str]) -> str:
        name = match[1] + ".hpp"
        return f"[{match[0]}](#{slug(name)})" if name in headers else match[0]

    return NAMED.sub(link, readme)


def prose(comment: list[str]) -> list[str]:
    """A comment as Markdown: paragraphs and lists stay, lines that stand further in are shown as they are."""
    out: list[str] = []
    for line in comment:
        shown = line.startswith("  ") and line.strip() and not re.match(r"\s*([-*]|\d+\.)\s", line)
        in_block = bool(out) and out[-1].startswith("    ")
        if shown and not (out and re.match(r"\s*([-*]|\d+\.)\s", out[-1])):
            out += ([] if in_block else [""]) + ["    " + line.strip("\n")]
        else:
            out += [""] if in_block and line.strip() else []
            out.append(escape(line))
    return out


def escape(line: str) -> str:
    """Text that no Markdown is in but code in backticks and list items."""
    parts = re.split(r"(`[^`]*`)", line)
    bullet = re.match(r"\s*([-*]|\d+\.)\s", parts[0])
    head = bullet[0] if bullet else ""
    parts[0] = parts[0][len(head):]
    plain = [re.sub(r"([\\*_\[\]#|])", r"\\\1", part).replace("<", "&lt;") for part in parts[0::2]]
    parts[0::2] = plain
    return head + "".join(parts)


def heading(declaration: Declaration) -> str:
    names = list(dict.fromkeys(declaration.names))
    shown = ", ".join(f"`{name}`" for name in names[:NAMES_MAX])
    return shown + (", ..." if len(names) > NAMES_MAX else "")


def declaration_lines(declaration: Declaration, usual: str) -> list[str]:
    """`usual` is the header's first namespace; another one is named."""
    code, comment = declaration.code, declaration.comment
    # With comments between them the first one speaks of the first declaration only.
    if len(declaration.names) > 1 and any(line.startswith("//") for line in code):
        code, comment = [f"// {line}".rstrip() for line in comment] + code, []
    where = [] if declaration.namespace == usual else [f"In {f'`{declaration.namespace}`' if declaration.namespace else 'the global namespace'}.", ""]
    return ["", f"### {heading(declaration)}", "", *where, *prose(comment), "", "```cpp", *code, "```"]


def header_lines(path: str, header: Header) -> list[str]:
    name = path.rpartition("/")[2]
    lines = ["", f"## {name}", "", *prose(header.comment), ""]
    usual = next((declaration.namespace for declaration in header.declarations if declaration.namespace), "")
    lines += ["```cpp", f'#include "{path}"', *([f"// namespace {usual}"] if usual else []), "```"]
    for declaration in header.declarations:
        lines += declaration_lines(declaration, usual)
    return lines


def folder_page(root: Path, folder: str) -> str:
    """Throws NotUnderstood, with the header's name, where a header has a form that cannot be shown."""
    readme = (root / folder / "README.md").read_text(encoding="utf-8")
    names = public_headers(root / folder, readme)
    lines = [linked_readme(readme, names).rstrip()]
    for name in names:
        try:
            header = cpp_header.parse((root / folder / name).read_text(encoding="utf-8"))
        except cpp_header.NotUnderstood as error:
            raise cpp_header.NotUnderstood(f"{folder}/{name}: {error}") from error
        lines += header_lines(f"{folder}/{name}", header)
    return "\n".join(lines) + "\n"
