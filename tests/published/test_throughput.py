"""Throughput of published runs: what the shipped calibration says of runs it is not shown, and what it refuses."""

import dataclasses
import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.calibrated import read_calibration, unknowns_from_tables, unknowns_to_tables
from capexmodel.config.locate import configs_dir
from capexmodel.config.rows import Refused, shipped_rows
from capexmodel.config.runs import names_of
from capexmodel.config.training import prior
from capexmodel.errors import ConfigError
from capexmodel.studies.throughput import COVERAGE, GOALS, folds, predict, shipped_calibration, validate
from capexmodel.training.calibration import log_throughput, surprise
from capexmodel.training.throughput import Estimator

STORED = json.loads((configs_dir() / "training" / "calibration.json").read_text(encoding="utf-8"))
SPOILT = ({"published_sha256": "0"}, {"own_runs": [{"chip": "H1000"}]}, {"own_runs": 3})
UNSEEN_GROUPS = 9.0
"""Most percent, in the median, that a model never seen on a chip may be missed by."""


@pytest.fixture(scope="module")
def shipped():
    """The shipped calibration."""
    return shipped_calibration()


@pytest.mark.parametrize(("name", "what"), [(name, what) for name, goals in GOALS.items() for what in goals])
def test_runs_left_out_are_met(name: str, what: str) -> None:
    """The cross-validation that came with the calibration, in which each run was predicted by a calibration that had not seen it."""
    assert STORED["left_out"][name][f"{what}_percent"] <= GOALS[name][what]


def test_models_never_seen_on_a_chip_are_met() -> None:
    """The same with all runs of a model on a chip left out."""
    assert STORED["left_out_by_model_and_chip"]["all"]["median_percent"] <= UNSEEN_GROUPS


@pytest.mark.parametrize("way", ["left_out", "left_out_by_model_and_chip"])
def test_ranges_hold_what_they_promise(way: str) -> None:
    assert COVERAGE[0] <= STORED[way]["all"]["coverage_percent"] <= COVERAGE[1]


def test_each_run_is_predicted_from_all_others(shipped) -> None:
    """Goals are met run by run, each without itself; a calibration spoilt in one number misses them."""
    found = validate(shipped.rows, shipped)
    assert found.missed == ()
    assert found.refused == ()
    assert all(each.known for each in found.predictions)
    assert found.slices["all"].rows == len(shipped.rows)
    spoilt = dataclasses.replace(shipped, estimator=eqx.tree_at(lambda e: e.missed, shipped.estimator, shipped.estimator.missed + 0.3))
    assert validate(spoilt.rows, spoilt).missed


def test_the_shipped_unknowns_are_the_most_probable(shipped) -> None:
    """No step away from them, in any of some directions, is more probable: the search had ended."""
    estimator = shipped.estimator
    given = (prior(), shipped.runs, estimator.missed + log_throughput(prior(), estimator.unknowns, shipped.runs))
    least = float(surprise(estimator.unknowns, given))
    draw = np.random.default_rng(0)
    for _ in range(5):
        away = jax.tree.map(lambda leaf: leaf + 0.02 * jnp.asarray(draw.normal(size=leaf.shape)), estimator.unknowns)
        assert float(surprise(away, given)) > least


@pytest.mark.long
def test_a_run_it_knows_is_predicted_without_itself(shipped) -> None:
    """Once as a known run, and once by an estimator that was never given it: the same."""
    out = 40
    rest = [place for place in range(len(shipped.rows)) if place != out]
    seen = shipped.estimator.missed + log_throughput(prior(), shipped.estimator.unknowns, shipped.runs)
    chosen = jnp.asarray(rest)
    others = Estimator.of(
        prior(), shipped.estimator.unknowns, shipped.runs.take(chosen), seen[chosen], shipped.estimator.width_factor
    ).predict(shipped.runs.take(jnp.asarray([out])))
    known = predict([shipped.rows[out]], shipped)[0]
    assert known.known
    assert known.expected == pytest.approx(float(others.expected_count_per_s[0]), rel=1e-9)
    assert known.high == pytest.approx(float(others.high_count_per_s[0]), rel=1e-9)


