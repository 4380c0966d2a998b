"""Traits of a run: the sizes along which what the equations miss changes slowly."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.training.layout import Job

NAMES = (
    "sequence", "positions", "hidden", "layers", "chips", "passes", "tensor", "pipeline",
    "context", "chunks", "expert", "recomputed", "sharding", "experts", "release", "batch",
)  # fmt: skip


def traits(job: Job) -> Float[Array, "trait"]:
    """Logarithms of the sizes of a job, and its other traits as they are, in the order of `NAMES`."""
    shape, layout = job.shape, job.layout
    sizes = (
        job.sequence_count, layout.micro_batch_count * job.sequence_count, shape.hidden_count, shape.layers_count, job.chips_count,
        1.0 + job.micro_batches_count, layout.tensor_count, layout.pipeline_count, layout.context_count, layout.chunk_count,
        layout.expert_count, jnp.maximum(shape.experts_count, 1.0), job.batch_count,
    )  # fmt: skip
    named = dict(zip([name for name in NAMES if name not in ("recomputed", "sharding", "release")], map(jnp.log, sizes), strict=True))
    named |= {"recomputed": layout.recomputed_share, "sharding": _part(layout.sharding_count), "release": job.release_years}
    return jnp.stack([jnp.asarray(named[name], float) for name in NAMES])


def _part(sharding_count: Array) -> Array:
    """Stage of sharding over the last one. Source: Rajbhandari et al. 2020, three stages."""
    return sharding_count / 3.0
