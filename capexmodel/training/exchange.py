"""Time of what chips exchange in a training step, over two tiers: within a scale-up domain, and beyond it.

Leaves out: contention between kinds of exchange, latency of small messages, and congestion, which calibration puts into the shares of
bandwidth reached.

Source: volumes by ring algorithms, Patarasuk and Yuan 2009; tensor parallelism, Shoeybi et al. 2019; all-to-all, Lepikhin et al. 2021;
context parallelism, Liu et al. 2023; gradients and shared parameters, Rajbhandari et al. 2020.
"""

import jax.numpy as jnp
from jaxtyping import Array

from capexmodel.training.chip import Reached, moved_gb
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.layout import Job
from capexmodel.training.smooth import larger
from capexmodel.types import Scalar


def tensor_s(job: Job, reached: Reached, efficiency: Efficiency) -> Array:
    """Time of one layer's two all-reduces (or as many gathers and scatters) of the stream, forward.

    Source: Shoeybi et al. 2019, section 3: two all-reduces, each of twice the stream by ring.
    """
    group = job.layout.tensor_count
    volume = 4.0 * (group - 1.0) / group * moved_gb(job.positions_count * job.shape.hidden_count)
    return volume * jnp.where(group <= reached.domain_count, reached.within_s, reached.beyond_s) * (1.0 - efficiency.tensor_overlap_share)


def context_s(job: Job, reached: Reached, efficiency: Efficiency) -> Array:
    """Time of passing keys and values of one layer round the chips that share a sequence, forward."""
    group, shape = job.layout.context_count, job.shape
    volume = 2.0 * moved_gb(job.positions_count * shape.kv_heads_count * shape.scored_count) / job.layout.tensor_count * (group - 1.0)
    fits = job.layout.tensor_count * group <= reached.domain_count
    return volume * jnp.where(fits, reached.within_s, reached.beyond_s) * (1.0 - efficiency.context_overlap_share)


def experts_s(job: Job, reached: Reached, efficiency: Efficiency) -> Array:
    """Time of sending one layer's tokens to their experts and back, forward; the part of the group beyond the domain goes the slow way."""
    group = job.layout.expert_count
    outside = jnp.maximum(1.0 - reached.domain_count / group, 0.0)
    sent = moved_gb(job.positions_count / job.layout.tensor_count * job.shape.chosen_count * job.shape.hidden_count)
    time = 2.0 * sent * (group - 1.0) / group * ((1.0 - outside) * reached.within_s + outside * reached.beyond_s)
    return time * (1.0 - efficiency.expert_overlap_share)


def stages_s(job: Job, reached: Reached, efficiency: Efficiency) -> Array:
    """Time of handing one micro-batch from stage to stage, forward and backward, as often as layers are dealt."""
    layout = job.layout
    volume = 2.0 * layout.chunk_count * moved_gb(job.positions_count * job.shape.hidden_count) / layout.tensor_count
    return jnp.where(layout.pipeline_count > 1, volume * reached.beyond_s * (1.0 - efficiency.pipeline_overlap_share), 0.0)


def _gathered_s(volume_gb: Scalar, group: Scalar, near: Scalar, reached: Reached) -> Array:
    """Time of gathering, or scattering, so much at each chip of a group of which some are near: by rings over all links of a node."""
    outside = jnp.where(group > near, reached.beyond_s / near, 0.0)
    return volume_gb * (1.0 - 1.0 / jnp.maximum(group, 1.0)) * larger(outside, reached.within_s)


def held_count(job: Job) -> tuple[Array, Array]:
    """Parameters of the fullest stage on one chip before copies share them: those every token meets, and those of experts."""
    shape, layout = job.shape, job.layout
    by_width = shape.ffn_matrices_count * shape.hidden_count
    plain_layers = shape.layers_count - shape.expert_layers_count
    met = shape.layers_count * shape.attention_parameters_count + by_width * (
        plain_layers * shape.ffn_count + shape.expert_layers_count * shape.shared_ffn_count
    )
    tables = shape.vocabulary_count * shape.hidden_count * 0.5 * (1.0 + 1.0 / layout.pipeline_count)
    held = shape.expert_layers_count * by_width * shape.expert_ffn_count * shape.experts_count
    return (met / layout.pipeline_count + tables) / layout.tensor_count, held / (layout.expert_count * layout.pipeline_count)


def copies_s(job: Job, reached: Reached, efficiency: Efficiency) -> Array:
    """Time of what copies of a model exchange in a step: gradients once, or, where they share parameters, two gathers and a scatter of
    each layer in every pass.

    Source: Rajbhandari et al. 2020, section 7 (volumes of the stages); two bytes by number of each exchange.
    """
    layout = job.layout
    group = layout.data_count * layout.context_count
    near = jnp.clip(reached.domain_count / layout.tensor_count, 1.0, group)
    met, routed = held_count(job)
    shared = 3.0 * _gathered_s(moved_gb(met + routed), group, near, reached) * job.micro_batches_count
    expert_group = jnp.maximum(group * layout.tensor_count / layout.expert_count, 1.0)
    expert_near = jnp.maximum(reached.domain_count / layout.expert_count, 1.0)
    gradients = _gathered_s(2.0 * moved_gb(met), group, near, reached)
    gradients = gradients + _gathered_s(2.0 * moved_gb(routed), expert_group, expert_near, reached)
    return jnp.where(layout.sharded, shared, gradients)
