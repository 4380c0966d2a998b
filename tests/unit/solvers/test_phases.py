"""What the phases decide, rule by rule, on states and verdicts made up for it."""

import dataclasses
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import phases
from capexmodel.solvers.base import Status
from capexmodel.solvers.filters import Trial
from capexmodel.solvers.iterate import Residuals
from capexmodel.solvers.phases import Verdict
from capexmodel.solvers.state import FREE, MONOTONE, RESTORE, State, fresh_filter
from tests.unit.solvers.tiny import linearized, point

HISTORY = [9.0, 8.0, 7.0, 6.0]


def state(**parts: Any) -> State:
    """A state whose numbers all differ; parts may be given."""
    whole = {name: jnp.asarray(value, jnp.int32) for name, value in (("phase", FREE), ("switches", 3), ("stuck", 2), ("restorations", 5))}
    whole |= {"status": jnp.asarray(int(Status.RUNNING), jnp.int32), "steps": jnp.asarray(41, jnp.int32)}
    whole |= {"checked_step": jnp.asarray(30, jnp.int32), "history": jnp.asarray(HISTORY), "errors": jnp.asarray([0.3, 0.5, 0.7])}
    numbers = {"barrier": 0.09, "shift": 0.11, "entry_violation": 0.13, "first_objective": -3.0, "inner_error": 1.7}
    numbers |= {"checked_violation": 0.19, "mean_product": 0.23}
    whole |= {name: jnp.asarray(value) for name, value in numbers.items()}
    filters = fresh_filter(jnp.asarray(0.29))
    whole |= {"point": point(), "here": linearized(), "filters": filters}
    return State(**whole | {name: jnp.asarray(value, jnp.asarray(whole[name]).dtype) for name, value in parts.items()})


def verdict(**parts: Any) -> Verdict:
    """A verdict of a step that was taken, and worth it."""
    whole = {"taken": True, "start": Trial(jnp.asarray(0.31), jnp.asarray(0.37)), "grow": True, "worth": True, "merit": 5.0}
    whole |= {"violation": 0.43, "slack_violation": 4.7, "floor": 1e-5, "tolerance": 1e-4, "limited": True} | parts
    return Verdict(**{name: value if isinstance(value, Trial) else jnp.asarray(value) for name, value in whole.items()})


def changed(before: State, after: State) -> set[str]:
    """The names of what differs."""
    names = [field.name for field in dataclasses.fields(State)]
    return {name for name in names if not bool(eqx.tree_equal(getattr(before, name), getattr(after, name)))}


def test_the_last_merits_are_remembered_newest_first() -> None:
    """The oldest is dropped; places that held nothing take the newest."""
    assert np.asarray(phases._remembered(jnp.asarray(HISTORY), jnp.asarray(5.0))).tolist() == [5.0, 9.0, 8.0, 7.0]
    assert np.asarray(phases._remembered(jnp.asarray([9.0, np.inf, np.inf, np.inf]), jnp.asarray(5.0))).tolist() == [5.0, 9.0, 5.0, 5.0]


def test_a_free_step_that_was_taken_is_remembered() -> None:
    """Nothing else changes."""
    after = phases._after_free(state(), verdict())
    assert changed(state(), after) == {"history"}
    assert np.asarray(after.history).tolist() == [5.0, 9.0, 8.0, 7.0]


@pytest.mark.parametrize(("mean", "barrier"), [(0.23, 0.184), (1e-6, 1e-5)])
def test_a_free_step_that_was_refused_leads_to_monotone_ones(mean: float, barrier: float) -> None:
    """The barrier parameter is four fifths of the mean product, at least the floor; the filter is fresh, the switch counted."""
    before = state(mean_product=mean)
    after = phases._after_free(before, verdict(taken=False))
    assert changed(before, after) == {"phase", "barrier", "filters", "switches"}
    assert (int(after.phase), int(after.switches)) == (MONOTONE, 4)
    assert float(after.barrier) == pytest.approx(barrier, rel=1e-14)
    assert float(after.filters.violation[0]) == pytest.approx(4.7e4)
    assert int(after.filters.count) == 1


