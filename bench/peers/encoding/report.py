"""The JSON's rows, the table and the checks, from what cases.precopy measured."""
MULTIFD = "multifd-zstd-1"
REFERENCE = "1 Gbit/s"  # whose bytes the rounds are compared by
FULL_COPY_SHARE = {"10 Mbit/s": 0.78, "100 Mbit/s": 0.82, REFERENCE: 0.92}  # of multifd's bytes, in total
ROUNDS_GAIN, DATABASE_GAIN = 1.8, 2.5  # fewer bytes than the better of QEMU's two
RETURN_CHANGED, RETURN_SHARE = 0.05, 0.07  # of a returning guest's memory: what it changed, and what it may take
CLONE, CLONE_SHARE, COMMON_FOUND = "-clone", 0.30, 0.90
CHOICE_WITHIN = 1.05                   # of the best fixed codec's time
WIDTH = 118


def mib(count: float) -> str:
    if count < 2**20:
        return f"{count / 2**10:.1f} KiB"
    return f"{count / 2**20:.2f} MiB" if count < 10 * 2**20 else f"{count / 2**20:.1f} MiB"


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 10 else f"{value:.2f} s" if value >= 1 else f"{1e3 * value:.1f} ms"


def limited_by(made) -> str:
    return max(("link", "encoder", "decoder"), key=lambda part: made[f"{part}_s"])


def peer_time(made, link) -> float:
    """With one core on each side, as ours: what takes longest of its three parts, and the way."""
    return max(made["encode_s"], made["decode_s"], 8 * made["bytes"] / link["bit_rate"]) + link["rtt_s"] / 2


def of_peers(entry, number: int):
    return {name: by_round[number] for name, by_round in entry["peers"].items() if "bytes" in by_round[number]}


def best_fixed(link, number: int):
    times = {codec: by_round[number]["copy_s"] for codec, by_round in link["fixed"].items()}
    return min(times.items(), key=lambda item: item[1]) if times else (None, None)


def better_of_qemu(entry, number: int) -> int:
    return min(entry["peers"][name][number]["bytes"] for name in (MULTIFD, "xbzrle"))


def rounds_of(entry) -> int:
    return len(entry["peers"][MULTIFD])


def row(case: str, metric: str, unit: str, ours, peers, limit, note: str):
    """Lower is better; `ratio` is above 1 where ours is better."""
    best = min(peers, key=peers.get) if peers else None
    return {"case": case, "metric": metric, "unit": unit, "ours": ours, "peers": peers, "best_peer": best,
            "ratio": peers[best] / ours if best and ours else None, "limit": limit, "note": note}


def rows(name: str, entry):
    for link_name, link in entry["links"].items():
        for number in range(rounds_of(entry)):
            made = link["chosen"][number]
            if not made["pages"]:
                continue
            case = f"{name}, {f'round {number}' if number else 'full copy'}, {link_name}"
            peers = of_peers(entry, number)
            times = {peer: peer_time(figures, link) for peer, figures in peers.items()}
            codecs = {codec: by_round[number]["copy_s"] for codec, by_round in link["fixed"].items()}
            yield row(case, "bytes", "bytes", made["bytes"], {peer: figures["bytes"] for peer, figures in peers.items()},
                      None if number or "bound" not in entry else entry["bound"]["bytes"],
                      "limit: unique pages through zstd -19 --long=27" if "bound" in entry and not number else "")
            yield row(case, "copy time", "s", made["copy_s"], times, made["link_s"],
                      f"one core on each side; {limited_by(made)} limits; limit: the link with ours bytes")
            if codecs:
                yield row(case, "copy time beside fixed codecs", "s", made["copy_s"], codecs, None, "")


def head(name: str, entry):
    first = entry["peers"][MULTIFD][0]
    yield ""
    yield f"  {name} ({entry['workload']}), {mib(entry['memory_bytes'])}, of which {mib(first['content_bytes'])} are not zero"


