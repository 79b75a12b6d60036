"""Markdown as GitHub reads it, as far as links and the site need it: where code is, and what headings are called."""

from __future__ import annotations

import re
from collections.abc import Iterator

FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})(.*)$")
HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
SPAN = re.compile(r"(`+)(.+?)(?<!`)\1(?!`)", re.DOTALL)
EXPLICIT = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")


def fenced(lines: list[str]) -> list[bool]:
    """Of each line whether it belongs to a fenced block, the fences included."""
    inside: list[bool] = []
    fence = ""
    for line in lines:
        match = FENCE.match(line)
        if fence:
            inside.append(True)
            if match and match[2].startswith(fence) and not match[3].strip():
                fence = ""
        elif match and "`" not in match[3]:
            inside.append(True)
            fence = match[2]
        else:
            inside.append(False)
    return inside


def indented(lines: list[str]) -> list[bool]:
    """Of each line whether it is an indented code block: four spaces, after an empty line or a heading, in no list."""
    found: list[bool] = []
    in_list = False
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else ""
        if re.match(r"^ {0,3}([-*+]|\d+[.)])\s", line):
            in_list = True
        elif line.strip() and not line.startswith(" "):
            in_list = False
        begins = not before.strip() or bool(HEADING.match(before)) or (bool(found) and found[-1])
        found.append(line.startswith("    ") and begins and not in_list)
    return found


def blank_code(text: str) -> str:
    """The same text, its length and lines, with spaces in place of code."""
    lines = text.split("\n")
    skip = [a or b for a, b in zip(fenced(lines), indented(lines))]
    prose = "\n".join(" " * len(line) if s else line for s, line in zip(skip, lines))
    # A span of code ends with its paragraph.
    parts = re.split(r"(\n *\n)", prose)
    return "".join(SPAN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), part) for part in parts)


def headings_of(text: str) -> Iterator[tuple[int, int, str]]:
    """Line from 0, level and text of each heading."""
    lines = text.split("\n")
    for number, (line, skip) in enumerate(zip(lines, fenced(lines))):
        if not skip and (match := HEADING.match(line)):
            yield number, len(match[1]), match[2]


def plain(heading: str) -> str:
    """A heading without its markup."""
    without_links = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"`|\*\*?", "", without_links).strip()


def slug(heading: str) -> str:
    """The anchor that GitHub gives it."""
    return re.sub(r"[^\w\- ]", "", plain(heading).lower()).replace(" ", "-")


def anchors_of(text: str) -> Iterator[str]:
    seen: dict[str, int] = {}
    for _, _, heading in headings_of(text):
        name = slug(heading)
        count = seen.get(name, 0)
        seen[name] = count + 1
        yield f"{name}-{count}" if count else name
    yield from EXPLICIT.findall(text)


def toc_slug(heading: str, separator: str) -> str:
    """The same for Python-Markdown's `toc`, which calls it with the separator that it would use itself."""
    del separator
    return slug(heading)
