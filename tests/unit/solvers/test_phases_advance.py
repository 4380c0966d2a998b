"""Whole iterations of a tiny program: where they end, what they remember, what they search with."""

import dataclasses
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import phases
from capexmodel.solvers.base import Status
from capexmodel.solvers.course import Course
from capexmodel.solvers.filters import Filter, Trial, grown
from capexmodel.solvers.iterate import Iterate, residuals
from capexmodel.solvers.line_search import Found, Step
from capexmodel.solvers.newton import Direction, newton_system
from capexmodel.solvers.state import FREE, MONOTONE, State, fresh_filter
from tests.unit.solvers.tiny import COUNTED, X, bare, distances, linearized, longest, newton_step, point, predicted, program

TOLERANCE = 1e-4


def state(phase: int = FREE, history: float = 1e6, barrier: float = 0.17, **parts: Any) -> State:
    """A state at the point."""
    number, count = jnp.asarray(0.41), jnp.asarray(3, jnp.int32)
    whole = {"point": point(), "here": linearized(), "barrier": jnp.asarray(barrier), "phase": jnp.asarray(phase, jnp.int32)}
    whole |= {"filters": fresh_filter(jnp.asarray(6.0)), "shift": number, "history": jnp.full(4, history), "switches": count}
    whole |= {"stuck": count, "restorations": count, "entry_violation": number, "first_objective": jnp.asarray(2.5)}
    whole |= {
        "status": jnp.asarray(int(Status.RUNNING), jnp.int32),
        "steps": jnp.asarray(7, jnp.int32),
        "errors": jnp.asarray([0.3, 0.5, 0.7]),
    }
    whole |= {"inner_error": number, "checked_violation": jnp.asarray(1e3), "checked_step": count, "mean_product": jnp.asarray(0.83)}
    return State(**whole | parts)


def ended(expected: list, barrier: float) -> Iterate:
    """Where a direction with its lengths leads."""
    x, slack, price, equality, length, price_length = expected
    there = X + length * x
    slacks = np.concatenate([np.asarray(point().slack)[:7] + length * slack[:7], distances(there)])
    prices = np.asarray(point().price) + price_length * price
    prices = np.where(COUNTED, np.clip(prices, barrier / slacks / 1e10, barrier / slacks * 1e10), 0.0)
    return Iterate(*(jnp.asarray(part) for part in (there, slacks, prices, np.asarray(point().equality_price) + price_length * equality)))


