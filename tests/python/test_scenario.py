"""Scenarios made in code."""

from __future__ import annotations

import pickle
import unittest

import dwcp
from support import SMALL, FolderCase, tiny


class Scenarios(FolderCase):
    def test_a_file_comes_through_unchanged(self) -> None:
        scenario = dwcp.Scenario.from_file(SMALL)
        again = dwcp.Scenario.from_file(scenario.save(self.folder / "small.json"))
        self.assertEqual(scenario.to_dict(), again.to_dict())
        self.assertEqual(scenario.name, "test/small")

    def test_the_builder_makes_what_a_file_says(self) -> None:
        built = (
            dwcp.Scenario("test/small", about="A small guest between two hosts", seed=1, duration="60s")
            .hosts("a", "b")
            .link("a", "b", name="path", rate="200Mbit/s", delay="5ms", jitter="1ms", loss="0.1%")
            .vm("guest", host="a", memory="4MiB", vcpus=1,
                dirty={"pattern": "zipf", "rate": "2MB/s", "working_set": "1MiB"})
            .engine(streams=2)
            .migrate("guest", to="b", at="10ms")
            .expect("migrations.completed == 1", "memory.wrong_pages == 0")
        )
        self.assertEqual(built.to_dict(), dwcp.Scenario.from_file(SMALL).to_dict())

    def test_faults_policies_switches_and_other_events_are_valid(self) -> None:
        scenario = (
            dwcp.Scenario("test/all", duration="60s")
            .topology(switches=["s"], sites=["here"])
            .hosts("a", "b", site="here", memory="8GiB")
            .link("a", "s", rate="1Gbit/s", delay="1ms").link("s", "b", rate="1Gbit/s", delay="1ms")
            .vm("guest", host="a", memory="4MiB")
            .migrate("guest", to="b", at="10ms", policy={"downtime": "100ms"})
            .event("20ms", cancel="guest")
            .fault("30ms", cut={"link": "a--s", "for": "1s"})
            .fault(random={"until": "1s"})
            .expect({"that": "migrations.completed == 1", "abort": True})
        )
        self.assertIs(scenario.check(), scenario)

    def test_check_names_the_line_of_the_text(self) -> None:
        scenario = tiny().engine(streams="many")
        with self.assertRaises(dwcp.ScenarioError) as raised:
            scenario.check()
        error = raised.exception
        assert error.line is not None and error.column is not None
        line = scenario.to_text().splitlines()[error.line - 1]
        self.assertEqual(line[error.column - 1 :].split(":")[0], '"streams"')
        self.assertEqual(error.file, "<scenario test/tiny>")

    def test_overrides_are_checked_with_it(self) -> None:
        dwcp.check_scenario(tiny(), set={"engine.streams": 4})
        with self.assertRaisesRegex(dwcp.ScenarioError, "streams"):
            dwcp.check_scenario(tiny(), set={"engine.streams": 0})

    def test_what_is_given_is_copied(self) -> None:
        dirty = {"pattern": "none"}
        scenario = tiny().vm("other", host="a", dirty=dirty)
        dirty["pattern"] = "wrong"
        scenario.to_dict()["vms"].clear()
        self.assertEqual(scenario.to_dict()["vms"]["other"]["dirty"], {"pattern": "none"})

    def test_errors_come_through_pickling(self) -> None:
        problem = dwcp.Problem("f.yaml", 4, 1, "wrong")
        for error in (
            dwcp.ScenarioError((problem,), "text"), dwcp.RunFailed("dwcp run", -9, "said"),
            dwcp.ProgramNotFound(("here",)), dwcp.MissingPackage("pandas", "a frame", "python3-pandas"),
            dwcp.EngineError("bad_encoding", "text"), dwcp.EngineValueError("bad_value", "text"), dwcp.Aborted("why"),
        ):
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(again), str(again), again.args), (type(error), str(error), error.args))


if __name__ == "__main__":
    unittest.main()
