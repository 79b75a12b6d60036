"""Every command and every piece of code in docs/python.md and docs/tutorial.md, in the order in which they stand there, and those of
docs/how-to.md that are for a shell here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from support import ROOT, FolderCase, needs, needs_extension

PAGES = [ROOT / "docs/python.md", ROOT / "docs/tutorial.md", ROOT / "docs/how-to.md"]
# Run by another test, which gives it an environment of its own.
ELSEWHERE = {"pip install ./bindings/python": "test_install.py"}
# In place of Slurm: runs all elements of the array, one after the other.
SBATCH = """#!/bin/bash
last=$(sed -n 's/^#SBATCH --array=0-//p' "$1")
for ((element = 0; element <= last; ++element)); do SLURM_ARRAY_TASK_ID=$element bash "$1"; done
"""


def blocks(page: Path) -> list[tuple[int, str, str]]:
    """Line, language and text of each."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start()) + 1, match[1], match[2])
        for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


@needs("pandas", "matplotlib", "distributed")
@needs_extension()
@unittest.skipIf(shutil.which("zstd") is None, "not installed: zstd")
class Docs(FolderCase):
    def setUp(self) -> None:
        super().setUp()
        for name in ("scenarios", "tests", "docs", "bindings"):
            (self.folder / name).symlink_to(ROOT / name)
        (self.folder / "bin").mkdir()
        self.write("bin/sbatch", SBATCH).chmod(0o755)
        # In place of the launcher, which would look after the build.
        self.write("dwcp", f'#!/bin/bash\nexec "{os.environ["DWCP_PROGRAM"]}" "$@"\n').chmod(0o755)
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)

    def test_all_of_it_runs(self) -> None:
        import distributed

        names: dict[str, Any] = {"__name__": "docs"}
        ran = {"sh": 0, "python": 0}
        with distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, dashboard_address=None, local_directory=str(self.folder / "dask")
        ) as cluster:
            for line, language, text in blocks(PAGES[0]):
                if text.strip() in ELSEWHERE:
                    self.assertTrue((Path(__file__).parent / ELSEWHERE[text.strip()]).is_file())
                    continue
                with self.subTest(f"{PAGES[0].name}:{line}"):
                    self.assertIn(language, ran)
                    ran[language] += 1
                    if language == "python":
                        exec(compile(text, f"{PAGES[0].name}:{line}", "exec"), names)
                    else:
                        self.run_in_shell(text, cluster.scheduler_address)
        self.assertGreater(min(ran.values()), 4)

    def test_the_tutorial_leads_to_a_gate(self) -> None:
        ran = 0
        for line, language, text in blocks(PAGES[1]):
            with self.subTest(f"{PAGES[1].name}:{line}"):
                self.assertEqual(language, "sh")
                self.run_in_shell(text, "")
                ran += 1
        self.assertGreater(ran, 8)
        self.assertTrue((self.folder / "gate.xml").is_file())

    def test_a_failing_seed_is_read(self) -> None:
        wanted = [(line, text) for line, language, text in blocks(PAGES[2]) if language == "sh"]
        for line, text in wanted:
            with self.subTest(f"{PAGES[2].name}:{line}"):
                self.run_in_shell(text, "")
        self.assertEqual(len(wanted), 3)
        self.assertTrue((self.folder / "trace.json").is_file())
        self.assertTrue(list((self.folder / "packets").glob("path-*.pcap")))

    def run_in_shell(self, text: str, scheduler: str) -> None:
        python = os.environ.get("DWCP_PYTHON", sys.executable)
        environment = {
            **os.environ, "SCHEDULER": scheduler, "DWCP_PYTHON": python,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
        }  # fmt: skip
        # The launcher would look after the build: what it starts is what this runs in.
        command = text.replace("./dwcp python", f'"{python}"')
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], env=environment, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout}\n{done.stderr}")


if __name__ == "__main__":
    unittest.main()