def assert_at(found: Iterate, wanted: Iterate) -> None:
    """Whether two points are the same but for rounding."""
    for name in ("x", "slack", "price", "equality_price"):
        assert np.allclose(getattr(found, name), getattr(wanted, name), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("easy", [True, False])
def test_a_free_step_goes_along_the_corrector_to_the_boundary(easy: bool) -> None:
    """Everything is measured again there; the merit is remembered."""
    _, aim, barrier = predicted(np.zeros(17), 1.0, 1e-6)
    expected, _, _ = predicted(aim, max(0.99, 1.0 - barrier), 1e-6)
    target = ended(expected, barrier)
    here = linearized(np.asarray(target.x))
    plain = residuals(program(), here, target)
    after = phases.advance(program(), state(), jnp.asarray(TOLERANCE), easy)
    assert_at(after.point, target)
    assert np.allclose(after.here.rows, here.rows, rtol=1e-7)
    assert float(after.barrier) == pytest.approx(barrier, rel=1e-8)
    assert np.allclose(after.history, [float(plain.merit)] + [1e6] * 3, rtol=1e-7)
    assert float(after.inner_error) == pytest.approx(float(plain.error_at(jnp.asarray(barrier))), rel=1e-7)
    assert float(after.mean_product) == pytest.approx(float(plain.mean_product), rel=1e-7)
    errors = [plain.primal_error, plain.dual_error, plain.complementarity_error(jnp.asarray(0.0))]
    assert np.allclose(after.errors, [float(error) for error in errors], rtol=1e-7)
    assert (int(after.steps), int(after.phase), int(after.status), float(after.shift)) == (8, FREE, Status.RUNNING, 0.0)
    assert (int(after.switches), int(after.checked_step)) == (3, 3)


@pytest.mark.parametrize("easy", [True, False])
def test_a_free_step_whose_error_does_not_fall_is_refused(easy: bool) -> None:
    """The point stays; monotone steps follow, on a barrier parameter of four fifths of the mean product."""
    after = phases.advance(program(), state(history=0.01), jnp.asarray(TOLERANCE), easy)
    assert_at(after.point, point())
    assert (int(after.steps), int(after.phase), int(after.switches)) == (8, MONOTONE, 4)
    assert float(after.barrier) == pytest.approx(0.8 * 0.83, rel=1e-13)
    violation = (
        np.abs(np.asarray(linearized().rows) - np.asarray(point().slack)[:7]).sum() + np.abs(np.asarray(linearized().equality)).sum()
    )
    assert float(after.filters.violation[0]) == pytest.approx(1e4 * violation, rel=1e-12)
    assert np.asarray(after.errors).tolist() == [0.3, 0.5, 0.7]
    low = phases.advance(program(), state(history=0.01, mean_product=jnp.asarray(1e-9)), jnp.asarray(TOLERANCE), easy)
    assert float(low.barrier) == pytest.approx(1e-5, rel=1e-13)


@pytest.mark.parametrize(("share", "taken"), [(1.0 / 0.99985, True), (1.0 / 0.99995, False)])
def test_the_error_must_fall_by_a_ten_thousandth_of_the_largest_remembered(share: float, taken: bool) -> None:
    """The merit of the next point against 0.9999 of the largest of the last four."""
    merit = float(phases.advance(program(), state(), jnp.asarray(TOLERANCE), True).history[0])
    before = dataclasses.replace(state(), history=jnp.asarray([0.1, share * merit, 0.2, 0.3]))
    after = phases.advance(program(), before, jnp.asarray(TOLERANCE), True)
    assert (int(after.phase) == FREE) is taken


def test_a_step_to_within_the_tolerance_is_optimal_whatever_is_remembered() -> None:
    """With a tolerance of 1e3 any point is; the step is taken though the error did not fall."""
    after = phases.advance(program(), state(history=0.01), jnp.asarray(1e3), True)
    assert int(after.status) == Status.OPTIMAL
    assert not np.allclose(after.point.x, X)


def test_a_step_of_numbers_that_are_not_finite_is_refused() -> None:
    """No objective's slope, no step, not even a monotone one; in a program of any tolerance."""
    broken = eqx.tree_at(lambda s: s.here.slope, state(), jnp.full(5, jnp.nan))
    for phase in (FREE, MONOTONE):
        at = eqx.tree_at(lambda s: s.phase, broken, jnp.asarray(phase, jnp.int32))
        assert_at(phases.advance(program(), at, jnp.asarray(1e3)).point, point())


@pytest.mark.parametrize(
    ("name", "part"), [("_searched", lambda found: found.accepted), ("newton_system", lambda system: system.factor.sound)]
)
def test_a_step_that_was_not_accepted_or_not_sound_is_refused(name: str, part: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its error: the point stays."""
    usual = getattr(phases, name)
    monkeypatch.setattr(phases, name, lambda *given: eqx.tree_at(part, usual(*given), jnp.asarray(False)))
    assert_at(phases.advance(program(), state(), jnp.asarray(TOLERANCE), True).point, point())


def test_a_monotone_step_goes_towards_the_barrier() -> None:
    """With a filter that has grown by the start; without progress the phase stays."""
    expected, _, _ = predicted(np.where(COUNTED, 0.17, 0.0), 0.99, 1e-5)
    after = phases.advance(program(), state(MONOTONE, 1e-3), jnp.asarray(TOLERANCE))
    assert_at(after.point, ended(expected, 0.17))
    assert (int(after.phase), int(after.filters.count)) == (MONOTONE, 2)
    assert np.asarray(after.history).tolist() == [1e-3] * 4
    start = Trial(*(jnp.asarray(part) for part in measures(0.17)))
    assert np.allclose(after.filters.violation, grown(state().filters, start, jnp.asarray(True)).violation, rtol=1e-12)
    assert np.allclose(after.filters.value, grown(state().filters, start, jnp.asarray(True)).value, rtol=1e-12)
    freed = phases.advance(program(), state(MONOTONE, 1e6), jnp.asarray(TOLERANCE))
    assert int(freed.phase) == FREE


def measures(barrier: float, at: np.ndarray = X, slack: np.ndarray | None = None) -> tuple[float, float]:
    """Violation with slacks and barrier value."""
    here, slack = linearized(at), np.asarray(point().slack) if slack is None else slack
    violation = np.abs(np.asarray(here.rows) - slack[:7]).sum() + np.abs(np.asarray(here.equality)).sum()
    return float(violation), float(here.objective) - barrier * np.log(slack).sum()


def way(barrier: float = 0.3) -> Course:
    """A course of made-up numbers."""
    step = Direction(jnp.asarray([0.1, -0.2, 0.15, 0.3, 0.0]), jnp.arange(-3.0, 14.0) / 50, jnp.zeros(17), jnp.zeros(2))
    return Course(jnp.zeros(17), jnp.asarray(0.2), jnp.asarray(barrier), step, jnp.asarray(0.6), jnp.asarray(0.8))


@pytest.mark.parametrize("phase", [FREE, MONOTONE])
def test_a_search_is_given_its_start_its_slope_and_what_it_may_do(monkeypatch: pytest.MonkeyPatch, phase: int) -> None:
    """The slope is that of the barrier value; the small violation 1e-8 of the filter's largest; trials are measured where they are."""
    given, search = [], phases.search

    def recorded(*parts: Any) -> Found:
        given.extend(parts)
        return search(*parts)

    monkeypatch.setattr(phases, "search", recorded)
    system = newton_system(program(), linearized(), point(), jnp.asarray(0.0))
    start = Trial(jnp.asarray(0.9), jnp.asarray(1.9))
    filters = Filter(jnp.asarray([7e3, 5.0]), jnp.asarray([-1.0, 4.0]), jnp.asarray(2, jnp.int32))
    phases._searched(program(), state(phase, filters=filters), system, way(), start, easy=False)
    descent, evaluate, correct, step, largest, begin = given
    slope = np.asarray(linearized().slope) @ np.asarray(way().change.x) - 0.3 * np.sum(
        np.asarray(way().change.slack) / np.asarray(point().slack)
    )
    assert float(descent.slope) == pytest.approx(slope, rel=1e-13)
    assert float(descent.small) == pytest.approx(7e-5, rel=1e-13)
    assert (descent.start, descent.filters, bool(descent.free)) == (start, filters, phase == FREE)
    assert (float(largest), bool(eqx.tree_equal(begin, linearized()))) == (0.6, True)
    assert bool(eqx.tree_equal(step, Step(way().change.x, way().change.slack)))
    other = Step(jnp.asarray([0.2, 0.1, -0.1, 0.3, 0.0]), jnp.arange(1.0, 18.0) / 20)
    trial, there = evaluate(jnp.asarray(0.4), other)
    x = X + 0.4 * np.asarray(other.x)
    slack = np.concatenate([np.asarray(point().slack)[:7] + 0.4 * np.arange(1.0, 8.0) / 20, distances(x)])
    assert (float(trial.violation), float(trial.value)) == pytest.approx(measures(0.3, x, slack), rel=1e-12)
    assert np.allclose(there.jacobian, linearized(x).jacobian, rtol=1e-12)
    assert bool(
        eqx.tree_equal(correct(jnp.asarray(0.4), there), phases._second_order(program(), state(), system, way(), jnp.asarray(0.4), there))
    )


def test_an_easy_search_takes_any_finite_point() -> None:
    """The first trial, of the whole length."""
    system = newton_system(program(), linearized(), point(), jnp.asarray(0.0))
    found = phases._searched(program(), state(), system, way(), Trial(jnp.asarray(0.9), jnp.asarray(1.9)), easy=True)
    assert (float(found.length), bool(found.accepted), bool(found.grow)) == (0.6, True, False)
    assert np.allclose(found.there.rows, linearized(X + 0.6 * np.asarray(way().change.x)).rows, rtol=1e-12)


@pytest.mark.parametrize("barrier", [0.3, 0.004])
def test_the_second_order_step_also_closes_what_a_full_step_left(barrier: float) -> None:
    """One Newton step for the gaps of both; so long that the same length is its longest."""
    system, length = newton_system(program(), linearized(), point(), jnp.asarray(0.0)), 0.6
    there = linearized(X + length * np.asarray(way().change.x))
    slack = np.asarray(point().slack)
    gap = length * (np.asarray(linearized().rows) - slack[:7])
    gap = gap + np.asarray(there.rows) - (slack[:7] + length * np.asarray(way().change.slack)[:7])
    equality = length * np.asarray(linearized().equality) + np.asarray(there.equality)
    x, slack_step, *_ = newton_step(np.where(COUNTED, barrier, 0.0), np.concatenate([gap, np.zeros(10)]), equality)
    ratio = longest(slack, slack_step, max(0.99, 1.0 - barrier)) / length
    found = phases._second_order(program(), state(), system, way(barrier), jnp.asarray(length), there)
    assert np.allclose(found.x, ratio * x, rtol=1e-8, atol=1e-11)
    assert np.allclose(found.slack, ratio * slack_step, rtol=1e-8, atol=1e-11)


def test_without_limits_and_equalities_steps_stay_monotone() -> None:
    """Whatever the progress: a whole Newton step of the objective."""
    none, rows = jnp.zeros(0), jnp.zeros((0, 5))
    here = eqx.tree_at(lambda h: (h.rows, h.equality, h.jacobian, h.equality_jacobian), linearized(), (none, none, rows, rows))
    at = Iterate(point().x, none, none, none)
    after = phases.advance(bare(), state(MONOTONE, 1e6, here=here, point=at), jnp.asarray(TOLERANCE))
    assert int(after.phase) == MONOTONE
    assert np.allclose(after.here.slope, 0.0, atol=1e-10)
