"""Hedges, their prices and what a dollar of them buys, of a scenario and plans made up by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.allocation import Allocation
from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.planner.search import Found
from capexmodel.planning.problem import Problem
from capexmodel.studies import hedges as room
from capexmodel.studies.hedges import Bought, Hedge, candidates, rank
from capexmodel.studies.robust import Bench, Judged
from capexmodel.units import scale
from tests.bare import bare

MONTH_S = float(scale("months"))
PATHS = (
    "site.north.hall_power_w.2026",
    "site.north.hall_power_w.2027",
    "site.north.site_power_w.2026",
    "site.north.power_slip_s",
    "site.south.hall_power_w.2026",
    "site.south.site_power_w.2026",
    "rental.lease.contracted_count.2026",
    "rental.lease.contracted_count.2027",
    "rental.lease.price_usd_per_s",
)


def scenario(**changed) -> Scenario:
    """Two open sites, one shut and one without power; chips rented at 3 dollars an hour; halls at 9 dollars a watt, firm power at 5."""
    site = SimpleNamespace(
        names=("north", "south", "shut", "dark"),
        open=(True, True, False, True),
        peak_pue=np.array([1.25, 1.6, 1.5, 1.4]),
        hall_power_w=np.array([[100e6, 300e6], [0.0, 50e6], [80e6, 80e6], [70e6, 70e6]]),
        site_power_w=np.array([[120e6, 400e6], [64e6, 64e6], [90e6, 95e6], [0.0, 0.0]]),
        site_at_s=np.array([[0.0, 10.0 * MONTH_S], [0.0, 5.0 * MONTH_S], [0.0, 1.0], [0.0, 1.0]]),
        fleet_count=np.array([[3e3, 5e3], [2e3, 0.0]]),
    )
    rental = SimpleNamespace(
        names=("lease", "other"), contracted_count=np.array([[4e3, 6e3], [0.0, 7e3]]), price_usd_per_s=np.array([3.0 / 3600.0, 9.0])
    )
    parts = {
        "envelope": SimpleNamespace(high_usd=np.array([4e9, 0.0, 6e9])), "site": site, "rental": rental,
        "calendar": SimpleNamespace(years=("FY2026", "FY2027", "FY2028"), horizon_s=20.0 * MONTH_S),
        "hall": SimpleNamespace(price_usd_per_w=np.array([12.0, 9.0])),
        "source": SimpleNamespace(firm_share=np.array([0.0, 0.8, 0.5]), price_usd_per_w=np.array([1.0, 4.0, 3.0])),
    }  # fmt: skip
    return bare(Scenario, **(parts | changed))


@pytest.fixture(autouse=True)
def _leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "leaves", lambda given: [Leaf(path, "t", "f", ()) for path in PATHS])


def found(given: Scenario) -> dict[str, Hedge]:
    """All hedges by name."""
    return {hedge.name: hedge for hedge in candidates(given)}


def test_a_twentieth_more_money_costs_what_it_adds_and_a_year_without_has_none() -> None:
    some = found(scenario())
    assert some["more money in FY2028"] == Hedge("more money in FY2028", "money", 0.3e9, {"envelope.FY2028.high_usd": 0.3e9})
    assert [name for name in some if "money" in name] == ["more money in FY2026", "more money in FY2028"]


def test_spare_halls_and_power_are_a_twentieth_of_the_largest_power_at_the_cheapest_prices() -> None:
    """20 MW at a PUE of 1.25 are 16 MW of halls; a firm watt costs 5 dollars from the second source, 6 from the third."""
    some = found(scenario())
    halls = {path: pytest.approx(16e6) for path in PATHS[:2]}
    power = {PATHS[2]: pytest.approx(20e6)}
    assert (some["spare halls at north"].added, some["spare halls at north"].price_usd) == (halls, pytest.approx(16e6 * 9.0))
    assert (some["spare power at north"].added, some["spare power at north"].price_usd) == (power, pytest.approx(20e6 * 5.0))
    both = some["spare halls and power at north"]
    assert (both.kind, both.added, both.price_usd) == ("room", halls | power, pytest.approx(16e6 * 9.0 + 20e6 * 5.0))
    assert [some[f"spare {what} at south"].kind for what in ("halls", "power")] == ["halls", "power"]
    assert some["a first spare halls and power at south"].price_usd == pytest.approx(2e6 * 9.0 + 3.2e6 * 5.0)
    assert not [name for name in some if "shut" in name or "dark" in name]


def test_power_is_sooner_by_a_tenth_of_the_horizon_for_the_largest_gap() -> None:
    """From 120 to 400 MW in ten months: two months are 56 MW of generation. Where nothing grows there is no gap."""
    some = found(scenario())
    sooner = some["power at north 2.0 months sooner"]
    assert (sooner.kind, sooner.price_usd) == ("sooner", pytest.approx(56e6 * 5.0))
    assert sooner.added == {"site.north.power_slip_s": pytest.approx(-2.0 * MONTH_S)}
    assert not [name for name in some if "south" in name and "sooner" in name]


def test_chips_are_rented_to_the_horizon() -> None:
    """A twentieth of the fleet of ten thousand; of the largest contract where nothing stands. A market without stages has none."""
    some = found(scenario())
    lease = some["chips rented of lease"]
    assert (lease.kind, lease.added) == ("rented", dict.fromkeys(PATHS[6:8], 500.0))
    assert lease.price_usd == pytest.approx(500.0 * 3.0 / 3600.0 * 20.0 * MONTH_S)
    assert "chips rented of other" not in some
    bare_site = scenario()
    bare_site.site.fleet_count = np.zeros((2, 2))
    assert found(bare_site)["chips rented of lease"].added == {path: pytest.approx(300.0) for path in PATHS[6:8]}
    free = scenario()
    free.rental.price_usd_per_s = np.zeros(2)
    assert "chips rented of lease" not in found(free)
    free.rental.price_usd_per_s = np.array([1e-3 / MONTH_S / 20.0, 0.0])
    assert found(free)["chips rented of lease"].price_usd == pytest.approx(0.5)


def test_hedges_come_in_order() -> None:
    kinds = [hedge.kind for hedge in candidates(scenario())]
    assert kinds == ["money", "money", "halls", "power", "room", "sooner", "halls", "power", "room", "rented"]


def test_a_hedge_adds_to_numbers_as_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: Leaf, at: Scenario, value: float) -> Scenario:
        return bare(Scenario, t=at.t | {self.path: value})

    monkeypatch.setattr(Leaf, "read", lambda self, at: at.t[self.path])
    monkeypatch.setattr(Leaf, "write", write)
    start = bare(Scenario, t=dict.fromkeys(PATHS, 40.0))
    written = Hedge("", "", 1.0, {PATHS[1]: 3.0, PATHS[3]: -5.0}).written(start)
    assert written.t == start.t | {PATHS[1]: 43.0, PATHS[3]: 35.0}


def test_what_a_dollar_buys_and_whether_it_is_more_than_chance() -> None:
    hedge = Hedge("h", "money", 4.0, {})
    bought = Bought(hedge, None, 0.2, 0.1, 12.0)
    assert bought.per_usd == (pytest.approx(0.05), pytest.approx(3.0))
    assert [Bought(hedge, None, gain, 0.1, 0.0).sure for gain in (0.2, 0.19, -0.2, -0.19)] == [True, False, True, False]


def judged(*date_s: float, name: str = "without") -> Judged:
    """Dates of a plan."""
    return Judged(name, bare(Allocation), np.array(date_s), 1.0, 5.0, 9.0)


def bench(plan: Judged, asked: list | None = None) -> Bench:
    """A bench whose plan with another scenario is this one."""
    calls = [] if asked is None else asked
    other = SimpleNamespace(judged=lambda *given, **more: calls.append((given, more)) or plan)
    drawn = SimpleNamespace(leaves=[Leaf(path, "t", "f", ()) for path in ("p", "q", "r")])
    problem = bare(Problem, scenario=scenario(), minimize="aim", subject_to=None)
    return bare(
        Bench, problem=problem, found=bare(Found, solution=SimpleNamespace(x=[3.0])), drawn=drawn, nominal=SimpleNamespace(allocation=1),
        with_another=lambda found, shift: calls.append((found, shift.tolist())) or other,
    )  # fmt: skip


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The plan that is found with a hedge."""
    solution = SimpleNamespace(solution=SimpleNamespace(x=jnp.asarray([7.0, 8.0])))
    monkeypatch.setattr(room, "_planned", lambda problem, near: solution)
    monkeypatch.setattr(room.dataclasses, "replace", lambda problem, **changed: problem)
    monkeypatch.setattr(Hedge, "written", lambda self, given: given)
    return solution


