"""Plans for many futures, of dates and searches made up by hand."""

import dataclasses
import math
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model.allocation import Allocation
from capexmodel.planner.robust import Reached
from capexmodel.planning.objective import TimeToModel
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.studies import robust as room
from capexmodel.studies.draws import Draws
from capexmodel.studies.robust import AS_IT_STANDS, KEPT_GOING, ROBUST, SOONEST, Bench, Judged, Robust, by_deadline, earliest
from tests.bare import bare


def judged(dates: list[float], cost: float = 5.0, name: str = "p") -> Judged:
    """A plan by its dates."""
    return Judged(name, bare(Allocation), np.array(dates), 0.9, cost, 7.0)


TEN = [30.0, 10.0, 20.0, 50.0, 40.0, 70.0, 60.0, 90.0, 80.0, math.inf]


@pytest.mark.parametrize(("share", "date_s"), [(0.5, 50.0), (0.51, 60.0), (0.05, 10.0), (0.9, 90.0), (0.91, math.inf), (1.0, math.inf)])
def test_the_date_of_a_share_is_that_of_the_last_future_it_needs(share: float, date_s: float) -> None:
    assert judged(TEN).quantile_s(share) == date_s


def test_ranks_stay_among_the_futures() -> None:
    assert [room._rank(place, 5) for place in (-3.0, 0.0, 1.0, 1.1, 3.7, 5.0, 9.0)] == [0, 0, 0, 1, 3, 4, 4]


def test_an_interval_of_a_date_reaches_by_ranks() -> None:
    """Of a hundred, 90 give or take 1.96 times 3: ranks 84.1 and 95.9, so the 85th and the 96th."""
    dates = [float(n) for n in range(100, 0, -1)]
    assert judged(dates).quantile_interval_s(0.9) == (85.0, 96.0)
    assert judged(dates).quantile_interval_s(0.5) == (41.0, 60.0)


def test_the_worst_share_has_at_least_one_future() -> None:
    dates = TEN[:9]
    assert (judged(dates).worst_s(0.34), judged(dates).worst_s(0.01), judged(TEN).worst_s(0.2)) == (80.0, 90.0, math.inf)


def test_a_probability_counts_those_in_time_and_has_its_interval() -> None:
    """Four of ten by 40: Wilson's interval, by hand."""
    share, low, high = judged(TEN).probability(40.0)
    z = 1.959963984540054
    center, half = (0.4 + z * z / 20.0) / (1.0 + z * z / 10.0), z * math.sqrt(0.024 + z * z / 400.0) / (1.0 + z * z / 10.0)
    assert (share, low, high) == (0.4, pytest.approx(center - half), pytest.approx(center + half))


def test_the_answer_is_the_plan_of_its_name() -> None:
    plans = {"a": judged([1.0]), "b": judged([3.0])}
    found = bare(Robust, plans=plans, answer="b")
    assert (found.chosen, bare(Robust, plans=plans, answer=None).chosen) == (plans["b"], None)


def reached(x: float) -> Reached:
    """Where a search ended."""
    return Reached(np.array([x]), np.array([0.0]), 0.0, 0.0, 3)


class Imagined:
    """A bench on which a plan is one number: `dates` and `costs` of it in other futures, and where searches end."""

    def __init__(
        self, dates: dict[float, list[float]], ends: Sequence[float] = (), costs: dict[float, float] | None = None, job: str | None = "m"
    ) -> None:
        self.asked, self.judgements, self.ends, self.answers = [], [], list(ends), []
        self.dates, self.costs = dates, costs or {}
        self.bench = bare(
            Bench, sample=8, aim=SimpleNamespace(job=job), nominal=SimpleNamespace(allocation=1), judged=self.judged, search=self.search,
            answered=self.answered, best_start=self.best_start, found=SimpleNamespace(solution=SimpleNamespace(x=[1.0])),
        )  # fmt: skip

    def judged(self, name: str, x: np.ndarray, first: int, count: int, hold: bool = False) -> Judged:
        self.judgements.append((name, float(x[0]), first, count, hold))
        return judged(self.dates[float(x[0])], self.costs.get(float(x[0]), 5.0))

    def search(self, wanted: object, start: np.ndarray) -> Reached:
        self.asked.append((wanted.worst, wanted.bound_s, float(start[0])))
        return reached(self.ends.pop(0))

    def best_start(self, worst: float) -> np.ndarray:
        self.asked.append(worst)
        return np.array([4.0])

    def answered(self, *given: object) -> Robust:
        self.answers.append(given)
        return bare(
            Robust, nominal=bare(Plan), problem=bare(Problem), drawn=bare(Draws), sample=8, share=given[0], deadline=given[1], plans={},
            answer=given[3], reached=None,
        )  # fmt: skip


