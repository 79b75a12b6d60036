"""The line below a table: what made it, when, where, and of what."""
import re
import textwrap

WIDTH = 138  # of a line in a document


def loads(part):
    """Every load average that a result tells, before its first run or beside one."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "load" and isinstance(value, (int, float)):
                yield value
            else:
                yield from loads(value)
    elif isinstance(part, list):
        for value in part:
            yield from loads(value)


def machine(told) -> str:
    if isinstance(told, str):
        return told
    return f"{told['cpu']} × {told['cores']}, Linux {told['kernel']}"


def commit(told: str) -> str:
    """The commit alone, of what `dwcp --version` prints."""
    found = re.search(r"\(commit ([^,)]+)", told)
    return found[1] if found else told


def compiler(told: str) -> str:
    found = re.search(r", ([^,()]*\d[\d.]*)\)", told)
    return found[1] if found else ""


def line(kept, seeds: str) -> str:
    """kept: {"quick", "command", "status", "result"}, the result as a bench's --json has it."""
    result = kept["result"]
    versions = [compiler(result["commit"]), *(f"{name} {version}" for name, version in result.get("versions", {}).items() if version)]
    known = list(loads(result))
    parts = [
        f"A {'quick' if kept['quick'] else 'full'} run of `{kept['command']}`" + (f" on {result['time'][:10]}" if "time" in result else ""),
        f"commit {commit(result['commit'])}",
        machine(result["machine"]),
        ", ".join(filter(None, versions)),
        seeds,
        (f"load {min(known):.1f} to {max(known):.1f}" if min(known) != max(known) else f"load {known[0]:.1f}") if known else "",
    ]
    text = "; ".join(filter(None, parts)) + "."
    text += " A goal of the bench's own was not reached." if kept["status"] else ""
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