BASE = (10.0, 30.0, 40.0, np.inf)


def test_what_a_hedge_buys_is_told_in_the_same_futures(planned: SimpleNamespace) -> None:
    """By 25 one of four dates is met, then three: a gain of a half, off by a fourth; the third date is 15 sooner."""
    asked: list = []
    hedge, after = Hedge("h", "money", 4.0, {"q": 6.0, "none": 5.0}), judged(25.0, 9.0, 19.0, 50.0)
    bought = room._bought(bench(after, asked), hedge, judged(*BASE), 0.75, 25.0, 1000)
    assert asked[0] == (planned, [0.0, 6.0, 0.0])
    given, more = asked[1]
    assert (given[0], given[1].tolist(), given[2:], more) == ("h", [7.0, 8.0], (1000, 4), {"hold": True})
    assert (bought.hedge, bought.plan) == (hedge, after)
    assert (bought.probability, bought.error) == (pytest.approx(0.5), pytest.approx(0.25))
    assert bought.earlier_s == 40.0 - 25.0


def test_without_a_deadline_nothing_is_gained_of_it_and_dates_never_reached_are_no_sooner(planned: SimpleNamespace) -> None:
    bought = room._bought(bench(judged(5.0, 6.0, np.inf, 7.0)), Hedge("h", "money", 4.0, {}), judged(*BASE), 0.75, None, 0)
    assert (bought.probability, bought.error, bought.earlier_s) == (0.0, 0.0, 33.0)
    assert room._bought(bench(judged(5.0, 6.0, 7.0, 8.0)), Hedge("h", "m", 4.0, {}), judged(*BASE), 1.0, None, 0).earlier_s == 0.0


