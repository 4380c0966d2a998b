"""The score of predicted throughput for people and for programs: a table by slice, refusals with their reasons, and what a calibration
found."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from capexmodel.config.calibrated import published_sha256, unknowns_to_tables
from capexmodel.config.rows import shipped_rows
from capexmodel.config.training import prior
from capexmodel.report.text import heading, paragraph, safe, table
from capexmodel.studies.throughput import CrossValidated, Fit, Prediction, Slice, Validation, score
from capexmodel.training.calibration import FIELDS, from_scale

SCHEMA_VERSION = 1
MOST_SHOWN = 12
LEFT_OUT = {"left_out": "runs left out at random", "left_out_by_model_and_chip": "all runs of a model on a chip left out"}
SLICE_HEAD = ("slice", "runs", "median", "p90", "maximum", "range holds")


def validation_page(found: Validation) -> str:
    """Say how well runs were predicted, which were worst, and which were refused and why."""
    known = sum(each.known for each in found.predictions)
    lines = ["training throughput: tokens by second and chip, predicted against published"]
    lines += paragraph(
        f"{len(found.predictions)} runs predicted, {len(found.refused)} refused. {known} of them are in the calibration: each of these is "
        "predicted from all others (the common unknowns have seen it; `calibrate` validates without)."
    )
    if found.slices:
        lines += heading("errors by slice", "absolute, in percent of what was seen; ranges promise to hold 80 %")
        lines += table(
            ["slice", "runs", "median", "p90", "maximum", "range holds"], [_row(name, part) for name, part in found.slices.items()]
        )
        lines += heading("worst", "predicted over seen")
        worst = sorted((each for each in found.predictions if each.row.scored), key=lambda each: -abs(each.error))[:MOST_SHOWN]
        lines += table(["run", "seen", "predicted", "range", "error"], [_worst(each) for each in worst])
    if found.refused:
        lines += heading("refused", "no number is given for these")
        reasons = Counter(each.reason for each in found.refused)
        first = {reason: next(each.row_id for each in found.refused if each.reason == reason) for reason in reasons}
        for reason, count in reasons.most_common(MOST_SHOWN):
            lines += paragraph(safe(f"{count} x {reason} ({first[reason]})"))
        if len(reasons) > MOST_SHOWN:
            lines += paragraph(f"and {len(reasons) - MOST_SHOWN} more reasons; --json lists every row")
    lines += heading("goals", "missed" if found.missed else "met" if found.slices else "nothing to score")
    lines += [f"  {each}" for each in found.missed]
    return "\n".join(lines) + "\n"


def _row(name: str, part: Slice) -> list[str]:
    numbers = (part.median_percent, part.p90_percent, part.max_percent, part.coverage_percent)
    return [name, str(part.rows), *(f"{number:.1f}" for number in numbers)]


def _worst(each: Prediction) -> list[str]:
    seen = each.row.seen_per_s or float("nan")
    return [
        safe(each.row.row_id)[:60],
        f"{seen:.5g}",
        f"{each.expected:.5g}",
        f"{each.low:.4g} to {each.high:.4g}",
        f"{100 * each.error:+.1f} %",
    ]


def validation_document(found: Validation) -> dict[str, Any]:
    """The whole score: slices, predictions in tokens/s/chip, refusals and missed goals."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "throughput validation",
        "unit": "tokens/s/chip",
        "slices": {name: vars(part) for name, part in found.slices.items()},
        "predictions": [
            {
                "row_id": each.row.row_id, "predicted": each.expected, "low": each.low, "high": each.high, "equations_alone": each.plain,
                "seen": each.row.seen_per_s, "in_calibration": each.known, "assumed": list(each.row.assumed),
            }
            for each in found.predictions
        ],
        "refused": [{"row_id": each.row_id, "reason": each.reason} for each in found.refused],
        "goals_missed": list(found.missed),
    }  # fmt: skip


def _scores(found: CrossValidated, width: float) -> dict[str, Slice]:
    """A cross-validation as the slices of a table of runs."""
    half = np.exp(width * found.deviation)
    predictions = [
        Prediction(row, float(middle), float(middle / by), float(middle * by), float(middle), False)
        for row, middle, by in zip(found.rows, found.expected, half, strict=True)
    ]
    kinds = {"all": predictions}
    kinds["dense"] = [each for each in predictions if not each.row.shape["experts_count"]]
    kinds["moe"] = [each for each in predictions if each.row.shape["experts_count"]]
    return {name: score(some) for name, some in kinds.items() if some}


def calibration_document(fit: Fit) -> dict[str, Any]:
    """A calibration as `validate --calibration` reads it, with its proof and every common unknown in its own unit."""
    estimator, rows, as_of = fit.calibrated.estimator, fit.calibrated.rows, fit.calibrated.as_of
    width = float(estimator.width_factor)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "throughput calibration",
        "rows": len(rows),
        "published_sha256": published_sha256(),
        "as_of": None if as_of is None else as_of.isoformat(),
        "own_runs": [row.cells for row in rows[len(shipped_rows(as_of)) :]],
        "ended": fit.ended,
        "width_factor": width,
        "left_out": {name: vars(part) for name, part in _scores(fit.random, width).items()},
        "left_out_by_model_and_chip": {name: vars(part) for name, part in _scores(fit.grouped, width).items()},
        "unknowns": {name: dict(zip(("value", "low", "high"), numbers, strict=True)) for name, numbers in _unknowns(fit).items()},
        "deviations": unknowns_to_tables(estimator.unknowns, fit.calibrated.names),
        "deviations_spread": unknowns_to_tables(fit.deviations, fit.calibrated.names),
    }


def _unknowns(fit: Fit) -> dict[str, Sequence[float]]:
    """Each common unknown: value, and the ends of two standard deviations either way."""
    believed, unknowns = prior(), fit.calibrated.estimator.unknowns
    found: dict[str, Sequence[float]] = {}
    for place, name in enumerate(FIELDS):
        center, spread = getattr(believed.center, name), getattr(believed.spread, name)
        ends = (unknowns.common[place] + move * fit.deviations.common[place] for move in (0.0, -2.0, 2.0))
        found[name] = [float(from_scale(name, center + spread * end)) for end in ends]
    return found


def calibration_page(fit: Fit) -> str:
    """Say how a calibration ended, how well it predicts what it had not seen, and what it found."""
    body = calibration_document(fit)
    lines = [f"calibrated on {body['rows']} runs in {fit.ended['steps']:.0f} steps; steepest slope left {fit.ended['slope']:.1e}"]
    for key, what in (
        ("left_out", "runs left out at random"),
        ("left_out_by_model_and_chip", "models left out on a chip, all runs of them"),
    ):
        lines += heading(what, "absolute error, in percent of what was seen; ranges promise to hold 80 %")
        rows = [_row(name, Slice(**part)) for name, part in body[key].items()]
        lines += table(SLICE_HEAD, rows)
    lines += heading("what software reaches", "and two standard deviations either way")
    lines += table(
        ["unknown", "value", "low", "high"], [[name, *(f"{v:.4g}" for v in three.values())] for name, three in body["unknowns"].items()]
    )
    return "\n".join(lines) + "\n"
