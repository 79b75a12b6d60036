"""pip install, without network; the versions agree."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import unittest
import zipfile
from pathlib import Path

import dwcp
from support import ROOT, SMALL, FolderCase

PYTHON = os.environ.get("DWCP_PYTHON", sys.executable)


def backend_at(place: Path) -> subprocess.CompletedProcess[str]:
    script = "import build_backend, sys; print(build_backend.build_wheel(sys.argv[1]))"
    return subprocess.run([PYTHON, "-c", script, place], cwd=ROOT / "bindings/python", capture_output=True, text=True,
                          env={**os.environ, "DWCP_PYTHON_NATIVE": "0"})  # fmt: skip


class Install(FolderCase):
    def test_versions_agree(self) -> None:
        project = tomllib.loads((ROOT / "bindings/python/pyproject.toml").read_text())["project"]
        cmake = re.search(r"project\(dwcp VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
        assert cmake is not None
        self.assertEqual({project["version"], dwcp.__version__}, {cmake[1]})

    def test_wheels_of_the_same_sources_are_the_same(self) -> None:
        for name in ("a", "b"):
            (self.folder / name).mkdir()
            done = backend_at(self.folder / name)
            self.assertEqual(done.stdout.strip(), "dwcp-0.1.0-py3-none-any.whl", done.stderr)
        first, second = (self.folder / name / "dwcp-0.1.0-py3-none-any.whl" for name in ("a", "b"))
        self.assertEqual(first.read_bytes(), second.read_bytes())
        with zipfile.ZipFile(first) as wheel:
            self.assertIsNone(wheel.testzip())
            self.assertIn("dwcp/py.typed", wheel.namelist())
            self.assertIn("dwcp/_native.pyi", wheel.namelist())

    @unittest.skipIf(
        importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None,
        "not installed: python3-venv",
    )
    def test_pip_installs_it_and_it_works(self) -> None:
        place = self.folder / "venv"
        subprocess.run([PYTHON, "-m", "venv", place], check=True, stdout=subprocess.DEVNULL)
        # The extension needs the configured engine's packages and takes long without them: it is built where CMake can.
        native = "1" if shutil.which("ninja") and importlib.util.find_spec("dwcp._native") else "0"
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [place / "bin/pip", "install", "--no-index", ROOT / "bindings/python"], capture_output=True, text=True,
            env={**environment, "DWCP_PYTHON_NATIVE": native},
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        script = (
            "import sys, dwcp; assert dwcp.__file__.startswith(sys.argv[1]), dwcp.__file__\n"
            "assert dwcp.simulate(sys.argv[2]).passed\n"
            "if sys.argv[3] == '1':\n    from dwcp import hde\n    assert hde.decode(hde.encode(bytes(4096))) == bytes(4096)\n"
        )
        used = subprocess.run(
            [place / "bin/python", "-c", script, place, SMALL, native], capture_output=True, text=True, env=environment,
            cwd=self.folder,
        )  # fmt: skip
        self.assertEqual(used.returncode, 0, used.stderr)
        removed = subprocess.run([place / "bin/pip", "uninstall", "-y", "dwcp"], capture_output=True, text=True)
        self.assertEqual(removed.returncode, 0, removed.stderr)
        self.assertEqual(list(place.rglob("site-packages/dwcp*")), [])


if __name__ == "__main__":
    unittest.main()
