"""dwcp.simulate gives what dwcp run gives, and says what is wrong as the program does."""

from __future__ import annotations

import gc
import os
import subprocess
import unittest
from pathlib import Path
from unittest import mock

import dwcp
from support import ROOT, SMALL, FolderCase, children_of, facts, tiny


class Simulate(FolderCase):
    def run_by_hand(self, *arguments: str | Path) -> dwcp.Result:
        command = [dwcp.find_program(), "run", *arguments, "--out", self.folder / "hand", "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        results = dwcp.load(self.folder / "hand")
        assert isinstance(results, dwcp.Results)
        return results[0]

    def test_equals_the_program(self) -> None:
        ours = dwcp.simulate(SMALL, seed=7, set={"engine.streams": 1, "vms.guest.memory": "8MiB"})
        by_hand = self.run_by_hand(SMALL, "--seed", "7", "--set", "engine.streams=1", "--set", "vms.guest.memory=8MiB")
        self.assertEqual(facts(ours), facts(by_hand))
        self.assertEqual(
            (ours.folder / "events.jsonl").read_bytes(), (by_hand.folder / "events.jsonl").read_bytes()
        )
        self.assertEqual(ours.parameters, {"engine.streams": 1, "vms.guest.memory": "8MiB"})

    def test_another_seed_is_another_run(self) -> None:
        first, second = dwcp.simulate(SMALL, seeds=[1, 2])
        self.assertNotEqual((first.folder / "events.jsonl").read_bytes(), (second.folder / "events.jsonl").read_bytes())

    def test_seeds_come_in_their_order_however_many_run_at_once(self) -> None:
        one, three = dwcp.simulate(SMALL, seeds=[5, 3, 9]), dwcp.simulate(SMALL, seeds=[5, 3, 9], jobs=3)
        self.assertEqual([result.seed for result in three], [5, 3, 9])
        self.assertEqual([facts(result) for result in one], [facts(result) for result in three])

    def test_a_mapping_a_builder_and_a_file_are_the_same(self) -> None:
        scenario = tiny()
        file = scenario.save(self.folder / "tiny.json")
        results = [dwcp.simulate(given) for given in (scenario, scenario.to_dict(), file, str(file))]
        self.assertEqual(len({(result.folder / "events.jsonl").read_bytes() for result in results}), 1)

    def test_a_scenario_made_in_code_lies_beside_its_result(self) -> None:
        result = dwcp.simulate(tiny(), out=self.folder / "out")
        self.assertEqual(result.reproduce, "dwcp run scenario.json --seed 1")
        again = subprocess.run(
            [dwcp.find_program(), "run", "scenario.json", "--seed", "1", "--out", self.folder / "again"],
            cwd=result.folder, stdout=subprocess.DEVNULL,
        )
        self.assertEqual(again.returncode, 0)

    def test_out_holds_whole_results_and_nothing_else(self) -> None:
        out = self.folder / "out"
        result = dwcp.simulate(SMALL, out=out)
        self.assertEqual(result.folder.parent, out / "test" / "small")
        self.assertEqual((out / "test/small/latest").resolve(), result.folder.resolve())
        self.assertEqual([path.name for path in out.iterdir()], ["test"])
        another = dwcp.simulate(SMALL, out=out)
        self.assertNotEqual(another.folder, result.folder)

    def test_a_temporary_folder_goes_with_its_result(self) -> None:
        result = dwcp.simulate(tiny())
        folder = result.folder
        self.assertTrue(folder.is_dir())
        del result
        gc.collect()
        self.assertFalse(folder.exists())

    def test_an_invalid_file_is_named_with_line_and_column(self) -> None:
        file = self.write("bad.yaml", SMALL.read_text().replace("duration: 60s", "duration: 60"))
        line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if text.startswith("duration"))
        with self.assertRaises(dwcp.ScenarioError) as raised:
            dwcp.simulate(file)
        error = raised.exception
        self.assertEqual((error.file, error.line, error.column), (str(file), line, 1))
        self.assertIn("bare number 60", error.message)

    def test_all_that_is_wrong_is_told(self) -> None:
        with self.assertRaises(dwcp.ScenarioError) as raised:
            dwcp.simulate({"name": "test/wrong", "colour": "red"})
        problems = raised.exception.problems
        self.assertEqual(len(problems), 3)
        self.assertEqual(problems[2][:3], ("<scenario test/wrong>", 3, 3))
        self.assertIn('"colour": "red"', str(raised.exception))

    def test_a_wrong_override_is_named(self) -> None:
        with self.assertRaises(dwcp.ScenarioError) as raised:
            dwcp.simulate(SMALL, set={"engine.streams": 65}, out=self.folder / "out")
        self.assertFalse((self.folder / "out").exists())
        self.assertEqual(raised.exception.file, "--set engine.streams=65")
        self.assertIsNone(raised.exception.line)

    def test_a_file_that_is_not_there(self) -> None:
        with self.assertRaisesRegex(dwcp.ScenarioError, "nowhere.yaml"):
            dwcp.simulate(self.folder / "nowhere.yaml")

    def test_check_raises_what_went_wrong(self) -> None:
        wrong = tiny().expect("migration.downtime_s < 1us")
        result = dwcp.simulate(wrong)
        self.assertEqual((result.verdict, result.passed), ("failed", False))
        with self.assertRaisesRegex(dwcp.ThresholdFailed, "migration.downtime_s < 1us does not hold: got 0") as failed:
            dwcp.simulate(wrong, check=True)
        self.assertEqual(facts(failed.exception.result), facts(result))
        with self.assertRaisesRegex(dwcp.Aborted, "a migration was under way") as aborted:
            dwcp.simulate(tiny(), set={"duration": "11ms"}, check=True)
        assert aborted.exception.result is not None
        self.assertEqual(aborted.exception.result.verdict, "aborted")

    def test_no_descriptor_and_no_process_is_left(self) -> None:
        dwcp.simulate(tiny(), progress=True)
        before = sorted(os.listdir("/proc/self/fd"))
        for progress in (True, False):
            dwcp.simulate(tiny(), seeds=[1, 2, 3], jobs=2, progress=progress)
            dwcp.simulate(tiny(), progress=progress)
            with self.assertRaises(dwcp.ScenarioError):
                dwcp.simulate({}, progress=progress)
        self.assertEqual(sorted(os.listdir("/proc/self/fd")), before)
        self.assertEqual(children_of(os.getpid()), [])

    def test_progress_is_the_programs_own(self) -> None:
        shown: list[str] = []
        with mock.patch("dwcp._progress.Progress.show", lambda self, text: shown.append(text)):
            dwcp.simulate(SMALL, set={"vms.guest.memory": "256MiB"}, progress=True)
        self.assertTrue(shown)
        for text in shown:
            self.assertRegex(text, r"^test/small .* %")
            self.assertNotIn("\x1b", text)

    def test_what_cannot_be_is_refused(self) -> None:
        for arguments, says in (
            ({"seed": 1, "seeds": [1]}, "exclude"),
            ({"jobs": 0}, "jobs=0"),
            ({"seeds": []}, "empty"),
            ({"seeds": [1, 1]}, "twice"),
            ({"seeds": [-1]}, "seed -1"),
            ({"seeds": range(1_000_001)}, "at most 1000000"),
            ({"set": {"repeat": 2}}, "repeat: 2"),
            ({"set": {"sweep": {"engine.streams": [1, 2]}}}, "dwcp.sweep"),
        ):
            with self.subTest(**arguments), self.assertRaisesRegex(ValueError, says):
                dwcp.simulate(SMALL, **arguments)
        with self.assertRaisesRegex(TypeError, "not int: 5"):
            dwcp.simulate(5)  # type: ignore[call-overload]


