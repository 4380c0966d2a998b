"""Counts of a transformer against closed forms, and slopes where numbers of heads or experts are moved."""

import jax
import jax.numpy as jnp
import pytest

from capexmodel.training.transformer import (
    CAUSAL,
    FULL_ATTENTION,
    MEGATRON_2021,
    SIX_N,
    Convention,
    Recompute,
    Seen,
    Transformer,
    converted,
)
from tests.shapes import shaped

SEQUENCE = 2048.0


def gpt() -> Transformer:
    """A plain decoder: feed-forward four times as wide, every head its own keys, one table."""
    return shaped(layers=24, hidden=2304, heads=24, kv_heads=24, head=96, ffn=4 * 2304, ffn_matrices=2, vocabulary=51200, embeddings=1)


def mixture() -> Transformer:
    """A mixture of experts with grouped keys, one dense layer and a shared expert."""
    return shaped(
        layers=10, hidden=512, heads=8, kv_heads=2, head=64, ffn=2048, vocabulary=1000,
        experts=16, chosen=2, expert_ffn=256, shared_ffn=128, dense_layers=1,
    )  # fmt: skip


def test_a_plain_layer_has_twelve_squares() -> None:
    """12 h^2 by layer and the table: the closed form of a plain decoder."""
    assert float(gpt().parameters_count) == pytest.approx(24 * 12 * 2304**2 + 51200 * 2304)


def test_work_follows_the_closed_form_of_2021() -> None:
    """96 B s l h^2 (1 + s/6h + V/16lh) by token, as Narayanan et al. 2021 have it (equation 3)."""
    wanted = 96 * 24 * 2304**2 * (1 + SEQUENCE / (6 * 2304) + 51200 / (16 * 24 * 2304))
    assert float(gpt().training_flop(SEQUENCE, MEGATRON_2021)) == pytest.approx(wanted, rel=1e-12)


def test_six_by_parameter_is_all_work_but_attention() -> None:
    """With attention counted as nothing and the table shared, work is six FLOP by parameter."""
    without = gpt().training_flop(SEQUENCE, Convention(Seen.NONE))
    assert float(without) == pytest.approx(float(gpt().training_flop(SEQUENCE, SIX_N)), rel=1e-12)


def test_causal_attention_is_half() -> None:
    """What the conventions differ by is the core of attention; selective recomputation adds a third of it, a full one a third of all
    layers."""
    shape = gpt()
    core = 3.0 * float(shape.attention_flop(SEQUENCE, Seen.ALL))
    whole, half = (float(shape.training_flop(SEQUENCE, convention)) for convention in (FULL_ATTENTION, CAUSAL))
    assert whole - half == pytest.approx(0.5 * core)
    selective = float(shape.training_flop(SEQUENCE, Convention(recompute=Recompute.SELECTIVE)))
    assert selective - whole == pytest.approx(core / 3.0)
    layers = whole - 6.0 * 2304 * 51200
    assert float(shape.training_flop(SEQUENCE, MEGATRON_2021)) - whole == pytest.approx(layers / 3.0)


def test_experts_that_are_not_chosen_are_no_work() -> None:
    """A mixture counted by hand, layer by layer."""
    shape = mixture()
    attention = 512 * (8 * 64) * 2 + 512 * (2 * 64) * 2
    routed, shared = 3 * 512 * 256, 3 * 512 * 128
    inner = 10 * attention + 3 * 512 * 2048 + 9 * (16 * routed + shared + 512 * 16)
    assert float(shape.parameters_count) == pytest.approx(inner + 2 * 1000 * 512)
    spared = 9 * 14 * routed
    assert float(shape.active_parameters_count) == pytest.approx(inner - spared + 2 * 1000 * 512)
    assert float(shape.multiplied_parameters_count) == pytest.approx(inner - spared + 1000 * 512)
    assert float(shape.training_flop(SEQUENCE, Convention(Seen.NONE))) == pytest.approx(6.0 * (inner - spared + 1000 * 512))


def test_a_conversion_keeps_tokens_by_second() -> None:
    """There and back is where it was; from hardware FLOP with recomputation to model FLOP utilization falls by a quarter or more."""
    shape = gpt()
    there = converted(0.44, shape, SEQUENCE, MEGATRON_2021, CAUSAL)
    assert float(converted(there, shape, SEQUENCE, CAUSAL, MEGATRON_2021)) == pytest.approx(0.44)
    assert float(there) < 0.75 * 0.44


@pytest.mark.parametrize("make", [gpt, mixture])
def test_every_number_of_a_shape_has_a_slope(make) -> None:
    """Slopes of work by central differences: all of them, also where a model has no experts and no latent attention."""

    def work(shape: Transformer) -> jax.Array:
        return shape.training_flop(SEQUENCE, CAUSAL)

    shape = make()
    slopes, structure = jax.tree.flatten(jax.grad(work)(shape))
    numbers = jax.tree.leaves(shape)
    for place, (slope, number) in enumerate(zip(slopes, numbers, strict=True)):
        if float(number) == 0.0:
            assert jnp.isfinite(slope)
            continue
        step = 1e-4 * float(number)
        ends = [
            float(work(jax.tree.unflatten(structure, [n + sign * step * (k == place) for k, n in enumerate(numbers)]))) for sign in (1, -1)
        ]
        assert float(slope) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-6, abs=1e-6 * float(work(shape)) / float(number))
