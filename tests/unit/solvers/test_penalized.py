"""The augmented Lagrangian by hand: scales found at the start, rows that are off, prices either way, gradients."""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.base import Errors, Multipliers, NonlinearProgram, Solution
from capexmodel.solvers.penalized import Penalized, Rows, Terms, look, penalize
from tests.unit.solvers import five

ELSEWHERE = np.asarray([1.4, 0.9, -0.7, 2.3, 0.7])
ON = np.asarray([True, False, True, True, False])


def begin(x: Any, counts: tuple[int, int, int]) -> Solution:
    """A start without prices."""
    x, zero = jnp.asarray(x), jnp.zeros(())
    prices = Multipliers(*(jnp.zeros(count) for count in counts), jnp.zeros_like(x), jnp.zeros_like(x))
    return Solution(x, zero, prices, jnp.asarray(0), jnp.asarray(0), Errors(zero, zero, zero))


def with_rows_off() -> NonlinearProgram:
    """The program of five with its second curved row off, and a second affine row that is off."""
    objective, curved, affine, equal = five.parts()
    return NonlinearProgram(
        objective=lambda x, args: args * objective.values(x)[0],
        inequality=lambda x, args: jnp.where(jnp.arange(3) == 1, jnp.inf, curved.values(x)),
        affine=lambda x, args: jnp.concatenate([affine.values(x), x[:1] + jnp.inf]),
        equality=lambda x, args: equal.values(x),
        lower=jnp.asarray(five.LOWER),
        upper=jnp.asarray(five.UPPER),
    )


@functools.cache
def penalized(steepness: float = 10.0) -> Penalized:
    """That program as the augmented Lagrangian sees it from the point."""
    return penalize(with_rows_off(), begin(five.POINT, (3, 2, 2)), jnp.asarray(steepness))


def objective_scale(steepness: float = 10.0) -> float:
    slope = steepness * five.parts()[0].slopes(five.POINT)[0]
    return 1.0 / np.abs(slope[five.FREE]).max()


def one_over_lengths() -> tuple[np.ndarray, np.ndarray]:
    """Scales of the one-sided and of the equality rows: gradients without the fixed variable."""
    _, curved, affine, equal = five.parts()
    sides = np.concatenate([curved.slopes(five.POINT), affine.slope])[:, five.FREE]
    one_sided = 1.0 / np.linalg.norm(sides, axis=1)
    return np.asarray([one_sided[0], 1.0, *one_sided[2:], 1.0]), 1.0 / np.linalg.norm(equal.slopes(five.POINT)[:, five.FREE], axis=1)


