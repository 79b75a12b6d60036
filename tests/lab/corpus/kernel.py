"""The guests' kernel: Debian's cloud kernel as it is packaged, so that it places itself at random as on a real guest."""
import sys
from pathlib import Path

from hosts import cache
from hosts.kernel import unpacked
from hosts.process import run


def fetch(target: Path):
    print("lab: fetching the kernel of the guests to capture", file=sys.stderr)
    with unpacked() as work, cache.appearing(target) as staging:
        image, = work.glob("boot/vmlinuz-*")
        image.rename(staging / "vmlinuz")
        modules, = [found for found in (work / "lib/modules", work / "usr/lib/modules") if found.exists()]
        (staging / "lib").mkdir()
        modules.rename(staging / "lib/modules")
        version, = (staging / "lib/modules").iterdir()
        run(["depmod", "-b", staging, version.name])


def kernel() -> Path:
    """A folder with vmlinuz and lib/modules/VERSION (all modules), fetched when it is not there."""
    target = cache.folder() / "corpus-kernel"
    with cache.alone("corpus-kernel"):
        if not (target / "vmlinuz").exists():
            fetch(target)
    return target
