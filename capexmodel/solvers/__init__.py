"""General nonlinear programming: a program, two algorithms that solve it, and what judges, prices and explains the answer.

The second algorithm is loaded when it is first used: whoever only minimizes does not wait for the libraries it stands on.
"""

import importlib
from typing import TYPE_CHECKING

from capexmodel.solvers.base import AbstractSolver, Certificate, Errors, Multipliers, NonlinearProgram, Solution, Status
from capexmodel.solvers.batch import minimize_batch
from capexmodel.solvers.certificate import certify
from capexmodel.solvers.convexity import ConvexityCheck, check_convexity
from capexmodel.solvers.dossier import Dossier, Verification, dossier, verify
from capexmodel.solvers.duality_gap import DualityGap, duality_gap
from capexmodel.solvers.elastic import Softened, soften
from capexmodel.solvers.infeasibility import InfeasibilityProof, prove_infeasible
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.multi_start import Agreement, multi_start
from capexmodel.solvers.one_sided import OneSided, Side, one_sided
from capexmodel.solvers.second_order import SecondOrder, second_order
from capexmodel.solvers.sensitivity import Response, Tangent, plan_derivative, value_gradient
from capexmodel.solvers.stage_check import check_stages
from capexmodel.solvers.stages import Stages

if TYPE_CHECKING:
    from capexmodel.solvers.augmented_lagrangian import AugmentedLagrangian
    from capexmodel.solvers.opinions import Opinions, second_opinion

__all__ = [
    "AbstractSolver",
    "Agreement",
    "AugmentedLagrangian",
    "Certificate",
    "ConvexityCheck",
    "Dossier",
    "DualityGap",
    "Errors",
    "InfeasibilityProof",
    "InteriorPoint",
    "Multipliers",
    "NonlinearProgram",
    "OneSided",
    "Opinions",
    "Response",
    "SecondOrder",
    "Side",
    "Softened",
    "Solution",
    "Stages",
    "Status",
    "Tangent",
    "Verification",
    "certify",
    "check_convexity",
    "check_stages",
    "dossier",
    "duality_gap",
    "minimize",
    "minimize_batch",
    "multi_start",
    "one_sided",
    "plan_derivative",
    "prove_infeasible",
    "second_opinion",
    "second_order",
    "soften",
    "value_gradient",
    "verify",
]

_LAZY = {"AugmentedLagrangian": "augmented_lagrangian", "Opinions": "opinions", "second_opinion": "opinions"}


def __getattr__(name: str) -> object:
    """Load a public name from its room."""
    if name not in _LAZY:
        raise AttributeError(f"module 'capexmodel.solvers' has no attribute '{name}'")
    return getattr(importlib.import_module(f"capexmodel.solvers.{_LAZY[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
