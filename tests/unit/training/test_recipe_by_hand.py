"""Recipes as jobs, and the utilization of each size by the time of its step: three sizes in unlike numbers."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.param import params
from capexmodel.training.chip import Chip
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.memory import fitted, kept
from capexmodel.training.recipe import Recipe, flop_utilization
from capexmodel.training.step_time import tokens_per_s_per_chip
from tests.shapes import shaped

COUNTS = {
    "chips_count": [96.0, 240.0, 1680.0], "sequence_count": [2048.0, 4096.0, 8192.0], "batch_count": [64.0, 128.0, 512.0],
    "tensor_count": [2.0, 4.0, 8.0], "pipeline_count": [3.0, 5.0, 7.0], "chunk_count": [1.5, 2.0, 2.5], "context_count": [4.0, 2.0, 5.0],
    "expert_count": [1.1, 1.2, 1.3], "micro_batch_count": [1.0, 2.0, 3.0], "sharding_count": [1.0, 2.0, 3.0],
    "recomputed_share": [0.1, 0.25, 0.4], "eight_bit_share": [0.0, 0.35, 0.8],
}  # fmt: skip
STEP = ("sequence_count", "batch_count", "chips_count", "eight_bit_share")
COPIES = (96 / 24, 240 / 40, 1680 / 280)


def recipe() -> Recipe:
    """Three sizes."""
    return Recipe(("small", "middle", "large"), **{name: jnp.asarray(numbers) for name, numbers in COUNTS.items()})


def shape():
    """A dense model of about a billion parameters."""
    return shaped(layers=24, hidden=2048, heads=16, kv_heads=8, head=128, ffn=5632, vocabulary=32000)


def chip(memory_gb: float = 800.0) -> Chip:
    """A chip with more or less memory."""
    numbers = {
        "peak_eflops": 0.0025, "attention_eflops": 0.0021, "memory_gb": memory_gb, "memory_gb_per_s": 8000.0, "scaleup_gb_per_s": 900.0,
        "scaleout_gb_per_s": 100.0, "domain_count": 72.0,
    }  # fmt: skip
    return Chip(**{name: jnp.asarray(number) for name, number in numbers.items()})


def efficiency() -> Efficiency:
    """Shares of a half to three quarters, and small times of starting work."""
    numbers = {name: 0.5 + 0.01 * place for place, name in enumerate(params(Efficiency))} | {"launch_s": 2e-6, "layer_launch_s": 3e-6}
    return Efficiency(**{name: jnp.asarray(number) for name, number in numbers.items()})


@functools.cache
def jobs():
    """The steps, side by side."""
    return recipe().jobs(shape())


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_a_job_has_the_numbers_of_its_size(name):
    found = getattr(jobs() if name in STEP else jobs().layout, name)
    np.testing.assert_array_equal(found, COUNTS[name])


def test_copies_take_the_chips_that_one_leaves():
    np.testing.assert_allclose(jobs().layout.data_count, COPIES, rtol=1e-14)
    np.testing.assert_allclose(jobs().layout.chips_count, COUNTS["chips_count"], rtol=1e-14)


def test_sequences_are_cut_and_nothing_else_is_known():
    np.testing.assert_array_equal(jobs().layout.sequence_share, np.ones(3))
    for found in (jobs().layout.partly_share, jobs().layout.core_share, jobs().four_bit_share, jobs().release_years):
        np.testing.assert_array_equal(found, np.zeros(3))


def test_each_job_is_of_the_same_shape():
    for field in dataclasses.fields(jobs().shape):
        np.testing.assert_array_equal(getattr(jobs().shape, field.name), np.full(3, float(getattr(shape(), field.name))))


@pytest.mark.parametrize("memory_gb", [800.0, 0.3])
def test_utilization_is_six_flop_a_parameter_over_the_peak(memory_gb):
    """Tokens by second and chip, each 6e-18 EFLOP by parameter; with little memory more layers are computed again."""
    sheet, found = chip(memory_gb), flop_utilization(recipe(), shape(), chip(memory_gb), efficiency())
    for place in range(3):
        job = jax.tree.map(lambda leaf, place=place: leaf[place], jobs())
        short = float(kept(job).total_gb) > 0.92 * memory_gb
        assert short == (memory_gb < 1.0)
        rate = float(tokens_per_s_per_chip(fitted(job, sheet), sheet, efficiency()))
        expected = rate * 6e-18 * float(shape().active_parameters_count) / 0.0025
        assert float(found[place]) == pytest.approx(expected, rel=1e-9)
