"""Pieces of the first page, line by line."""

import dataclasses

import pytest

from capexmodel.planning.objective import PresentCost, WorkByDate
from capexmodel.planning.plan import Conflict, Rounding
from capexmodel.planning.problem import Problem
from capexmodel.report import page as room
from capexmodel.report.page import conflict_lines, envelope, models, relief, worth_of_money
from capexmodel.report.text import heading, paragraph, table
from tests.unit.report.fakes import DAY

INF = float("inf")


def conflict(relaxations, together=None, works=None, leaves=None):
    units = {"envelope": "usd", "deadline": "s", "halls": "w"}
    return Conflict(tuple(relaxations), relaxations, units, {}, leaves or {}, works or {}, together or {})


def test_changes_that_each_help_are_told_with_or():
    found = conflict({"envelope": 9.2e9, "deadline": -41.0 * DAY, "halls": INF}, leaves={"envelope": "envelope.FY2026.high_usd"})
    said = "+$9.2B (envelope.FY2026.high_usd), or -41 days (deadline)"
    assert relief(found) == said
    assert conflict_lines(found) == [
        "  These wishes cannot hold together: envelope, deadline, halls.",
        *paragraph(f"Any one of these changes lets the others hold: {said}."),
    ]


def test_a_day_is_one_and_a_change_not_confirmed_is_marked():
    assert relief(conflict({"deadline": DAY})) == "+1 day (deadline)"
    assert relief(conflict({"halls": 2.5e6}, works={"halls": False})) == "+2.5 MW (halls) [not confirmed by solving again]"


def test_changes_that_help_together_are_told_with_and():
    found = conflict({"envelope": INF, "deadline": INF}, {"envelope": 2.5e9, "halls": 3e6}, works={"halls": False})
    assert relief(found) == "+$2.5B (envelope), and +3 MW (halls)"
    assert conflict_lines(found)[1:] == paragraph(
        "No change of one alone lets the others hold; these together do: +$2.5B (envelope), and +3 MW (halls)."
    )


def test_without_a_change_or_a_conflict_that_is_said():
    none = conflict({"envelope": INF})
    assert relief(none) == "none: relaxing one alone does not help"
    assert conflict_lines(none)[1:] == ["  No change was found that lets them hold."]
    assert conflict_lines(None) == ["  No plan was found, and no conflict either: the solver failed. Try other starts (--starts)."]


def test_what_money_moves_is_told_of_each_model(plan):
    moved = dataclasses.replace(plan, dollar_days={"a": 0.0099, "b": -0.0098, "c": 0.01, "d": -2.367})
    assert worth_of_money(moved) == [
        "  No FY2026 dollar moves a or b.", "  One more FY2026 billion moves c 0.01 days later.",
        "  One more FY2026 billion moves d 2.37 days earlier.",
    ]  # fmt: skip
    assert worth_of_money(dataclasses.replace(plan, dollar_days={})) == []


def test_racks_and_halls_are_counted_with_what_it_costs(plan, small):
    rounding = Rounding(303.0 * DAY, 300.0 * DAY, 3.0 * DAY, {"old": 1200, "new": 34}, {"shell": 2}, "down", 1e-9, 2e-9)
    lines = room._wholeness(dataclasses.replace(plan, rounding=rounding))
    assert lines == [
        "  whole: 1,234 racks (old 1,200, new 34) and 2 halls (shell 2), rounded down",
        *paragraph(
            "3 days later than the relaxed plan (1.0e-02 of it), itself a local optimum; proof, prices and swings are of that plan",
            indent=4,
        ),
        "    not rounded: ports, generators, people, rentals",
    ]
    bare = dataclasses.replace(rounding, racks={}, halls={}, relaxed=0.0)
    lines = room._wholeness(dataclasses.replace(plan, rounding=bare))
    assert lines[0] == "  whole: nothing is ordered, rounded down"
    assert "than the relaxed plan (of nothing)" in lines[1]
    assert room._wholeness(plan) == []


