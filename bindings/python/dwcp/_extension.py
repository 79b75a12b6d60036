"""The extension, or an error that says how it is had."""

from __future__ import annotations

from .errors import Error

try:
    from . import _native as native
except ModuleNotFoundError as error:
    if error.name != "dwcp._native":
        raise
    raise Error(
        "dwcp.hde and dwcp.QemuStream need the extension dwcp._native, which is not built: ./dwcp python builds it where "
        "pybind11-dev and python3-dev are installed, and so does pip install ./bindings/python"
    ) from None

__all__ = ["native"]
