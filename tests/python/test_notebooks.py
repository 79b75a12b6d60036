"""The notebooks run, each from its beginning to its end, and are kept without what they showed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

from support import ROOT, FolderCase, needs, needs_extension

NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))
LINES_MAX = 200


class Form(unittest.TestCase):
    def test_they_are_small_and_without_outputs(self) -> None:
        self.assertEqual(len(NOTEBOOKS), 4)
        for path in NOTEBOOKS:
            notebook = json.loads(path.read_text(encoding="utf-8"))
            with self.subTest(path.name):
                self.assertEqual(notebook["metadata"]["kernelspec"]["name"], "python3")
                lines = 0
                for cell in notebook["cells"]:
                    lines += len(cell["source"])
                    if cell["cell_type"] == "code":
                        self.assertEqual((cell["outputs"], cell["execution_count"]), ([], None))
                self.assertLess(lines, LINES_MAX)


@needs("nbconvert", "ipykernel", "pandas", "matplotlib")
@needs_extension()
class Run(FolderCase):
    def test_each_of_them(self) -> None:
        for path in NOTEBOOKS:
            with self.subTest(path.name):
                self.check(path)

    def check(self, path: Path) -> None:
        python = os.environ.get("DWCP_PYTHON", sys.executable)
        done = subprocess.run(
            [python, "-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", self.folder, path],
            capture_output=True, text=True, env={**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        notebook = json.loads((self.folder / path.name).read_text(encoding="utf-8"))
        outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
        pictures = [output for output in outputs if "image/png" in output.get("data", {})]
        self.assertGreater(len(pictures), 0, "it shows no picture")


if __name__ == "__main__":
    unittest.main()
