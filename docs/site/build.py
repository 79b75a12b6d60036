"""Builds the site: pages from the repository and from its sources (stage.py), mkdocs with the theme material, and a look at the result
(built.py). Strict: what mkdocs warns of, a page in no part of the navigation, or a link that leads nowhere is an error.

build.py ROOT PROGRAM FOLDER: the site comes to FOLDER/site. Exit status 77 where mkdocs or the theme is not installed.
"""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import logging
import shutil
import sys
from pathlib import Path
from typing import Any

import built
import links
import stage
from cpp_header import NotUnderstood

SKIPPED = 77
HERE = Path(__file__).resolve().parent


class Failed(Exception):
    """The site cannot be built; the words say why."""


def resolve(nav: list[Any], pages: stage.Pages, taken: set[str]) -> list[Any]:
    """The navigation with its patterns replaced by pages."""
    out: list[Any] = []
    for entry in nav:
        if isinstance(entry, dict):
            ((title, below),) = entry.items()
            if isinstance(below, list):
                out.append({title: resolve(below, pages, taken)})
            else:
                taken.add(below)
                out.append({title: below})
            continue
        found = sorted(name for name in pages.texts if fnmatch.fnmatchcase(name, entry) and name not in taken)
        if not found:
            raise Failed(f"docs/site/mkdocs.yml: '{entry}' names no page that is not in the navigation yet")
        taken.update(found)
        out += [{nav_title(pages, name): name} for name in found]
    return out


def nav_title(pages: stage.Pages, name: str) -> str:
    """Of a folder its path below the part of the navigation that it is in, of other pages their title."""
    if not name.endswith("/README.md") or name.startswith("docs/"):
        return pages.title(name)
    folder = name.removesuffix("/README.md")
    return folder.partition("/")[2] or folder


def write(pages: stage.Pages, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in pages.texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, source in pages.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)


def add_search_data(site: Path) -> None:
    """For theme/assets/from-a-file.js: the index and the worker's text, as a script."""
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    workers = sorted(site.glob("assets/javascripts/workers/search.*.js"))
    if len(workers) != 1:
        raise Failed(f"the theme has {len(workers)} workers for the search; one was expected")
    worker = workers[0].read_text(encoding="utf-8")
    lines = [
        f"var __index = {json.dumps(index)};",
        "var __search = {index: Promise.resolve(__index)};",
        f"var __worker = {json.dumps(worker)};",
    ]
    (site / "search/search_index.js").write_text("\n".join(lines) + "\n", encoding="utf-8")


def drop_maps(site: Path) -> None:
    """Source maps of the theme's scripts: a tenth of the site, for nobody who reads it."""
    for path in site.glob("assets/**/*.map"):
        path.unlink()


def build(root: Path, program: Path, folder: Path) -> int:
    """Returns the number of pages."""
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, ConfigurationError

    if broken := links.check(root):
        raise Failed("\n".join(map(str, broken)))
    pages = stage.collect(root, program)
    write(pages, folder / "source")
    site = folder / "site"
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr)
    try:
        config = load_config(str(HERE / "mkdocs.yml"), docs_dir=str(folder / "source"), site_dir=str(site), strict=True)
        taken: set[str] = set()
        config["nav"] = resolve(config["nav"], pages, taken)
        if missing := sorted(pages.texts.keys() - taken):
            raise Failed(f"docs/site/mkdocs.yml: in no part of the navigation: {', '.join(missing)}")
        mkdocs_build(config)
    except (Abort, ConfigurationError, SystemExit) as error:
        raise Failed(f"mkdocs: {error}") from error
    add_search_data(site)
    drop_maps(site)
    if wrong := built.check(site):
        raise Failed("\n".join(wrong))
    return len(pages.texts)


def missing_packages() -> list[str]:
    missing = [name for name in ("mkdocs", "pymdownx") if importlib.util.find_spec(name) is None]
    if "mkdocs" not in missing:
        from mkdocs.utils import get_theme_names

        missing += [] if "material" in get_theme_names() else ["mkdocs-material"]
    return missing


def main(arguments: list[str]) -> int:
    root, program, folder = (Path(argument).resolve() for argument in arguments)
    if missing := missing_packages():
        print(f"not installed: {', '.join(missing)} (packages mkdocs, mkdocs-material)", file=sys.stderr)
        return SKIPPED
    try:
        count = build(root, program, folder)
    except (Failed, NotUnderstood) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} pages: {folder / 'site/index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
