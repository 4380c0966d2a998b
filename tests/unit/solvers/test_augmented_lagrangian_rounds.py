"""A round of the augmented Lagrangian by hand: its start, what it minimizes, its errors, and what follows it."""

import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import augmented_lagrangian as rounds
from capexmodel.solvers.augmented_lagrangian import AugmentedLagrangian, Round
from capexmodel.solvers.base import Errors, Multipliers, NonlinearProgram, Status
from capexmodel.solvers.penalized import Look, Rows, Terms, penalize
from tests.unit.solvers.test_penalized import ELSEWHERE, begin, penalized

SOLVER = AugmentedLagrangian(tolerance=1e-8, growth=7.0, warm_penalty=450.0, max_inner=33)
RUNNING, OPTIMAL, UNBOUNDED, INFEASIBLE, NUMERIC = (
    Status.RUNNING, Status.OPTIMAL, Status.UNBOUNDED, Status.INFEASIBLE, Status.NUMERIC,
)  # fmt: skip


def rows(one_sided: list[float], equality: list[float]) -> Rows:
    return Rows(jnp.asarray(one_sided), jnp.asarray(equality))


def errors(primal: float, dual: float = 0.3, complementarity: float = 0.2) -> Errors:
    return Errors(jnp.asarray(primal), jnp.asarray(dual), jnp.asarray(complementarity))


def round_of(**given: Any) -> Round:
    """A round with made-up numbers, except those given."""
    numbers = {
        "x": ELSEWHERE, "objective": 5.0, "gradient": [0.4, -0.3, 0.2, 0.6, 9.0], "penalty": 40.0, "before": 0.8, "inner": 1e-3,
        "stalled": 2, "restoring": False, "status": int(RUNNING), "rounds": 6, "steps": 50,
    }  # fmt: skip
    prices = rows(*given.get("prices", ([0.6, 0.7, 0.8, 0.9, 1.1], [-0.4, 0.3])))
    named = {name: jnp.asarray(given.get(name, number)) for name, number in numbers.items()}
    return Round(**named, prices=prices, errors=given.get("errors", errors(0.5)))


def opened(value: float, misses: list[float], **given: Any) -> Round:
    """The first round of a program of one inequality, one equality and an objective worth `value`, all scaled to themselves."""
    low, high = given.get("box", (-3.0, 3.0))
    program = NonlinearProgram(
        lambda x, args: value + x[0], lambda x, args: x[:1] + misses[0], None, lambda x, args: x[:1] + misses[1],
        lower=jnp.full(1, low), upper=jnp.full(1, high),
    )  # fmt: skip
    start = eqx.tree_at(
        lambda s: s.multipliers, begin([0.0], (1, 0, 1)), Multipliers(*(jnp.asarray(p) for p in ([0.6], [], [-0.7], [0.0], [0.0])))
    )
    return SOLVER._first(penalize(program, start, None), start, jnp.asarray(given.get("warm", False)))


@pytest.mark.parametrize(
    ("value", "misses", "penalty"),
    [
        (5.0, [-3.0, 4.0], 7.0 * 5.0 / 12.5),
        (-50.0, [3.0, 4.0], 7.0 * 50.0 / 8.0),
        (0.2, [-3.0, 4.0], 1.0),
        (0.2, [0.5, 1.2], 7.0),
        (3e9, [-3.0, 4.0], 1e8),
    ],
)
def test_the_first_penalty_weighs_value_and_violation(value: float, misses: list[float], penalty: float) -> None:
    """Growth times the value by half the squared violation, each at least one; between one and a hundred million."""
    first = opened(value, misses)
    assert float(first.penalty) == pytest.approx(penalty)
    assert int(first.status) == RUNNING


def test_a_round_begins_with_nothing_done() -> None:
    first = opened(5.0, [-3.0, 4.0])
    assert [float(part) for part in first.errors.__dict__.values()] == [math.inf] * 3
    assert (float(first.objective), float(first.before), bool(first.restoring)) == (5.0, math.inf, False)
    assert (int(first.rounds), int(first.steps), int(first.stalled)) == (0, 0, 0)
    assert float(first.inner) == pytest.approx(1e-4)
    np.testing.assert_array_equal([first.x[0], first.gradient[0], first.prices.one_sided[0], first.prices.equality[0]], 0.0)


def test_a_warm_start_takes_prices_and_its_own_penalty() -> None:
    first = opened(5.0, [-3.0, 4.0], warm=True)
    assert float(first.penalty) == 450.0
    np.testing.assert_allclose([first.prices.one_sided[0], first.prices.equality[0]], [0.6, -0.7])


@pytest.mark.parametrize(
    ("value", "misses", "box", "status"),
    [
        (np.nan, [-3.0, 4.0], (-3.0, 3.0), NUMERIC),
        (5.0, [-3.0, np.nan], (-3.0, 3.0), NUMERIC),
        (5.0, [-3.0, 4.0], (3.0, 2.0), INFEASIBLE),
        (5.0, [-3.0, 4.0], (2.0, 2.0), RUNNING),
    ],
)
def test_a_start_that_is_no_number_or_between_crossed_bounds_ends_it(
    value: float, misses: list[float], box: tuple[float, float], status: Status
) -> None:
    assert int(opened(value, misses, box=box).status) == status


