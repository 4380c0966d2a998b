"""Two times at once, by hand: fourth roots of whole numbers, and softpluses of round ones."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training.smooth import exposed_s, larger


def numbers(*values: float) -> list[jax.Array]:
    """Numbers as arrays."""
    return [jnp.asarray(value) for value in values]


@pytest.mark.parametrize(("one", "other"), [(2.0, 3.0), (3.0, 2.0), (0.7, 5.0), (0.0, 4.0), (1.5, 0.0)])
def test_the_larger_is_the_fourth_root_of_fourth_powers(one, other):
    assert float(larger(*numbers(one, other))) == pytest.approx((one**4 + other**4) ** 0.25, rel=1e-14)


@pytest.mark.parametrize(("one", "other"), [(2.0, 3.0), (0.7, 0.5), (0.0, 4.0), (1.5, 0.0)])
def test_its_slopes_are_cubes_of_the_ratio_to_the_larger(one, other):
    slopes = jax.grad(larger, argnums=(0, 1))(*numbers(one, other))
    top = (one**4 + other**4) ** 0.75
    np.testing.assert_allclose(slopes, [one**3 / top, other**3 / top], rtol=1e-13)


def test_between_nothing_and_nothing_it_has_no_slope():
    np.testing.assert_array_equal(jax.grad(larger, argnums=(0, 1))(*numbers(0.0, 0.0)), [0.0, 0.0])
    assert float(larger(*numbers(0.0, 0.0))) == 0.0


def test_a_slope_carries_the_value_along():
    value, slope = jax.jvp(larger, tuple(numbers(2.0, 3.0)), tuple(numbers(5.0, 7.0)))
    assert float(value) == pytest.approx(97**0.25, rel=1e-14)
    assert float(slope) == pytest.approx((8 * 5 + 27 * 7) / 97**0.75, rel=1e-13)


def softplus(x: float) -> float:
    """log(1 + exp x)."""
    return math.log1p(math.exp(-abs(x))) + max(x, 0.0)


@pytest.mark.parametrize("busy", [0.0, 3.0, 4.5, 5.0, 5.5, 9.0])
def test_what_a_window_does_not_hide_sets_in_over_a_tenth_of_it(busy):
    """A window of 5 and so a width of a half."""
    expected = 0.5 * (softplus(2.0 * (busy - 5.0)) - softplus(-10.0))
    assert float(exposed_s(*numbers(busy, 5.0))) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_without_a_window_all_is_seen():
    np.testing.assert_array_equal(exposed_s(jnp.asarray([0.0, 3.0, 7.0]), jnp.asarray([0.0])), [0.0, 3.0, 7.0])


def test_a_narrow_window_is_one_too():
    expected = 0.02 * (softplus(5.0) - softplus(-10.0))
    assert float(exposed_s(*numbers(0.3, 0.2))) == pytest.approx(expected, rel=1e-12)


def test_where_nothing_hides_a_slope_is_that_of_what_is_busy():
    slopes = jax.grad(lambda busy, window: exposed_s(busy, window), argnums=(0, 1))(*numbers(3.0, 0.0))
    np.testing.assert_array_equal(slopes, [1.0, 0.0])
