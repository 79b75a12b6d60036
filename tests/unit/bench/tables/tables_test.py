"""Published tables from canned results, in a repository that is made for each test. tables_test.py SOURCE"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else HERE.parents[3]
DOCUMENT = "Before, | kept |.\n\n<!-- table: {name} -->\n| old |\n<!-- end -->\n\nAfter.\n"
# Stands in for ./dwcp: notes how it was called, prints canned JSON, and fails as a test asks.
DWCP = """#!/bin/sh
cd "$(dirname "$0")" && echo "$@" >> calls
grep -q "| old |" README.md && echo "$2" >> before
name=$(echo "$2" | tr / _)
cat "canned/$name.json"
exit $(cat "canned/$name.status" 2>/dev/null || echo 0)
"""
FILES = {"peers/migration": "README.md", "peers/transfer": "bench/peers/transfer/README.md",
         "peers/transport": "bench/peers/transport/README.md", "peers/encoding": "bench/peers/encoding/README.md",
         "sim/fidelity": "docs/fidelity.md"}


def canned(name):
    return json.loads((HERE / "results" / f"{name.replace('/', '_')}.json").read_text())


class Tables(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="dwcp-tables-"))
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copytree(SOURCE / "bench/tables", self.root / "bench/tables")
        for name, file in FILES.items():
            (self.root / "bench" / name).mkdir(parents=True, exist_ok=True)
            shutil.copy(SOURCE / "bench" / name / "published.py", self.root / "bench" / name)
            (self.root / file).parent.mkdir(parents=True, exist_ok=True)
            (self.root / file).write_text(DOCUMENT.format(name=name))
        (self.root / "dwcp").write_text(DWCP)
        (self.root / "dwcp").chmod(0o755)
        (self.root / "canned").mkdir()
        for name in FILES:
            self.give(name, canned(name))

    def give(self, name, result, status=0):
        stem = self.root / "canned" / name.replace("/", "_")
        stem.with_suffix(".json").write_text(result if isinstance(result, str) else json.dumps(result))
        stem.with_suffix(".status").write_text(str(status))

    def publish(self, *options, status=0):
        done = subprocess.run([self.root / "bench/tables/publish", *options], capture_output=True, text=True, cwd=self.root, timeout=60,
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def document(self, name):
        return (self.root / FILES[name]).read_text()

    def calls(self):
        return (self.root / "calls").read_text().splitlines()

    def untouched(self, name):
        return self.document(name) == DOCUMENT.format(name=name)

    # ---- the documents of this repository
    def test_every_published_table_has_its_marks(self):
        own = {file.parent.relative_to(SOURCE / "bench").as_posix() for file in SOURCE.glob("bench/*/*/published.py")}
        self.assertEqual(own, set(FILES))
        for name, file in FILES.items():
            text = (SOURCE / file).read_text()
            self.assertEqual(text.count(f"<!-- table: {name} -->"), 1, file)
            self.assertIn("<!-- end -->", text.split(f"<!-- table: {name} -->")[1], file)

    # ---- what is written
    def test_the_readme_gets_its_table_and_where_it_is_from(self):
        self.publish("--quick")
        self.assertEqual(self.document("peers/migration"), """Before, | kept |.

<!-- table: peers/migration -->
| link | QEMU default | multifd ×8 + zstd | DWCP |
|---|---|---|---|
| veth, unlimited | 2.62 s, 150 ms | **2.50 s**, 649 ms | 4.15 s, 194 ms |
| 100 Mbit/s, 50 ms RTT, 0.1 % loss, CUBIC | > 60 s | 20.0 s, 1.28 s | **13.5 s**, 409 ms |

A quick run of `./dwcp bench peers/migration --only veth,clean,cubic-0.1 --peers precopy,zstd,dwcp --stop 60` on 2026-11-28; commit
abc1234; Test CPU × 2, Linux 6.1; g++ 12.2.0, QEMU 10.0.2, libvirt 11.3.0; losses by seed 1, one migration each; load 0.3 to 1.9.
<!-- end -->

