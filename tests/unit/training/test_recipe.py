"""Recipes of the catalog: what they rest on, that they are the best to be had, and how they become useful compute."""

import datetime
import json
import tomllib
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.config.calibrated import shipped
from capexmodel.config.locate import configs_dir
from capexmodel.config.training import chips, models, prior
from capexmodel.model import pace
from capexmodel.model.leaves import leaf
from capexmodel.model.scenario import Scenario
from capexmodel.param import params
from capexmodel.training.calibration import FIELDS, Kinds, efficiency_of, from_scale
from capexmodel.training.layout import Job
from capexmodel.training.memory import HEADROOM, fitted, kept
from capexmodel.training.parallelism import best_parallelism
from capexmodel.training.recipe import flop_utilization
from capexmodel.training.useful import Useful

AS_OF = datetime.date(2026, 2, 2)
CHIP, PRECISION, FAMILY = "GB300", "bf16", "megatron"
NINETY = 1.6448536269514722
MOVED_BY = {
    "product_share": ("product_by_precision", "product_by_chip", "product_by_family"), "attention_share": ("attention_by_chip",),
    "passes_factor": ("passes_by_family",), "data_overlap_share": ("data_overlap_by_family",),
}  # fmt: skip
KIND_OF = {"precision": PRECISION, "chip_precision": f"{CHIP} {PRECISION}", "chip": CHIP, "family": FAMILY}
KIND = {
    "product_by_precision": "precision", "product_by_chip": "chip_precision", "product_by_family": "family",
    "attention_by_chip": "chip", "passes_by_family": "family", "data_overlap_by_family": "family",
}  # fmt: skip


def calibrated_figures() -> dict[str, tuple[float, float, float]]:
    """Low, value and high of every unknown on this chip, by the shipped calibration: nine runs of ten lie between low and high."""
    known, believed = shipped(AS_OF), prior()
    body = json.loads((configs_dir() / "training" / f"calibration_{AS_OF}.json").read_text(encoding="utf-8"))
    spread = body["deviations_spread"]
    kinds = Kinds(*(jnp.asarray([known.names.kinds[kind].index(KIND_OF[kind])]) for kind in KIND_OF))
    values = jax.vmap(lambda kind: efficiency_of(believed, known.estimator.unknowns, kind))(kinds)
    value = jax.tree.map(lambda leaf: leaf[0], values)
    found = {}
    for name in FIELDS:
        parts = [float(getattr(believed.spread, name)) * spread["common"][name]]
        parts += [float(getattr(believed.spreads, by)) * spread[by][KIND_OF[KIND[by]]] for by in MOVED_BY.get(name, ())]
        middle, half = float(getattr(value, name)), NINETY * float(np.hypot.reduce(parts))
        center = np.log(middle / (1 - middle)) if params(type(value))[name].lt is not None else np.log(middle)
        found[name] = (float(from_scale(name, jnp.asarray(center - half))), middle, float(from_scale(name, jnp.asarray(center + half))))
    return found


@pytest.fixture(scope="module")
def timed() -> Scenario:
    """A shipped scenario whose runs are timed."""
    return load("greenfield")


@pytest.mark.long
def test_the_catalog_says_what_the_calibration_learned() -> None:
    """Every number of the catalog's efficiency, to the three digits it is written with, value and both ends."""
    written = tomllib.loads((configs_dir() / "catalog" / "training.toml").read_text(encoding="utf-8"))
    shown: dict[str, Any] = written["efficiency"]["GB300_bf16_early_2026"]
    for name, (low, value, high) in calibrated_figures().items():
        got = shown[name]
        assert [got["low"], got["value"], got["high"]] == pytest.approx([low, value, high], rel=5.1e-3), name


def test_the_catalog_says_what_sheets_say(timed: Scenario) -> None:
    """Chip and shape of the catalog are those that published runs are timed by."""
    sheet = chips()[CHIP]
    assert float(timed.chip.peak_eflops) == pytest.approx(sheet.peak_eflops[16], rel=1e-12)
    for name, value in sheet.sheet.items():
        assert float(getattr(timed.chip, name)) == pytest.approx(value, rel=1e-12), name
    for name, value in models()["Llama-3.1-405B"].items():
        assert float(getattr(timed.shape, name)) == value, name


