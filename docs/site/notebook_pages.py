"""Notebooks as pages: their text, and their code as it is. What they show is drawn when they are run."""

from __future__ import annotations

import json
from pathlib import Path


def notebook_page(path: Path) -> str:
    lines: list[str] = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"]).rstrip("\n")
        if cell["cell_type"] == "markdown":
            lines += [text, ""]
        elif cell["cell_type"] == "code" and text:
            lines += ["```python", text, "```", ""]
    return "\n".join(lines)