@pytest.mark.parametrize(
    ("parts", "judgment", "phase", "history"),
    [
        ({}, {}, FREE, [5.0, 9.0, 8.0, 7.0]),
        ({}, {"worth": False}, MONOTONE, HISTORY),
        ({}, {"limited": False}, MONOTONE, HISTORY),
        ({"switches": 8}, {}, FREE, [5.0, 9.0, 8.0, 7.0]),
        ({"switches": 9}, {}, MONOTONE, HISTORY),
    ],
)
def test_monotone_steps_become_free_again_on_progress(parts: dict, judgment: dict, phase: int, history: list[float]) -> None:
    """With limits, and after at most eight switches; only then the merit is remembered."""
    after = phases._after_monotone(state(phase=RESTORE, **parts), verdict(**judgment))
    assert int(after.phase) == phase
    assert np.asarray(after.history).tolist() == history


@pytest.mark.parametrize(("error", "barrier"), [(0.89, 0.018), (0.91, 0.09)])
def test_the_barrier_falls_once_its_problem_is_solved(error: float, barrier: float) -> None:
    """To within ten times the barrier parameter, 0.09; the filter is then fresh, and has grown otherwise."""
    after = phases._after_monotone(state(inner_error=error), verdict())
    assert float(after.barrier) == pytest.approx(barrier, rel=1e-12)
    fresh = barrier < 0.09
    assert int(after.filters.count) == (1 if fresh else 2)
    assert float(after.filters.violation[0]) == pytest.approx(4.7e4 if fresh else 1e4)
    assert float(after.filters.violation[1]) == pytest.approx(np.inf if fresh else 0.31 * (1.0 - 1e-5), rel=1e-13)
    assert float(after.filters.value[1]) == pytest.approx(np.inf if fresh else 0.37 - 0.31e-8, rel=1e-13)


def test_at_the_floor_the_barrier_and_the_filter_stay() -> None:
    """A barrier parameter that cannot fall is no reason for a fresh filter; a filter that need not grow does not."""
    after = phases._after_monotone(state(inner_error=0.9, barrier=0.09), verdict(floor=0.09, grow=False))
    assert float(after.barrier) == 0.09
    assert int(after.filters.count) == 1
    assert float(after.filters.violation[0]) == 1e4


@pytest.mark.parametrize(
    ("violation", "begun", "stuck"),
    [(1e-4, 1e-3, True), (1.1e-4, 1e-3, False), (0.9e-4, 1.1e-3, False), (0.5e-4, 0.9e-3, True), (0.43, 0.31, False)],
)
def test_a_search_that_failed_leads_to_restoration_unless_hardly_anything_is_violated(violation: float, begun: float, stuck: bool) -> None:
    """By no more than the tolerance, and ten times that with slacks."""
    judgment = verdict(taken=False, violation=violation, start=Trial(jnp.asarray(begun), jnp.asarray(0.37)))
    before = state(phase=MONOTONE)
    after = phases._after_monotone(before, judgment)
    assert int(after.phase) == (FREE if stuck else RESTORE)
    assert changed(before, after) == ({"barrier", "filters", "phase", "history", "stuck"} if stuck else {"phase"})


@pytest.mark.parametrize(("stuck", "status"), [(3, Status.RUNNING), (4, Status.FEASIBLE_NOT_PROVEN), (5, Status.FEASIBLE_NOT_PROVEN)])
def test_where_rounding_stops_the_search_any_free_step_is_allowed_a_few_times(stuck: int, status: Status) -> None:
    """The barrier parameter falls, the memory is lost; after four times it is given up."""
    after = phases._unstick(state(phase=MONOTONE, stuck=stuck), verdict())
    assert (int(after.phase), int(after.stuck), int(after.status)) == (FREE, stuck + 1, status)
    assert after.status.dtype == jnp.int32
    assert np.asarray(after.history).tolist() == [np.inf] * 4
    assert float(after.barrier) == pytest.approx(0.018, rel=1e-12)
    assert float(after.filters.violation[0]) == pytest.approx(4.7e4)
    assert float(phases._unstick(state(), verdict(floor=0.05)).barrier) == 0.05


