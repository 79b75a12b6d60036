"""The extension, or an error that says how it is had."""

from __future__ import annotations

import importlib.util

from .errors import Error

if importlib.util.find_spec("dwcp._native") is None:
    raise Error(
        "dwcp.hde and dwcp.QemuStream need the extension dwcp._native, which is not built: ./dwcp python builds it where "
        "pybind11-dev and python3-dev are installed, and so does pip install ./bindings/python"
    )

from . import _native as native

__all__ = ["native"]
