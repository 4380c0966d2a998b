"""Rows and bounds as one list of limits, against all their gradients as one matrix."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.limits import along, bound_sum, counted, distances, pulled
from tests.unit.solvers.tiny import BOUNDED, COUNTED, X, bare, gradients, linearized, program


def test_distances_are_from_each_bound_inwards_and_one_where_there_is_none() -> None:
    """1.7 - 0.2 and 0.35 + 0.6 from below, 1.9 + 0.4 and 1.1 - 0.35 from above."""
    expected = [1.5, 1.0, 0.95, 1.0, 1.0, 1.0, 2.3, 0.75, 1.0, 1.0]
    assert np.allclose(distances(program(), jnp.asarray(X)), expected, rtol=1e-14)


@pytest.mark.parametrize(("wall", "least"), [(-400.0, 4e-14), (0.3, 1e-16), (70.0, 7e-15)])
def test_on_and_behind_a_bound_the_distance_is_rounding_by_the_size_of_the_bound(wall: float, least: float) -> None:
    """1e-16 of the bound's size, or of one; on both sides."""
    at = eqx.tree_at(lambda p: (p.lower, p.upper), program(), (program().lower.at[0].set(wall), program().upper.at[2].set(wall)))
    found = distances(at, jnp.asarray([wall, 0.0, wall, 0.0, 0.0]))
    assert float(found[0]) == pytest.approx(least, rel=1e-12, abs=0.0)
    assert float(found[7]) == pytest.approx(least, rel=1e-12, abs=0.0)
    behind = distances(at, jnp.asarray([wall - 3.0, 0.0, wall + 3.0, 0.0, 0.0]))
    assert np.array_equal(behind[jnp.asarray([0, 7])], found[jnp.asarray([0, 7])])


def test_every_row_counts_and_the_bounds_that_are_there() -> None:
    """Seven rows, two of five lower bounds, two of five upper ones; nothing of a program without either."""
    assert np.asarray(counted(program())).tolist() == COUNTED.tolist()
    assert counted(program()).dtype == bool
    assert counted(bare()).shape == (0,)


def test_all_limits_change_along_a_direction_as_their_gradients_say() -> None:
    """Curved rows, affine rows, lower bounds, upper bounds."""
    direction = np.asarray([0.7, -1.1, 2.3, 0.9, -0.6])
    found = along(program(), linearized(), jnp.asarray(direction))
    assert np.allclose(found, gradients(linearized()) @ direction, rtol=1e-13)
    assert np.asarray(found[7:]).tolist() == [0.7, 0.0, 2.3, 0.0, 0.0, 0.0, 1.1, -2.3, 0.0, 0.0]


def test_the_pull_of_prices_is_the_sum_of_priced_gradients() -> None:
    """The transpose of the same matrix."""
    prices = np.where(COUNTED, np.arange(1.0, 18.0) ** 1.5, 0.0)
    assert np.allclose(pulled(program(), linearized(), jnp.asarray(prices)), gradients(linearized()).T @ prices, rtol=1e-13)


def test_weights_of_bounds_are_summed_by_variable() -> None:
    """Lower ones plus a multiple of the upper ones."""
    weights = jnp.asarray(np.where(BOUNDED, np.arange(3.0, 13.0), 0.0))
    assert np.asarray(bound_sum(program(), weights, -1.5)).tolist() == [3.0, -1.5 * 9.0, 5.0 - 1.5 * 10.0, 0.0, 0.0]


def test_programs_with_bounds_of_one_kind_or_none_have_weights_of_that_kind_only() -> None:
    """What is not there adds nothing, and all sums are as long as x."""
    none, weights = jnp.zeros(0), jnp.asarray([3.0, 4.0, 5.0, 6.0, 7.0])
    below = eqx.tree_at(lambda p: (p.upper, p.bounded), program(), (none, program().bounded[:5]))
    above = eqx.tree_at(lambda p: (p.lower, p.bounded), program(), (none, program().bounded[5:]))
    assert np.asarray(bound_sum(below, weights, -1.5)).tolist() == [3.0, 4.0, 5.0, 6.0, 7.0]
    assert np.asarray(bound_sum(above, weights, -1.5)).tolist() == [-4.5, -6.0, -7.5, -9.0, -10.5]
    assert np.asarray(bound_sum(bare(), none, -1.5)).tolist() == [0.0] * 5
    x = jnp.asarray(X)
    assert np.allclose(distances(below, x), [1.5, 1.0, 0.95, 1.0, 1.0])
    assert np.allclose(distances(above, x), [1.0, 2.3, 0.75, 1.0, 1.0])
    assert np.asarray(along(below, linearized(), x)[7:]).tolist() == [1.7, 0.0, 0.35, 0.0, 0.0]
    assert np.asarray(along(above, linearized(), x)[7:]).tolist() == [0.0, 0.4, -0.35, 0.0, 0.0]
