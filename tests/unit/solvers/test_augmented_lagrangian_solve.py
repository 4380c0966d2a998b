"""What a round of the augmented Lagrangian hands to the inner solver, what it makes of the answer, and the solution at the end."""

from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import augmented_lagrangian as rounds
from capexmodel.solvers.augmented_lagrangian import AugmentedLagrangian, Round
from capexmodel.solvers.base import Status
from tests.unit.solvers import five
from tests.unit.solvers.test_augmented_lagrangian_rounds import SOLVER, errors, round_of
from tests.unit.solvers.test_penalized import ELSEWHERE, begin, penalized, scaled, scaled_slopes

START = five.POINT
DEAR = ([3e10, 0.7, 0.8, 0.9, 1.1], [-4e10, 0.3])


def turned(monkeypatch: pytest.MonkeyPatch, steps: int = 11, **given: Any) -> tuple[Round, dict[str, Any]]:
    """A round whose inner solver answers with one point, and what it was asked."""
    asked: dict[str, Any] = {}

    def minimise(function: Any, solver: Any, x: Any, terms: Any, box: Any, **told: Any) -> Any:
        asked.update(function=function, solver=solver, x=x, terms=terms, box=box, **told)
        return SimpleNamespace(value=jnp.asarray(ELSEWHERE), stats={"num_steps": jnp.asarray(steps)})

    monkeypatch.setattr(rounds.optx, "minimise", minimise)
    return SOLVER._round(penalized(), round_of(x=np.full(5, 0.11), **given)), asked


