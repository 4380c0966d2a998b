"""Sizes and work of published models, from their published shapes: what their publishers say must come out.

Parameters: Llama 3 405B, "The Llama 3 Herd of Models" (arXiv 2407.21783), table 3; DeepSeek-V3, README_WEIGHTS.md and config.json of its
release (671B without the extra prediction module; 36.6B active, the output head's 0.9B among them).
Work: FLOP/s and tokens by second of the same run, of which the quotient is the publisher's FLOP by token. llm-foundry: MPT training
benchmarks, scripts/train/benchmarking/README.md (H100 80GB BF16 large scale; A100 80GB with 1600 Gbps). MT-NLG: Smith et al. 2022 (arXiv
2201.11990), section 2.4, hardware FLOP of a run with full recomputation. MaxText: high-performance configurations, README of
end_to_end/tpu (22B on TPU v4; 900B on TPU v6e).
"""

from functools import partial

import jax.numpy as jnp
import pytest

from capexmodel.training.transformer import FULL_ATTENTION, MEGATRON_2021, Convention, Transformer
from tests.shapes import shaped

LLAMA_405B = partial(shaped, layers=126, hidden=16384, heads=128, kv_heads=8, head=128, ffn=53248, ffn_matrices=3, vocabulary=128_000)
DEEPSEEK_V3 = partial(
    shaped, layers=61, hidden=7168, heads=128, kv_heads=128, head=128, ffn=18432, ffn_matrices=3, vocabulary=129_280, experts=256, chosen=8,
    expert_ffn=2048, shared_ffn=2048, dense_layers=3, query_rank=1536, latent=512, rotated=64,
)  # fmt: skip


def plain(
    layers: int, hidden: int, heads: int, head: int, vocabulary: int, ffn: int | None = None, matrices: int = 2
) -> partial[Transformer]:
    """A decoder with one table and a head of keys for each of queries."""
    return partial(
        shaped, layers=layers, hidden=hidden, heads=heads, kv_heads=heads, head=head, ffn=ffn or 4 * hidden, ffn_matrices=matrices,
        vocabulary=vocabulary, embeddings=1,
    )  # fmt: skip


MPT_3B, MPT_13B, MPT_30B, MPT_70B = (
    plain(layers, 128 * heads, heads, 128, 50368) for layers, heads in ((32, 20), (40, 40), (48, 56), (80, 64))
)
RUNS = [
    ("MPT-3b", MPT_3B, 2048.0, FULL_ATTENTION, 21664.488, 388.0),
    ("MPT-13b", MPT_13B, 2048.0, FULL_ATTENTION, 4952.756, 406.0),
    ("MPT-30b", MPT_30B, 2048.0, FULL_ATTENTION, 916.25, 172.0),
    ("MPT-70b", MPT_70B, 2048.0, FULL_ATTENTION, 1007.1016, 408.0),
    ("MT-NLG-530B", plain(105, 20480, 128, 160, 51200), 2048.0, MEGATRON_2021, 29.2085, 126.0),
    ("MaxText-22B", plain(48, 6144, 24, 128, 32000, 24576, 3), 2048.0, FULL_ATTENTION, 993.59, 156.0),
]


def test_parameters_are_those_published() -> None:
    """Within the digits that are printed."""
    deepseek = DEEPSEEK_V3()
    assert float(LLAMA_405B().parameters_count) == pytest.approx(405e9, rel=0.003)
    assert float(deepseek.parameters_count) == pytest.approx(671e9, abs=0.5e9)
    assert float(deepseek.multiplied_parameters_count) == pytest.approx(36.6e9, abs=0.05e9)


@pytest.mark.parametrize(
    ("shape", "sequence", "convention", "tokens_by_second", "tflops"), [run[1:] for run in RUNS], ids=[r[0] for r in RUNS]
)
def test_work_by_token_is_that_of_the_publisher(
    shape: partial[Transformer], sequence: float, convention: Convention, tokens_by_second: float, tflops: float
) -> None:
    """Within half a percent of FLOP/s that are printed to three digits; with attention counted otherwise it would be off by more where
    models are small."""
    counted = tokens_by_second * float(shape().training_flop(jnp.asarray(sequence), convention)) / 1e12
    assert counted == pytest.approx(tflops, rel=0.005)
