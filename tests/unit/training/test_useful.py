"""The curve of useful compute: through its points, never falling, twice differentiable, and the natural spline wherever that rises."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from capexmodel.training.useful import Rise

RISES = st.lists(st.one_of(st.just(0.0), st.floats(0.01, 3.0)), min_size=1, max_size=8)
SEEDS = st.integers(0, 10_000)


def points(rises: list[float], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Knots as far apart as sizes of clusters are, and values that rise by so much from one to the next."""
    widths = np.random.default_rng(seed).uniform(0.3, 2.0, len(rises))
    return np.concatenate([[7.0], 7.0 + np.cumsum(widths)]), np.concatenate([[5.0], 5.0 + np.cumsum(rises)])


@given(RISES, SEEDS)
def test_it_goes_through_its_points_and_never_falls(rises: list[float], seed: int) -> None:
    """Also where some of them are as high as the one before; and beyond the last one."""
    knots, values = points(rises, seed)
    curve = Rise.through(jnp.asarray(knots), jnp.asarray(values))
    np.testing.assert_allclose(curve.at(jnp.asarray(knots)), values, rtol=1e-13)
    assert (np.asarray(curve.weights) >= -1e-14).all()
    along = np.asarray(curve.at(jnp.linspace(knots[0], knots[-1] + 3.0, 500)))
    assert (np.diff(along) >= -1e-14).all()


@given(RISES.filter(lambda rises: len(rises) > 1), SEEDS)
def test_it_bends_without_a_jump(rises: list[float], seed: int) -> None:
    """Slope and curvature are the same a little before and after each knot."""
    knots, values = points(rises, seed)
    curve = Rise.through(jnp.asarray(knots), jnp.asarray(values))
    slope = jax.vmap(jax.grad(curve.at))
    bend = jax.vmap(jax.grad(jax.grad(curve.at)))
    before, after = jnp.asarray(knots[1:] - 1e-9), jnp.asarray(knots[1:] + 1e-9)
    np.testing.assert_allclose(slope(before), slope(after), atol=1e-6)
    np.testing.assert_allclose(bend(before), bend(after), atol=1e-4)


def test_what_rises_as_a_natural_spline_is_one() -> None:
    """Yields that a scenario has: less and less by chip, without a size that yields less than a smaller one."""
    knots = np.log([1024.0, 16384.0, 65536.0, 131072.0, 524288.0, 2097152.0])
    values = np.log([500.0, 7700.0, 29e3, 55e3, 180e3, 400e3])
    curve, natural = Rise.through(jnp.asarray(knots), jnp.asarray(values)), CubicSpline(knots, values, bc_type="natural")
    along = np.linspace(knots[0], knots[-1], 400)
    np.testing.assert_allclose(curve.at(jnp.asarray(along)), natural(along), rtol=1e-13)
    assert float(jax.grad(curve.at)(jnp.asarray(20.0))) == pytest.approx(float(natural(knots[-1], 1)))


def test_the_spline_itself_would_fall() -> None:
    """After a plateau a natural spline overshoots: what is kept of it here is none of that."""
    knots, values = np.arange(5.0), np.asarray([0.0, 1.0, 1.0, 1.0, 3.0])
    along = np.linspace(0.0, 4.0, 400)
    assert np.diff(CubicSpline(knots, values, bc_type="natural")(along)).min() < -1e-3
    assert np.diff(np.asarray(Rise.through(jnp.asarray(knots), jnp.asarray(values)).at(jnp.asarray(along)))).min() >= 0.0


def test_one_point_keeps_its_share() -> None:
    """A run of twice the size yields twice as much."""
    curve = Rise.through(jnp.asarray([7.0]), jnp.asarray([5.0]))
    assert float(curve.at(jnp.asarray(9.0))) == 7.0
