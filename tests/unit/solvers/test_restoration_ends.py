"""What an iteration of restoration decides, by a table, and how restoration ends."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import restoration
from capexmodel.solvers.base import Status
from capexmodel.solvers.restoration import Recovery
from capexmodel.solvers.state import MONOTONE, RESTORE
from tests.unit.solvers import five
from tests.unit.solvers.test_restoration import recovery, state

TOLERANCE = 2.0**-10
FLOOR = 0.1 * TOLERANCE


def facing(violation: float, barrier: float, entry: float, x: float) -> Recovery:
    """A point that violates a row and, either way, an equality: in total twice the largest violation."""
    rows, equality = jnp.asarray([0.4, -violation, 0.9, 0.7]), jnp.asarray([0.75, -0.25]) * violation
    values = (jnp.asarray(barrier), jnp.asarray(entry), rows, equality, jnp.asarray([0.2, -x, 0.1, 0.3, 0.4]))
    return eqx.tree_at(lambda r: (r.barrier, r.entry_violation, r.here.rows, r.here.equality, r.x), recovery(), values)


def advanced(monkeypatch: Any, **given: Any) -> Recovery:
    """One iteration whose direction, search and errors are as given."""
    usual = {"accepted": True, "sound": True, "barrier": 0.02, "largest": 0.5, "violation": 0.3, "entry": 0.5, "alone": 1e-3, "dual": 1e-3}
    told = usual | {"gap": 5.0, "x": 3.0} | given
    there = facing(told["violation"], told["barrier"], told["entry"], told["x"])
    before = eqx.tree_at(lambda r: (r.steps, r.reference), there, (jnp.asarray(40), jnp.full(5, 6.0)))
    errors = restoration._Errors(*(jnp.asarray(told[name]) for name in ("alone", "dual", "largest", "gap")))
    monkeypatch.setattr(restoration, "_changed", lambda *_: (None, jnp.asarray(0.61), jnp.asarray(told["sound"])))
    monkeypatch.setattr(restoration, "_searched", lambda *_: (there, jnp.asarray(told["accepted"])))
    monkeypatch.setattr(restoration, "_errors", lambda *_: errors)
    return restoration._advance(five.unscaled(), before, jnp.asarray(TOLERANCE))


RUNNING, INFEASIBLE, NUMERIC = Status.RUNNING, Status.INFEASIBLE, Status.NUMERIC
LOWER = 0.02**1.5
STUCK = {"alone": 1e-5, "barrier": FLOOR, "largest": 10 * FLOOR}
CLOSE = {"alone": 1e-5, "gap": 0.01 * 0.6}
LEFT = {"accepted": False}


@pytest.mark.parametrize(
    ("given", "status", "restored", "barrier"),
    [
        ({}, RUNNING, False, 0.02),
        ({"largest": 0.2}, RUNNING, False, LOWER),
        ({"largest": 0.2001}, RUNNING, False, 0.02),
        (LEFT, RUNNING, False, LOWER),
        ({"sound": False}, NUMERIC, False, LOWER),
        (LEFT | {"sound": False}, NUMERIC, False, LOWER),
        ({"violation": 0.05}, RUNNING, True, 0.02),
        ({"violation": 0.0501}, RUNNING, False, 0.02),
        (LEFT | {"violation": 0.05}, RUNNING, False, LOWER),
        ({"violation": TOLERANCE, "entry": TOLERANCE}, RUNNING, True, 0.02),
        ({"violation": 1.01 * TOLERANCE, "entry": TOLERANCE}, RUNNING, False, 0.02),
        (LEFT | {"violation": TOLERANCE, "entry": TOLERANCE}, RUNNING, False, LOWER),
        (LEFT | {"violation": TOLERANCE, "entry": TOLERANCE, "barrier": FLOOR}, RUNNING, True, FLOOR),
        ({"violation": TOLERANCE, "entry": TOLERANCE, "barrier": FLOOR, "sound": False}, RUNNING, True, FLOOR),
        (STUCK, INFEASIBLE, False, FLOOR),
        (STUCK | LEFT, INFEASIBLE, False, FLOOR),
        (STUCK | {"alone": 1.01e-5}, NUMERIC, False, FLOOR),
        (STUCK | {"largest": 10.1 * FLOOR}, RUNNING, False, FLOOR),
        (STUCK | {"barrier": 1.01 * FLOOR}, RUNNING, False, FLOOR),
        (STUCK | {"violation": TOLERANCE}, RUNNING, True, FLOOR),
        (STUCK | {"x": 0.29e14}, INFEASIBLE, False, FLOOR),
        (STUCK | {"x": 0.31e14}, NUMERIC, False, FLOOR),
        (CLOSE, INFEASIBLE, False, 0.02),
        (CLOSE | {"alone": 1.01e-5}, RUNNING, False, 0.02),
        (CLOSE | {"gap": 0.0101 * 0.6}, RUNNING, False, 0.02),
        (CLOSE | {"violation": 0.04, "gap": 1e-5}, RUNNING, True, 0.02),
        (CLOSE | LEFT, RUNNING, False, LOWER),
        (CLOSE | {"largest": 0.1}, INFEASIBLE, False, 0.02),
        (CLOSE | {"largest": 0.1, "dual": 1e-5}, INFEASIBLE, False, 0.02),
        (CLOSE | {"largest": 0.1, "alone": 0.1, "dual": 1e-5}, RUNNING, False, LOWER),
        (CLOSE | {"largest": 0.1, "alone": 0.1, "dual": 1.01e-5}, RUNNING, False, 0.02),
        (CLOSE | {"largest": 0.3, "alone": 0.1, "dual": 1e-5}, RUNNING, False, 0.02),
    ],
)
def test_what_an_iteration_decides(monkeypatch: Any, given: dict, status: Status, restored: bool, barrier: float) -> None:
    after = advanced(monkeypatch, **given)
    assert (Status(int(after.status)), bool(after.restored)) == (status, restored)
    assert float(after.barrier) == pytest.approx(barrier, rel=1e-9)
    assert (int(after.steps), float(after.shift)) == (41, 0.61)
    taken = given.get("accepted", True) and given.get("sound", True)
    assert (float(after.reference[0]) == 6.0) is not taken


def finished(restored: bool, entry: float = 0.9) -> Recovery:
    """Where restoration ended: nearly on the first row, with equalities still violated."""
    rows, equality = jnp.asarray([5e-4, 0.7, 2.0, 0.3]), jnp.asarray([1.5, -0.25])
    price = jnp.asarray([0.11, 0.22, 0.33, 0.44, 0.55, 0.66, 0.77, 0.08])
    values = (rows, equality, price, jnp.asarray(restored), jnp.asarray(entry), jnp.asarray(29), jnp.asarray(0.19))
    return eqx.tree_at(
        lambda r: (r.here.rows, r.here.equality, r.rows.price, r.restored, r.entry_violation, r.steps, r.shift), recovery(), values
    )


def ended(restored: bool, entry: float = 0.9, barrier: float = 0.003, tolerance: float = 1e-3) -> Any:
    return restoration._ended(five.unscaled(), state(barrier), finished(restored, entry), jnp.asarray(tolerance))


@pytest.mark.parametrize("restored", [True, False])
def test_what_the_search_takes_up_again(restored: bool) -> None:
    after, end = ended(restored), finished(restored)
    assert (int(after.restorations), int(after.steps), int(after.checked_step)) == (4, 29, 29)
    assert (float(after.shift), float(after.entry_violation), float(after.checked_violation)) == (0.19, 0.9, 1.5)
    assert (int(after.phase), int(after.status)) == (MONOTONE if restored else RESTORE, Status.RUNNING)
    assert after.phase.dtype == state(0.1).phase.dtype
    np.testing.assert_array_equal(after.history, [np.inf] * 3)
    np.testing.assert_array_equal(after.here.rows, end.here.rows)
    apart = np.abs(np.asarray(end.here.rows) - np.asarray(after.point.slack[:4])).sum() + 1.75
    assert float(after.filters.violation[0]) == pytest.approx(1e4 * apart)


@pytest.mark.parametrize(
    ("entry", "barrier", "tolerance", "used", "push"),
    [(0.9, 0.003, 1e-3, 0.003, 0.01), (0.004, 0.003, 1e-3, 0.003, 0.004), (0.001, 0.003, 0.05, 0.005, 0.005)],
)
def test_a_restored_point_begins_on_the_barrier(entry: float, barrier: float, tolerance: float, used: float, push: float) -> None:
    """Slacks are pushed by the barrier or the violation at entry, by a hundredth at most."""
    after = ended(True, entry, barrier, tolerance)
    assert float(after.barrier) == pytest.approx(used)
    np.testing.assert_allclose(after.point.slack[:4], [push, 0.7, 2.0, 0.3])
    counts = np.concatenate([np.ones(4, bool), five.BOUNDED])
    np.testing.assert_allclose((after.point.slack * after.point.price)[counts], used)


def test_a_point_of_least_violation_keeps_its_prices() -> None:
    """Those of equality rows less those of their reverse."""
    after, end = ended(False), finished(False)
    np.testing.assert_allclose(after.point.price[:4], [0.11, 0.22, 0.33, 0.44])
    np.testing.assert_allclose(after.point.equality_price, [0.55 - 0.77, 0.66 - 0.08])
    np.testing.assert_array_equal(after.point.price[4:], end.bound_price)
    np.testing.assert_array_equal(after.point.slack, np.concatenate([end.rows.slack[:4], end.distance]))
    np.testing.assert_array_equal(after.point.x, end.x)


@pytest.mark.parametrize(
    ("most", "stop", "steps"), [(17, "never", 17), (20, "never", 20), (30, "restored", 22), (30, "status", 22), (22, "restored", 22)]
)
def test_it_goes_on_until_something_ends_it(monkeypatch: Any, most: int, stop: str, steps: int) -> None:
    def advance(program: Any, recovery: Recovery, tolerance: Any) -> Recovery:
        there = recovery.steps + 1 == 22
        status = jnp.where(there & (stop == "status"), int(Status.INFEASIBLE), recovery.status)
        return eqx.tree_at(lambda r: (r.steps, r.status, r.restored), recovery, (recovery.steps + 1, status, there & (stop == "restored")))

    monkeypatch.setattr(restoration, "_advance", advance)
    after = restoration.restore(five.unscaled(), state(0.5), jnp.asarray(1e-3), jnp.asarray(most))
    assert int(after.steps) == steps
    assert int(after.status) == (INFEASIBLE if stop == "status" else RUNNING)
    assert (int(after.phase) == MONOTONE) is (stop == "restored")


def test_rows_in_conflict_end_where_their_prices_balance() -> None:
    """No move lessens the violation that is left, to first order: the prices of the rows and bounds say so."""
    after = restoration.restore(five.unscaled(), state(0.5), jnp.asarray(1e-6), jnp.asarray(60))
    assert (int(after.status), int(after.phase)) == (INFEASIBLE, RESTORE)
    assert float(after.checked_violation) > 1.0
    x, price = np.asarray(after.point.x), np.asarray(after.point.price)
    gradients = five.all_rows(x)[1][:6]
    left = np.concatenate([price[:4], after.point.equality_price]) @ gradients + price[4:9] - price[9:]
    np.testing.assert_allclose(left[five.FREE], 0.0, atol=1.1e-5)
