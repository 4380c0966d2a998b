"""One side of a kink by hand: which prices are free to move, what they are worth, and the quadratic program of the move."""

import functools
import sys
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.active import ActiveSet, Held
from capexmodel.solvers.base import Errors, Multipliers, NonlinearProgram, Solution, Status
from capexmodel.solvers.one_sided import OneSided, Side, _choice, _step, _unscaled, one_sided
from capexmodel.solvers.sensitivity import Rates, Tangent
from tests.unit.solvers.test_duality_gap import solved

KINK = sys.modules[Side.__module__]
LENGTHS, EQUALITY_LENGTHS = np.asarray([5.0, 0.0, 3.0, 10.0]), np.asarray([9.0, 1e-12])
ROWS = np.asarray([[0.6, 0.8, 0.0], [0.0, 0.0, 0.0], [1 / 3, 2 / 3, 2 / 3], [0.6, 0.8, 0.0]])
EQUALITY = np.asarray([[4 / 9, 4 / 9, 7 / 9], [0.0, 0.0, 0.0]])
PRICES = {
    "inequality": [0.11, 0.22], "affine": [0.33, 0.44], "equality": [-0.55, 0.66], "lower": [0.77, 0.0, 0.88], "upper": [0.0, 0.99, 0.12],
}  # fmt: skip


def multipliers() -> Multipliers:
    return Multipliers(**{name: jnp.asarray(price) for name, price in PRICES.items()})


def found(**given: Any) -> ActiveSet:
    """Two curved rows, two affine ones, two equalities (one without gradient), three variables."""
    masks = {"inequality": [True, False], "affine": [False, True], "lower": [True, False, False], "upper": [False, True, False]}
    active = Held(**{name: jnp.asarray(given.get(name, mask)) for name, mask in masks.items()})
    fixed, sizes = jnp.asarray(given.get("fixed", [False] * 3)), (jnp.asarray(LENGTHS), jnp.asarray(EQUALITY_LENGTHS))
    return ActiveSet(active, active, fixed, jnp.asarray(ROWS), jnp.asarray(EQUALITY), *sizes, jnp.asarray(0.01))


def rates() -> Rates:
    parts = ([2.0, 3.0], [5.0, 7.0], [11.0, 13.0], [17.0, 19.0, 23.0], [29.0, 31.0, 37.0])
    return Rates(jnp.asarray(0.4), jnp.asarray([0.5, 0.6, 0.7]), *(jnp.asarray(part) for part in parts))


def test_prices_at_hand_are_those_of_gradients_of_length_one() -> None:
    choice = _choice(multipliers(), found(), rates())
    expected = [0.11 * 5, 0.0, 0.33 * 3, 0.44 * 10, -0.55 * 9, 0.66e-12, 0.77, -0.99, 0.88 - 0.12]
    np.testing.assert_allclose(choice.at, expected, rtol=1e-9)


def test_a_price_is_worth_what_its_row_or_bound_moves() -> None:
    """Rows that rise are worth less; what does not bind is worth nothing; an upper bound moves at its own rate."""
    choice = _choice(multipliers(), found(), rates())
    np.testing.assert_allclose(choice.worth, [-2.0 / 5, 0.0, 0.0, -7.0 / 10, -11.0 / 9, 0.0, 17.0, 31.0, 0.0])
    np.testing.assert_array_equal(choice.sign, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, -1.0, 0.0])
    fixed = _choice(multipliers(), found(fixed=[False, False, True], upper=[False, False, False]), rates())
    np.testing.assert_allclose(fixed.worth[6:], [17.0, 0.0, 23.0])
    np.testing.assert_array_equal(fixed.sign[6:], [1.0, 0.0, 0.0])


