"""Which plan is chosen and what it says, with searches that are answered by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.planner import optimize as module
from capexmodel.planner.judge import Prices, Verdict
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Found
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.choice import Choice
from capexmodel.planning.constraint import AbstractAffine
from capexmodel.planning.limits import Crews, Envelope, Hiring
from capexmodel.planning.plan import Conflict, Plan, ShadowPrice, Swing
from capexmodel.planning.problem import Form, Problem
from capexmodel.solvers.base import Solution
from tests.unit.planner.fakes import fake, quiet, sizes
from tests.unit.planner.town import changed, town

CONFLICT = Conflict(("a",), {}, {}, {})


def plan(value: float, sound: bool = True) -> Found:
    """A plan of some value."""
    return fake(Found, solution=fake(Solution, value=value), verdict=fake(Verdict), size=sizes(), ok=sound, form=None, reduced=None)


def optimized(monkeypatch, each: dict, again=(), rescued=None, **options) -> tuple[Plan, list, list]:
    """The plan of some searches, what was asked on the way, and what was said."""
    asked, told, others = [], [], iter(again)

    def planned(problem, chosen, agreement, alternatives):
        asked.append(("plan", chosen.value, agreement, alternatives))
        return Plan(problem, "OPTIMAL", chosen.value, None, None, None)

    answers = {
        "combinations": lambda problem: [np.array([1.0, 0.0]), np.zeros(2)],
        "solve_each": lambda problem, combos, progress, shared: each,
        "rescue": lambda problem, taken, chart: asked.append(("rescue", taken.tolist())) or rescued,
        "sound": lambda one: one.ok,
        "aim": lambda one: 10.0 * one.value,
        "_again": lambda problem, best, seed, progress: asked.append(("again", best.value, seed)) or next(others),
        "_plan": planned,
        "priced": lambda problem, verdict, size: ["worthy"],
        "explore": lambda problem, found, worthy, ranges, progress: asked.append(("explore", found.value, worthy, ranges)) or {},
        "dollar_days": lambda problem, found, solved: {"first": 3.0},
        "shadow_prices": lambda problem, found, worthy, solved: (ShadowPrice(worthy[0], None, 1.0, "s/s", 2.0),),
        "swings": lambda problem, found, swing, progress: (Swing("x", str(swing), 0.0, 1.0, 2.0, 3.0),),
        "_wholly": lambda plan, relaxed, progress: asked.append(("whole", relaxed.value)) or plan,
        "explain_conflict": lambda problem, taken, progress, chart: CONFLICT if taken.tolist() == [1.0, 0.0] else None,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(module, name, answer)
    return module.optimize.__wrapped__(Problem(town()), progress=told.append, **options), asked, told


def test_the_best_of_all_companies_and_starts_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    each = {"none": plan(5.0), "atelier": plan(4.0), "boutique": plan(9.0, sound=False)}
    found, asked, told = optimized(monkeypatch, each, [plan(3.0), plan(3.0 + 2.9e-6), plan(3.0 + 3.1e-6)], starts=4)
    assert [one for one in asked if one[0] == "again"] == [("again", 4.0, 1), ("again", 4.0, 2), ("again", 4.0, 3)]
    assert ("plan", 3.0, (2, 4), {"none": 50.0, "atelier": 40.0}) in asked
    assert ("explore", 3.0, ["worthy"], True) in asked
    assert (found.value, found.dollar_days, found.shadow_prices[0].leaf, found.swings[0].status) == (3.0, {"first": 3.0}, "worthy", "False")
    assert told == ["reading the scenario", "pricing"]
    assert not any(one[0] == "whole" for one in asked)


def test_two_starts_unless_told_otherwise_and_none_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    _, asked, _ = optimized(monkeypatch, {"none": plan(5.0)}, [plan(1.0, sound=False)], swing=True, whole=True, ranges=False)
    assert asked[:2] == [("again", 5.0, 1), ("plan", 5.0, (1, 2), {"none": 50.0})]
    assert asked[2:] == [("explore", 5.0, ["worthy"], False), ("whole", 5.0)]
    found, asked, _ = optimized(monkeypatch, {"none": plan(5.0)}, starts=0, swing=True)
    assert asked[0] == ("plan", 5.0, (1, 1), {"none": 50.0})
    assert found.swings[0].status == "True"


def test_a_plan_is_rescued_with_all_companies(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked, told = optimized(monkeypatch, {}, rescued=plan(6.0), starts=1)
    assert asked[:2] == [("rescue", [1.0, 0.0]), ("plan", 6.0, (1, 1), {"boutique": 60.0})]
    assert told[1] == "looking for a plan from one that breaks as little as possible"
    assert found.value == 6.0


@pytest.mark.parametrize("each", [0, 1])
def test_without_a_plan_the_conflict_is_told(monkeypatch, each: int) -> None:
    found, _, _ = optimized(monkeypatch, {"none": plan(5.0, sound=False)} if each else {}, starts=1)
    assert (found.status, found.value, found.conflict) == ("INFEASIBLE_EXPLAINED", None, CONFLICT)
    found = module._without_plan(Problem(town()), np.zeros(2), quiet, SharedChart())
    assert (found.status, found.conflict, found.certificate) == ("NUMERIC", None, None)


def test_another_start_has_a_seed_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    told, best = [], plan(5.0)
    best.__dict__.update(form="form", reduced=fake(Reduced))
    monkeypatch.setattr(module, "start_point", lambda reduced, problem, seed: (reduced is best.reduced, seed))
    monkeypatch.setattr(module, "search", lambda problem, prepared, start: fake(Found, prepared=prepared, start=start))
    found = module._again(Problem(town()), best, 3, told.append)
    assert (found.prepared, found.start) == (("form", best.size, best.reduced), (True, 3))
    assert told == ["solving from start 4"]


def test_a_certificate_tells_the_worst_of_each_limit_and_how_many_bind(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(Crews(), ("east", "q1")), (Hiring(), ("q1",)), (Crews(), ("west", "q1"))], [(Envelope(), ("high", "FY2026"))]
    monkeypatch.setattr(Form, "rows", lambda self, scenario, kind: rows[0] if kind is AbstractAffine else rows[1])
    errors = {"stationarity": 0.1, "primal": 0.2, "dual_sign": 0.3, "complementarity": 0.4, "strictness": 0.5}
    slacks = {"affine": np.array([-0.25, 0.5, -0.75]), "curved": np.array([0.125])}
    verdict = fake(Verdict, **errors, **slacks, choice=fake(Choice, end_s=jnp.array([10.0, 20.0])))
    prices = fake(Prices, affine=jnp.array([0.5, 0.5, -1.0]), curved=jnp.array([0.25]))
    found = fake(Found, verdict=verdict, prices=prices, size=sizes(), form=fake(Form, timed=(True, False)))
    outcome = SimpleNamespace(training=SimpleNamespace(date_s=np.array([13.5, 99.0])))
    problem = Problem(changed(town(), job__release_lag_s=[5.0, 6.0]))
    told = module._certificate.__wrapped__(problem, found, outcome, (1, 2))
    assert (told.tolerance, told.kkt_error, told.stationarity, told.primal) == (1e-6, 0.4, 0.1, 0.2)
    assert (told.dual_sign, told.complementarity, told.strictness, told.scope, told.agreement) == (0.3, 0.4, 0.5, "local", (1, 2))
    assert told.violation == {"hall_starts": 0.75 * 7.0, "hiring": 0.0, "envelope": 0.0}
    assert told.active == {"hall_starts": 1, "hiring": 0, "envelope": 1}
    assert told.units == {"hall_starts": "w", "hiring": "heads", "envelope": "usd"}
    assert told.date_gap_s == 1.5
