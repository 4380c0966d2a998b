"""The problems of Hock and Schittkowski: ours, IPOPT and SLSQP from the book's starts, against the book's best known values.

Where the book's value is not reached by anybody, or is missing, the best feasible value of any solver stands in, and is marked. A problem
counts as solved where the judge finds an optimality error and a violation of at most 1e-6, and a value within 1e-4 of the best known.

Source: Hock and Schittkowski, Test Examples for Nonlinear Programming Codes, Lecture Notes in Economics and Mathematical Systems 187
(1981).
"""

from typing import Any

from benchmarks.contest import contest
from benchmarks.published import hock_schittkowski
from benchmarks.standings import Rules, kept

SOLVERS = ("ours", "ipopt", "slsqp")
RULES = Rules(relative=1e-4, absolute=1e-4, by_book=True, optimal=True)


def run() -> dict[str, Any]:
    """Hold the contest."""
    return kept("hock_schittkowski", "Hock-Schittkowski", contest("hock_schittkowski", hock_schittkowski(), SOLVERS), RULES)
