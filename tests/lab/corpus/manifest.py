"""manifest.json: what a corpus holds, and how it came about."""
import json
from pathlib import Path

from hosts.process import Failed

FORMAT = 1
NAME = "manifest.json"
FIELDS = {"format": int, "workload": str, "memory_bytes": int, "captures": list, "qemu": str, "kernel": str,
          "accelerator": str, "workload_detail": str, "seed": int}
# Beside these a capture says what was measured: run_s, the time that the guest ran since the capture before, and processor_s, the
# processors' time that QEMU got in it (less than twice run_s when the machine was busy, or the guest had nothing to do).
CAPTURE_FIELDS = {"file": str, "guest_time_s": float}
PAGE = 4096


def fields_fault(values, fields: dict, where: str):
    """What is wrong with the fields of an object, or None."""
    if not isinstance(values, dict):
        return f"{where} is {values!r}, not an object"
    for name, kind in fields.items():
        if name not in values:
            return f"{where} has no '{name}'"
        value = values[name]
        right = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
        if not right:
            return f"'{name}' of {where} is {value!r}, not of type {kind.__name__}"
    return None


def fault(values, folder: Path):
    """What is wrong with a manifest of files in `folder`, in a sentence; None when nothing is."""
    if wrong := fields_fault(values, FIELDS, "the manifest"):
        return wrong
    if values["format"] != FORMAT:
        return f"'format' is {values['format']}, not {FORMAT}"
    size = values["memory_bytes"]
    if size <= 0 or size % PAGE:
        return f"'memory_bytes' is {size}, not a positive multiple of {PAGE}"
    if not values["captures"]:
        return "'captures' is empty; one is the least"
    last = -1.0
    for number, capture in enumerate(values["captures"]):
        if wrong := fields_fault(capture, CAPTURE_FIELDS, f"capture {number}"):
            return wrong
        if capture["guest_time_s"] <= last:
            return f"'guest_time_s' of capture {number} is {capture['guest_time_s']}, not later than the one before it"
        last = capture["guest_time_s"]
        name = capture["file"]
        if Path(name).name != name:
            return f"'file' of capture {number} is '{name}', not the name of a file beside the manifest"
        path = folder / name
        if not path.is_file():
            return f"'file' of capture {number} names {name}, which is not there"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size} bytes, not the {size} of 'memory_bytes'"
    return None


def write(folder: Path, values: dict):
    if wrong := fault(values, folder):
        raise Failed(f"{folder}: {wrong}")
    (folder / NAME).write_text(json.dumps(values, indent=2) + "\n")


def read(folder: Path) -> dict:
    """Failed names what is wrong."""
    path = folder / NAME
    try:
        values = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Failed(f"{path}: {error}") from error
    if wrong := fault(values, folder):
        raise Failed(f"{path}: {wrong}")
    return values
