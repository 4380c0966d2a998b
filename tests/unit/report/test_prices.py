"""Shadow prices in the units people think in, and in a sentence."""

import dataclasses

import pytest

from capexmodel.planning.objective import PresentCost, TimeToModel, WorkByDate
from capexmodel.planning.plan import ShadowPrice
from capexmodel.planning.problem import Problem
from capexmodel.report.leaf import meaning, written
from capexmodel.report.prices import amount, goal, price_lines, reading, sentence
from capexmodel.report.text import heading, paragraph
from tests.unit.report.fakes import DAY

MONEY, STRETCH = "envelope.FY2027.high_usd", "supply.maker.stretch"


def with_aim(plan, small, aim):
    return dataclasses.replace(plan, problem=Problem(small, aim))


@pytest.fixture
def costly(plan, small):
    return with_aim(plan, small, PresentCost())


@pytest.fixture
def working(plan, small):
    return with_aim(plan, small, WorkByDate("first"))


def test_an_amount_is_said_by_its_sign(plan, costly, working):
    assert [amount(plan, days) for days in (-12.34, 3.4567, 0.0)] == ["12.3 days earlier", "3.46 days later", "0 days later"]
    assert [amount(costly, busd) for busd in (-1.25, 2.5)] == ["$1.25B less", "$2.5B more"]
    assert [amount(working, work) for work in (-3.0, 4.0)] == ["3e24 FLOP less", "4e24 FLOP more"]


def test_a_goal_is_named_in_words(small):
    assert goal(Problem(small)) == "the weighted mean date"
    assert goal(Problem(small, TimeToModel("second"))) == "the date of second"
    assert goal(Problem(small, WorkByDate("first"))) == "the work done of first"
    assert goal(Problem(small, PresentCost())) == "the present cost"


def test_a_price_of_money_is_by_the_billion(plan, small):
    read = reading(plan, plan.shadow_prices[0])
    assert read.row() == {
        "leaf": MONEY, "constraint": "envelope", "value": pytest.approx(-2.5), "unit": "days/$B", "low": 1.4e9, "high": 1.7e9
    }  # fmt: skip
    assert read.text == meaning(small, MONEY)


def test_prices_have_a_step_of_their_own_and_else_are_by_the_percent(plan, costly):
    power, late, stretch = (reading(plan, price) for price in plan.shadow_prices[1:])
    assert (power.value, power.step, power.aim) == (pytest.approx(-300.0), "GW", "days")
    assert (late.value, late.step) == (pytest.approx(0.25 * 2629800.0 / DAY), "month")
    assert (stretch.value, stretch.step) == (pytest.approx(-20.0 * 0.5 / 100.0), "percent")
    less = reading(plan, ShadowPrice(STRETCH, None, 3.0 * DAY, "s/1", -4.0))
    assert (less.value, less.low, less.high) == (pytest.approx(0.12), None, None)
    assert reading(costly, plan.shadow_prices[1]).value == pytest.approx(-300.0 * DAY / 1e9)


def said(small, path, step):
    return f"{step} more of {path} ({meaning(small, path)}): the weighted mean date is "


def test_a_sentence_says_what_a_price_means_and_how_far_it_reaches(plan, small):
    money, power, _, stretch = plan.shadow_prices
    ends = [written(small, MONEY, usd) for usd in (1.5e9, 1.4e9, 1.7e9)]
    assert (
        sentence(plan, money) == said(small, MONEY, "$1B") + f"2.5 days earlier; now {ends[0]}, and this holds from {ends[1]} to {ends[2]}."
    )
    site = "site.east.hall_power_w.2026-12-31"
    assert sentence(plan, power) == said(small, site, "1 GW") + "300 days earlier; now 60 MW, no range was tried."
    alone = said(small, STRETCH, "1 percent") + "0.1 days earlier; now 0.5, and true only there: the next step is worth something else."
    assert sentence(plan, stretch) == alone
    assert "no range was tried." in sentence(plan, dataclasses.replace(money, high=None))
    assert "no range was tried." in sentence(plan, dataclasses.replace(money, low=None))


def test_costs_come_to_an_amount(costly):
    assert ": the present cost comes to $" in sentence(costly, costly.shadow_prices[0])


def test_prices_of_money_come_first_and_the_others_are_counted(plan):
    mixed = dataclasses.replace(plan, shadow_prices=plan.shadow_prices[::-1])
    stretch, late, power, money = mixed.shadow_prices
    head = heading("shadow prices", "what one unit more of a limit is worth to the weighted mean date")
    lines = [line for price in (money, stretch, late) for line in paragraph(sentence(mixed, price))]
    assert price_lines(mixed, 2) == [*head, *lines, "  and 1 more: `capexmodel explain small`"]
    assert price_lines(mixed, 3) == [*head, *lines, *paragraph(sentence(mixed, power))]
    assert price_lines(dataclasses.replace(plan, shadow_prices=()), 3) == []
