"""How fast runs train: measured, or timed over a chip's own links and over the network of each site."""

import dataclasses
import functools
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.errors import ModelError
from capexmodel.model.pace import Pace, pace
from capexmodel.model.scenario import Scenario
from capexmodel.training.goodput import Reliability
from capexmodel.training.recipe import Recipe
from capexmodel.training.transformer import Transformer
from capexmodel.training.utilization import Programme, Utilization
from tests.runs import chip, efficiency
from tests.shapes import shaped

COUNTS = np.array([8.0, 32.0, 128.0])
"""Most chips of a run of each job."""
BASE = np.array([0.9, 0.6])
"""What is useful of 8 and of 512 chips on links without end."""


@functools.cache
def shipped() -> Scenario:
    """The smallest scenario there is."""
    return load("one_period")


def programme() -> Programme:
    """Three jobs, which differ by their largest run."""
    row = jnp.asarray([1.0, 2.0, 3.0])
    numbers = dict.fromkeys(("work_eflop", "done", "research_left", "release_lag_s", "deadline_s", "weight"), row)
    return Programme(("a", "b", "c"), (True,) * 3, **numbers, largest_run_count=jnp.asarray(COUNTS), reach=jnp.ones((3, 2)))


def scenario(on: tuple[str, str] = ("fast", "slow"), **tables: Any) -> Scenario:
    """Three jobs, and two sites on some of three networks; the middle one is as fast as the chip's own links."""
    kinds, links = ("slow", "own", "fast"), jnp.asarray([0.5, 0.0, 95.0])
    network = dataclasses.replace(
        shipped().network, names=kinds, price_usd=links + 1.0, install_s=links + 1.0, install_spread=links / 100.0, chip_gb_per_s=links
    )
    site = dataclasses.replace(shipped().site, names=("here", "there"), network=on, open=(True, True))
    never_fails = Reliability(*(jnp.asarray(number) for number in (0.0, 0.0, 60.0, 60.0)))
    return dataclasses.replace(shipped(), job=programme(), site=site, network=network, reliability=never_fails, **tables)


def decoder() -> Transformer:
    """A shape of eight layers."""
    return shaped(layers=8, hidden=4096, heads=32, kv_heads=8, head=128, ffn=14336, vocabulary=32000)


def recipe() -> Recipe:
    """Two sizes of run."""
    ones = dict.fromkeys((name for name in Recipe.__annotations__ if name not in ("names", "chips_count")), jnp.ones(2))
    return Recipe(names=("small", "large"), chips_count=jnp.asarray([8.0, 512.0]), **ones)


def paced(given: Scenario) -> Pace:
    """Compiled afresh, for how steps are timed may have been replaced since."""
    return eqx.filter_jit(lambda one: pace(one))(given)


def timed(monkeypatch: pytest.MonkeyPatch, on: tuple[str, str] = ("fast", "slow")) -> Pace:
    """Steps whose time is known: more is useful on faster links, half of it at 5 GB/s; the shape and the software are what they are."""

    def known(asked: Any, shape: Any, linked: Any, software: Any) -> Any:
        part = linked.scaleout_gb_per_s / (linked.scaleout_gb_per_s + 5.0)
        return jnp.asarray(BASE) ** part * part * shape.layers_count / 8.0 * software.product_share / 0.5 * asked.batch_count

    monkeypatch.setattr("capexmodel.model.pace.flop_utilization", known)
    tables = {"chip": chip(scaleout_gb_per_s=45.0, peak_eflops=0.25), "shape": decoder(), "recipe": recipe()}
    return paced(scenario(on, utilization=None, efficiency=efficiency(product_share=0.5), **tables))


def test_measured_utilization_is_that_of_any_site() -> None:
    """The largest run is so many chips of the cluster that was measured; no network takes anything."""
    measured = Utilization(*(jnp.asarray(number) for number in (0.4, 16.0, 0.5, 2.0)))
    found = paced(scenario(utilization=measured))
    np.testing.assert_allclose(found.largest_run_eflops, 2.0 * COUNTS)
    np.testing.assert_array_equal(found.site_share, np.ones((3, 2)))
    assert float(found.useful.chip_eflops) == 2.0
    assert float(found.useful.small_mfu) == pytest.approx(0.4 / np.sqrt(1.125))


def test_a_timed_run_is_as_large_as_its_chips(monkeypatch: pytest.MonkeyPatch) -> None:
    np.testing.assert_allclose(timed(monkeypatch).largest_run_eflops, 0.25 * COUNTS)


def test_what_is_useful_is_timed_over_the_chips_own_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """45 GB/s: nine tenths of what endless links would leave."""
    useful = timed(monkeypatch).useful
    assert float(useful.small_mfu) == pytest.approx(0.9 * 0.9**0.9)
    assert (float(useful.smallest_count), float(useful.chip_eflops)) == (8.0, 0.25)


def logarithm(gb_per_s: float) -> np.ndarray:
    """Of what is useful of each largest run: a straight line in the logarithm of its size, through both sizes of the table."""
    part = gb_per_s / (gb_per_s + 5.0)
    small, large = part * np.log(BASE) + np.log(part)
    sizes = np.log(np.hypot(COUNTS, 8.0) / 8.0) / np.log(64.0)
    return small + (large - small) * sizes


def test_a_site_leaves_what_its_network_leaves_of_the_largest_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first site is on the fast network, the second on the slow one."""
    shares = [np.exp(logarithm(gb_per_s) - logarithm(45.0)) for gb_per_s in (95.0, 0.5)]
    np.testing.assert_allclose(timed(monkeypatch).site_share, np.stack(shares, axis=1), rtol=1e-9)


def test_a_network_of_no_speed_of_its_own_leaves_all(monkeypatch: pytest.MonkeyPatch) -> None:
    np.testing.assert_allclose(timed(monkeypatch, ("fast", "own")).site_share[:, 1], np.ones(3), rtol=1e-12)


@pytest.mark.parametrize("lost", ["chip", "shape", "efficiency"])
def test_neither_measured_nor_timed_is_refused(lost: str) -> None:
    whole = {"chip": chip(), "shape": decoder(), "efficiency": efficiency()}
    with pytest.raises(ModelError, match="needs either a measured utilization, or a chip, a shape, an efficiency and recipes"):
        pace(scenario(utilization=None, recipe=recipe(), **(whole | {lost: None})))
