"""Results to show: small runs of the program, as fluid flows, in a folder of the test's own."""
import pathlib
import subprocess

# Text of a scenario file is foreign: here it is HTML that would show itself if it were taken for that.
EVIL = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"

SCENARIO = """
name: {name}
about: {about}
seed: 1
duration: 60s
fidelity: flow
topology:
  sites: [east, west]
  hosts: {{a: {{site: east}}, b: {{site: west}}}}
  links:
    - {{name: path, between: [a, b], rate: 200Mbit/s, delay: 5ms, loss: 0.1%}}
    - {{name: other, between: [a, b], rate: 100Mbit/s, delay: 20ms}}
vms:
  guest: {{host: a, memory: 64MiB, vcpus: 1, dirty: {{pattern: zipf, rate: 2MB/s, working_set: 4MiB}}}}
  second: {{host: a, memory: 8MiB, vcpus: 1}}
engine: {{streams: 2}}
events:
  - at: 10ms
    migrate: {{vm: guest, to: b}}
  - at: 300ms
    migrate: {{vm: second, to: b}}
faults:
  - {{at: 150ms, cut: {{link: path, for: 200ms}}}}
expect:
  - migrations.completed == 2
  - migration.downtime_s < {downtime}
{more}
"""

SWEEP = """
sweep:
  topology.links.path.delay: [1ms, 20ms, 100ms]
  topology.links.path.rate: [50Mbit/s, 200Mbit/s]
"""


class Results:
    """single, suite, sweep and seeds: the paths of reports; many and two: of comparisons."""

    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        plain = self.scenario("test/plain", downtime="10s")
        failing = self.scenario("test/failing", downtime="1us")
        sweep = self.scenario("test/sweep", downtime="10s", more=SWEEP)
        self.run("single", plain, status=0)
        self.single = self.folder / "single/test/plain/latest/report.html"
        self.suite = self.run("suite", plain, failing, status=99)
        self.sweep = self.run("sweep", sweep, status=0)
        self.seeds = self.run("seeds", plain, "--seeds", "1..12", status=0)
        # Other seeds than 1 to 12 would not be paired; these are, and travel longer without compression.
        self.run("slower", plain, "--seeds", "1..12", "--set", "engine.compress=false", status=0)
        self.run("single-slower", plain, "--set", "engine.compress=false", status=0)
        self.many = self.compare("many.html", "seeds", "slower")
        self.two = self.compare("two.html", "single", "single-slower")

    def scenario(self, name, downtime, more=""):
        file = self.folder / (name.replace("/", "-") + ".yaml")
        about = "'" + EVIL.replace("'", "''") + "'"
        file.write_text(SCENARIO.format(name=name, about=about, downtime=downtime, more=more))
        return str(file)

    def compare(self, page, a, b):
        subprocess.run([self.program, "compare", self.folder / a, self.folder / b, "--html", self.folder / page],
                       check=True, capture_output=True, timeout=60)
        return self.folder / page

    def report(self, *folders):
        done = subprocess.run([self.program, "report", *(self.folder / name for name in folders)], check=True,
                              capture_output=True, text=True, timeout=60)
        return pathlib.Path(done.stdout.strip())

    def run(self, out, *arguments, status):
        done = subprocess.run([self.program, "run", *arguments, "--quiet", "--out", str(self.folder / out)],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == status, f"dwcp run {arguments}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return self.folder / out / "report.html"
