"""What a scenario says of training itself: utilization as measured, research before a run, and the programme of models."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Utilization(eqx.Module):
    """Utilization as measured, for those who have figures of their own: it falls as a power of scale. Else it is timed (`recipe`)."""

    mfu: Scalar = param("model FLOP utilization of a small run, without failures", gt=0, le=1)
    scale_eflops: Scalar = param("peak compute at which the fall with scale sets in", gt=0)
    scale_exponent: Scalar = param("power with which utilization falls with scale", ge=0, lt=1)
    chip_eflops: Scalar = param("peak of one chip of the cluster, to count chips that can fail", gt=0)

    def mfu_at(self, run_eflops: Array) -> Array:
        """MFU of a run: mfu (1 + C / C_scale)^-k. Source: power-law fall with scale, softened so that its slope at zero is finite."""
        return self.mfu * jnp.exp(-self.scale_exponent * jnp.log1p(run_eflops / self.scale_eflops))


SOFTENING = 1e-3
"""Share of the balanced experiment compute that keeps the slope of the research rate finite at no experiments."""


class Research(eqx.Module):
    """Experiments and people that a model needs before it is ready: a requirement, not a multiplier of compute.

    The research rate is experiments^a x people^(1-a), scaled so that one unit of useful experiment compute counts as one at
    `eflops_per_head`.
    Softened at a thousandth of that ratio, so that its slope at zero is finite. Leaves out: the quality of ideas.
    """

    experiment_ratio: Scalar = param("experiment work a model needs for each unit of its own training work", ge=0)
    compute_exponent: Scalar = param("weight a of experiment compute against people", gt=0, lt=1)
    eflops_per_head: Scalar = param("peak experiment compute per head at which compute and people are in balance", gt=0)

    def useful_eflops(self, experiment_eflops: Array, heads_count: Array, mfu: Scalar) -> Array:
        """Research rate in units of useful compute: mfu x E^a (k x people)^(1-a). Source: Cobb-Douglas, constant returns to scale."""
        balanced_eflops = jnp.maximum(heads_count, 1.0) * self.eflops_per_head
        ratio = experiment_eflops / balanced_eflops
        return mfu * experiment_eflops * jnp.exp((self.compute_exponent - 1.0) * jnp.log(ratio + SOFTENING))


class Programme(eqx.Module):
    """Models to be trained: work, what is done of it, release lag, deadline, weight; no start dates, a run starts when chips are there."""

    names: tuple[str, ...] = eqx.field(static=True)
    deadlined: tuple[bool, ...] = eqx.field(static=True)
    work_eflop: Float[Array, "job"] = param("training work of the model", gt=0)
    done: Float[Array, "job"] = param("share of that work done at the as-of date", ge=0, le=1, default=0.0)
    research_left: Float[Array, "job"] = param("share of its experiments still to be done at the as-of date", ge=0, le=1, default=1.0)
    release_lag_s: Float[Array, "job"] = param("post-training, evaluation and release after the run: minimum durations", ge=0)
    deadline_s: Float[Array, "job"] = param("date by which it must be out", dates=True)
    weight: Float[Array, "job"] = param("weight of its date in the aim", ge=0, default=1.0)
    largest_run_count: Float[Array, "job"] = param("most chips one run of it can use", gt=0)
    reach: Float[Array, "job site"] = param(
        "worth of a unit of compute at a site to the run: 1 at its campus, less at a distance", ge=0, le=1, default=0.0
    )

    def remaining_eflop(self) -> Float[Array, "job"]:
        """Training work still to be done at the as-of date."""
        return self.work_eflop * (1.0 - self.done)
