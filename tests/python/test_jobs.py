"""Sweeps: jobs that are the same wherever and however often they run; job arrays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest

import dwcp
from dwcp import _folders, _job, _plan, _store
from support import SMALL, FolderCase, facts, tiny


class Jobs(FolderCase):
    def test_the_key_follows_from_scenario_seed_values_and_build(self) -> None:
        program = dwcp.find_program()

        def keys(scenario: dwcp.Scenario, over: object = None, seeds: object = None) -> list[str]:
            return [job.key for job in _plan.plan(scenario, over, seeds, None, program)]  # type: ignore[arg-type]

        base = keys(tiny())
        self.assertEqual(base, keys(dwcp.Scenario.from_dict(tiny().to_dict())))
        self.assertEqual(base, keys(tiny(), seeds=[1]))
        others = [keys(tiny(), seeds=[2]), keys(tiny("test/other")), keys(tiny(), {"engine.streams": [1]})]
        self.assertEqual(len({base[0], *(other[0] for other in others)}), 4)
        both = keys(tiny(), {"engine.streams": [1], "engine.compress": [False]})
        self.assertEqual(both, keys(tiny(), {"engine.compress": [False], "engine.streams": [1]}))

    def test_a_program_of_another_build_is_refused(self) -> None:
        program = dwcp.find_program()
        job = _plan.plan(tiny(), None, None, None, program)[0]
        import dataclasses

        with self.assertRaisesRegex(dwcp.Error, "the job is for elsewhere: all must run the same build"):
            _job.run_job(dataclasses.replace(job, build="elsewhere"), program, self.folder)

    def test_two_that_finish_the_same_leave_one(self) -> None:
        program = dwcp.find_program()
        job = _plan.plan(tiny(), None, None, None, program)[0]
        with _folders.Stage(self.folder / "out") as stage:
            store = _store.Store(stage)
            folders = {store.publish(job, _job.run_job(job, program, store.part())) for _ in range(2)}
            packed = store.publish_packed(job, _store.pack(store.place(job)))
        self.assertEqual(folders, {packed})
        self.assertEqual([path.name for path in (self.folder / "out").iterdir()], ["test"])

    def test_a_folder_of_another_job_is_refused(self) -> None:
        program = dwcp.find_program()
        job = _plan.plan(tiny(), None, None, None, program)[0]
        with _folders.Stage(self.folder / "out") as stage:
            store = _store.Store(stage)
            store.place(job).mkdir(parents=True)
            (store.place(job) / "job.json").write_text('{"key": "another"}')
            with self.assertRaisesRegex(dwcp.Error, "of another job, another"):
                store.find(job)


class Sweep(FolderCase):
    def test_each_combination_with_each_seed_in_their_order(self) -> None:
        results = dwcp.sweep(
            SMALL, over={"engine.streams": [1, 2], "topology.links.path.loss": ["0%", "2%"]}, seeds=[3, 1], jobs=2,
            set={"vms.guest.memory": "1MiB"},
        )
        self.assertEqual(
            [(*result.parameters.values(), result.seed) for result in results],
            [(s, loss, seed) for s in (1, 2) for loss in ("0%", "2%") for seed in (3, 1)],
        )
        by_hand = dwcp.simulate(
            SMALL, seed=1, set={"vms.guest.memory": "1MiB", "engine.streams": 2, "topology.links.path.loss": "2%"}
        )
        self.assertEqual((results[7].folder / "events.jsonl").read_bytes(), (by_hand.folder / "events.jsonl").read_bytes())

    def test_what_is_there_is_not_run_again(self) -> None:
        out = self.folder / "out"
        first = dwcp.sweep(tiny(), seeds=[1, 2], out=out, jobs=1)
        written = {result.folder: (result.folder / "result.json").stat().st_ino for result in first}
        more = dwcp.sweep(tiny(), seeds=[1, 2, 3], out=out, jobs=1)
        self.assertEqual([result.folder for result in more][:2], list(written))
        self.assertEqual([(folder / "result.json").stat().st_ino for folder in written], list(written.values()))
        loaded = dwcp.load(out)
        assert isinstance(loaded, dwcp.Results)
        self.assertEqual(sorted(result.seed for result in loaded), [1, 2, 3])
        self.assertEqual([path.name for path in out.iterdir()], ["test"])

    def test_the_scenarios_own_sweep_and_repeat_count(self) -> None:
        scenario = dwcp.Scenario.from_dict({**tiny().to_dict(), "sweep": {"engine.streams": [1, 2]}, "repeat": 2})
        results = dwcp.sweep(scenario)
        self.assertEqual([(r.parameters["engine.streams"], r.seed) for r in results], [(1, 1), (1, 2), (2, 1), (2, 2)])
        again = dwcp.sweep(scenario, over={"engine.streams": [4]}, seeds=[5])
        self.assertEqual([(r.parameters["engine.streams"], r.seed) for r in again], [(4, 5)])

    def test_parameters_are_read_back(self) -> None:
        out = self.folder / "out"
        dwcp.sweep(tiny(), over={"engine.streams": [1, 2]}, out=out)
        loaded = dwcp.load(out)
        assert isinstance(loaded, dwcp.Results)
        self.assertEqual(sorted(result.parameters["engine.streams"] for result in loaded), [1, 2])

    def test_wrong_values_are_refused_before_anything_runs(self) -> None:
        out = self.folder / "out"
        with self.assertRaisesRegex(dwcp.ScenarioError, "streams"):
            dwcp.sweep(tiny(), over={"engine.streams": [1, 99]}, out=out)
        self.assertFalse(out.exists())
        for arguments, says in (({"over": {"engine.streams": []}}, "empty"), ({"jobs": 0}, "jobs=0"),
                                ({"over": {"engine.streams": range(1, 33)}, "seeds": range(50_000)}, "1600000 runs"),
                                ({"jobs": 1, "client": object()}, "exclude")):
            with self.assertRaisesRegex(ValueError, says):
                dwcp.sweep(tiny(), **arguments)

    def test_check_raises_when_all_have_finished(self) -> None:
        out = self.folder / "out"
        wrong = tiny().expect("migration.total_time_s > 1h")
        with self.assertRaises(dwcp.ThresholdFailed):
            dwcp.sweep(wrong, seeds=[1, 2], out=out, check=True)
        self.assertEqual(len(dwcp.load(out)), 2)  # type: ignore[arg-type]


class Arrays(FolderCase):
    def element(self, script: object, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        python = os.environ.get("DWCP_PYTHON", sys.executable)
        return subprocess.run(
            ["bash", str(script), *arguments], capture_output=True, text=True,
            env={**os.environ, "DWCP_PYTHON": python, **environment},
        )  # fmt: skip

    def test_its_elements_give_what_a_sweep_gives(self) -> None:
        over, seeds = {"engine.streams": [1, 2]}, [1, 2]
        script = dwcp.write_job_array(tiny(), self.folder / "an array", over=over, seeds=seeds)
        text = script.read_text()
        self.assertIn("#SBATCH --array=0-3\n", text)
        for number in range(4):
            how = {"SLURM_ARRAY_TASK_ID": str(number)} if number % 2 else {"PBS_ARRAY_INDEX": str(number)}
            done = self.element(script, **how)
            self.assertEqual(done.returncode, 0, done.stderr)
        again = self.element(script, "0")
        self.assertEqual(again.returncode, 0, again.stderr)
        loaded = dwcp.load(self.folder / "an array" / "results")
        here = dwcp.sweep(tiny(), over=over, seeds=seeds)
        assert isinstance(loaded, dwcp.Results)

        def by_run(results: dwcp.Results) -> dict[object, object]:
            return {(r.parameters["engine.streams"], r.seed): facts(r) for r in results}

        self.assertEqual(by_run(loaded), by_run(here))
        outside = self.element(script, "4")
        self.assertEqual(outside.returncode, 2)
        self.assertIn("element 4 of 4", outside.stderr)

    def test_a_file_that_was_changed_is_refused(self) -> None:
        script = dwcp.write_job_array(tiny(), self.folder / "array")
        file = script.parent / "jobs.jsonl"
        job = json.loads(file.read_text())
        file.write_text(json.dumps({**job, "seed": 2}) + "\n")
        done = self.element(script, "0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("jobs.jsonl:1: the key", done.stderr)
        with self.assertRaisesRegex(dwcp.Error, "is there already"):
            dwcp.write_job_array(tiny(), self.folder / "array")


class CommandLine(FolderCase):
    def run_module(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        python = os.environ.get("DWCP_PYTHON", sys.executable)
        return subprocess.run([python, "-m", "dwcp", *map(str, arguments)], capture_output=True, text=True)

    def test_sweep(self) -> None:
        file = tiny().save(self.folder / "tiny.json")
        out = self.folder / "out"
        done = self.run_module("sweep", file, "--over", "engine.streams=1,2", "--seeds", "1..2", "--out", out, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([data["seed"] for data in json.loads(done.stdout)], [1, 2, 1, 2])
        shown = self.run_module("sweep", file, "--seeds", "1..2", "--out", out)
        self.assertIn("2 of 2 runs passed", shown.stdout)

    def test_its_exit_status_is_the_programs(self) -> None:
        file = tiny().expect("migration.total_time_s > 1h").save(self.folder / "wrong.json")
        for status, arguments in (
            (99, ["sweep", file, "--out", self.folder / "out"]),
            (105, ["sweep", file, "--set", "duration=11ms", "--out", self.folder / "out"]),
            (104, ["sweep", file, "--set", "engine.streams=0"]),
            (104, ["explore", self.folder / "none.yaml", "--out", self.folder / "out"]),
            (2, ["sweep", file, "--seeds", "3..1"]),
            (2, ["sweep", file, "--jobs", "0"]),
            (2, ["nothing"]),
        ):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_module(*arguments).returncode, status)

    def test_a_job_array(self) -> None:
        file = tiny().save(self.folder / "tiny.json")
        done = self.run_module("sweep", file, "--seeds", "1..5", "--array", self.folder / "array")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("sbatch", done.stdout)
        self.assertEqual(len((self.folder / "array/jobs.jsonl").read_text().splitlines()), 5)


if __name__ == "__main__":
    unittest.main()