def test_prices_move_only_where_the_gradients_stay_in_balance() -> None:
    """The same row twice, an equality, two bounds in three variables: two ways to move, none of which changes the sum."""
    choice = _choice(multipliers(), found(), rates())
    free = np.asarray(choice.free)
    counted = [0, 3, 4, 6, 7]
    gradients = np.concatenate([ROWS, EQUALITY, np.eye(3)])
    assert np.linalg.matrix_rank(free, tol=1e-6) == 5 - np.linalg.matrix_rank(gradients[counted])
    np.testing.assert_allclose(free.T @ gradients, 0.0, atol=1e-12)
    np.testing.assert_allclose(np.delete(free, counted, axis=0), 0.0, atol=1e-12)
    moving = free[:, np.any(free != 0, axis=0)]
    np.testing.assert_allclose(moving.T @ moving, np.eye(moving.shape[1]), atol=1e-12)


@pytest.mark.parametrize(("angle", "moves"), [(0.7e-8, 1), (3e-8, 0)])
def test_rows_nearly_the_same_count_as_one(angle: float, moves: int) -> None:
    """Up to a singular value of a hundred-millionth: that of two rows is the angle by the root of two."""
    rows = jnp.asarray(ROWS).at[3].set([0.6 + 0.8 * angle, 0.8 - 0.6 * angle, 0.0])
    none = [False] * 3
    apart = eqx.tree_at(lambda f: (f.rows, f.equality_lengths), found(lower=none, upper=none), (rows, jnp.zeros(2)))
    assert int(jnp.sum(jnp.any(_choice(multipliers(), apart, rates()).free != 0.0, axis=0))) == moves


DECIDED = [0.15, 7.0, 8.0, -0.2, -1.8, 6e-12, 0.7, -0.9, 0.3]


def test_prices_go_back_into_the_programs_units() -> None:
    """None below zero where a row binds; those of what does not bind stay."""
    back = _unscaled(multipliers(), found(), jnp.asarray(DECIDED))
    np.testing.assert_allclose(back.inequality, [0.03, 0.22])
    np.testing.assert_allclose(back.affine, [0.33, 0.0])
    np.testing.assert_allclose(back.equality, [-0.2, 6.0])
    np.testing.assert_allclose(back.lower, [0.7, 0.0, 0.88])
    np.testing.assert_allclose(back.upper, [0.0, 0.9, 0.12])
    fixed = _unscaled(multipliers(), found(fixed=[False, False, True]), jnp.asarray(DECIDED))
    np.testing.assert_allclose([fixed.lower[2], fixed.upper[2]], [0.3, 0.0])
    off = eqx.tree_at(lambda f: f.lengths, found(inequality=[False, True]), jnp.asarray([5.0, 1e-13, 3.0, 10.0]))
    assert float(_unscaled(multipliers(), off, jnp.asarray(DECIDED)).inequality[1]) == pytest.approx(7e12)


def asked(monkeypatch: pytest.MonkeyPatch, decided: list[float], **given: Any) -> dict[str, Any]:
    """The quadratic program of a move."""
    told: dict[str, Any] = {}

    def minimize(program: Any, start: Any, move: Any, solver: Any, certified: bool) -> Solution:
        told.update(program=program, start=start, move=move, solver=solver, certified=certified)
        return solved([1.0, 2.0, 3.0])

    monkeypatch.setattr(KINK, "minimize", minimize)
    program = NonlinearProgram(lambda x, args: args * x[0] ** 2 * x[1], lambda x, args: jnp.stack([x[2] ** 2, x[0]]))
    here = eqx.tree_at(lambda s: s.multipliers, solved([0.5, -1.5, 2.5]), Multipliers(*(
        jnp.asarray(part) for part in ([0.25, 0.0], [], [], [0.0] * 3, [0.0] * 3))))  # fmt: skip
    _step(program, here, jnp.asarray(4.0), found(**given), rates(), jnp.asarray(decided))
    return told


