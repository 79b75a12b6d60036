"""A program as a user would write it, for mypy --strict (test_types.py). It is checked, and it is run."""

from __future__ import annotations

from pathlib import Path

import dwcp
from dwcp import hde


def scenario() -> dwcp.Scenario:
    built = dwcp.Scenario("test/typed", duration="60s").hosts("a", "b")
    built.link("a", "b", rate="1Gbit/s", delay="1ms").vm("guest", host="a", memory="1MiB")
    return built.migrate("guest", to="b", at="10ms").expect("migrations.completed == 1")


def simulated() -> list[float]:
    one: dwcp.Result = dwcp.simulate(scenario(), seed=1, set={"engine.streams": 2}, check=True)
    many: dwcp.Results = dwcp.simulate(scenario(), seeds=range(1, 3), jobs=2)
    swept: dwcp.Results = dwcp.sweep(scenario(), over={"engine.streams": [1, 2]}, progress=False)
    first: dwcp.Results = many[:1]
    folder: Path = one.folder
    loaded: dwcp.Result | dwcp.Results = dwcp.load(folder)
    if isinstance(loaded, dwcp.Result):
        verdict: str = loaded.verdict
        print(verdict, loaded.seed + 1, loaded.data["scenario"])
    return [result.metric("migration.downtime_s") for result in [*first, *swept]]


def refused() -> tuple[str, int | None, int | None]:
    try:
        dwcp.simulate({"name": "test/nothing"})
    except dwcp.ScenarioError as error:
        problem: dwcp.Problem = error.problems[0]
        return problem.file, error.line, error.column
    return "", None, None


def encoded(memory: bytes) -> dict[str, int]:
    result: hde.Encoded = hde.encode(memory, codec="zstd1")
    again: bytes = hde.decode(result)
    encoder = hde.Encoder(window=0)
    batch: hde.Batch = encoder.encode(memoryview(again), version=None)
    report: hde.Report = hde.Decoder(batch.pages).decode(batch)
    rejected: list[hde.Rejected] = report.rejected
    print(len(rejected), batch.payload.nbytes, encoder.digest, hde.CODECS[0])
    return {name: totals.bytes_out for name, totals in result.classes.items()}


def pages_of(stream: dwcp.QemuStream) -> int:
    return sum(page.index for page in stream if not page.zero) + len(stream.blocks)


if __name__ == "__main__":
    print(simulated(), refused(), encoded(bytes(8192)))
