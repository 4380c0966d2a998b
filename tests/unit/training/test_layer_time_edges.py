"""One layer's forward pass by hand: 13 positions at a time, tensor groups of 5, stages of 4.4 layers of which 2.8 have experts."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training.layer_time import (
    Forward,
    attention_core_s,
    attention_products_s,
    element_wise_s,
    experts_s,
    feed_forward_s,
    forward,
    product_s,
    routed_count,
)
from tests.uneven import EXPERTS, LATENT, WINDOWS, chip, job, reached, software

MULTIPLIED_S, MOVED_S, FASTER = 0.003, 0.07, 1.3
EIGHT_AND_FOUR_BITS = 0.35 * 3.4 + 0.28 * 4.7
STREAM = 19 * 13 * 48 / (1 + 4 * (0.3 + 0.7 * 0.18))
"""Numbers that element-wise work moves of the stream: 19 passes, of which tensor groups split 0.3 and 0.18 of the rest."""


def exact(wanted):
    """A number up to rounding."""
    return pytest.approx(wanted, rel=1e-12, abs=0.0)


def by_hand(rows, columns, inner, half=17, multiplied_s=MULTIPLIED_S, moved_s=MOVED_S):
    """A product's time: the work of one without limit, longer by each half size over its size; or its three matrices through memory."""
    work = multiplied_s * rows * columns * inner * (1 + FASTER * (half / rows + 13 / columns + 23 / inner))
    memory = moved_s * (rows * inner + rows * columns + columns * inner)
    return float(np.linalg.norm([work, memory], 4))


@pytest.mark.parametrize(("multiplied_s", "moved_s"), [(0.003, 0.07), (0.003, 0.0007), (0.00003, 0.07)])
def test_a_product_takes_the_longer_of_its_work_and_its_matrices(multiplied_s, moved_s):
    sizes = tuple(map(jnp.asarray, (7.0, 90.0, 40.0)))
    found = product_s(sizes, reached(multiplied_s=multiplied_s, moved_s=moved_s), software(), jnp.asarray(31.0))
    assert float(found) == exact(by_hand(7, 90, 40, 31, multiplied_s, moved_s))


def test_plain_attention_is_one_product_into_heads_and_one_out():
    """120 wide, and 6 x 12 each of keys and values: 264 / 5 columns from 48, and 48 from 120 / 5."""
    found = attention_products_s(job(), reached(), software())
    assert float(found) == exact(by_hand(13, 52.8, 48) + by_hand(13, 48, 24))


@pytest.mark.parametrize(("ranks", "query", "latent"), [({}, 30, 20), ({"query_rank_count": 0.75, "latent_count": 0.5}, 0.75, 0.5)])
def test_latent_attention_goes_through_its_ranks(ranks, query, latent):
    """Queries of 10 heads of 19 through one rank, keys and values of 120 through another with 7 that carry the position, and out."""
    found = attention_products_s(job(LATENT, **ranks), reached(), software())
    queries = by_hand(13, query, 48) + by_hand(13, 38, query)
    keys = by_hand(13, latent + 7, 48) + by_hand(13, 48, latent)
    assert float(found) == exact(queries + keys + by_hand(13, 48, 24))


def test_latent_attention_without_a_rank_for_queries_makes_them_in_one_product():
    found = attention_products_s(job(LATENT, query_rank_count=0), reached(), software())
    keys = by_hand(13, 27, 48) + by_hand(13, 48, 20)
    assert float(found) == exact(by_hand(13, 38, 48) + keys + by_hand(13, 48, 24))


def test_what_is_not_there_takes_no_slope_away():
    """Neither latent, nor with a rank, nor with a block of its own: the time still has a slope in each of them."""

    def time_s(rank, latent, width):
        some = job()
        some = dataclasses.replace(some, shape=dataclasses.replace(some.shape, query_rank_count=rank, latent_count=latent))
        return attention_products_s(some, reached(), software()) + feed_forward_s(some, width, reached(), software())

    assert all(math.isfinite(slope) for slope in jax.grad(time_s, (0, 1, 2))(*(jnp.asarray(0.0),) * 3))


@pytest.mark.parametrize("width", [160.0, 0.75])
def test_a_feed_forward_block_is_one_product_fewer_into_it_than_it_has_matrices_and_one_out(width):
    found = feed_forward_s(job(ffn_matrices_count=4), jnp.asarray(width), reached(), software())
    assert float(found) == exact(by_hand(13, 3 * width / 5, 48) + by_hand(13, 48, width / 5))


