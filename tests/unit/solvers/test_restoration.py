"""Restoration by hand, piece by piece: the rows it sees, where it begins, its Newton direction and how far that may go."""

import functools

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import restoration
from capexmodel.solvers.base import Status
from capexmodel.solvers.iterate import Iterate
from capexmodel.solvers.phases import RESTORE
from capexmodel.solvers.restoration import Elastics, Recovery
from capexmodel.solvers.state import State, fresh_filter
from tests.unit.solvers import five

REFERENCE = np.asarray([-0.5, 2.2, 0.4, -3.1, 0.7])
BARRIER, SHIFT = 0.37, 0.23


def made_up(seed: int, count: int, low: float, high: float) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, count)


def distance() -> np.ndarray:
    """How far the point is from each bound; one where there is none."""
    sides = np.concatenate([five.POINT - five.LOWER, five.UPPER - five.POINT])
    return np.where(five.BOUNDED, sides, 1.0)


@functools.cache
def recovery(seed: int = 3) -> Recovery:
    """Made-up slacks, violations that fit them, and prices."""
    program = five.unscaled()
    violation = made_up(seed, 8, 3.0, 6.0)
    slack = violation + five.all_rows(five.POINT)[0]
    bound_price = np.where(five.BOUNDED, made_up(seed + 1, 10, 0.2, 0.9), 0.0)
    return Recovery(
        x=jnp.asarray(five.POINT),
        rows=Elastics(*(jnp.asarray(part) for part in (slack, violation, made_up(seed + 2, 8, 0.2, 0.8)))),
        distance=jnp.asarray(distance()),
        bound_price=jnp.asarray(bound_price),
        here=program.linearize(jnp.asarray(five.POINT)),
        barrier=jnp.asarray(BARRIER),
        shift=jnp.asarray(SHIFT),
        reference=jnp.asarray(REFERENCE),
        entry_violation=jnp.asarray(0.9),
        steps=jnp.asarray(17),
        status=jnp.asarray(int(Status.RUNNING)),
        restored=jnp.asarray(False),
    )


def state(barrier: float, restorations: int = 3, entry_violation: float = 0.6) -> State:
    """A search that turns to restoration at the point."""
    program, zero = five.unscaled(), jnp.zeros(())
    there = jnp.asarray(five.POINT)
    point = Iterate(there, jnp.full(14, 0.7), jnp.full(14, 0.4), jnp.asarray([0.3, -0.2]))
    return State(
        point=point, here=program.linearize(there), barrier=jnp.asarray(barrier), phase=jnp.asarray(RESTORE),
        filters=fresh_filter(jnp.asarray(7.0)), shift=jnp.asarray(SHIFT), history=jnp.asarray([3.0, 4.0, 5.0]),
        switches=jnp.asarray(4), stuck=jnp.asarray(3), restorations=jnp.asarray(restorations),
        entry_violation=jnp.asarray(entry_violation), first_objective=zero, status=jnp.asarray(int(Status.RUNNING)),
        steps=jnp.asarray(17), errors=jnp.ones(3), inner_error=zero, checked_violation=jnp.asarray(8.0), checked_step=jnp.asarray(9),
        mean_product=zero,
    )  # fmt: skip


def pull_weight() -> np.ndarray:
    """Barrier by the square of the reference, where that is beyond one."""
    return BARRIER / np.asarray([1.0, 2.2**2, 1.0, 3.1**2, np.inf])


def test_all_rows_change_with_their_gradients_along_a_step() -> None:
    step = made_up(5, 5, -2.0, 2.0)
    change = restoration._along(five.unscaled(), recovery().here, jnp.asarray(step))
    np.testing.assert_allclose(change, five.all_rows(five.POINT)[1] @ step)
    np.testing.assert_allclose(restoration._values(recovery().here), five.all_rows(five.POINT)[0])


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_an_equality_row_and_its_reverse_count_as_one(sign: float) -> None:
    weights = jnp.asarray([3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0])
    rows, equality = restoration._netted(five.unscaled(), weights, sign)
    np.testing.assert_array_equal(rows, [3.0, 5.0, 7.0, 11.0])
    np.testing.assert_array_equal(equality, [13.0 + sign * 19.0, 17.0 + sign * 23.0])


