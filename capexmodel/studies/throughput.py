"""How well throughput is predicted: calibration on published runs, cross-validation, and the score of any table of runs."""

import dataclasses
import datetime
import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.config.calibrated import Calibrated, shipped
from capexmodel.config.rows import Refused, Row
from capexmodel.config.runs import names_of, runs_of, seen_of
from capexmodel.config.training import WIDTHS, prior
from capexmodel.studies.fitting import unfit_rows
from capexmodel.training.calibration import Unknowns, calibrate, spreads_of
from capexmodel.training.throughput import Estimator, Forecast

FOLDS = 10
AT_ONCE = 512
"""Runs that are predicted at a time."""
COVERED = 0.8
"""Share of runs that a range promises to hold."""
GOALS = {"dense": {"median": 5.0, "p90": 15.0}, "moe": {"median": 10.0, "p90": 30.0}, "all": {"median": 6.0, "p90": 20.0}}
"""Most percent that predictions may miss by, by slice."""
COVERAGE = (75.0, 85.0)
"""Percent of runs between which the ranges may hold, where enough runs are scored."""
ENOUGH = 50
Tell = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Prediction:
    """One run predicted: tokens by second and chip, its range, what the equations alone say, and whether it was in the calibration."""

    row: Row
    expected: float
    low: float
    high: float
    plain: float
    known: bool

    @property
    def error(self) -> float:
        """Predicted over seen, less one; not a number where nothing was seen."""
        return float("nan") if self.row.seen_per_s is None else self.expected / self.row.seen_per_s - 1.0

    @property
    def held(self) -> bool:
        """Whether what was seen lies in the range."""
        return self.row.seen_per_s is not None and self.low <= self.row.seen_per_s <= self.high


@dataclasses.dataclass(frozen=True)
class Slice:
    """How well some runs were predicted, in percent of what was seen."""

    rows: int
    median_percent: float
    p90_percent: float
    max_percent: float
    coverage_percent: float


@dataclasses.dataclass(frozen=True)
class Validation:
    """The score of a table of runs."""

    predictions: tuple[Prediction, ...]
    refused: tuple[Refused, ...]
    slices: dict[str, Slice]
    missed: tuple[str, ...]


def validate(rows: Sequence[Row | Refused], calibrated: Calibrated) -> Validation:
    """Predict every run that can be timed and score those with something seen. A run of the calibration is predicted without itself."""
    timed = [row for row in rows if isinstance(row, Row)]
    unfit = unfit_rows(timed)
    predictions = predict([row for row, reason in zip(timed, unfit, strict=True) if reason is None], calibrated)
    refused = [Refused(row.row_id, reason) for row, reason in zip(timed, unfit, strict=True) if reason is not None]
    slices = {name: score(some) for name, some in _sliced([each for each in predictions if each.row.scored]).items()}
    refusals = [row for row in rows if isinstance(row, Refused)] + refused
    return Validation(tuple(predictions), tuple(refusals), slices, tuple(_missed(slices)))


def predict(rows: Sequence[Row], calibrated: Calibrated) -> list[Prediction]:
    """Predict runs, some at a time; those of the calibration from all others."""
    if not rows:
        return []
    estimator, places = calibrated.estimator, {_key(row): place for place, row in enumerate(calibrated.rows)}
    parts = [estimator.predict(runs_of(rows[at : at + AT_ONCE], calibrated.names)) for at in range(0, len(rows), AT_ONCE)]
    found = np.concatenate([np.stack([np.asarray(leaf) for leaf in jax.tree.leaves(part)], axis=1) for part in parts])
    known = [places.get(_key(row), -1) for row in rows]
    if max(known) >= 0:
        own = estimator.predict_known(calibrated.runs)
        left = np.stack([np.asarray(leaf) for leaf in jax.tree.leaves(own)], axis=1)
        found = np.where(np.asarray(known)[:, None] >= 0, left[known], found)
    numbers = zip(rows, found, known, strict=True)
    return [Prediction(row, float(f[0]), float(f[1]), float(f[2]), float(f[3]), place >= 0) for row, f, place in numbers]


def _key(row: Row) -> tuple[Any, ...]:
    """What makes two rows the same measurement."""
    return (row.model, row.sheet.name, row.precision, row.family.name, row.release_years, row.seen_per_s, *sorted(row.numbers.items()))


def _sliced(predictions: Sequence[Prediction]) -> dict[str, list[Prediction]]:
    """Predictions by kind of model, chip, precision and size; slices without a run are left out."""
    found: dict[str, list[Prediction]] = {}
    for each in predictions:
        row = each.row
        chips = row.numbers["chips_count"]
        size = "chips_to_64" if chips <= 64 else "chips_to_1024" if chips <= 1024 else "chips_above_1024"
        kind = "moe" if row.shape["experts_count"] else "dense"
        unit = "tpu" if row.sheet.name.startswith("TPU") else "gpu"
        for name in ("all", kind, unit, row.precision, f"{WIDTHS[row.precision]}bit", size):
            found.setdefault(name, []).append(each)
    order = ("all", "dense", "moe", "gpu", "tpu", "16bit", "8bit", "4bit", *WIDTHS, "chips_to_64", "chips_to_1024", "chips_above_1024")
    return {name: found[name] for name in order if name in found}


