"""Documents point at what exists. That the checker finds what it is for is shown first, on links that are broken on purpose."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/site"))

import links  # noqa: E402
from markdown_text import anchors_of, blank_code, slug  # noqa: E402


class Planted(unittest.TestCase):
    """A small repository, in which everything is right until a test breaks it."""

    def setUp(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="dwcp-links-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.write("README.md", "# Top\n[guide](docs/guide.md#two-words), ![picture](docs/picture.png)\n")
        self.write("docs/guide.md", "# Guide\n## Two words\n## `code_name`: it's (so)\n## Two words\n")
        self.write("docs/picture.png", "")
        self.write("part/README.md", "# part\n- `here.hpp`, `part/here.hpp`\n")
        self.write("part/here.hpp", "// Why: docs/guide.md\n")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def found(self) -> list[str]:
        return [str(broken) for broken in links.check(self.root)]

    def finds(self, *expected: str) -> None:
        found = self.found()
        self.assertEqual(len(found), len(expected), found)
        for text, wanted in zip(found, expected):
            self.assertIn(wanted, text)

    def test_nothing_where_all_is_right(self) -> None:
        self.finds()

    def test_a_file_that_is_gone(self) -> None:
        self.write("docs/more.md", "# More\n\n[a](guide.md) and [b](giude.md \"title\")\n")
        self.finds("docs/more.md:3: link 'giude.md' leads to no file; the nearest is 'guide.md'")

    def test_a_picture_that_is_gone(self) -> None:
        (self.root / "docs/picture.png").unlink()
        self.finds("README.md:2: link 'docs/picture.png' leads to no file", "README.md:2: names 'docs/picture.png'")

    def test_an_anchor_that_is_gone(self) -> None:
        self.write("docs/more.md", "[a](guide.md#two-words-1), [b](guide.md#code_name-its-so), [c](guide.md#two-word)")
        self.finds("docs/more.md:1: link 'guide.md#two-word': docs/guide.md has no heading '#two-word'; the nearest is 'two-words'")

    def test_an_anchor_of_the_same_file(self) -> None:
        self.write("docs/more.md", "# More\n[here](#more), [there](#less)\n\n[ref]: #least\n")
        self.finds("docs/more.md:2: link '#less'", "docs/more.md:4: link '#least'")

    def test_a_way_out_of_the_repository(self) -> None:
        self.write("docs/more.md", "[a](../../elsewhere.md) [b](/etc/hosts)\n")
        self.finds("leaves the repository", "begins at the root")

    def test_a_header_that_is_gone(self) -> None:
        (self.root / "part/here.hpp").rename(self.root / "part/there.hpp")
        self.finds("part/README.md:2: names 'here.hpp', which is not here; the nearest is 'there.hpp'", "names 'part/here.hpp'")

    def test_a_document_that_a_source_names(self) -> None:
        self.write("part/here.hpp", "// One\n// Why: docs/gone.md\n")
        self.finds("part/here.hpp:2: names 'docs/gone.md', which does not exist")

    def test_a_decision_by_its_number(self) -> None:
        self.write("docs/decisions/0003-links.md", "# Links\n")
        self.write("part/here.hpp", "// docs/decisions/0003, docs/decisions/0004: why\n")
        self.finds("part/here.hpp:1: names 'docs/decisions/0004', which does not exist")

    def test_a_notebook(self) -> None:
        cells = [
            {"cell_type": "code", "source": ["[x](gone.md)\n"]},
            {"cell_type": "markdown", "source": ["# Book\n", "[a](guide.md) [b](lost.md)\n"]},
        ]
        self.write("docs/book.ipynb", json.dumps({"cells": cells}, indent=1))
        self.write("docs/more.md", "[a](book.ipynb#book)\n")
        self.finds("docs/book.ipynb:13: link 'lost.md' leads to no file")

    def test_code_is_no_link(self) -> None:
        self.write("docs/more.md", "# A\n```sh\n[x](gone.md)\n# B\n```\n`[x](gone.md)` and\n\n    [x](gone.md)\n\n[a](#b)\n")
        self.finds("docs/more.md:10: link '#b'")

    def test_a_list_is_no_code(self) -> None:
        self.write("docs/more.md", "- a\n\n    [x](gone.md)\n")
        self.finds("docs/more.md:3: link 'gone.md'")

    def test_addresses_are_not_asked(self) -> None:
        self.write("docs/more.md", "[a](https://example.org/gone.md), [b](mailto:a@example.org)\n")
        self.finds()

    def test_what_is_built_is_not_looked_at(self) -> None:
        self.write("build/docs/more.md", "[a](gone.md)\n")
        self.finds()


class Code(unittest.TestCase):
    def test_keeps_its_place(self) -> None:
        text = "a `b`\n```\nlong line\n```\n\n    more\n\nc ``d ` e`` [f](g)"
        self.assertEqual(len(blank_code(text)), len(text))
        self.assertEqual(blank_code(text).find("[f](g)"), text.find("[f](g)"))
        self.assertEqual(blank_code(text).split(), ["a", "c", "[f](g)"])


class Anchors(unittest.TestCase):
    def test_as_github_makes_them(self) -> None:
        self.assertEqual(slug("1. Write it"), "1-write-it")
        self.assertEqual(slug("`dwcp agent`, `migrate`"), "dwcp-agent-migrate")
        self.assertEqual(slug("A – b: [text](x.md)"), "a--b-text")
        self.assertEqual(list(anchors_of("# A\n## A\n<a id=\"own\"></a>\n~~~\n# B\n~~~\n")), ["a", "a-1", "own"])


class Repository(unittest.TestCase):
    def test_is_looked_at(self) -> None:
        checker = links.Checker(ROOT)
        self.assertIn("docs/tutorial.md", checker.paths)
        targets = [
            target
            for path in checker.files
            if path.suffix == ".md"
            for _, text in links.texts_of(path)
            for _, target in links.targets_in(text)
        ]
        self.assertGreater(len(targets), 100)

    def test_every_document_is_in_the_list(self) -> None:
        listed = {target for _, text in links.texts_of(ROOT / "docs/README.md") for _, target in links.targets_in(text)}
        documents = {path.relative_to(ROOT / "docs").as_posix() for path in ROOT.glob("docs/*.md")}
        documents |= {path.relative_to(ROOT / "docs").as_posix() for path in ROOT.glob("docs/reference/*.md")}
        self.assertEqual(documents - listed - {"README.md"}, set())

    def test_points_at_what_exists(self) -> None:
        self.assertEqual([str(broken) for broken in links.check(ROOT)], [])


if __name__ == "__main__":
    unittest.main()