def test_errors_are_divided_by_the_size_of_what_pulls() -> None:
    """Distances to surfaces, the projected gradient, and the lesser of slack and price of each one-sided row."""
    seen = Look(
        jnp.asarray(3.0), rows([-0.6, 0.8, 5.0, 1.5, 2.0], [0.3, -0.9]), jnp.asarray([0.5, -2.0, 0.1, 0.2, 0.3]), look_slopes(),
        rows([2.0, 4.0, 0.5, 3.0, 0.25], [1.5, 0.75]),
    )  # fmt: skip
    prices = rows([0.7, 0.45, 0.01, 0.02, 6.0], [-0.3, 9.0])
    program = eqx.tree_at(lambda p: (p.lower, p.upper), penalized(), (jnp.full(5, -1.0), jnp.full(5, 1.0)))
    x, gradient = jnp.asarray([-1.0, 1.0, 0.2, 0.1, 0.0]), jnp.asarray([8.0, -7.0, 0.4, -1.3, 0.2])
    found, size = rounds.judged(program, x, seen, prices, gradient)
    assert float(size) == 9.0 * 0.75
    assert float(found.primal) == pytest.approx(0.9 / 0.75)
    assert float(found.dual) == pytest.approx(1.3 / 6.75)
    assert float(found.complementarity) == pytest.approx(6.0 * 0.25 / 6.75)


def look_slopes() -> Rows:
    return Rows(jnp.zeros((5, 5)), jnp.zeros((2, 5)))


@pytest.mark.parametrize(
    ("slope", "price", "equality", "size"),
    [(0.3, 0.01, 0.0, 0.4), (-5.0, 0.01, 0.0, 5.0), (0.3, 3.0, 0.0, 6.0), (0.3, 0.01, -8.0, 12.0)],
)
def test_the_size_is_the_largest_gradient_of_all(slope: float, price: float, equality: float, size: float) -> None:
    """The least that counts, the objective's, a row's or an equality's; a slack is not above what its price says, nor below."""
    seen = Look(jnp.asarray(3.0), rows([0.5, -0.9], [0.3]), jnp.asarray([slope]), look_slopes(), rows([2.0, 3.0], [1.5]))
    program = eqx.tree_at(
        lambda p: (p.lower, p.upper, p.least_gradient), penalized(), (jnp.full(1, -9.0), jnp.full(1, 9.0), jnp.asarray(0.4))
    )
    found, counted = rounds.judged(program, jnp.zeros(1), seen, rows([price, 0.0], [equality]), jnp.asarray([0.24]))
    assert float(counted) == pytest.approx(size)
    assert float(found.dual) == pytest.approx(0.24 / size)
    assert float(found.primal) == pytest.approx(0.3)
    assert float(found.complementarity) == pytest.approx(min(0.25, price * 2.0 / size))


def priced(
    state: Round | None = None, here: Round | None = None, one_sided: Any = (0.1, -0.15), equality: Any = (0.12,), size: float = 3.0
):
    """What follows a usual round: the measure is 0.15 where nothing else is said, from -0.15; before it was 0.8."""
    terms = Terms(rows([20.0, 9.0], [0.3]), jnp.asarray(40.0), jnp.asarray(1.0))
    here = here or round_of(rounds=7, steps=61)
    return SOLVER._priced(state or round_of(), here, rows(list(one_sided), list(equality)), terms, jnp.asarray(size))


def test_a_round_that_fell_to_a_quarter_keeps_the_penalty() -> None:
    after = priced()
    assert (float(after.penalty), int(after.stalled), bool(after.restoring), int(after.status)) == (40.0, 0, False, RUNNING)
    assert float(after.before) == 0.15
    assert float(after.inner) == pytest.approx(1e-5)
    assert (int(after.rounds), int(after.steps)) == (7, 61)


def test_the_inner_tolerance_ends_at_half_the_tolerance() -> None:
    """By the size of gradients."""
    assert float(priced(round_of(inner=1e-9)).inner) == pytest.approx(0.5 * 1e-8 * 3.0)


@pytest.mark.parametrize(
    ("before", "one_sided", "equality", "measure", "kept"),
    [
        (0.8, (0.1, -0.15), (0.2,), 0.2, True),
        (0.8, (0.1, -0.15), (-0.201,), 0.201, False),
        (0.8, (0.3, -0.25), (0.1,), 0.3, False),
        (1.99, (7.0, 0.1), (0.1,), 0.5, False),
        (2.01, (7.0, 0.1), (0.1,), 0.5, True),
        (1e-8, (1e-8, -1e-8), (1e-8,), 1e-8, True),
        (1e-8, (1e-8, -1.1e-8), (1e-8,), 1.1e-8, False),
    ],
)
def test_progress_is_measured_by_rows_up_to_what_their_prices_hold(
    before: float, one_sided: Any, equality: Any, measure: float, kept: bool
) -> None:
    """Half a unit of the first row is what its price of 20 holds at a penalty of 40."""
    after = priced(round_of(before=before), one_sided=one_sided, equality=equality)
    assert float(after.before) == pytest.approx(measure)
    assert float(after.penalty) == pytest.approx(40.0 if kept else 280.0)
    assert int(after.stalled) == (0 if kept else 3)


