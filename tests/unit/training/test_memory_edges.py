"""Memory of a step by hand: 13 positions a pass, tensor groups of 5, 2.5 stages, 10.5 copies of which each has 15 of what experts share."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training.exchange import held_count
from capexmodel.training.memory import Kept, fitted, kept
from tests.uneven import EXPERTS, LATENT, chip, job

PARTS = ("parameters_gb", "gradients_gb", "optimizer_gb")
SPLIT = 0.3 * 5 + 0.7
AGAIN, ALL_AGAIN = 0.2 + 0.4 / 2, 2 / SPLIT
"""Share of layers computed again, half of those of which it is only known that some are; and bytes of a layer that is."""


def exact(wanted):
    """A number up to rounding."""
    return pytest.approx(wanted, rel=1e-12, abs=0.0)


def big(*more, **changes):
    """A step whose memory is gigabytes."""
    return job(*more, hidden_count=4.8e7, **changes)


def activations_gb(in_flight, again=AGAIN, routed=0.0):
    """By hand: 4.4 layers of a stage, of 13 positions with 48 million channels."""
    by_layer = (1 - again) * (24 / 5 + 10 / SPLIT + routed) + again * ALL_AGAIN
    return in_flight * 4.4 * 13 * 0.048 * by_layer


def test_what_lasts_and_all_of_it_are_sums():
    found = Kept(*map(jnp.asarray, (3.0, 50.0, 700.0, 11000.0, 130000.0)))
    assert float(found.lasting_gb) == 753.0
    assert float(found.total_gb) == 141753.0


@pytest.mark.parametrize(
    ("sharding", "shared"),
    [(0, ()), (0.75, (2,)), (1, (2,)), (1.5, (2,)), (1.75, (1, 2)), (2, (1, 2)), (2.5, (0, 1, 2)), (3, (0, 1, 2))],
)
def test_copies_share_the_optimizer_then_gradients_then_parameters(sharding, shared):
    """Two bytes of parameters, two of gradients, twelve of the optimizer; copies are 7 x 1.5, those of experts 5 / 3.5 as many."""
    run = job(EXPERTS, sharding_count=sharding)
    met, routed = map(float, held_count(run))
    found = kept(run)
    for place, (name, each) in enumerate(zip(PARTS, (2e-9, 2e-9, 12e-9), strict=True)):
        wanted = each * (met / 10.5 + routed / 15) if place in shared else each * (met + routed)
        assert float(getattr(found, name)) == exact(wanted)


def test_experts_spread_over_more_chips_than_there_are_copies_of_are_held_whole():
    run = job(EXPERTS, sharding_count=3, expert_count=75)
    met, routed = map(float, held_count(run))
    assert float(kept(run).parameters_gb) == exact(2e-9 * (met / 10.5 + routed))


def test_logits_are_four_bytes_by_position_and_token():
    assert float(kept(job(LATENT)).logits_gb) == exact(4e-9 * 13 * 700 / 5)


@pytest.mark.parametrize(("chunks", "dealt"), [(1, 1.0), (1.25, 1 + 1.5 / 3.125), (4, 1 + 1.5 / 10)])
def test_the_first_stage_holds_a_pass_for_each_stage_and_more_where_layers_are_dealt(chunks, dealt):
    assert float(kept(big(chunk_count=chunks)).activations_gb) == exact(activations_gb(2.5 * dealt))


@pytest.mark.parametrize(("batch", "passes"), [(42 / 5, 1.6), (42 / 8, 1), (42 / 10, 1)])
def test_no_more_passes_are_in_flight_than_a_step_has_and_never_less_than_one(batch, passes):
    assert float(kept(big(batch_count=batch)).activations_gb) == exact(activations_gb(passes))


def test_routed_tokens_are_kept_once_for_each_expert_they_go_to():
    """Eight bytes by position and channel for each of nine, in 7 of 11 layers."""
    routed = 8 * 9 * 7 / 11 / 5
    assert float(kept(big(EXPERTS)).activations_gb) == exact(activations_gb(3.7, routed=routed))


def test_no_more_than_all_layers_are_computed_again():
    run = big(recomputed_share=0.9, partly_share=0.7)
    assert float(kept(run).activations_gb) == exact(activations_gb(3.7, again=1.0))


def freed_gb():
    """By hand: what all layers computed again need less than none."""
    return activations_gb(3.7, again=0.0) - activations_gb(3.7, again=1.0)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9, 1.0])
@pytest.mark.parametrize("short", [-0.03, 0.0, 0.01, 0.4, 1.3])
def test_as_many_layers_more_are_computed_again_as_memory_is_short_of_what_all_of_them_free(share, short):
    """Smooth over 0.02 of all layers; 0.92 of a chip may be filled."""
    run = big(recomputed_share=share)
    found = fitted(run, chip(memory_gb=(float(kept(run).total_gb) - short * freed_gb()) / 0.92))
    more = float(found.layout.recomputed_share) - share
    assert more == pytest.approx(0.02 * np.log1p(np.exp(short / 0.02)), rel=1e-9, abs=0.0)
    assert float(found.layout.partly_share) == 0.4


@pytest.mark.parametrize("partly", [0.0, 0.4])
def test_a_step_that_is_short_of_memory_fills_what_may_be_filled(partly):
    """A share of layers partly computed again stays; those computed again besides are as many as still fit."""
    run = big(partly_share=partly)
    sheet = chip(memory_gb=(float(kept(run).total_gb) - 0.4 * freed_gb()) / 0.92)
    assert float(kept(fitted(run, sheet)).total_gb) == pytest.approx(0.92 * float(sheet.memory_gb), rel=1e-8)


@pytest.mark.parametrize("partly", [0.0, 0.4])
@pytest.mark.parametrize("memory_gb", [0.5, 3.0, 30.0])
def test_a_step_of_which_almost_all_is_computed_again_is_one_of_which_all_is(partly, memory_gb):
    """No jump, and slopes that are numbers, in the share and in the chip: also where no layer is left."""
    run = big(partly_share=partly)

    def again(share, sheet):
        return fitted(eqx.tree_at(lambda j: j.layout.recomputed_share, run, share), sheet).layout.recomputed_share

    sheet = chip(memory_gb=memory_gb)
    almost, every = (again(jnp.asarray(share), sheet) for share in (1.0 - 1e-9, 1.0))
    assert float(almost) == pytest.approx(float(every), rel=1e-8)
    assert float(every) >= 1.0
    assert all(np.isfinite(float(each)) for each in jax.tree.leaves(jax.grad(again, (0, 1))(jnp.asarray(1.0), sheet)))
