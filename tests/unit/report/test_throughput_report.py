"""Predicted and published throughput, line by line."""

import datetime

import numpy as np
import pytest

from capexmodel.config.calibrated import Calibrated
from capexmodel.config.rows import Refused, Row
from capexmodel.report import throughput as room
from capexmodel.report.text import heading, table
from capexmodel.report.throughput import calibration_document, calibration_page, validation_document, validation_page
from capexmodel.studies.throughput import CrossValidated, Fit, Prediction, Slice, Validation
from tests.unit.report.fakes import fake, page

HEAD = ["slice", "runs", "median", "p90", "maximum", "range holds"]
BY_SLICE = heading("errors by slice", "absolute, in percent of what was seen; ranges promise to hold 80 %")
TITLE = "training throughput: tokens by second and chip, predicted against published"


def row(name, seen, scored=True, experts=0.0):
    return fake(Row, row_id=name, seen_per_s=seen, scored=scored, assumed=("batch",), shape={"experts_count": experts}, cells={"id": name})


def predicted(name="run", expected=1200.0, seen=1000.0, scored=True, known=False):
    return Prediction(row(name, seen, scored), expected, expected / 2.0, expected * 3.0, expected / 4.0, known)


def intro(runs, refused, known):
    return [
        f"  {runs} runs predicted, {refused} refused. {known} of them are in the calibration: each of these is predicted from all",
        "    others (the common unknowns have seen it; `calibrate` validates without).",
    ]


def found():
    predictions = (predicted("a", known=True), predicted("b", 500.0), predicted("c", 1300.0), predicted("d", 9.0, None, False))
    refused = (Refused("r1", "no chip"), Refused("r2", "no model"), Refused("r3", "no model"))
    return Validation(predictions, refused, {"all": Slice(3, 12.34, 45.67, 78.94, 66.66)}, ("all: median",))


def test_the_page_tells_scores_worst_runs_and_reasons():
    worst = [
        ["b", "1000", "500", "250 to 1500", "-50.0 %"], ["c", "1000", "1300", "650 to 3900", "+30.0 %"],
        ["a", "1000", "1200", "600 to 3600", "+20.0 %"],
    ]  # fmt: skip
    assert validation_page(found()) == page(
        TITLE, *intro(4, 3, 1), *BY_SLICE, *table(HEAD, [["all", "3", "12.3", "45.7", "78.9", "66.7"]]),
        *heading("worst", "predicted over seen"), *table(["run", "seen", "predicted", "range", "error"], worst),
        *heading("refused", "no number is given for these"), "  2 x no model (r2)", "  1 x no chip (r1)",
        "", "GOALS  (missed)", "  all: median",
    )  # fmt: skip


def test_without_runs_there_is_nothing_to_score():
    assert validation_page(Validation((), (), {}, ())) == page(TITLE, *intro(0, 0, 0), "", "GOALS  (nothing to score)")
    assert validation_page(Validation((), (), {"all": Slice(0, 1.0, 1.0, 1.0, 1.0)}, ())).endswith("\n\nGOALS  (met)\n")


def test_at_most_twelve_runs_and_reasons_are_told():
    predictions = tuple(predicted("n" * 70, 2000.0 + k) for k in range(13))
    refused = tuple(Refused(f"r{k}", f"why {k}") for k in range(14))
    lines = validation_page(Validation(predictions, refused, found().slices, ())).split("\n")
    assert sum(line.startswith("  " + "n" * 60 + " ") for line in lines) == 12
    assert sum(" x why " in line for line in lines) == 12
    assert "  and 2 more reasons; --json lists every row" in lines
    just = validation_page(Validation((), refused[:12], {}, ()))
    assert "more reasons" not in just


def test_the_document_holds_predictions_and_refusals():
    whole = validation_document(found())
    assert whole["predictions"][0] == {
        "row_id": "a", "predicted": 1200.0, "low": 600.0, "high": 3600.0, "equations_alone": 300.0, "seen": 1000.0,
        "in_calibration": True, "assumed": ["batch"],
    }  # fmt: skip
    assert len(whole["predictions"]) == 4
    assert whole["refused"][0] == {"row_id": "r1", "reason": "no chip"}
    assert whole["slices"]["all"] == {
        "rows": 3, "median_percent": 12.34, "p90_percent": 45.67, "max_percent": 78.94, "coverage_percent": 66.66,
    }  # fmt: skip
    rest = {"schema_version": 1, "kind": "throughput validation", "unit": "tokens/s/chip", "goals_missed": ["all: median"]}
    assert {name: whole[name] for name in rest} == rest


