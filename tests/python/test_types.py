"""Types: the package and a program that uses it hold under mypy --strict; the stubs say what the extension has."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import dwcp
from support import ROOT, FolderCase, needs_extension

HERE = Path(__file__).resolve().parent
PACKAGE = ROOT / "bindings/python/dwcp"
MYPY = shutil.which("mypy", path=f"/usr/bin:{os.environ.get('PATH', '')}")


@unittest.skipIf(MYPY is None, "not installed: mypy")
class Types(FolderCase):
    def mypy(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(MYPY), "--strict", "--config-file", PACKAGE.parent / "pyproject.toml", "--cache-dir", self.cache]
        command += arguments
        environment = {**os.environ, "MYPYPATH": str(PACKAGE.parent)}
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=self.folder)

    @classmethod
    def setUpClass(cls) -> None:
        cls.cache = tempfile.mkdtemp(prefix="dwcp-mypy-")
        cls.addClassCleanup(shutil.rmtree, cls.cache, ignore_errors=True)

    def test_the_package_a_program_and_its_mistakes(self) -> None:
        done = self.mypy(PACKAGE, HERE / "typed_sample.py")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # Types that catch nothing would pass, too.
        wrong = self.write("wrong.py", "\n".join((
            "import dwcp", "from dwcp import hde", "dwcp.simulate('a.yaml', seed='one')", "x: int = dwcp.load('a').verdict",
            "hde.encode('text')", "hde.Encoder().encode(b'', codec=1)", "dwcp.simulate('a.yaml').nothing",
            "y: dwcp.Result = dwcp.simulate('a.yaml', seeds=[1])",
        )))  # fmt: skip
        found = self.mypy(wrong).stdout
        lines = {int(number) for number in re.findall(r"wrong\.py:(\d+): error", found)}
        self.assertEqual(lines, {3, 4, 5, 6, 7, 8}, found)


@needs_extension()
class Stubs(unittest.TestCase):
    def test_the_sample_runs(self) -> None:
        python = os.environ.get("DWCP_PYTHON", sys.executable)
        done = subprocess.run([python, HERE / "typed_sample.py"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_they_have_all_that_the_extension_has_and_nothing_else(self) -> None:
        from dwcp import _native

        import ast

        tree = ast.parse((PACKAGE / "_native.pyi").read_text())
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        there = {name: value for name, value in vars(_native).items() if not name.startswith("_")}
        self.assertEqual({name for name, value in there.items() if inspect.isclass(value)},
                         {name for name in classes if not name.startswith("_")})
        self.assertEqual({name for name, value in there.items() if callable(value) and not inspect.isclass(value)}, functions)
        for name, node in classes.items():
            if name.startswith("_"):
                continue
            told = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
            has = {key for key in vars(there[name]) if not key.startswith("__")}
            self.assertEqual({key for key in told if not key.startswith("__")}, has, name)

    def test_everything_has_a_docstring(self) -> None:
        from dwcp import _native

        missing = []
        for module in (dwcp, dwcp.hde, _native):
            names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
            for name in names:
                value = getattr(module, name)
                if not (inspect.isclass(value) or inspect.isroutine(value)):
                    continue
                if not inspect.getdoc(value):
                    missing.append(f"{module.__name__}.{name}")
                if inspect.isclass(value):
                    for key, member in vars(value).items():
                        if not key.startswith("_") and (inspect.isroutine(member) or isinstance(member, property)):
                            if not inspect.getdoc(member):
                                missing.append(f"{module.__name__}.{name}.{key}")
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
