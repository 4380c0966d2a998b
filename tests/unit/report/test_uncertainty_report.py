"""A plan under uncertainty, line by line."""

import pytest

from capexmodel.errors import ModelError
from capexmodel.report import uncertainty as room
from capexmodel.report.leaf import meaning
from capexmodel.report.text import heading, paragraph, table
from capexmodel.report.uncertainty import uncertainty_document, uncertainty_page
from capexmodel.studies.chance import interval
from capexmodel.studies.uncertainty import Weight
from tests.unit.report.fakes import DAY, page
from tests.unit.report.sweeps import OLD, STAFF, draws, sweep


@pytest.fixture(autouse=True)
def known_weights(monkeypatch):
    """Two figures weigh on the first model; nothing is known of the others."""

    def weights(found, output):
        if output != "first.date_s":
            raise ModelError("flat")
        return [Weight(OLD, "recalled", 0.625, True), Weight(STAFF, "scenario", 0.1234, False)] + [Weight("x", "", 0.0, True)] * 12

    monkeypatch.setattr(room, "weights", weights)
    monkeypatch.setattr(room, "meaning", lambda scenario, path: "" if path == "x" else meaning(scenario, path))
    monkeypatch.setattr(room, "tail_mean", lambda found, place, share: (278.0 * DAY, 4.75e9, 1.0)[place] * (share == 0.1))


@pytest.fixture
def found(small):
    """A sweep over draws, of a scenario in which somebody recalls the chance of a site to be late."""
    kept = small.evidence.figures
    object.__setattr__(small.evidence, "figures", dict(kept) | {"site.east.late_probability": kept[OLD]})
    yield sweep(small, draws(small))
    object.__setattr__(small.evidence, "figures", kept)


def test_dates_and_chances_are_told_line_by_line(found, small):
    low, high = interval(3.0, 6)
    rows = [
        ["first.date_s", "66.7 %", "2026-08-26", "2026-08-31", "2026-09-30", "2026-10-30", "2026-11-04", "2026-11-07"],
        ["spent_usd", "100.0 %", "$1.5B", "$2B", "$3B", "$4B", "$4.5B", "$4.75B"],
    ]
    weigh = [
        [OLD, "62.5 %", "later", "recalled", meaning(small, OLD)], [STAFF, "12.3 %", "earlier", "scenario", meaning(small, STAFF)],
        *[["x", "0.0 %", "later", "", ""]] * 10,
    ]  # fmt: skip
    flat = ["  it does not vary over the scenarios that have it."]
    assert uncertainty_page(found) == page(
        "small: Two sites, two chips, two models",
        *paragraph(
            "6 scenarios, each following one plan; 1 figures with a range drawn from it, its ends the 5th and 95th percentile; "
            "1 sites that may be late by an event."
        ),
        *heading("dates and money", "as of 2026-02-02; of the scenarios that reach a date"),
        *table(["output", "have it", "P5", "P10", "P50", "P90", "P95", "worst 10 %"], rows), *heading("chances"),
        *table(["what", "probability", "95 % confidence"], [["on_time", "50.0 %", f"{100 * low:.1f} to {100 * high:.1f} %"]]),
        *heading("sites that may be late", "each by itself, besides its slip"),
        *table(["site", "chance", "late by", "late in", "status"], [["east", "25 %", "30 days", "50.0 %", "recalled"]]),
        *heading("what mean_date_s hangs on"), *flat,
        *heading("what first.date_s hangs on", "share of the spread that a figure explains by itself"),
        *table(["figure", "of the spread", "more of it", "status", "what it is"], weigh),
        *heading("what second.date_s hangs on"), *flat,
    )  # fmt: skip


def test_without_events_no_site_is_told(small):
    assert "SITES THAT" not in uncertainty_page(sweep(small, draws(small, events=False)))


def test_the_document_holds_outputs_events_and_weights(found, small):
    whole = uncertainty_document(found)
    outputs, kept = whole.pop("outputs"), whole.pop("weights")
    assert whole.pop("scenario")["name"] == "small"
    assert whole == {
        "schema_version": 1, "config_hash": small.evidence.config_hash, "scenarios": 6, "seed": 7, "drawn": [OLD, STAFF],
        "late": [{"site": "east", "probability": 0.25, "late_s": 30.0 * DAY}],
    }  # fmt: skip
    assert outputs[0] == {
        "name": "first.date_s", "unit": "s", "scenarios": 4, "mean": 235.0 * DAY, "p5": 205.0 * DAY, "p10": 210.0 * DAY, "p50": 240.0 * DAY,
        "p90": 270.0 * DAY, "p95": 275.0 * DAY, "worst_tenth": 278.0 * DAY, "confidence_95": None,
    }  # fmt: skip
    assert outputs[2]["confidence_95"] == pytest.approx(interval(3.0, 6))
    assert list(kept) == ["first.date_s"]
    assert len(kept["first.date_s"]) == 12
    assert kept["first.date_s"][1] == {"path": STAFF, "status": "scenario", "share": 0.1234, "rises": False}
