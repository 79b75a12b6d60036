"""The site's pages, as text by path: the repository's Markdown where it stands, notebooks, and what is generated.

What differs between GitHub's Markdown and Python-Markdown is adapted, links are turned to what is a page of the site, and documents that
a text only names become links.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import command_pages
import cpp_pages
import links
import notebook_pages
import python_pages
from links import ADDRESS, DOCUMENT, LINK, files_of
from markdown_text import blank_code, fenced, headings_of, plain, slug

LIST_ITEM = re.compile(r"^ {0,3}([-*+]|\d+[.)])\s")
TABLE_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")


@dataclass
class Pages:
    root: Path
    texts: dict[str, str] = field(default_factory=dict)  # Markdown by path from the root
    files: dict[str, Path] = field(default_factory=dict)  # pictures
    headers: dict[str, str] = field(default_factory=dict)  # of public headers the page and anchor

    def title(self, page: str) -> str:
        return next((plain(text) for _, level, text in headings_of(self.texts[page]) if level == 1), page)


def index_page(pages: Pages, folder: str, title: str, about: str) -> str:
    names = sorted(page for page in pages.texts if page.startswith(folder + "/") and not page.endswith("README.md"))
    return "\n".join([f"# {title}", "", about, "", *(f"- [{pages.title(page)}]({page[len(folder) + 1 :]})" for page in names)]) + "\n"


def collect(root: Path, program: Path) -> Pages:
    """`program` is dwcp, whose help becomes a page."""
    pages = Pages(root)
    for path in files_of(root):
        name = path.relative_to(root).as_posix()
        folder = name.rpartition("/")[0]
        if path.suffix == ".ipynb":
            pages.texts[name.removesuffix(".ipynb") + ".md"] = notebook_pages.notebook_page(path)
        elif path.suffix == ".png" and name.startswith("docs/"):
            pages.files[name] = path
        elif path.name == "README.md" and folder:
            pages.texts[name] = cpp_pages.folder_page(root, folder)
            for header in cpp_pages.public_headers(path.parent, path.read_text(encoding="utf-8")):
                pages.headers[f"{folder}/{header}"] = f"{name}#{slug(header)}"
        elif path.suffix == ".md":
            pages.texts[name] = path.read_text(encoding="utf-8")
    pages.texts[links.COMMANDS] = command_pages.commands_page(root, program)
    pages.texts[links.PYTHON] = python_pages.python_page(root)
    about = "What was decided, why, and what was left aside."
    pages.texts[links.DECISIONS] = index_page(pages, "docs/decisions", "Decisions", about)
    about = "Each begins with `./dwcp python` and is run by a test; what it draws is drawn when it is run."
    pages.texts[links.NOTEBOOKS] = index_page(pages, "docs/notebooks", "Notebooks", about)
    for name, text in pages.texts.items():
        pages.texts[name] = spaced(documents_linked(pages, name, links_turned(pages, name, text)))
    return pages


def relative(page: str, target: str) -> str:
    file, hash_sign, anchor = target.partition("#")
    return os.path.relpath(file, os.path.dirname(page) or ".") + hash_sign + anchor


def page_of(pages: Pages, path: str) -> str | None:
    """What of the site shows a file or folder of the repository; None where nothing does."""
    if path.endswith(".ipynb"):
        path = path.removesuffix(".ipynb") + ".md"
    if path in pages.texts or path in pages.files:
        return path
    if path in pages.headers:
        return pages.headers[path]
    readme = path.rstrip("/") + "/README.md"
    return readme if readme in pages.texts else None


def links_turned(pages: Pages, page: str, text: str) -> str:
    """Links to what is no page become their text."""
    bare = blank_code(text)
    parts: list[str] = []
    at = 0
    for match in LINK.finditer(bare):
        target = match[1]
        if ADDRESS.match(target) or target.startswith("#"):
            continue
        file, _, anchor = target.partition("#")
        shown = page_of(pages, os.path.normpath(os.path.join(os.path.dirname(page), file)))
        if shown is None:
            begin = bare.rfind("[", at, match.start())
            parts += [text[at:begin], text[begin + 1 : match.start()]]
        else:
            parts += [text[at : match.start()], f"]({relative(page, shown + ('#' + anchor if anchor else ''))})"]
        at = match.end()
    return "".join(parts) + text[at:]


def documents_linked(pages: Pages, page: str, text: str) -> str:
    """docs/wire.md, named in a sentence, becomes a link."""
    bare = blank_code(text)
    # Links are none of our business, neither their texts nor their targets.
    bare = re.sub(r"!?\[[^\]]*\]\([^)]*\)", lambda match: " " * len(match[0]), bare)
    parts: list[str] = []
    at = 0
    for match in DOCUMENT.finditer(bare):
        decision = next((name for name in pages.texts if name.startswith(f"{match[1]}-")), None)
        shown = decision or page_of(pages, match[1])
        if shown is None or shown == page:
            continue
        parts += [text[at : match.start()], f"[{match[0]}]({relative(page, shown)})"]
        at = match.end()
    return "".join(parts) + text[at:]


def spaced(text: str) -> str:
    """With an empty line where a list or a table begins right below a paragraph, which Python-Markdown wants."""
    lines = text.split("\n")
    skip = fenced(lines)
    out: list[str] = []
    in_list = False
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else ""
        if not skip[number]:
            item = bool(LIST_ITEM.match(line))
            table = line.lstrip().startswith("|") and number + 1 < len(lines) and bool(TABLE_RULE.match(lines[number + 1]))
            in_paragraph = bool(before.strip()) and not before.startswith(("#", "|")) and not skip[number - 1]
            if in_paragraph and ((item and not in_list) or (table and not before.lstrip().startswith("|"))):
                out.append("")
            if item:
                in_list = True
            elif not line.strip() or (not line.startswith(" ") and not in_paragraph):
                in_list = False
        out.append(line)
    return "\n".join(out)
