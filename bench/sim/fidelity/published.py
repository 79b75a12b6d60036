"""The first table of docs/fidelity.md (bench/tables)."""
from published import NoFigures

FILE = "docs/fidelity.md"
QUICK = None
FULL = []


def rows(result):
    if not result["rows"]:
        raise NoFigures("no world was simulated")
    table = [["world", "packet", "flow", "difference", "cpu: packet", "flow", "faster", "events a MiB: packet", "flow"]]
    for row in result["rows"]:
        table.append([row["case"], f"{row['packet']:.3f} s", f"{row['flow']:.3f} s", f"{100 * row['difference']:+.1f} %",
                      f"{row['packet_cpu_s']:.2f} s", f"{row['flow_cpu_s']:.2f} s", f"{row['speed_up']:.1f} ×",
                      f"{row['packet_events_per_mib']:.0f}", f"{row['flow_events_per_mib']:.0f}"])
    return table


def seeds(result) -> str:
    return f"{result['within_limit']} of {len(result['rows'])} within 10 %; seeds 1 to {max(row['runs'] for row in result['rows'])} where packets are lost, else 1"