def scaled(x: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Objective, one-sided rows, equality rows."""
    objective, curved, affine, equal = five.parts()
    one_sided, equality = one_over_lengths()
    rows = np.concatenate([curved.values(x), affine.values(x), [9.0]])
    return 10.0 * objective_scale() * objective.values(x)[0], np.where(ON, one_sided * rows, 1.0), equality * equal.values(x)


def scaled_slopes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    objective, curved, affine, equal = five.parts()
    one_sided, equality = one_over_lengths()
    rows = np.concatenate([curved.slopes(x), affine.slope, np.zeros((1, 5))])
    rows = np.where(ON[:, None], one_sided[:, None] * rows, 0.0)
    return 10.0 * objective_scale() * objective.slopes(x)[0], rows, equality[:, None] * equal.slopes(x)


def test_scales_are_one_over_the_lengths_of_gradients_at_the_start() -> None:
    one_sided, equality = one_over_lengths()
    np.testing.assert_allclose(penalized().scale.one_sided, one_sided)
    np.testing.assert_allclose(penalized().scale.equality, equality)
    assert float(penalized().objective_scale) == pytest.approx(objective_scale())
    np.testing.assert_array_equal(penalized().on, ON)
    assert penalized().counts == (3, 2)
    slope = five.parts()[2].slope[0]
    np.testing.assert_allclose(penalized().matrix, [slope, np.zeros(5)])
    np.testing.assert_allclose(penalized().offset, [five.parts()[2].constant[0], 1.0])


@pytest.mark.parametrize("steepness", [10.0, 0.01])
def test_a_flat_objective_does_not_make_more_count(steepness: float) -> None:
    assert bool(objective_scale(steepness) > 1.0) is (steepness < 1.0)
    assert float(penalized(steepness).least_gradient) == pytest.approx(min(1.0, objective_scale(steepness)))


@pytest.mark.parametrize("x", [five.POINT, ELSEWHERE])
def test_values_are_scaled_and_rows_that_are_off_read_one(x: np.ndarray) -> None:
    objective, rows = penalized().values(jnp.asarray(x))
    for found, expected in zip((objective, rows.one_sided, rows.equality), scaled(x), strict=True):
        np.testing.assert_allclose(found, expected)


def test_the_start_is_moved_between_the_bounds() -> None:
    """Crossed bounds: to the lower one."""
    program = NonlinearProgram(lambda x, args: x @ x, lower=jnp.asarray([-1.5, -1.0, 4.0]), upper=jnp.asarray([7.0, 3.5, 2.5]))
    np.testing.assert_array_equal(penalize(program, begin([-9.0, 9.0, 3.0], (0, 0, 0)), None).start, [-1.5, 3.5, 4.0])
    np.testing.assert_array_equal(penalize(program, begin([0.3, 0.6, 9.0], (0, 0, 0)), None).start, [0.3, 0.6, 4.0])


def test_gradients_that_say_nothing_leave_a_scale_of_one() -> None:
    """A millionth of a gradient, a little more, one that is none, one without end; crossed bounds hold a variable like equal ones."""
    slopes = np.asarray([1e-6, 1.1e-6, 0.0, 0.25])

    def rows(x: Any, args: Any) -> Any:
        return jnp.concatenate([slopes * x[0], 3.0 * x[2:]])

    program = NonlinearProgram(lambda x, args: 1e-7 * x[0], rows, lower=jnp.asarray([-5.0, 0.0, 4.0]), upper=jnp.asarray([5.0, 5.0, 2.0]))
    found = penalize(program, begin([2.0, 0.0, 3.0], (5, 0, 0)), None)
    np.testing.assert_allclose(found.scale.one_sided, [1.0, 1 / 1.1e-6, 1.0, 4.0, 1.0])
    assert float(found.objective_scale) == 1.0
    assert found.matrix.shape == (0, 3)
    steep = NonlinearProgram(lambda x, args: x[0], lambda x, args: jnp.sqrt(x))
    np.testing.assert_allclose(penalize(steep, begin([0.0], (1, 0, 0)), None).scale.one_sided, [1.0])


SIDES, EQUALS = np.asarray([0.6, 0.7, 0.8, 0.9, 1.1]), np.asarray([-0.4, 0.3])
PENALTY = 6.0


def terms(weight: float = 1.0) -> Terms:
    """Prices that the penalty turns over."""
    return Terms(Rows(jnp.asarray(SIDES), jnp.asarray(EQUALS)), jnp.asarray(PENALTY), jnp.asarray(weight))


def pressed(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Prices less penalty times the rows: nothing of what is off or would be negative."""
    _, one_sided, equality = scaled(x)
    return np.where(ON, np.maximum(0.0, SIDES - 6.0 * one_sided), 0.0), EQUALS - 6.0 * equality


def test_prices_move_by_penalty_times_rows() -> None:
    _, one_sided, equality = scaled(ELSEWHERE)
    found = penalized().repriced(Rows(jnp.asarray(one_sided), jnp.asarray(equality)), terms())
    assert {True, False} == set((np.asarray(found.one_sided) > 0).tolist())
    np.testing.assert_allclose(found.one_sided, pressed(ELSEWHERE)[0])
    np.testing.assert_allclose(found.equality, pressed(ELSEWHERE)[1])
    off = Rows(jnp.full(5, -1.0), jnp.asarray(equality))
    np.testing.assert_allclose(penalized().repriced(off, terms()).one_sided, np.where(ON, SIDES + 6.0, 0.0))


@pytest.mark.parametrize("weight", [1.0, 0.0])
def test_the_lagrangian_adds_squares_of_prices_over_twice_the_penalty(weight: float) -> None:
    one_sided, equality = pressed(ELSEWHERE)
    value = penalized().lagrangian(jnp.asarray(ELSEWHERE), terms(weight))
    expected = weight * scaled(ELSEWHERE)[0] + (one_sided @ one_sided + equality @ equality) / 12.0
    assert float(value) == pytest.approx(expected)


@pytest.mark.parametrize("weight", [1.0, 0.0])
def test_its_gradient_is_that_of_the_lagrangian_at_the_prices_after(weight: float) -> None:
    slope, rows, equal = scaled_slopes(ELSEWHERE)
    one_sided, equality = pressed(ELSEWHERE)
    expected = weight * slope - one_sided @ rows - equality @ equal
    np.testing.assert_allclose(jax.grad(penalized().lagrangian)(jnp.asarray(ELSEWHERE), terms(weight)), expected)
    seen = look(penalized(), jnp.asarray(ELSEWHERE))
    after = Rows(jnp.asarray(one_sided), jnp.asarray(equality))
    np.testing.assert_allclose(seen.gradient(after, jnp.asarray(0.3)), 0.3 * slope - one_sided @ rows - equality @ equal)


def test_a_look_gives_values_gradients_and_lengths() -> None:
    """A row that is off has the least length, a thousandth."""
    seen, (slope, rows, equal) = look(penalized(), jnp.asarray(ELSEWHERE)), scaled_slopes(ELSEWHERE)
    objective, one_sided, equality = scaled(ELSEWHERE)
    assert float(seen.objective) == pytest.approx(objective)
    np.testing.assert_allclose(seen.rows.one_sided, one_sided)
    np.testing.assert_allclose(seen.rows.equality, equality)
    np.testing.assert_allclose(seen.slope, slope)
    np.testing.assert_allclose(seen.slopes.one_sided, rows)
    np.testing.assert_allclose(seen.slopes.equality, equal)
    np.testing.assert_allclose(seen.lengths.one_sided, np.where(ON, np.linalg.norm(rows, axis=1), 1e-3))
    np.testing.assert_allclose(seen.lengths.equality, np.linalg.norm(equal, axis=1))


def test_prices_come_in_and_go_out_in_the_programs_units() -> None:
    """A price in its own unit times the row's own change is a scaled one times the scaled change, both in scaled objective."""
    given = Multipliers(*(jnp.asarray(p) for p in ([0.3, 0.4, -0.5], [0.6, 0.7], [-0.8, 0.9])), jnp.zeros(5), jnp.zeros(5))
    found, (one_sided, equality) = penalized().priced(given), one_over_lengths()
    np.testing.assert_allclose(found.one_sided, np.asarray([0.3, 0.4, 0.0, 0.6, 0.7]) * objective_scale() / one_sided)
    np.testing.assert_allclose(found.equality, np.asarray([-0.8, 0.9]) * objective_scale() / equality)
    back = penalized().unpriced(found, jnp.zeros(5), jnp.asarray(five.POINT))
    np.testing.assert_allclose(back.inequality, [0.3, 0.4, 0.0])
    np.testing.assert_allclose(back.affine, [0.6, 0.7])
    np.testing.assert_allclose(back.equality, [-0.8, 0.9])


def test_the_gradient_prices_the_bounds_that_hold() -> None:
    """Lower bounds where it is positive, upper ones where it is negative; nothing between."""
    program = eqx.tree_at(lambda p: (p.lower, p.upper), penalized(), (jnp.full(5, -2.0), jnp.full(5, 3.0)))
    x, gradient = jnp.asarray([-2.0, -2.0, 3.0, 3.0, 0.5]), jnp.asarray([0.6, -0.7, 0.8, -0.9, 5.0])
    found = program.unpriced(Rows(jnp.asarray(SIDES), jnp.asarray(EQUALS)), gradient, x)
    np.testing.assert_allclose(found.lower, np.asarray([0.6, 0.0, 0.0, 0.0, 0.0]) / objective_scale())
    np.testing.assert_allclose(found.upper, np.asarray([0.0, 0.0, 0.0, 0.9, 0.0]) / objective_scale())
