"""Counts of a transformer by hand: 11 layers of 48 channels, 10 heads of 12, with latent ranks, windows and experts of odd sizes."""

import jax.numpy as jnp
import pytest

from capexmodel.training import transformer as room
from capexmodel.training.transformer import Convention, Recompute, Seen, converted
from tests.uneven import EXPERTS, LATENT, WINDOWS, shape

PLAIN = 48 * 10 * 12 + 48 * 6 * 12 + 48 * 6 * 12 + 10 * 12 * 48
"""Parameters of a layer's queries, keys, values and output."""
KEYS_AND_OUTPUT = 48 * (20 + 7) + 20 * 120 + 20 * 120 + 120 * 48
"""Those of latent attention but for queries: down to the rank, up to keys and to values, and the output."""
SQUEEZED = 48 * 30 + 30 * 10 * 19 + KEYS_AND_OUTPUT
EXPERT = 3 * 48 * 44
INNER = 11 * PLAIN + 4 * 3 * 48 * 160 + 7 * (14 * EXPERT + 3 * 48 * 26 + 48 * 14)
"""Parameters of all layers of a mixture: 4 dense blocks, and 7 of 14 experts, of shared ones and of a router."""
TABLES = 48 * (1.6 * 700 + 33)


def exact(wanted):
    """A number up to rounding."""
    return pytest.approx(wanted, rel=1e-12, abs=0.0)


@pytest.mark.parametrize(("more", "experts", "layers"), [((), 0, 0), ((EXPERTS,), 14, 7), ((EXPERTS,), 1, 7), ((EXPERTS,), 0.75, 7)])
def test_layers_have_experts_where_there_are_any_but_for_the_dense_ones(more, experts, layers):
    assert float(shape(*more, experts_count=experts, dense_layers_count=4).expert_layers_count) == layers


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, PLAIN),
        ({"query_rank_count": 30, "rotated_count": 7}, PLAIN),
        (LATENT, SQUEEZED),
        (LATENT | {"query_rank_count": 0.75}, 0.75 * (48 + 190) + KEYS_AND_OUTPUT),
        (LATENT | {"query_rank_count": 0}, 48 * 190 + KEYS_AND_OUTPUT),
        (LATENT | {"latent_count": 0.75}, 30 * (48 + 190) + 48 * 7.75 + 0.75 * 240 + 120 * 48),
    ],
)
def test_attention_is_four_matrices_or_goes_through_its_ranks(changes, wanted):
    assert float(shape(changes).attention_parameters_count) == exact(wanted)


@pytest.mark.parametrize(("changes", "width"), [({"rotated_count": 7}, 12), (LATENT, 19), (LATENT | {"latent_count": 0.75}, 19)])
def test_latent_queries_and_keys_are_compared_in_their_position_too(changes, width):
    assert float(shape(changes).scored_count) == width


def test_tables_are_those_of_tokens_and_of_positions():
    assert float(shape().embedding_parameters_count) == exact(TABLES)


def test_a_mixture_has_all_its_experts_is_multiplied_with_those_chosen_and_meets_these_and_its_tables():
    found = shape(EXPERTS)
    spared = 7 * 5 * EXPERT
    assert float(found.parameters_count) == exact(INNER + TABLES)
    assert float(found.active_parameters_count) == exact(INNER - spared + TABLES)
    assert float(found.multiplied_parameters_count) == exact(INNER - spared + 48 * 700)


@pytest.mark.parametrize(("seen", "wanted"), [(Seen.ALL, 26), (Seen.NONE, 0)])
def test_windows_narrow_nothing_where_all_is_counted_or_none(seen, wanted):
    assert float(shape(WINDOWS).seen_count(26.0, seen)) == wanted
    assert float(shape(WINDOWS).seen_count(jnp.asarray(26.0), seen)) == wanted


@pytest.mark.parametrize(
    ("sequence", "narrow"),
    [(26.0, 8 - 8 * 8 / 52), (8.0, 4.0), (5.0, 2.5)],
)
def test_a_token_sees_half_of_what_is_before_it_or_its_window_less_what_the_start_lacks(sequence, narrow):
    wanted = 0.7 * sequence / 2 + 0.3 * narrow
    assert float(shape(WINDOWS).seen_count(sequence, Seen.BEFORE)) == exact(wanted)


SEEN = 0.7 * 13 + 0.3 * (8 - 64 / 52)
CORE = 2 * 11 * 10 * (19 + 12)
"""Forward work of the cores by token and by position that it sees."""
MET = 11 * SQUEEZED + 4 * 3 * 48 * 160 + 7 * (9 * EXPERT + 3 * 48 * 26 + 48 * 14)
HEAD = 48 * 700


def whole():
    """A mixture with latent ranks and windows."""
    return shape(EXPERTS, LATENT, WINDOWS)


def test_cores_of_attention_compare_and_weigh_by_head():
    assert float(whole().attention_flop(26.0, Seen.BEFORE)) == exact(CORE * SEEN)


@pytest.mark.parametrize(
    ("convention", "wanted"),
    [
        ((), 6 * (MET + HEAD) + 3 * CORE * SEEN),
        ((Convention(),), 6 * (MET + HEAD) + 3 * CORE * 26),
        ((Convention(Seen.NONE),), 6 * (MET + HEAD)),
        ((Convention(Seen.BEFORE, Recompute.SELECTIVE),), 6 * (MET + HEAD) + 4 * CORE * SEEN),
        ((Convention(Seen.ALL, Recompute.FULL),), 8 * MET + 6 * HEAD + 4 * CORE * 26),
        ((Convention(parameters_only=True),), 6 * (MET + TABLES)),
        ((Convention(Seen.ALL, Recompute.FULL, True),), 6 * (MET + TABLES)),
    ],
)
def test_work_is_three_forward_passes_and_what_is_computed_again_where_that_counts(convention, wanted):
    assert float(whole().training_flop(26.0, *convention)) == exact(wanted)


def test_conventions_are_what_their_publishers_count():
    assert Convention() == (Seen.ALL, Recompute.NONE, False) == room.FULL_ATTENTION
    assert room.CAUSAL == (Seen.BEFORE, Recompute.NONE, False)
    assert room.MEGATRON_2021 == (Seen.ALL, Recompute.FULL, False)
    assert room.SIX_N == (Seen.ALL, Recompute.NONE, True)
    assert [seen.value for seen in Seen] == [1.0, 0.5, 0.0]


@pytest.mark.parametrize(("wanted", "work"), [((), 6 * (MET + HEAD) + 3 * CORE * SEEN), ((room.SIX_N,), 6 * (MET + TABLES))])
def test_a_converted_utilization_counts_the_same_tokens_by_another_convention(wanted, work):
    published = 8 * MET + 6 * HEAD + 4 * CORE * 26
    assert float(converted(0.37, whole(), 26.0, room.MEGATRON_2021, *wanted)) == exact(0.37 * work / published)
