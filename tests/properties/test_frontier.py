"""Laws of a frontier: every point proven, its slope the shadow price, more money never later, no number where there is no plan."""

import functools
import itertools

import pytest

from capexmodel.config import load
from capexmodel.errors import ModelError
from capexmodel.model.leaves import leaf
from capexmodel.planner.aims import taken, weigh
from capexmodel.planner.frontier import Frontier, frontier
from capexmodel.planner.search import prepare, search
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.objective import PresentCost
from capexmodel.planning.problem import Problem
from tests.draws import shipped

DAY_S, BUSD = 86400.0, 1e9
ENVELOPE = "envelope.FY2026.high_usd"
TASTE_S = 0.05 * DAY_S
"""The preference for the cheaper of equal plans may move a date by this much: more envelope also raises what other ends take."""
SWEEPS = {"one_period": (0.5, 0.7, 0.9, 1.1, 1.3), "greenfield": (115.0, 120.0, 125.0, 130.0, 135.0), "meta_2026": (115.0, 125.0, 135.0)}
AGREE = {"one_period": 1e-5, "greenfield": 0.02, "meta_2026": 0.05}
"""Relative difference between shadow price and the slope of two solves a thousandth apart: only one_period has no kinks."""


@functools.cache
def swept(name: str) -> Frontier:
    """The envelope of 2026 swept."""
    return frontier(Problem(shipped(name)), ENVELOPE, [b * BUSD for b in SWEEPS[name]])


@pytest.mark.parametrize("name", SWEEPS)
def test_every_point_is_proven(name):
    found = swept(name)
    assert [point.value for point in found.points] == [b * BUSD for b in SWEEPS[name]]
    for point in found.points:
        assert (point.status, point.conflict) == ("OPTIMAL", None)
        assert point.kkt_error <= 1e-6


@pytest.mark.long
@pytest.mark.parametrize("name", SWEEPS)
def test_warm_points_are_the_plans_of_a_search_from_scratch(name):
    last = swept(name).points[-1]
    base = shipped(name)
    cold = search(Problem(leaf(base, ENVELOPE).write(base, last.value)))
    assert last.aim == pytest.approx(cold.problem.minimize.value(cold.verdict.aim), rel=1e-6)


@pytest.mark.parametrize("name", SWEEPS)
def test_slopes_are_shadow_prices(name):
    middle = SWEEPS[name][len(SWEEPS[name]) // 2] * BUSD
    near = frontier(Problem(shipped(name)), ENVELOPE, [middle * 0.999, middle, middle * 1.001]).points[1]
    assert near.slope == pytest.approx(near.difference, rel=AGREE[name])


@pytest.mark.parametrize("name", SWEEPS)
def test_more_money_is_never_later_and_is_worth_less_and_less(name):
    points = swept(name).points
    for poorer, richer in itertools.pairwise(points):
        assert richer.aim <= poorer.aim + TASTE_S
        secant = (richer.cost - poorer.cost) / (richer.value - poorer.value)
        slack = 0.05 * abs(poorer.slope)
        assert poorer.slope - slack <= secant <= richer.slope + slack


def test_the_worth_of_money_is_the_one_worked_out_by_hand():
    points = frontier(Problem(shipped("one_period")), ENVELOPE, [1.0 * BUSD, 1.1 * BUSD]).points
    assert points[0].slope * BUSD / DAY_S == pytest.approx(-78.2, abs=0.1)  # the scenario's own file
    assert points[0].binding == ("high FY2026",)
    assert points[0].difference == points[1].difference


def test_a_point_without_a_plan_names_the_conflict_and_no_number():
    points = frontier(Problem(shipped("one_period")), ENVELOPE, [0.3 * BUSD, 0.9 * BUSD]).points
    poor, rich = points
    assert (poor.status, rich.status) == ("INFEASIBLE_EXPLAINED", "OPTIMAL")
    assert (poor.aim, poor.cost, poor.slope, poor.difference, poor.kkt_error, poor.date_s) == (None, None, None, None, None, {})
    assert {member.split(".")[0] for member in poor.conflict.members} == {"deadline", "envelope"}
    assert rich.difference is None


@pytest.mark.long
def test_what_a_day_costs():
    """The least present cost at which a model is out by a date: its slope is dollars a day."""
    scenario = load("one_period", ["envelope.low=0 $", "envelope.high=10 B$"])
    problem, where = Problem(scenario, PresentCost()), leaf(scenario, "job.model.deadline_s")
    base = float(where.read(scenario))
    points = frontier(problem, where.path, [base - 20 * DAY_S, base - DAY_S, base, base + DAY_S, base + 20 * DAY_S]).points
    assert all(point.status == "OPTIMAL" for point in points)
    assert all(point.date_s["model"] == pytest.approx(point.value, abs=60.0) for point in points)
    slopes = [point.slope for point in points]
    assert slopes == sorted(slopes)
    assert slopes[-1] < 0.0
    assert points[2].slope == pytest.approx(points[2].difference, rel=1e-3)


@pytest.mark.long
def test_a_choice_that_opens_on_the_way_is_seen():
    """A number at zero closes choices; a plan warmed from there must not keep them closed."""
    scenario = load("greenfield", ["site.prairie.hall_starts=0 MW/quarter"])
    where = leaf(scenario, "site.prairie.hall_starts_w_per_s")
    full = float(where.read(shipped("greenfield")))
    points = frontier(Problem(scenario), where.path, [0.0, full]).points
    cold = search(Problem(where.write(scenario, full)))
    assert points[1].cost == pytest.approx(cold.value * float(cold.problem.minimize.size(cold.size)), rel=1e-6)
    assert points[1].aim < points[0].aim - DAY_S


def test_a_path_that_is_not_there():
    with pytest.raises(ModelError, match="no number"):
        frontier(Problem(shipped("one_period")), "envelope.FY2026.hihg_usd", [1.0, 2.0])


def test_values_are_taken_once_and_in_order():
    points = frontier(Problem(shipped("one_period")), ENVELOPE, [1.1 * BUSD, 0.9 * BUSD, 1.1 * BUSD]).points
    assert [point.value for point in points] == [0.9 * BUSD, 1.1 * BUSD]


@pytest.mark.long
def test_a_date_is_weighed_against_cost():
    """Every point proven; where the bound is what the best plan takes anyway nothing changes; its slope is what the neighbors say."""
    problem = Problem(shipped("one_period"))
    free = search(problem, prepare(problem, shared=SharedChart()))  # on a chart like theirs: where the aim is flat, solves differ
    found = weigh(problem, "date", "cost", 5, progress=lambda text: None)
    assert [point.status for point in found.points] == ["OPTIMAL"] * 5
    assert found.points[-1].value == pytest.approx(taken(free, "cost"), rel=1e-9)
    assert found.points[-1].aim == pytest.approx(free.problem.minimize.value(free.verdict.aim), rel=1e-6)
    for point in found.points[1:-1]:
        assert point.slope == pytest.approx(point.difference, rel=0.05)
        assert point.slope < 0
    with pytest.raises(ModelError, match="no frontier of cost and power"):
        weigh(problem, "cost", "power", 5, progress=lambda text: None)
