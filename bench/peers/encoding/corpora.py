"""Captured memories of guests: where they are, and how they come to be."""
import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from hosts import cache
from hosts.cache import repository

CAPTURE = repository / "tests/lab/corpus/capture"


@dataclass(frozen=True)
class Corpus:
    folder: Path
    workload: str
    memory_bytes: int
    manifest: dict

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def captures(self) -> int:
        return len(self.manifest["captures"])

    def digest(self) -> str:
        """Of its first capture: results that took minutes are kept by it."""
        with open(self.folder / self.manifest["captures"][0]["file"], "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def read(folder: Path) -> Corpus:
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"{folder} is no corpus: {error}")
    if manifest.get("format") != 1:
        sys.exit(f"{folder} is a corpus of format {manifest.get('format')!r}; format 1 is read")
    return Corpus(folder, manifest["workload"], manifest["memory_bytes"], manifest)


def captured():
    return [read(path.parent) for path in sorted((cache.folder() / "corpus").glob("*/manifest.json"))]


def found(folders) -> list:
    """The given ones, or those that were captured; captures them first where there are none."""
    if folders:
        return [read(folder.resolve()) for folder in folders]
    if not captured() and CAPTURE.exists():
        print(f"no corpus is captured yet: {CAPTURE.relative_to(repository)} does it", file=sys.stderr)
        subprocess.run([CAPTURE], check=True, stdout=sys.stderr)
    return captured() or sys.exit(
        f"no corpus below {cache.folder() / 'corpus'}, and no {CAPTURE.relative_to(repository)} to capture some;\n"
        "--corpus DIR... names others, and `bench_peers_encoding synthetic DIR` makes one up to try the bench with")
