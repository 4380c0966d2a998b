"""Time of one training step, and what it is spent on: from a job, a chip and what software reaches of it.

Smooth in every number, also in those that only whole values of can be run. Leaves out: evaluation, checkpoints and failures (`goodput`),
loading of data, and schedules other than one forward, one backward, interleaved or not.

Source: Narayanan et al. 2021, arXiv 2104.04473, section 2.2 (pipeline bubble); Korthikanti et al. 2022 (recomputation); Grattafiori et al.
2024, arXiv 2407.21783, section 3.3 (overlap of exchange and work).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.training import exchange
from capexmodel.training.chip import Chip, Reached
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.layer_time import Forward, forward, product_s
from capexmodel.training.layout import Job
from capexmodel.training.smooth import exposed_s


class Step(eqx.Module):
    """Seconds of one step, by what they are spent on; their sum is the step."""

    products_s: Float[Array, ""] = param("matrix products, the output table included", ge=0)
    attention_s: Float[Array, ""] = param("cores of attention", ge=0)
    memory_s: Float[Array, ""] = param("element-wise work", ge=0)
    routing_s: Float[Array, ""] = param("routing of tokens to experts", ge=0)
    tensor_s: Float[Array, ""] = param("exchange within tensor and context groups that does not hide", ge=0)
    experts_s: Float[Array, ""] = param("exchange between experts that does not hide", ge=0)
    stages_s: Float[Array, ""] = param("exchange between stages that does not hide", ge=0)
    bubble_s: Float[Array, ""] = param("idle stages while a pipeline fills and empties", ge=0)
    copies_s: Float[Array, ""] = param("exchange between copies that does not hide", ge=0)
    optimizer_s: Float[Array, ""] = param("update of the parameters", ge=0)
    straggler_s: Float[Array, ""] = param("waiting for the slowest of many chips", ge=0)

    @property
    def total_s(self) -> Array:
        """The whole step."""
        return sum(jax.tree.leaves(self), start=jnp.zeros(()))


def _head_s(job: Job, reached: Reached, efficiency: Efficiency) -> Array:
    """Time of the output table and the loss, forward and backward, of one pass; the last stage holds it, the others wait for half of it.

    Source: three products of the table's size (forward, and two backward); logits are read and written three times.
    """
    columns, layout = job.shape.vocabulary_count / job.layout.tensor_count, job.layout
    products = product_s((job.positions_count, columns, job.shape.hidden_count), reached, efficiency, efficiency.rows_half_count)
    logits = 6.0 * reached.moved_s * job.positions_count * columns
    return efficiency.head_factor * 0.5 * (1.0 + 1.0 / layout.pipeline_count) * (3.0 * products + logits)


def _passed(job: Job, once: Forward, again: Array) -> Forward:
    """Time of a pass forward and backward, with what is computed again.

    Source: backward products are two of each forward one; flash attention backward computes scores again, 2.5 times its forward work
    (Dao 2023, arXiv 2307.08691, section 4.1); element-wise work backward reads half as much again.
    """
    core = job.layout.core_share
    return Forward(
        (3.0 + again) * once.products_s,
        (3.5 + again + core) * once.attention_s,
        (2.5 + again) * once.memory_s,
        (2.5 + again) * once.routing_s,
    )


def _exposed_s(job: Job, reached: Reached, efficiency: Efficiency, work_s: Array) -> Array:
    """What of the exchange between copies does not hide behind work: where they share parameters it can hide behind all of it, else behind
    the last pass."""
    exchanged = exchange.copies_s(job, reached, efficiency)
    window = work_s / jnp.where(job.layout.sharded, 1.0, job.micro_batches_count)
    left = exposed_s(exchanged, efficiency.data_overlap_share * window)
    return left + (1.0 - efficiency.data_overlap_share) * efficiency.unhidden_share * exchanged


def _straggling(job: Job, efficiency: Efficiency) -> Array:
    """Share of a step lost to the slowest of many chips: grows with each doubling beyond a node. Source: calibrated; a node has 8 chips."""
    return efficiency.straggler_ratio * jnp.log2(jnp.maximum(job.chips_count / 8.0, 1.0))


def step_time(job: Job, chip: Chip, efficiency: Efficiency) -> Step:
    """Time one training step takes, and what it is spent on."""
    layout, passes, reached = job.layout, job.micro_batches_count, Reached.of(chip, efficiency)
    again = layout.recomputed_share + layout.partly_share * efficiency.partial_share
    once = _passed(job, forward(job, chip, reached, efficiency), again)
    layers, expert_layers = (count / layout.pipeline_count for count in (job.shape.layers_count, job.shape.expert_layers_count))
    ways = 2.0 + again
    tensor = ways * layers * (exchange.tensor_s(job, reached, efficiency) + exchange.context_s(job, reached, efficiency))
    experts = ways * expert_layers * exchange.experts_s(job, reached, efficiency)
    stages = exchange.stages_s(job, reached, efficiency)
    head = _head_s(job, reached, efficiency)
    one_pass = once.total_s + head + tensor + experts + stages
    met, routed = exchange.held_count(job)
    spread = jnp.where(layout.optimizer_shared, layout.data_count * layout.context_count, 1.0)
    update = efficiency.optimizer_factor * 0.5 * (met + routed) / spread
    step = Step(
        products_s=passes * (once.products_s + head),
        attention_s=passes * once.attention_s,
        memory_s=passes * once.memory_s,
        routing_s=passes * once.routing_s,
        tensor_s=passes * tensor,
        experts_s=passes * experts,
        stages_s=passes * stages,
        bubble_s=(layout.pipeline_count - 1.0) / layout.chunk_count * one_pass * efficiency.bubble_factor,
        copies_s=_exposed_s(job, reached, efficiency, passes * one_pass),
        optimizer_s=update * reached.moved_s,
        straggler_s=jnp.zeros(()),
    )
    return eqx.tree_at(lambda parts: parts.straggler_s, step, _straggling(job, efficiency) * step.total_s)


def tokens_per_s_per_chip(job: Job, chip: Chip, efficiency: Efficiency) -> Array:
    """Throughput of one chip of the run."""
    return job.batch_count * job.sequence_count / job.chips_count / step_time(job, chip, efficiency).total_s
