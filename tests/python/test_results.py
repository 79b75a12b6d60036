"""Results: frames, folders, notebooks."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import unittest
from html.parser import HTMLParser
from pathlib import Path

import dwcp
from support import SMALL, FolderCase, needs, tiny

EVIL = '<script>alert("x")</script>&'


class Tags(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


class Base(FolderCase):
    def copy_of(self, name: str, **changes: object) -> Path:
        """A result's folder, without a run, with other values in result.json."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps({**self.result.data, **changes}))
        (folder / "events.jsonl").write_bytes((self.result.folder / "events.jsonl").read_bytes())
        return folder

    @classmethod
    def setUpClass(cls) -> None:
        cls.result = dwcp.simulate(SMALL)


class Load(Base):
    def test_one_run_by_its_folder_or_its_file(self) -> None:
        folder = self.copy_of("one")
        for path in (folder, str(folder), folder / "result.json"):
            loaded = dwcp.load(path)
            assert isinstance(loaded, dwcp.Result)
            self.assertEqual(loaded.data, self.result.data)

    def test_a_tree_in_the_order_of_its_numbers_without_links_and_hidden_folders(self) -> None:
        for name in ("s/t/1-10", "s/t/1-2", "s/.stage/1-3", "s/a/1-1"):
            self.copy_of(name)
        (self.folder / "s/t/latest").symlink_to("1-10")
        loaded = dwcp.load(self.folder / "s")
        assert isinstance(loaded, dwcp.Results)
        self.assertEqual(
            [str(result.folder.relative_to(self.folder)) for result in loaded], ["s/a/1-1", "s/t/1-2", "s/t/1-10"]
        )

    def test_what_is_no_result_is_refused_by_name(self) -> None:
        (self.folder / "empty").mkdir()
        for name, text, says in (
            ("no", "[]", "schema None"), ("new", '{"schema": 2}', "schema 2; this dwcp package reads schema 1"),
            ("half", '{"schema": 1,', "it is no result.json"),
        ):
            (self.folder / name).mkdir()
            self.write(f"{name}/result.json", text)
            with self.subTest(name), self.assertRaisesRegex(dwcp.Error, says):
                dwcp.load(self.folder / name)
        for path, says in (("empty", "holds no result.json"), ("none", "is not there")):
            with self.assertRaisesRegex(dwcp.Error, says):
                dwcp.load(self.folder / path)

    def test_works_without_other_packages_and_the_extension(self) -> None:
        folder = self.copy_of("one")
        (self.folder / "dwcp").symlink_to(Path(dwcp.__file__).parent)
        script = (
            "import sys, dwcp; r = dwcp.load(sys.argv[1]); print(r.metric('migrations.completed'), len(r.event_list) > 10)\n"
            "print(len(r._repr_html_()) > 100)\n"
            "for ask in (lambda: r.migrations, lambda: r.plot(), lambda: dwcp.hde):\n"
            "    try: ask()\n"
            "    except dwcp.Error as e: print(type(e).__name__, e)\n"
        )
        # -S: no site-packages; -I would take the path away as well.
        python = os.environ.get("DWCP_PYTHON", sys.executable)
        done = subprocess.run(
            [python, "-S", "-c", script, folder], env={"PYTHONPATH": str(self.folder)}, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[:2], ["1.0 True", "True"])
        self.assertIn("MissingPackage a data frame needs the Python package 'pandas'", lines[2])
        self.assertIn("python3-matplotlib", lines[3])
        self.assertIn("dwcp._native, which is not built", lines[4])


class Values(Base):
    def test_metrics_by_name(self) -> None:
        self.assertEqual(self.result.metric("migrations.completed"), 1.0)
        folder = self.copy_of("spread", metrics={"a.b": {"p50": 1, "p90": 2, "p99": 3, "max": 4}, "c": 5})
        spread = dwcp.Result(folder)
        self.assertEqual((spread.metric("a.b.p90"), spread.metric("c")), (2.0, 5.0))
        for name in ("a.b", "a.b.p91", "d"):
            with self.assertRaisesRegex(KeyError, "it has: a.b, c"):
                spread.metric(name)

    def test_violations_come_before_thresholds(self) -> None:
        violation = {"checker": "one_owner", "time_s": 1.5, "detail": "two hosts run guest"}
        result = dwcp.Result(self.copy_of("bad", verdict="failed", violations=[violation]))
        with self.assertRaisesRegex(dwcp.InvariantViolated, "one_owner at 1.5 s: two hosts run guest"):
            result.check()

    def test_a_missing_timeline_says_what_writes_one(self) -> None:
        folder = self.copy_of("old")
        with self.assertRaisesRegex(dwcp.Error, r"timeline.json is not there: .*version 0\.1\.0, commit .*dwcp run"):
            dwcp.Result(folder).timeline

    def test_pickles(self) -> None:
        again = pickle.loads(pickle.dumps(self.result))
        self.assertEqual((again.data, again.folder), (self.result.data, self.result.folder))


