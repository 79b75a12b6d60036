"""The JSON's rows, and the table."""
import itertools
import statistics

OURS = "AMST × 8, auto, TLS"
STREAMS = (1, 4, 8)
WIDTH = 100
GOAL_AUTO = 0.90  # of what the link carries as TCP payload, at 1 % loss


def of(entry, name: str, metric: str):
    values = [run[metric] for run in entry["movers"].get(name, {}).get("runs", []) if run[metric] is not None]
    return statistics.median(values) if values else None


def row(entry, case: str, metric: str, unit: str, ours: str, peers, limit, note: str):
    """Higher is better of goodput, lower of processor time; `ratio` is above 1 where ours is better."""
    key, better = ("bytes_per_s", max) if metric == "goodput" else ("cpu_s_per_gb", min)
    figure = of(entry, ours, key)
    figures = {name: of(entry, name, key) for name in peers if name != ours and name in entry["movers"]}
    real = {name: value for name, value in figures.items() if value and not is_ours(name) and "(simulated)" not in name}
    best = better(real, key=real.get) if real else None
    ratio = None
    if figure and best:
        ratio = figure / real[best] if metric == "goodput" else real[best] / figure
    return {"case": case, "metric": metric, "unit": unit, "ours": figure, "peers": figures, "best_peer": best, "ratio": ratio,
            "limit": limit, "note": note}


def is_ours(name: str) -> bool:
    return name.startswith("AMST")


def rows(entry):
    """entry: {about, limit, cipher, movers: {name: {runs: [...]}}} as in the JSON's `links`."""
    about, everyone = entry["about"], list(entry["movers"])
    limit, how = (entry["limit"], "limit: TCP payload of the line without loss") if entry["limit"] else (None, "")
    under_tls, tls_how = entry["cipher"] or (limit, how)
    yield row(entry, about, "goodput", "bytes/s", OURS, everyone, under_tls, f"{OURS} beside all; {tls_how}")
    yield row(entry, about, "CPU of both sides", "s/GB", OURS, everyone, None, f"{OURS} beside all; system and user time")
    for (ours, theirs), n in itertools.product((("auto", "bbr"), ("cubic", "cubic")), STREAMS):
        plain, peer = f"AMST × {n}, {ours}", f"iperf3 × {n}, {theirs}"
        if plain in entry["movers"] and peer in entry["movers"]:
            for metric, unit in (("goodput", "bytes/s"), ("CPU of both sides", "s/GB")):
                yield row(entry, f"{about}, plain text, × {n}, {theirs}", metric, unit, plain, [peer],
                          limit if metric == "goodput" else None, "beside iperf3 with as many streams and the same congestion control")


def checks(entry):
    """[(what, whether it holds)] of a path with 1 % loss: with hosts, and even routes, that say CUBIC, `auto` is BBR."""
    if entry["name"] != "loss-1":
        return
    for name in (OURS, f"{OURS}, route says cubic"):
        runs = entry["movers"].get(name, {}).get("runs", [])
        if not runs:
            continue
        used = sorted({kind for run in runs for kind in run["congestion"]})
        yield f"{name}: streams use {', '.join(used)}", used == ["bbr"]
        share = of(entry, name, "bytes_per_s") / entry["limit"]
        yield f"{name}: {share:.3f} of the link's TCP payload (at least {GOAL_AUTO:.2f})", share >= GOAL_AUTO


def head(entry) -> str:
    limit = f"TCP payload at most {rate(entry['limit'])}" if entry["limit"] else ""
    return (f"\n  {entry['about']:<48}{limit:>{WIDTH - 52}}\n  {'':42}{'goodput':>14}{'of limit':>10}{'CPU, both':>14}{'load':>7}\n  "
            + "─" * (WIDTH - 4))


def rate(bytes_per_s: float) -> str:
    return f"{bytes_per_s / 1e9:.2f} GB/s" if bytes_per_s >= 100e6 else f"{bytes_per_s * 8 / 1e6:.1f} Mbit/s"


def line(entry, name: str) -> str:
    mover = entry["movers"][name]
    if not mover["runs"]:
        return f"  {name:<42}FAILED: {' '.join(mover['failed'][-1].split())}"
    goodput, cpu = of(entry, name, "bytes_per_s"), of(entry, name, "cpu_s_per_gb")
    bound = entry["limit"] or (entry["cipher"] and "TLS" in name and entry["cipher"][0])
    share = f"{goodput / bound:.3f}" if bound else ""
    load = max(run["load"] for run in mover["runs"])
    spent = f"{cpu:.2f} s/GB" if cpu is not None else ""
    failed = f"   {len(mover['failed'])} failed" if mover["failed"] else ""
    return f"  {name:<42}{rate(goodput):>14}{share:>10}{spent:>14}{load:>7.1f}{failed}"


def summary(entry):
    for one in rows(entry):
        if one["ratio"]:
            yield f"  {one['case']}, {one['metric']}: {one['ratio']:.2f} × {one['best_peer']}"
    if entry["cipher"]:
        bound, how = entry["cipher"]
        if figure := of(entry, OURS, "bytes_per_s"):
            yield f"  {OURS}: {figure / bound:.2f} × the cipher's bound of {rate(bound)} ({how})"
    for what, holds in checks(entry):
        yield f"  {'✓' if holds else '✗'} {what}"


def whole_table(result):
    yield f"{result['bench']} at {result['commit']}, load {result['load']:.1f} before the first run"
    for entry in result["links"]:
        yield head(entry)
        yield from (line(entry, name) for name in entry["movers"])
        yield from summary(entry)