DATES = {1.0: [30.0] * 4, 5.0: [20.0, 20.0, 20.0, 50.0], 6.0: [25.0] * 4, 7.0: [10.0, 10.0, 40.0, 41.0]}


def test_several_worst_shares_are_searched_each_from_the_last_and_other_futures_choose() -> None:
    """A share of 0.8: half first, then a fifth; the one whose date is sooner is taken."""
    for ends, best in (([6.0, 7.0], 6.0), ([7.0, 6.0], 6.0), ([6.0, 6.0], 6.0)):
        stand = Imagined(DATES, ends)
        found = room._soonest(stand.bench, 0.8)
        assert found.x.tolist() == [best]
        assert stand.asked == [pytest.approx(0.2), (pytest.approx(0.5), None, 4.0), (pytest.approx(0.2), None, ends[0])]
        assert [each[2:] for each in stand.judgements] == [(room.CHOOSING_FROM, room.CHOOSING, False)] * 2
    tied = Imagined({6.0: [3.0], 7.0: [3.0]}, [6.0, 7.0])
    assert room._soonest(tied.bench, 0.8).x.tolist() == [6.0]


def test_a_worst_share_is_at_most_all_and_at_least_one_of_the_sample() -> None:
    few = Imagined(DATES, [6.0, 7.0])
    room._soonest(few.bench, 0.96)
    assert few.asked == [0.125, (0.125, None, 4.0), (0.125, None, 6.0)]
    many = Imagined(DATES, [6.0, 7.0])
    room._soonest(many.bench, 0.5)
    assert many.asked == [0.5, (1.0, None, 4.0), (0.5, None, 6.0)]
    every = Imagined(DATES, [6.0])
    room._soonest(every.bench, 0.0)
    assert every.asked == [1.0, (1.0, None, 4.0)]


@pytest.mark.parametrize(("kept", "answer"), [([20.0] * 4, KEPT_GOING), ([25.0] * 4, ROBUST), ([26.0] * 4, ROBUST)])
def test_the_plan_made_for_futures_is_the_answer_unless_it_is_later_than_the_one_kept_going(kept: list[float], answer: str) -> None:
    stand = Imagined(DATES | {1.0: kept}, [6.0, 6.0])
    found = earliest(stand.bench, 0.8)
    assert (found.answer, found.share, found.deadline) == (answer, 0.8, None)
    assert [(given[:2], given[2][ROBUST].x.tolist(), given[3]) for given in stand.answers] == [((0.8, None), [6.0], ROBUST)]
    futures = (room.CHOOSING_FROM, room.CHOOSING)
    assert stand.judgements[-2:] == [(KEPT_GOING, 1.0, *futures, True), (ROBUST, 6.0, *futures, False)]


def test_the_cheapest_plan_that_meets_a_deadline_as_often_as_asked_is_the_answer() -> None:
    """The soonest meets 30 always; the bound moves by how far the date of the share is off: first 20 sooner than asked, then 4 later."""
    dates = {6.0: [25.0] * 4, 7.0: [10.0] * 4, 8.0: [34.0] * 4, 9.0: [30.0] * 4}
    stand = Imagined(dates, [6.0, 6.0, 7.0, 8.0, 9.0], {6.0: 50.0, 7.0: 40.0, 8.0: 10.0, 9.0: 30.0})
    found = by_deadline(stand.bench, 30.0, 0.8)
    assert stand.asked[3:] == [(pytest.approx(0.5), 30.0, 6.0), (pytest.approx(0.5), 50.0, 7.0), (pytest.approx(0.5), 46.0, 7.0)]
    assert {name: one.x.tolist() for name, one in stand.answers[0][2].items()} == {SOONEST: [6.0], ROBUST: [9.0]}
    assert (found.answer, found.deadline, found.share) == (ROBUST, ("m", 30.0), 0.8)


