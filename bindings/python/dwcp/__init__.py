"""dwcp for notebooks and scripts: simulated live migrations, their results as data frames, and the engine's parts alone.

>>> import dwcp
>>> result = dwcp.simulate("scenarios/internet/first-migration.yaml", seed=1)  # doctest: +SKIP
>>> result.migrations  # doctest: +SKIP

Simulations are run by the program `dwcp`; `dwcp.hde` and `dwcp.QemuStream` are in the extension `dwcp._native`.
"""

from __future__ import annotations

import pkgutil as _pkgutil
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

# In a build tree the extension is in a folder of its own, which then stands on the path, too.
__path__ = _pkgutil.extend_path(__path__, __name__)

from . import errors
from ._array import write_job_array
from ._explore import explore
from ._findings import Findings
from ._load import load
from ._program import find_program
from ._result import Result
from ._results import Results
from ._scenario import Scenario, check_scenario
from ._simulate import simulate
from ._sweep import sweep
from .errors import (
    Aborted,
    EngineError,
    EngineValueError,
    Error,
    InvariantViolated,
    MissingPackage,
    Problem,
    ProgramNotFound,
    RunFailed,
    ScenarioError,
    ThresholdFailed,
)

if _TYPE_CHECKING:
    from . import hde
    from ._qemu import QemuStream

__version__ = "0.1.0"

__all__ = [
    "Aborted",
    "EngineError",
    "EngineValueError",
    "Error",
    "Findings",
    "InvariantViolated",
    "MissingPackage",
    "Problem",
    "ProgramNotFound",
    "QemuStream",
    "Result",
    "Results",
    "RunFailed",
    "Scenario",
    "ScenarioError",
    "ThresholdFailed",
    "check_scenario",
    "errors",
    "explore",
    "find_program",
    "hde",
    "load",
    "simulate",
    "sweep",
    "write_job_array",
]


def __getattr__(name: str) -> _Any:
    # Those that need the extension are loaded when they are asked for, so that everything else works without it.
    import importlib

    if name == "hde":
        return importlib.import_module(".hde", __name__)
    if name == "QemuStream":
        return importlib.import_module("._qemu", __name__).QemuStream
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
