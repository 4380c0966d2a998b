"""A step by hand from its layers and its exchange: 8 passes of 13 positions, 0.448 of all layers computed again, 4.4 layers a stage."""

import dataclasses
import functools
import math

import jax.numpy as jnp
import pytest

from capexmodel.training import exchange
from capexmodel.training.chip import Reached
from capexmodel.training.layer_time import forward, product_s
from capexmodel.training.step_time import Step, step_time, tokens_per_s_per_chip
from tests.uneven import EXPERTS, LATENT, WINDOWS, chip, job, software

AGAIN = 0.2 + 0.4 * 0.62
"""Layers computed again, and 0.62 of those of which it is only known that some are."""
PASSES = ("products_s", "attention_s", "memory_s", "routing_s", "tensor_s", "experts_s", "stages_s")
"""Parts that each pass takes."""


def exact(wanted):
    """A number up to rounding."""
    return pytest.approx(wanted, rel=1e-12, abs=0.0)


def run(**changes):
    """A step of a mixture of experts with all that takes time."""
    return job(EXPERTS, LATENT, WINDOWS, **changes)


def quick():
    """Software that starts work as quickly as what it starts takes."""
    return software(launch_s=3e-8, layer_launch_s=5e-8)


def told(one):
    """What functions of one layer are told."""
    return one, Reached.of(chip(), quick()), quick()


def parts(**changes):
    """Seconds of the parts of a step."""
    found = step_time(run(**changes), chip(), quick())
    return {field.name: float(getattr(found, field.name)) for field in dataclasses.fields(Step)}


@functools.cache
def usual():
    """Those of the step without changes."""
    return parts()


def one_pass_s():
    """Seconds of one pass of it."""
    return sum(usual()[name] for name in PASSES) / 8


def test_a_step_is_the_sum_of_its_parts():
    numbers = [float(10**place) for place in range(11)]
    assert float(Step(*map(jnp.asarray, numbers)).total_s) == 11111111111.0


def test_products_are_three_of_each_and_those_computed_again_and_the_output_table():
    """The table: three products of 140 columns, and logits read and written thrice; 0.7 of it, half of all stages' and half of one's."""
    _, speed, reaching = told(run())
    table = float(product_s(tuple(map(jnp.asarray, (13.0, 140.0, 48.0))), speed, reaching, jnp.asarray(17.0)))
    head = 1.35 * 0.7 * (3 * table + 6 * 2e-9 / (900 * 0.83) * 13 * 140)
    products = float(forward(run(), chip(), speed, reaching).products_s)
    assert usual()["products_s"] == exact(8 * ((3 + AGAIN) * products + head))


@pytest.mark.parametrize(("part", "times"), [("attention_s", 3.5 + AGAIN + 0.15), ("memory_s", 2.5 + AGAIN), ("routing_s", 2.5 + AGAIN)])
def test_what_else_layers_do_is_done_backward_and_again(part, times):
    _, speed, reaching = told(run())
    assert usual()[part] == exact(8 * times * float(getattr(forward(run(), chip(), speed, reaching), part)))


def test_layers_exchange_forward_and_backward_and_again():
    """4.4 layers among tensor and context groups, 2.8 among experts; stages hand over once a pass."""
    tensor, context, experts, stages = (
        float(exchanged(*told(run()))) for exchanged in (exchange.tensor_s, exchange.context_s, exchange.experts_s, exchange.stages_s)
    )
    assert usual()["tensor_s"] == exact(8 * (2 + AGAIN) * 4.4 * (tensor + context))
    assert usual()["experts_s"] == exact(8 * (2 + AGAIN) * 2.8 * experts)
    assert usual()["stages_s"] == exact(8 * stages)


def test_a_pipeline_idles_for_a_pass_of_each_other_stage_over_the_pieces_it_is_dealt_in():
    assert usual()["bubble_s"] == exact(1.5 / 1.25 * 1.15 * one_pass_s())


@pytest.mark.parametrize(("sharding", "passes"), [(0.25, 1), (3, 8)])
def test_copies_exchange_behind_the_last_pass_or_behind_all_where_they_share_parameters(sharding, passes):
    """Behind 0.66 of it, smooth over a tenth of that; of the 0.34 not hidden, 0.12 shows always."""
    exchanged = float(exchange.copies_s(*told(run(sharding_count=sharding))))
    window = 0.66 * passes * one_pass_s()
    shown = 0.1 * window * (math.log1p(math.exp(10 * (exchanged / window - 1))) - math.log1p(math.exp(-10)))
    assert parts(sharding_count=sharding)["copies_s"] == exact(shown + 0.34 * 0.12 * exchanged)


@pytest.mark.parametrize(("sharding", "copies"), [(0.25, 1), (1, 10.5)])
def test_an_update_moves_each_parameter_through_memory_once_or_shared_by_copies(sharding, copies):
    """29 bytes, at two a number."""
    held = sum(map(float, exchange.held_count(run())))
    assert parts(sharding_count=sharding)["optimizer_s"] == exact(29 / 2 * held / copies * 2e-9 / (900 * 0.83))


@pytest.mark.parametrize(("chips", "doublings"), [(24, math.log2(3)), (12, math.log2(1.5)), (8, 0), (5, 0)])
def test_each_doubling_of_chips_beyond_eight_waits_for_the_slowest(chips, doublings):
    found = parts(chips_count=chips)
    waiting = found.pop("straggler_s")
    assert waiting == exact(0.07 * doublings * sum(found.values()))


def test_throughput_is_the_tokens_of_a_step_by_chip_and_second():
    assert float(tokens_per_s_per_chip(run(), chip(), quick())) == exact(42 * 26 / 24 / sum(usual().values()))
