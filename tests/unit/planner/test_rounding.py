"""Whole racks and halls of small orders, worked out by hand."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from capexmodel.errors import SolveError
from capexmodel.model import purchase
from capexmodel.model.pace import Pace
from capexmodel.model.scenario import Scenario
from capexmodel.planner import rounding as module
from capexmodel.planner.chart import Chart, Linear
from capexmodel.planner.judge import Verdict
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Found, Given
from capexmodel.planning.choice import Choice, nothing
from capexmodel.planning.objective import PresentCost, TimeToModel
from capexmodel.planning.plan import Rounding
from capexmodel.planning.problem import Form, Problem
from capexmodel.solvers.base import NonlinearProgram, Solution, Status
from capexmodel.solvers.kept import blank
from tests.unit.planner.fakes import fake, sizes
from tests.unit.planner.town import changed, town


def test_orders_round_to_the_nearest_sum_within_the_room_of_a_site() -> None:
    """Two kinds at two sites over three dates; kind two shares the room that kind one leaves."""
    orders = np.array([[[14.0, 3.0, 5.0], [4.0, 4.0, 4.0]], [[9.0, 9.0, 1.0], [1.0, 1.0, 1.0]]])
    unit = np.array([10.0, 3.0])[:, None, None]
    found = module.nearest(orders, unit, np.full((2, 3), np.inf))
    np.testing.assert_array_equal(found, [[[10.0, 10.0, 0.0], [0.0, 10.0, 0.0]], [[9.0, 9.0, 0.0], [0.0, 3.0, 0.0]]])
    tight = module.nearest(orders, unit, np.array([[16.0, 19.0, 8.0], [np.inf, 9.0, np.inf]]))
    np.testing.assert_array_equal(tight, [[[10.0, 10.0, 0.0], [0.0, 0.0, 10.0]], [[6.0, 9.0, 3.0], [0.0, 3.0, 0.0]]])


def test_a_room_that_misses_next_to_nothing_is_room() -> None:
    unit = np.array([10.0])[:, None, None]
    for room, wanted in ((10.0 - 0.9e-5, 10.0), (10.0 - 1.1e-5, 0.0)):
        assert module.nearest(np.array([[[9.0]]]), unit, np.array([[room]])).tolist() == [[[wanted]]]


def test_nothing_is_taken_back() -> None:
    assert module.nearest(np.array([[[6.0, -9.0, 0.0]]]), np.array([10.0])[:, None, None], np.full((1, 3), 99.0)).tolist() == [
        [[10.0, 0.0, 0.0]]
    ]


def test_orders_round_up_to_a_sum_that_is_never_below() -> None:
    orders = np.array([[[1.0, 8.0, 2.0], [10.0 + 0.9e-5, 0.0, 3.0]], [[3.0, 0.5, 2.0], [0.0, 3.3, 0.0]]])
    found = module.up(orders, np.array([10.0, 3.0])[:, None, None])
    np.testing.assert_allclose(found, [[[10.0, 0.0, 10.0], [10.0, 0.0, 10.0]], [[3.0, 3.0, 0.0], [0.0, 6.0, 0.0]]])
    assert module.up(np.array([[[10.0 + 1.1e-5]]]), np.array([10.0])[:, None, None]).tolist() == [[[20.0]]]


def supplied(monkeypatch, most, offer, stretch=(0.0, 0.0), racks=(10.0, 4.0, 5.0)) -> Scenario:
    """Eight quarters, of which four belong to the first year; the most of three chips, and the offer of two makers, at every date."""
    monkeypatch.setattr(purchase, "available_count", lambda scenario: np.repeat(np.array(most, float)[:, None], 8, axis=1))
    monkeypatch.setattr(purchase, "offered_count", lambda scenario: np.repeat(np.array(offer, float)[:, None], 8, axis=1))
    return changed(town(), accelerator__rack_count=list(racks), supply__stretch=list(stretch))


def down(scenario: Scenario, carried: bool, **at) -> dict:
    """Whole racks of chips, of orders at a chip and site by date."""
    orders = np.zeros((3, 3, 8))
    for name, row in at.items():
        orders[int(name[1]), int(name[2]), : len(row)] = row
    whole = module.racks_down(scenario, orders, carried)
    return {f"n{a}{s}": whole[a, s].tolist() for a, s in np.argwhere(whole.any(axis=2)).tolist()}


def when(whole: dict) -> dict:
    """The first date of each order."""
    return {name: int(np.flatnonzero(row)[0]) for name, row in whole.items()}


def test_what_is_left_of_a_rack_is_carried_to_the_next_order_of_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    given = supplied(monkeypatch, [99.0] * 3, [99.0] * 2)
    row = [17.0, 6.0, 9.0, 3.0, 6.0, 6.0]
    assert down(given, True, n01=row) == {"n01": [10.0, 10.0, 10.0, 0.0, 0.0, 10.0, 0.0, 0.0]}
    assert down(given, False, n01=row) == {"n01": [10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]}
    assert down(given, True, n11=[3.0, 0.0, 1.0 - 3e-6]) == {"n11": [0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0]}
    assert down(given, True, n11=[3.0, 0.0, 1.0 - 5e-6]) == {}
    assert down(given, True, n11=[4.0 - 3e-6]) == {"n11": [4.0] + [0.0] * 7}


def test_of_what_is_carried_the_largest_part_comes_first_as_far_as_a_chip_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    given = supplied(monkeypatch, [19.0, 99.0, 99.0], [99.0] * 2)
    assert down(given, True, n00=[6.0, 5.0], n01=[6.0, 8.0]) == {
        "n00": [0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0], "n01": [0.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    }  # fmt: skip
    exact = supplied(monkeypatch, [20.0, 99.0, 99.0], [99.0] * 2)
    assert when(down(exact, True, n00=[6.0, 5.0], n01=[6.0, 8.0])) == {"n00": 1, "n01": 1}
    assert down(supplied(monkeypatch, [-5.0, 99.0, 99.0], [99.0] * 2), True, n00=[6.0, 5.0]) == {}


def test_what_is_carried_stays_within_the_stretched_offer_of_its_maker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten of the first and four of the second chip are of one maker, whose offer of ten stretches to 14 or 13; the third is another's."""
    rows = {"n00": [6.0, 5.0], "n10": [2.2, 2.0], "n20": [3.0, 3.0]}
    wide, tight = (supplied(monkeypatch, [99.0] * 3, [10.0, 5.0], (stretch, 0.0)) for stretch in (0.4, 0.3))
    assert when(down(wide, True, **rows)) == {"n00": 1, "n10": 1, "n20": 1}
    assert when(down(tight, True, **rows)) == {"n00": 1, "n10": 2, "n20": 1}
    assert when(down(supplied(monkeypatch, [99.0] * 3, [10.0, 4.0], (0.4, 0.2)), True, **rows)) == {"n00": 1, "n10": 1}


