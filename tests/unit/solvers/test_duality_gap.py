"""Gaps by hand: the bound is the Lagrangian's tangent at its least in the box."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.base import Errors, Multipliers, NonlinearProgram, Solution
from capexmodel.solvers.duality_gap import duality_gap, least_change


def solved(x: list[float], **prices: list[float]) -> Solution:
    zero, size = jnp.zeros(()), len(x)
    rest = {"inequality": [], "affine": [], "equality": [], "lower": [0.0] * size, "upper": [0.0] * size} | prices
    multipliers = Multipliers(**{name: jnp.asarray(price) for name, price in rest.items()})
    return Solution(jnp.asarray(x), zero, multipliers, jnp.asarray(0), jnp.asarray(0), Errors(zero, zero, zero))


@pytest.mark.parametrize(("within", "least"), [(9.0, -2 * 1.5 - 3 * 2.5 - 5 * 9.0 - 7 * 9.0), (0.5, -0.5 * (2 + 3 + 5 + 7))])
def test_the_least_change_goes_to_a_bound_or_as_far_as_is_asked(within: float, least: float) -> None:
    """Down where the slope is positive, up where it is negative; a slope of nothing changes nothing."""
    program = NonlinearProgram(
        lambda x, args: x[0], lower=jnp.asarray([-1.0, -8.0, -math.inf, -8.0, -math.inf]),
        upper=jnp.asarray([8.0, 4.0, 8.0, math.inf, math.inf]),
    )  # fmt: skip
    x, slope = jnp.asarray([0.5, 1.5, 2.5, 3.5, 4.5]), jnp.asarray([2.0, -3.0, 5.0, -7.0, 0.0])
    found = least_change(program, x, slope, jnp.asarray(within))
    assert float(found) == pytest.approx(least)
    assert float(least_change(program, x, slope, jnp.asarray(math.inf))) == -math.inf


def program(convex: bool = True) -> NonlinearProgram:
    """x^2 + 3y with a curved row 4 - x^2 >= 0, an affine one 2y - 1 >= 0 and an equality x - y/2 = 0, y up to six."""
    return NonlinearProgram(
        lambda x, args: x[0] ** 2 + args * x[1], lambda x, args: 4.0 - x[:1] ** 2, lambda x, args: 2.0 * x[1:] - 1.0,
        lambda x, args: x[:1] - 0.5 * x[1:], lower=jnp.asarray([-5.0, -math.inf]), upper=jnp.asarray([math.inf, 6.0]), convex=convex,
    )  # fmt: skip


def test_the_gap_by_hand() -> None:
    """At (1.5, 2): value 8.25, rows 1.75, 3 and 0.5; prices 0.2, 0.4 and -0.6 (bounds' are not used)."""
    found = duality_gap(
        program(), solved([1.5, 2.0], inequality=[0.2], affine=[0.4], equality=[-0.6], lower=[9.0, 8.0], upper=[7.0, 6.0]),
        jnp.asarray(3.0), 10.0,
    )  # fmt: skip
    lagrangian = 8.25 - 0.2 * 1.75 - 0.4 * 3.0 + 0.6 * 0.5
    slope = (3.0 + 0.2 * 3.0 + 0.6, 3.0 - 0.8 - 0.3)
    assert float(found.value) == 8.25
    assert float(found.bound) == pytest.approx(lagrangian - slope[0] * 6.5 - slope[1] * 10.0)
    assert float(found.gap) == pytest.approx(8.25 - float(found.bound))
    assert float(found.within) == 10.0


def test_prices_of_the_wrong_sign_count_as_none() -> None:
    """Only the equality's, negative as it is, stays."""
    found = duality_gap(program(), solved([1.5, 2.0], inequality=[-0.2], affine=[-0.4], equality=[-0.6]), jnp.asarray(3.0))
    assert float(found.bound) == pytest.approx(8.25 + 0.3 - 3.6 * 6.5 - 2.7 * 1000.0)
    assert float(found.within) == 1000.0


@pytest.mark.parametrize("convex", [True, False])
def test_only_a_convex_program_has_a_word_on_all_plans(convex: bool) -> None:
    found: Any = duality_gap(program(convex), solved([1.5, 2.0], inequality=[0.2], affine=[0.4], equality=[0.6]), jnp.asarray(3.0))
    assert found.claim == ("global" if convex else "local")
    assert np.isfinite(found.gap)
