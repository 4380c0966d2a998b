"""The small problems of CUTEst, constrained or not: ours and IPOPT from the published starts, each against the better of the two.

Source: Gould, Orban and Toint, CUTEst: a constrained and unconstrained testing environment with safe threads for mathematical optimization,
Computational Optimization and Applications 60 (2015).
"""

from typing import Any

from benchmarks.contest import contest
from benchmarks.published import cutest
from benchmarks.standings import Rules, kept

SOLVERS = ("ours", "ipopt")
RULES = Rules(relative=1e-2, absolute=1e-4, by_book=False, optimal=False)


def run() -> dict[str, Any]:
    """Hold the contest."""
    return kept("cutest", "CUTEst, up to 100 variables", contest("cutest", cutest(), SOLVERS), RULES)
