"""Combinations of companies, and whose plan each search begins from, with searches that are answered by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model.scenario import Scenario
from capexmodel.planner import deals as module
from capexmodel.planner.judge import Verdict
from capexmodel.planner.reduced import Reduced
from capexmodel.planner.search import Found
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.limits import Acquisitions, Crews
from capexmodel.planning.objective import WorkByDate
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Solution, Status
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import changed, town

NONE = np.zeros(2)


def combos(money, limits=None) -> list[list[float]]:
    """Companies of 100 and 150 million, and some money for them."""
    problem = Problem(changed(town(), envelope__acquisition_usd=money), subject_to=limits)
    return [one.tolist() for one in module.combinations(problem)]


def test_every_combination_that_the_money_allows_and_all_companies_first() -> None:
    every = [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    assert combos([100e6, 150e6]) == every
    assert combos([200e6, 49e6]) == every[1:]
    assert combos([0.0, 149e6]) == [[1.0, 0.0], [0.0, 0.0]]
    assert combos([0.0, 0.0]) == [[0.0, 0.0]]
    assert combos([0.0, 0.0], (Crews(),)) == every
    assert combos([0.0, 0.0], (Crews(), Acquisitions())) == [[0.0, 0.0]]


def test_no_company_is_bought_where_not_even_that_is_affordable() -> None:
    assert combos([-1.0, 0.0]) == [[0.0, 0.0]]


def test_more_than_six_companies_are_too_many() -> None:
    def offering(count: int) -> Problem:
        problem = Problem(town())
        deal = SimpleNamespace(names=("x",) * count, price_usd=np.zeros(count))
        scenario = fake(Scenario, **{**vars(town()), "deal": deal})
        return fake(Problem, scenario=scenario, minimize=problem.minimize, subject_to=())

    assert len(module.combinations(offering(6))) == 64
    with pytest.raises(ModelError, match=r"^town offers 7 companies: every combination is tried, and 6 is the most$"):
        module.combinations(offering(7))


def test_a_combination_is_named_by_its_companies() -> None:
    names = [module.names_of(Problem(town()), np.array(taken)) for taken in ([1.0, 1.0], [0.0, 0.5], [0.0, 0.0])]
    assert names == ["boutique + atelier", "atelier", "none"]


def plan(name: str = "", status=Status.OPTIMAL, primal: float = 0.0, judged: float = 0.0, **parts) -> Found:
    """A plan that ended so, and as the judge sees it."""
    solution = fake(Solution, status=status, errors=SimpleNamespace(primal=primal))
    verdict = fake(Verdict, primal=judged, aim=7.5)
    return fake(Found, name=name, solution=solution, verdict=verdict, **parts)


@pytest.mark.parametrize(("status", "error", "good"), [
    (Status.OPTIMAL, 1e-6, True), (Status.OPTIMAL, 1.1e-6, False), (Status.FEASIBLE_NOT_PROVEN, 0.0, True), (Status.MAX_ITER, 0.0, True),
    (Status.NUMERIC, 0.0, False), (Status.INFEASIBLE, 0.0, False), (Status.UNBOUNDED, 0.0, False),
])  # fmt: skip
def test_a_plan_holds_as_its_solver_thinks_and_is_sound_as_the_judge_sees(status: Status, error: float, good: bool) -> None:
    one = plan(status=status, primal=error, judged=9.0)
    assert module.held(one) is (one if good else None)
    assert module.sound(plan(status=status, primal=9.0, judged=error)) == good


def test_an_aim_is_told_as_people_read_it() -> None:
    one = plan(problem=Problem(town(), WorkByDate(job="first")))
    assert module.aim(one) == -7.5


def chart(open_=(True, False), on=(True,)) -> Reduced:
    return fake(Reduced, open=np.array(open_), on=np.array(on))


def followed(monkeypatch, fresh: Reduced, same: bool = True):
    """Follow a plan to another problem."""
    asked, near = [], plan(reduced=chart())
    monkeypatch.setattr(module, "same_chart", lambda one, other: (one is fresh, other is near.reduced, same) == (True, True, True))
    monkeypatch.setattr(module, "research", lambda problem, one, taken: asked.append((one is near, taken is NONE)) or plan("again"))
    monkeypatch.setattr(module, "search", lambda problem, prepared, warm: asked.append(warm is near.solution) or plan("warm"))
    return module.follow(Problem(town()), near, NONE, ("form", "size", fresh)), asked


def unchecked(monkeypatch):
    """Let what is prepared be anything."""
    monkeypatch.setattr(module, "follow", module.follow.__wrapped__)
    monkeypatch.setattr(module, "solve_each", module.solve_each.__wrapped__)


def test_a_plan_is_followed_on_its_own_chart_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where just as much is left there, nothing is set up anew."""
    unchecked(monkeypatch)
    one, asked = followed(monkeypatch, chart())
    assert (one.name, asked) == ("again", [(True, True)])
    for other in (chart(open_=(True, True)), chart(on=(False,))):
        one, asked = followed(monkeypatch, other)
        assert (one.name, asked) == ("warm", [True])
    assert followed(monkeypatch, chart(), same=False) == (None, [])


