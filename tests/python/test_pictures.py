"""Pictures say what the frames say; how they look is for eyes (docs/notebooks)."""

from __future__ import annotations

import json
import unittest

import dwcp
from support import ROOT, SMALL, FolderCase, needs, tiny


@needs("pandas", "matplotlib")
class Pictures(FolderCase):
    def test_a_run_with_faults(self) -> None:
        result = dwcp.simulate(ROOT / "scenarios/chaos/flapping-link.yaml")
        (result.folder / "timeline.json").unlink(missing_ok=True)  # as of programs that wrote none
        figure = result.plot()
        axes = figure.axes[0]
        labels = axes.get_legend_handles_labels()[1]
        faults = [event for event in result.event_list if event["event"] == "scenario.fault"]
        repairs = sum(event["what"].startswith("restore") for event in faults)
        self.assertGreater(repairs, 0)
        self.assertEqual(labels.count("repair"), repairs)
        self.assertEqual(labels.count("fault"), len(faults) - repairs)
        self.assertIn("goodput of guest", labels)
        self.assertIn("guest is stopped", labels)
        rates = [e["goodput_bps"] / 1e6 for e in result.event_list if e["event"] == "migration.progress"]
        line = next(line for line in axes.get_lines() if line.get_label() == "goodput of guest")
        self.assertEqual(list(line.get_ydata()), rates)
        self.assertTrue(figure._repr_png_().startswith(b"\x89PNG"))

    def test_a_timeline_is_what_links_carried(self) -> None:
        result = dwcp.simulate(SMALL, out=self.folder)
        series = [
            {"metric": name, "unit": "bit/s", "labels": {"link": "path", "direction": way}, "t_s": [0, 1], "v": [v, v]}
            for name, way, v in (("link.rate_bps", "b->a", 1e6), ("link.rate_bps", "a->b", 9e6), ("other", "a->b", 5e6))
        ]  # fmt: skip
        (result.folder / "timeline.json").write_text(json.dumps({"schema": 1, "interval_s": 1, "series": series}))
        axes = result.plot().axes[0]
        drawn = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines() if "path" in line.get_label()}
        self.assertEqual(drawn, {"path a->b": [9.0, 9.0], "path b->a": [1.0, 1.0]})
        self.assertEqual(axes.get_ylabel(), "link rate (Mbit/s)")

    def test_the_programs_own_timeline(self) -> None:
        result = dwcp.simulate(SMALL)
        if not (result.folder / "timeline.json").is_file():
            self.skipTest("this program writes no timelines")
        frame = result.timeline
        carried = frame[(frame["metric"] == "link.rate_bps") & (frame["link"] == "path")]
        self.assertEqual(set(carried["direction"]), {"a->b", "b->a"})
        self.assertEqual(set(carried["unit"]), {"bit/s"})
        axes = result.plot().axes[0]
        line = next(line for line in axes.get_lines() if line.get_label() == "path a->b")
        drawn = carried[carried["direction"] == "a->b"]["value"] / 1e6
        self.assertEqual(list(line.get_ydata()), list(drawn))

    def test_a_vm_that_did_not_move_is_refused(self) -> None:
        result = dwcp.simulate(SMALL)
        result.plot(vm="guest")
        with self.assertRaisesRegex(dwcp.Error, "VMs that moved: guest"):
            result.plot(vm="host")

    def test_runs_over_a_parameter_with_units(self) -> None:
        results = dwcp.sweep(
            tiny(), over={"topology.links.path.delay": ["500us", "2ms", "10ms"], "engine.streams": [1, 4]}, seeds=[1, 2]
        )
        figure = results.plot(x="topology.links.path.delay", y="migration.total_time_s")
        axes = figure.axes[0]
        self.assertEqual(axes.get_xlabel(), "topology.links.path.delay (s)")
        self.assertEqual(axes.get_ylabel(), "migration.total_time_s (s)")
        lines = {line.get_label(): line for line in axes.get_lines()}
        self.assertEqual(sorted(lines), ["1", "4"])
        frame = results.frame
        rows = frame[(frame["engine.streams"] == 4) & (frame["topology.links.path.delay"] == "2ms")]
        at = list(lines["4"].get_xdata()).index(0.002)
        self.assertAlmostEqual(lines["4"].get_ydata()[at], rows["migration.total_time_s"].median())
        self.assertEqual([round(float(x), 6) for x in lines["1"].get_xdata()], [0.0005, 0.002, 0.01])
        with self.assertRaisesRegex(KeyError, "no such column"):
            results.plot(x="topology.links.path.delay", y="nothing")

    def test_what_has_no_numbers_is_a_category(self) -> None:
        results = dwcp.sweep(tiny(), over={"engine.congestion": ["cubic", "bbr"]})
        axes = results.plot(x="engine.congestion", y="hde.ratio").axes[0]
        self.assertEqual([label.get_text() for label in axes.get_xticklabels()], ["cubic", "bbr"])

    def test_pyplot_keeps_none_of_them(self) -> None:
        from matplotlib import pyplot

        result = dwcp.simulate(tiny())
        result.plot()
        self.assertEqual(pyplot.get_fignums(), [])


class Quantities(unittest.TestCase):
    def test_axis(self) -> None:
        from dwcp._quantity import axis_of

        self.assertEqual(axis_of(["1ms", "2s"]), ([0.001, 2.0], "s"))
        self.assertEqual(axis_of(["1Gbit/s", "1MB/s"]), ([1e9, 8e6], "bit/s"))
        self.assertEqual(axis_of(["4KiB", "1GiB"]), ([4096.0, 2.0**30], "B"))
        self.assertEqual(axis_of(["0.1%", "2 %"]), ([0.1, 2.0], "%"))
        self.assertEqual(axis_of([1, 2.5]), ([1.0, 2.5], ""))
        for values in (["1ms", "1%"], ["cubic"], [True, False], ["1 parsec"]):
            self.assertIsNone(axis_of(values).numbers)


if __name__ == "__main__":
    unittest.main()