def after_prices(prices: Any, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    _, one_sided, equality = scaled(ELSEWHERE)
    on = np.asarray(penalized().on)
    return np.where(on, np.maximum(0.0, np.asarray(prices[0]) - penalty * one_sided), 0.0), np.asarray(prices[1]) - penalty * equality


def test_a_usual_round_minimizes_from_where_it_stands_with_limited_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    _, asked = turned(monkeypatch, prices=DEAR)
    np.testing.assert_array_equal(asked["x"], np.full(5, 0.11))
    np.testing.assert_allclose(asked["terms"].prices.one_sided, [1e10, 0.7, 0.8, 0.9, 1.1])
    np.testing.assert_allclose(asked["terms"].prices.equality, [-1e10, 0.3])
    assert (float(asked["terms"].penalty), float(asked["terms"].weight)) == (40.0, 1.0)
    assert (float(asked["solver"].atol), asked["solver"].floor) == (1e-3, -1e12)
    assert (asked["max_steps"], asked["throw"]) == (33, False)
    np.testing.assert_array_equal(asked["box"]["lower"], five.LOWER)
    np.testing.assert_array_equal(asked["box"]["upper"], five.UPPER)
    assert asked["function"] == penalized().lagrangian


def test_a_round_that_restores_minimizes_violation_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    after, asked = turned(monkeypatch, restoring=True)
    np.testing.assert_array_equal(asked["x"], START)
    np.testing.assert_array_equal(asked["terms"].prices.one_sided, 0.0)
    np.testing.assert_array_equal(asked["terms"].prices.equality, 0.0)
    assert (float(asked["terms"].penalty), float(asked["terms"].weight)) == (1.0, 0.0)
    assert float(asked["solver"].atol) == pytest.approx(1e-14)
    _, rows, equal = scaled_slopes(ELSEWHERE)
    one_sided, equality = after_prices((np.zeros(5), np.zeros(2)), 1.0)
    np.testing.assert_allclose(after.gradient, -one_sided @ rows - equality @ equal)
    assert (bool(after.restoring), int(after.rounds), int(after.steps)) == (False, 7, 61)
    np.testing.assert_array_equal(after.prices.one_sided, 0.0)


PRICES = ([0.6, 0.7, 0.8, 0.9, 1.1], [-0.4, 0.3])


@pytest.mark.parametrize(("steps", "cut"), [(32, False), (33, True)])
def test_a_round_out_of_steps_is_continued_with_the_old_prices(monkeypatch: pytest.MonkeyPatch, steps: int, cut: bool) -> None:
    after, _ = turned(monkeypatch, steps)
    one_sided, equality = PRICES if cut else after_prices(PRICES, 40.0)
    np.testing.assert_allclose(after.prices.one_sided, one_sided)
    np.testing.assert_allclose(after.prices.equality, equality)
    np.testing.assert_array_equal(after.x, ELSEWHERE)
    assert (int(after.rounds), int(after.steps)) == (7, 50 + steps)
    assert float(after.objective) == pytest.approx(scaled(ELSEWHERE)[0])
    slope, rows, equal = scaled_slopes(ELSEWHERE)
    pressed = after_prices(PRICES, 40.0)
    np.testing.assert_allclose(after.gradient, slope - pressed[0] @ rows - pressed[1] @ equal)
    assert (float(after.before) == 0.8) is cut
    assert (float(after.inner) == 1e-3) is cut
    _, values, equal_values = scaled(ELSEWHERE)
    lengths = np.linalg.norm(rows, axis=1), np.linalg.norm(equal, axis=1)
    on = np.asarray(penalized().on)
    violation = np.max(np.concatenate([(-values / np.where(on, lengths[0], 1e-3))[on], np.abs(equal_values) / lengths[1]]))
    assert float(after.errors.primal) == pytest.approx(violation)


def test_a_last_round_out_of_steps_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is no number is not gone on with."""
    monkeypatch.setattr(rounds, "judged", lambda *_: (errors(0.0, 0.0, 0.0), jnp.asarray(2.0)))
    after, _ = turned(monkeypatch, 33)
    assert int(after.status) == Status.OPTIMAL
    np.testing.assert_allclose(after.prices.equality, after_prices(PRICES, 40.0)[1])


@pytest.mark.parametrize(
    ("status", "primal", "expected"),
    [
        (Status.RUNNING, 1e-3, Status.FEASIBLE_NOT_PROVEN),
        (Status.RUNNING, 1.1e-3, Status.MAX_ITER),
        (Status.OPTIMAL, 1.0, Status.OPTIMAL),
        (Status.INFEASIBLE, 0.0, Status.INFEASIBLE),
    ],
)
def test_the_solution_is_in_the_programs_units(status: Status, primal: float, expected: Status) -> None:
    state = round_of(status=int(status), errors=errors(primal))
    found, scale = rounds._solution(penalized(), state, 1e-3), float(penalized().objective_scale)
    assert int(found.status) == expected
    assert (found.status.dtype, found.steps.dtype) == (jnp.int32, jnp.int32)
    assert float(found.value) == pytest.approx(5.0 / scale)
    assert int(found.steps) == 50
    np.testing.assert_array_equal(found.x, ELSEWHERE)
    np.testing.assert_allclose(found.multipliers.equality, np.asarray([-0.4, 0.3]) * np.asarray(penalized().scale.equality) / scale)
    assert float(found.errors.primal) == primal


@pytest.mark.parametrize(("most", "stop", "rounds_made"), [(4, 9, 4), (9, 5, 5), (0, 5, 0)])
def test_rounds_go_on_while_it_runs_and_some_are_left(monkeypatch: pytest.MonkeyPatch, most: int, stop: int, rounds_made: int) -> None:
    """Each counts ten steps; a round may end it."""

    def turn(self: Any, program: Any, state: Round) -> Round:
        count = state.rounds + 1
        status = jnp.where(count == stop, int(Status.OPTIMAL), state.status)
        parts = {**vars(state), "rounds": count, "steps": state.steps + 10, "status": status}
        return Round(**parts)

    monkeypatch.setattr(AugmentedLagrangian, "_round", turn)
    monkeypatch.setattr(rounds, "penalize", lambda *_: penalized())
    found = AugmentedLagrangian(max_rounds=most).solve(five.plain(), begin(START, (3, 2, 2)), jnp.asarray(False), None)
    assert int(found.steps) == 10 * rounds_made
    assert int(found.status) == (Status.OPTIMAL if rounds_made == stop else Status.MAX_ITER)


def test_settings_that_nobody_gives() -> None:
    usual = AugmentedLagrangian()
    assert (usual.tolerance, usual.max_rounds, usual.growth, usual.warm_penalty, usual.max_inner) == (1e-8, 60, 10.0, 1e3, 200)
