"""The JSON's rows, and the table: one line for each case, as it ends."""
from case import work_s
from line import MTU_FRAME, MTU_PAYLOAD

OURS = "dwcp"
WIDTH = 100
WHAT = "the guest's memory without zero pages"
# What a metric is, and how it is got from a case.
METRICS = (
    ("total time", "s", lambda case: case["total_s"]),
    ("downtime", "s", lambda case: case["downtime_s"]),
    ("bytes over the link", "bytes", lambda case: case["link_bytes"]),
    ("CPU of both hosts without the guest's", "s", lambda case: work_s(case["source"]) + work_s(case["destination"])),
)


def limits(link):
    """{metric: (bound, how it was got)}, where physics has a say."""
    content, rate = link["content"], link["payload_rate"]
    bounds = {}
    if link["delay_s"]:
        bounds["downtime"] = link["delay_s"], "the delay, one way"
    if least := content["compressed"]:
        bounds["bytes over the link"] = least * MTU_FRAME / MTU_PAYLOAD, f"{WHAT} by zstd -3, in full frames one way"
    # Where no line is slower than a compressor, compressing is no bound of the time.
    travels = content["compressed"] if link["line"] else content["filled"]
    if travels:
        how = f"{WHAT}{' by zstd -3' if link['line'] else ''}, at {rate / 1e6:.1f} MB/s of TCP's payload"
        bounds["total time"] = travels / rate, how
    return bounds


def rows(link):
    """link: {about, cases: {mover: case}, names, ...} as in the JSON's `links`."""
    cases = link["cases"]
    for metric, unit, value in METRICS:
        values = {name: value(case) if case["outcome"] == "completed" else None for name, case in cases.items()}
        ours = values.pop(OURS, None)
        done = {name: figure for name, figure in values.items() if figure is not None}
        best = min(done, key=done.get, default=None)
        yield {"case": link["about"], "metric": metric, "unit": unit, "ours": ours, "peers": values, "best_peer": best,
               "ratio": done[best] / ours if best and ours else None, "limit": limits(link).get(metric, (None,))[0],
               "note": note(metric, link)}


def note(metric: str, link) -> str:
    words = [f"{name}: {remark(case)}" for name, case in link["cases"].items() if remark(case)]
    if metric in limits(link):
        words.append(f"limit: {limits(link)[metric][1]}")
    if metric == "total time" and (default := beside_default(link["cases"])):
        words.append(f"ours is {default}")
    return "; ".join(words)


def beside_default(cases) -> str:
    """How much faster than QEMU's default; at least, where that was stopped."""
    ours, default = cases.get(OURS), cases.get("precopy")
    if not ours or not default or ours["outcome"] != "completed" or default["outcome"] == "failed":
        return ""
    least = default["outcome"] == "stopped"
    seconds = default["not_before_s"] if least else default["total_s"]
    return f"{'more than ' if least else ''}{seconds / ours['total_s']:.2f} × as fast as QEMU's default"


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
    bound = ", ".join(shown(bounds[metric][0]) for metric, shown in (("total time", span), ("bytes over the link", size))
                      if metric in bounds)
    bound = f"limit {bound}" if bound else ""
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


STAGES = {"control": "control: guest's stream, session", "lanes": "lanes: sockets, checksums, TLS"}


def stages(case, memory: int):
    """Where DWCP's processor time went: the agents' by stage, per GB of guest memory, and the host's other programs."""
    per_gb = 1e9 / memory
    for side in ("source", "destination"):
        programs = dict(case[side]["by_program"])
        agent = programs.pop("dwcp", 0.0)
        spent = {STAGES.get(stage, stage): seconds for stage, seconds in (case.get("stages") or {side: {}})[side].items()}
        yield f"    {side:<12} agent {agent * per_gb:.2f} s per GB of guest memory"
        for stage, seconds in sorted(spent.items(), key=lambda of: -of[1]):
            yield f"    {'':14}{stage:<36}{seconds * per_gb:>7.3f} s per GB"
        others = ", ".join(f"{name} {seconds:.2f}" for name, seconds in sorted(programs.items(), key=lambda of: -of[1]))
        yield f"    {'':12} others: {others} s"


def comparison(link):
    """DWCP beside QEMU's default, the best peer, and the limit."""
    row = next(rows(link))
    if row["ours"] is None:
        return
    words = [beside_default(link["cases"])]
    if row["best_peer"]:
        words.append(f"{row['ratio']:.2f} × the best peer's speed ({link['names'][row['best_peer']]})")
    if row["limit"]:
        words.append(f"{row['ours'] / row['limit']:.2f} × the limit's time")
    yield "  DWCP is " + ", ".join(filter(None, words))


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
        yield from stages(ours, link["content"]["memory"])
    yield from comparison(link)