@pytest.mark.parametrize(
    ("given", "primal", "lost"),
    [
        ({"stalled": 3}, 0.5, True), ({"stalled": 2}, 0.5, False), ({"stalled": 3}, 1e-8, False), ({"stalled": 3}, 1.1e-8, True),
        ({"penalty": 1e14 / 6.9}, 0.0, True), ({"penalty": 1e14 / 7.1}, 0.0, False),
    ],
)  # fmt: skip
def test_four_rounds_without_progress_or_too_high_a_penalty_restore(given: dict, primal: float, lost: bool) -> None:
    after = priced(round_of(before=0.2, **given), round_of(errors=errors(primal)))
    assert bool(after.restoring) is lost


@pytest.mark.parametrize(("place", "size", "done"), [(0, 1e-8, True), (0, 2e-8, False), (1, 2e-8, False), (2, 2e-8, False)])
def test_a_round_within_the_tolerance_is_the_last(place: int, size: float, done: bool) -> None:
    three = [1e-9, 1e-9, 1e-9]
    three[place] = size
    assert int(priced(here=round_of(errors=errors(*three))).status) == (OPTIMAL if done else RUNNING)


NONE, SOME = ([0.0] * 5, [0.0] * 2), ([6.0, 4.0, 0.0, 0.0, 0.0], [8.0, 0.0])
FAR = ELSEWHERE * 10.0
"""Largest entry 23: violations of 23 millionths are clean."""


@pytest.mark.parametrize(
    ("given", "primal", "status", "back"),
    [
        ({"objective": -1.0e12, "prices": NONE}, 2.29e-5, UNBOUNDED, False),
        ({"objective": -1.0e12, "prices": NONE}, 2.31e-5, RUNNING, True),
        ({"objective": -0.99e12, "prices": NONE}, 2.29e-5, RUNNING, False),
        ({"objective": -1.0e12 - 1.0, "prices": SOME}, 0.0, RUNNING, False),
        ({"objective": -1.0e12 - 2.0, "prices": SOME}, 0.0, UNBOUNDED, False),
        ({"objective": -1.0e12, "prices": NONE, "x": np.full(5, 0.01)}, 1e-6, UNBOUNDED, False),
        ({"objective": -1.0e12, "prices": NONE, "x": np.full(5, 0.01)}, 1.1e-6, RUNNING, True),
        ({"objective": np.nan}, 0.0, NUMERIC, True),
        ({"objective": -np.inf}, 0.0, NUMERIC, True),
        ({"gradient": [0.4, np.nan, 0.2, 0.6, 9.0]}, 0.0, NUMERIC, True),
    ],
)
def test_a_value_that_falls_for_ever_is_unbounded_or_taken_back(given: dict, primal: float, status: Status, back: bool) -> None:
    """Taken back: the round counts, its point does not, and the penalty grows."""
    state = round_of(x=np.full(5, -0.77), before=0.9, inner=0.02, stalled=3)
    after = priced(state, round_of(**{"x": FAR, "rounds": 7, "steps": 61, "errors": errors(primal)} | given))
    assert int(after.status) == status
    assert (float(after.x[0]) == -0.77) is back
    assert (int(after.rounds), int(after.steps)) == (7, 61)
    assert (float(after.penalty), bool(after.restoring)) == ((280.0, False) if back else (40.0, False))
    assert float(after.before) == pytest.approx(0.9 if back else 0.15)
    assert int(after.stalled) == (3 if back else 0)


@pytest.mark.parametrize(
    ("primal", "rest", "infeasible"),
    [(0.5, 0.5e-6, True), (0.5, 0.51e-6, False), (1.1e-6, 1e-12, True), (1e-6, 0.0, False)],
)
def test_a_stationary_violation_is_infeasible(primal: float, rest: float, infeasible: bool) -> None:
    """The gradient at a bound that holds is no matter; otherwise the rounds begin again, without prices."""
    program = eqx.tree_at(lambda p: (p.lower, p.upper), penalized(), (jnp.full(5, -9.0), jnp.full(5, 2.3)))
    here = round_of(errors=errors(primal), gradient=[rest, 0.0, -rest, -8.0, 0.0], restoring=True, penalty=3e9)
    after = SOLVER._restored(program, here)
    assert int(after.status) == (INFEASIBLE if infeasible else RUNNING)
    np.testing.assert_allclose(after.prices.one_sided, np.asarray(here.prices.one_sided) * infeasible)
    np.testing.assert_allclose(after.prices.equality, np.asarray(here.prices.equality) * infeasible)
    assert (float(after.penalty), float(after.before), int(after.stalled), bool(after.restoring)) == (1e8, math.inf, 0, False)
    assert float(SOLVER._restored(program, round_of(penalty=40.0)).penalty) == 40.0
