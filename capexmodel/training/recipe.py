"""How runs of growing size are trained: the batch and the cut of each size, from which its step is timed.

Between the sizes of a table lies a smooth curve (`useful`). Leaves out: that a larger model has more to cut than the shape that is timed.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.training.chip import Chip
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.layout import STAGES, Job, Layout
from capexmodel.training.memory import fitted
from capexmodel.training.step_time import tokens_per_s_per_chip
from capexmodel.training.transformer import SIX_N, Transformer
from capexmodel.units import scale

_EFLOP = float(scale("flop"))
ONE_COPY = ("tensor_count", "pipeline_count", "context_count")
"""Parts of a cut whose product is the chips of one copy of the model."""


class Recipe(eqx.Module):
    """A way to train for each of several sizes of cluster, smallest first. Copies of the model take what chips its cut leaves; they share
    the state of the optimizer, and parameters too where a size says so."""

    names: tuple[str, ...] = eqx.field(static=True)
    chips_count: Float[Array, "recipe"] = param("chips of a run of that size", ge=1)
    sequence_count: Float[Array, "recipe"] = param("tokens of a sequence", ge=1)
    batch_count: Float[Array, "recipe"] = param("sequences of one step, over all copies", ge=1)
    tensor_count: Float[Array, "recipe"] = param("chips that share each matrix", ge=1, default=1.0)
    pipeline_count: Float[Array, "recipe"] = param("stages of layers, one after the other", ge=1, default=1.0)
    chunk_count: Float[Array, "recipe"] = param("pieces that a stage's layers are dealt in", ge=1, default=1.0)
    context_count: Float[Array, "recipe"] = param("chips that share each sequence", ge=1, default=1.0)
    expert_count: Float[Array, "recipe"] = param("chips over which the experts of a layer are spread", ge=1, default=1.0)
    micro_batch_count: Float[Array, "recipe"] = param("sequences of one copy that pass through at once", ge=1, default=1.0)
    sharding_count: Float[Array, "recipe"] = param(
        "copies share: 0 nothing, 1 optimizer, 2 gradients, 3 parameters too", ge=0, le=STAGES, default=1.0
    )
    recomputed_share: Float[Array, "recipe"] = param("share of layers computed again backward", ge=0, le=1, default=0.0)
    eight_bit_share: Float[Array, "recipe"] = param("share of matrix products in 8 bits", ge=0, le=1, default=0.0)

    def jobs(self, shape: Transformer) -> Job:
        """The steps to be timed, side by side."""
        return jax.vmap(_job, in_axes=(0, None))({name: getattr(self, name) for name in _NUMBERS}, shape)


_NUMBERS = tuple(name for name in Recipe.__annotations__ if name != "names")


def _job(numbers: dict[str, Array], shape: Transformer) -> Job:
    """One size as a job: sequences are cut along with matrices, and nothing is known of the age of software."""
    step = ("chips_count", "sequence_count", "batch_count", "eight_bit_share")
    cut = {name: number for name, number in numbers.items() if name not in step}
    copies = numbers["chips_count"] / (cut["tensor_count"] * cut["pipeline_count"] * cut["context_count"])
    none = jnp.zeros(())
    layout = Layout(data_count=copies, sequence_share=jnp.ones(()), partly_share=none, core_share=none, **cut)
    return Job(shape, layout, four_bit_share=none, release_years=none, **{name: numbers[name] for name in step})


def flop_utilization(recipe: Recipe, shape: Transformer, chip: Chip, efficiency: Efficiency) -> Float[Array, "recipe"]:
    """Model FLOP utilization of each size, six FLOP for each parameter that a token meets, over the peak of its chips.

    Where memory is short, some layers are computed again.
    """

    def one(planned: Job) -> Array:
        job = fitted(planned, chip)
        useful_flop_per_s = tokens_per_s_per_chip(job, chip, efficiency) * shape.training_flop(job.sequence_count, SIX_N)
        return useful_flop_per_s * _EFLOP / chip.peak_eflops

    return jax.vmap(one)(recipe.jobs(shape))
