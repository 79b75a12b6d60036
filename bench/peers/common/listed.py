"""Options that name some of the things that there are."""
import sys


def listed(text: str, known, what: str):
    """Names from a list with commas; all of them when it is empty."""
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in known:
            sys.exit(f"there is no {what} '{name}'; there are {', '.join(known)}")
    return names or list(known)