def test_prices_pull_along_all_gradients() -> None:
    prices = made_up(6, 8, 0.1, 0.9)
    found = restoration._pulled(five.unscaled(), recovery().here, jnp.asarray(prices))
    np.testing.assert_allclose(found, prices @ five.all_rows(five.POINT)[1])


def largest_violation() -> float:
    values = five.all_rows(five.POINT)[0]
    return float(np.max(-values))


@pytest.mark.parametrize(("barrier", "used"), [(1e-3, 1.0), (1.2, 1.2), (50.0, None)])
def test_it_begins_with_a_barrier_between_one_and_the_violation(barrier: float, used: float | None) -> None:
    violation = largest_violation()
    assert violation > 1.3
    begun = restoration._begun(five.unscaled(), state(barrier))
    mu = violation if used is None else used
    assert float(begun.barrier) == pytest.approx(mu)
    rows, values = begun.rows, five.all_rows(five.POINT)[0]
    np.testing.assert_allclose(rows.slack - rows.violation, values, atol=1e-12)
    np.testing.assert_allclose(mu / np.asarray(rows.slack) + mu / np.asarray(rows.violation), 1.0)
    np.testing.assert_allclose(np.asarray(rows.price) * np.asarray(rows.slack), mu)
    np.testing.assert_allclose(begun.distance, distance())
    np.testing.assert_allclose(begun.bound_price, np.where(five.BOUNDED, np.minimum(1.0, mu / distance()), 0.0))
    np.testing.assert_array_equal(begun.x, five.POINT)
    np.testing.assert_array_equal(begun.reference, five.POINT)
    assert (int(begun.steps), int(begun.status), bool(begun.restored), float(begun.shift)) == (17, Status.RUNNING, False, SHIFT)
    assert float(begun.entry_violation) == 0.6


def test_a_small_violation_begins_with_a_barrier_of_at_most_one() -> None:
    """The violation is 0.25: barriers are held between that and one; and the violation to beat is the smaller one."""
    near = state(1e-3)
    rows = jnp.asarray([0.4, -0.25, 0.9, 0.7])
    near = eqx.tree_at(lambda s: (s.here.rows, s.here.equality), near, (rows, jnp.asarray([0.15, -0.05])))
    low, high = restoration._begun(five.unscaled(), near), eqx.tree_at(lambda s: s.barrier, near, jnp.asarray(3.0))
    assert float(low.barrier) == 0.25
    assert float(low.entry_violation) == 0.25
    assert float(restoration._begun(five.unscaled(), high).barrier) == 1.0


@pytest.mark.parametrize(("restorations", "status"), [(11, Status.RUNNING), (12, Status.NUMERIC), (13, Status.NUMERIC)])
def test_the_twelfth_restoration_is_the_last(restorations: int, status: Status) -> None:
    begun = restoration._begun(five.unscaled(), state(0.5, restorations))
    assert int(begun.status) == status
    assert begun.status.dtype == state(0.5).status.dtype


def test_the_pull_is_the_barrier_by_the_square_of_where_it_began() -> None:
    np.testing.assert_allclose(restoration._pull(five.unscaled(), recovery()), pull_weight())


def test_the_value_is_total_violation_with_its_barrier_and_half_the_pull() -> None:
    slack, violation, far = made_up(7, 8, 0.3, 4.0), made_up(8, 8, 0.3, 4.0), made_up(9, 10, 0.3, 4.0)
    x = np.asarray([0.9, 0.2, -0.6, 1.9, 5.0])
    found = restoration._value(five.unscaled(), recovery(), *(jnp.asarray(part) for part in (x, slack, violation, far)))
    barrier = np.log(np.prod(slack) * np.prod(violation) * np.prod(far))
    pull = 0.37 / 2 * (1.4**2 + (2.0 / 2.2) ** 2 + 1.0**2 + (5.0 / 3.1) ** 2)
    assert float(found) == pytest.approx(violation.sum() - 0.37 * barrier + pull)


