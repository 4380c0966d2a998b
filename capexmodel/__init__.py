"""What AI capital expenditure buys, and when: from dollars to the date of a trained model.

The public names are loaded when they are first used, so that importing the package costs nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capexmodel.config import dump, load
    from capexmodel.errors import CapexModelError, ConfigError, ModelError, SolveError
    from capexmodel.model.allocation import Allocation
    from capexmodel.model.scenario import Scenario
    from capexmodel.model.simulate import Outcome, simulate
    from capexmodel.planning.limits import (
        Acquisitions,
        Balance,
        Deadline,
        Envelope,
        Hiring,
        LargestRun,
        Operating,
        StaffFloor,
        Supply,
        VendorSupply,
    )
    from capexmodel.planning.objective import PresentCost, TimeToModel, WorkByDate
    from capexmodel.planning.plan import Plan
    from capexmodel.planning.problem import Problem
    from capexmodel.report.answer import optimize
    from capexmodel.report.document import document
    from capexmodel.report.explain import explain
    from capexmodel.report.figures import figures
    from capexmodel.report.tables import tables

__version__ = "0.1.0"

__all__ = [
    "Acquisitions",
    "Allocation",
    "Balance",
    "CapexModelError",
    "ConfigError",
    "Deadline",
    "Envelope",
    "Hiring",
    "LargestRun",
    "ModelError",
    "Operating",
    "Outcome",
    "Plan",
    "PresentCost",
    "Problem",
    "Scenario",
    "SolveError",
    "StaffFloor",
    "Supply",
    "TimeToModel",
    "VendorSupply",
    "WorkByDate",
    "document",
    "dump",
    "explain",
    "figures",
    "load",
    "optimize",
    "simulate",
    "tables",
]

_ROOMS = {
    "config": ("dump", "load"),
    "errors": ("CapexModelError", "ConfigError", "ModelError", "SolveError"),
    "model.allocation": ("Allocation",),
    "model.scenario": ("Scenario",),
    "model.simulate": ("Outcome", "simulate"),
    "planning.limits": (
        "Acquisitions",
        "Balance",
        "Deadline",
        "Envelope",
        "Hiring",
        "LargestRun",
        "Operating",
        "StaffFloor",
        "Supply",
        "VendorSupply",
    ),
    "planning.objective": ("PresentCost", "TimeToModel", "WorkByDate"),
    "planning.plan": ("Plan",),
    "planning.problem": ("Problem",),
    "report.answer": ("optimize",),
    "report.document": ("document",),
    "report.explain": ("explain",),
    "report.figures": ("figures",),
    "report.tables": ("tables",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its room."""
    if name not in _HOME:
        raise AttributeError(f"module 'capexmodel' has no attribute '{name}'")
    return getattr(importlib.import_module(f"capexmodel.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
