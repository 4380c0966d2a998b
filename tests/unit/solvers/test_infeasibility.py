"""Proofs of infeasibility by hand: weights in one measure, the largest value of their tangents, and when that is a proof."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import infeasibility
from capexmodel.solvers.base import NonlinearProgram, Solution
from capexmodel.solvers.infeasibility import InfeasibilityProof, _Rows, prove_infeasible
from tests.unit.solvers.test_duality_gap import solved

POINT = np.asarray([0.5, -1.5])
GRADIENTS = {"curved": [[2.0, -4.0], [0.003, 0.001]], "affine": [[-5.0, 2.5]], "equality": [[1.0, 0.5], [-3.0, 8.0]]}
VALUES = {"curved": [-2.0, 0.06], "affine": [-1.5], "equality": [0.3, -4.0]}


def posed(convex: bool = True, box: float = 3.0, **values: list[float]) -> NonlinearProgram:
    """Rows of given values at the point, straight; a box around it, `box` wide on either side."""

    def row(name: str) -> Any:
        return lambda x, args: args * (np.asarray(values.get(name, VALUES[name])) + np.asarray(GRADIENTS[name]) @ (x - POINT))

    return NonlinearProgram(
        lambda x, args: x @ x, row("curved"), row("affine"), row("equality"), lower=jnp.asarray(POINT - box),
        upper=jnp.asarray(POINT + 2 * box), convex=convex,
    )  # fmt: skip


def priced(**prices: list[float]) -> Solution:
    return solved(list(POINT), **{"inequality": [0.3, 2.0], "affine": [0.1], "equality": [-0.4, 0.2]} | prices)


SCALED_WEIGHTS = np.asarray([0.3 * 4, 2.0 * 0.01, 0.1 * 5, -0.4 * 1, 0.2 * 8])
WEIGHTS = SCALED_WEIGHTS / np.abs(SCALED_WEIGHTS).sum()
SIZES = np.asarray([4.0, 0.01, 5.0, 1.0, 8.0])
SLOPES = np.concatenate([GRADIENTS[name] for name in ("curved", "affine", "equality")]) / SIZES[:, None]
MEASURED = np.concatenate([VALUES[name] for name in ("curved", "affine", "equality")]) / SIZES


def test_rows_are_divided_by_their_gradients_and_weighted_by_prices() -> None:
    """Gradients below a hundredth count as one; negative weights only where both signs are right."""
    rows = infeasibility._rows(posed(), priced(), jnp.asarray(1.0))
    np.testing.assert_allclose(rows.values, MEASURED)
    np.testing.assert_allclose(rows.slopes, SLOPES)
    np.testing.assert_allclose(rows.weights, WEIGHTS)
    np.testing.assert_array_equal(rows.either, [False, False, False, True, True])
    wrong = infeasibility._rows(posed(), priced(inequality=[-0.3, 2.0]), jnp.asarray(1.0))
    rest = np.where(np.arange(5) == 0, 0.0, SCALED_WEIGHTS)
    np.testing.assert_allclose(wrong.weights, rest / np.abs(rest).sum())


def test_weights_add_up_to_one_if_there_are_any() -> None:
    np.testing.assert_allclose(infeasibility._normal(jnp.asarray([3.0, -5.0])), [0.375, -0.625])
    np.testing.assert_array_equal(infeasibility._normal(jnp.zeros(2)), 0.0)


def largest(weights: np.ndarray, down: Any, up: Any) -> float:
    """Of the weighted rows, over a box around the point."""
    slope = weights @ SLOPES
    return float(weights @ MEASURED + np.maximum(slope * up, -slope * down).sum())


@pytest.mark.parametrize(("within", "down", "up"), [(9.0, 3.0, 6.0), (0.5, 0.5, 0.5)])
def test_a_bound_is_the_largest_value_of_the_tangents_in_the_box(within: float, down: float, up: float) -> None:
    found = prove_infeasible(posed(), priced(), jnp.asarray(1.0), within)
    assert float(found.bound) == pytest.approx(largest(WEIGHTS, down, up))
    assert float(found.within) == within
    assert float(found.violation) == pytest.approx(0.5)
    np.testing.assert_allclose(np.concatenate(found.weights), WEIGHTS)
    assert [len(part) for part in found.weights] == [2, 1, 2]
    slope = WEIGHTS @ SLOPES
    assert float(found.stationarity) == pytest.approx(np.abs(slope).max())


def test_a_move_within_the_box_ends_at_its_sides() -> None:
    """A box narrower than the slope."""
    slope, found = WEIGHTS @ SLOPES, prove_infeasible(posed(box=0.01), priced(), jnp.asarray(1.0))
    assert float(found.stationarity) == pytest.approx(np.abs(np.clip(slope, -0.01, 0.02)).max())


@pytest.mark.parametrize(
    ("values", "violation"),
    [({"equality": [0.3, 2.4]}, 0.5), ({"curved": [-9.0, 0.06]}, 2.25), ({"affine": [-25.0]}, 5.0), ({"curved": [-2.0, -0.07]}, 7.0)],
)
def test_the_violation_is_the_largest_in_that_measure(values: dict, violation: float) -> None:
    assert float(prove_infeasible(posed(**values), priced(), jnp.asarray(1.0)).violation) == pytest.approx(violation)


def test_without_convexity_only_affine_rows_prove_anything() -> None:
    found = prove_infeasible(posed(convex=False), priced(), jnp.asarray(1.0), 0.25)
    np.testing.assert_array_equal(np.concatenate(found.weights), [0.0, 0.0, 1.0, 0.0, 0.0])
    assert float(found.bound) == pytest.approx(-0.3 + 0.25 * 1.5)
    assert not bool(found.holds)
    held: InfeasibilityProof = prove_infeasible(posed(convex=False), priced(), jnp.asarray(1.0), 0.1)
    assert (bool(held.holds), held.claim, held.convex) == (True, "global", False)


def rows_of(weights: list[float], slopes: list[list[float]], either: list[bool]) -> _Rows:
    return _Rows(jnp.zeros(len(weights)), jnp.asarray(slopes), jnp.asarray(weights), jnp.asarray(either))


@pytest.mark.parametrize(("lower", "upper"), [([-math.inf, -3.0], [math.inf, 3.0]), ([-3.0, -math.inf], [3.0, math.inf])])
def test_weights_are_moved_until_nothing_rises_where_there_is_no_end(lower: list, upper: list) -> None:
    """The nearest ones: the change is along the rows' slopes in the open variable, and what has no weight gets none."""
    weights, slopes = np.asarray([0.5, 0.3, 0.2, 1e-7]), np.asarray([[0.9, 0.2], [-1.0, 0.7], [0.6, -1.0], [5.0, 5.0]])
    found = infeasibility._balanced(rows_of(weights, slopes, [False, False, True, False]), jnp.asarray(lower), jnp.asarray(upper))
    column = slopes[:, 0 if math.isinf(lower[0]) else 1] * [1, 1, 1, 0]
    rise = weights @ slopes[:, 0 if math.isinf(lower[0]) else 1]
    better = weights - column * rise / (column @ column)
    np.testing.assert_allclose(found, better / better.sum())


