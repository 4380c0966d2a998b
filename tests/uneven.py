"""A run for sums by hand: every number of it is another one, few are round, and none is 0, 1 or 2."""

from typing import Any

import jax.numpy as jnp

from capexmodel.param import params
from capexmodel.training.chip import Chip, Reached
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.layout import Job, Layout
from capexmodel.training.transformer import Transformer

DENSE = {
    "layers_count": 11, "hidden_count": 48, "heads_count": 10, "kv_heads_count": 6, "head_count": 12, "ffn_count": 160,
    "ffn_matrices_count": 3, "vocabulary_count": 700, "embeddings_count": 1.6, "positions_count": 33,
}  # fmt: skip
EXPERTS = {"experts_count": 14, "chosen_count": 9, "expert_ffn_count": 44, "shared_ffn_count": 26, "dense_layers_count": 4}
LATENT = {"query_rank_count": 30, "latent_count": 20, "rotated_count": 7}
WINDOWS = {"window_count": 8, "windowed_share": 0.3}
LAYOUT = {
    "tensor_count": 5, "pipeline_count": 2.5, "chunk_count": 1.25, "context_count": 1.5, "data_count": 7, "expert_count": 3.5,
    "micro_batch_count": 0.75, "sharding_count": 0.25, "sequence_share": 0.3, "recomputed_share": 0.2, "partly_share": 0.4,
    "core_share": 0.15,
}  # fmt: skip
JOB = {
    "sequence_count": 26, "batch_count": 42, "chips_count": 24, "eight_bit_share": 0.35, "four_bit_share": 0.28, "release_years": -0.6,
}  # fmt: skip
"""With its layout: 13 positions a pass (0.75 x 26 / 1.5), and 8 passes a step (42 / 7 / 0.75)."""
CHIP = {
    "peak_eflops": 6e-5, "attention_eflops": 4e-5, "memory_gb": 70, "memory_gb_per_s": 900, "scaleup_gb_per_s": 130,
    "scaleout_gb_per_s": 17, "domain_count": 9,
}  # fmt: skip
REACHED = {"multiplied_s": 0.003, "moved_s": 0.07, "faster_ratio": 1.3, "within_s": 0.6, "beyond_s": 5.3, "domain_count": 9}
SOFTWARE = {
    "product_share": 0.72, "attention_share": 0.55, "rows_half_count": 17, "columns_half_count": 13, "inner_half_count": 23,
    "expert_rows_half_count": 31, "memory_share": 0.83, "scaleup_share": 0.77, "scaleout_share": 0.64, "passes_factor": 19,
    "eight_bit_factor": 3.4, "four_bit_factor": 4.7, "tensor_overlap_share": 0.22, "expert_overlap_share": 0.37,
    "context_overlap_share": 0.41, "pipeline_overlap_share": 0.58, "data_overlap_share": 0.66, "bubble_factor": 1.15,
    "straggler_ratio": 0.07, "optimizer_factor": 29, "launch_s": 0.9, "layer_launch_s": 1.7, "permute_factor": 5.2,
    "progress_ratio": 0.45, "imbalance_factor": 1.4, "partial_share": 0.62, "head_factor": 1.35, "window_factor": 1.9,
    "unsplit_share": 0.18, "unhidden_share": 0.12,
}  # fmt: skip


def made(kind: type, numbers: dict[str, float]) -> Any:
    """A module of the numbers of its fields; those that are not told are as declared."""
    defaults = {name: declared.default for name, declared in params(kind).items()}
    return kind(**{name: jnp.asarray(float(number)) for name, number in (defaults | numbers).items()})


def shape(*more: dict[str, float], **changes: float) -> Transformer:
    """A dense decoder, with what else is told."""
    numbers = DENSE | {name: number for part in more for name, number in part.items()} | changes
    return made(Transformer, numbers)


def layout(**changes: float) -> Layout:
    """How it is cut, but for the changes."""
    return made(Layout, LAYOUT | changes)


def job(*more: dict[str, float], **changes: float) -> Job:
    """A step of a dense decoder with what else is told; a change is of the number of that name in the shape, the layout or the job."""
    shapes = {name: number for part in more for name, number in part.items()}
    shapes |= {name: number for name, number in changes.items() if name in params(Transformer)}
    cuts = {name: number for name, number in changes.items() if name in params(Layout)}
    numbers = JOB | {name: number for name, number in changes.items() if name in JOB}
    assert set(changes) <= {*shapes, *cuts, *JOB}
    return Job(shape(shapes), layout(**cuts), **{name: jnp.asarray(float(number)) for name, number in numbers.items()})


def chip(**changes: float) -> Chip:
    """A chip, but for the changes."""
    return made(Chip, CHIP | changes)


def reached(**changes: float) -> Reached:
    """What is reached of one: of a size that no part is much longer than another."""
    return made(Reached, REACHED | changes)


def software(**changes: float) -> Efficiency:
    """What reaches it, but for the changes."""
    return made(Efficiency, SOFTWARE | changes)
