"""The best layout against trying each by hand, its limits, and its slopes."""

import equinox as eqx
import jax.numpy as jnp
import pytest

from capexmodel.errors import ModelError
from capexmodel.param import params
from capexmodel.training.layout import Layout
from capexmodel.training.memory import kept
from capexmodel.training.parallelism import best_parallelism, layouts
from capexmodel.training.step_time import tokens_per_s_per_chip
from tests.runs import changed, chip, efficiency, job


def spread(chips: float, experts: bool = False, batch: float = 64.0):
    """A job on so many chips, not yet cut."""
    return changed(job(experts, batch=batch), chips_count=chips)


@pytest.mark.long
@pytest.mark.parametrize("experts", [False, True])
def test_the_best_is_no_slower_than_any_that_fits(experts: bool) -> None:
    """Each layout timed on its own: the fastest of those that fit is the one that was found."""
    asked, sheet, reached = spread(8.0, experts), chip(), efficiency()
    found = best_parallelism(asked, sheet, reached)
    tried = layouts(asked, 8, 8)
    assert int(found.tried_count) == len(tried) > 50
    fastest = 0.0
    for one in tried[:: 1 if not experts else 4]:
        numbers = {name: jnp.asarray(float(one[name])) for name in params(Layout)}
        cut = eqx.tree_at(lambda run: run.layout, asked, Layout(**numbers))
        if float(kept(cut).total_gb) <= 0.92 * 80.0:
            fastest = max(fastest, float(tokens_per_s_per_chip(cut, sheet, reached)))
    assert fastest > 0.0
    assert float(found.rate_count_per_s) >= fastest * (1 - 1e-12)
    assert float(found.memory_gb) <= 0.92 * 80.0


@pytest.mark.parametrize("experts", [False, True])
def test_every_layout_divides_what_it_cuts(experts: bool) -> None:
    """Chips, heads, experts and batch come out whole."""
    for one in layouts(spread(16.0, experts), 16, 8):
        assert one["tensor_count"] * one["pipeline_count"] * one["context_count"] * one["data_count"] == 16
        assert 32 % one["tensor_count"] == 0
        assert 64 % (one["data_count"] * one["micro_batch_count"]) == 0
        assert not experts or 16 % one["expert_count"] == 0
        assert experts or one["expert_count"] == 1


def test_slopes_are_those_of_the_best() -> None:
    """What more bandwidth is worth, by difference."""
    asked, sheet, reached = spread(16.0), chip(), efficiency()
    found = best_parallelism(asked, sheet, reached)
    for name in ("peak_eflops", "memory_gb_per_s", "scaleup_gb_per_s", "scaleout_gb_per_s"):
        at = float(getattr(sheet, name))
        ends = [float(tokens_per_s_per_chip(found.job, changed(sheet, **{name: at * (1 + size)}), reached)) for size in (1e-5, -1e-5)]
        assert float(getattr(found.slope, name)) == pytest.approx((ends[0] - ends[1]) / (2e-5 * at), rel=1e-3, abs=1e-9)


def test_less_memory_makes_it_cut_more() -> None:
    """On chips with less memory the same job is cut into more parts, or computes layers again; on too little, it says what it needs."""
    asked, reached = spread(8.0), efficiency()
    roomy, tight = (best_parallelism(asked, chip(memory_gb=size), reached) for size in (1000.0, 20.0))
    assert float(tight.memory_gb) < 20.0 < float(roomy.memory_gb)
    assert float(tight.rate_count_per_s) <= float(roomy.rate_count_per_s)
    with pytest.raises(ModelError, match=r"no layout over 8 chips fits: each needs \d+ GB a chip or more"):
        best_parallelism(asked, chip(memory_gb=2.0), reached)


def test_a_number_of_chips_that_divides_nothing_is_refused() -> None:
    with pytest.raises(ModelError, match="no layout over 61 chips"):
        best_parallelism(spread(61.0), chip(), efficiency())


def test_large_models_are_cut_within_a_node_first() -> None:
    """Tensor groups as large as a node and no larger, stages beyond: what Narayanan et al. 2021 found (section 3, first takeaway)."""
    shape = changed(
        job().shape, layers_count=96, hidden_count=12288, heads_count=96, kv_heads_count=96, ffn_count=49152, ffn_matrices_count=2
    )
    asked = changed(job(shape=shape, batch=1536.0, sequence=2048.0), chips_count=1536.0)
    sheet = chip(peak_eflops=312e-6, attention_eflops=312e-6, memory_gb_per_s=2039.0, scaleup_gb_per_s=300.0, scaleout_gb_per_s=25.0)
    found = best_parallelism(asked, sheet, efficiency())
    assert 1.0 < float(found.layout.tensor_count) <= 8.0
    assert float(found.layout.pipeline_count) > 1.0
    beyond = [one for one in layouts(asked, 1536, 8) if one["tensor_count"] > 8]
    wider = best_parallelism(asked, sheet, efficiency(), beyond)
    assert float(wider.rate_count_per_s) < 0.8 * float(found.rate_count_per_s)