def peer_lines(entry):
    yield f"  {'full copy, other encodings':<34}{'bytes':>12}{'encode':>12}{'decode':>12}{'memory':>12}"
    for name, made in of_peers(entry, 0).items():
        gb = made["content_bytes"] / 1e9
        about = "  (estimate)" if made["sampled"] < 1 else ""
        yield (f"  {name:<34}{mib(made['bytes']):>12}{gb / made['encode_s']:>7.3f} GB/s{gb / made['decode_s']:>7.3f} GB/s"
               f"{mib(made['heap_bytes']):>12}{about}")
    if "bound" in entry:
        yield f"  {'bound: zstd -19 --long=27, unique':<34}{mib(entry['bound']['bytes']):>12}"


def full_copy_lines(entry):
    yield (f"  {'full copy, ours':<16}{'bytes':>12}{'/multifd':>9}{'time':>10}{'limit':>9}{'encode':>12}{'memory':>12}"
           f"   {'best peer':<24}{'ratio':>6}   best fixed codec")
    multifd = entry["peers"][MULTIFD][0]["bytes"]
    for name, link in entry["links"].items():
        made = link["chosen"][0]
        times = {peer: peer_time(figures, link) for peer, figures in of_peers(entry, 0).items()}
        best = min(times, key=times.get)
        codec, fixed = best_fixed(link, 0)
        speed = made["content_bytes"] / 1e9 / made["encoder_s"]
        yield (f"  {name:<16}{mib(made['bytes']):>12}{made['bytes'] / multifd:>9.3f}{seconds(made['copy_s']):>10}"
               f"{limited_by(made):>9}{speed:>7.3f} GB/s{mib(made['encoder_heap_bytes']):>12}   "
               f"{best + ' ' + seconds(times[best]):<24}{times[best] / made['copy_s']:>6.2f}   "
               + (f"{codec} {seconds(fixed)} ({made['copy_s'] / fixed:.3f})" if codec else ""))


def classes(made) -> str:
    parts = [f"{kind} {mib(figures['in'])}" + (f" → {mib(figures['out'])}" if figures["out"] else "")
             for kind, figures in made["classes"].items() if figures["pages"]]
    batches = ", ".join(f"{codec} {count}" for codec, count in made["batches"].items())
    again = f"; {made['rejected']} pages asked for again" if made["rejected"] else ""
    return f"{', '.join(parts)}, overhead {mib(made['overhead_bytes'])}; batches: {batches}{again}"


def class_lines(entry):
    for name, link in entry["links"].items():
        made = link["chosen"][0]
        yield f"  {name:<16}{classes(made)}"
        cpu = ", ".join(f"{part} {seconds(value)}" for part, value in made["cpu_s"].items())
        yield f"  {'':<16}processor time: {cpu}"


def round_lines(entry):
    peers = [name for name, by_round in entry["peers"].items() if "bytes" in by_round[-1]]
    link = entry["links"].get(REFERENCE)
    if not link:
        return
    yield f"  {'rounds, ' + REFERENCE:<20}{'changed':>12}{'ours':>12}{'ratio':>7}{'time':>10}{'limit':>9}   share of changed, ours first"
    for number in range(1, rounds_of(entry)):
        made = link["chosen"][number]
        if not made["content_bytes"]:
            continue
        shares = " · ".join(f"{peer} {100 * entry['peers'][peer][number]['bytes'] / made['content_bytes']:.1f} %"
                            for peer in peers)
        yield (f"  {made['guest_s']:<4g}s{'':<15}{mib(made['content_bytes']):>12}{mib(made['bytes']):>12}"
               f"{better_of_qemu(entry, number) / made['bytes']:>7.2f}{seconds(made['copy_s']):>10}{limited_by(made):>9}   "
               f"{100 * made['bytes'] / made['content_bytes']:.1f} % · {shares}")
        yield f"  {'':<20}{classes(made)}"


def kept_lines(entry):
    made = entry.get("returns")
    if made:
        yield (f"  returns, {100 * made['changed_bytes'] / made['content_bytes']:.1f} % changed: {mib(made['bytes'])}, "
               f"{100 * made['bytes'] / made['content_bytes']:.1f} % of what is not zero, "
               f"{100 * made['bytes'] / made['lone_bytes']:.1f} % of what it takes alone")
    for other, made in entry.get("after", {}).items():
        yield (f"  after {other}: {mib(made['bytes'])}, {100 * made['bytes'] / made['lone_bytes']:.1f} % of what it takes alone; "
               f"of {mib(made['common_bytes'])} in common by pages {100 * found_in_common(made):.0f} % found")


