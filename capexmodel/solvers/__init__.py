"""General nonlinear programming: a program, two algorithms that solve it, and the certificate that judges the answer."""

from capexmodel.solvers.augmented_lagrangian import AugmentedLagrangian
from capexmodel.solvers.base import AbstractSolver, Errors, Multipliers, NonlinearProgram, Solution, Status
from capexmodel.solvers.batch import minimize_batch
from capexmodel.solvers.certificate import Certificate, certify
from capexmodel.solvers.convexity import ConvexityCheck, check_convexity
from capexmodel.solvers.dossier import Dossier, Verification, dossier, verify
from capexmodel.solvers.duality_gap import DualityGap, duality_gap
from capexmodel.solvers.elastic import Softened, soften
from capexmodel.solvers.infeasibility import InfeasibilityProof, prove_infeasible
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.multi_start import Agreement, multi_start
from capexmodel.solvers.one_sided import OneSided, Side, one_sided
from capexmodel.solvers.second_opinion import Opinions, second_opinion
from capexmodel.solvers.second_order import SecondOrder, second_order
from capexmodel.solvers.sensitivity import Response, Tangent, plan_derivative, value_gradient

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
    "Status",
    "Tangent",
    "Verification",
    "certify",
    "check_convexity",
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