@pytest.mark.long
def test_each_recipe_is_the_fastest_that_fits(timed: Scenario) -> None:
    """Beside every whole layout of its size, no recipe is slower than the best by more than the rounding of what it was searched with."""
    jobs, mfu = timed.recipe.jobs(timed.shape), flop_utilization(timed.recipe, timed.shape, timed.chip, timed.efficiency)
    for place in range(len(timed.recipe.names)):
        job = jax.tree.map(lambda leaf, place=place: leaf[place], jobs)
        best = best_parallelism(job, timed.chip, timed.efficiency)
        work = 6e-18 * float(timed.shape.active_parameters_count)
        assert float(best.rate_count_per_s) * work / float(timed.chip.peak_eflops) == pytest.approx(float(mfu[place]), rel=2e-3)


@pytest.mark.long
def test_useful_compute_goes_through_what_was_timed(timed: Scenario) -> None:
    """At each size but the smallest, where it levels off, the curve gives utilization times goodput; and it always rises."""
    speed = pace.pace(timed)
    mfu = flop_utilization(timed.recipe, timed.shape, timed.chip, timed.efficiency)
    sizes = timed.recipe.chips_count
    wanted = np.asarray(mfu * timed.reliability.goodput(sizes))
    got = np.asarray(speed.useful.share_at(sizes * timed.chip.peak_eflops))
    np.testing.assert_allclose(got[1:], wanted[1:], rtol=3e-4)
    runs = jnp.linspace(0.0, 4e6, 2001) * timed.chip.peak_eflops
    useful = np.asarray(speed.useful.useful_eflops(runs))
    assert useful[0] == 0.0
    assert (np.diff(useful) > 0).all()


@pytest.mark.long
@pytest.mark.parametrize("restart_s", [200.0, 540.0])
def test_a_run_takes_no_more_chips_than_help_it(timed: Scenario, restart_s: float) -> None:
    """Where restarts take minutes the largest runs yield less than smaller ones: a run then leaves the rest idle, and yields about as much
    as the best size does, which lies between those that were timed, four times apart (6 % less at worst; a plateau there was 15 % less)."""
    slow = eqx.tree_at(lambda s: s.reliability.restart_s, timed, jnp.asarray(restart_s))
    sizes, mfu = timed.recipe.chips_count, flop_utilization(timed.recipe, timed.shape, timed.chip, timed.efficiency)
    between = jnp.exp(jnp.linspace(jnp.log(sizes[0]), jnp.log(sizes[-1]), 200))
    plain = np.asarray(between * jnp.exp(jnp.interp(jnp.log(between), jnp.log(sizes), jnp.log(mfu))) * slow.reliability.goodput(between))
    assert plain[-1] < 0.6 * plain.max()
    runs = jnp.linspace(0.0, 4e6, 2001) * timed.chip.peak_eflops
    useful = np.asarray(pace.pace(slow).useful.useful_eflops(runs)) / float(timed.chip.peak_eflops)
    assert useful.max() == pytest.approx(plain.max(), rel=0.07)
    assert (np.diff(useful) >= -1e-12 * useful[1:]).all()
    best = float(between[int(np.argmax(plain))]) * timed.chip.peak_eflops
    slope = jax.grad(lambda one: one.useful.useful_eflops(4.0 * best))(pace.pace(slow))
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(slope))


@pytest.mark.long
def test_useful_compute_never_falls_whatever_was_timed(timed: Scenario) -> None:
    """At random utilizations the spline swings over, inside of intervals too whose ends both rise; what a run yields does not."""
    random, swings = np.random.default_rng(0), 0
    sizes = jnp.asarray([1024.0, 1536.0, 78194.0, 115959.0, 524288.0, 2097152.0])
    places = jnp.linspace(jnp.log(sizes[0]), jnp.log(2.0 * sizes[-1]), 2000)
    for _ in range(40):
        one = Useful.of(sizes, jnp.asarray(random.uniform(0.15, 0.6, sizes.size)), jnp.asarray(1.0), timed.reliability)
        useful = np.asarray(one.useful_eflops(jnp.exp(places)))
        assert (np.diff(useful) >= -1e-12 * useful[1:]).all()
        swings += bool((np.diff(np.asarray(places + one.share.at(places))) < 0).any())
    assert swings > 5


