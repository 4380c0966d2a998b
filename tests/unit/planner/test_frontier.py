"""Points of a frontier, and the slopes between them, where each plan is written down by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model.leaves import leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planner import frontier as module
from capexmodel.planner.frontier import Frontier, Point
from capexmodel.planner.judge import Verdict
from capexmodel.planner.search import Found
from capexmodel.planning.choice import Choice
from capexmodel.planning.plan import Binding, Conflict
from capexmodel.planning.problem import Form, Problem
from capexmodel.solvers.base import Solution
from tests.unit.planner.fakes import fake, quiet, sizes
from tests.unit.planner.town import changed, town

FLOOR = "staff.floor_count"
DAY_S = 86400.0


def points(*costs: float | None) -> list[Point]:
    """At 1, 3, 7, 13... of the number."""
    return [Point(float(k * k + k + 1), "OPTIMAL", cost=cost) for k, cost in enumerate(costs)]


@pytest.mark.parametrize(("costs", "slopes"), [
    ((10.0, 6.0, 3.0, 1.5), [-2.0, -7.0 / 6.0, -4.5 / 10.0, -1.5 / 6.0]),
    ((10.0, None, 3.0, 1.5), [None, None, -0.25, -0.25]),
    ((None, 6.0, 3.0, None), [None, -0.75, -0.75, None]),
    ((10.0,), [None]),
])  # fmt: skip
def test_a_difference_is_the_slope_between_neighbors_that_have_a_plan(costs, slopes) -> None:
    found = [one.difference for one in module._with_differences(points(*costs))]
    assert found == [None if slope is None else pytest.approx(slope) for slope in slopes]


def test_a_point_without_a_plan_costs_no_number() -> None:
    assert np.isnan(module._told(points(None)[0]))
    assert module._told(points(4.0)[0]) == 4.0


def test_a_frontier_is_answered_where_each_point_is_a_plan_or_explained() -> None:
    def answered(*how: str) -> bool:
        return Frontier(Problem(town()), FLOOR, tuple(Point(1.0, one) for one in how)).answered

    assert answered("OPTIMAL", "INFEASIBLE_EXPLAINED")
    assert not answered("OPTIMAL", "NUMERIC")
    assert not answered("FEASIBLE_NOT_PROVEN", "OPTIMAL")


def plan(value: float, kkt: float = 0.0, sound: bool = True) -> Found:
    """A plan of some value, with dates and a slope in the floor of staff."""
    gradient = fake(Scenario, staff=SimpleNamespace(floor_count=np.array(-0.5)))
    errors = {"stationarity": kkt, "primal": 0.0, "dual_sign": 0.0, "complementarity": 0.0}
    verdict = fake(Verdict, **errors, aim=90.0 + value, gradient=gradient, choice=fake(Choice, end_s=np.array([30.0, 50.0]) * DAY_S))
    problem = Problem(changed(town(), job__release_lag_s=[3.0 * DAY_S, 4.0 * DAY_S]))
    return fake(
        Found,
        problem=problem,
        form=fake(Form, timed=(False, True)),
        size=sizes(),
        verdict=verdict,
        solution=fake(Solution, value=value),
        ok=sound,
    )


@pytest.mark.parametrize(("kkt", "status"), [(1e-6, "OPTIMAL"), (1.1e-6, "FEASIBLE_NOT_PROVEN")])
def test_a_point_tells_the_best_plan_there(monkeypatch, kkt: float, status: str) -> None:
    rows = Binding("envelope", ("high", "FY2026"), "usd", 0.0, 1.0), Binding("hiring", ("2026Q1",), "heads", 0.0, 1.0)
    monkeypatch.setattr(module, "bindings", lambda problem, found: rows)
    point = module._planned(leaf(town(), FLOOR), 7.0, {"none": plan(5.0), "atelier": plan(4.0, kkt), "boutique": plan(6.0)})
    assert (point.value, point.status, point.aim, point.cost, point.slope) == (7.0, status, 94.0, 68.0, -8.5)
    assert (point.kkt_error, point.date_s, point.companies) == (kkt, {"second": 54.0 * DAY_S}, "atelier")
    assert (point.binding, point.difference, point.conflict) == (("high FY2026",), None, None)


def test_a_point_without_a_plan_is_explained_if_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    conflict, asked = Conflict(("a",), {}, {}, {}), []
    for answer, status in ((conflict, "INFEASIBLE_EXPLAINED"), (None, "NUMERIC")):
        monkeypatch.setattr(
            module, "explain_conflict", lambda problem, taken, progress, answer=answer: asked.append((taken, progress)) or answer
        )
        point = module._conflicting(Problem(town()), 7.0, np.array([1.0, 0.0]), quiet)
        assert (point.value, point.status, point.conflict, point.cost) == (7.0, status, answer, None)
    assert (asked[0][0].tolist(), asked[0][1]) == ([1.0, 0.0], quiet)


def test_points_ascend_and_each_is_solved_from_those_before(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, told = [], []

    def each(problem, combos, tell, known, shared):
        floor = float(problem.scenario.staff.floor_count)
        tell("solving")
        asked.append((floor, {name: one.solution.value for name, one in known.items()}, shared))
        return {} if floor == 3.0 else {"x": plan(10.0 - floor), f"y{floor:.0f}": plan(5.0), "bad": plan(1.0, sound=False)}

    monkeypatch.setattr(module, "combinations", lambda problem: [np.array([float(problem.scenario.staff.floor_count)])])
    monkeypatch.setattr(module, "solve_each", each)
    monkeypatch.setattr(module, "sound", lambda one: one.ok)
    monkeypatch.setattr(
        module, "_planned", lambda where, value, found: Point(value, where.path, cost=min(one.solution.value for one in found.values()))
    )
    monkeypatch.setattr(module, "_conflicting", lambda problem, value, taken, tell: Point(value, f"none with {taken[0]:.0f}"))
    found = module.frontier(Problem(town()), FLOOR, [7.0, 2.0, 3.0, 7.0], progress=told.append)
    assert [(one.value, one.status, one.cost) for one in found.points] == [(2.0, FLOOR, 5.0), (3.0, "none with 3", None), (7.0, FLOOR, 3.0)]
    assert [(floor, known) for floor, known, _ in asked] == [
        (2.0, {}), (3.0, {"x": 8.0, "y2": 5.0}), (7.0, {"x": 8.0, "y2": 5.0}),
    ]  # fmt: skip
    assert asked[0][2] is asked[1][2] is asked[2][2]
    assert told == ["point 1 of 3: solving", "point 2 of 3: solving", "point 3 of 3: solving"]
    assert (found.leaf, found.answered) == (FLOOR, False)
    with pytest.raises(ModelError):
        module.frontier(Problem(town()), "staff.nothing", [1.0])
