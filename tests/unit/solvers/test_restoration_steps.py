"""Restoration by hand, step by step: the search along a direction, the errors, what an iteration decides, and how it ends."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import restoration
from capexmodel.solvers.restoration import Elastics, Recovery
from tests.unit.solvers import five
from tests.unit.solvers.test_restoration import BARRIER, REFERENCE, distance, made_up, pull_weight, recovery

LENGTH, PRICE_LENGTH = 0.8, 0.6


def change(sign: float = 1.0) -> restoration._Change:
    """A made-up direction along which the value falls (rises: sign -1)."""
    step = sign * np.asarray([0.3, -0.2, 0.4, 0.5, 0.0])
    sides = sign * np.where(five.BOUNDED, np.concatenate([step, -step]) * sign, 0.0)
    slack = made_up(31, 8, 0.1, 0.3) * [1.0, -4.0, 1.0, 1.0, 1.0, -4.0, 1.0, 1.0]
    rows = [sign * slack, -sign * made_up(32, 8, 0.4, 0.9) * [1.0, -0.2, 1.0, 1.0, 1.0, -0.2, 1.0, 1.0], made_up(33, 8, -0.1, 0.1)]
    parts = [jnp.asarray(part) for part in (step, sides, made_up(34, 10, -0.1, 0.1), LENGTH, PRICE_LENGTH)]
    return restoration._Change(parts[0], Elastics(*(jnp.asarray(row) for row in rows)), *parts[1:])


def value_along(length: float, change: Any) -> float:
    """Total violation with its barrier and the pull, so far along a direction."""
    now = recovery()
    slack, violation = (np.asarray(getattr(now.rows, n)) + length * np.asarray(getattr(change.rows, n)) for n in ("slack", "violation"))
    logs = np.log(np.concatenate([slack, violation, distance() + length * np.asarray(change.distance)])).sum()
    away = five.POINT + length * np.asarray(change.x) - REFERENCE
    return violation.sum() - BARRIER * logs + 0.5 * pull_weight() @ away**2


def slope(change: Any) -> float:
    return (value_along(1e-5, change) - value_along(-1e-5, change)) / 2e-5


def searched(monkeypatch: pytest.MonkeyPatch, value: Any, sign: float = 1.0) -> tuple[Recovery, bool, float]:
    """The search where the value, by the length gone, is a given function; and the length it took."""
    way = change(sign)

    def gone(x):
        return (x[3] - five.POINT[3]) / way.x[3]

    monkeypatch.setattr(restoration, "_value", lambda program, recovery, x, *rest: jnp.asarray(value(gone(x))))
    there, accepted = restoration._searched(five.unscaled(), recovery(), way)
    return there, bool(accepted), float(gone(there.x))


@pytest.mark.parametrize("start", [0.0, 3.0, -40.0])
@pytest.mark.parametrize(("share", "whole"), [(1.001, True), (0.999, False)])
def test_a_step_must_gain_a_ten_thousandth_of_its_promise(monkeypatch: Any, start: float, share: float, whole: bool) -> None:
    promised = slope(change())
    assert promised < -1.0
    _, accepted, gone = searched(monkeypatch, lambda length: start + share * 1e-4 * length * promised)
    assert accepted
    assert (gone == pytest.approx(LENGTH)) is whole


def test_each_trial_is_half_as_long(monkeypatch: Any) -> None:
    _, accepted, gone = searched(monkeypatch, lambda length: jnp.where(length > 0.25, 1.0, -length))
    assert accepted
    assert gone == pytest.approx(0.2)


@pytest.mark.parametrize(("start", "rounding"), [(0.0, 1e-14), (5e9, 5e-5), (-5e9, 5e-5)])
@pytest.mark.parametrize(("times", "whole"), [(0.9, True), (1.1, False)])
def test_where_nothing_is_promised_only_rounding_may_be_lost(
    monkeypatch: Any, start: float, rounding: float, times: float, whole: bool
) -> None:
    assert slope(change(-1.0)) > 1.0
    _, accepted, gone = searched(monkeypatch, lambda length: start + jnp.where(length > 0, times * rounding, 0.0), -1.0)
    assert accepted is whole
    assert (gone == pytest.approx(LENGTH)) is whole


@pytest.mark.parametrize("value", [np.nan, -np.inf, np.inf])
def test_a_search_that_finds_nothing_ends_at_a_trillionth(monkeypatch: Any, value: float) -> None:
    """40 trials: half as long each, the last one not below."""
    _, accepted, gone = searched(monkeypatch, lambda length: jnp.where(length > 0, value, 0.0))
    assert not accepted
    assert gone == pytest.approx(LENGTH * 0.5**39, rel=1e-3)


def test_slacks_and_violations_grow_until_they_fit_the_values(monkeypatch: Any) -> None:
    there, _, _ = searched(monkeypatch, lambda length: -length)
    way, now, x = change(), recovery(), five.POINT + 0.8 * np.asarray(change().x)
    values = five.all_rows(x)[0]
    slack, violation = (np.asarray(getattr(now.rows, n) + 0.8 * getattr(way.rows, n)) for n in ("slack", "violation"))
    short = values + violation < slack
    assert set(short) == {True, False}
    np.testing.assert_allclose(there.rows.slack, np.where(short, slack, values + violation))
    np.testing.assert_allclose(there.rows.violation, np.where(short, slack - values, violation))
    np.testing.assert_allclose(there.x, x)
    np.testing.assert_allclose(there.here.rows, values[:4])
    far = np.concatenate([x - five.LOWER, five.UPPER - x])
    np.testing.assert_allclose(there.distance, np.where(five.BOUNDED, far, 1.0))
    np.testing.assert_allclose(there.rows.price, now.rows.price + 0.6 * way.rows.price)
    np.testing.assert_allclose(there.bound_price, np.where(five.BOUNDED, now.bound_price + 0.6 * way.bound_price, 0.0))


def test_a_trial_is_judged_by_what_it_ends_with(monkeypatch: Any) -> None:
    """A value that weighs all it is given: for the start, then for the trial, which is taken just where it fell by its promise."""
    weights = [made_up(40 + place, size, -1.0, 1.0) for place, size in enumerate((5, 8, 8, 10))]

    def weigh(parts):
        return sum(weight @ part for weight, part in zip(weights, parts, strict=True))

    there, _, _ = searched(monkeypatch, lambda length: -length)
    after = weigh([there.x, there.rows.slack, there.rows.violation, there.distance])
    now, way = recovery(), change()
    before = weigh([now.x, now.rows.slack, now.rows.violation, now.distance])
    allowed = 1e-4 * LENGTH * slope(way)
    for excess, whole in ((-1e-6, True), (1e-6, False)):
        scale = (allowed + excess) / (after - before)
        monkeypatch.setattr(restoration, "_value", lambda program, recovery, *parts, scale=scale: scale * weigh(parts))
        found, _ = restoration._searched(five.unscaled(), now, way)
        assert np.allclose(found.x, there.x, atol=1e-12) is whole


def test_prices_stay_in_a_band_around_the_barrier_by_the_slack() -> None:
    price, middle = jnp.asarray([1e-12, 3.0, 5e8]), jnp.asarray([0.5, 0.5, 0.04])
    np.testing.assert_allclose(restoration._banded(price, middle), [0.5e-10, 3.0, 4e8])


def test_prices_that_would_leave_it_are_kept_between_the_band_and_one(monkeypatch: Any) -> None:
    way = eqx.tree_at(lambda c: c.rows.price, change(), jnp.asarray([-9.0, 9.0, 0.01, 0.02, 0.03, -0.01, -9.0, 9.0]))
    way = eqx.tree_at(lambda c: c.bound_price, way, jnp.full(10, -9.0))
    monkeypatch.setattr(restoration, "_value", lambda program, recovery, x, *rest: x[0] * 0.0)
    there, _ = restoration._searched(five.unscaled(), recovery(), way)
    least = BARRIER / np.asarray(there.rows.slack) / 1e10
    np.testing.assert_allclose(np.asarray(there.rows.price)[[0, 6]], least[[0, 6]])
    assert 0.9e-12 < 1.0 - float(there.rows.price[1]) < 1.1e-12
    np.testing.assert_allclose(there.bound_price, np.where(five.BOUNDED, BARRIER / np.asarray(there.distance) / 1e10, 0.0))


@pytest.mark.parametrize("price", [0.5, 400.0])
def test_errors_are_those_of_the_conditions(price: float) -> None:
    """Without and with a bound so dear that its product decides."""
    now = eqx.tree_at(lambda r: r.bound_price, recovery(), jnp.where(jnp.asarray(five.BOUNDED), price, 0.0).at[0].set(0.3))
    rows, prices, bound = now.rows, np.asarray(now.rows.price), np.asarray(now.bound_price)
    alone = prices @ five.all_rows(five.POINT)[1] + bound[:5] - bound[5:]
    pulled = alone - pull_weight() * (five.POINT - REFERENCE)
    products = [np.asarray(rows.slack) * prices, np.asarray(rows.violation) * (1 - prices), (distance() * bound)[five.BOUNDED]]
    dual, off = np.abs(pulled[:4]).max(), np.abs(np.concatenate(products) - BARRIER).max()
    found = restoration._errors(five.unscaled(), now)
    assert float(found.violation) == pytest.approx(np.abs(alone[:4]).max())
    assert float(found.dual) == pytest.approx(dual)
    assert float(found.largest) == pytest.approx(max(dual, off))
    assert float(found.gap) == pytest.approx(np.concatenate(products).sum() + 6 * BARRIER)


def test_errors_of_a_solved_problem_are_those_of_its_products_alone() -> None:
    """Far away, the products decide; a variable that is fixed has no say."""
    now = eqx.tree_at(lambda r: r.rows.slack, recovery(), recovery().rows.slack * 1e3)
    off = np.asarray(now.rows.slack * now.rows.price) - BARRIER
    assert float(restoration._errors(five.unscaled(), now).largest) == pytest.approx(np.abs(off).max())
