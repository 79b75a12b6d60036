"""The guests' kernel: Debian's cloud kernel as it is packaged, so that it places itself at random as on a real guest."""
import sys
import tempfile
from pathlib import Path

from hosts import cache
from hosts.kernel import package_name
from hosts.process import run


def fetch(target: Path):
    print("lab: fetching the kernel of the guests to capture", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix=".apt.", dir=cache.folder()) as work, cache.appearing(target) as staging:
        run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package_name()], timeout=600, cwd=work)
        package, = Path(work).glob("*.deb")
        run(["dpkg-deb", "-x", package, work], timeout=120)
        image, = Path(work).glob("boot/vmlinuz-*")
        image.rename(staging / "vmlinuz")
        modules, = [found for found in (Path(work) / "lib/modules", Path(work) / "usr/lib/modules") if found.exists()]
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
