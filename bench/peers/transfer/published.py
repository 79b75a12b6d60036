"""The table of this folder's README.md (bench/tables)."""
from figures import byte_rate
from published import NoFigures

FILE = "bench/peers/transfer/README.md"
QUICK = ["--quick"]
FULL = []


def rows(result):
    measured = [row for row in result["rows"] if row["metric"] == "throughput"]
    if not measured:
        raise NoFigures("nothing was measured")
    peers = list(measured[0]["peers"])
    table = [["", "dwcp", *peers, "limit"]]
    for row in measured:
        rates = {"dwcp": row["ours"], **row["peers"]}
        if failed := [name for name in ("dwcp", *peers) if not rates.get(name)]:
            raise NoFigures(f"{row['case']}: {', '.join(failed)} failed")
        table.append([row["case"], *(byte_rate(rates[name]) for name in ("dwcp", *peers)), byte_rate(row["limit"]) if row["limit"] else ""])
    return table


def seeds(result) -> str:
    runs = result["asked"]["runs"]
    return f"median of {runs} runs in turns" if runs > 1 else "one run of each"
