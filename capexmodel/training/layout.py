"""How a training step is spread over chips, and what it works on.

Every count may be any number from one up (what passes through at once may be less), so that a step time has a slope in it; only
whole ones can be run (`parallelism.layouts`).
Source: Shoeybi et al. 2019 (tensor), Narayanan et al. 2021 (pipeline, interleaved), Korthikanti et al. 2022 (sequence), Rajbhandari et al.
2020 (sharded data parallelism, ZeRO), Lepikhin et al. 2021 (experts), Liu et al. 2023 (context, ring attention).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from capexmodel.param import param
from capexmodel.training.transformer import Transformer
from capexmodel.types import Scalar

STAGES = 3
"""Things that copies may share, of those that ZeRO has. Source: Rajbhandari et al. 2020."""


class Layout(eqx.Module):
    """How a model and its batch are cut: over which chips, in which order, and what is computed again."""

    tensor_count: Scalar = param("chips that share each matrix", ge=1, default=1.0)
    pipeline_count: Scalar = param("stages of layers, one after the other", ge=1, default=1.0)
    chunk_count: Scalar = param("pieces that a stage's layers are dealt in (interleaved schedule)", ge=1, default=1.0)
    context_count: Scalar = param("chips that share each sequence", ge=1, default=1.0)
    data_count: Scalar = param("copies that each take a part of the batch", ge=1, default=1.0)
    expert_count: Scalar = param("chips over which the experts of a layer are spread", ge=1, default=1.0)
    micro_batch_count: Scalar = param("sequences of one copy that pass through at once", gt=0, default=1.0)
    sharding_count: Scalar = param(
        "what copies share: 0 nothing, 1 optimizer, 2 gradients too, 3 parameters too", ge=0, le=STAGES, default=0.0
    )
    sequence_share: Scalar = param("share of element-wise work that is cut along the sequence over the tensor group", ge=0, default=0.0)
    recomputed_share: Scalar = param("share of layers computed again backward", ge=0, le=1, default=0.0)
    partly_share: Scalar = param("share of layers of which it is only known that some are computed again", ge=0, le=1, default=0.0)
    core_share: Scalar = param("share of layers of which the core of attention alone is computed again backward", ge=0, le=1, default=0.0)

    @property
    def chips_count(self) -> Array:
        """Chips of the whole layout."""
        return self.tensor_count * self.pipeline_count * self.context_count * self.data_count

    @property
    def sharded(self) -> Array:
        """Whether parameters themselves are shared by copies and gathered for each layer: stage 3."""
        return self.sharding_count > 2.0

    @property
    def optimizer_shared(self) -> Array:
        """Whether copies share the state of the optimizer: stage 1 and more."""
        return self.sharding_count > 0.5


class Job(eqx.Module):
    """A training step: a shape, a batch, a layout, a precision and the age of the software."""

    shape: Transformer
    layout: Layout
    sequence_count: Scalar = param("tokens of a sequence", gt=0)
    batch_count: Scalar = param("sequences of one step, over all copies", gt=0)
    chips_count: Scalar = param("chips of the run", gt=0)
    eight_bit_share: Scalar = param("share of matrix products in 8 bits", ge=0, le=1, default=0.0)
    four_bit_share: Scalar = param("share of matrix products in 4 bits", ge=0, le=1, default=0.0)
    release_years: Scalar = param("age of the software's release, in years since the start of 2025, before it negative", default=0.0)

    @property
    def micro_batches_count(self) -> Array:
        """Passes of one copy in one step; at least one."""
        return jnp.maximum(self.batch_count / (self.layout.data_count * self.layout.micro_batch_count), 1.0)

    @property
    def positions_count(self) -> Array:
        """Tokens of one pass on one chip of the context group."""
        return self.layout.micro_batch_count * self.sequence_count / self.layout.context_count
