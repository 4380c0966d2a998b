"""Bounds and deadlines of a frontier, with the best plans written down by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.planner import aims as module
from capexmodel.planner.chart import Linear
from capexmodel.planner.frontier import Frontier
from capexmodel.planner.judge import Verdict
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Found
from capexmodel.planning.choice import Choice, Gist, View
from capexmodel.planning.objective import PresentCost, TimeToModel
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Solution
from tests.unit.planner.fakes import fake, quiet
from tests.unit.planner.town import changed, town

DAY_S = 86400.0
HORIZON_S = 698.0 * DAY_S


def plan(value: float = 1.0, end_days=(100.0, 200.0)) -> Found:
    """A plan of some value and dates."""
    verdict = fake(Verdict, choice=fake(Choice, end_s=jnp.asarray(end_days) * DAY_S))
    own = {"problem": Problem(town()), "solution": fake(Solution, value=value), "reduced": fake(Reduced, linear=fake(Linear, pace=None))}
    return fake(Found, verdict=verdict, **own)


def weighed(monkeypatch, problem: Problem, first: str, second: str, best: Found) -> list:
    """Which frontier is asked for."""
    asked = []

    def frontier(problem, path, values, *, progress):
        asked.append((problem.minimize, path, values, progress))
        return fake(Frontier)

    def found(problem, progress):
        asked.append((problem.minimize, problem.scenario.job.deadline_s.tolist()))
        return best

    monkeypatch.setattr(module, "_best", found)
    monkeypatch.setattr(module, "frontier", frontier)
    assert type(module.weigh(problem, first, second, 4, progress=quiet)) is Frontier
    return asked


def test_the_date_is_weighed_below_what_the_best_plan_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "taken", lambda found, aim: {"cost": 10.0, "power": 20.0, "carbon": 30.0}[aim])
    for second, path, most in (
        ("cost", "preference.most_usd", 10.0),
        ("power", "preference.most_w", 20.0),
        ("carbon", "preference.most_kg", 30.0),
    ):
        asked = weighed(monkeypatch, Problem(town(), PresentCost(job="first")), "date", second, plan())
        assert asked[0][0] == TimeToModel(job="first")
        assert asked[1] == (TimeToModel(job="first"), path, pytest.approx([0.7 * most, 0.8 * most, 0.9 * most, most]), quiet)


def test_cost_is_weighed_from_just_after_the_earliest_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the way to the horizon; the search for the earliest date knows no deadline."""
    given = changed(town(), job__release_lag_s=[8.0 * DAY_S, 5.0 * DAY_S])
    best, end = weighed(monkeypatch, Problem(given), "cost", "date", plan())
    assert best[0] == TimeToModel(job="first")
    assert best[1][0] == 2.0 * HORIZON_S
    left = 698.0 - 108.0
    assert (end[0], end[1], end[3]) == (PresentCost(job="first"), "job.first.deadline_s", quiet)
    np.testing.assert_allclose(np.array(end[2]) / DAY_S, 108.0 + left * np.linspace(0.001, 0.25, 4))
    _, end = weighed(monkeypatch, Problem(given), "cost", "date", plan(end_days=(695.0, 1.0)))
    np.testing.assert_allclose(np.array(end[2]) / DAY_S, 703.0 + 0.698 * np.linspace(0.001, 0.25, 4))


def test_what_cannot_be_weighed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = r"^no frontier of date and date: known are date,cost, date,power, date,carbon, cost,date$"
    with pytest.raises(ModelError, match=text):
        module.weigh(Problem(town()), "date", "date", 4, progress=quiet)
    with pytest.raises(ModelError, match=r"^the cost of a date needs a deadline: second has none in town$"):
        module.weigh(Problem(town(), TimeToModel(job="second")), "cost", "date", 4, progress=quiet)


def test_a_plan_takes_its_cost_its_highest_power_and_its_carbon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "view", lambda scenario, choice, pace: fake(View))
    monkeypatch.setattr(View, "gist", lambda self: fake(Gist))
    monkeypatch.setattr(Gist, "present_usd", lambda self: 5.0)
    monkeypatch.setattr(module, "power_w", lambda seen: jnp.array([3.0, 9.0, 4.0]))
    monkeypatch.setattr(module, "carbon_kg", lambda seen: 7.0)
    assert [module.taken(plan(), aim) for aim in ("cost", "power", "carbon")] == [5.0, 9.0, 7.0]


def test_the_best_of_all_companies_counts_if_it_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = {"a": plan(3.0), "b": plan(2.0), "c": plan(1.0)}
    monkeypatch.setattr(module, "combinations", lambda problem: ["combos"])
    monkeypatch.setattr(module, "solve_each", lambda problem, combos, progress: plans if (combos, progress) == (["combos"], quiet) else {})
    monkeypatch.setattr(module, "sound", lambda one: one is not plans["c"])
    assert module._best(Problem(town()), quiet) is plans["b"]
    monkeypatch.setattr(module, "sound", lambda one: False)
    with pytest.raises(ModelError, match=r"^town has no plan to weigh aims round: see `capexmodel optimize`$"):
        module._best(Problem(town()), quiet)
