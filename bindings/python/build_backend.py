"""Builds the wheel (PEP 517, PEP 427) with the standard library alone, so that `pip install` needs no network.

The extension is built by the repository's CMake in build/wheel. Without it, which DWCP_PYTHON_NATIVE=0 asks for, the
wheel is pure Python: simulations and results work, dwcp.hde and dwcp.QemuStream do not.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# The oldest date that a zip file can hold: equal sources give equal wheels.
DATE = (1980, 1, 1, 0, 0, 0)


def _project() -> dict:
    return tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _metadata() -> str:
    project = _project()
    lines = [
        "Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}",
        f"Summary: {project['description']}", f"Requires-Python: {project['requires-python']}",
    ]
    for extra, needs in project["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {need}; extra == "{extra}"' for need in needs]
    return "\n".join(lines) + "\n"


def _with_extension() -> bool:
    return os.environ.get("DWCP_PYTHON_NATIVE", "1") != "0"


def _build_extension() -> Path:
    if not (ROOT / "CMakeLists.txt").is_file():
        raise SystemExit(
            f"{ROOT} is not dwcp's repository, whose engine the extension is made of; "
            "DWCP_PYTHON_NATIVE=0 makes a wheel without it"
        )
    folder = ROOT / "build" / "wheel"
    options = [
        "-DCMAKE_BUILD_TYPE=Release", "-DDWCP_BUILD_PYTHON=ON", "-DDWCP_BUILD_TESTS=OFF", "-DDWCP_BUILD_BENCHES=OFF",
        f"-DDWCP_PYTHON={sys.executable}",
    ]
    subprocess.run(["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, *options], check=True)
    jobs = str(len(os.sched_getaffinity(0)))
    subprocess.run(["cmake", "--build", folder, "--target", "dwcp_python", "--parallel", jobs], check=True)
    name = f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    return folder / "python" / "dwcp" / name


def _tag() -> str:
    if not _with_extension():
        return "py3-none-any"
    version = f"cp{sys.version_info.major}{sys.version_info.minor}"
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return f"{version}-{version}-{platform}"


def _wheel_file() -> str:
    pure = "false" if _with_extension() else "true"
    return f"Wheel-Version: 1.0\nGenerator: dwcp\nRoot-Is-Purelib: {pure}\nTag: {_tag()}\n"


def _package_files() -> dict[str, bytes]:
    files = {}
    for path in sorted((HERE / "dwcp").rglob("*")):
        if path.suffix in {".py", ".pyi"} or path.name == "py.typed":
            files[str(path.relative_to(HERE))] = path.read_bytes()
    return files


def _record(files: dict[str, bytes], own_name: str) -> bytes:
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{own_name},,"]).encode() + b"\n"


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
    """Nothing that pip would have to fetch."""
    return []


def get_requires_for_build_sdist(config_settings: object = None) -> list[str]:
    """Nothing that pip would have to fetch."""
    return []


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: object = None) -> str:
    """The metadata, without building anything."""
    project = _project()
    name = f"{project['name']}-{project['version']}.dist-info"
    folder = Path(metadata_directory) / name
    folder.mkdir()
    (folder / "METADATA").write_text(_metadata(), encoding="utf-8")
    (folder / "WHEEL").write_text(_wheel_file(), encoding="utf-8")
    return name


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None) -> str:
    """Builds the extension and packs the wheel; returns its name."""
    project = _project()
    stem = f"{project['name']}-{project['version']}"
    files = _package_files()
    if _with_extension():
        extension = _build_extension()
        files[f"dwcp/{extension.name}"] = extension.read_bytes()
    files[f"{stem}.dist-info/METADATA"] = _metadata().encode()
    files[f"{stem}.dist-info/WHEEL"] = _wheel_file().encode()
    record = f"{stem}.dist-info/RECORD"
    files[record] = _record(files, record)
    name = f"{stem}-{_tag()}.whl"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, DATE)
            entry.external_attr = (0o755 if ".so" in path else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return name


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """The Python files alone: the engine's sources are the repository's."""
    project = _project()
    stem = f"{project['name']}-{project['version']}"
    name = f"{stem}.tar.gz"
    with tarfile.open(Path(sdist_directory) / name, "w:gz") as archive:
        for path in ("pyproject.toml", "build_backend.py", "README.md", *_package_files()):
            archive.add(HERE / path, f"{stem}/{path}")
    return name
