"""What a training step keeps in the memory of one chip, and whether it fits: parameters, gradients, optimizer, activations, logits.

Counts what has to be there, not what allocators waste. Leaves out: offloading, buffers of collectives, and copies in few bits.

Source: Korthikanti et al. 2022, arXiv 2205.05198, equations 1 to 5 (activations); Rajbhandari et al. 2020, section 3.1 (16 bytes by
parameter in mixed precision); Narayanan et al. 2021, section 2.2 (micro-batches in flight).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from capexmodel.param import param
from capexmodel.training.chip import Chip, moved_gb
from capexmodel.training.exchange import held_count
from capexmodel.training.layout import Job
from capexmodel.types import Scalar

HEADROOM = 0.92
"""Share of a chip's memory that a step may fill: the rest is for buffers and what allocators lose."""
_SOFTNESS = 0.02
"""Share of all layers over which computing some again sets in: where memory just suffices it would have no slope."""


class Kept(eqx.Module):
    """Memory of the fullest chip, by what it is used for."""

    parameters_gb: Scalar = param("parameters in 16 bits", ge=0)
    gradients_gb: Scalar = param("their gradients", ge=0)
    optimizer_gb: Scalar = param("master copy and two moments in 32 bits", ge=0)
    activations_gb: Scalar = param("what the backward pass needs of the forward one", ge=0)
    logits_gb: Scalar = param("scores of the vocabulary", ge=0)

    @property
    def lasting_gb(self) -> Array:
        """What is kept from step to step, whatever the batch."""
        return self.parameters_gb + self.gradients_gb + self.optimizer_gb

    @property
    def total_gb(self) -> Array:
        """All of it."""
        return self.lasting_gb + self.activations_gb + self.logits_gb


def _in_flight_count(job: Job) -> Array:
    """Passes whose activations the first stage holds at once: as many as there are stages, a little more where layers are dealt.

    Source: Narayanan et al. 2021, section 2.2; Korthikanti et al. 2022, section 4.2.3: 1 + (p - 1) / (p m) times the first stage.
    """
    stages, chunks = job.layout.pipeline_count, job.layout.chunk_count
    dealt = jnp.where(chunks > 1, 1.0 + (stages - 1.0) / (stages * chunks), 1.0)
    return jnp.minimum(stages * dealt, jnp.maximum(job.micro_batches_count, 1.0))


def _activations_gb(job: Job) -> Array:
    """Activations of all layers of one stage in flight: 34 bytes by position and channel with fused attention, 2 where a layer is computed
    again; routed tokens are kept once for each expert they go to.

    Source: Korthikanti et al. 2022, equations 2, 4 and 5, without the scores that fused attention never stores (Dao et al. 2022).
    """
    shape, layout = job.shape, job.layout
    stream = job.positions_count * shape.hidden_count
    split = layout.sequence_share * layout.tensor_count + (1.0 - layout.sequence_share)
    again = jnp.minimum(layout.recomputed_share + 0.5 * layout.partly_share, 1.0)
    kept = 24.0 / layout.tensor_count + 10.0 / split
    routed = 8.0 * shape.chosen_count * shape.expert_layers_count / shape.layers_count / layout.tensor_count
    by_layer = (1.0 - again) * (kept + routed) + again * 2.0 / split
    return _in_flight_count(job) * shape.layers_count / layout.pipeline_count * moved_gb(stream, 1.0) * by_layer


def kept(job: Job) -> Kept:
    """Memory that a step needs on its fullest chip.

    Source: Rajbhandari et al. 2020, section 3.1: 2 bytes of parameters, 2 of gradients and 12 of Adam's state by parameter.
    """
    layout = job.layout
    met, routed = held_count(job)
    copies = layout.data_count * layout.context_count
    expert_copies = jnp.maximum(copies * layout.tensor_count / layout.expert_count, 1.0)

    def by_parameter(bytes_each: float, shared: Array) -> Array:
        return moved_gb(met, bytes_each) / jnp.where(shared, copies, 1.0) + moved_gb(routed, bytes_each) / jnp.where(
            shared, expert_copies, 1.0
        )

    logits = 4.0 * moved_gb(job.positions_count * job.shape.vocabulary_count / layout.tensor_count, 1.0)
    return Kept(
        by_parameter(2.0, layout.sharded),
        by_parameter(2.0, layout.sharding_count > 1.5),
        by_parameter(12.0, layout.optimizer_shared),
        _activations_gb(job),
        logits,
    )


def fitted(job: Job, chip: Chip) -> Job:
    """The step with as many more layers computed again as the chip's memory asks for; smooth where that sets in.

    Overstates what can be had where not even all layers computed again would fit: the price of memory then goes on rising as before.
    """
    now = job.layout.recomputed_share
    short = (kept(job).total_gb - HEADROOM * chip.memory_gb) / _freed_gb(job)
    return eqx.tree_at(lambda j: j.layout.recomputed_share, job, now + _SOFTNESS * jax.nn.softplus(short / _SOFTNESS))


def _freed_gb(job: Job) -> Array:
    """Memory that all layers computed again need less than none: never nothing, however many are computed again already."""

    def activations_gb(share: float) -> Array:
        parts = jnp.full((), share), jnp.zeros(())
        return _activations_gb(eqx.tree_at(lambda j: (j.layout.recomputed_share, j.layout.partly_share), job, parts))

    return activations_gb(0.0) - activations_gb(1.0)
