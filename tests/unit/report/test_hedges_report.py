"""Hedges ranked, line by line."""

import dataclasses

import numpy as np
import pytest

from capexmodel.planning.problem import Problem
from capexmodel.report import hedges as room
from capexmodel.report.hedges import hedges_document, hedges_page
from capexmodel.report.text import heading, table
from capexmodel.studies.draws import Draws
from capexmodel.studies.hedges import Bench, Bought, Hedge, Ranked
from capexmodel.studies.robust import Judged
from tests.unit.report.fakes import DAY, fake


def judged(late_days=200.0):
    asked = {0.8: late_days * DAY}
    seen = {150.0 * DAY: (0.625, 0.5, 0.75)}
    return fake(Judged, date_s=np.arange(1234.0), quantile_s=lambda share: asked[share], probability=lambda at: seen[at])


def hedge(name, price=2.5e9):
    return Hedge(name, "money", price, {"envelope.FY2026.high_usd": 7.0})


@pytest.fixture
def found(small):
    bench = fake(Bench, problem=Problem(small), drawn=fake(Draws, seed=7))
    bought = (
        Bought(hedge("more money"), judged(), 0.05, 0.01, 25.0 * DAY),
        Bought(hedge("a site", 5e8), judged(), -0.01, 0.02, -3.0 * DAY),
        Bought(hedge("nothing"), None, 0.0, 0.0, 0.0),
    )
    return Ranked(bench, 0.8, 150.0 * DAY, judged(), bought)


def lines_of(text, title):
    """The table below a heading."""
    lines = text.split("\n")
    start = lines.index(title)
    return lines[start + 1 : start + 5]


def test_hedges_stand_with_their_price_and_what_a_billion_buys(found):
    text = hedges_page(found)
    rows = [
        ["more money", "$2.5B", "+5.00 ± 1.96 points", "+2.00 points", "25.0 days", "10.00 days"],
        ["a site", "$500.0M", "-1.00 ± 3.92 points", "unclear", "-3.0 days", "-6.00 days"],
        ["nothing", "$2.5B", "no plan", "-", "no plan", "-"],
    ]
    head = ["hedge", "price", "probability", "for $1B", "P80 earlier", "for $1B"]
    assert lines_of(text, "HEDGES  (what a billion dollars buys most first)") == table(head, rows)
    flat = " ".join(text.split())
    assert text.startswith("small: Two sites, two chips, two models\n  What makes the weighted mean date surer, in 1,234 futures")
    assert "Without any, P80 is 2026-08-21; by 2026-07-02: 62.5 % (50.0 to 75.0 %, 95 % confidence)." in flat
    assert "Sizes: 5 % of a year's money, of a site's largest power and of a fleet; 10 % of the horizon sooner. Prices" in flat
    assert flat.endswith("A gain that chance could make is unclear.")


def test_without_a_deadline_no_probability_is_told(found):
    text = hedges_page(dataclasses.replace(found, deadline_s=None))
    rows = [
        ["more money", "$2.5B", "25.0 days", "10.00 days"], ["a site", "$500.0M", "-3.0 days", "-6.00 days"],
        ["nothing", "$2.5B", "no plan", "-"],
    ]  # fmt: skip
    assert lines_of(text, "HEDGES  (what a billion dollars buys most first)") == table(["hedge", "price", "P80 earlier", "for $1B"], rows)
    assert "  Without any, P80 is 2026-08-21.\n" in text


def test_a_date_never_reached_is_said(found):
    text = hedges_page(dataclasses.replace(found, base=judged(float("inf")), deadline_s=None, bought=()))
    assert "  Without any, P80 is not reached.\n" in text
    assert "\n".join([*heading("hedges", "what a billion dollars buys most first"), "  hedge  price  P80 earlier  for $1B"]) in text


def test_without_a_plan_the_page_is_that_of_the_plan(found, plan, monkeypatch):
    monkeypatch.setattr(room, "page", lambda one: f"why {one.status}")
    bench = fake(Bench, nominal=plan)
    assert hedges_page(dataclasses.replace(found, base=None, bench=bench)) == "why OPTIMAL"


def test_the_document_holds_every_hedge(found):
    whole = hedges_document(found)
    first, _, last = whole.pop("hedges")
    assert whole == {
        "schema_version": 1, "scenario": "small", "share": 0.8, "deadline_s": 150.0 * DAY, "futures": 1234, "seed": 7,
        "without": {"quantile_s": 200.0 * DAY, "probability": [0.625, 0.5, 0.75]},
    }  # fmt: skip
    assert first == {
        "name": "more money", "kind": "money", "price_usd": 2.5e9, "added": {"envelope.FY2026.high_usd": 7.0}, "planned": True,
        "probability": 0.05, "error": 0.01, "earlier_s": 25.0 * DAY, "probability_per_usd": pytest.approx(2e-11),
        "earlier_s_per_usd": pytest.approx(8.64e-4),
    }  # fmt: skip
    assert (last["name"], last["planned"]) == ("nothing", False)


def test_the_document_says_none_where_nothing_was_asked_or_found(found):
    whole = hedges_document(dataclasses.replace(found, deadline_s=None))
    assert (whole["without"]["probability"], whole["hedges"][0]["probability"]) == (None, None)
    empty = hedges_document(dataclasses.replace(found, base=None, bought=()))
    assert (empty["futures"], empty["without"], empty["hedges"]) == (0, None, [])