@pytest.mark.parametrize(("slope", "lower", "upper", "moved"), [
    (1.0, -3.0, math.inf, True), (1.0, -math.inf, 3.0, False), (-1.0, -3.0, math.inf, False), (-1.0, -math.inf, 3.0, True),
])  # fmt: skip
def test_only_an_open_end_that_it_rises_towards_matters(slope: float, lower: float, upper: float, moved: bool) -> None:
    """Weights that would be negative become none, except where either sign is right."""
    rows = rows_of([0.75, 0.25], [[slope], [slope]], [False, True])
    found = infeasibility._balanced(rows, jnp.asarray([lower]), jnp.asarray([upper]))
    np.testing.assert_allclose(found, [1.0, -1.0] / np.asarray([2.0, 2.0]) * [0.5, 0.5] * 2 if moved else [0.75, 0.25])
    both = rows_of([0.75, 0.25], [[slope], [slope]], [False, False])
    np.testing.assert_allclose(
        infeasibility._balanced(both, jnp.asarray([lower]), jnp.asarray([upper])), [1.0, 0.0] if moved else [0.75, 0.25]
    )


def test_the_support_of_a_correction_begins_at_a_millionth() -> None:
    for small, touched in ((0.9e-6, False), (1.1e-6, True)):
        rows = rows_of([0.5, 0.4, small], [[0.2], [0.3], [-1.0]], [True] * 3)
        found = infeasibility._balanced(rows, jnp.asarray([-math.inf]), jnp.asarray([math.inf]))
        assert (abs(float(found[2])) > 0.01) is touched


