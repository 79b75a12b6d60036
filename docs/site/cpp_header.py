"""A public header as its readers want it: what it declares, with its comments, without bodies and private members.

This is no C++ parser. It knows the form that clang-format gives the project's headers: `namespace` at the start of a line, one
declaration after the other, comments above them or behind them. Where a header has another form the result would be wrong, and
`parse` raises NotUnderstood instead: braces that do not close, or a body that it cannot tell from a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ ]*\#(?:[^\n\\]|\\.|\\\n)*""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
TYPE = re.compile(
    r"""(?:template\s*<.*>\s*)?(?:requires\b.*?)?\b(class|struct|union|enum(?:\s+class|\s+struct)?)
    (?:\s+(?:\[\[.*?\]\]\s*)?([\w:]+(?:<(?:[^{;:]|::)*>)?)[^;=()]*|\s*)$""",
    re.DOTALL | re.VERBOSE,
)


class NotUnderstood(Exception):
    """A header in a form that this does not know."""


@dataclass
class Declaration:
    """What stands without an empty line between: one type, or some functions, aliases and constants."""

    comment: list[str] = field(default_factory=list)  # above the first, without slashes
    code: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # functions with "()"
    namespace: str = ""


@dataclass
class Header:
    comment: list[str]
    declarations: list[Declaration]


def blank(text: str) -> str:
    """Text of the same length in which comments, literals and preprocessor lines are spaces, so that brackets are brackets."""
    return TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def closing(bare: str, at: int) -> int:
    """Where the bracket at `at` closes."""
    pairs = {"{": "}", "(": ")", "[": "]"}
    stack = []
    for place in range(at, len(bare)):
        char = bare[place]
        if char in pairs:
            stack.append(pairs[char])
        elif char in ")}]":
            if not stack or stack.pop() != char:
                raise NotUnderstood(f"'{char}' closes nothing: {bare[at:at + 60]!r}")
            if not stack:
                return place
    raise NotUnderstood(f"nothing closes {bare[at:at + 60]!r}")


@dataclass
class Piece:
    """One declaration in the text: [begin, end), its code with what is in its braces left out or not."""

    begin: int
    end: int
    head: str  # of the blanked text, up to the body
    body: tuple[int, int] | None = None  # within the braces
    is_type: bool = False


def is_initializer(bare: str, head: str, close: int) -> bool:
    after = bare[close + 1 :].lstrip()
    return after.startswith((";", ",")) or head.rstrip().endswith("=")


def next_piece(bare: str, begin: int, end: int) -> Piece:
    """The declaration that begins at `begin`."""
    at = begin
    while at < end:
        char = bare[at]
        if char in "([":
            at = closing(bare, at)
        elif char == ";":
            return Piece(begin, at + 1, bare[begin:at])
        elif char == "{":
            head = bare[begin:at]
            close = closing(bare, at)
            if TYPE.search(head):
                semicolon = bare.find(";", close)
                if semicolon < 0:
                    raise NotUnderstood(f"a type without a semicolon: {head!r}")
                return Piece(begin, semicolon + 1, head, (at + 1, close), True)
            if is_initializer(bare, head, close) or is_member_value(bare, head, close):
                at = close
            else:
                return Piece(begin, close + 1, head, (at + 1, close))
        at += 1
    raise NotUnderstood(f"a declaration without an end: {bare[begin:begin + 80]!r}")


def is_member_value(bare: str, head: str, close: int) -> bool:
    """`b_{b}` in `X(int b) : b_{b} {}`: a value in a constructor's list, with the body still to come."""
    return bool(re.search(r"\)\s*(?:noexcept\s*)?:[^:].*\w\s*$", head, re.DOTALL)) and bare[close + 1 :].lstrip().startswith("{")


def signature(text: str, bare: str) -> str:
    """A function's head without a constructor's list of values."""
    depth = 0
    for at, char in enumerate(bare):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == ":" and depth == 0 and bare[at - 1] != ":" and bare[at + 1 : at + 2] != ":" and ")" in bare[:at]:
            return text[:at].rstrip()
    return text.rstrip()


def trailing_comment(text: str, end: int) -> tuple[str, int]:
    """A comment behind what ends at `end`, on the same line, and where that ends."""
    match = re.compile(r"[ \t]*(//[^\n]*)?").match(text, end)
    assert match
    return (match[0].rstrip() if match[1] else ""), match.end()


def public_part(text: str, bare: str, begin: int, end: int, is_class: bool) -> str:
    """The members between the braces of a type that others may name, as text."""
    out: list[str] = []
    shown = not is_class
    at = begin
    while at < end:
        match = re.compile(r"\s*").match(text, at)
        assert match
        gap, at = match[0], match.end()
        if at >= end:
            break
        access = re.compile(r"(public|protected|private):").match(bare, at)
        comment = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL).match(text, at)
        directive = text.startswith("#", at)
        if access:
            shown = access[1] != "private"
            after, at = trailing_comment(text, access.end())
            if shown:
                out.append(gap + access[0] + after)
        elif comment:
            if shown:
                out.append(gap + comment[0])
            at = comment.end()
        elif directive:
            line_end = text.find("\n", at)
            if shown:
                out.append(gap + text[at:line_end])
            at = line_end
        else:
            piece = next_piece(bare, at, end)
            after, at = trailing_comment(text, piece.end)
            if bare[at : at + 1] == ";":  # `void f() {};`
                at += 1
            if shown and not re.match(r"friend\s+(class|struct)\b|static_assert\b", piece.head):
                out.append(gap + code_of(text, bare, piece) + after)
    return drop_idle("".join(out))


