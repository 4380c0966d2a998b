"""Facts beside what was predicted of them, line by line."""

import datetime
import math

import numpy as np
import pytest

from capexmodel.config.facts import Fact
from capexmodel.report import backtest as room
from capexmodel.report.backtest import HEAD, backtest_document, backtest_page, calibration_document, calibration_page
from capexmodel.report.text import heading, table
from capexmodel.studies.backtest import Backtest, Scored
from capexmodel.studies.calibration import Posterior
from capexmodel.studies.learned import Check, Learned
from tests.unit.report.fakes import DAY, page


@pytest.fixture(autouse=True)
def by_a_day(monkeypatch):
    monkeypatch.setattr(room, "as_of", lambda: datetime.date(2026, 2, 2))


def fact(name, value, unit, use="scores", scale="log", status="reported"):
    return Fact(name, f"{name} seen", use, value, None, None, unit, "a firm", datetime.date(2026, 5, 6), status, "paper", "q", scale)


def scored(one, low, middle, high, place=0.62, standard=0.5, crps=3.0, log_score=-1.5):
    return Scored(one, low, middle, high, (low / 2.0, middle / 2.0, high / 2.0), place, standard, crps, log_score)


@pytest.fixture
def found():
    rows = (
        scored(fact("fleet", 5e9, "busd", "feeds"), 2e9, 4e9, 8e9),
        scored(fact("power", 3e9, "gw"), 2e9, 4e9, 8e9, 0.25, -0.75, 5e8, -21.0),
        scored(fact("day", 40.0 * DAY, "date"), 50.0 * DAY, 60.0 * DAY, 90.0 * DAY, 0.01, -2.5, 6.0 * DAY, -13.0),
        scored(fact("chance", 1.0, "share", scale="event"), 0.0, 0.375, 1.0, None, None, 0.25, -0.98),
        scored(fact("part", 0.5, "share"), 0.25, 0.375, 0.75, 0.7, 1.25, 0.0625, 0.8),
    )
    return Backtest("base", rows, (), (), 0.8)


def test_facts_stand_beside_their_distributions(found):
    fed = [["fleet", "fleet seen", "a firm", "2 $B", "4 $B", "8 $B", "2 $B", "5 $B", "62 %", "paper"]]
    later = [
        ["power", "power seen", "a firm", "2 GW", "4 GW", "8 GW", "2 GW", "3 GW", "25 %", "paper"],
        ["day", "day seen", "a firm", "2026-03-24", "2026-04-03", "2026-05-03", "2026-03-04", "2026-03-14", "1 %", "paper"],
        ["chance", "chance seen: a chance of 0.375", "a firm", "0", "0.375", "1", "0.188", "1", "-", "paper"],
        ["part", "part seen", "a firm", "0.25", "0.375", "0.75", "0.188", "0.5", "70 %", "paper"],
    ]
    scores = [
        ["power", "-0.75", "0.5", f"{-21.0 + 9.0 * math.log(10.0):.2f}"], ["day", "-2.50", "6", f"{-13.0 + math.log(86400.0):.2f}"],
        ["chance", "-", "0.25", "-0.98"], ["part", "+1.25", "0.0625", "0.80"],
    ]  # fmt: skip
    assert backtest_page(found) == page(
        "base: what was predicted by 2026-02-02, and what came",
        *heading("known by then, and learned from", "the same distribution after learning: a check of the fit, no score"),
        *table(HEAD, fed, left=3), *heading("known later: scored", "place: share of the distribution below what was seen, in percent"),
        *table(HEAD, later, left=3),
        *heading("scores", "z: half-widths off the middle; CRPS in the unit of the fact; logarithm of the density in that unit"),
        *table(["fact", "z", "CRPS", "log score"], scores), *heading("misses", "outside 5 to 95 %"), "  day: day seen, a firm",
        "", "GOALS  (missed)", "  67 % of 3 facts lie between the ends; 80 % are wanted. Several facts are about one thing, and miss",
        "    together.",
    )  # fmt: skip


def test_without_misses_the_goals_are_met(found):
    good = Backtest("base", found.rows[1:2], (), (), 0.8)
    text = backtest_page(good)
    assert "\n\nMISSES  (outside 5 to 95 %)\n  none\n\nGOALS  (met)\n  100 % of 1 facts lie between the ends; 80 %" in text


