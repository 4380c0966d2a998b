"""The first page and the explanation: what must be said is said, in plain text that fits."""

import dataclasses

import pytest

from capexmodel.planning.limits import LIMITS
from capexmodel.planning.objective import WorkByDate
from capexmodel.planning.plan import Conflict, Plan, ShadowPrice
from capexmodel.planning.problem import Problem
from capexmodel.report.answer import page as attached
from capexmodel.report.explain import explain
from capexmodel.report.page import conflict_lines, page, relief, simulation
from capexmodel.report.prices import amount, reading, sentence
from capexmodel.report.text import WIDTH


@pytest.fixture(scope="module")
def text(plan):
    """The page."""
    return page(plan)


@pytest.mark.parametrize(
    "said",
    [
        "OPTIMAL, local optimum; 2 of 2 starts agree; optimality error 3.0e-09 (tolerance 1e-06)",
        "No FY2026 dollar moves first.",
        "One more FY2026 billion moves second 2.5 days earlier.",
        "second: not reached within the horizon.",
        "with no company bought: 3 days later",
        "2026-03..2026-04, 2026-08",
        "25 days/GW",
        "$1B more of envelope.FY2027.high_usd",
        "is 2.5 days earlier; now $1.5B, and this holds from $1.4B to $1.7B.",
        "-30 .. no plan",
        "~+6 .. -6 20 .. 60 MW (20 .. 80)",
        "accelerator.old.price_usd*",
        "Weakest status: scenario.",
        "company boutique",
    ],
)
def test_what_must_be_said_is_said(text, said):
    assert " ".join(said.split()) in " ".join(text.split())


def test_the_page_is_ascii_and_fits_a_terminal(text):
    assert text.isascii()
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert text.endswith("\n")


def test_money_that_moves_a_model_is_never_said_to_move_nothing(plan):
    moved = page(dataclasses.replace(plan, dollar_days={"first": -0.2}))
    assert "dollar moves first" not in moved
    assert "billion moves first 0.2 days earlier" in moved


def test_a_printed_plan_is_its_page(plan, text):
    assert str(dataclasses.replace(plan, words=attached)) == text


def test_a_lifted_limit_is_named(plan, small):
    limits = [limit for limit in LIMITS if limit.name != "supply"]
    assert "limits lifted: supply" in page(dataclasses.replace(plan, problem=Problem(small, subject_to=limits)))


def test_a_series_is_one_line(text):
    assert text.count("site.east.hall_power_w") == 2  # its shadow price and its line among the undisclosed figures
    assert "site.east.hall_power_w.2026-02-02" not in text


def test_a_conflict_is_named_with_what_would_resolve_it(plan):
    names = ("envelope.high FY2026", "deadline.first")
    conflict = Conflict(names, {names[0]: 2e9, names[1]: float("inf")}, {names[0]: "usd", names[1]: "s"}, {})
    lines = " ".join(page(Plan(plan.problem, "INFEASIBLE_EXPLAINED", None, None, None, None, conflict=conflict)).split())
    assert "These wishes cannot hold together: envelope.high FY2026, deadline.first." in lines
    assert "Any one of these changes lets the others hold: +$2B (envelope.high FY2026)." in lines
    told = dataclasses.replace(
        conflict,
        relaxations={names[0]: 2e9, names[1]: 41.0 * 86400.0},
        leaves={names[0]: "envelope.FY2026.high_usd", names[1]: "job.first.deadline_s"},
        works={names[0]: True, names[1]: False},
    )
    alone = "+$2B (envelope.FY2026.high_usd), or +41 days (job.first.deadline_s) [not confirmed by solving again]"
    assert relief(told) == alone
    both = dataclasses.replace(told, relaxations=dict.fromkeys(names, float("inf")), together={names[0]: 1e9, names[1]: -86400.0})
    assert relief(both) == "+$1B (envelope.FY2026.high_usd), and -1 day (job.first.deadline_s)"
    assert "the solver failed" in " ".join(conflict_lines(None))


def test_a_figure_that_swings_little_is_only_counted(plan, text):
    little = tuple(dataclasses.replace(swing, at_low=1.0, at_high=-1.0) for swing in plan.swings)
    shown = page(dataclasses.replace(plan, swings=little))
    assert "0 more have a range" in text
    assert "3 more have a range" in shown
    assert "accelerator.old.price_usd*" not in shown


def test_a_figure_that_leaves_no_plan_is_never_only_counted(plan):
    hopeless = tuple(dataclasses.replace(swing, at_low=None, at_high=None) for swing in plan.swings)
    shown = page(dataclasses.replace(plan, swings=hopeless))
    assert shown.count("no plan .. no plan") == 3
    assert "0 more have a range" in shown


def test_names_cannot_drive_the_terminal(plan, small):
    named = dataclasses.replace(small, title="\x1b[31mred\u202e")
    assert "\x1b" not in page(dataclasses.replace(plan, problem=Problem(named)))


def test_a_price_that_holds_only_where_it_is_says_so(plan):
    assert "true only there" in sentence(plan, plan.shadow_prices[3])
    assert "no range was tried" in sentence(plan, plan.shadow_prices[1])
    assert "7.61 days later" in sentence(plan, plan.shadow_prices[2])


def test_more_work_is_a_gain(plan, small):
    """A solver makes the cost small, and work counts as a negative cost: its price is turned round for people."""
    work = dataclasses.replace(plan, problem=Problem(small, WorkByDate("first")), value=4e7)
    price = ShadowPrice("envelope.FY2026.high_usd", "envelope", -2e6 / 1e9, "eflop/usd", 1.5e9)
    read = reading(work, price)
    assert (read.value, read.aim) == (pytest.approx(2.0), "1e24 FLOP")
    assert amount(work, read.value) == "2e24 FLOP more"
    assert "the work done of first comes to 2e24 FLOP more" in sentence(work, price)


def test_explain_gives_sources_limits_and_meanings(plan):
    text = explain(plan)
    flat = " ".join(text.split())
    for said in ("paper: A paper, A press, 2026-01-15, page 3", "accelerator.old.price_usd: as remembered", "$25k .. $40k", "ROOM LEFT"):
        assert said in flat
    for limit in plan.problem.limits:
        if set(limit.axes) & {"edge", "period", "decision", "year"}:
            assert limit.name in flat
    assert all(price.leaf in flat for price in plan.shadow_prices)
    assert all(path in flat for path in plan.problem.scenario.evidence.figures)
    assert "job.second.reach.east 1 scenario" in flat  # a member called like a unit is no unit
    assert "deal.boutique.close_s 2026-05-15" in flat


def test_a_simulation_names_the_limits_that_are_broken(small, allocation, outcome):
    text = simulation(small, allocation, outcome)
    broken = text[text.index("LIMITS THIS ALLOCATION BREAKS") :]
    assert "network_ports_count" in broken
    assert "it_power_w" not in broken
    assert "WHAT IS BOUGHT" in text