@pytest.mark.long
def test_the_worth_of_sooner_restarts_is_that_of_trying_them(timed: Scenario) -> None:
    """Beyond the best size, which moves with what fails, slopes are those of differences: there the yield does not depend on the size."""

    def yielded(restart_s: jax.Array) -> jax.Array:
        return pace.pace(eqx.tree_at(lambda s: s.reliability.restart_s, timed, restart_s)).useful.useful_eflops(
            3e6 * timed.chip.peak_eflops
        )

    step, at = 0.5, jnp.asarray(300.0)
    difference = (yielded(at + step) - yielded(at - step)) / (2.0 * step)
    assert float(jax.grad(yielded)(at)) == pytest.approx(float(difference), rel=1e-4)


@pytest.mark.long
def test_slower_networks_and_failures_cost_useful_compute(timed: Scenario) -> None:
    """Half the bandwidth at every site leaves less of the largest run there; the chip's own links are as good as said to be."""
    half = 0.5 * timed.chip.scaleout_gb_per_s * jnp.ones(len(timed.network.names))
    slow, same = (pace.pace(_with_network(timed, speed)) for speed in (half, 2.0 * half))
    np.testing.assert_allclose(same.site_share, 1.0, rtol=1e-14)
    assert (np.asarray(slow.site_share) < 0.99).all()
    assert (np.asarray(slow.site_share) > 0.5).all()


def _with_network(scenario: Scenario, gb_per_s: jax.Array) -> Scenario:
    return eqx.tree_at(lambda s: s.network.chip_gb_per_s, scenario, gb_per_s)


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "sign"),
    [
        ("chip.memory_gb_per_s", 1), ("chip.scaleup_gb_per_s", 1), ("chip.scaleout_gb_per_s", 1), ("efficiency.product_share", 1),
        ("reliability.chip_failures_per_s", -1), ("reliability.restart_s", -1), ("reliability.checkpoint_s", -1),
    ],
)  # fmt: skip
def test_useful_compute_has_a_slope_in_bandwidth_and_failures(timed: Scenario, path: str, sign: int) -> None:
    """The slope of what a large run yields, against finite differences, and its sign."""
    where = leaf(timed, path)

    def yielded(scenario: Scenario) -> jax.Array:
        return pace.pace(scenario).useful.useful_eflops(jnp.asarray(500.0))

    base = float(where.read(timed))
    slope = float(where.read(jax.grad(yielded)(timed)))
    ends = [float(yielded(where.write(timed, base * (1.0 + side)))) for side in (1e-4, -1e-4)]
    assert slope == pytest.approx((ends[0] - ends[1]) / (2e-4 * base), rel=1e-4)
    assert np.sign(slope) == sign


def test_short_memory_is_paid_by_computing_again(timed: Scenario) -> None:
    """With plenty nothing changes; with less memory layers are computed again, until all are; each step down costs utilization."""
    jobs = timed.recipe.jobs(timed.shape)
    job = jax.tree.map(lambda leaf: leaf[4], jobs)
    plain, least = (float(kept(_recomputing(job, share)).total_gb) for share in (0.0, 1.0))

    def again(memory_gb: float) -> float:
        chip = eqx.tree_at(lambda sheet: sheet.memory_gb, timed.chip, jnp.asarray(memory_gb / HEADROOM))
        return float(fitted(job, chip).layout.recomputed_share)

    assert again(2.0 * plain) == pytest.approx(0.0, abs=1e-9)
    assert again(0.5 * (plain + least)) == pytest.approx(0.5, abs=1e-6)
    assert again(least) == pytest.approx(1.0, abs=1e-6)

    def utilization(memory_gb: float) -> np.ndarray:
        chip = eqx.tree_at(lambda sheet: sheet.memory_gb, timed.chip, jnp.asarray(memory_gb))
        return np.asarray(flop_utilization(timed.recipe, timed.shape, chip, timed.efficiency))

    shrinking = np.stack([utilization(memory) for memory in (600.0, 279.0, 200.0, 100.0)])
    assert (np.diff(shrinking, axis=0) <= 1e-12).all()
    assert (np.diff(shrinking[1:], axis=0)[:, 4] < -0.005).all()


def _recomputing(job: Job, share: float) -> Job:
    return eqx.tree_at(lambda j: j.layout.recomputed_share, job, jnp.asarray(share))
