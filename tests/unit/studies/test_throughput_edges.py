"""How well throughput is predicted, from runs and forecasts made up by hand."""

import datetime
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.calibrated import Calibrated
from capexmodel.config.rows import Refused, Row
from capexmodel.config.training import ChipSheet, Family
from capexmodel.studies import throughput
from capexmodel.studies.throughput import CrossValidated, Prediction, Slice, folds, predict, score, validate
from capexmodel.training.calibration import Unknowns
from capexmodel.training.throughput import Forecast
from tests.bare import bare


def row(model: str = "a", chip: str = "H100", seen: float | None = 250.0, chips: float = 16.0, **changed) -> Row:
    """A run of a dense model in bf16."""
    told = {
        "row_id": f"{model} on {chip}", "numbers": {"chips_count": chips, "data_count": 4.0}, "shape": {"experts_count": 0.0},
        "sheet": ChipSheet(chip, {16: 1.0}, {}), "precision": "bf16", "model": model, "family": Family("own", ("own",), False),
        "release_years": 0.5, "seen_per_s": seen, "scored": True, "assumed": (), "cells": {},
    }  # fmt: skip
    return Row(**(told | changed))


def predicted(expected: float, seen: float | None = 200.0, low: float = 190.0, high: float = 230.0, **changed) -> Prediction:
    """A run of which so much was expected."""
    return Prediction(row(seen=seen, **changed), expected, low, high, 180.0, False)


def test_an_error_is_what_was_expected_over_what_was_seen_less_one() -> None:
    assert predicted(250.0).error == pytest.approx(0.25)
    assert predicted(150.0).error == pytest.approx(-0.25)
    assert np.isnan(predicted(250.0, seen=None).error)


def test_a_range_holds_its_own_ends() -> None:
    held = {seen: predicted(200.0, seen=seen).held for seen in (189.9, 190.0, 210.0, 230.0, 230.1, None)}
    assert held == {189.9: False, 190.0: True, 210.0: True, 230.0: True, 230.1: False, None: False}


def test_a_score_is_of_absolute_errors_in_percent() -> None:
    """Errors of 4, -10, 30 %: the ninth tenth lies four fifths of the way from 10 to 30; two of three ranges hold."""
    found = score([predicted(208.0), predicted(180.0), predicted(260.0, low=210.0)])
    assert (found.rows, found.median_percent, found.max_percent) == (3, pytest.approx(10.0), pytest.approx(30.0))
    assert found.p90_percent == pytest.approx(26.0)
    assert found.coverage_percent == pytest.approx(200.0 / 3.0)


def test_slices_follow_kind_chip_precision_width_and_size() -> None:
    ones = [
        predicted(1.0, chips=64.0),
        predicted(2.0, chips=65.0, chip="TPU v4", precision="fp8"),
        predicted(3.0, chips=1024.0, precision="nvfp4", shape={"experts_count": 16.0}),
        predicted(4.0, chips=1025.0, chip="MI300", precision="fp16"),
    ]
    found = {name: [one.expected for one in some] for name, some in throughput._sliced(ones).items()}
    assert found == {
        "all": [1.0, 2.0, 3.0, 4.0], "dense": [1.0, 2.0, 4.0], "moe": [3.0], "gpu": [1.0, 3.0, 4.0], "tpu": [2.0],
        "16bit": [1.0, 4.0], "8bit": [2.0], "4bit": [3.0], "bf16": [1.0], "fp16": [4.0], "fp8": [2.0], "nvfp4": [3.0],
        "chips_to_64": [1.0], "chips_to_1024": [2.0, 3.0], "chips_above_1024": [4.0],
    }  # fmt: skip
    assert list(found)[:5] == ["all", "dense", "moe", "gpu", "tpu"]


def slice_of(rows: int = 60, median: float = 4.0, p90: float = 12.0, coverage: float = 80.0) -> Slice:
    """A slice that meets all goals."""
    return Slice(rows, median, p90, 99.0, coverage)


