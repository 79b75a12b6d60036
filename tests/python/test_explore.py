"""Exploring gives what the program gives."""

from __future__ import annotations

import json
import subprocess
import unittest
from pathlib import Path

import dwcp
from support import ROOT, FolderCase, needs, tiny

SLOW = ROOT / "tests/data/scenarios/explore-slow.yaml"


class Explore(FolderCase):
    def test_equals_the_program(self) -> None:
        found = dwcp.explore(SLOW, seeds=range(1, 7), out=self.folder / "a", jobs=2)
        done = subprocess.run(
            [dwcp.find_program(), "explore", SLOW, "--seeds", "1..6", "--out", self.folder / "b", "--json"],
            stdout=subprocess.PIPE,
        )
        self.assertEqual(done.returncode, 99)
        theirs = json.loads(done.stdout)
        self.assertEqual(found.data["seeds"], theirs["seeds"])
        self.assertEqual([f["kind"] for f in found.failures], [f["kind"] for f in theirs["failures"]])
        self.assertEqual((found.passed, found.tried), (False, 6))
        small = Path(found.failures[0]["minimised"]["file"])
        self.assertEqual(
            small.read_text().replace(str(self.folder / "a"), ""),
            Path(theirs["failures"][0]["minimised"]["file"]).read_text().replace(str(self.folder / "b"), ""),
        )
        with self.assertRaises(dwcp.ThresholdFailed):
            dwcp.simulate(small, check=True)

    def test_a_scenario_in_code_that_never_fails(self) -> None:
        found = dwcp.explore(tiny(), seeds=range(3, 6))
        self.assertTrue(found.passed)
        self.assertEqual(found.data["seeds"], {"tried": 3, "first": 3, "last": 5, "passed": 3, "failed": 0})
        self.assertIn("✓ passed", found._repr_html_())

    def test_wrong_arguments(self) -> None:
        for arguments, says in (
            ({"seeds": range(0)}, "range"), ({"seeds": range(0, 9, 2)}, "range"), ({"jobs": 1, "client": 1}, "exclude")
        ):
            with self.assertRaisesRegex(ValueError, says):
                dwcp.explore(SLOW, **arguments)
        with self.assertRaises(dwcp.ScenarioError):
            dwcp.explore(SLOW, seeds=range(1, 2), set={"engine.streams": 0})
        with self.assertRaisesRegex(dwcp.RunFailed, "time"):
            dwcp.explore(SLOW, time="soon")

    @needs("pandas")
    def test_frame(self) -> None:
        frame = dwcp.explore(SLOW, seeds=range(1, 3)).frame
        self.assertEqual(list(frame["kind"]), ["migration.total_time_s < 4s"])
        self.assertEqual(list(frame["count"]), [2])


if __name__ == "__main__":
    unittest.main()