def test_a_move_is_least_in_the_lagrangians_curvature_and_slope(monkeypatch: Any) -> None:
    """Half of d'Hd and the slope that moves, from nowhere; rows by their gradients of length one."""
    told = asked(monkeypatch, DECIDED)
    bend = np.asarray([[8.0 * -1.5, 8.0 * 0.5, 0.0], [8.0 * 0.5, 0.0, 0.0], [0.0, 0.0, -0.5]])
    np.testing.assert_allclose(told["move"].hessian, bend)
    step = np.asarray([0.3, -0.7, 1.1])
    value = told["program"].objective(jnp.asarray(step), told["move"])
    assert float(value) == pytest.approx(0.5 * step @ bend @ step + step @ [0.5, 0.6, 0.7])
    np.testing.assert_array_equal(told["start"], [0.0] * 3)
    assert (told["certified"], told["solver"].tolerance) == (False, 1e-10)
    along = np.concatenate([ROWS, EQUALITY]) @ step + np.asarray([2 / 5, 3e12, 5 / 3, 7 / 10, 11 / 9, 13e12])
    kept, held = (getattr(told["program"], name)(jnp.asarray(step), told["move"]) for name in ("affine", "equality"))
    np.testing.assert_allclose(kept, [np.inf] * 6)
    np.testing.assert_allclose(held, [along[0], 0.0, 0.0, along[3], along[4], 0.0])


