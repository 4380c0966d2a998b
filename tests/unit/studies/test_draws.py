"""Scenarios drawn from ranges: ends are the 5th and 95th percentile, any row by its index, bounds kept, series as one, prices together."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.errors import ModelError
from capexmodel.model.leaves import leaf, write
from capexmodel.param import params
from capexmodel.studies.draws import TOGETHER, draws
from capexmodel.studies.sweep import sweep
from capexmodel.studies.task import Task
from capexmodel.studies.uncertainty import tail_mean, weights
from tests import sweeping
from tests.draws import shipped

NAME = "meta_2026"
COUNT = 20_000


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """Many of them, without events."""
    return np.asarray(draws(shipped(NAME), COUNT, late=False).rows(jnp.arange(COUNT)))


def test_ranges_are_ninety_percent(rows: np.ndarray) -> None:
    """Of every figure: low, value and high at 5, 50 and 95 %."""
    for place, where in enumerate(draws(shipped(NAME), COUNT).leaves):
        figure = shipped(NAME).evidence.figures[where.path]
        assert figure.low is not None
        assert figure.high is not None
        expected = [figure.low, float(where.read(shipped(NAME))), figure.high]
        found = np.quantile(rows[:, place], [0.05, 0.5, 0.95])
        np.testing.assert_allclose(found, expected, atol=0.05 * (figure.high - figure.low), err_msg=where.path)


def test_bounds_are_kept_and_any_row_stands_alone(rows: np.ndarray) -> None:
    drawn = draws(shipped(NAME), COUNT, late=False)
    for place, where in enumerate(drawn.leaves):
        declared = params(getattr(shipped(NAME), where.table))[where.field]
        assert declared.complaint(float(rows[:, place].min())) is None, where.path
        assert declared.complaint(float(rows[:, place].max())) is None, where.path
    np.testing.assert_array_equal(np.asarray(drawn.rows(jnp.asarray([17_171, 3]))), rows[[17_171, 3]])
    other = np.asarray(draws(shipped(NAME), COUNT, seed=1).rows(jnp.arange(2)))
    assert (other != rows[:2]).mean() > 0.9


def test_stages_of_a_series_move_as_one_and_prices_of_chips_together(rows: np.ndarray) -> None:
    paths = [where.path for where in draws(shipped(NAME), COUNT).leaves]
    stages = [place for place, path in enumerate(paths) if path.startswith("site.other.hall_power_w.")]
    ranks = np.argsort(np.argsort(rows[:, stages], axis=0), axis=0)
    assert len(stages) > 5
    assert np.corrcoef(ranks.T).min() > 0.999
    assert (np.diff(rows[:, stages], axis=1) >= 0).all()
    scores = np.asarray(draws(shipped(NAME), COUNT).scores(jnp.arange(COUNT)))
    pair = [paths.index(f"accelerator.{name}.price_usd") for name in ("GB300", "VR200")]
    assert np.corrcoef(scores[:, pair].T)[0, 1] == pytest.approx(TOGETHER, abs=0.03)
    alone = [paths.index("core.share"), paths.index("research.experiment_ratio")]
    assert abs(np.corrcoef(scores[:, alone].T)[0, 1]) < 0.03


def test_even_points_beat_random_ones() -> None:
    """The mean over 4,096 scenarios of a smooth function is much nearer than its standard error would have it."""
    drawn = draws(shipped(NAME), 4096, paths=("core.share", "research.experiment_ratio"))
    scores = np.asarray(drawn.scores(jnp.arange(4096)))
    assert abs(scores.mean()) < 0.2 / np.sqrt(4096)


def test_only_what_has_a_range_is_drawn() -> None:
    with pytest.raises(ModelError, match="no range to draw from"):
        draws(shipped(NAME), 10, paths=("staff.nothing",))
    with pytest.raises(ModelError, match="no figure of one_period has a range"):
        draws(load("one_period"), 10)


def test_several_numbers_are_written_at_once() -> None:
    """As one after the other."""
    where = draws(shipped(NAME), 10).leaves[::9]
    numbers = jnp.asarray([1.1 * float(one.read(shipped(NAME))) for one in where])
    together, single = write(shipped(NAME), where, numbers), shipped(NAME)
    for one, number in zip(where, np.asarray(numbers), strict=True):
        single = leaf(single, one.path).write(single, float(number))
    for one in where:
        assert float(one.read(together)) == float(one.read(single)), one.path


@pytest.mark.long
@pytest.mark.parametrize("wide", ["work", "price"])
def test_what_varies_most_weighs_most(wide: str) -> None:
    """Two figures of which one has a range five times as wide, in the smallest scenario; and the mean of the worst tenth is above P90."""
    factor = {"work": 1.0, "price": 1.0} | {wide: 5.0}
    work, price = 0.01 * factor["work"], 0.01 * factor["price"]
    told = "status = 'scenario', source = 'capexmodel-assumptions'"
    changes = [
        f"{path}={{ value = {value}, low = {value * (1 - by)}, high = {value * (1 + by)}, {told} }}"
        for path, value, by in (("job.model.work_flop", 1.4e26, work), ("accelerator.chip.price_kusd", 44.0, price))
    ]
    scenario = load("one_period", changes)
    found = sweep(Task(scenario, draws(scenario, 4096), sweeping.plan(scenario), part_rows=2048))
    weighed = weights(found, "mean_date_s")
    assert weighed[0].path == {"work": "job.model.work_eflop", "price": "accelerator.chip.price_usd"}[wide]
    assert weighed[0].rises
    assert weighed[0].share > 0.8
    assert sum(one.share for one in weighed) == pytest.approx(1.0, abs=0.05)
    assert tail_mean(found, 0, 0.1) > float(found.summary.quantile(found.at, 0.9)[0])
    assert tail_mean(found, 0, 1.0) == pytest.approx(float(found.summary.mean(found.at)[0]), rel=1e-6)
