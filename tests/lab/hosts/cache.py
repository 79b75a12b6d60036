"""Where downloads and built guests stay between runs, and how several runs share them."""
import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

repository = Path(__file__).resolve().parents[3]


def folder() -> Path:
    """build/lab of this repository, or DWCP_LAB_CACHE."""
    path = Path(os.environ.get("DWCP_LAB_CACHE") or repository / "build" / "lab")
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def alone(name: str):
    """Only one process at a time is in here with this name; the lock ends with the process."""
    with open(folder() / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def appearing(target: Path):
    """A new folder to fill, which becomes `target` at once when the block ends well, and is gone when it does not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        staging.chmod(0o755)
        yield staging
        if target.exists():
            shutil.rmtree(target)
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