def test_a_hedge_without_a_plan_buys_nothing(planned: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_planned", lambda problem, near: None)
    bought = room._bought(bench(judged()), Hedge("h", "money", 4.0, {}), judged(*BASE), 0.75, 25.0, 0)
    assert (bought.plan, bought.probability, bought.error, bought.earlier_s) == (None, 0.0, np.inf, 0.0)


def ranked(monkeypatch: pytest.MonkeyPatch, deadline_s: float | None, told: list[str]) -> room.Ranked:
    """Three hedges, of which one buys most probability and another most time for a dollar."""
    worth = {"a": (0.1, 30.0), "b": (0.4, 10.0), "c": (0.3, 20.0)}
    asked: list = []
    monkeypatch.setattr(room, "candidates", lambda given: iter([Hedge(name, "m", 2.0, {}) for name in worth]))
    monkeypatch.setattr(
        room, "_bought", lambda at, hedge, base, share, by, first: Bought(hedge, None, worth[hedge.name][0], 0.1, worth[hedge.name][1])
    )
    stand = bench(judged())
    object.__setattr__(stand, "judged", lambda *given, **more: asked.append((given, more)) or judged(*BASE))
    found = rank(stand, 0.9, deadline_s, 64, 1000, told.append)
    assert [(given[0], given[1].tolist(), given[2:], more) for given, more in asked] == [("without", [3.0], (1000, 64), {"hold": True})]
    return found


def test_hedges_are_ranked_by_probability_where_there_is_a_deadline_else_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    first = ranked(monkeypatch, 25.0, told)
    assert [row.hedge.name for row in first.bought] == ["b", "c", "a"]
    assert told == ["hedge 1 of 3: a", "hedge 2 of 3: b", "hedge 3 of 3: c"]
    assert (first.share, first.deadline_s, first.base.date_s.tolist()) == (0.9, 25.0, list(BASE))
    assert [row.hedge.name for row in ranked(monkeypatch, None, []).bought] == ["a", "c", "b"]


def test_nothing_is_ranked_where_there_is_no_plan() -> None:
    stand = bench(judged())
    object.__setattr__(stand, "nominal", SimpleNamespace(allocation=None))
    found = rank(stand, 0.9, 25.0, 64, 1000, lambda text: None)
    assert (found.base, found.bought, found.deadline_s) == (None, (), 25.0)


def test_the_best_sound_plan_of_all_companies_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every combination begins at the plan without the hedge; one that is not sound is none."""
    plans = {name: bare(Found, solution=SimpleNamespace(value=value)) for name, value in (("a", 5.0), ("b", 3.0), ("c", 1.0))}
    near, asked = bare(Found), []
    monkeypatch.setattr(room, "combinations", lambda problem: ["a", "b", "c"])
    monkeypatch.setattr(room, "names_of", lambda problem, combo: f"with {combo}")
    monkeypatch.setattr(room, "solve_each", lambda *given: asked.append(given) or plans)
    monkeypatch.setattr(room, "sound", lambda one: one is not plans["c"])
    problem = bare(Problem)
    assert room._planned(problem, near) is plans["b"]
    assert (asked[0][0], asked[0][1], asked[0][3]) == (problem, ["a", "b", "c"], {f"with {name}": near for name in "abc"})
    monkeypatch.setattr(room, "sound", lambda one: False)
    assert room._planned(problem, near) is None