def test_rows_without_a_price_are_kept_on_their_side(monkeypatch: Any) -> None:
    """A price of a hundredth of the largest, 1.8, is none."""
    told = asked(monkeypatch, [0.0179, 7.0e-3, 8.0e-3, -0.0181, -1.8, 6e-12, 0.7, -0.9, 0.3])
    np.testing.assert_array_equal(told["move"].keep, [True, False, False, False, False, False])
    np.testing.assert_array_equal(told["move"].hold, [False, False, False, True, True, False])
    small = asked(monkeypatch, [0.0099, 0.0, 0.0, 0.0101, -0.1, 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(small["move"].keep[:4], [True, False, False, False])
    step = np.asarray([0.3, -0.7, 1.1])
    kept = told["program"].affine(jnp.asarray(step), told["move"])
    np.testing.assert_allclose(kept, [ROWS[0] @ step + 0.4, *[np.inf] * 5])


@pytest.mark.parametrize(
    ("decided", "given", "low", "high"),
    [
        ([0.7, -0.9, 0.3], {}, [17.0, 31.0, -np.inf], [17.0, 31.0, np.inf]),
        ([0.0, 0.0, 0.3], {}, [17.0, -np.inf, -np.inf], [np.inf, 31.0, np.inf]),
        ([0.0, 0.0, 0.0], {"fixed": [False, False, True]}, [17.0, -np.inf, 23.0], [np.inf, 31.0, 23.0]),
    ],
)
def test_bounds_with_a_price_are_followed_and_others_are_one_sided(
    monkeypatch: Any, decided: list, given: dict, low: list, high: list
) -> None:
    program = asked(monkeypatch, [*DECIDED[:6], *decided], **given)["program"]
    np.testing.assert_array_equal(program.lower, low)
    np.testing.assert_array_equal(program.upper, high)


def test_the_side_behind_is_turned_round(monkeypatch: Any) -> None:
    def side(program: Any, solution: Any, args: Any, tangent: Any, sign: Any) -> Side:
        return Side(jnp.asarray([2.0, 3.0]) + sign, 5.0 + sign, multipliers(), jnp.asarray(True))

    monkeypatch.setattr(KINK, "_side", side)
    both: OneSided = one_sided(NonlinearProgram(lambda x, args: x), solved([1.0, 2.0]), None, Tangent())
    np.testing.assert_array_equal(both.behind.x, [-1.0, -2.0])
    np.testing.assert_array_equal(both.ahead.x, [3.0, 4.0])
    assert (float(both.behind.value), float(both.ahead.value)) == (-4.0, 6.0)


@functools.cache
def twice() -> tuple[NonlinearProgram, Solution]:
    """min 3x with 2x >= a and 5x >= b, both met at x = 1; each could bear all of the price."""
    program = NonlinearProgram(lambda x, args: 3.0 * x[0], affine=lambda x, args: jnp.stack([2.0, 5.0]) * x[0] - args)
    zero, none = jnp.zeros(()), jnp.zeros(0)
    prices = Multipliers(none, jnp.asarray([0.5, 0.4]), none, jnp.zeros(1), jnp.zeros(1))
    return program, Solution(jnp.ones(1), 3.0 + zero, prices, jnp.asarray(0), jnp.asarray(0), Errors(zero, zero, zero))


def sides(monkeypatch: Any, gain: list[float], reach: float = 0.25, statuses: tuple[Status, ...] = (Status.OPTIMAL,) * 2) -> Any:
    """One way, where the inner programs end at a given share of what they may look at, and what the first was asked."""
    told: list[Any] = []

    def minimize(program: Any, start: Any, args: Any, solver: Any, certified: bool) -> Solution:
        told.append((program, start, args, solver, certified))
        answer = eqx.tree_at(lambda s: (s.x, s.value), solved([0.0]), (program.upper * reach, jnp.asarray(0.125)))
        return eqx.tree_at(lambda s: s.status, answer, jnp.asarray(int(statuses[len(told) - 1])))

    monkeypatch.setattr(KINK, "minimize", minimize)
    program, solution = twice()
    move = Tangent(None, jnp.asarray(gain))
    return KINK._side.__wrapped__(program, solution, jnp.asarray([2.0, 5.0]), move, jnp.asarray(-1.0)), told


@pytest.mark.long
def test_prices_are_looked_for_up_to_a_million_times_the_largest(monkeypatch: Any) -> None:
    """Prices of gradients of length one are 1 and 2; they move against each other. Worth: by what the rows fall, turned round."""
    side, told = sides(monkeypatch, [0.7, 0.9])
    program, start, choice, solver, certified = told[0]
    moves = np.any(np.asarray(choice.free) != 0.0, axis=0)
    np.testing.assert_array_equal(program.upper, np.where(moves, 2e6, 0.0))
    np.testing.assert_array_equal(program.lower, np.where(moves, -2e6, 0.0))
    np.testing.assert_array_equal(start, np.zeros(3))
    assert (int(moves.sum()), certified, solver.tolerance) == (1, False, 1e-10)
    np.testing.assert_allclose(choice.worth, [-0.35, -0.18, 0.0])
    y = np.asarray([0.3, -0.7, 1.1])
    free = np.asarray(choice.free)
    assert float(program.objective(jnp.asarray(y), choice)) == pytest.approx(-choice.worth @ (free @ y))
    signs = program.affine(jnp.asarray(y), choice)
    np.testing.assert_allclose(signs, [*(np.asarray([1.0, 2.0]) + (free @ y)[:2]), np.inf])
    assert float(side.value) == pytest.approx(-(0.5 * 0.7 + 0.4 * 0.9) - 0.125)


@pytest.mark.long
@pytest.mark.parametrize(
    ("reach", "statuses", "bounded", "whole"),
    [
        (0.5, (Status.OPTIMAL, Status.OPTIMAL), True, True), (0.51, (Status.OPTIMAL, Status.OPTIMAL), False, False),
        (0.5, (Status.NUMERIC, Status.OPTIMAL), True, False), (0.5, (Status.OPTIMAL, Status.NUMERIC), True, False),
    ],
)  # fmt: skip
def test_prices_without_an_end_have_no_finite_slope(monkeypatch: Any, reach: float, statuses: Any, bounded: bool, whole: bool) -> None:
    side, _ = sides(monkeypatch, [0.7, 0.9], reach, statuses)
    assert bool(np.isfinite(side.value)) is bounded
    assert bool(side.solved) is whole