@pytest.mark.parametrize(
    ("parts", "violation", "phase", "checked"),
    [
        ({"checked_step": 21, "checked_violation": 0.5}, 0.36, RESTORE, True),
        ({"checked_step": 21, "checked_violation": 0.5}, 0.34, MONOTONE, True),
        ({"checked_step": 22, "checked_violation": 0.5}, 0.36, MONOTONE, False),
        ({"checked_step": 11, "checked_violation": 1e-9}, 0.9e-6, MONOTONE, True),
        ({"checked_step": 11, "checked_violation": 1e-9}, 1.1e-6, RESTORE, True),
        ({"barrier": 1001.0}, 1.1e-6, RESTORE, False),
        ({"barrier": 1001.0}, 1e-6, MONOTONE, False),
        ({"barrier": 1000.0}, 0.36, MONOTONE, False),
    ],
)
def test_restoration_comes_early_where_the_violation_crawls_or_prices_run_away(
    parts: dict, violation: float, phase: int, checked: bool
) -> None:
    """Of 41 steps, the last check twenty ago: not below seven tenths of then; or a barrier parameter above a thousand."""
    before = state(**parts)
    after = phases._hurried(state(phase=MONOTONE, **parts), before, verdict(violation=violation))
    assert int(after.phase) == phase
    assert float(after.checked_violation) == (violation if checked else float(before.checked_violation))
    assert int(after.checked_step) == (41 if checked else int(before.checked_step))


def residuals() -> Residuals:
    """Residuals with errors 0.02, 0.03 and 0.9 / 4."""
    numbers = [jnp.asarray(number) for number in (0.03, 0.02)]
    product = jnp.asarray([0.5, 0.9, 0.2])
    return Residuals(*numbers, product, jnp.ones(3, bool), jnp.asarray(4.0), jnp.asarray(1.0), jnp.asarray(1.0))


def judged(objective: float = 1.0, first: float = -3.0, x: float = 2.2, optimal: bool = False, **parts: Any) -> State:
    """The next state with its status, of one that is deep below or not."""
    after = state(first_objective=first)
    after = eqx.tree_at(lambda s: (s.here.objective, s.point.x), after, (jnp.asarray(objective), jnp.asarray([1.0, -x, 0.5, 0.2, 0.1])))
    following = eqx.tree_at(lambda s: s.status, after, jnp.asarray(int(Status.NUMERIC), jnp.int32))
    return phases._judged(following, after, verdict(**parts), residuals(), jnp.asarray(optimal))


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"objective": -3.1e11, "violation": 0.9e-6}, Status.UNBOUNDED),
        ({"objective": -2.9e11, "violation": 0.9e-6}, Status.NUMERIC),
        ({"objective": -3.1e11, "violation": 1e-6}, Status.UNBOUNDED),
        ({"objective": -3.1e11, "violation": 1.1e-6}, Status.NUMERIC),
        ({"objective": -3.1e11, "violation": 2.9e-5, "x": 3e8}, Status.UNBOUNDED),
        ({"objective": -3.1e11, "violation": 3.1e-5, "x": 3e8}, Status.NUMERIC),
        ({"objective": -1.1e11, "violation": 0.9e-6, "first": 0.2}, Status.UNBOUNDED),
        ({"objective": -0.9e11, "violation": 0.9e-6, "first": 0.2}, Status.NUMERIC),
        ({"objective": -3.1e11, "violation": 0.9e-6, "taken": False}, Status.NUMERIC),
        ({"objective": -3.1e11, "violation": 0.9e-6, "optimal": True}, Status.OPTIMAL),
        ({"optimal": True}, Status.OPTIMAL),
        ({}, Status.NUMERIC),
    ],
)
def test_how_a_step_is_judged(given: dict, status: Status) -> None:
    """Unbounded: 1e11 times the first objective's size, or one, below zero, at a clean point, after a step; optimal counts before all."""
    found = judged(**given)
    assert int(found.status) == status
    assert found.status.dtype == jnp.int32


def test_errors_are_those_of_the_last_step_that_was_taken() -> None:
    """Primal, dual, complementarity."""
    assert np.asarray(judged().errors).tolist() == [0.02, 0.03, 0.225]
    assert np.asarray(judged(taken=False).errors).tolist() == [0.3, 0.5, 0.7]
