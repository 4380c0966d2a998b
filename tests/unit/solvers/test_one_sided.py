"""Slopes on either side of a kink, known by hand or found by solving again a little way along."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import NonlinearProgram, OneSided, Tangent, minimize, one_sided, plan_derivative
from tests.unit.solvers.test_quadratic import SIZE, random_data
from tests.unit.solvers.test_sensitivity import SHARP, drawn, moved, posed, solve

STEP = 1e-3
AGREES = 1e-5
"""Relative difference to a three-point difference of solves at a tolerance of 1e-10, whose own error at this step is of that size."""


def either(program: NonlinearProgram, args: Any, direction: Any, start: Any) -> OneSided:
    """Both sides of the solution."""
    return one_sided(program, minimize(program, jnp.asarray(start), args, SHARP), args, Tangent(None, direction))


@pytest.mark.long
def test_the_larger_of_two_rows_has_a_kink() -> None:
    """min x with x >= a and x >= b is max(a, b): where a = b, raising a raises it, lowering a does nothing."""
    program = NonlinearProgram(lambda x, args: x[0], affine=lambda x, args: x[0] - args)
    found = either(program, jnp.asarray([1.0, 1.0]), jnp.asarray([1.0, 0.0]), [3.0])
    for side, slope in ((found.behind, 0.0), (found.ahead, 1.0)):
        assert bool(side.solved)
        assert float(side.value) == pytest.approx(slope, abs=1e-6)
        assert float(side.x[0]) == pytest.approx(slope, abs=1e-6)
    np.testing.assert_allclose(found.ahead.multipliers.affine, [1.0, 0.0], atol=1e-6)


@pytest.mark.long
def test_a_bound_without_a_price_lets_go_on_one_side() -> None:
    """min (x - a)^2 with x >= 0 is max(a, 0): at a = 0 the plan has a kink and the value has none."""
    program = NonlinearProgram(lambda x, args: jnp.sum((x - args) ** 2), lower=jnp.zeros(1))
    found = either(program, jnp.zeros(1), jnp.ones(1), [2.0])
    assert [float(side.x[0]) for side in found] == pytest.approx([0.0, 1.0], abs=1e-5)
    assert [float(side.value) for side in found] == pytest.approx([0.0, 0.0], abs=1e-4)


@pytest.mark.long
def test_without_a_kink_both_sides_are_the_derivative() -> None:
    """A random program in general position."""
    program, args = posed(random_data(0))
    solution, direction = solve(program, args), Tangent(None, drawn(args, 5))
    response = plan_derivative(program, solution, args, direction)
    for side in one_sided(program, solution, args, direction):
        assert bool(side.solved)
        np.testing.assert_allclose(side.value, response.value, atol=1e-6)
        np.testing.assert_allclose(side.x, response.x, atol=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_degenerate_programs_move_as_solving_again_says(seed: int) -> None:
    """Four rows twice over, and one more that just touches the plan; every copy then moves its own way."""
    data = random_data(seed)
    base = data._replace(matrix=np.tile(data.matrix[:4], (2, 1)), right=np.tile(data.right[:4] - 0.3, 2))
    base.right[3], base.right[7] = np.inf, np.inf
    program, args = posed(base)
    plan = np.asarray(solve(program, args).x)
    base.right[3] = base.matrix[3] @ plan
    program, args = posed(base)
    first, direction = solve(program, args), drawn(args, seed)
    found = one_sided(program, first, args, Tangent(None, direction))
    for side, sign in ((found.behind, -1.0), (found.ahead, 1.0)):
        near, far = (minimize(program, jnp.zeros(SIZE), moved(args, direction, sign * step), SHARP) for step in (STEP, 2 * STEP))
        value, x = (sign * (4 * a - b - 3 * c) / (2 * STEP) for a, b, c in ((near.value, far.value, first.value), (near.x, far.x, plan)))
        assert bool(side.solved)
        assert float(side.value) == pytest.approx(float(value), rel=AGREES, abs=AGREES * 10)
        np.testing.assert_allclose(side.x, x, atol=AGREES * 10 * max(1.0, float(jnp.max(jnp.abs(x)))))
    assert float(jnp.max(jnp.abs(found.ahead.x - found.behind.x))) > 0.01
