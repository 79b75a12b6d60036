"""Runs tests/python/test_<case>.py. Exit status 77, with the reasons, when any of it was skipped: ctest then says so, since
a case that did half of its work has not passed."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

SKIPPED = 77


def main(case: str) -> int:
    here = Path(__file__).resolve().parent
    sys.path.insert(0, str(here))
    suite = unittest.defaultTestLoader.loadTestsFromName(f"test_{case}")
    outcome = unittest.TextTestRunner(verbosity=2).run(suite)
    if not outcome.wasSuccessful():
        return 1
    for reason in sorted({reason for _, reason in outcome.skipped}):
        print(f"{len(outcome.skipped)} of {outcome.testsRun} tests skipped: {reason}")
    if not outcome.testsRun:
        print(f"test_{case}.py has no tests")
        return 1
    return SKIPPED if outcome.skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