def test_years_by_what_falls_into_them() -> None:
    inside = module._years(town()) / 86400.0
    assert inside[:4].tolist() == [[58.0, 0.0], [91.0, 0.0], [92.0, 0.0], [92.0, 0.0]]
    assert inside[4:].tolist() == [[0.0, 90.0], [0.0, 91.0], [0.0, 92.0], [0.0, 92.0]]


def test_halls_can_be_started_as_fast_as_crews_are() -> None:
    starts = module._starts(changed(town(), site__hall_starts_w_per_s=[2.0, 0.0, 5.0])) / 86400.0
    assert starts[:, :2].tolist() == [[116.0, 182.0], [0.0, 0.0], [290.0, 455.0]]


def chosen(**orders) -> Choice:
    """A choice in which only some orders are not nothing."""
    blank = nothing(town())
    parts = vars(blank.orders) | {name: jnp.asarray(value, float) for name, value in orders.items()}
    return Choice(type(blank.orders)(**parts), blank.end_s)


def test_racks_and_halls_are_counted_by_kind_and_those_of_which_there_are_none_left_out() -> None:
    chips, halls = np.zeros((3, 3, 8)), np.zeros((2, 3, 8))
    chips[0, 0, 0], chips[0, 1, 3], chips[2, 2, 1], halls[1, 0, 2] = 20.0, 10.0, 2.4, 11.9
    given = changed(town(), accelerator__rack_count=[10.0, 4.0, 5.0], hall__block_w=[3.0, 4.0])
    assert module.counted(given, chosen(chips_count=chips, hall_w=halls)) == ({"old": 3}, {"tent": 3})
    halls[0, 1, 1] = 1.6
    assert module.counted(given, chosen(chips_count=chips + 0.0, hall_w=halls))[1] == {"shell": 1, "tent": 3}


