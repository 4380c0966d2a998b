"""Independence, curvature and the active set of programs whose answer is known by hand, and of published ones."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import InteriorPoint, NonlinearProgram, SecondOrder, certify, minimize, second_order
from tests.unit.solvers import hock_schittkowski as published

SHARP = InteriorPoint(tolerance=1e-10)


def judged(program: NonlinearProgram, start: list[float], args: Any = None) -> SecondOrder:
    """The second-order test at the solution."""
    solution = minimize(program, jnp.asarray(start), args, SHARP)
    return second_order(program, solution.x, solution.multipliers, args)


def test_a_corner_leaves_no_direction_free() -> None:
    """min x + y over x + 2y >= 3 and 2x + y >= 3: both rows bind with a price; the angle of their gradients is known."""
    program = NonlinearProgram(lambda x, args: x[0] + x[1], affine=lambda x, args: jnp.stack([x[0] + 2 * x[1] - 3, 2 * x[0] + x[1] - 3]))
    found = judged(program, [2.0, 2.0])
    assert {name: int(count) for name, count in found.active.counts.items()} == {"inequality": 0, "affine": 2, "lower": 0, "upper": 0}
    assert float(found.independence) == pytest.approx(math.sqrt(1 - 0.8))
    assert float(found.least_curvature) == math.inf
    assert bool(found.strict_minimum & found.prices_unique & found.strictly_complementary)


@pytest.mark.long
def test_a_row_given_twice_is_not_independent() -> None:
    """The same row twice: prices are not unique; a third row on a variable that its bound holds adds nothing either."""
    program = NonlinearProgram(
        lambda x, args: jnp.sum(x**2), affine=lambda x, args: jnp.stack([x[0] - 1.0, 2 * x[0] - 2.0]), lower=jnp.asarray([-1.0, 2.0])
    )
    found = judged(program, [3.0, 3.0])
    assert float(found.independence) <= 1e-12
    assert not bool(found.prices_unique)
    only = NonlinearProgram(lambda x, args: jnp.sum(x**2), affine=lambda x, args: x[1:] - 2.0, lower=jnp.asarray([-1.0, 2.0]))
    assert not bool(judged(only, [3.0, 3.0]).prices_unique)


def test_curvature_is_that_of_the_lagrangian_along_the_surface() -> None:
    """min -x on the unit circle x^2 + y^2 <= 1: the objective is flat, the price 1/2 gives curvature 1 along the circle."""
    program = NonlinearProgram(lambda x, args: -x[0], inequality=lambda x, args: 1.0 - jnp.sum(x**2, keepdims=True))
    found = judged(program, [0.1, 0.2])
    assert float(found.least_curvature) == pytest.approx(1.0, abs=1e-6)
    assert float(found.curvature_size) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(("bend", "strict"), [(0.5, True), (0.0, False), (-0.5, False)])
def test_a_saddle_is_no_strict_minimum(bend: float, strict: bool) -> None:
    """x^2 + bend y^2 at the origin meets the first-order conditions whatever the bend."""
    program = NonlinearProgram(lambda x, args: x[0] ** 2 + args * x[1] ** 2)
    args = jnp.asarray(bend)
    prices = minimize(program, jnp.ones(2), jnp.asarray(1.0)).multipliers
    found = second_order(program, jnp.zeros(2), prices, args)
    assert float(found.least_curvature) == pytest.approx(min(2.0, 2 * bend))
    assert bool(found.strict_minimum) is strict


def test_a_row_without_a_price_is_seen() -> None:
    """min x^2 + (y - 1)^2 with x >= 0: the bound binds at the free minimum."""
    program = NonlinearProgram(lambda x, args: x[0] ** 2 + (x[1] - 1) ** 2, lower=jnp.asarray([0.0, -5.0]))
    found = judged(program, [2.0, 2.0])
    assert (int(found.active.counts["lower"]), int(found.priced.counts["lower"])) == (1, 0)
    assert not bool(found.strictly_complementary)
    assert float(found.least_curvature) == pytest.approx(2.0)


@pytest.mark.long
@pytest.mark.parametrize("number", published.NUMBERS)
def test_published_minima_are_strict(number: int) -> None:
    """Every solution passes, whatever variables are fixed and rows are off; the first-order margin names the same rows without a price."""
    problem, start = published.program(number)
    place = jnp.asarray(published.NUMBERS.index(number))
    solution = minimize(problem, start, place, SHARP)
    found = second_order(problem, solution.x, solution.multipliers, place)
    margin = certify(problem, solution.x, solution.multipliers, place).strict_complementarity_margin
    assert int(jnp.sum(found.fixed)) == published.SIZE - len(published.PROBLEMS[number].start)
    assert bool(found.strict_minimum & found.prices_unique)
    assert bool(found.strictly_complementary) == bool(margin > 1e-4)


@pytest.mark.long
def test_a_batch_equals_one_by_one() -> None:
    """Lanes with other active sets give what each gives alone."""

    def lane(low: Any) -> SecondOrder:
        program = NonlinearProgram(lambda x, args: jnp.sum((x - 1.0) ** 2) + x[0] * x[1], lower=low)
        solution = minimize(program, jnp.ones(2), None, SHARP)
        return second_order(program, solution.x, solution.multipliers)

    lows = jnp.asarray([[-1.0, -1.0], [0.9, -1.0], [0.9, 0.9]])
    batch = jax.vmap(lane)(lows)
    np.testing.assert_array_equal(jnp.sum(batch.priced.lower, axis=1), [0, 1, 2])
    np.testing.assert_allclose(batch.least_curvature, [1.0, 2.0, jnp.inf], atol=1e-9)