def test_a_plan_that_costs_as_much_or_is_late_is_not_taken() -> None:
    dates = {6.0: [25.0] * 4, 7.0: [10.0] * 4, 8.0: [math.inf] * 4}
    stand = Imagined(dates, [7.0, 8.0, 9.0], {6.0: 40.0, 7.0: 40.0, 8.0: 1.0})
    found = room._cheapest(stand.bench, 0.96, 30.0, reached(6.0))
    assert found.x.tolist() == [6.0]
    assert stand.asked == [(0.125, 30.0, 6.0), (0.125, 50.0, 6.0)]
    assert stand.judgements[0] == (ROBUST, 6.0, room.CHOOSING_FROM, room.CHOOSING, False)
    whole = Imagined(dates, [7.0, 8.0], {6.0: 40.0, 7.0: 40.0, 8.0: 1.0})
    room._cheapest(whole.bench, 0.3, 30.0, reached(6.0))
    assert whole.asked[0][0] == 1.0


def test_where_the_soonest_is_too_late_there_is_no_answer() -> None:
    """Three of four are not nine of ten; three of four are three of four."""
    stand = Imagined({5.0: DATES[5.0]}, [5.0, 5.0])
    found = by_deadline(stand.bench, 30.0, 0.9)
    assert (found.answer, list(stand.answers[0][2])) == (None, [ROBUST])
    enough = Imagined({5.0: DATES[5.0]}, [5.0] * 5)
    assert by_deadline(enough.bench, 30.0, 0.75).answer == ROBUST


def test_a_deadline_is_that_of_one_job() -> None:
    with pytest.raises(ModelError, match="a deadline is that of one job"):
        by_deadline(Imagined(DATES, job=None).bench, 30.0, 0.8)


def without_plan() -> Bench:
    """A bench whose scenario has no plan."""
    aim = SimpleNamespace(job="m")
    return bare(Bench, aim=aim, nominal=SimpleNamespace(allocation=None), without_plan=lambda *given: bare(Robust, plans=given))


def test_without_a_plan_as_it_stands_there_is_none_for_futures() -> None:
    assert earliest(without_plan(), 0.8).plans == (0.8, None)
    assert by_deadline(without_plan(), 30.0, 0.8).plans == (0.8, ("m", 30.0))


def test_what_is_wanted_must_be_a_date() -> None:
    with pytest.raises(ModelError, match="what is minimized must be one"):
        Bench(bare(Problem, minimize="cost"), bare(Draws), 4, lambda text: None)


def test_plans_are_judged_on_fresh_futures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan as it stands, the same kept going, and what was found; where a search ended is that of the answer."""
    monkeypatch.setattr(room, "Robust", lambda *given: bare(Robust, given=given[:6], plans=given[6], answer=given[7], reached=given[8]))
    stand, told = Imagined({1.0: [9.0], 5.0: [8.0], 6.0: [7.0]}), []
    bench = bare(Bench, **(vars(stand.bench) | {"problem": "problem", "drawn": "drawn", "progress": told.append}))
    del bench.__dict__["answered"]
    tried = {ROBUST: reached(5.0), SOONEST: reached(6.0)}
    found = bench.answered(0.8, ("m", 3.0), tried, None)
    fresh = (room.FRESH_FROM, room.FRESH)
    assert stand.judgements == [
        (AS_IT_STANDS, 1.0, *fresh, False), (KEPT_GOING, 1.0, *fresh, True), (ROBUST, 5.0, *fresh, False), (SOONEST, 6.0, *fresh, False),
    ]  # fmt: skip
    assert list(found.plans) == [AS_IT_STANDS, KEPT_GOING, ROBUST, SOONEST]
    assert (found.reached, bench.answered(0.8, None, tried, SOONEST).reached) == (tried[ROBUST], tried[SOONEST])
    assert found.given == (stand.bench.nominal, "problem", "drawn", 8, 0.8, ("m", 3.0))
    assert told[0] == "following the plans into 8,192 fresh futures"


def test_the_deadline_of_the_job_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves to as far as dates go, a multiple of the horizon; without a deadline nothing moves."""
    written = []
    leaf = SimpleNamespace(write=lambda scenario, value: written.append(value) or "later")
    monkeypatch.setattr(room, "leaf", lambda scenario, path: written.append(path) or leaf)
    monkeypatch.setattr(room.dataclasses, "replace", lambda problem, **changed: bare(Problem, **changed))
    job = SimpleNamespace(names=("a", "b"), deadlined=(False, True))
    scenario = SimpleNamespace(job=job, calendar=SimpleNamespace(horizon_s=300.0))
    found = room.without_limit(bare(Problem, scenario=scenario), "b")
    assert (found.scenario, found.minimize.job, written) == ("later", "b", ["job.b.deadline_s", room.LONGEST * 300.0])
    assert room.without_limit(bare(Problem, scenario=scenario), "a").scenario is scenario
    assert isinstance(found.minimize, TimeToModel)
    assert dataclasses.is_dataclass(found)
