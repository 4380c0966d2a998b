"""General nonlinear programming: a program, two algorithms that solve it, and the certificate that judges the answer."""

from capexmodel.solvers.augmented_lagrangian import AugmentedLagrangian
from capexmodel.solvers.base import AbstractSolver, Errors, Multipliers, NonlinearProgram, Solution, Status
from capexmodel.solvers.certificate import Certificate, certify
from capexmodel.solvers.elastic import Softened, soften
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.multi_start import Agreement, multi_start
from capexmodel.solvers.second_opinion import Opinions, second_opinion

__all__ = [
    "AbstractSolver",
    "Agreement",
    "AugmentedLagrangian",
    "Certificate",
    "Errors",
    "InteriorPoint",
    "Multipliers",
    "NonlinearProgram",
    "Opinions",
    "Softened",
    "Solution",
    "Status",
    "certify",
    "minimize",
    "multi_start",
    "second_opinion",
    "soften",
]