def found_in_common(made) -> float:
    """Of the pages whose content the other guest has, too, sent alone: how much of what that takes is not sent any more.
    (Not how many of their bytes are copied: zeroes are bytes, and are not worth finding.)"""
    return 1 - made["common_after_bytes"] / made["common_lone_bytes"] if made["common_bytes"] else 1.0


def table(name: str, entry):
    for lines in (head(name, entry), peer_lines(entry), full_copy_lines(entry), class_lines(entry), round_lines(entry),
                  kept_lines(entry)):
        yield from lines


def checks(corpora):
    """[(what, whether it holds)] over all corpora together, and of each: never more bytes than QEMU's."""
    yield from full_copy_checks(corpora)
    yield from round_checks(corpora)
    yield from choice_checks(corpora)
    yield from kept_checks(corpora)


def kept_checks(corpora):
    for name, entry in corpora.items():
        made = entry.get("returns")
        if made and made["changed_bytes"] <= RETURN_CHANGED * made["content_bytes"]:
            share = made["bytes"] / made["content_bytes"]
            yield f"{name} returns: {100 * share:.1f} % of what is not zero (at most {100 * RETURN_SHARE:.0f})", share <= RETURN_SHARE
        clone = entry.get("after", {}).get(name.removesuffix(CLONE))
        if clone and name.endswith(CLONE):
            share = clone["bytes"] / clone["lone_bytes"]
            yield f"{name} after its like: {share:.2f} of its lone cost (at most {CLONE_SHARE})", share <= CLONE_SHARE
            found = found_in_common(clone)
            yield f"{name} after its like: {100 * found:.0f} % of the common found (at least {100 * COMMON_FOUND:.0f})", found >= COMMON_FOUND


def full_copy_checks(corpora):
    for link, share in FULL_COPY_SHARE.items():
        pairs = {name: (entry["links"][link]["chosen"][0]["bytes"], entry["peers"][MULTIFD][0]["bytes"])
                 for name, entry in corpora.items() if link in entry["links"]}
        if not pairs:
            continue
        total = sum(ours for ours, _ in pairs.values()) / sum(theirs for _, theirs in pairs.values())
        yield f"full copy at {link}: {total:.3f} of multifd with zstd-1 in total (at most {share})", total <= share
        for name, (ours, theirs) in pairs.items():
            if ours > theirs:
                yield f"full copy at {link}: {name}: {ours / theirs:.3f} of multifd with zstd-1 (never more)", False


def round_checks(corpora):
    totals = {"in total": [0, 0, ROUNDS_GAIN]}
    for name, entry in corpora.items():
        if REFERENCE not in entry["links"]:
            continue
        for number in range(1, rounds_of(entry)):
            ours, theirs = entry["links"][REFERENCE]["chosen"][number]["bytes"], better_of_qemu(entry, number)
            places = ["in total"] + (["of the database"] if entry["workload"] == "database" else [])
            for place in places:
                sums = totals.setdefault(place, [0, 0, DATABASE_GAIN])
                sums[0] += ours
                sums[1] += theirs
            if ours > theirs:
                yield f"round {number} of {name}: {ours / theirs:.2f} of the better of zstd-1 and XBZRLE (never more)", False
    for place, (ours, theirs, gain) in totals.items():
        if ours:
            yield (f"rounds {place}: {theirs / ours:.2f} times fewer bytes than the better of multifd's zstd-1 and XBZRLE "
                   f"(at least {gain})", theirs / ours >= gain)


def choice_checks(corpora):
    for name, entry in corpora.items():
        for link_name, link in entry["links"].items():
            codec, fixed = best_fixed(link, 0)
            if codec and link["chosen"][0]["copy_s"] > CHOICE_WITHIN * fixed:
                yield (f"full copy of {name} at {link_name}: chosen codecs take {link['chosen'][0]['copy_s'] / fixed:.3f} of "
                       f"{codec}'s time (at most {CHOICE_WITHIN})", False)


def check_lines(corpora):
    yield ""
    for what, holds in checks(corpora):
        yield f"  {'✓' if holds else '✗'} {what}"
