"""Plans for many futures, line by line."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.planner.robust import Reached
from capexmodel.planning.problem import Problem
from capexmodel.report import robust as room
from capexmodel.report.robust import robust_document, robust_page
from capexmodel.report.text import heading, table
from capexmodel.studies.draws import Draws
from capexmodel.studies.robust import AS_IT_STANDS, KEPT_GOING, ROBUST, Judged, Robust
from tests.unit.report.fakes import DAY, fake
from tests.unit.report.portfolios import Bag

INF = float("inf")
DUE = 270.0 * DAY


def judged(name, allocation, late, chance, planned=200.0, within=0.9, cost=2.5e9):
    """A plan whose middle date is 210 days, and its late one as given."""
    dates = {0.5: 210.0 * DAY, 0.8: late * DAY}
    return fake(
        Judged, name=name, allocation=allocation, date_s=np.zeros(1234), within=within, cost_usd=cost, planned_s=planned * DAY,
        quantile_s=lambda share: dates[share], quantile_interval_s=lambda share: (dates[share] - 5.0 * DAY, dates[share] + 8.0 * DAY),
        worst_s=lambda share: INF if share == 0.1 else 0.0, probability=lambda at: (chance, chance - 0.05, chance + 0.03),
    )  # fmt: skip


@pytest.fixture
def found(small, plan, allocation):
    moved = dataclasses.replace(
        allocation, chips_usd=allocation.chips_usd.at[1, 0, 0].add(2e9), hall_usd=jnp.zeros_like(allocation.hall_usd)
    )
    plans = {
        AS_IT_STANDS: judged(AS_IT_STANDS, allocation, 300.0, 0.4), KEPT_GOING: judged(KEPT_GOING, allocation, 290.0, 0.5),
        ROBUST: judged(ROBUST, moved, 260.0, 0.85, 215.0, 0.75, 3.5e9),
    }  # fmt: skip
    reached = fake(Reached, steps=17, promised=0.0321)
    nominal = dataclasses.replace(plan, solution=Bag(size=Bag(s=10.0 * DAY)))
    drawn = fake(Draws, seed=7, leaves=(Bag(path="a.b"), Bag(path="c.d")))
    return Robust(nominal, Problem(small), drawn, 64, 0.8, None, plans, ROBUST, reached)


def flat(text):
    return " ".join(text.split())


def rows_of(text):
    lines = text.split("\n")
    start = next(k for k, line in enumerate(lines) if line.startswith("PLANS"))
    return lines[start + 1 : start + 5]


def row(name, planned, late, ends, *chance, within="90.0 %", cost="$2.5B"):
    return [name, planned, "2026-08-31", late, ends, "not reached", *chance, within, cost]


HEAD = ["plan", "as planned", "P50", "P80", "of it", "worst 10 %"]


def test_the_earliest_plan_is_told_beside_the_others(found):
    text = robust_page(found)
    assert text.startswith("small: Two sites, two chips, two models\n")
    said = flat(text)
    assert "The plan whose P80 of the weighted mean date is earliest. 64 futures to plan on, the same for all plans. Its P80 is" in said
    assert "Its P80 is 40.0 days earlier than that of the plan as it stands, 30.0 days earlier than that plan kept going; " in said
    assert "as planned it is 15.0 days later. PLANS (1,234 fresh futures, the same for all; 95 % confidence in brackets; as of 2026" in said
    rows = [
        row(AS_IT_STANDS, "2026-08-21", "2026-11-29", "(2026-11-24 to 2026-12-07)"),
        row(KEPT_GOING, "2026-08-21", "2026-11-19", "(2026-11-14 to 2026-11-27)"),
        row(ROBUST, "2026-09-05", "2026-10-20", "(2026-10-15 to 2026-10-28)", within="75.0 %", cost="$3.5B"),
    ]
    assert rows_of(text) == table([*HEAD, "in the envelope", "present cost"], rows)


def test_what_is_bought_instead_is_told_least_first_to_most(found):
    text = robust_page(found)
    rows = [["chips: new at east", "0.48", "2.48", "2.00"], ["halls: shell at east", "0.10", "0.00", "-0.10"]]
    lines = [*heading("where the money goes instead", "$B over the horizon"), *table(["item", AS_IT_STANDS, ROBUST, "change"], rows)]
    assert "\n".join(lines) + "\n" in text


def test_the_search_says_how_it_ended(found):
    text = flat(robust_page(found))
    assert text.endswith(
        "The search ended after 17 steps; straight lines promise 0.32 days more at most, within 2 natural units of every choice. "
        "That no plan elsewhere is better is not proven."
    )
    assert "The search" not in flat(robust_page(dataclasses.replace(found, reached=None)))


def test_the_same_orders_go_nowhere_else(found):
    same = dict(found.plans) | {ROBUST: judged(ROBUST, found.plans[AS_IT_STANDS].allocation, 260.0, 0.85)}
    assert "horizon)\n  nowhere else.\n" in robust_page(dataclasses.replace(found, plans=same))


def test_the_plan_kept_going_may_be_the_answer(found):
    text = flat(robust_page(dataclasses.replace(found, answer=KEPT_GOING)))
    assert "is better than the plan as it stands with its runs kept going: that is the answer. PLANS" in text
    assert "WHERE THE MONEY" not in text


def test_a_plan_that_others_never_match_is_reached_unlike_them(found):
    late = dict(found.plans) | {AS_IT_STANDS: judged(AS_IT_STANDS, found.plans[ROBUST].allocation, INF, 0.4)}
    assert "Its P80 is reached, unlike that of the plan as it stands, 30.0 days earlier" in flat(
        robust_page(dataclasses.replace(found, plans=late))
    )


def test_the_cheapest_plan_by_a_deadline_is_told_with_its_probability(found):
    text = robust_page(dataclasses.replace(found, deadline=("first", DUE)))
    said = flat(text)
    assert "The cheapest plan by which first is out by 2026-10-30 with a probability of 80 %. 64 futures" in said
    assert "Its probability is 85.0 % (80.0 % to 88.0 %), at $3.5B. PLANS" in said
    assert said.count("promise 0.032 natural units more") == 1
    rows = [
        row(AS_IT_STANDS, "2026-08-21", "2026-11-29", "(2026-11-24 to 2026-12-07)", "40.0 % (35.0 % to 43.0 %)"),
        row(KEPT_GOING, "2026-08-21", "2026-11-19", "(2026-11-14 to 2026-11-27)", "50.0 % (45.0 % to 53.0 %)"),
        row(ROBUST, "2026-09-05", "2026-10-20", "(2026-10-15 to 2026-10-28)", "85.0 % (80.0 % to 88.0 %)", within="75.0 %", cost="$3.5B"),
    ]
    assert rows_of(text) == table([*HEAD, "by 2026-10-30", "in the envelope", "present cost"], rows)


def test_a_wish_out_of_reach_says_what_would_do(found):
    text = flat(robust_page(dataclasses.replace(found, deadline=("first", DUE), answer=None)))
    assert "soonest has first out by 2026-10-30 in 85.0 % of futures (80.0 % to 88.0 %). A probability up to that can be asked for" in text
    assert "or a deadline of 2026-10-20; `capexmodel hedges`" in text
    never = dict(found.plans) | {ROBUST: judged(ROBUST, found.plans[ROBUST].allocation, INF, 0.85)}
    text = flat(robust_page(dataclasses.replace(found, deadline=("first", DUE), answer=None, plans=never)))
    assert "or fewer futures in which it is never reached; `capexmodel" in text


def test_without_plans_the_page_is_that_of_the_plan(found, monkeypatch):
    monkeypatch.setattr(room, "page", lambda one: f"why {one.status}")
    assert robust_page(dataclasses.replace(found, plans={})) == "why OPTIMAL"


def test_the_document_holds_every_plan(found, monkeypatch):
    monkeypatch.setattr(room, "follow_allocation", lambda scenario, allocation: "followed")
    monkeypatch.setattr(room, "simulation_document", lambda scenario, allocation, outcome: {"of": outcome, "status": "SIMULATED"})
    whole = robust_document(dataclasses.replace(found, deadline=("first", DUE)))
    plans = whole.pop("plans")
    assert whole == {
        "schema_version": 1, "of": "followed", "status": "FOUND", "share": 0.8, "deadline": {"job": "first", "at_s": DUE},
        "futures": {"planned_on": 64, "seed": 7, "drawn": ["a.b", "c.d"]}, "answer": ROBUST, "promised": 0.0321,
    }  # fmt: skip
    assert plans[2] == {
        "name": ROBUST, "futures": 1234, "planned_s": 215.0 * DAY, "median_s": 210.0 * DAY, "quantile_s": 260.0 * DAY,
        "quantile_confidence_95_s": [255.0 * DAY, 268.0 * DAY], "worst_tenth_s": None,
        "by": {"2026-10-30": {"share": 0.85, "low": pytest.approx(0.8), "high": pytest.approx(0.88)}}, "within_envelope": 0.75,
        "present_cost_usd": 3.5e9,
    }  # fmt: skip
    reach = robust_document(dataclasses.replace(found, answer=None, reached=None))
    assert (reach["status"], reach["promised"], reach["deadline"], reach["of"]) == ("OUT_OF_REACH", None, None, "followed")
    none = robust_document(dataclasses.replace(found, plans={}, answer=None))
    assert (none["status"], "of" in none, none["plans"]) == ("NO_PLAN", False, [])
