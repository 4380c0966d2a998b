"""Elastic rows by hand: a violation for each row, at its price, and the way there and back."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.base import NonlinearProgram
from capexmodel.solvers.elastic import Softened, soften

X = np.asarray([0.5, -1.5, 2.5])
LIFTED = np.concatenate([X, [0.1, 0.2, 0.3, 0.4, 0.5]])
PRICES = [[7.0, 11.0], [13.0, math.inf, 17.0]]


def program(convex: bool = False) -> NonlinearProgram:
    """Three variables, two curved rows, three affine ones, one equality; a number for its args."""
    return NonlinearProgram(
        lambda x, args: (args * x[0] * x[2])[None], lambda x, args: args - x[:2] ** 2, lambda x, args: args * x - 1.0,
        lambda x, args: (x[1] - args)[None], lower=jnp.asarray([-3.0, -4.0, -5.0]), upper=jnp.asarray([3.0, 4.0, math.inf]), convex=convex,
    )  # fmt: skip


def softened(**told: Any) -> Softened:
    return soften(program(), 3, *(jnp.asarray(price) for price in PRICES), **told)


@pytest.mark.parametrize(("told", "weight"), [({}, 0.0), ({"objective_weight": 0.5}, 0.5)])
def test_the_objective_is_what_violations_cost_and_its_own_share(told: dict, weight: float) -> None:
    """A hard row costs nothing: its violation is none."""
    value = softened(**told).program.objective(jnp.asarray(LIFTED), 2.0)
    assert value.shape == ()
    assert float(value) == pytest.approx(weight * 2.5 + 7 * 0.1 + 11 * 0.2 + 13 * 0.3 + 17 * 0.5)


def test_each_row_is_helped_by_its_own_violation() -> None:
    lifted = softened().program
    np.testing.assert_allclose(lifted.inequality(jnp.asarray(LIFTED), 2.0), [2.0 - 0.25 + 0.1, 2.0 - 2.25 + 0.2])
    np.testing.assert_allclose(lifted.affine(jnp.asarray(LIFTED), 2.0), [0.3, -4.0 + 0.4, 4.0 + 0.5])
    np.testing.assert_allclose(lifted.equality(jnp.asarray(LIFTED), 2.0), [-3.5])


def test_violations_have_no_end_unless_a_row_is_hard() -> None:
    lifted = softened().program
    np.testing.assert_array_equal(lifted.lower, [-3.0, -4.0, -5.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(lifted.upper, [3.0, 4.0, math.inf, math.inf, math.inf, math.inf, 0.0, math.inf])


@pytest.mark.parametrize("convex", [True, False])
def test_it_stays_convex(convex: bool) -> None:
    assert soften(program(convex), 3, *(jnp.asarray(price) for price in PRICES)).program.convex is convex


def test_a_start_has_one_to_spare_in_every_row() -> None:
    """Nothing in the hard one."""
    lifted = softened().lift(jnp.asarray(X), 2.0)
    np.testing.assert_allclose(lifted, [*X, 1.0, 1.25, 1.0, 0.0, 1.0])
    low = softened().lift(jnp.asarray([-9.0, -1.5, -2.0]), 2.0)
    np.testing.assert_allclose(low, [-9.0, -1.5, -2.0, 80.0, 1.25, 20.0, 0.0, 6.0])


def test_a_point_comes_apart_again() -> None:
    parts = softened().split(jnp.asarray(LIFTED))
    np.testing.assert_array_equal(parts.x, X)
    np.testing.assert_array_equal(parts.inequality, [0.1, 0.2])
    np.testing.assert_array_equal(parts.affine, [0.3, 0.4, 0.5])


def test_a_program_may_have_rows_of_one_kind_or_none() -> None:
    """What it does not have, the softened one does not have either."""
    bare = NonlinearProgram(lambda x, args: 3.0 * x[0])
    none = soften(bare, 1, objective_weight=2.0)
    assert (none.program.inequality, none.program.affine, none.program.equality) == (None, None, None)
    assert float(none.program.objective(jnp.asarray([4.0]), None)) == 24.0
    np.testing.assert_array_equal(none.lift(jnp.asarray([4.0])), [4.0])
    only = soften(NonlinearProgram(lambda x, args: x[0], affine=lambda x, args: x - 6.0), 1, weights_affine=jnp.asarray([5.0]))
    np.testing.assert_array_equal(only.lift(jnp.asarray([4.0])), [4.0, 3.0])
    assert only.program.inequality is None
    parts = only.split(jnp.asarray([4.0, 3.0]))
    assert (parts.inequality.shape, float(parts.affine[0])) == ((0,), 3.0)
