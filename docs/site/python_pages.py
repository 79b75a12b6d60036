"""The page of the module dwcp: what `__all__` of its package and dwcp.hde give to others, with signatures and docstrings. It reads the
sources and the extension's stub, and imports nothing."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

WIDTH = 100  # of a signature on one line

Function = ast.FunctionDef  # the module has no coroutines


@dataclass
class Found:
    """A name's definitions: one, or a function's overloads."""

    name: str
    nodes: list[ast.stmt]


class Package:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trees: dict[str, ast.Module] = {}

    def tree(self, module: str) -> ast.Module:
        if module not in self.trees:
            path = next(path for suffix in (".py", ".pyi") if (path := self.folder / (module + suffix)).is_file())
            self.trees[module] = ast.parse(path.read_text(encoding="utf-8"))
        return self.trees[module]

    def find(self, module: str, name: str) -> Found | None:
        """Where a name of a module is defined, through imports and aliases; None for one that is a module."""
        tree = self.tree(module)
        own = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name]
        if own:
            return Found(name, list(own))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return self.find(node.module, alias.name) if node.module else None
        for at, node in enumerate(tree.body):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
                value = ast.unparse(node.value)
                if value.startswith("_native.") and not documented(tree.body, at):
                    return self.find("_native", value.removeprefix("_native."))
                return Found(name, list(tree.body[at : at + 2]))
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name:
                return Found(name, [node])
        raise LookupError(f"dwcp/{module}.py does not define {name!r}, which it gives to others")


def documented(body: list[ast.stmt], at: int) -> bool:
    after = body[at + 1] if at + 1 < len(body) else None
    return isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str)


def all_of(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names.append(ast.unparse(node.targets[0]))
    return [name for name in dict.fromkeys(names) if not name.startswith("_")]


def markdown(docstring: str) -> str:
    """A docstring's roles, parameters and examples as Markdown."""
    text = inspect.cleandoc(docstring)
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    text = re.sub(r"^:param (\w+): *", r"- `\1`: ", text, flags=re.MULTILINE)
    text = re.sub(r"^:returns?: *", "Returns ", text, flags=re.MULTILINE)
    text = re.sub(r"\s*# doctest:.*$", "", text, flags=re.MULTILINE)
    # Lines of an example: those from >>> to the next empty one.
    return re.sub(r"^>>> .*?(?=\n\n|\Z)", lambda match: f"```pycon\n{match[0]}\n```", text, flags=re.MULTILINE | re.DOTALL)


