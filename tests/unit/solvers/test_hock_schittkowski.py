"""The solver reaches the best known value of published problems, and the independent certificate agrees."""

import jax.numpy as jnp
import pytest

from capexmodel.solvers import InteriorPoint, NonlinearProgram, Status, certify, minimize
from tests.unit.solvers.hock_schittkowski import NUMBERS, PROBLEMS, program

TIGHTER = {64: 1e-10}
"""Tolerance of problems whose objective is some thousand times steeper at the start than at the end, and scaled for the start."""


@pytest.mark.long
@pytest.mark.parametrize("number", NUMBERS)
def test_reaches_the_best_known_value(number: int) -> None:
    """Status, value, steps and certificate of one problem."""
    problem, start = program(number)
    place = jnp.asarray(NUMBERS.index(number))
    solution = minimize(problem, start, place, InteriorPoint(tolerance=TIGHTER.get(number, 1e-8)))
    assert Status(int(solution.status)) is Status.OPTIMAL
    assert float(solution.value) == pytest.approx(PROBLEMS[number].best, rel=1e-6, abs=1e-6)
    assert int(solution.steps) <= 60
    assert float(certify(problem, solution.x, solution.multipliers, place).kkt_error) <= 1e-6


def reinforced(x: jnp.ndarray, args: None) -> jnp.ndarray:
    """Rows of problem 72: their gradients fall with the square of x."""
    first, second = jnp.asarray([4.0, 2.25, 1.0, 0.25]), jnp.asarray([0.16, 0.36, 0.64, 0.64])
    return jnp.stack([0.0401 - jnp.sum(first / x), 0.010085 - jnp.sum(second / x)])


def test_a_solution_far_out_is_found_where_restoration_is_pulled_back() -> None:
    """Problem 72 starts two hundred times nearer than its solution: on the way the pull towards the start balances the rows' gradients, and
    whoever took that for a point of least violation would call the problem infeasible."""
    upper = jnp.asarray([4e5, 3e5, 2e5, 1e5])
    problem = NonlinearProgram(lambda x, args: 1.0 + jnp.sum(x), reinforced, lower=jnp.full(4, 1e-3), upper=upper)
    solution = minimize(problem, jnp.ones(4), solver=InteriorPoint(tolerance=1e-11))
    assert Status(int(solution.status)) is Status.OPTIMAL
    assert float(solution.value) == pytest.approx(727.67937, rel=1e-6)
    assert float(solution.certificate.kkt_error) <= 1e-6