@pytest.fixture
def fit(monkeypatch):
    """A calibration on three rows, one shipped, whose unknowns are one number."""
    Shape = type("Shape", (), {})
    believed, unknowns, spread = Shape(), Shape(), Shape()
    believed.center, believed.spread = Shape(), Shape()
    believed.center.gain, believed.spread.gain = 3.0, 0.5
    unknowns.common, spread.common = np.array([4.0]), np.array([1.5])
    for name, value in (
        ("prior", lambda: believed), ("FIELDS", ("gain",)), ("from_scale", lambda name, number: 10.0 * number),
        ("published_sha256", lambda: "abc"), ("shipped_rows", lambda as_of: [row("s", 1.0)]),
        ("unknowns_to_tables", lambda unknown, names: {"of": float(unknown.common[0]), "names": list(names)}),
    ):  # fmt: skip
        monkeypatch.setattr(room, name, value)
    rows = (row("s", 1.0), row("own", 2.0), row("mine", 3.0))
    estimator = fake(Shape, width_factor=2.0, unknowns=unknowns)
    calibrated = fake(Calibrated, estimator=estimator, rows=rows, as_of=datetime.date(2026, 3, 4), names=("x",))
    dense, moe = row("d", 100.0), row("m", 200.0, experts=8.0)
    random = CrossValidated((dense, moe), np.array([110.0, 300.0]), np.array([0.5, 0.1]))
    grouped = CrossValidated((dense,), np.array([50.0]), np.array([0.1]))
    return fake(Fit, calibrated=calibrated, ended={"steps": 17.0, "slope": 3.4e-7}, deviations=spread, random=random, grouped=grouped)


def test_a_calibration_is_written_with_scores_and_unknowns(fit):
    whole = calibration_document(fit)
    random = {name: (part["rows"], round(part["median_percent"], 6), part["coverage_percent"]) for name, part in whole["left_out"].items()}
    assert random == {"all": (2, 30.0, 50.0), "dense": (1, 10.0, 100.0), "moe": (1, 50.0, 0.0)}
    grouped = whole["left_out_by_model_and_chip"]
    assert set(grouped) == {"all", "dense"}
    assert (grouped["all"]["median_percent"], grouped["all"]["coverage_percent"]) == (pytest.approx(50.0), 0.0)
    rest = {name: part for name, part in whole.items() if not name.startswith("left_out")}
    assert rest == {
        "schema_version": 1, "kind": "throughput calibration", "rows": 3, "published_sha256": "abc", "as_of": "2026-03-04",
        "own_runs": [{"id": "own"}, {"id": "mine"}], "ended": {"steps": 17.0, "slope": 3.4e-7}, "width_factor": 2.0,
        "unknowns": {"gain": {"value": 50.0, "low": 35.0, "high": 65.0}},
        "deviations": {"of": 4.0, "names": ["x"]}, "deviations_spread": {"of": 1.5, "names": ["x"]},
    }  # fmt: skip


def test_a_calibration_is_told_line_by_line(fit):
    how = "absolute error, in percent of what was seen; ranges promise to hold 80 %"
    random = [
        ["all", "2", "30.0", "46.0", "50.0", "50.0"], ["dense", "1", "10.0", "10.0", "10.0", "100.0"],
        ["moe", "1", "50.0", "50.0", "50.0", "0.0"],
    ]  # fmt: skip
    grouped = [["all", "1", "50.0", "50.0", "50.0", "0.0"], ["dense", "1", "50.0", "50.0", "50.0", "0.0"]]
    assert calibration_page(fit) == page(
        "calibrated on 3 runs in 17 steps; steepest slope left 3.4e-07",
        *heading("runs left out at random", how), *table(HEAD, random),
        *heading("models left out on a chip, all runs of them", how), *table(HEAD, grouped),
        *heading("what software reaches", "and two standard deviations either way"),
        *table(["unknown", "value", "low", "high"], [["gain", "50", "35", "65"]]),
    )  # fmt: skip