def test_a_block_of_no_width_takes_no_time():
    assert float(feed_forward_s(job(), jnp.asarray(0.0), reached(), software())) == 0.0


def test_tokens_are_routed_as_often_as_they_choose_and_more_to_the_busiest():
    assert float(routed_count(job(EXPERTS), software())) == exact(13 * 9 / 5 * 1.4)


@pytest.mark.parametrize("experts", [14, 1, 0.75])
def test_experts_share_what_is_routed_and_each_is_started(experts):
    """32.76 routed tokens over those a chip holds; routing got slower by 0.45 x 0.6 powers of e, so long before 2025."""
    held, routed = experts / 3.5, 32.76
    products, routing = experts_s(job(EXPERTS, experts_count=experts, ffn_matrices_count=4), reached(), software())
    each = by_hand(routed / held, 3 * 44, 48, 31) + by_hand(routed / held, 48, 44, 31)
    assert float(products) == exact(held * each)
    assert float(routing) == exact((0.9 + 0.9 * held + 5.2 * 0.07 * routed * 48) * math.exp(0.27))


def test_without_experts_there_is_no_time_of_them_and_no_slope():
    run = job()
    assert [float(time) for time in experts_s(run, reached(), software())] == [0.0, 0.0]
    slopes = jax.grad(lambda one: sum(experts_s(one, reached(), software())))(run)
    assert [float(slope) for slope in jax.tree.leaves(slopes)] == [0.0] * len(jax.tree.leaves(run))


def test_the_core_of_attention_sees_half_the_sequence_and_windows_cost_more():
    """0.7 of layers see 13 of 26 positions, 0.3 a window of 8 less what is missing at the start; widths of 19 and 12 by 10 heads."""
    seen = 0.7 * 13 + 1.9 * 0.3 * 8 * (1 - 4 / 26)
    found = attention_core_s(job(LATENT, WINDOWS), chip(), software())
    assert float(found) == exact(2e-18 * 13 * seen * 10 * (19 + 12) / 5 / (4e-5 * 0.55))


def test_element_wise_work_moves_the_stream_and_turns_inputs_into_few_bits():
    """Inputs of products: the stream twice, and by tensor group 16 heads of 19 and the inner width."""
    inputs = 13 * (2 * 48 + (16 * 19 + 160) / 5)
    wanted = 0.07 * (STREAM + EIGHT_AND_FOUR_BITS * inputs / 2) + 1.7
    assert float(element_wise_s(job(LATENT), reached(), software())) == exact(wanted)


@pytest.mark.parametrize("experts", [14, 0.75])
def test_with_experts_the_inner_width_is_that_of_those_chosen(experts):
    inputs = 13 * (2 * 48 + (16 * 19 + 9 * 44) / 5)
    wanted = 0.07 * (STREAM + EIGHT_AND_FOUR_BITS * inputs / 2) + 1.7
    assert float(element_wise_s(job(LATENT, EXPERTS, experts_count=experts), reached(), software())) == exact(wanted)


def test_the_whole_pass_is_the_sum_of_its_parts():
    assert float(Forward(*map(jnp.asarray, (3.0, 50.0, 700.0, 11000.0))).total_s) == 11753.0


def test_a_stage_passes_its_layers_those_with_experts_through_these_and_the_shared_ones():
    """4.4 layers of a stage, 1.6 of them dense, 2.8 with experts."""
    run, speed, reaching = job(EXPERTS, LATENT, WINDOWS), reached(), software()
    found = forward(run, chip(), speed, reaching)
    experts, routing = map(float, experts_s(run, speed, reaching))
    dense, shared = (float(feed_forward_s(run, jnp.asarray(width), speed, reaching)) for width in (160.0, 26.0))
    attention = float(attention_products_s(run, speed, reaching))
    assert float(found.products_s) == exact(4.4 * attention + 1.6 * dense + 2.8 * (experts + shared))
    assert float(found.attention_s) == exact(4.4 * float(attention_core_s(run, chip(), reaching)))
    assert float(found.memory_s) == exact(4.4 * float(element_wise_s(run, speed, reaching)))
    assert float(found.routing_s) == exact(2.8 * routing)
