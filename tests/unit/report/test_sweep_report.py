"""A sweep, line by line, and as a picture."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from capexmodel.planning.problem import Problem
from capexmodel.report.canvas import BLUE, SKY, VERMILLION
from capexmodel.report.leaf import meaning, written
from capexmodel.report.sweep import sweep_document, sweep_page, told
from capexmodel.report.sweep_figure import sweep_drawings, sweep_figure
from capexmodel.report.text import heading, paragraph, table
from tests.unit.report.fakes import DAY, page
from tests.unit.report.portfolios import Bag
from tests.unit.report.sweeps import OLD, OUTPUTS, STAFF, sweep


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [(0, 10.0 * DAY, "2026-02-12"), (1, 2.5e9, "$2.5B"), (2, 0.1234, "12.3 %"), (2, -0.0001, "0.0 %"), (0, float("inf"), "-")],
)
def test_an_output_is_told_as_people_read_it(small, place, value, text):
    assert told(sweep(small), OUTPUTS[place], value) == text


def test_what_was_varied_and_found_is_told_line_by_line(small):
    varied = [
        [OLD, "2", "$30k", "$40k", meaning(small, OLD)],
        [STAFF, "3", written(small, STAFF, 50.0), written(small, STAFF, 80.0), meaning(small, STAFF)],
    ]
    found = [
        ["first.date_s", "4", "2026-09-25", "2026-08-21", "2026-08-31", "2026-09-30", "2026-10-30", "2026-11-09"],
        ["spent_usd", "6", "$2.5B", "$1B", "$2B", "$3B", "$4B", "$5B"], ["on_time", "5", "60.0 %", "-", "-", "-", "-", "-"],
    ]  # fmt: skip
    prices = [["$30k", "2026-08-31", "25.0 %"], ["$40k", "2026-10-20", "75.0 %"]]
    people = [[written(small, STAFF, x), "2026-09-10", "50.0 %"] for x in (50.0, 60.0, 80.0)]
    assert sweep_page(sweep(small)) == page(
        "small: Two sites, two chips, two models", "  6 scenarios, each simulated with one plan.", *heading("varied"),
        *table(["number", "values", "first", "last", "what it is"], varied),
        *heading("over all scenarios", "as of 2026-02-02; dates are of the scenarios that reach them"),
        *table(["output", "scenarios", "mean", "least", "P10", "P50", "P90", "most"], found),
        *heading(f"mean by {OLD}"), *table([OLD, "first.date_s", "on_time"], prices),
        *heading(f"mean by {STAFF}"), *table([STAFF, "first.date_s", "on_time"], people), "",
        *paragraph(f"least first.date_s: 2026-08-21, at {OLD} = $40k, {STAFF} = {written(small, STAFF, 60.0)} (scenario 4)."),
    )  # fmt: skip


def test_plans_made_anew_are_said_and_no_least_where_nothing_is_reached(small):
    text = sweep_page(sweep(small, problem=Problem(small), none=True))
    assert "\n  6 scenarios, each planned anew.\n" in text
    assert "least first" not in text


def test_the_document_holds_numbers_and_outputs(small):
    whole = sweep_document(sweep(small))
    assert {name: whole[name] for name in ("schema_version", "recipe_hash", "over", "scenarios", "config_hash")} == {
        "schema_version": 1, "recipe_hash": None, "over": "simulate", "scenarios": 6, "config_hash": small.evidence.config_hash,
    }  # fmt: skip
    assert whole["scenario"]["name"] == "small"
    assert whole["varied"] == [
        {"path": OLD, "unit": "usd", "values": [3e4, 4e4]}, {"path": STAFF, "unit": "count", "values": [50.0, 60.0, 80.0]},
    ]  # fmt: skip
    assert [column["name"] for column in whole["columns"]] == ["index", OLD, STAFF, "first.date_s", "spent_usd", "on_time"]
    assert whole["outputs"][0] == {
        "name": "first.date_s", "unit": "s", "scenarios": 4, "mean": 235.0 * DAY, "standard_deviation": 12.0 * DAY, "bin": 0.025 * DAY,
        "p10": 210.0 * DAY, "p50": 240.0 * DAY, "p90": 270.0 * DAY, "least": 200.0 * DAY, "most": 280.0 * DAY,
        "least_at": {OLD: 4e4, STAFF: 60.0}, "most_at": {OLD: 3e4, STAFF: 80.0},
        "mean_by_value": {OLD: [210.0 * DAY, 260.0 * DAY], STAFF: [220.0 * DAY] * 3},
    }  # fmt: skip
    other = sweep_document(sweep(small, problem=Problem(small), store=Bag(hash="abc")))
    assert (other["over"], other["recipe_hash"]) == ("optimize", "abc")


def test_a_histogram_stands_on_top(small):
    figure = sweep_figure(sweep(small))
    bars = figure.axes[0].patches
    assert len(bars) == 64
    assert {k: bar.get_height() for k, bar in enumerate(bars) if bar.get_height()} == {1: 75.0, 63: 75.0}
    assert [bars[1].get_x(), bars[1].get_width(), bars[63].get_x()] == pytest.approx([181.6, 1.6, 180.0 + 63 * 1.6])
    assert to_hex(bars[1].get_facecolor()).upper() == SKY
    assert figure.axes[0].get_xlim() == pytest.approx((180.0, 180.0 + 65 * 1.6))
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("days from the as-of date", "% of scenarios")


def test_quantiles_are_marked_with_their_dates(small):
    ax = sweep_figure(sweep(small)).axes[0]
    assert [line.get_xdata()[0] for line in ax.lines] == [210.0, 270.0]
    assert {line.get_color() for line in ax.lines} == {VERMILLION}
    assert [(text.get_text(), text.xy, text.xyann) for text in ax.texts] == [
        ("2026-08-31", (210.0, 0.96), (3, 0)), ("2026-10-30", (270.0, 0.96), (3, 0)),
    ]  # fmt: skip


def test_means_stand_below_by_number(small):
    figure = sweep_figure(sweep(small))
    _, prices, people = figure.axes
    np.testing.assert_allclose(prices.lines[0].get_xydata(), [[3e4, 210.0], [4e4, 260.0]])
    np.testing.assert_allclose(people.lines[0].get_xydata(), [[50.0, 220.0], [60.0, 220.0], [80.0, 220.0]])
    assert (prices.lines[0].get_color(), prices.lines[0].get_ms()) == (BLUE, 3)
    assert [(ax.get_xlabel(), ax.get_ylabel()) for ax in (prices, people)] == [(OLD, "days"), (STAFF, "days")]
    assert prices.xaxis.get_major_formatter()(3e4, 0) == "$30k"
    assert prices.get_position().x0 < people.get_position().x0
    assert prices.get_position().y0 == pytest.approx(people.get_position().y0)
    assert figure.get_size_inches().tolist() == pytest.approx([10.5, 5.1])
    assert [text.get_text() for text in figure.texts] == ["small: first.date_s over 6 scenarios", "Marks: P10 and P90."]


def test_the_figure_is_written_as_two_files(small):
    assert list(sweep_drawings(sweep(small))) == ["sweep.svg", "sweep.png"]
