"""A Dask cluster gives what this machine gives, also when it loses a worker."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import unittest
from typing import Any
from unittest import mock

import dwcp
from support import ROOT, FolderCase, facts, needs, runs, tiny, wait_until

RUNS = 100
SLOW = ROOT / "tests/data/scenarios/explore-slow.yaml"


@needs("distributed")
class Cluster(FolderCase):
    def setUp(self) -> None:
        super().setUp()
        import distributed

        self.cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
            local_directory=str(self.folder / "dask"), silence_logs=logging.CRITICAL,
        )  # fmt: skip
        self.addCleanup(self.cluster.close)
        self.client = distributed.Client(self.cluster)
        self.addCleanup(self.client.close)

    def worker_pids(self) -> list[int]:
        return list(self.client.run(os.getpid).values())

    def test_a_hundred_runs_with_one_worker_killed_midway(self) -> None:
        out = self.folder / "out"
        victim = self.worker_pids()[0]
        killed = threading.Event()

        def kill_midway() -> None:
            wait_until(lambda: len(list(out.glob("test/tiny/*/job.json"))) >= 20, "20 results have come")
            self.assertTrue(runs(victim))
            os.kill(victim, signal.SIGKILL)
            killed.set()

        killer = threading.Thread(target=kill_midway)
        killer.start()
        here: dict[str, Any] = {"over": {"engine.streams": [1, 2]}, "seeds": range(1, RUNS // 2 + 1)}
        results = dwcp.sweep(tiny(), client=self.client, out=out, **here)
        killer.join()
        self.assertTrue(killed.is_set())
        self.assertFalse(runs(victim))
        self.assertEqual(len(results), RUNS)
        local = dwcp.sweep(tiny(), jobs=2, **here)
        self.assertEqual([facts(result) for result in results], [facts(result) for result in local])
        for ours, theirs in zip(results, local):
            self.assertEqual((ours.folder / "events.jsonl").read_bytes(), (theirs.folder / "events.jsonl").read_bytes())
        # Nothing half done is left, and nothing is asked of the cluster again.
        self.assertEqual([path.name for path in out.iterdir()], ["test"])
        with mock.patch("dwcp._dask.DaskRunner.give", side_effect=AssertionError("it was given to the cluster")):
            again = dwcp.sweep(tiny(), client=self.client, out=out, **here)
        self.assertEqual([result.folder for result in again], [result.folder for result in results])

    def test_a_program_of_another_build_is_an_error_here(self) -> None:
        fake = self.write("dwcp", '#!/bin/sh\necho "dwcp 0.1.0 (commit abcdef1, Release)"\n')
        fake.chmod(0o755)

        def take(program: str) -> None:
            import os

            os.environ["DWCP_PROGRAM"] = program

        self.client.run(take, str(fake))
        with self.assertRaisesRegex(dwcp.Error, "is of build abcdef1, and the job is for"):
            dwcp.sweep(tiny(), client=self.client)

    def test_explore_finds_what_the_program_finds(self) -> None:
        found = dwcp.explore(SLOW, seeds=range(1, 5), client=self.client, out=self.folder / "a")
        here = dwcp.explore(SLOW, seeds=range(1, 5), out=self.folder / "b")
        self.assertEqual(found.data["seeds"], here.data["seeds"])
        for ours, theirs in zip(found.failures, here.failures, strict=True):
            for key in ("kind", "count", "seeds", "detail", "reproduce"):
                self.assertEqual(ours[key], theirs[key])
            self.assertEqual(ours["minimised"]["after"], theirs["minimised"]["after"])

    def test_a_run_that_hangs_is_found(self) -> None:
        long = ROOT / "scenarios/soak/day-of-churn.yaml"
        from dwcp._dask import DaskRunner
        from dwcp._plan import plan

        runner = DaskRunner(self.client, 0.5)
        runner.give(plan(long, None, [1], None, dwcp.find_program())[0])
        self.assertIsNone(runner.take()[1])
        self.assertEqual(runner.under_way, 0)

    def test_the_command_line_takes_a_schedulers_address(self) -> None:
        file = tiny().save(self.folder / "tiny.json")
        done = subprocess.run(
            [os.environ.get("DWCP_PYTHON", sys.executable), "-m", "dwcp", "explore", file, "--dask",
             self.cluster.scheduler_address, "--seeds", "1..6", "--json", "--out", self.folder / "out"],
            capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["seeds"]["passed"], 6)

    def test_what_is_no_client_is_refused(self) -> None:
        with self.assertRaisesRegex(TypeError, "a distributed.Client"):
            dwcp.sweep(tiny(), client=object())  # type: ignore[arg-type]


if __name__ == "__main__":
    unittest.main()