def plan(choice: Choice | None = None, value: float = 5.0, aim: float = 70.0) -> Found:
    """A plan with a choice and an aim."""
    verdict = fake(Verdict, choice=choice, aim=aim, primal=0.25, stationarity=0.5, dual_sign=0.0, complementarity=0.0)
    scenario = changed(town(), accelerator__rack_count=[10.0, 4.0, 5.0], hall__block_w=[3.0, 4.0])
    own = {"problem": Problem(scenario), "size": sizes(), "solution": fake(Solution, value=value), "verdict": verdict}
    return fake(Found, **own, form=None, reduced=None, fixed=None)


def test_a_rounding_says_what_it_costs_in_the_unit_of_the_aim() -> None:
    relaxed, whole = plan(value=5.0, aim=70.0), plan(chosen(chips_count=np.full((3, 3, 8), 10.0)), value=5.5, aim=77.0)
    told = module._rounding(relaxed.problem, relaxed, whole, "up")
    assert told == Rounding(77.0, 70.0, 0.5 * 17.0, {"old": 24, "new": 60, "own": 48}, {}, "up", 0.25, 0.5)


def rounding(monkeypatch, aim, down, up):
    """Round where each way gives so much."""
    told = []
    monkeypatch.setattr(module, "_trimmed", lambda problem, found: down)
    monkeypatch.setattr(module, "_filled", lambda problem, found: up)
    monkeypatch.setattr(module, "_rounding", lambda problem, found, whole, way: (found, whole, way))
    found = plan()
    whole, (start, end, way) = module.round_plan.__wrapped__(Problem(town(), aim), found, told.append)
    assert (start is found, whole is end) == (True, True)
    return whole, way, told


def test_orders_round_down_first_but_a_target_is_met_from_above(monkeypatch: pytest.MonkeyPatch) -> None:
    down, up, said = plan(), plan(), "rounding racks and halls "
    assert rounding(monkeypatch, TimeToModel(), down, up) == (down, "down", [said + "down"])
    assert rounding(monkeypatch, PresentCost(), down, up) == (up, "up", [said + "up"])
    assert rounding(monkeypatch, TimeToModel(), None, up) == (up, "up", [said + "down", said + "up"])
    with pytest.raises(SolveError, match=r"^town: no plan of whole racks and halls was found near the relaxed one$"):
        rounding(monkeypatch, TimeToModel(), None, None)


def holding(monkeypatch, *ends):
    """Hold orders fast, with these answers one after the other."""
    asked, answers = [], iter(ends)

    def hold(found, orders):
        asked.append((found, {name: float(np.sum(part)) for name, part in orders.items()}))
        return next(answers)

    monkeypatch.setattr(module, "_held_fast", hold)
    return asked


def test_halls_are_trimmed_before_racks_and_nothing_is_carried_where_that_costs_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    choice = chosen(chips_count=np.full((3, 3, 8), 1.0), hall_w=np.full((2, 3, 8), 2.5))
    start, built, done = plan(choice), plan(choice), plan(choice)
    seen = []
    monkeypatch.setattr(module, "racks_down", lambda scenario, orders, carried: seen.append(carried) or orders * (2.0 if carried else 3.0))
    monkeypatch.setattr(module, "nearest", lambda orders, unit, most: orders * np.ravel(unit)[1])
    asked = holding(monkeypatch, built, None, done)
    assert module._trimmed(start.problem, start) is done
    assert [one is other for (one, _), other in zip(asked, (start, built, built), strict=True)] == [True] * 3
    assert [orders for _, orders in asked] == [{"hall_w": 480.0}, {"chips_count": 144.0}, {"chips_count": 216.0}]
    assert seen == [True, False]
    for ends, wanted in (((None,), None), ((built, done), done), ((built, None, None), None)):
        holding(monkeypatch, *ends)
        assert module._trimmed(start.problem, start) is wanted