After.
""")
        self.assertEqual(sorted(call.split()[1] for call in self.calls()), ["peers/migration", "peers/transfer"])
        self.assertTrue(all("--json" in call for call in self.calls()))
        for name in ("peers/transport", "peers/encoding", "sim/fidelity"):
            self.assertTrue(self.untouched(name), name)
        self.assertEqual(len((self.root / "before").read_text().split()), 2, "README changed while benches ran")

    def test_the_full_run_writes_every_table(self):
        self.publish()
        self.assertEqual(sorted(call.split()[1] for call in self.calls()), sorted(FILES))
        for name, cells in {
            "peers/transfer": ("| 2 GiB half compressible, loopback | 1200 MB/s | 400 MB/s | 900 MB/s | 2000 MB/s |", "median of 3 runs"),
            "peers/transport": ("| iperf3 × 8, bbr | 2.50 GB/s | 91.0 Mbit/s |", "| rsync, bbr |  | 89.9 Mbit/s |", "seeds 3, 20, 37"),
            "peers/encoding": ("| multifd with zstd-1 | 40.0 MiB | 10.0 MiB | 50.0 MiB |", "| 1 Gbit/s | 0.900, 500 ms | 0.500, 100 ms | 0.820 |"),
            "sim/fidelity": ("| LAN | 1.728 s | 1.729 s | +0.1 % | 3.35 s | 0.27 s | 12.5 × | 481 | 108 |", "1 of 2 within 10 %"),
        }.items():
            text = self.document(name)
            self.assertNotIn("| old |", text)
            self.assertIn("\nA full run of `./dwcp bench " + name, text)
            self.assertTrue(text.startswith("Before, | kept |.") and text.endswith("<!-- end -->\n\nAfter.\n"), text)
            for cell in cells:
                self.assertIn(cell, text.replace("\n", " "))

    def test_a_second_run_takes_the_place_of_the_first(self):
        self.publish("--only", "peers/transfer")
        first = self.document("peers/transfer")
        self.publish("--only", "peers/transfer")
        self.assertEqual(self.document("peers/transfer"), first)
        self.publish("--quick", "--only", "peers/transfer")
        self.assertNotIn("A full run", self.document("peers/transfer"))

    def test_checking_prints_and_writes_nothing(self):
        done = self.publish("--quick", "--check")
        self.assertIn("| veth, unlimited | 2.62 s, 150 ms |", done.stdout)
        self.assertTrue(all(self.untouched(name) for name in FILES))

    def test_kept_results_make_the_same_tables_without_a_run(self):
        self.publish("--quick")
        written, calls = self.document("peers/migration"), len(self.calls())
        (self.root / FILES["peers/migration"]).write_text(DOCUMENT.format(name="peers/migration"))
        kept = next((self.root / "results/bench/tables").iterdir())
        self.publish("--from", str(kept))
        self.assertEqual(self.document("peers/migration"), written)
        self.assertEqual(len(self.calls()), calls)
        self.assertIn("holds no results", self.publish("--from", str(self.root / "docs"), status=1).stderr)
        self.assertIn("its result has no 'result'", self.publish("--from", str(self.root / "canned"), status=1).stderr)

    # ---- what fails
    def failing(self, name, result, status=0, says=""):
        self.give(name, result, status)
        done = self.publish("--quick", status=1)
        self.assertTrue(self.untouched(name))
        self.assertIn(f"{name} FAILED", done.stderr)
        self.assertIn(f"failed: {name}", done.stderr)
        self.assertIn(says, done.stderr)
        other = "peers/transfer" if name == "peers/migration" else "peers/migration"
        self.assertFalse(self.untouched(other), "one that fails does not keep the others")

    def test_a_bench_that_fails_leaves_its_table_and_is_named(self):
        self.failing("peers/migration", canned("peers/migration"), status=1, says="exit status 1")

    def test_a_bench_that_prints_nonsense_leaves_its_table(self):
        self.failing("peers/transfer", "{", says="peers_transfer")

    def test_a_case_that_failed_is_no_row(self):
        result = canned("peers/migration")
        result["links"][0]["cases"]["zstd"] = {"outcome": "failed", "why": "no such host"}
        self.failing("peers/migration", result, says="veth, unlimited: zstd failed: no such host")

    def test_a_damaged_guest_is_no_row(self):
        result = canned("peers/migration")
        result["links"][0]["cases"]["dwcp"]["whole"] = False
        self.failing("peers/migration", result, says="dwcp damaged the guest")

    def test_a_link_that_is_missing_fails_the_table(self):
        result = canned("peers/migration")
        del result["links"][1]
        self.failing("peers/migration", result, says="nothing was measured over cubic-0.1")

    def test_a_peer_that_failed_fails_the_table(self):
        result = canned("peers/transfer")
        result["rows"][0]["peers"]["scp"] = None
        self.failing("peers/transfer", result, says="scp failed")

    def test_a_goal_that_is_not_reached_is_said_and_published(self):
        self.give("peers/transfer", canned("peers/transfer"), status=99)
        done = self.publish("--quick", status=99)
        self.assertIn("a goal of the bench's own is not reached: peers/transfer", done.stderr)
        self.assertIn("A goal of the bench's own was not reached.", self.document("peers/transfer"))

    def test_a_document_without_its_marks_is_told_before_anything_runs(self):
        for text, why in (("nothing", "0 times"), (DOCUMENT.format(name="peers/migration") * 2, "2 times"),
                          ("<!-- table: peers/migration -->\n<!-- table: other -->\n<!-- end -->", "no '<!-- end -->'")):
            (self.root / "README.md").write_text(text)
            self.assertIn(why, self.publish("--quick", status=1).stderr)
            self.assertEqual((self.root / "README.md").read_text(), text)
        self.assertFalse((self.root / "calls").exists())

    def test_wrong_names_are_told(self):
        self.assertIn("no table is of 'peers/nothing'", self.publish("--only", "peers/nothing", status=1).stderr)
        self.assertIn("has no quick table", self.publish("--quick", "--only", "sim/fidelity", status=1).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