def straight(offsets: list[float], ends: float, convex: bool = True) -> NonlinearProgram:
    """x + a >= 0 and -x + b >= 0 on a box, or without an end."""
    return NonlinearProgram(
        lambda x, args: x @ x, affine=lambda x, args: jnp.stack([x[0] + offsets[0], -x[0] + offsets[1]]), lower=jnp.asarray([-ends]),
        upper=jnp.asarray([ends]), convex=convex,
    )  # fmt: skip


@pytest.mark.parametrize("ends", [4.0, math.inf])
def test_rows_in_conflict_are_proved_so(ends: float) -> None:
    """x >= 1 and x <= 0.4: prices of 0.6 and 0.4 prove something within the box, balanced ones do anyhow."""
    found = prove_infeasible(straight([-1.0, 0.4], ends), solved([0.7], affine=[0.6, 0.4]))
    if math.isinf(ends):
        np.testing.assert_allclose(found.weights[1], [0.5, 0.5])
        assert float(found.bound) == pytest.approx(-0.3)
    assert bool(found.holds) is math.isinf(ends)


@pytest.mark.parametrize(("share", "holds"), [(1.1, True), (0.9, False), (-0.5, False)])
@pytest.mark.parametrize(("offset", "x", "size"), [(-0.7, 0.7, 0.7), (5.0, 0.0, 5.0), (1.0, 2.0, 5.0)])
def test_a_proof_is_beyond_rounding(offset: float, x: float, size: float, share: float, holds: bool) -> None:
    """A trillionth of the numbers that were added up: values of 0, 5 and 3, and slopes times x."""
    gap = share * size * 1e-12
    found = prove_infeasible(straight([offset, -offset - 2.0 * gap], 4.0), solved([x], affine=[0.5, 0.5]))
    assert bool(found.holds) is holds
    assert bool(found.stuck) is holds
    assert found.claim == ("global" if holds else "none")


def test_no_weights_prove_nothing() -> None:
    found = prove_infeasible(straight([-1.0, 0.4], 4.0), solved([0.7], affine=[0.0, 0.0]))
    assert (bool(found.holds), float(found.bound), found.claim) == (False, 0.0, "none")


def test_crossed_bounds_are_a_proof_of_their_own() -> None:
    """By as much as they cross at most; the violation is that or more."""
    program = NonlinearProgram(lambda x, args: x @ x, lower=jnp.asarray([0.0, 3.0, 2.5]), upper=jnp.asarray([1.0, 2.0, 2.0]))
    found = prove_infeasible(program, solved([0.5, 2.5, 2.2]))
    assert (bool(found.holds), float(found.bound), float(found.violation)) == (True, -1.0, 1.0)
    assert float(found.stationarity) == pytest.approx(0.5)
    shut = NonlinearProgram(lambda x, args: x @ x, lower=jnp.asarray([1.0]), upper=jnp.asarray([1.0]))
    assert not bool(prove_infeasible(shut, solved([1.0])).holds)


@pytest.mark.parametrize(("shift", "stuck"), [(0.09, False), (0.11, True)])
def test_stuck_is_a_point_around_which_the_tangents_meet_no_row(shift: float, stuck: bool) -> None:
    """One row, x - shift >= 0 at 0, within a tenth; not convex, so that a box of four proves nothing."""
    program = NonlinearProgram(lambda x, args: x @ x, lambda x, args: x - shift, lower=jnp.asarray([-4.0]), upper=jnp.asarray([4.0]))
    found = prove_infeasible(program, solved([0.0], inequality=[0.7]))
    assert bool(found.stuck) is stuck
    assert found.claim == ("local" if stuck else "none")