class Program(FolderCase):
    def test_one_that_is_named_is_not_replaced(self) -> None:
        with self.assertRaisesRegex(dwcp.ProgramNotFound, r"none \(the argument program\)"):
            dwcp.find_program(self.folder / "none")
        with mock.patch.dict(os.environ, DWCP_PROGRAM="/none/dwcp"), self.assertRaises(dwcp.ProgramNotFound) as raised:
            dwcp.simulate(SMALL)
        self.assertEqual(raised.exception.tried, ("/none/dwcp (DWCP_PROGRAM): no such program",))

    def test_the_path_is_last_and_all_places_are_told(self) -> None:
        # As installed: a copy of the package that stands in no repository.
        (self.folder / "dwcp").symlink_to(ROOT / "bindings/python/dwcp")
        script = "import dwcp, dwcp._program as p; p.__file__ = '/elsewhere/dwcp/_program.py'; print(dwcp.find_program())"
        program = dwcp.find_program()
        environment = {"PYTHONPATH": str(self.folder), "PATH": str(self.folder)}
        python = os.environ.get("DWCP_PYTHON", "/usr/bin/python3")
        missing = subprocess.run([python, "-c", script], env=environment, capture_output=True, text=True)
        self.assertEqual(missing.returncode, 1)
        for place in ("DWCP_PROGRAM: not set", "/elsewhere/dwcp/dwcp", f"PATH ({self.folder})"):
            self.assertIn(place, missing.stderr)
        environment["PATH"] = str(program.parent)
        found = subprocess.run([python, "-c", script], env=environment, capture_output=True, text=True)
        self.assertEqual(found.stdout.strip(), str(program))

    def test_one_that_ends_without_a_result_is_told(self) -> None:
        fake = self.write("dwcp", '#!/bin/sh\n[ "$1" = run ] || exec "$REAL" "$@"\necho "dwcp: no room" >&2\nexit 1\n')
        fake.chmod(0o755)
        with mock.patch.dict(os.environ, REAL=str(dwcp.find_program())):
            with self.assertRaisesRegex(dwcp.RunFailed, r"exit status 1\): dwcp: no room") as raised:
                dwcp.simulate(SMALL, program=fake)
        self.assertEqual(raised.exception.status, 1)

    def test_one_that_a_signal_ends_is_begun_again_a_few_times(self) -> None:
        count = self.write("count", "")
        fake = self.write(
            "dwcp",
            f'#!/bin/sh\n[ "$1" = run ] || exec "$REAL" "$@"\necho >>{count}\n'
            f'[ "$(wc -l <{count})" -ge "$ENOUGH" ] || kill -KILL $$\nexec "$REAL" "$@"\n',
        )
        fake.chmod(0o755)
        with mock.patch.dict(os.environ, REAL=str(dwcp.find_program()), ENOUGH="3"):
            self.assertTrue(dwcp.simulate(SMALL, program=fake).passed)
        count.write_text("")
        with mock.patch.dict(os.environ, REAL=str(dwcp.find_program()), ENOUGH="9"):
            with self.assertRaisesRegex(dwcp.RunFailed, "signal 9 ended it"):
                dwcp.simulate(SMALL, program=fake)
        self.assertEqual(len(count.read_text()), 3)


if __name__ == "__main__":
    unittest.main()