def test_money_and_work_lost_by_rounding_have_their_own_unit(plan, small):
    for aim, gap, said in ((PresentCost(), 2.5e9, "$2.5B more"), (WorkByDate("first"), 3e6, "3e24 FLOP less")):
        rounding = Rounding(1.0, 5e9, gap, {}, {}, "up", 0.0, 0.0)
        lines = room._wholeness(dataclasses.replace(plan, problem=Problem(small, aim), rounding=rounding))
        assert lines[1].split(" than ")[0].strip() == said


def test_buying_a_company_or_none_is_told_by_what_it_changes(plan):
    other = dataclasses.replace(plan, alternatives={"boutique": 305.5 * DAY, "none": 298.0 * DAY, "same": 300.0 * DAY})
    assert room._freedom(other) == ["  with boutique bought: 5.5 days later", "  with no company bought: 2 days earlier"]
    assert room._freedom(dataclasses.replace(other, value=None)) == []


def test_the_aim_is_told_with_its_value(plan, small):
    assert room._aim(plan) == ("aim: the weighted mean date, 2026-11-29, 300.0 days from the as-of date, the preference for cost left out")
    assert room._aim(dataclasses.replace(plan, value=None)) == "aim: the weighted mean date"
    assert room._aim(dataclasses.replace(plan, problem=Problem(small, PresentCost()), value=2.5e9)) == "aim: the present cost, $2.5B"


def test_the_status_is_one_line_with_its_proof(plan):
    assert room._status(plan)[0] == "  OPTIMAL, local optimum; 2 of 2 starts agree; optimality error 3.0e-09 (tolerance 1e-06)"
    assert room._status(dataclasses.replace(plan, certificate=None)) == ["  OPTIMAL"]


def test_the_title_has_dates_and_the_configuration(small):
    assert room._title(small) == [
        "small: Two sites, two chips, two models",
        f"  as of 2026-02-02, to 2027-12-31; configuration {small.evidence.config_hash[:12]}",
    ]


@pytest.fixture
def two_models(small, outcome, monkeypatch):
    rows = [
        {"model": "first", "date": "2026-09-01", "deadline": "2026-10-31", "slack_days": 60.25},
        {"model": "second", "date": None, "deadline": None, "slack_days": None},
    ]
    monkeypatch.setattr(room, "date_rows", lambda scenario, outcome: rows)
    ends = (([100.0 * DAY, 9e9], [90.0 * DAY, 300.0 * DAY]), [4e7, 4e9])
    monkeypatch.setattr(room, "plain", lambda tree: (*ends[0], ends[1]))
    return rows


HEAD = ["model", "out", "deadline", "slack", "FLOP", "run ends", "research ends", "decided by"]


def test_models_stand_with_what_decides_their_date(two_models, small, outcome):
    rows = [
        ["first", "2026-09-01", "2026-10-31", "+60.2 days", "4e+25", "2026-05-13", "2026-05-03", "run"],
        ["second", "not reached", "none", "", "4e+27", "later", "2026-11-29", ""],
    ]
    assert models(small, outcome) == [*heading("models"), *table(HEAD, rows, left=2), "  second: not reached within the horizon."]
    two_models[1]["date"] = "2027-11-01"
    assert models(small, outcome)[-1].split()[-1] == "run"


def test_every_account_stands_against_its_limit(small, outcome, monkeypatch):
    rows = [
        {"fiscal_year": year, "low_usd": low, "high_usd": 5e9, "spent_usd": 3.2e9, "unspent_usd": 1.8e9}
        for year, low in (("FY2026", 0.0), ("FY2027", 2e9))
    ]
    monkeypatch.setattr(room, "envelope_rows", lambda scenario, outcome: rows)
    pairs = iter(([[1e9, 2e9], [3e9, 4e9]], [[0.0, 6e8], [7e8, 8e8]]))
    monkeypatch.setattr(room, "plain", lambda tree: next(pairs))
    head = ["year", "low", "high", "spent", "unspent", "operating cost", "acquisitions"]
    body = [
        ["FY2026", "-", "5.0", "3.2", "1.8", "1.0 of 3.0", "- of 0.7"],
        ["FY2027", "2.0", "5.0", "3.2", "1.8", "2.0 of 4.0", "0.6 of 0.8"],
    ]
    assert envelope(small, outcome) == [*heading("envelope", "$B"), *table(head, body)]
