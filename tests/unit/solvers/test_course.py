"""Directions of one iteration and how far they go, against the whole linear system solved twice."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.course import Course, boundary_share, clipped, course, gaps, moved, to_boundary
from capexmodel.solvers.iterate import Iterate
from capexmodel.solvers.newton import Direction, newton_system
from tests.unit.solvers.tiny import COUNTED, X, bare, distances, linearized, point, predicted, program

SLACK, PRICE = (lambda: np.asarray(point().slack)), (lambda: np.asarray(point().price))


def test_the_longest_step_leaves_a_share_of_the_way_to_zero() -> None:
    """0.9 * 3 / 4 is the least of the falling ones; rising ones do not count; at most 1."""
    values, share = jnp.asarray([3.0, 5.0, 0.7, 0.1]), jnp.asarray(0.9)
    assert float(to_boundary(values, jnp.asarray([-4.0, -2.0, 6.0, 0.0]), share)) == pytest.approx(0.675, rel=1e-14)
    assert float(to_boundary(values, jnp.asarray([-1.0, -2.0, 6.0, 0.0]), share)) == 1.0
    assert float(to_boundary(values, jnp.asarray([-2.9, -2.0, 6.0, 0.0]), share)) == pytest.approx(0.9 * 3.0 / 2.9, rel=1e-14)
    assert float(to_boundary(jnp.zeros(0), jnp.zeros(0), share)) == 1.0


@pytest.mark.parametrize(("barrier", "share"), [(0.3, 0.99), (0.004, 0.996), (1e-9, 1.0 - 1e-9)])
def test_the_nearer_the_end_the_nearer_to_the_boundary(barrier: float, share: float) -> None:
    """1 less the barrier parameter, at least 0.99."""
    assert float(boundary_share(jnp.asarray(barrier))) == pytest.approx(share, rel=1e-15)


def test_gaps_are_between_rows_and_their_slacks() -> None:
    """Seven rows; ten bounds have none."""
    expected = np.concatenate([np.asarray(linearized().rows) - SLACK()[:7], np.zeros(10)])
    assert np.allclose(gaps(program(), linearized(), point()), expected, rtol=1e-14)


def test_a_point_moves_by_two_lengths() -> None:
    """x and slacks by one, prices by the other; slacks of bounds follow x."""
    step = Direction(jnp.arange(1.0, 6.0) / 10, jnp.arange(2.0, 19.0), jnp.arange(3.0, 20.0), jnp.asarray([4.0, -5.0]))
    found = moved(program(), point(), step, jnp.asarray(0.3), jnp.asarray(0.7))
    x = X + 0.3 * np.arange(1.0, 6.0) / 10
    assert np.allclose(found.x, x, rtol=1e-14)
    assert np.allclose(found.slack, np.concatenate([SLACK()[:7] + 0.3 * np.arange(2.0, 9.0), distances(x)]), rtol=1e-13)
    assert np.allclose(found.price, PRICE() + 0.7 * np.arange(3.0, 20.0), rtol=1e-14)
    assert np.allclose(found.equality_price, np.asarray(point().equality_price) + 0.7 * np.asarray([4.0, -5.0]), rtol=1e-14)


def test_prices_are_kept_in_a_band_around_barrier_over_slack() -> None:
    """1e10 either way; absent bounds keep none."""
    price = PRICE().copy()
    price[[0, 8, 13]], price[1], price[9] = 1e-300, 1e300, 4e9
    found = clipped(program(), Iterate(point().x, point().slack, jnp.asarray(price), point().equality_price), jnp.asarray(0.3))
    expected = np.where(COUNTED, PRICE(), 0.0)
    expected[[0, 13]], expected[9] = 0.3 / SLACK()[[0, 13]] / 1e10, min(4e9, 1e10 * 0.3 / SLACK()[9])
    expected[1] = 1e10 * 0.3 / SLACK()[1]
    assert np.allclose(found.price, expected, rtol=1e-13, atol=0.0)
    assert found.x is point().x


def taken(at: Course) -> list[np.ndarray]:
    """Direction, lengths and barrier parameters of a course."""
    change = at.change
    return [change.x, change.slack, change.price, change.equality_price, at.length, at.price_length, at.barrier, at.following]


def ran(barrier: float, free: bool | None, floor: float = 1e-9, at: Iterate | None = None) -> Course:
    """A course from the point."""
    at, here = point() if at is None else at, linearized()
    system = newton_system(program(), here, at, jnp.asarray(0.0))
    answer = None if free is None else jnp.asarray(free)
    return course(program(), here, at, system, jnp.asarray(barrier), answer, jnp.asarray(floor))


@pytest.mark.parametrize("floor", [1e-9, 0.2, 0.6])
@pytest.mark.parametrize("free", [True, None])
def test_a_free_course_is_a_corrector_after_a_predictor(free: bool | None, floor: float) -> None:
    """The predictor aims at zero products; the corrector at what it left, less its own products of changes within the mean."""
    _, aim, barrier = predicted(np.zeros(17), 1.0, floor)
    expected, targets, following = predicted(aim, max(0.99, 1.0 - barrier), floor)
    found = ran(0.77, free, floor)
    for part, wanted in zip(taken(found), [*expected, barrier, following], strict=True):
        assert np.allclose(part, wanted, rtol=1e-8, atol=1e-10)
    assert np.allclose(found.targets, targets, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("barrier", [0.77, 0.006])
def test_a_monotone_course_is_one_newton_step_towards_the_barrier(barrier: float) -> None:
    """All products that count aim at the barrier parameter."""
    expected, targets, following = predicted(np.where(COUNTED, barrier, 0.0), max(0.99, 1.0 - barrier), 1e-9)
    found = ran(barrier, False)
    for part, wanted in zip(taken(found), [*expected, barrier, following], strict=True):
        assert np.allclose(part, wanted, rtol=1e-8, atol=1e-10)
    assert np.allclose(found.targets, targets, rtol=1e-8, atol=1e-10)


def test_without_limits_the_course_is_a_whole_newton_step() -> None:
    """No products: the mean is zero, the barrier parameter the floor."""
    none, rows = jnp.zeros(0), jnp.zeros((0, 5))
    here = eqx.tree_at(lambda h: (h.rows, h.equality, h.jacobian, h.equality_jacobian), linearized(), (none, none, rows, rows))
    at = Iterate(point().x, none, none, none)
    system = newton_system(bare(), here, at, jnp.asarray(0.0))
    found = course(bare(), here, at, system, jnp.asarray(0.3), jnp.asarray(True), jnp.asarray(1e-7))
    assert [float(part) for part in (found.length, found.price_length, found.barrier, found.following)] == [1.0, 1.0, 1e-7, 1e-7]


def test_of_a_single_limit_the_mean_is_its_own_product() -> None:
    """One lower bound: what the step leaves is slack times price after it, cubed over that before."""
    none, rows = jnp.zeros(0), jnp.zeros((0, 5))
    here = eqx.tree_at(lambda h: (h.rows, h.equality, h.jacobian, h.equality_jacobian), linearized(), (none, none, rows, rows))
    one = dataclasses.replace(bare(), lower=program().lower, bounded=jnp.arange(5) == 0)
    at = Iterate(point().x, jnp.asarray([1.5, 1.0, 1.0, 1.0, 1.0]), jnp.asarray([0.6, 0.0, 0.0, 0.0, 0.0]), none)
    found = course(one, here, at, newton_system(one, here, at, jnp.asarray(0.0)), jnp.asarray(0.8), jnp.asarray(False), jnp.asarray(1e-9))
    after = (1.5 + float(found.length * found.change.slack[0])) * (0.6 + float(found.price_length * found.change.price[0]))
    assert 0.05 < after < 0.85
    assert float(found.following) == pytest.approx(0.9 * (after / 0.9) ** 3, rel=1e-10)
