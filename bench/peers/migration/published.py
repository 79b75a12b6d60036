"""README's table (bench/tables): time and downtime by link and way of moving the guest."""
from figures import span
from published import NoFigures

FILE = "README.md"
PEERS = ["--peers", "precopy,zstd,dwcp"]
QUICK = ["--only", "veth,clean,cubic-0.1", *PEERS, "--stop", "60"]
FULL = [*PEERS, "--stop", "150"]


def cell(case, best: bool) -> str:
    if case["outcome"] == "stopped":
        return f"> {case['not_before_s']:g} s"
    time = span(case["total_s"])
    return f"{f'**{time}**' if best else time}, {span(case['downtime_s'])}"


def check(link, peers):
    """Every case ended as cases do: a lab that broke is no result."""
    for peer in peers:
        case = link["cases"].get(peer)
        if case is None or case["outcome"] == "failed":
            raise NoFigures(f"{link['about']}: {peer} {'failed: ' + case['why'] if case else 'did not run'}")
        if case["outcome"] == "completed" and not case["whole"]:
            raise NoFigures(f"{link['about']}: {peer} damaged the guest")
    if link["cases"]["dwcp"]["outcome"] != "completed":
        raise NoFigures(f"{link['about']}: dwcp was not done in time")


def rows(result):
    asked, links = result["asked"], {link["link"]: link for link in result["links"]}
    if missing := [name for name in asked["links"] if name not in links]:
        raise NoFigures(f"nothing was measured over {', '.join(missing)}")
    table = [["link", *asked["peers"].values()]]
    for name in asked["links"]:
        link = links[name]
        check(link, asked["peers"])
        done = {peer: case["total_s"] for peer, case in link["cases"].items() if case["outcome"] == "completed"}
        best = min(done, key=done.get)
        table.append([link["about"], *(cell(link["cases"][peer], peer == best) for peer in asked["peers"])])
    return table


def seeds(result) -> str:
    return f"losses by seed {result['asked']['seed']}, one migration each"
