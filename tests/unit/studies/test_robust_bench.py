"""The bench on which plans for many futures are judged, of simulations made up by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.planner.robust import Reached
from capexmodel.planner.search import Found
from capexmodel.planning.objective import TimeToModel
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.studies import robust as room
from capexmodel.studies.draws import Draws
from capexmodel.studies.robust import PART_ROWS, Bench
from tests.bare import bare


class Engine:
    """Rows that say their index: date, something else, and whether the money was enough; the ninth is never done, nor is more given than
    a part has, the last being repeated."""

    def __init__(self, asked: list) -> None:
        self.asked = asked

    def following(self, *followed: object) -> "Engine":
        self.asked.append(followed)
        return self

    def at(self, index: np.ndarray) -> tuple[np.ndarray, None]:
        self.asked.append(index.tolist())
        rows = np.pad(index.astype(float), (0, 4 - index.size), mode="edge")
        return np.stack([-rows, np.where(rows == 9.0, np.nan, 100.0 + rows), (rows % 2.0 == 0.0).astype(float)], axis=1), None


@pytest.fixture
def asked() -> list:
    """What the engine and the room were asked."""
    return []


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, asked: list) -> Bench:
    """A plan of two orders followed by hand."""
    chart = SimpleNamespace(choice=lambda x, scenario: SimpleNamespace(orders=("orders", x.tolist(), scenario)))
    found = SimpleNamespace(reduced=SimpleNamespace(chart=chart, linear=SimpleNamespace(pace="pace")), size="size")
    plan = bare(Allocation)
    outcome = SimpleNamespace(training=SimpleNamespace(date_s=np.array([40.0, 60.0, 90.0])))
    monkeypatch.setattr(room, "PART_ROWS", 4)
    monkeypatch.setattr(room, "balances_of", lambda problem: "balances")
    monkeypatch.setattr(room, "follow_orders", lambda *given: asked.append(given) or (plan, outcome))
    monkeypatch.setattr(room, "kept_going", lambda *given: ("kept", *given))
    monkeypatch.setattr(room, "as_planned", lambda given: ("as planned", given))
    monkeypatch.setattr(room, "Given", lambda *given: given)
    monkeypatch.setattr(room, "present_usd", lambda x, given: asked.append(given) or 3.0 * x[0] + x[1])
    scenario = SimpleNamespace(calendar=SimpleNamespace(period_edges_s="edges"))
    aim = SimpleNamespace(weights=lambda given: [0.5, 0.3, 0.2])
    return bare(Bench, problem=SimpleNamespace(scenario=scenario), found=found, engine=Engine(asked), aim=aim, _date=1, _within=2)


def test_a_plan_is_followed_into_so_many_futures_a_part_at_a_time(bench: Bench, asked: list) -> None:
    """Seven from the fifth on: dates, never where there is none; in budget where the index is even."""
    found = bench.judged("mine", np.array([2.0, 7.0]), 5, 7)
    assert found.date_s.tolist() == [105.0, 106.0, 107.0, 108.0, np.inf, 110.0, 111.0]
    assert (found.name, found.within, found.cost_usd) == ("mine", pytest.approx(3.0 / 7.0), 13.0)
    assert found.planned_s == pytest.approx(20.0 + 18.0 + 18.0)
    scenario, linear = bench.problem.scenario, bench.found.reduced.linear
    assert asked[0] == (scenario, "pace", ("orders", [2.0, 7.0], scenario), "balances")
    assert asked[1:4] == [(("as planned", found.allocation),), [5, 6, 7, 8], [9, 10, 11]]
    assert asked[4] == (scenario, "size", bench.found.reduced.chart, linear)


def test_a_plan_that_is_to_hold_is_kept_going(bench: Bench, asked: list) -> None:
    found = bench.judged("mine", np.array([2.0, 7.0]), 0, 4, hold=True)
    kept, allocation, edges, training = asked[1][0]
    assert (kept, allocation, edges, training.date_s[0]) == ("kept", found.allocation, "edges", 40.0)
    assert asked[2] == [0, 1, 2, 3]
    assert found.within == 0.5


def test_another_scenario_has_the_same_futures(bench: Bench, asked: list) -> None:
    other = bare(Found, problem=SimpleNamespace(scenario="another"))
    bench.engine.allocation = "plan"
    found = bench.with_another(other, np.array([3.0]))
    assert (found.problem, found.found, found._date) == (other.problem, other, 1)
    assert asked[0][:2] == ("plan", "another")
    assert asked[0][2].tolist() == [3.0]
    assert bench.found is not other


class Slip:
    """The slip of a site, written into a list."""

    def __init__(self, place: int) -> None:
        self.place = place

    def read(self, scenario: tuple[float, ...]) -> float:
        return scenario[self.place]

    def write(self, scenario: tuple[float, ...], value: float) -> tuple[float, ...]:
        return (*scenario[: self.place], value, *scenario[self.place + 1 :])


def late(monkeypatch: pytest.MonkeyPatch, tails: dict[float, float], held: object = 1) -> tuple[Bench, list]:
    """A bench with two sites that may be late by 5 and 7, whose plan is 1; the plan when both are late is 3."""
    events, asked = [SimpleNamespace(slip=2, late_s=5.0), SimpleNamespace(slip=0, late_s=7.0)], []
    monkeypatch.setattr(room.dataclasses, "replace", lambda problem, **changed: changed)
    monkeypatch.setattr(
        room, "research", lambda problem, near: asked.append((problem, near)) or SimpleNamespace(solution=SimpleNamespace(x=[3.0]))
    )
    monkeypatch.setattr(room, "held", lambda found: held)
    monkeypatch.setattr(room, "look", lambda found, ahead, x: (float(x[0]), ahead))
    monkeypatch.setattr(room, "tail_mean", lambda x, worst: tails[x] if worst == 0.3 else np.nan)
    found = SimpleNamespace(solution=SimpleNamespace(x=[1.0]))
    drawn = SimpleNamespace(events=events, leaves=[Slip(place) for place in range(3)])
    return bare(Bench, problem=SimpleNamespace(scenario=(10.0, 20.0, 30.0)), found=found, drawn=drawn, ahead=None), asked


def test_a_search_begins_at_the_plan_whose_worst_futures_come_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, or with every site late, slips being as they are and the delays on top; unless that has no plan."""
    bench, asked = late(monkeypatch, {1.0: 50.0, 3.0: 40.0})
    assert bench.best_start(0.3).tolist() == [3.0]
    assert asked == [({"scenario": (17.0, 20.0, 35.0)}, bench.found)]
    assert late(monkeypatch, {1.0: 40.0, 3.0: 50.0})[0].best_start(0.3).tolist() == [1.0]
    assert late(monkeypatch, {1.0: 50.0, 3.0: 40.0}, held=None)[0].best_start(0.3).tolist() == [1.0]
    sure, asked = late(monkeypatch, {1.0: 50.0, 3.0: 40.0})
    sure.drawn.events = []
    assert (sure.best_start(0.3).tolist(), asked) == ([1.0], [])


