"""References that are generated from sources: what a header's page shows, and what it must not; the module's; the commands'."""

from __future__ import annotations

import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/site"))

import command_pages  # noqa: E402
import cpp_header  # noqa: E402
import cpp_pages  # noqa: E402
import python_pages  # noqa: E402
import stage  # noqa: E402

HEADER = """\
// What it is for.
//   shown as it is
#pragma once

#include <string>

namespace dwcp::part {

class Core;  // elsewhere

// A limit.
constexpr std::size_t limit = std::string_view("{").size();

// Does something; throws Error(bad_value).
int act(int count = 3, const std::string& text = "a;b}");
inline int twice(int n) { return 2 * n; }

// A face.
class Face : public Base<int> {
 public:
  explicit Face(int a) : a_(a), b_{a} {}
  Face(Face&&) noexcept;
  // Of the face.
  int value() const { return a_; }  // in mm
  struct Inner {
    int x = 0, y{0};
    void go() { x = 1; }

   private:
    int secret = 0;
  };

 private:
  // What nobody may know.
  void hidden() const {}
  int a_, b_;
};

enum class Kind : int { one, two };  // of faces

namespace detail {
struct NotShown {};
}  // namespace detail

inline int Face::Inner::size() { return 1; }

template <class T>
struct Of;
template <>
struct Of<std::pair<int, int>> : std::true_type {};

}  // namespace dwcp::part
"""


class Headers(unittest.TestCase):
    def setUp(self) -> None:
        self.header = cpp_header.parse(HEADER)
        self.code = {d.names[0]: "\n".join(d.code) for d in self.header.declarations}

    def test_declarations_in_their_order(self) -> None:
        names = [declaration.names for declaration in self.header.declarations]
        self.assertEqual(
            names,
            [["limit"], ["act()", "twice()"], ["Face"], ["Kind"], ["Of", "Of<std::pair<int, int>>"]],
        )
        self.assertEqual({declaration.namespace for declaration in self.header.declarations}, {"dwcp::part"})

    def test_comments(self) -> None:
        self.assertEqual(self.header.comment, ["What it is for.", "  shown as it is"])
        self.assertEqual(self.header.declarations[1].comment, ["Does something; throws Error(bad_value)."])
        self.assertTrue(self.code["Kind"].endswith("// of faces"))

    def test_bodies_are_left_out(self) -> None:
        self.assertIn('const std::string& text = "a;b}");\ninline int twice(int n);', self.code["act()"])

    def test_of_a_class_what_others_may_use(self) -> None:
        self.assertEqual(
            self.code["Face"].split("\n"),
            [
                "class Face : public Base<int> {",
                " public:",
                "  explicit Face(int a);",
                "  Face(Face&&) noexcept;",
                "  // Of the face.",
                "  int value() const;  // in mm",
                "  struct Inner {",
                "    int x = 0, y{0};",
                "    void go();",
                "  };",
                "};",
            ],
        )

    def test_what_is_not_understood_is_said(self) -> None:
        for text in ("namespace a {\nint f(;\n}\n", "namespace a {\nstruct X {\n", "int f() const\n"):
            with self.assertRaises(cpp_header.NotUnderstood, msg=text):
                cpp_header.parse(text)

    def test_comments_are_no_markup(self) -> None:
        self.assertEqual(cpp_pages.prose(["a_b * c_d < 3 [x] `p_q`"]), ["a\\_b \\* c\\_d &lt; 3 \\[x\\] `p_q`"])
        self.assertEqual(cpp_pages.prose(["- an item", "  of two"]), ["- an item", "  of two"])