@needs("pandas")
class Frames(Base):
    def test_migrations(self) -> None:
        frame = self.result.migrations
        self.assertEqual(len(frame), 1)
        row = frame.iloc[0]
        self.assertEqual((row["vm"], row["from"], row["to"], row["outcome"]), ("guest", "a", "b", "completed"))
        self.assertEqual(row["total_time_s"], self.result.data["migrations"][0]["total_time_s"])
        self.assertEqual(
            row["classes.zstd.bytes_out"], self.result.data["migrations"][0]["classes"]["zstd"]["bytes_out"]
        )

    def test_metrics_thresholds_and_events(self) -> None:
        self.assertEqual(self.result.metrics.loc["migrations.completed", "value"], 1)
        self.assertEqual(list(self.result.thresholds["ok"]), [True, True])
        events = self.result.events
        self.assertEqual(len(events), len((self.result.folder / "events.jsonl").read_text().splitlines()))
        self.assertTrue(events["time_s"].is_monotonic_increasing)
        started = events[events["event"] == "migration.started"].iloc[0]
        self.assertEqual((started["vm"], started["time_s"]), ("guest", 0.01))

    def test_without_rows_the_columns_are_there(self) -> None:
        empty = dwcp.Result(self.copy_of("none", migrations=[], thresholds=[], violations=[], metrics={}))
        self.assertEqual(list(empty.violations.columns), ["checker", "time_s", "detail"])
        self.assertEqual(list(empty.thresholds.columns), ["expr", "value", "ok"])
        self.assertIn("downtime_s", empty.migrations.columns)
        self.assertEqual(len(empty.metrics), 0)

    def test_timeline_is_long(self) -> None:
        folder = self.copy_of("new")
        series = [
            {"metric": "link.rate_bps", "unit": "bit/s", "labels": {"link": "path", "direction": way}, "t_s": [0, 0.1],
             "v": [v, 2 * v]}
            for way, v in (("a->b", 100.0), ("b->a", 1.0))
        ]  # fmt: skip
        (folder / "timeline.json").write_text(json.dumps({"schema": 1, "interval_s": 0.1, "series": series}))
        frame = dwcp.Result(folder).timeline
        self.assertEqual(list(frame.columns), ["t_s", "metric", "unit", "value", "link", "direction"])
        self.assertEqual(list(frame[frame["direction"] == "a->b"]["value"]), [100.0, 200.0])
        (folder / "timeline.json").write_text(json.dumps({"schema": 9, "series": []}))
        with self.assertRaisesRegex(dwcp.Error, "schema 9"):
            dwcp.Result(folder).timeline

    def test_many_runs_are_tidy(self) -> None:
        results = dwcp.sweep(tiny(), over={"engine.streams": [1, 2]}, seeds=[1, 2], jobs=1)
        frame = results.frame
        self.assertEqual(list(frame.columns[:4]), ["scenario", "engine.streams", "seed", "verdict"])
        self.assertEqual(list(zip(frame["engine.streams"], frame["seed"])), [(1, 1), (1, 2), (2, 1), (2, 2)])
        self.assertEqual(
            list(frame["migration.total_time_s"]), [result.metric("migration.total_time_s") for result in results]
        )


class Notebooks(Base):
    def test_the_verdict_comes_first(self) -> None:
        self.assertTrue(seen(self.result._repr_html_()).text.startswith("✓ passed"))
        both = dwcp.Results([self.result, dwcp.Result(self.copy_of("bad", verdict="failed"))])
        shown = seen(both._repr_html_()).text
        self.assertTrue(shown.startswith("✗ failed"))
        self.assertIn("1 of 2 runs passed", shown)
        self.assertLess(shown.index("✗ failed", 5), shown.index("✓ passed"))  # what failed stands above

    def test_texts_are_escaped(self) -> None:
        migration = {**self.result.data["migrations"][0], "vm": EVIL, "outcome": EVIL}
        result = dwcp.Result(self.copy_of(
            "evil", scenario=EVIL, about=EVIL, reason=EVIL, reproduce=EVIL, verdict=EVIL, migrations=[migration],
            thresholds=[{"expr": EVIL, "value": None, "ok": False}],
            violations=[{"checker": EVIL, "time_s": 1.0, "detail": EVIL}],
        ), parameters={EVIL: EVIL})  # fmt: skip
        for html in (result._repr_html_(), dwcp.Results([result])._repr_html_()):
            tags = seen(html)
            self.assertNotIn("script", tags.tags)
            self.assertIn(EVIL, tags.text)

    def test_many_rows_are_cut_short(self) -> None:
        html = dwcp.Results([self.result] * 50)._repr_html_()
        self.assertEqual(seen(html).tags.count("tr"), 21)
        self.assertIn("and 30 more", html)


if __name__ == "__main__":
    unittest.main()
