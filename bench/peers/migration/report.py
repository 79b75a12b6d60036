"""The JSON's rows, and the table: one line for each case, as it ends."""
from case import work_s
from links import MTU_FRAME, MTU_PAYLOAD

OURS = "dwcp"
WIDTH = 100
# What a metric is, and how it is got from a case.
METRICS = (
    ("total time", "s", lambda case: case["total_s"]),
    ("downtime", "s", lambda case: case["downtime_s"]),
    ("bytes over the link", "bytes", lambda case: case["link_bytes"]),
    ("CPU of both hosts without the guest's", "s", lambda case: work_s(case["source"]) + work_s(case["destination"])),
)


def limits(link):
    """By metric; None where physics has no say."""
    least, rate = link["least_bytes"], link["payload_rate"]
    travel = (least / rate if least and rate else None)
    return {"total time": travel, "downtime": link["delay_s"] or None,
            "bytes over the link": least * MTU_FRAME / MTU_PAYLOAD if least else None}


def rows(link):
    """link: {about, cases: {mover: case}, names, ...} as in the JSON's `links`."""
    cases, bounds = link["cases"], limits(link)
    for metric, unit, value in METRICS:
        values = {name: value(case) if case["outcome"] == "completed" else None for name, case in cases.items()}
        ours = values.pop(OURS, None)
        done = {name: figure for name, figure in values.items() if figure is not None}
        best = min(done, key=done.get, default=None)
        yield {"case": link["about"], "metric": metric, "unit": unit, "ours": ours, "peers": values, "best_peer": best,
               "ratio": done[best] / ours if best and ours else None, "limit": bounds.get(metric),
               "note": note(metric, link)}


def note(metric: str, link) -> str:
    words = [f"{name}: {remark(case)}" for name, case in link["cases"].items() if remark(case)]
    if limits(link).get(metric) is not None:
        words.append({"total time": f"limit: {link['least_how']}, at {link['payload_rate'] / 1e6:.1f} MB/s of TCP's payload",
                      "downtime": "limit: the delay, one way",
                      "bytes over the link": f"limit: {link['least_how']}, in full frames one way"}[metric])
    return "; ".join(words)


def remark(case) -> str:
    if case["outcome"] == "stopped":
        return f"not before {case['not_before_s']:g} s"
    if case["outcome"] == "failed":
        return f"FAILED: {case['why']}"
    return "" if case["whole"] else f"GUEST DAMAGED: {case.get('why') or case['health']}"


# The table.

def size(count) -> str:
    return f"{count / 1e6:.0f} MB"


def span(seconds) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"


def head(link) -> str:
    bounds = limits(link)
    bound = f"limit {span(bounds['total time'])}, {size(bounds['bytes over the link'])}" if bounds["total time"] else ""
    return (f"\n  {link['about']:<60}{bound:>{WIDTH - 64}}\n  {'':18}{'time':>10}{'downtime':>11}{'on the link':>13}"
            f"{'CPU A':>9}{'CPU B':>9}{'load':>7}   guest\n  " + "─" * (WIDTH - 4))


def line(name: str, case) -> str:
    if case["outcome"] == "failed":
        return f"  {name:<18}FAILED: {case['why']}"
    both = "".join(f"{work_s(case[side]):>7.2f} s" for side in ("source", "destination")) + f"{case['load']:>7.1f}"
    if case["outcome"] == "stopped":
        return f"  {name:<18}{'> ' + span(case['not_before_s']):>10}{'':>11}{size(case['link_bytes']):>13}{both}   stopped"
    whole = "whole" if case["whole"] else "DAMAGED: " + remark(case)
    return (f"  {name:<18}{span(case['total_s']):>10}{span(case['downtime_s']):>11}{size(case['link_bytes']):>13}{both}"
            f"   {whole}")


def stages(case, memory: int):
    """Where DWCP's processor time went; by program, and by the agents' threads."""
    for side in ("source", "destination"):
        programs = dict(case[side]["by_program"])
        agent = programs.pop("dwcp", 0.0)
        threads = ", ".join(f"{name} {seconds:.2f}" for name, seconds in case[side]["by_thread"].get("dwcp", {}).items())
        others = ", ".join(f"{name} {seconds:.2f}" for name, seconds in sorted(programs.items(), key=lambda of: -of[1]))
        yield f"    {side:<12} agent {agent:.2f} s, {agent / memory * 1e9:.2f} s per GB of guest memory" + (
            f" ({threads})" if threads else "")
        yield f"    {'':12} others: {others} s"


def comparison(link):
    """DWCP beside the best peer, and beside QEMU's default."""
    row = next(rows(link))
    if row["ours"] is None:
        return
    words = []
    if row["best_peer"]:
        words.append(f"{row['ratio']:.2f} × as fast as {link['names'][row['best_peer']]}, the best peer")
    default = link["cases"].get("precopy")
    if default and default["outcome"] == "completed":
        words.append(f"{default['total_s'] / row['ours']:.2f} × QEMU's default")
    elif default and default["outcome"] == "stopped":
        words.append(f"more than {default['not_before_s'] / row['ours']:.2f} × QEMU's default")
    if row["limit"]:
        words.append(f"{row['ours'] / row['limit']:.2f} × the limit's time")
    yield "  DWCP: " + ", ".join(words)


def whole_table(result):
    yield f"{result['bench']} at {result['commit']}, load {result['load']:.1f} before the first run"
    for link in result["links"]:
        yield head(link)
        for name, case in link["cases"].items():
            yield line(link["names"][name], case)
        yield from after(link)


def after(link):
    ours = link["cases"].get(OURS)
    if ours and ours["outcome"] != "failed":
        yield from stages(ours, link["memory_bytes"])
    yield from comparison(link)