@pytest.mark.parametrize(
    ("slices", "told"),
    [
        ({"all": {}, "dense": {"median": 5.0, "p90": 15.0}, "moe": {"median": 10.0, "p90": 30.0}}, []),
        ({"all": {"p90": 20.5}}, ["all: p90 of the error is 20.5 %, the goal is 20"]),
        ({"all": {"median": 6.04}}, ["all: median of the error is 6.0 %, the goal is 6"]),
        ({"moe": {"median": 10.5, "p90": 31.26}}, ["moe: median of the error is 10.5 %, the goal is 10",
                                                  "moe: p90 of the error is 31.3 %, the goal is 30"]),
        ({"dense": {"p90": 15.5}}, ["dense: p90 of the error is 15.5 %, the goal is 15"]),
        ({"all": {"coverage": 74.94}}, ["all: ranges hold 74.9 % of the runs, the goal is 75 to 85"]),
        ({"all": {"coverage": 85.06, "rows": 50}}, ["all: ranges hold 85.1 % of the runs, the goal is 75 to 85"]),
        ({"all": {"coverage": 10.0, "rows": 49}}, []),
        ({"all": {"coverage": 75.0}, "dense": {"coverage": 10.0}}, []),
        ({"all": {"coverage": 85.0}}, []),
        ({"dense": {"coverage": 10.0}}, []),
    ],
)  # fmt: skip
def test_goals_that_are_missed_are_told(slices: dict, told: list[str]) -> None:
    assert throughput._missed({name: slice_of(**changed) for name, changed in slices.items()}) == told


def forecast(*runs: tuple[float, float, float, float]) -> Forecast:
    """Expected, low, high and plain of some runs."""
    return Forecast(*(jnp.asarray(column) for column in zip(*runs, strict=True)))