def test_the_back_test_is_written_whole(found):
    whole = backtest_document(found)
    facts = whole.pop("facts")
    assert whole == {
        "schema_version": 1, "kind": "backtest", "scenario": "base", "as_of": "2026-02-02",
        "coverage": {"facts": 3, "inside_share": pytest.approx(2.0 / 3.0), "wanted_share": 0.8, "missed": ["day"]}, "goal_missed": True,
    }  # fmt: skip
    assert facts[1] == {
        "fact": "power", "what": "power seen", "quantity": "q", "about": "a firm", "published": "2026-05-06", "use": "scores", "unit": "gw",
        "seen": 3.0, "p5": 2.0, "p50": 4.0, "p95": 8.0, "by_the_prior": {"p5": 1.0, "p50": 2.0, "p95": 4.0}, "place": 0.25, "inside": True,
        "standard": -0.75, "crps": 0.5, "log_score": pytest.approx(-21.0 + 9.0 * math.log(10.0)), "counts": True, "status": "reported",
        "source": "paper",
    }  # fmt: skip
    assert (facts[2]["seen"], facts[2]["p95"], facts[2]["crps"]) == ("2026-03-14", "2026-05-03", 6.0)
    assert (facts[3]["crps"], facts[3]["log_score"], facts[3]["inside"], facts[3]["counts"]) == (0.25, -0.98, None, False)
    assert (facts[0]["counts"], facts[0]["seen"]) == (False, 5.0)


def posterior(scale, effective):
    """Figures whose 5, 50 and 95 of a hundred are 5, 50 and 95 times a number."""
    drawn = np.linspace(0.0, 100.0, 101)
    figures, seen = np.stack([drawn * scale, drawn * 1e9 * scale], 1), np.stack([drawn * DAY * scale], 1)
    return Posterior(("rate_share", "cost_usd"), ("out.date_s",), figures, figures, seen, effective)


@pytest.fixture
def learned(monkeypatch):
    known = {"a": fact("a", 5e9, "busd", "feeds"), "b": fact("b", 0.25, "share", "prior"), "c": fact("c", 5e9, "busd")}
    monkeypatch.setattr(room, "facts", lambda: known)
    checks = {"fleet": Check(4000, 3, (("rate_share", 0.125, 1.5), ("cost_usd", -0.25, 0.875)))}
    return Learned("base", ("fleet",), (posterior(1.0, 101.0),), (posterior(2.0, 37.6),), checks)


def test_what_facts_taught_is_told_line_by_line(learned):
    head = ["figure", "5", "50", "95", "after: 5", "50", "95"]
    rows = [
        ["rate_share", "5", "50", "95", "10", "100", "190"],
        ["cost_usd", "5 $B", "50 $B", "95 $B", "10 $B", "100.0 $B", "190.0 $B"],
        ["out.date_s", "2026-02-07", "2026-03-24", "2026-05-08", "2026-02-12", "2026-05-13", "2026-08-11"],
    ]
    sampler = [["rate_share", "+0.12", "1.50"], ["cost_usd", "-0.25", "0.88"]]
    facts = [["a", "a seen", "5 $B", "2026-05-06", "feeds", "paper"], ["b", "b seen", "0.25", "2026-05-06", "prior", "paper"]]
    assert calibration_page(learned) == page(
        "base: what the facts known by 2026-02-02 teach", *heading("fleet", "worth 38 independent draws of 101"), *table(head, rows),
        *heading("the sampler beside it: fleet", "4000 draws, 3 steps diverged"),
        *table(["figure", "middle off, in standard deviations", "standard deviation over that of the sampler"], sampler),
        *heading("facts", "those that fed; those that rest in the priors or the scenario already are not learned from twice"),
        *table(["fact", "what", "seen", "published", "use", "source"], facts, left=2),
    )  # fmt: skip


def test_what_facts_taught_is_written_whole(learned):

    def ends(scale):
        return {"p5": 5.0 * scale, "p50": 50.0 * scale, "p95": 95.0 * scale}

    whole = calibration_document(learned)
    (chain,) = whole.pop("chains")
    assert whole == {
        "schema_version": 1, "kind": "calibration", "scenario": "base", "as_of": "2026-02-02", "fed": ["a"],
        "sampler": {"fleet": {"draws": 4000, "diverged": 3, "figures": [
            {"name": "rate_share", "off": 0.125, "ratio": 1.5}, {"name": "cost_usd", "off": -0.25, "ratio": 0.875}]}},
    }  # fmt: skip
    assert (chain["title"], chain["effective_draws"]) == ("fleet", 37.6)
    assert [one["name"] for one in chain["figures"]] == ["rate_share", "cost_usd", "out.date_s"]
    assert chain["figures"][1] == {"name": "cost_usd", "before": ends(1e9), "after": ends(2e9)}
