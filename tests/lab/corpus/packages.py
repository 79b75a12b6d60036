"""The lists of packages beside this file."""
from pathlib import Path

HERE = Path(__file__).resolve().parent


def listed(name: str) -> list:
    """The packages in the file `name`, one a line; lines that begin with # are comments."""
    lines = (line.strip() for line in (HERE / name).read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]
