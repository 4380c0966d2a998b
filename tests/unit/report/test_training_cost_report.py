"""Costs of training runs worked out and published, line by line."""

import pytest

from capexmodel.config.costs import CostRow, Server
from capexmodel.report.text import heading, table
from capexmodel.report.training_cost import cost_document, cost_page
from capexmodel.studies.training_cost import Cost, CostSlice, CostValidation
from tests.unit.report.fakes import fake, page

TITLE = "training cost: nominal dollars amortized over a run, worked out against published"
COUNTS = " by identity (chip-hours, value of servers and power are told),"
WORST = ["run", "published ($)", "from compute ($)", "range ($)", "over published"]


def cost(place, model="net", identity=None, blind=None, seen=None, built_on="", reason="", server=None):
    row = CostRow(place, model, "lab", "v7", None, {}, server, place == 3, reason)
    return Cost(
        row, identity, blind, None if blind is None else 0.5 * blind, None if blind is None else 3.0 * blind, seen, built_on, reason
    )


def found():
    costs = (
        cost(3, "small", 4e6, 8e6, 5e6, server=fake(Server, name="H100")),
        cost(4, "large", None, 3e7, 1.2e8, built_on="small"),
        cost(5, "near", None, 2.2e7, 2e7),
        cost(6, "other", reason="no date"),
        cost(7, "unseen", None, 9e6),
    )
    slices = {"all": CostSlice(5, 1, 12.34, 3, 0.3456, 0.7891, 87.6), "few": CostSlice(2, 0, None, 0, None, None, None)}
    return CostValidation(costs, slices, ("all: too far",))


def test_the_page_tells_scores_worst_rows_and_reasons():
    slices = [["all", "5", "12", "0.346", "0.789", "88"], ["few", "2", "-", "-", "-", "-"]]
    worst = [
        ["large, v7", "1.2e+08", "3e+07", "1.5e+07 to 9e+07", "0.25"],
        ["small, v7", "5e+06", "8e+06", "4e+06 to 2.4e+07", "1.60"],
        ["near, v7", "2e+07", "2.2e+07", "1.1e+07 to 6.6e+07", "1.10"],
    ]
    head = ["slice", "rows", "identity, worst (%)", "compute alone, median", "p90", "range holds (%)"]
    assert cost_page(found()) == page(
        TITLE, f"  5 rows: 1{COUNTS} 4 from compute, chip and", "    date alone.",
        *heading("errors by slice", "identity: percent; from compute alone: orders of magnitude; ranges promise to hold 90 %"),
        *table(head, slices),
        *heading("worst from compute alone", "what was published, and what compute says"), *table(WORST, worst),
        "", "BUILT ON AN EARLIER RUN  (its capital and energy are charged too)", "  large on small",
        "", "NOT WORKED OUT  (the reason)", "  6 other: no date", "", "GOALS  (missed)", "  all: too far",
    )  # fmt: skip


def test_without_rows_there_is_nothing_to_score():
    lines = [TITLE, f"  0 rows: 0{COUNTS} 0 from compute, chip and", "    date alone.", "", "GOALS  (nothing to score)"]
    assert cost_page(CostValidation((), {}, ())) == page(*lines)


def test_goals_are_met_where_none_is_missed():
    assert cost_page(CostValidation((), {"all": CostSlice(0, 0, None, 0, None, None, None)}, ())).endswith("\n\nGOALS  (met)\n")


@pytest.mark.parametrize(("count", "last"), [(12, "  11 net: why"), (13, "  and 1 more; --json lists every row")])
def test_at_most_twelve_reasons_are_told(count, last):
    lines = cost_page(CostValidation(tuple(cost(k, reason="why") for k in range(count)), {}, ())).split("\n")
    assert lines[-4] == last
    assert sum(line.endswith("why") for line in lines) == 12


def test_at_most_twelve_worst_rows_are_told_and_long_names_cut():
    costs = tuple(cost(k, "n" * 70, blind=2.0 + k, seen=1.0) for k in range(14))
    text = cost_page(CostValidation(costs, found().slices, ()))
    rows = [line for line in text.split("\n") if line.startswith("  nnn")]
    assert len(rows) == 12
    assert all(line.split()[0] == "n" * 60 for line in rows)
    assert rows[0].endswith("15.00")


def test_the_document_holds_every_row():
    whole = cost_document(found())
    first, second, *_ = whole["predictions"]
    assert first == {
        "row": 3, "model": "small", "identity_usd": 4e6, "blind_usd": 8e6, "low_usd": 4e6, "high_usd": 2.4e7, "published_usd": 5e6,
        "built_on": None, "chip": "H100", "chip_assumed": True, "reason": None,
    }  # fmt: skip
    assert (second["built_on"], second["chip"], second["chip_assumed"], second["published_usd"]) == ("small", None, False, 1.2e8)
    assert [row["reason"] for row in whole["predictions"]] == [None, None, None, "no date", None]
    assert (whole["schema_version"], whole["kind"], whole["unit"]) == (1, "training cost validation", "usd")
    assert whole["goals_missed"] == ["all: too far"]
    assert whole["slices"]["few"] == {
        "rows": 2, "identity_rows": 0, "identity_max_percent": None, "blind_rows": 0, "blind_median_dex": None, "blind_p90_dex": None,
        "coverage_percent": None,
    }  # fmt: skip