def test_a_model_too_large_for_its_chips_is_refused(shipped) -> None:
    """405 billion parameters on a node of H100 get a reason, not a number."""
    row = next(row for row in shipped.rows if row.model == "Llama-3.1-405B" and row.sheet.name == "H100-SXM")
    small = row.numbers | {"chips_count": 8.0, "tensor_count": 8.0, "pipeline_count": 1.0, "context_count": 1.0, "data_count": 1.0}
    found = validate([dataclasses.replace(row, numbers=small)], shipped)
    assert found.predictions == ()
    assert found.refused[0].reason.startswith("memory: parameters, gradients and optimizer take 8")


def test_activations_that_no_chip_holds_and_more_than_the_peak_are_refused(shipped) -> None:
    """A million tokens eight at a time fit nowhere, also computed again; nothing works on more tokens than its peak allows."""
    row = next(row for row in shipped.rows if row.model == "Llama-3-8B")
    long = dataclasses.replace(row, numbers=row.numbers | {"sequence_count": 2.0**20, "micro_batch_count": 8.0})
    fast = dataclasses.replace(row, seen_per_s=1e6)
    found = validate([long, fast, row], shipped)
    assert [each.row for each in found.predictions] == [row]
    assert "GB a chip with every layer computed again" in found.refused[0].reason
    assert found.refused[1].reason.startswith("tokens_per_s: 1e+06 is more than the")


def test_throughput_has_a_slope_in_every_link_of_the_chip(shipped) -> None:
    """More bandwidth is worth something to some published run, and to none less than nothing, by the equations."""
    runs, unknowns = shipped.runs, shipped.estimator.unknowns

    def total(chips):
        return jnp.sum(log_throughput(prior(), unknowns, eqx.tree_at(lambda r: r.chips, runs, chips)))

    slopes = jax.grad(total)(runs.chips)
    for name in ("peak_eflops", "memory_gb_per_s", "scaleup_gb_per_s", "scaleout_gb_per_s"):
        slope = np.asarray(getattr(slopes, name))
        assert np.all(np.isfinite(slope))
        assert slope.min() >= 0.0
        assert slope.max() > 0.0


def test_folds_keep_groups_together() -> None:
    """Every run is left out once; in groups, all runs of a model on a chip at the same time."""
    rows = shipped_rows()
    grouped = folds(rows, True, 10)
    of = {}
    for row, fold in zip(rows, grouped, strict=True):
        assert of.setdefault((row.model, row.sheet.name), fold) == fold
    assert set(folds(rows, False, 10)) == set(grouped) == set(range(10))


def test_a_calibration_is_read_as_it_was_written(shipped, tmp_path) -> None:
    """Tables of unknowns there and back; a file that is none, or of other runs, is refused in one line."""
    tables = unknowns_to_tables(shipped.estimator.unknowns, shipped.names)
    back = unknowns_from_tables(tables, names_of(shipped.rows))
    assert jax.tree.all(jax.tree.map(lambda one, other: bool(jnp.all(one == other)), back, shipped.estimator.unknowns))
    path = tmp_path / "c.json"
    for content in ("{", "{}", *(json.dumps(STORED | spoilt) for spoilt in SPOILT)):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError, match=r"c\.json"):
            read_calibration(path, "c.json")
    path.write_text(json.dumps(STORED | {"deviations": {"common": {}}}), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"deviations\.miss: is no table, got null"):
        read_calibration(path, "c.json")


@pytest.mark.long
def test_a_calibration_brings_its_own_runs_along(shipped, tmp_path) -> None:
    """Runs of the user's own stand in the file, and are known again wherever it is read."""
    own = shipped.rows[7].cells | {"software": "Own-Stack 1.0", "tokens_per_s": "101.5"}
    path = tmp_path / "c.json"
    path.write_text(json.dumps(STORED | {"own_runs": [own]}), encoding="utf-8")
    found = read_calibration(path, "c.json")
    assert len(found.rows) == len(shipped.rows) + 1
    assert (found.rows[-1].family.name, found.rows[-1].seen_per_s) == ("own-stack", 101.5)
    assert predict([found.rows[-1]], found)[0].known


def test_refused_rows_are_listed_not_scored(shipped) -> None:
    found = validate([Refused("x", "shape: hidden_count is missing")], shipped)
    assert (found.predictions, found.slices, found.missed) == ((), {}, ())
    assert found.refused[0].row_id == "x"