BOTH, FIRST, LAST = np.array([1.0, 1.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0])


def each(monkeypatch, known=None, broken=(), follows=(), lost=(), shared=None):
    """Solve with three combinations: some have no room, some can be followed, some have no plan."""
    asked, told = [], []

    def prepare(problem, taken, chart):
        asked.append(("prepare", module.names_of(problem, taken), chart))
        return (
            None,
            None,
            fake(Reduced, broken=np.arange(int(module.names_of(problem, taken) in broken)), name=module.names_of(problem, taken)),
        )

    def follow(problem, near, taken, prepared):
        asked.append(("follow", near.name, prepared[2].name))
        return plan("followed " + prepared[2].name) if prepared[2].name in follows else None

    def search(problem, prepared):
        asked.append(("search", prepared[2].name))
        return plan(prepared[2].name, Status.NUMERIC if prepared[2].name in lost else Status.OPTIMAL)

    monkeypatch.setattr(module, "prepare", prepare)
    monkeypatch.setattr(module, "follow", follow)
    monkeypatch.setattr(module, "search", search)
    monkeypatch.setattr(module, "anticipate", lambda problem, prepared: asked.append(("ahead", prepared[2].name)))
    found = module.solve_each(Problem(town()), [BOTH, FIRST, NONE], told.append, known, shared)
    return {name: one.name for name, one in found.items()}, asked, told


ALL = "boutique + atelier"


def test_each_is_solved_from_the_one_before_on_one_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    unchecked(monkeypatch)
    found, asked, told = each(monkeypatch, follows=("none",))
    assert found == {ALL: ALL, "boutique": "boutique", "none": "followed none"}
    assert [one for one in asked if one[0] != "prepare"] == [
        ("ahead", ALL), ("search", ALL), ("follow", ALL, "boutique"), ("ahead", "boutique"), ("search", "boutique"),
        ("follow", "boutique", "none"),
    ]  # fmt: skip
    charts = [one[2] for one in asked if one[0] == "prepare"]
    assert all(one is charts[0] for one in charts)
    assert told == ["solving with boutique and atelier", "solving with boutique", "solving with no company bought"]


def test_what_is_known_comes_before_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    unchecked(monkeypatch)
    shared = SharedChart()
    found, asked, _ = each(monkeypatch, {"boutique": plan("old")}, follows=("boutique",), lost=(ALL, "none"), shared=shared)
    assert found == {"boutique": "followed boutique"}
    assert [one for one in asked if one[0] == "follow"] == [("follow", "old", "boutique"), ("follow", "followed boutique", "none")]
    assert all(one[2] is shared for one in asked if one[0] == "prepare")


def test_what_has_no_room_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    unchecked(monkeypatch)
    found, asked, _ = each(monkeypatch, broken=("boutique",))
    assert list(found) == [ALL, "none"]
    assert ("search", "boutique") not in asked