def opened(monkeypatch: pytest.MonkeyPatch, job: str | None, allocation: object) -> tuple[Bench, list]:
    """A bench on which nothing is solved."""
    asked: list = []
    names = ("mean_date_s", "m.date_s", "other.date_s", "within_envelope")
    plan = bare(Plan, allocation=allocation, solution=bare(Found))
    monkeypatch.setattr(room, "optimize", lambda *given, **more: asked.append((given, more)) or plan)
    monkeypatch.setattr(room, "as_planned", lambda given: ("as planned", given))
    engine = SimpleNamespace(outputs=[SimpleNamespace(name=name) for name in names])
    monkeypatch.setattr(room, "Simulations", lambda *given, **more: asked.append((given, more)) or engine)
    monkeypatch.setattr(room, "futures", lambda *given: given)
    problem = bare(Problem, scenario=bare(Scenario), minimize=TimeToModel(job=job))
    drawn = bare(Draws, leaves=("leaves",))
    object.__setattr__(drawn, "rows", lambda index: index.tolist())
    return Bench(problem, drawn, 3, print), asked


@pytest.mark.parametrize(("job", "place"), [(None, 0), ("other", 2)])
def test_a_bench_has_the_plan_as_it_stands_and_a_few_futures(monkeypatch: pytest.MonkeyPatch, job: str | None, place: int) -> None:
    bench, asked = opened(monkeypatch, job, "plan")
    assert asked[0] == ((bench.problem,), {"starts": 1, "ranges": False, "progress": print})
    assert asked[1] == ((bench.problem.scenario, ("as planned", "plan"), bench.drawn), {"part_rows": PART_ROWS})
    assert (bench._date, bench._within, bench.sample) == (place, 3, 3)
    assert bench.ahead == (bench.problem.scenario, bench.problem.minimize, ("leaves",), [0, 1, 2])
    assert bench.found is bench.nominal.solution


def test_a_bench_without_a_plan_has_no_futures(monkeypatch: pytest.MonkeyPatch) -> None:
    bench, asked = opened(monkeypatch, None, None)
    assert len(asked) == 1
    assert not hasattr(bench, "found")
    found = bench.without_plan(0.8, ("m", 3.0))
    assert (found.nominal, found.problem, found.drawn, found.sample, found.share) == (bench.nominal, bench.problem, bench.drawn, 3, 0.8)
    assert (found.deadline, found.plans, found.answer, found.reached) == (("m", 3.0), {}, None, None)


def test_a_search_goes_over_the_few_futures(monkeypatch: pytest.MonkeyPatch, asked: list) -> None:
    end = Reached(np.array([1.0]), np.array([0.0]), 0.0, 0.0, 3)
    monkeypatch.setattr(room, "improve", lambda *given: asked.append(given) or end)
    bench = bare(Bench, found="found", ahead="ahead", progress="progress")
    start, wanted = np.array([3.0]), room.Wanted(0.3)
    assert bench.search(wanted, start) is end
    assert asked == [("found", "ahead", wanted, start, "progress")]