class Known:
    """An estimator that says of each run what its row's number of chips says, and of its own runs something else."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def predict(self, rows: list[Row]) -> Forecast:
        self.asked.append(len(rows))
        return forecast(*((n, n - 1.0, n + 2.0, n + 5.0) for n in (each.numbers["chips_count"] for each in rows)))

    def predict_known(self, _: object) -> Forecast:
        return forecast((100.0, 90.0, 120.0, 95.0), (200.0, 170.0, 250.0, 210.0))


def calibrated(monkeypatch: pytest.MonkeyPatch, *rows: Row) -> Calibrated:
    """A calibration on some rows, in which runs are the rows themselves."""
    monkeypatch.setattr(throughput, "runs_of", lambda rows, names: rows)
    monkeypatch.setattr(throughput, "AT_ONCE", 2)
    return bare(Calibrated, rows=rows, names=None, runs=rows, estimator=Known())


def test_runs_are_predicted_some_at_a_time_and_those_it_knows_without_themselves(monkeypatch) -> None:
    known = calibrated(monkeypatch, row("x"), row("y"))
    asked = [row("a", chips=11.0), row("y"), row("b", chips=13.0), row("x"), row("c", chips=17.0)]
    found = [(one.expected, one.low, one.high, one.plain, one.known) for one in predict(asked, known)]
    assert found == [
        (11.0, 10.0, 13.0, 16.0, False), (200.0, 170.0, 250.0, 210.0, True), (13.0, 12.0, 15.0, 18.0, False),
        (100.0, 90.0, 120.0, 95.0, True), (17.0, 16.0, 19.0, 22.0, False),
    ]  # fmt: skip
    assert known.estimator.asked == [2, 2, 1]
    assert [one.row for one in predict(asked, known)] == asked


def test_the_first_run_of_a_calibration_is_known_too(monkeypatch) -> None:
    """Alone among those asked for, and its own runs are not looked at where none is."""
    known = calibrated(monkeypatch, row("x"), row("y"))
    assert predict([row("x")], known)[0].expected == 100.0
    monkeypatch.setattr(Known, "predict_known", None)
    assert predict([row("z", chips=7.0)], known)[0].expected == 7.0
    assert predict([], known) == []


def test_a_run_is_the_same_only_if_all_that_was_measured_is() -> None:
    own = Family("other", (), True)
    others = [
        row("b"), row(chip="B200"), row(precision="fp8"), row(family=own), row(release_years=0.75), row(seen=251.0), row(chips=17.0),
        row(numbers={"data_count": 4.0, "chips": 16.0}),
    ]  # fmt: skip
    same = row(row_id="elsewhere", shape={}, scored=False, numbers={"data_count": 4.0, "chips_count": 16.0})
    assert throughput._key(same) == throughput._key(row())
    assert len({throughput._key(each) for each in [row(), *others]}) == len(others) + 1


def test_what_cannot_be_is_refused_and_what_is_not_scored_counts_in_no_slice(monkeypatch) -> None:
    rows = [row("fit"), Refused("gone", "no chip"), row("too large"), row("unscored", scored=False)]
    monkeypatch.setattr(throughput, "unfit_rows", lambda some: ["too much" if each.model == "too large" else None for each in some])
    found = validate(rows, calibrated(monkeypatch, row("x"), row("y")))
    assert [each.row.model for each in found.predictions] == ["fit", "unscored"]
    assert found.refused == (Refused("gone", "no chip"), Refused("too large on H100", "too much"))
    assert (found.slices["all"].rows, found.slices["all"].median_percent) == (1, pytest.approx(93.6))
    assert found.missed[0] == "dense: median of the error is 93.6 %, the goal is 5"


def test_folds_are_even_and_groups_stay_together() -> None:
    """Seven runs in three folds: shuffled by the seed, none of its folds larger than three."""
    rows = [row(model, chip) for model, chip in ("ax", "bx", "ax", "cx", "bx", "ay", "cx")]
    alone = folds(rows, False, 3)
    assert sorted(np.bincount(alone)) == [2, 2, 3]
    order = np.random.default_rng(4).permutation(7)
    places = sorted(range(7), key=str)
    assert folds(rows, False, 3, seed=4).tolist() == [int(order[places.index(place)]) % 3 for place in range(7)]
    assert alone.tolist() == folds(rows, False, 3, seed=0).tolist()
    shuffled = dict(zip(["a on x", "a on y", "b on x", "c on x"], np.random.default_rng(0).permutation(4) % 3, strict=True))
    assert folds(rows, True, 3).tolist() == [shuffled[f"{each.model} on {each.sheet.name}"] for each in rows]


def test_half_a_range_is_where_four_fifths_of_deviations_lie() -> None:
    """Expected over seen of e^0.1, e^-0.4, e^0.9 at deviations 0.2, 0.5, 0.6: off by 0.5, 0.8, 1.5 of them."""
    found = CrossValidated(tuple(row(seen=seen) for seen in (100.0, 200.0, 300.0)), np.exp([0.1, -0.4, 0.9]) * [100.0, 200.0, 300.0],
                           np.array([0.2, 0.5, 0.6]))  # fmt: skip
    assert found.errors == pytest.approx(np.exp([0.1, -0.4, 0.9]) - 1.0)
    assert found.half == pytest.approx(0.8 + 0.6 * 0.7)


class Some:
    """Runs by their places, of which some can be taken."""

    def __init__(self, places: np.ndarray) -> None:
        self.places = np.asarray(places)

    def take(self, chosen: jnp.ndarray) -> "Some":
        return Some(self.places[np.asarray(chosen)])


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list:
    """What calibrations and estimators are asked; of a run at place p an estimator expects 10 + p, and e^((p + 1) / 10) of it as high."""
    asked: list = []

    def calibrate(believed, runs, seen, start):
        asked.append(("calibrate", believed, runs.places.tolist(), seen.tolist(), start))
        return f"fitted without {asked[-1][2][0]}", {"steps": jnp.asarray(7.0)}

    def of(believed, unknowns, runs, seen, width):
        asked.append(("estimator", believed, unknowns, runs.places.tolist(), seen.tolist(), float(width)))

        def predict(out: Some) -> Forecast:
            asked.append(("predict", out.places.tolist()))
            return forecast(*((10.0 + p, 1.0, (10.0 + p) * np.exp(0.1 + 0.1 * p), 1.0) for p in out.places))

        return SimpleNamespace(predict=predict)

    monkeypatch.setattr(throughput, "prior", lambda: "believed")
    monkeypatch.setattr(throughput, "names_of", lambda rows: SimpleNamespace(sizes="sizes"))
    monkeypatch.setattr(throughput, "runs_of", lambda rows, names: Some(np.arange(len(rows))))
    monkeypatch.setattr(throughput, "seen_of", lambda rows: jnp.asarray([each.seen_per_s for each in rows]))
    monkeypatch.setattr(throughput, "calibrate", calibrate)
    monkeypatch.setattr(throughput, "Estimator", SimpleNamespace(of=of))
    return asked


def test_each_fold_is_predicted_by_a_calibration_that_has_not_seen_it(calls: list) -> None:
    rows, told, start = [row(str(n), seen=20.0 + n) for n in range(4)], [], bare(Unknowns)
    found = throughput.cross_validate(rows, start, np.array([1, 0, 1, 2]), told.append)
    assert told == [f"cross-validation, fold {n} of 3" for n in (1, 2, 3)]
    kept = [([0, 2, 3], [20.0, 22.0, 23.0]), ([1, 3], [21.0, 23.0]), ([0, 1, 2], [20.0, 21.0, 22.0])]
    for number, ((places, seen), out) in enumerate(zip(kept, ([1], [0, 2], [3]), strict=True)):
        assert calls[3 * number] == ("calibrate", "believed", places, seen, start)
        assert calls[3 * number + 1] == ("estimator", "believed", f"fitted without {places[0]}", places, seen, 1.0)
        assert calls[3 * number + 2] == ("predict", out)
    assert found.rows == tuple(rows)
    assert found.expected == pytest.approx([10.0, 11.0, 12.0, 13.0])
    assert found.deviation == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_a_fit_is_as_wide_as_four_fifths_of_what_was_left_out_by_run_and_by_group(calls: list, monkeypatch) -> None:
    """Deviations 1, 2, 3 where runs are left out and 5, 7, 9 where groups are: four fifths of all six lie below 7."""
    rows, told, asked = [row(str(n), seen=20.0 + n) for n in range(3)], [], []

    def crossed(rows, start, fold, tell):
        asked.append((start, fold.tolist()))
        off = np.array([0.1, -0.2, 0.3]) if len(asked) == 1 else np.array([0.5, 0.7, -0.9])
        return CrossValidated(tuple(rows), np.exp(off) * [each.seen_per_s for each in rows], np.full(3, 0.1))

    monkeypatch.setattr(throughput, "cross_validate", crossed)
    monkeypatch.setattr(throughput, "Unknowns", SimpleNamespace(none=lambda sizes, believed: ("none", sizes, believed)))
    monkeypatch.setattr(throughput, "spreads_of", lambda *given: bare(Unknowns, common=given))
    names = ("rows", "names", "runs", "estimator", "as_of")
    monkeypatch.setattr(throughput, "Calibrated", lambda *given: bare(Calibrated, **dict(zip(names, given, strict=True))))
    day = datetime.date(2026, 2, 3)
    found = throughput.fit(rows, 2, told.append, day)
    assert told == ["calibrating on 3 runs", "how surely each unknown is known"]
    assert calls[0] == ("calibrate", "believed", [0, 1, 2], [20.0, 21.0, 22.0], ("none", "sizes", "believed"))
    assert calls[1] == ("estimator", "believed", "fitted without 0", [0, 1, 2], [20.0, 21.0, 22.0], pytest.approx(7.0))
    assert asked == [("fitted without 0", folds(rows, grouped, 2).tolist()) for grouped in (False, True)]
    assert found.ended == {"steps": 7.0}
    believed, unknowns, runs, seen = found.deviations.common
    assert (believed, unknowns, runs.places.tolist(), seen.tolist()) == ("believed", "fitted without 0", [0, 1, 2], [20.0, 21.0, 22.0])
    assert (found.random.half, found.grouped.half) == (pytest.approx(2.6), pytest.approx(8.2))
    assert (found.calibrated.rows, found.calibrated.as_of) == (tuple(rows), day)
    assert found.calibrated.runs.places.tolist() == [0, 1, 2]
