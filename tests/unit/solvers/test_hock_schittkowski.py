"""The solver reaches the best known value of published problems, and the independent certificate agrees."""

import jax.numpy as jnp
import pytest

from capexmodel.solvers import InteriorPoint, Status, certify, minimize
from tests.unit.solvers.hock_schittkowski import NUMBERS, PROBLEMS, program

TIGHTER = {64: 1e-10}
"""Tolerance of problems whose objective is some thousand times steeper at the start than at the end, and scaled for the start."""
LONGER = {72: 200}
"""Steps of problems whose solution is a hundred times as far out as the start, where restoration has to go a long way."""


@pytest.mark.parametrize("number", NUMBERS)
def test_reaches_the_best_known_value(number: int) -> None:
    """Status, value, steps and certificate of one problem."""
    problem, start = program(number)
    place = jnp.asarray(NUMBERS.index(number))
    solution = minimize(problem, start, place, InteriorPoint(tolerance=TIGHTER.get(number, 1e-8)))
    assert Status(int(solution.status)) is Status.OPTIMAL
    assert float(solution.value) == pytest.approx(PROBLEMS[number].best, rel=1e-6, abs=1e-6)
    assert int(solution.steps) <= LONGER.get(number, 60)
    assert float(certify(problem, solution.x, solution.multipliers, place).kkt_error) <= 1e-6
