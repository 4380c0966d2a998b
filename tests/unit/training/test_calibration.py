"""Calibration against a world of its own making: what was planted is found, as surely as it says."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.rows import shipped_rows
from capexmodel.config.runs import names_of, runs_of
from capexmodel.config.training import prior
from capexmodel.training.calibration import (
    FIELDS,
    Unknowns,
    calibrate,
    efficiency_of,
    from_scale,
    log_throughput,
    miss_of,
    spreads_of,
    surprise,
    to_scale,
)

PLANTED = {"product_share": -1.0, "memory_share": -1.5, "passes_factor": 1.0}
NOISE = 0.02


@pytest.fixture(scope="module")
def world():
    """Sixty runs that follow the equations, with three unknowns away from what is believed, and little noise."""
    rows = shipped_rows()[::9]
    believed, names = prior(), names_of(rows)
    runs = runs_of(rows, names)
    nothing = Unknowns.none(names.sizes, believed)
    truth = eqx.tree_at(lambda u: u.common, nothing, jnp.asarray([PLANTED.get(name, 0.0) for name in FIELDS]))
    seen = log_throughput(believed, truth, runs) + NOISE * jnp.asarray(np.random.default_rng(0).normal(size=len(rows)))
    return believed, runs, seen, nothing


@pytest.mark.long
def test_what_was_planted_is_found(world) -> None:
    """The equations' throughput is that of the planted world, and unknowns are within three of their own deviations.

    The last of the slope is not waited for: runs that follow the equations leave the search nothing but noise to explain.
    """
    believed, runs, seen, nothing = world
    found, ended = calibrate(believed, runs, seen, nothing, most_steps=300)
    assert float(ended["value"]) < float(surprise(nothing, (believed, runs, seen))) - 100.0
    before, after = (np.abs(np.asarray(seen - log_throughput(believed, each, runs))) for each in (nothing, found))
    assert np.median(after) < 0.25 * np.median(before)
    sure = spreads_of(believed, found, runs, seen)
    wanted = np.asarray([PLANTED.get(name, 0.0) for name in FIELDS])
    off = np.abs(np.asarray(found.common) - wanted) / np.asarray(sure.common)
    assert off.max() < 3.0
    assert np.asarray(sure.common).min() < 0.5
    assert np.asarray(sure.common).max() <= 1.0


@pytest.mark.long
def test_surprise_falls_by_its_slope(world) -> None:
    """The slope of what is minimized is that of differences, for every kind of unknown."""
    believed, runs, seen, nothing = world
    given = (believed, runs, seen)
    slope = jax.grad(surprise)(nothing, given)
    draw = np.random.default_rng(1)
    for _ in range(4):
        way = jax.tree.map(lambda leaf: jnp.asarray(draw.normal(size=leaf.shape)), nothing)
        ends = [float(surprise(jax.tree.map(lambda w, size=size: size * w, way), given)) for size in (1e-5, -1e-5)]
        along = sum(float(jnp.sum(a * b)) for a, b in zip(jax.tree.leaves(slope), jax.tree.leaves(way), strict=True))
        assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(along, rel=1e-5)


@pytest.mark.parametrize("name", FIELDS)
def test_scales_there_and_back(name: str) -> None:
    """Every unknown's scale is undone exactly, and keeps shares between none and all."""
    value = jnp.asarray(0.37)
    assert float(from_scale(name, to_scale(name, value))) == pytest.approx(0.37)
    far = float(from_scale(name, jnp.asarray(8.0)))
    assert far < 1.0 if name.endswith("_share") else far > 1.0


def test_a_kind_that_is_not_known_moves_nothing(world) -> None:
    """A chip, precision or family without runs keeps the common value."""
    believed, runs, _, nothing = world
    moved = jax.tree.map(lambda leaf: leaf + 1.0, nothing)
    stranger = jax.tree.map(lambda index: -jnp.ones_like(index[0]), runs.kinds)
    known = jax.tree.map(lambda index: index[0], runs.kinds)
    alone, named = (efficiency_of(believed, moved, kinds) for kinds in (stranger, known))
    common = from_scale("product_share", believed.center.product_share + believed.spread.product_share)
    assert float(alone.product_share) == pytest.approx(float(common))
    assert float(named.product_share) > float(alone.product_share)


def test_a_foreign_share_stays_a_share(world) -> None:
    """However far it is moved, a trend never holds more for strangers than for kin: beyond that it would be no covariance."""
    believed, _, _, nothing = world
    far = eqx.tree_at(lambda u: u.miss.foreign_share, nothing, jnp.asarray(20.0))
    assert float(miss_of(believed, far).foreign_share) <= 1.0
