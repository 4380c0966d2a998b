"""The state before the first iteration."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.base import Errors, Multipliers, Solution, Status
from capexmodel.solvers.first import first_state, push_of
from capexmodel.solvers.scaled import ScaledProgram
from capexmodel.solvers.start import cold, warmed
from capexmodel.solvers.state import FREE, MONOTONE, State
from tests.unit.solvers.tiny import X, bare, linearized, program

BARRIER, PUSH = 0.35, 0.04


def earlier() -> Solution:
    """An earlier solution; only its prices count."""
    prices = Multipliers(
        jnp.arange(3.0, 6.0), jnp.arange(6.0, 10.0), jnp.asarray([-1.5, 2.5]), jnp.arange(9.0, 14.0), jnp.arange(15.0, 20.0)
    )
    number, count = jnp.asarray(0.5), jnp.asarray(8, jnp.int32)
    return Solution(jnp.zeros(5), number, prices, count, count, Errors(number, number, number))


def first(at: ScaledProgram, warm: bool = False) -> State:
    """The first state of a program."""
    return first_state(at, jnp.asarray(X), earlier(), jnp.asarray(warm), jnp.asarray(BARRIER), jnp.asarray(PUSH))


@pytest.mark.parametrize(("warm", "push"), [(False, 0.01), (True, 0.07)])
def test_a_warm_start_is_pushed_by_a_tenth_of_the_root_of_its_barrier(warm: bool, push: float) -> None:
    """0.1 * sqrt(0.49), a cold one by 0.01."""
    assert float(push_of(jnp.asarray(warm), jnp.asarray(0.49))) == pytest.approx(push, rel=1e-14)


def test_a_first_state_has_done_nothing_yet() -> None:
    """Counters at zero, errors infinite, four infinite merits, the barrier parameter as given."""
    found, here = first(program()), linearized()
    assert [int(count) for count in (found.switches, found.stuck, found.restorations, found.steps, found.checked_step)] == [0] * 5
    assert np.asarray(found.history).tolist() == [np.inf] * 4
    assert np.asarray(found.errors).tolist() == [np.inf] * 3
    assert [float(number) for number in (found.entry_violation, found.inner_error, found.shift)] == [np.inf, np.inf, 0.0]
    assert [float(number) for number in (found.barrier, found.mean_product)] == [BARRIER, BARRIER]
    assert float(found.first_objective) == pytest.approx(float(here.objective), rel=1e-13)
    assert np.allclose(found.here.jacobian, here.jacobian, rtol=1e-12)
    worst = max(float(np.abs(np.asarray(here.equality)).max()), float(-np.asarray(here.rows).min()))
    assert float(found.checked_violation) == pytest.approx(worst, rel=1e-13)
    violation = np.abs(np.asarray(here.rows) - np.asarray(found.point.slack)[:7]).sum() + np.abs(np.asarray(here.equality)).sum()
    assert float(found.filters.violation[0]) == pytest.approx(1e4 * max(1.0, violation), rel=1e-12)
    assert (int(found.status), int(found.phase)) == (Status.RUNNING, FREE)
    assert (found.status.dtype, found.phase.dtype) == (jnp.int32, jnp.int32)


@pytest.mark.parametrize("warm", [True, False])
def test_a_warm_start_takes_earlier_prices_and_a_cold_one_does_not(warm: bool) -> None:
    """Slacks are the same."""
    begun = cold(program(), linearized(), jnp.asarray(X), jnp.asarray(BARRIER), jnp.asarray(PUSH))
    expected = warmed(program(), begun, earlier().multipliers, jnp.asarray(BARRIER)) if warm else begun
    found = first(program(), warm).point
    assert np.allclose(found.price, expected.price, rtol=1e-12)
    assert np.allclose(found.equality_price, expected.equality_price, rtol=1e-9)
    assert np.allclose(found.slack, expected.slack, rtol=1e-12)
    assert np.asarray(found.x).tolist() == X.tolist()


@pytest.mark.parametrize(("place", "name"), [(0, "objective"), (1, "rows"), (5, "equality")])
def test_a_start_that_is_not_finite_is_the_end(place: int, name: str) -> None:
    """In the objective, in one row, or in one equality."""
    curvature, slope, constant = program().dynamic
    broken = dataclasses.replace(program(), dynamic=(curvature, slope, constant.at[place].set(jnp.nan)))
    found = first(broken)
    assert int(found.status) == Status.NUMERIC
    assert not bool(jnp.all(jnp.isfinite(getattr(found.here, name))))


def test_bounds_that_exclude_all_are_infeasible_at_once() -> None:
    """Whatever else is found."""
    empty = eqx.tree_at(lambda p: p.empty, program(), jnp.asarray(True))
    assert int(first(empty).status) == Status.INFEASIBLE


def test_steps_are_free_where_there_are_limits_or_equalities() -> None:
    """Without any, monotone; one equality alone is enough, and so are bounds."""
    equal = dataclasses.replace(bare(), counts=(0, 0, 1), dynamic=tuple(part[jnp.asarray([0, 4])] for part in program().dynamic))
    equal = dataclasses.replace(equal, scale=program().scale[jnp.asarray([0, 4])], on=program().on[:2])
    walled = dataclasses.replace(bare(), lower=program().lower, bounded=program().bounded[:5])
    begin = earlier()
    phases = []
    for at, count in ((bare(), 0), (equal, 1), (walled, 0)):
        prices = Multipliers(jnp.zeros(0), jnp.zeros(0), jnp.zeros(count), begin.multipliers.lower, begin.multipliers.upper)
        given = eqx.tree_at(lambda s: s.multipliers, begin, prices)
        phases.append(int(first_state(at, jnp.asarray(X), given, jnp.asarray(False), jnp.asarray(BARRIER), jnp.asarray(PUSH)).phase))
    assert phases == [MONOTONE, FREE, FREE]