def drop_idle(members: str) -> str:
    """Without comments that stood above something private, and labels with nothing below them."""
    members = re.sub(r"\n *(public|protected):(?=\s*(\n *(public|protected):|$))", "", members)
    return members.rstrip()


def code_of(text: str, bare: str, piece: Piece) -> str:
    if piece.body is None:
        return text[piece.begin : piece.end]
    begin, end = piece.body
    if not piece.is_type:
        head = text[piece.begin : begin - 1]
        return signature(head, piece.head) + ";"
    match = TYPE.search(piece.head)
    assert match
    if match[1].startswith("enum"):
        return text[piece.begin : piece.end]
    inside = public_part(text, bare, begin, end, match[1] == "class")
    indent = re.search(r"[ ]*$", text[: piece.begin])
    assert indent
    tail = text[end : piece.end]
    return text[piece.begin : begin] + (inside + "\n" + indent[0] if "\n" in inside else inside) + tail.lstrip()


def name_of(piece: Piece) -> str:
    head = piece.head
    if match := re.search(r"\busing\s+(\w+)\s*=", head):
        return str(match[1])
    if match := TYPE.search(head):
        return str(match[2])
    if match := re.search(r"\bconcept\s+(\w+)", head):
        return match[1]
    if match := re.search(r"\b(operator\s*(?:\(\)|[^\s\w(]+|\w+))\s*\(", head):
        return match[1] + "()"
    before_values = re.split(r"(?<![<>=!])=(?!=)", head)[0]
    if match := re.search(r"([\w:]+)\s*\(", before_values):
        return match[1] + "()"
    words = re.findall(r"\w+", re.sub(r"[\[{].*", "", before_values, flags=re.DOTALL))
    if not words:
        raise NotUnderstood(f"a declaration without a name: {head!r}")
    return str(words[-1])


def is_told_elsewhere(piece: Piece) -> bool:
    """A type that is only announced (templates aside, which have nothing but specialisations), or the body of a member."""
    if piece.body is None:
        return bool(re.match(r"(class|struct|enum class|enum|union)\s+[\w:]+\s*(:\s*[\w:]+\s*)?$", piece.head))
    return not piece.is_type and "::" in name_of(piece)


def uncomment(lines: list[str]) -> list[str]:
    return [re.sub(r"^\s*// ?", "", line) for line in lines]


class Reader:
    """Goes through a header once, namespace by namespace."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.bare = blank(text)
        self.found: list[Declaration] = []
        self.now = Declaration()
        self.remarks: list[str] = []  # comment lines that belong to what comes next

    def close_group(self) -> None:
        if self.now.names:
            self.found.append(self.now)
        self.now = Declaration()

    def read(self) -> Header:
        lines = self.text.split("\n")
        count = next((n for n, line in enumerate(lines) if not line.startswith("//")), len(lines))
        at = sum(len(line) + 1 for line in lines[:count])
        self.scope(at, len(self.text), [])
        self.close_group()
        return Header(uncomment(lines[:count]), self.found)

    def scope(self, at: int, end: int, names: list[str]) -> None:
        while at < end:
            match = re.compile(r"\s*").match(self.text, at)
            assert match
            if match[0].count("\n") > 1:
                self.close_group()
                self.remarks = []  # a comment with nothing right below it speaks of no declaration
            at = match.end()
            if at >= end:
                return
            at = self.one(at, end, names)

    def one(self, at: int, end: int, names: list[str]) -> int:
        if self.text.startswith("//", at):
            line_end = self.text.find("\n", at)
            self.remarks.append(self.text[at:line_end])
            return line_end
        if self.text.startswith("#", at):
            token = TOKEN.match(self.text, self.text.rfind("\n", 0, at) + 1)
            assert token
            return token.end()
        if match := re.compile(r"(inline )?namespace\s*([\w:]*)\s*\{").match(self.bare, at):
            close = closing(self.bare, match.end() - 1)
            self.close_group()
            self.remarks = []
            if match[2] and match[2] != "detail":
                self.scope(match.end(), close, [*names, match[2]])
            self.close_group()
            self.remarks = []
            line_end = self.text.find("\n", close)  # behind it stands the namespace's name
            return line_end if line_end >= 0 else end
        return self.declaration(at, end, names)

    def declaration(self, at: int, end: int, names: list[str]) -> int:
        piece = next_piece(self.bare, at, end)
        after, past = trailing_comment(self.text, piece.end)
        remarks, self.remarks = self.remarks, []
        if is_told_elsewhere(piece) or piece.head.startswith("static_assert"):
            return past
        if piece.is_type and self.now.names and remarks:
            self.close_group()
        if self.now.names:
            self.now.code += remarks
        else:
            self.now.comment = uncomment(remarks)
            self.now.namespace = "::".join(names)
        self.now.code += (code_of(self.text, self.bare, piece) + after).split("\n")
        self.now.names.append(name_of(piece))
        return past


def parse(text: str) -> Header:
    return Reader(text).read()
