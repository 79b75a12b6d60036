"""Quantities as scenario files write them, as numbers: for the axes of pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_WRITTEN = re.compile(r"^([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(\S*)$")
# unit: (what it measures, in which unit it is shown, factor)
_UNITS: dict[str, tuple[str, str, float]] = {
    "": ("number", "", 1.0),
    "%": ("share", "%", 1.0),
    **{unit: ("time", "s", f) for unit, f in
       {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}.items()},
    **{f"{p}bit/s": ("rate", "bit/s", f) for p, f in {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}.items()},
    **{f"{p}B/s": ("rate", "bit/s", 8 * f) for p, f in
       {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}.items()},
    **{f"{p}B": ("size", "B", f) for p, f in
       {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30,
        "Ti": 2.0**40}.items()},
}  # fmt: skip


class Axis(NamedTuple):
    """Values on an axis: numbers of one unit, or None for categories."""

    numbers: list[float] | None
    unit: str


def axis_of(values: Sequence[object]) -> Axis:
    """Numbers where all of them are quantities of one kind, as `0.1%` and `2%` are."""
    numbers, kinds = [], set()
    for value in values:
        match = _WRITTEN.match(str(value).strip())
        unit = _UNITS.get(match[2]) if match else None
        if match is None or unit is None or isinstance(value, bool):
            return Axis(None, "")
        numbers.append(float(match[1]) * unit[2])
        kinds.add(unit[:2])
    return Axis(numbers, kinds.pop()[1]) if len(kinds) == 1 else Axis(None, "")


# How names of metrics end, and what that means.
_ENDINGS = (("_bps", "bit/s"), ("_bytes", "B"), ("_s", "s"), ("_percent", "%"))


def unit_of_metric(name: str) -> str:
    """Such as "s" of "migration.downtime_s"; empty where its name tells none."""
    for ending, unit in _ENDINGS:
        if name.endswith(ending) or f"{ending}." in name:
            return unit
    return "B" if ".bytes_" in name or "class_bytes" in name else ""