def linear_faults(now: Recovery, change: restoration._Change, shift: float) -> list[np.ndarray]:
    """What the optimality conditions of restoration miss after the step, to first order."""
    slack, violation, price = (np.asarray(part) for part in (now.rows.slack, now.rows.violation, now.rows.price))
    gradients, step = five.all_rows(five.POINT)[1], np.asarray(change.x)
    after, bound_after = price + np.asarray(change.rows.price), np.asarray(now.bound_price + change.bound_price)
    bend = -np.einsum("r,rij->ij", price, five.row_bends()) + np.diag(pull_weight())
    sides = np.where(five.BOUNDED, np.concatenate([step, -step]), 0.0)
    held = np.where(five.FREE, step, 0.0)
    slope = bend @ held + shift * step + pull_weight() * (five.POINT - REFERENCE)
    slope = slope - after @ gradients - bound_after[:5] + bound_after[5:]
    return [
        np.where(five.FREE, slope, step),
        gradients @ step + np.asarray(change.rows.violation) - np.asarray(change.rows.slack),
        slack * after + price * np.asarray(change.rows.slack) - BARRIER,
        violation * (1.0 - after) + (1.0 - price) * np.asarray(change.rows.violation) - BARRIER,
        np.where(five.BOUNDED, distance() * bound_after + np.asarray(now.bound_price) * sides - BARRIER, bound_after),
        sides - np.asarray(change.distance),
    ]


@pytest.mark.parametrize("seed", [3, 8, 21])
def test_the_direction_solves_the_linearized_conditions(seed: int) -> None:
    now = recovery(seed)
    change, shift, sound = restoration._changed(five.unscaled(), now)
    assert bool(sound)
    assert float(shift) == 0.0
    for fault in linear_faults(now, change, 0.0):
        np.testing.assert_allclose(fault, 0.0, atol=1e-9)


def test_a_matrix_that_is_not_definite_is_shifted_from_the_last_shift() -> None:
    """Rows so loose that only their curvature counts; the first trial is a third of the last shift, the next eight times that."""
    now = recovery()
    loose = eqx.tree_at(lambda r: (r.rows.slack, r.rows.violation), now, (now.rows.slack + 4e6, now.rows.violation + 4e6))
    change, shift, sound = restoration._changed(five.unscaled(), loose)
    assert bool(sound)
    ratio = np.log(float(shift) / (SHIFT / 3.0)) / np.log(8.0)
    assert ratio == pytest.approx(round(ratio), abs=1e-9)
    np.testing.assert_allclose(linear_faults(loose, change, float(shift))[0], 0.0, atol=1e-6)


def longest(values: list, changes: list, share: float) -> float:
    """The longest step, at most one, that leaves a part 1 - share of everything that falls."""
    both = zip(np.concatenate(values), np.concatenate(changes), strict=True)
    return min([1.0, *(share * value / -change for value, change in both if change < 0)])


@pytest.mark.parametrize("seed", [3, 8, 21])
@pytest.mark.parametrize(("barrier", "share"), [(0.37, 0.99), (0.004, 0.996)])
@pytest.mark.parametrize("near", ["slack", "violation", "distance", "price", "rest", "bound_price"])
def test_steps_end_before_anything_is_used_up(seed: int, barrier: float, share: float, near: str) -> None:
    """Each kind in turn is brought close to its end."""
    now = eqx.tree_at(lambda r: r.barrier, recovery(seed), jnp.asarray(barrier))
    if near in ("slack", "violation"):
        now = eqx.tree_at(lambda r: getattr(r.rows, near), now, getattr(now.rows, near) * 0.02)
    elif near in ("price", "rest"):
        now = eqx.tree_at(lambda r: r.rows.price, now, now.rows.price * 0.02 + (near == "rest") * 0.97)
    else:
        now = eqx.tree_at(lambda r: getattr(r, near), now, getattr(now, near) * 0.02)
    change, _, _ = restoration._changed(five.unscaled(), now)
    rows, moved = now.rows, change.rows
    length = longest([rows.slack, rows.violation, now.distance], [moved.slack, moved.violation, change.distance], share)
    prices = longest([rows.price, 1.0 - rows.price, now.bound_price], [moved.price, -moved.price, change.bound_price], share)
    assert float(change.length) == pytest.approx(length)
    assert float(change.price_length) == pytest.approx(prices)