def parameters(arguments: ast.arguments) -> list[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    out = []
    for number, (argument, default) in enumerate(zip(positional, defaults, strict=True), 1):
        out.append(parameter(argument, default))
        if number == len(arguments.posonlyargs):
            out.append("/")
    if arguments.vararg:
        out.append("*" + ast.unparse(arguments.vararg))
    elif arguments.kwonlyargs:
        out.append("*")
    out += [parameter(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    if arguments.kwarg:
        out.append("**" + ast.unparse(arguments.kwarg))
    return out


def parameter(argument: ast.arg, default: ast.expr | None) -> str:
    if default is None:
        return ast.unparse(argument)
    return ast.unparse(argument) + (" = " if argument.annotation else "=") + ast.unparse(default)


def signature(node: Function, method: bool) -> list[str]:
    given = parameters(node.args)
    if method and given and not is_decorated(node, "staticmethod"):
        given = given[1:]
        given = given[1:] if given[:1] == ["/"] else given
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    if node.name == "__init__":
        returns = ""
    line = f"{node.name}({', '.join(given)}){returns}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{node.name}(", *(f"    {one}," for one in given), f"){returns}"]


def is_decorated(node: Function, name: str) -> bool:
    return any(ast.unparse(decorator).rpartition(".")[2] == name for decorator in node.decorator_list)


def shown(nodes: list[Function]) -> tuple[list[Function], str | None]:
    """The overloads of a function, or itself; and what is said of it."""
    overloads = [node for node in nodes if is_decorated(node, "overload")]
    text = next((text for node in nodes if (text := ast.get_docstring(node, clean=False))), None)
    return overloads or nodes[-1:], text


def function_lines(level: int, title: str, nodes: list[Function], method: bool) -> list[str]:
    seen, text = shown(nodes)
    lines = ["", f"{'#' * level} `{title}`", "", "```python"]
    for node in seen:
        lines += signature(node, method)
    lines += ["```", ""]
    return lines + ([markdown(text)] if text else [])


def is_property(node: Function) -> bool:
    return is_decorated(node, "property") or is_decorated(node, "cached_property")


def item(name: str, annotation: ast.expr | None, docstring: str) -> str:
    kind = f", `{ast.unparse(annotation)}`" if annotation else ""
    return f"- `{name}`{kind}: {' '.join(markdown(docstring).split())}"


def attributes(node: ast.ClassDef) -> list[str]:
    """What __init__ sets and says something of, fields of the class, and its properties: a list."""
    lines: list[str] = []
    bodies = [node.body]
    bodies += [part.body for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
    for body in bodies:
        for at, part in enumerate(body):
            if not isinstance(part, ast.Assign | ast.AnnAssign) or not documented(body, at):
                continue
            target = ast.unparse(part.targets[0] if isinstance(part, ast.Assign) else part.target).removeprefix("self.")
            if target.startswith("_"):
                continue
            text = body[at + 1]
            assert isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            lines.append(item(target, part.annotation if isinstance(part, ast.AnnAssign) else None, str(text.value.value)))
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and is_property(part) and not part.name.startswith("_"):
            if docstring := ast.get_docstring(part, clean=False):
                lines.append(item(part.name, part.returns, docstring))
    return lines


def class_lines(level: int, title: str, node: ast.ClassDef) -> list[str]:
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    methods: dict[str, list[Function]] = {}
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and not is_property(part):
            methods.setdefault(part.name, []).append(part)
    lines = ["", f"{'#' * level} `{title}`", "", "```python", f"class {node.name}" + (f"({bases})" if bases else "")]
    made = methods.get("__init__")
    if made:
        lines += [line for one in shown(made)[0] for line in signature(one, True)]
    lines += ["```", ""]
    if text := ast.get_docstring(node, clean=False):
        lines.append(markdown(text))
    if listed := attributes(node):
        lines += ["", *listed]
    for name, nodes in methods.items():
        if not name.startswith("_") and shown(nodes)[1]:
            lines += function_lines(level + 1, f"{title}.{name}", nodes, True)
    return lines


def lines_of(level: int, title: str, found: Found) -> list[str]:
    first = found.nodes[0]
    if isinstance(first, ast.ClassDef):
        return class_lines(level, title, first)
    if isinstance(first, Function):
        return function_lines(level, title, [node for node in found.nodes if isinstance(node, ast.FunctionDef)], False)
    lines = ["", f"{'#' * level} `{title}`", ""]
    if documented(found.nodes, 0):
        text = found.nodes[1]
        assert isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        lines.append(markdown(str(text.value.value)))
    return lines


def python_page(root: Path) -> str:
    package = Package(root / "bindings/python/dwcp")
    top = package.tree("__init__")
    lines = ["# Python API", "", "How it is used: [docs/python.md](../python.md)."]
    errors = {node.name for node in package.tree("errors").body if isinstance(node, ast.ClassDef)}
    found = [(name, package.find("__init__", name)) for name in all_of(top) if name not in ("hde", "errors")]
    groups: dict[str, list[Found]] = {"Functions": [], "Classes": [], "Errors": []}
    for name, one in found:
        assert one, name
        kind = "Errors" if name in errors else "Classes" if isinstance(one.nodes[0], ast.ClassDef) else "Functions"
        groups[kind].append(one)
    for kind, members in groups.items():
        lines += ["", f"## {kind}"]
        for one in members:
            lines += lines_of(3, f"dwcp.{one.name}", one)
    lines += ["", "## dwcp.hde", "", markdown(ast.get_docstring(package.tree("hde"), clean=False) or "")]
    for name in all_of(package.tree("hde")):
        if one := package.find("hde", name):
            lines += lines_of(3, f"dwcp.hde.{name}", one)
    return "\n".join(lines) + "\n"
