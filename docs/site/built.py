"""What a built site must keep: its links and anchors lead somewhere within it, and nothing in it is fetched from anywhere else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself, by tag.
FETCHED = {
    "script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "link": "href", "object": "data",
}  # fmt: skip
CSS_ADDRESS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
# Scripts of the theme that ask servers do so where a page has one of these.
ASKING = re.compile(r"class=\"[^\"]*\b(mermaid|md-source)\b")


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        for key in ("id", "name"):
            if value := attributes.get(key):
                self.anchors.add(value)
        if tag == "a" and (href := attributes.get("href")):
            self.links.append(href)
        if tag in FETCHED and (address := attributes.get(FETCHED[tag])):
            self.fetched.append(address)


def is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def check(site: Path) -> list[str]:
    """A line for each thing that is wrong."""
    pages: dict[Path, Page] = {}
    wrong: list[str] = []
    for path in sorted(site.rglob("*.html")):
        page = Page()
        text = path.read_text(encoding="utf-8")
        page.feed(text)
        pages[path] = page
        if match := ASKING.search(text):
            wrong.append(f"{path.relative_to(site)}: has a '{match[1]}', for which the theme's script asks a server")
    for path, page in pages.items():
        # mkdocs writes it for any address that a server does not know, so its links begin at the root.
        if path.name == "404.html":
            continue
        where = path.relative_to(site)
        wrong += [f"{where}: fetches {address}" for address in page.fetched if is_elsewhere(address)]
        for address in page.links + [one for one in page.fetched if not is_elsewhere(one)]:
            wrong += [f"{where}: {problem}" for problem in problems(site, pages, path, address)]
    for path in sorted(site.rglob("*.css")):
        for match in CSS_ADDRESS.finditer(path.read_text(encoding="utf-8")):
            if is_elsewhere(address := match[1] or match[2]):
                wrong.append(f"{path.relative_to(site)}: fetches {address}")
    return wrong


def problems(site: Path, pages: dict[Path, Page], path: Path, address: str) -> list[str]:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return []
    end = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if end.is_dir():
        end = end / "index.html"
    if not end.is_relative_to(site.resolve()) or not end.exists():
        return [f"link '{address}' leads to no file"]
    if parts.fragment and end in pages and unquote(parts.fragment) not in pages[end].anchors:
        return [f"link '{address}': there is no '#{parts.fragment}'"]
    return []
