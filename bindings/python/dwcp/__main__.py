"""python -m dwcp: what the program cannot do by itself, because it speaks no Dask and writes no job arrays."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dwcp

from ._array import run_element
from ._explore import explore
from ._results import Results

# As the program's own (cli/exit_codes.hpp).
PASSED, FAILED, USAGE, THRESHOLD_FAILED, INVALID_SCENARIO, ABORTED = 0, 1, 2, 99, 104, 105


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"'{text}'; KEY=VALUE would be right")
    return key, value


def _list(text: str) -> tuple[str, list[str]]:
    key, values = _pair(text)
    return key, values.split(",")


def _seeds(text: str) -> range:
    first, dots, last = text.partition("..")
    if not dots or not first.isdecimal() or not last.isdecimal() or int(last) < int(first):
        raise argparse.ArgumentTypeError(f"'{text}'; a range such as 1..100 would be right")
    return range(int(first), int(last) + 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dwcp", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.add_argument("--out", default="results", help="folder for results (%(default)s)")
        return made

    def of_scenario(name: str, about: str) -> argparse.ArgumentParser:
        made = command(name, about)
        made.add_argument("scenario", metavar="SCENARIO", help="a scenario file")
        made.add_argument("--seeds", type=_seeds, metavar="A..B", help="only the seeds of a range")
        made.add_argument("--set", type=_pair, action="append", default=[], metavar="KEY=VALUE",
                          help="override a value of the scenario")
        made.add_argument("--jobs", type=int, help="runs at once here; all processors when left out")
        made.add_argument("--dask", metavar="ADDRESS", help="of a Dask scheduler: its workers run them")
        made.add_argument("--json", action="store_true", help="print JSON, and nothing else")
        return made

    sweep = of_scenario("sweep", "run a scenario with several values of some keys")
    sweep.add_argument("--over", type=_list, action="append", default=[], metavar="KEY=A,B,C",
                       help="run with each of these values; several of these: with each combination")
    sweep.add_argument("--array", metavar="FOLDER", help="run nothing: write a job array for a batch system there")
    exploring = of_scenario("explore", "try seeds until time is up, and make what fails as small as it can be")
    exploring.add_argument("--time", default="10min", help="how long seeds are tried (%(default)s)")
    exploring.add_argument("--run-time", default="2min", help="a run that takes longer hangs (%(default)s)")
    job = command("job", "run an element of a job array")
    job.add_argument("file", type=Path, metavar="FILE", help="jobs.jsonl of the array")
    job.add_argument("--element", type=int, required=True, help="from 0")
    job.add_argument("--of", type=int, required=True, help="how many elements there are")
    return parser


def _client(address: str | None) -> Any:
    if address is None:
        return None
    from .errors import require

    return require("distributed", "a Dask cluster", "python3-distributed").Client(address)


def _verdict(results: Results) -> int:
    worst = PASSED
    for result in results:
        if result.data["violations"]:
            return FAILED
        if result.verdict == "aborted":
            worst = ABORTED
        elif not result.passed and worst == PASSED:
            worst = THRESHOLD_FAILED
    return worst


def _sweep(options: argparse.Namespace) -> int:
    over, values = dict(options.over), dict(options.set)
    if options.array is not None:
        script = dwcp.write_job_array(options.scenario, options.array, over=over, seeds=options.seeds, set=values)
        print(f"wrote {script}\nsubmit it: sbatch {script}\nthen: dwcp.load('{script.parent / 'results'}')")
        return PASSED
    results = dwcp.sweep(
        options.scenario, over=over, seeds=options.seeds, set=values, jobs=options.jobs, out=options.out,
        client=_client(options.dask),
    )
    if options.json:
        print(json.dumps([result.data for result in results], indent=2))
        return _verdict(results)
    for result in results:
        given = " ".join(f"{key}={value}" for key, value in result.parameters.items())
        sign = "✓" if result.passed else "✗"
        print(f"{sign} {result.scenario} {given} seed {result.seed}: {result.verdict}  {result.folder}")
    print(f"{sum(result.passed for result in results)} of {len(results)} runs passed")
    return _verdict(results)


def _explore(options: argparse.Namespace) -> int:
    found = explore(
        options.scenario, seeds=options.seeds, time=options.time, run_time=options.run_time, set=dict(options.set),
        jobs=options.jobs, out=options.out, client=_client(options.dask),
    )
    if options.json:
        print(json.dumps(found.data, indent=2))
        return PASSED if found.passed else THRESHOLD_FAILED
    for failure in found.failures:
        small = failure["minimised"] or {}
        print(f"✗ {failure['kind']}  {failure['detail']}  ({failure['count']} seeds: "
              f"{', '.join(map(str, failure['seeds']))})\n    {small.get('replay') or failure['reproduce']}")
    print(f"{found.data['seeds']['failed']} of {found.tried} seeds failed")
    return PASSED if found.passed else THRESHOLD_FAILED


def _job(options: argparse.Namespace) -> int:
    folders = run_element(options.file, options.element, options.of, Path(options.out))
    for folder in folders:
        print(os.fspath(folder))
    return PASSED


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status is the program's: 0 passed, 1 failed, 2 usage, 99 a threshold failed, 104 invalid scenario, 105
    aborted. Elements of job arrays end with 0 when their results are there, whatever these say."""
    options = _parser().parse_args(arguments)
    try:
        return {"sweep": _sweep, "explore": _explore, "job": _job}[options.command](options)
    except dwcp.ScenarioError as error:
        print(f"dwcp: {error}", file=sys.stderr)
        return INVALID_SCENARIO
    except (KeyboardInterrupt, dwcp.Aborted) as error:
        print(f"dwcp: interrupted{f': {error}' if str(error) else ''}", file=sys.stderr)
        return ABORTED
    except ValueError as error:
        print(f"dwcp: {error}", file=sys.stderr)
        return USAGE
    except dwcp.Error as error:
        print(f"dwcp: {error}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
