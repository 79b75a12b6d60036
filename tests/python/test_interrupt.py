"""An interrupt ends the processes that were started, in order, each by its own pid."""

from __future__ import annotations

import os
import signal
import subprocess
import unittest

import dwcp
from support import ROOT, FolderCase, children_of, descendants_of, program_name, runs, wait_until

LONG = ROOT / "scenarios/soak/day-of-churn.yaml"

SCRIPT = """
import sys, dwcp
try:
    {call}
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(3)
print("ended by itself")
"""


class Interrupt(FolderCase):
    def interrupted(self, call: str, programs: int, number: int = signal.SIGINT) -> str:
        """Starts a Python that simulates, interrupts it when so many programs simulate, and returns what it printed. None of
        them may be left."""
        python = subprocess.Popen(
            [os.environ.get("DWCP_PYTHON", "/usr/bin/python3"), "-c", SCRIPT.format(call=call)], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.addCleanup(python.kill)

        def simulating() -> list[int]:
            # Each program has a process of its own for the run; before, it only asks what is wrong.
            started = [pid for pid in children_of(python.pid) if program_name(pid) == "dwcp" and children_of(pid)]
            self.assertIsNone(python.poll(), "it ended before it was interrupted")
            return started if len(started) == programs else []

        wait_until(simulating, f"{programs} programs simulate")
        family = descendants_of(python.pid)
        self.assertGreaterEqual(len(family), 2 * programs)
        python.send_signal(number)
        said = python.communicate(timeout=60)[0]
        wait_until(lambda: not any(map(runs, family)), "all processes have ended")
        self.status = python.returncode
        return said

    def test_one_run(self) -> None:
        said = self.interrupted(f"dwcp.simulate({str(LONG)!r}, out={str(self.folder)!r})", 1)
        self.assertEqual((said.strip(), self.status), ("interrupted", 3))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_with_progress(self) -> None:
        said = self.interrupted(f"dwcp.simulate({str(LONG)!r}, progress=True)", 1)
        self.assertEqual((said.strip().splitlines()[-1], self.status), ("interrupted", 3))

    def test_several_at_once(self) -> None:
        said = self.interrupted(f"dwcp.simulate({str(LONG)!r}, seeds=range(1, 9), jobs=3)", 3)
        self.assertEqual((said.strip(), self.status), ("interrupted", 3))

    def test_a_sweep(self) -> None:
        call = f"dwcp.sweep({str(LONG)!r}, seeds=range(1, 9), jobs=2, out={str(self.folder)!r})"
        said = self.interrupted(call, 2)
        self.assertEqual((said.strip(), self.status), ("interrupted", 3))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_exploring(self) -> None:
        # One program, which has a process for each run.
        said = self.interrupted(f"dwcp.explore({str(LONG)!r}, jobs=2, out={str(self.folder)!r})", 1)
        self.assertEqual((said.strip(), self.status), ("interrupted", 3))

    def test_nothing_simulates_for_a_python_that_was_killed(self) -> None:
        self.interrupted(f"dwcp.simulate({str(LONG)!r})", 1, signal.SIGKILL)
        self.assertEqual(self.status, -signal.SIGKILL)

    def test_a_program_that_somebody_else_interrupts_is_aborted(self) -> None:
        fake = self.folder / "dwcp"
        fake.write_text('#!/bin/sh\n[ "$1" = run ] || exec "$REAL" "$@"\n(sleep 1; kill -INT $$) & exec "$REAL" "$@"\n')
        fake.chmod(0o755)
        os.environ["REAL"] = str(dwcp.find_program())
        self.addCleanup(os.environ.pop, "REAL")
        with self.assertRaisesRegex(dwcp.Aborted, "was interrupted") as raised:
            dwcp.simulate(LONG, program=fake)
        self.assertIsNone(raised.exception.result)


if __name__ == "__main__":
    unittest.main()