class Project(unittest.TestCase):
    """Every public header of the project."""

    def test_types_are_all_there(self) -> None:
        count = 0
        for readme in sorted(ROOT.glob("*/**/README.md")):
            folder = readme.parent
            if folder.relative_to(ROOT).parts[0] == "build":
                continue
            for name in cpp_pages.public_headers(folder, readme.read_text(encoding="utf-8")):
                count += 1
                text = (folder / name).read_text(encoding="utf-8")
                with self.subTest(f"{folder.relative_to(ROOT)}/{name}"):
                    self.check(text)
        self.assertGreater(count, 100)

    def check(self, text: str) -> None:
        header = cpp_header.parse(text)
        names = {name for declaration in header.declarations for name in declaration.names}
        code = "\n".join(line for declaration in header.declarations for line in declaration.code)
        bare = cpp_header.blank(code)
        self.assertNotIn("private:", bare)
        for pair in ("{}", "()", "[]"):
            self.assertEqual(bare.count(pair[0]), bare.count(pair[1]), pair)
        # Found in another way: a type at the start of a line that has a body, outside of a namespace `detail`.
        outside = re.sub(r"^namespace detail \{.*?^\}  // namespace detail", "", text, flags=re.MULTILINE | re.DOTALL)
        for match in re.finditer(r"^(?:class|struct|enum class) (\w+)(?: final)?(?: :[^;{]*)? \{", outside, re.MULTILINE):
            self.assertTrue(match[1] in names, match[1])

    def test_a_component_shows_what_it_names(self) -> None:
        page = cpp_pages.folder_page(ROOT, "engine/amst")
        self.assertIn("## session.hpp", page)
        self.assertIn("[`session.hpp`](#sessionhpp)", page)
        self.assertIn("Task<Sequence> send(ChunkOptions options, std::vector<Slice> payload);", page)
        self.assertNotIn("std::shared_ptr<SessionCore> core_;", page)

    def test_another_namespace_is_named(self) -> None:
        lines = cpp_pages.header_lines("a/b.hpp", cpp_header.parse("namespace a {\nint x;\nnamespace b {\nint y;\n}\n}\nint z;\n"))
        text = "\n".join(lines)
        self.assertIn("// namespace a\n```", text)
        self.assertIn("### `x`\n\n\n```cpp\nint x;\n```\n\n### `y`\n\nIn `a::b`.\n\n\n```cpp\nint y;", text)
        self.assertIn("### `z`\n\nIn the global namespace.", text)

    def test_what_is_named_as_private_is_not_public(self) -> None:
        readme = "Public: `a.hpp`. Private: `b.hpp` and\n`c.hpp`.\n\n- `d.*`\n\nNever here: `e.hpp`\n"
        folder = ROOT / "engine/transfer"
        self.assertEqual(cpp_pages.public_headers(folder, readme.replace("`a.", "`sender.").replace("`b.", "`wire.")), ["sender.hpp"])


class Python(unittest.TestCase):
    def test_shows_what_the_module_gives(self) -> None:
        page = python_pages.python_page(ROOT)
        for name in python_pages.all_of(python_pages.Package(ROOT / "bindings/python/dwcp").tree("__init__")):
            if name not in ("errors", "hde"):
                self.assertIn(f"### `dwcp.{name}`", page)
        self.assertIn("### `dwcp.hde.Encoder`", page)  # of the stub
        self.assertNotIn(":class:", page)
        self.assertNotIn(":param", page)


class Commands(unittest.TestCase):
    def test_subcommands(self) -> None:
        text = "About\nUsage: dwcp\n\nOptions:\n  -h,--help   x\n\nSubcommands:\n  run         a\n  long-name   b\n"
        self.assertEqual(command_pages.subcommands(text), ["run", "long-name"])
        self.assertEqual(command_pages.subcommands("About\nOptions:\n  -h  x\n"), [])

    def test_the_launcher_has_usage(self) -> None:
        self.assertIn("./dwcp docs", command_pages.launcher_usage((ROOT / "dwcp").read_text(encoding="utf-8")))


class Pages(unittest.TestCase):
    def setUp(self) -> None:
        texts = {"docs/a.md": "# A\n", "docs/b.md": "# B\n", "docs/decisions/0001-x.md": "# X\n", "part/README.md": ""}
        self.pages = stage.Pages(ROOT, texts, {}, {"part/x.hpp": "part/README.md#xhpp"})

    def test_links_lead_to_pages(self) -> None:
        text = "```\n[a](a.md)\n```\n[a](a.md#b), [book](b.ipynb), [x](../part/x.hpp), [part](../part), [none](../dwcp) `[a](a.md)`"
        self.assertEqual(
            stage.links_turned(self.pages, "docs/c.md", text),
            "```\n[a](a.md)\n```\n[a](a.md#b), [book](b.md), [x](../part/README.md#xhpp), [part](../part/README.md), none `[a](a.md)`",
        )

    def test_named_documents_become_links(self) -> None:
        text = "docs/a.md, `docs/b.md`, [docs/b.md](../docs/b.md), docs/decisions/0001"
        self.assertEqual(
            stage.documents_linked(self.pages, "part/README.md", text),
            "[docs/a.md](../docs/a.md), `docs/b.md`, [docs/b.md](../docs/b.md), "
            "[docs/decisions/0001](../docs/decisions/0001-x.md)",
        )

    def test_lists_and_tables_begin_after_an_empty_line(self) -> None:
        text = "Text\n- a\n- b\n  more\nText:\n| x | y |\n|---|---|\n| 1 | 2 |\n```\nText\n- a\n```"
        self.assertEqual(
            stage.spaced(text), "Text\n\n- a\n- b\n  more\nText:\n\n| x | y |\n|---|---|\n| 1 | 2 |\n```\nText\n- a\n```"
        )


if __name__ == "__main__":
    unittest.main()