def score(predictions: Sequence[Prediction]) -> Slice:
    """How far predictions miss, and how often their range holds."""
    miss = 100.0 * np.abs([each.error for each in predictions])
    held = 100.0 * np.mean([each.held for each in predictions])
    return Slice(len(predictions), float(np.median(miss)), float(np.quantile(miss, 0.9)), float(miss.max()), float(held))


def _missed(slices: dict[str, Slice]) -> list[str]:
    """The goals that were missed, in words."""
    found = []
    for name, goals in GOALS.items():
        if name in slices:
            for what, most in goals.items():
                got = getattr(slices[name], f"{what}_percent")
                if got > most:
                    found.append(f"{name}: {what} of the error is {got:.1f} %, the goal is {most:g}")
    if "all" in slices and slices["all"].rows >= ENOUGH and not COVERAGE[0] <= slices["all"].coverage_percent <= COVERAGE[1]:
        got = slices["all"].coverage_percent
        found.append(f"all: ranges hold {got:.1f} % of the runs, the goal is {COVERAGE[0]:g} to {COVERAGE[1]:g}")
    return found


@dataclasses.dataclass(frozen=True)
class CrossValidated:
    """Runs predicted by a calibration that had not seen them: which was seen, which expected, and how surely."""

    rows: tuple[Row, ...]
    expected: np.ndarray
    deviation: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """Predicted over seen, less one."""
        return self.expected / np.asarray([row.seen_per_s for row in self.rows]) - 1.0

    @property
    def half(self) -> float:
        """Deviations from the median within which the promised share of what was seen lies."""
        off = np.abs(np.log1p(self.errors)) / self.deviation
        return float(np.quantile(off, COVERED))


def folds(rows: Sequence[Row], grouped: bool, count: int, seed: int = 0) -> np.ndarray:
    """Which fold each run is left out in: at random, or all runs of a model on a chip together."""
    groups = [f"{row.model} on {row.sheet.name}" if grouped else place for place, row in enumerate(rows)]
    names = sorted(set(groups), key=str)
    fold = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % count, strict=True))
    return np.asarray([fold[group] for group in groups])


def cross_validate(rows: Sequence[Row], start: Unknowns, fold: np.ndarray, tell: Tell) -> CrossValidated:
    """Calibrate anew without each fold, and predict it. The search begins where that on all runs ended; its end does not depend on it."""
    believed, names, seen = prior(), names_of(rows), seen_of(rows)
    runs = runs_of(rows, names)
    expected, deviation = np.zeros(len(rows)), np.zeros(len(rows))
    for number in range(int(fold.max()) + 1):
        tell(f"cross-validation, fold {number + 1} of {int(fold.max()) + 1}")
        kept_in, left_out = (jnp.asarray(np.flatnonzero(choice)) for choice in (fold != number, fold == number))
        unknowns, _ = calibrate(believed, runs.take(kept_in), seen[kept_in], start)
        estimator = Estimator.of(believed, unknowns, runs.take(kept_in), seen[kept_in], jnp.asarray(1.0))
        found: Forecast = estimator.predict(runs.take(left_out))
        expected[left_out] = np.asarray(found.expected_count_per_s)
        deviation[left_out] = np.log(np.asarray(found.high_count_per_s) / np.asarray(found.expected_count_per_s))
    return CrossValidated(tuple(rows), expected, deviation)


@dataclasses.dataclass(frozen=True)
class Fit:
    """A calibration with its proof: how the search ended, and both cross-validations."""

    calibrated: Calibrated
    ended: dict[str, float]
    deviations: Unknowns
    random: CrossValidated
    grouped: CrossValidated


def fit(rows: Sequence[Row], count: int, tell: Tell, as_of: datetime.date | None = None) -> Fit:
    """Calibrate on runs, validate by leaving out runs and groups of runs, and set the width of ranges by what was left out.

    `as_of` says by which date the published ones among them were known.
    """
    believed, names, seen = prior(), names_of(rows), seen_of(rows)
    runs = runs_of(rows, names)
    tell(f"calibrating on {len(rows)} runs")
    unknowns, ended = calibrate(believed, runs, seen, Unknowns.none(names.sizes, believed))
    one, many = (cross_validate(rows, unknowns, folds(rows, grouped, count), tell) for grouped in (False, True))
    width = float(np.quantile(np.concatenate([np.abs(np.log1p(each.errors)) / each.deviation for each in (one, many)]), COVERED))
    estimator = Estimator.of(believed, unknowns, runs, seen, jnp.asarray(width))
    tell("how surely each unknown is known")
    deviations = spreads_of(believed, unknowns, runs, seen)
    numbers = {name: float(np.asarray(value)) for name, value in ended.items()}
    return Fit(Calibrated(tuple(rows), names, runs, estimator, as_of), numbers, deviations, one, many)


@functools.cache
def shipped_calibration() -> Calibrated:
    """The calibration that comes with the package."""
    return shipped()
