"""Where a search begins: pushed inside its bounds, on the barrier, with prices of its own or of an earlier solution."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.base import Multipliers, NonlinearProgram
from capexmodel.solvers.start import cold, inside, least_squares_prices, warmed
from tests.unit.solvers.tiny import AFFINE_SCALE, COUNTED, SCALE, X, distances, gradients, linearized, point, program

BARRIER = 0.35


def box(lower: list[float], upper: list[float]) -> NonlinearProgram:
    """Bounds alone."""
    return NonlinearProgram(lambda x, args: jnp.sum(x), lower=jnp.asarray(lower), upper=jnp.asarray(upper))


def test_a_point_is_pushed_off_its_bounds_by_their_size_or_by_their_width_whichever_is_less() -> None:
    """A push of 0.1: of a bound of 0.5 by 0.1, of one of -30 by 3, in widths of 4 and 0.4 by a tenth of them."""
    walls = box([0.5, -30.0, 2.0, -np.inf, -9.0, -np.inf, 7.0], [4.5, 40.0, 2.4, 30.0, np.inf, np.inf, 7.0])
    below = inside(walls, jnp.full(7, -1e3), jnp.asarray(0.1))
    assert np.allclose(below, [0.6, -27.0, 2.04, -1000.0, -8.1, -1000.0, 7.0], rtol=1e-13)
    above = inside(walls, jnp.full(7, 1e3), jnp.asarray(0.1))
    assert np.allclose(above, [4.1, 36.0, 2.36, 27.0, 1000.0, 1000.0, 7.0], rtol=1e-13)
    between = [1.25, 3.5, 2.2, 26.0, -8.0, 77.0, 7.0]
    assert np.asarray(inside(walls, jnp.asarray(between), jnp.asarray(0.1))).tolist() == between


def test_small_bounds_are_left_by_the_push_itself() -> None:
    """Of lower and upper bounds of size less than one, by the push."""
    walls = box([-0.5, 0.0], [0.25, 0.75])
    assert np.allclose(inside(walls, jnp.full(2, -9.0), jnp.asarray(0.1)), [-0.425, 0.075], rtol=1e-13)
    wide = box([-0.5, -50.0], [50.0, 0.75])
    assert np.allclose(inside(wide, jnp.full(2, -99.0), jnp.asarray(0.1)), [-0.4, -45.0], rtol=1e-13)
    assert np.allclose(inside(wide, jnp.full(2, 99.0), jnp.asarray(0.1)), [45.0, 0.65], rtol=1e-13)


def test_where_both_pushes_cross_the_lower_one_counts() -> None:
    """A push of 0.8 in a width of 0.5: 0.4 from below; bounds that exclude all leave the lower one."""
    walls = box([0.0, 5.0, 5.0], [0.5, 3.0, 4.6])
    assert np.allclose(inside(walls, jnp.asarray([0.3, 4.0, 4.8]), jnp.asarray(0.8)), [0.4, 5.0, 5.0], rtol=1e-13)


def test_prices_of_equalities_balance_the_slope_as_well_as_they_can() -> None:
    """Least squares of the gradient that priced limits leave."""
    here = linearized()
    rest = np.asarray(here.slope) - gradients(here).T @ np.asarray(point().price)
    expected = np.linalg.lstsq(np.asarray(here.equality_jacobian).T, rest, rcond=None)[0]
    assert np.allclose(least_squares_prices(program(), here, point()), expected, rtol=1e-6)


@pytest.mark.parametrize(("size", "kept"), [(999.0, True), (1000.0, True), (1001.0, False)])
def test_prices_of_equalities_above_a_thousand_are_left_out(size: float, kept: bool) -> None:
    """Rows along two variables of their own, so that prices are slopes; the negative one is the larger."""
    rows = jnp.asarray([[0.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]])
    slope = jnp.asarray([0.0, 0.0, 0.0, 300.0, -size * (1.0 + 1e-8)])
    here = eqx.tree_at(lambda h: (h.equality_jacobian, h.slope), linearized(), (rows, slope))
    found = least_squares_prices(program(), here, eqx.tree_at(lambda p: p.price, point(), jnp.zeros(17)))
    assert np.allclose(found, [300.0 / (1.0 + 1e-8), -size] if kept else [0.0, 0.0], rtol=1e-14)


def test_equal_equality_rows_share_their_price_and_none_have_none() -> None:
    """Softened by 1e-8; without equalities the (empty) prices stay."""
    rows = jnp.asarray([[0.0, 0.0, 0.0, 1.0, 0.0]] * 2)
    here = eqx.tree_at(lambda h: (h.equality_jacobian, h.slope), linearized(), (rows, jnp.asarray([0.0, 0.0, 0.0, 6.0, 0.0])))
    found = least_squares_prices(program(), here, eqx.tree_at(lambda p: p.price, point(), jnp.zeros(17)))
    assert np.allclose(found, [3.0, 3.0], rtol=1e-6)
    none = eqx.tree_at(lambda h: (h.equality, h.equality_jacobian), here, (jnp.zeros(0), jnp.zeros((0, 5))))
    alone = eqx.tree_at(lambda p: p.equality_price, point(), jnp.zeros(0))
    assert least_squares_prices(program(), none, alone) is alone.equality_price


@pytest.mark.parametrize(("push", "least"), [(0.31, 0.4), (0.57, 0.57)])
def test_a_cold_point_lies_on_the_barrier_with_slacks_of_some_size(push: float, least: float) -> None:
    """At least the push, and a tenth of the worst violation, of 4."""
    rows = np.asarray([0.9, -4.0, 0.1, 2.5, -0.7, 0.45, 0.6])
    here = eqx.tree_at(lambda h: h.rows, linearized(), jnp.asarray(rows))
    found = cold(program(), here, jnp.asarray(X), jnp.asarray(BARRIER), jnp.asarray(push))
    slack = np.concatenate([np.maximum(rows, least), distances()])
    assert np.asarray(found.x).tolist() == X.tolist()
    assert np.allclose(found.slack, slack, rtol=1e-13)
    assert np.allclose(found.price, np.where(COUNTED, BARRIER / slack, 0.0), rtol=1e-13)
    rest = np.asarray(here.slope) - gradients(here).T @ np.asarray(found.price)
    assert np.allclose(found.equality_price, np.linalg.lstsq(np.asarray(here.equality_jacobian).T, rest, rcond=None)[0], rtol=1e-6)


def test_a_cold_point_without_a_violation_is_pushed_by_the_push_alone() -> None:
    """Rows that hold have no violation, and so no share of one."""
    here = eqx.tree_at(lambda h: h.rows, linearized(), jnp.asarray([0.9, 4.0, 0.1, 2.5, 0.7, 0.45, 0.0]))
    found = cold(program(), here, jnp.asarray(X), jnp.asarray(BARRIER), jnp.asarray(0.02))
    assert np.allclose(found.slack[:7], [0.9, 4.0, 0.1, 2.5, 0.7, 0.45, 0.02], rtol=1e-13)


def test_a_warm_point_has_the_earlier_prices_in_the_scaling_of_this_solve() -> None:
    """Divided by the rows' scales and times the objective's; at least the barrier over the slack; absent bounds have none."""
    prices = Multipliers(
        *(jnp.asarray(part) for part in ([3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 1e-9], [-1.5, 2.5])),
        jnp.arange(9.0, 14.0),
        jnp.arange(15.0, 20.0),
    )
    prices = eqx.tree_at(lambda p: p.upper, prices, prices.upper.at[2].set(1e-9))
    found = warmed(program(), point(), prices, jnp.asarray(BARRIER))
    rows = 0.7 * np.concatenate([np.asarray([3.0, 4.0, 5.0]) / SCALE[1:4], np.asarray([6.0, 7.0, 8.0, 1e-9]) / AFFINE_SCALE])
    walls = 0.7 * np.concatenate([np.arange(9.0, 14.0), np.asarray([15.0, 16.0, 1e-9, 18.0, 19.0])])
    expected = np.where(COUNTED, np.maximum(np.concatenate([rows, walls]), BARRIER / np.asarray(point().slack)), 0.0)
    assert np.allclose(found.price, expected, rtol=1e-13)
    assert np.allclose(found.equality_price, 0.7 * np.asarray([-1.5, 2.5]) / SCALE[4:], rtol=1e-13)
    assert found.x is point().x
    assert found.slack is point().slack


def test_a_warm_point_takes_prices_of_bounds_of_the_kinds_that_are_there() -> None:
    """With lower bounds alone, the prices of upper ones are left out."""
    below = dataclasses.replace(program(), upper=jnp.zeros(0), bounded=program().bounded[:5])
    prices = Multipliers(jnp.ones(3), jnp.ones(4), jnp.ones(2), jnp.full(5, 9.0), jnp.full(5, 15.0))
    at = eqx.tree_at(lambda p: (p.slack, p.price), point(), (point().slack[:12], point().price[:12]))
    assert np.allclose(warmed(below, at, prices, jnp.asarray(BARRIER)).price[7:], [6.3, 0.0, 6.3, 0.0, 0.0], rtol=1e-13)
