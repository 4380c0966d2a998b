"""Plans for many futures, on two sites of which the better one may be late.

Halls of the cold site come in nine months, and all engines stand there; with a chance of 30 % it is 15 months late. Then the warm site,
which waits for nothing, is better: a plan that is to have a model early in nine futures of ten must have engines there.
"""

import copy
import functools

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.planner.robust import ENOUGH, Wanted, tail_mean
from capexmodel.planner.tail import futures
from capexmodel.planning.objective import TimeToModel
from capexmodel.planning.problem import Problem
from capexmodel.report.document import read_allocation
from capexmodel.report.hedges import hedges_page
from capexmodel.report.robust import robust_document, robust_page
from capexmodel.studies.draws import draws
from capexmodel.studies.hedges import MORE, candidates, rank
from capexmodel.studies.robust import AS_IT_STANDS, KEPT_GOING, ROBUST, Bench, Robust, by_deadline, earliest

pytestmark = pytest.mark.long
COUNT, SHARE, DAY_S = 10**9, 0.9, 86400.0
CHANGES = ["site.cold.slip_months=-9", "site.cold.late_probability=0.3", "site.cold.late_months=15"]


@functools.cache
def bench() -> Bench:
    """The scenario's plan, and eight futures."""
    scenario = load("cold_or_warm", CHANGES)
    return Bench(Problem(scenario, TimeToModel(job="model")), draws(scenario, COUNT, paths=(), late=True), 8, lambda text: None)


@functools.cache
def robust() -> Robust:
    """The plan whose date of nine futures in ten is earliest."""
    return earliest(bench(), SHARE)


def test_a_robust_plan_beats_the_plan_as_it_stands_on_fresh_futures() -> None:
    """By months at P90, with its limits kept; and what it costs as planned is told."""
    found = robust()
    nominal, best = found.plans[AS_IT_STANDS], found.plans[ROBUST]
    assert found.answer == ROBUST
    assert best.quantile_s(SHARE) < min(nominal.quantile_s(SHARE), found.plans[KEPT_GOING].quantile_s(SHARE)) - 60.0 * DAY_S
    assert best.quantile_interval_s(SHARE)[0] <= best.quantile_s(SHARE) <= best.quantile_interval_s(SHARE)[1]
    assert best.planned_s > nominal.planned_s
    assert best.within == pytest.approx(1.0)


def test_without_uncertainty_it_is_the_plan_as_it_stands() -> None:
    """With futures that are all the scenario itself: the search stays at the nominal date, however often it looks."""
    one, scenario = bench(), bench().problem.scenario
    same = jnp.asarray([[float(leaf.read(scenario)) for leaf in one.drawn.leaves]] * 8)
    alone = copy.copy(one)
    alone.ahead = futures(scenario, one.aim, one.drawn.leaves, same)
    stayed = alone.search(Wanted(0.25), one.start)
    np.testing.assert_allclose(stayed.date_s, robust().plans[AS_IT_STANDS].planned_s, atol=0.1 * DAY_S)


def test_a_deadline_is_met_as_often_as_asked_or_said_to_be_out_of_reach() -> None:
    """Between the date of the robust plan and later: met, and cheaper is not asked for more. Sooner than any plan: no answer."""
    one, found = bench(), robust()
    date_s = found.plans[ROBUST].quantile_s(SHARE)
    met = by_deadline(one, date_s + 45.0 * DAY_S, SHARE)
    assert met.chosen is not None
    assert met.chosen.probability(date_s + 45.0 * DAY_S)[0] >= SHARE - 0.01
    assert met.chosen.cost_usd <= met.plans["soonest"].cost_usd
    never = by_deadline(one, 300.0 * DAY_S, SHARE)
    assert never.answer is None
    assert never.plans[ROBUST].probability(300.0 * DAY_S)[0] < SHARE


def test_the_mean_of_the_worst() -> None:
    """Of four numbers: the largest, a half of the next one with it, all."""
    numbers = np.array([1.0, 4.0, 2.0, 3.0])
    assert tail_mean(numbers, 0.25) == 4.0
    assert tail_mean(numbers, 0.375) == pytest.approx((4.0 + 0.5 * 3.0) / 1.5)
    assert tail_mean(numbers, 1.0) == 2.5
    assert ENOUGH > 0


def test_hedges_are_priced_by_hand_and_ranked_by_what_a_dollar_buys() -> None:
    """Engines at $2 a watt and halls at $10; warm power is what is short, so that it buys dates and halls that stand empty buy none."""
    one, warm_w = bench(), 10e6
    known = {hedge.name: hedge for hedge in candidates(one.problem.scenario)}
    assert known["spare power at warm"].price_usd == pytest.approx(MORE * warm_w * 2.0)
    assert known["spare halls at warm"].price_usd == pytest.approx(MORE * warm_w / 1.25 * 10.0)
    assert known["more money in FY2026"].price_usd == pytest.approx(MORE * 0.62e9)
    date_s = robust().plans[KEPT_GOING].quantile_s(0.5)
    found = rank(one, SHARE, date_s + 10.0 * DAY_S, 512, 0, lambda text: None)
    assert [row.per_usd[0] for row in found.bought] == sorted((row.per_usd[0] for row in found.bought), reverse=True)
    rows = {row.hedge.name: row for row in found.bought}
    assert rows["more money in FY2026"].earlier_s > 0
    assert abs(rows["spare halls at warm"].earlier_s) < 0.1 * DAY_S
    assert rows["spare halls at warm"].probability == pytest.approx(0.0, abs=1e-9)
    text = hedges_page(found)
    assert all(row.hedge.name in text for row in found.bought)


def test_pages_say_what_was_found() -> None:
    """Dates and money with units; and the document can be followed again."""
    found = robust()
    text, body = robust_page(found), robust_document(found)
    assert all(word in text for word in ("P90", ROBUST, KEPT_GOING, "days earlier than", "$"))
    assert body["status"] == "FOUND"
    assert read_allocation(body, found.problem.scenario).chips_usd.shape == found.plans[ROBUST].allocation.chips_usd.shape