def test_racks_are_filled_before_halls(monkeypatch: pytest.MonkeyPatch) -> None:
    chips, halls = np.zeros((3, 3, 8)), np.zeros((2, 3, 8))
    chips[:, 0, 0], halls[:, 0, 0] = 1.0, 5.0
    start, bought, done = (plan(chosen(chips_count=chips, hall_w=halls)) for _ in range(3))
    asked = holding(monkeypatch, bought, done)
    assert module._filled(start.problem, start) is done
    assert [(one is other, orders) for (one, orders), other in zip(asked, (start, bought), strict=True)] == [
        (True, {"chips_count": 19.0}), (True, {"hall_w": 14.0}),
    ]  # fmt: skip
    holding(monkeypatch, None)
    assert module._filled(start.problem, start) is None


def test_rows_that_hold_and_that_nothing_moves_are_off() -> None:
    matrix, sums = jnp.array([[1.0, 0.0], [1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]), (jnp.zeros((1, 2)), jnp.zeros(1), jnp.zeros((1, 1), bool))
    linear = Linear(matrix, jnp.array([-3.0, -3.1, 5.0, 7.0]), *sums, blank(Pace))
    left = module._without_settled(linear, np.array([3.0 - 0.9e-9, 4.0]), np.array([True, False]))
    assert left.offset.tolist() == [np.inf, -3.1, 5.0, np.inf]


def held_fast(monkeypatch, before=None, status=Status.OPTIMAL, primal: float = 0.0):
    """Fix the hall orders of a plan whose first five choices, and two of its dates, are free."""
    flat = ravel_pytree(nothing(town()))[0].size
    halls = 3 * 3 * 8
    free, none = np.array([0, 1, halls, halls + 1, flat - 1]), jnp.zeros(0, int)
    unit = np.full(flat, 2.0)
    unit[halls : halls + 2] = 4.0
    chart = Chart(jnp.zeros(flat), jnp.array(unit), jnp.array(free), none, none)
    linear = fake(Linear, matrix=jnp.ones((2, 5)), offset=jnp.array([1.0, 2.0]))
    reduced = fake(Reduced, chart=chart, linear=linear)
    x = jnp.array([1.5, 2.5, 3.5, 4.5, 5.5])
    solution = eqx.tree_at(lambda s: (s.x, s.status, s.errors.primal), blank(Solution), (x, status, jnp.asarray(primal)))
    found = plan(chosen())
    vars(found).update(form=fake(Form), reduced=reduced, solution=solution, fixed=before)
    asked = []

    def minimize(left, x, given, solver, warm, certified):
        assert (type(given), solver.cold_barrier, certified) == (Given, 1.0, False)
        assert (given.chart, given.scenario) == (chart, found.problem.scenario)
        asked.append((left.lower.tolist(), left.upper.tolist(), x.tolist(), warm.x.tolist()))
        return eqx.tree_at(lambda s: s.x, solution, x + 0.25)

    monkeypatch.setattr(module, "program", lambda form, reduced: fake(NonlinearProgram, lower=jnp.zeros(5), upper=jnp.ones(5)))
    monkeypatch.setattr(module, "minimize", minimize)
    monkeypatch.setattr(module, "sound", lambda found: True)
    monkeypatch.setattr(module, "_without_settled", lambda linear, x, fixed: asked.append((x.tolist(), fixed.tolist())) or linear)
    orders = np.zeros((2, 3, 8))
    orders[0, 0, :2] = 8.0, 20.0
    return module._held_fast(found, {"hall_w": orders}), asked


def test_orders_that_are_fixed_stay_at_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    done, (settled, solve) = held_fast(monkeypatch, np.array([True, False, False, False, False]))
    at, end = [1.5, 2.5, 2.0, 5.0, 5.5], np.inf
    assert settled == (at, [True, False, True, True, False])
    assert solve == ([1.5, 0.0, 2.0, 5.0, 0.0], [1.5, end, 2.0, 5.0, end], at, at)
    assert done.solution.x.tolist() == [1.5, 2.75, 2.0, 5.0, 5.75]
    assert done.fixed.tolist() == [True, False, True, True, False]
    assert held_fast(monkeypatch)[0].fixed.tolist() == [False, False, True, True, False]


def test_what_does_not_hold_is_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    assert held_fast(monkeypatch, status=Status.INFEASIBLE)[0] is None
    assert held_fast(monkeypatch, primal=1.0)[0] is None
