"""One campus or several: what a run yields whose chips stand on several sites, from the time of its step, the fiber between, and failures.

Answers "one site of 2 GW, or four of 500 MW?" with the very steps that plans are timed by, and says what `[job.NAME.reach]` of a plan
should be. Leaves out: the price of the fiber, sites whose number of copies is not whole, and a batch that grows with the run.

Source: as in `sites`; volumes of gradients, Rajbhandari et al. 2020, section 7.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.training import exchange
from capexmodel.training.chip import Chip, Reached
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.goodput import Reliability
from capexmodel.training.layout import Job
from capexmodel.training.memory import fitted
from capexmodel.training.sites import AbstractSpread, Sites, Synchronous, exchanged_gb
from capexmodel.training.step_time import step_time
from capexmodel.training.transformer import SIX_N
from capexmodel.types import Scalar
from capexmodel.units import scale


def resized(job: Job, chips_count: Scalar) -> Job:
    """The same step on another number of chips: the same cut and batch, more or fewer copies."""
    layout = job.layout
    copies = chips_count / (layout.tensor_count * layout.pipeline_count * layout.context_count)
    return eqx.tree_at(lambda step: (step.chips_count, step.layout.data_count), job, (chips_count, copies))


def alone_s(job: Job, chip: Chip, efficiency: Efficiency) -> Array:
    """Time of a step on one site that has all chips; where memory is short, layers are computed again."""
    return step_time(fitted(job, chip), chip, efficiency).total_s


def sites_of(chips_count: Float[Array, "site"], chip: Chip, link_gb_per_s: Float[Array, "site"], latency_s: Scalar) -> Sites:
    """So many chips of one kind at each site, each with work by its compute."""
    compute = chips_count * chip.peak_eflops
    return Sites(chips_count, compute, compute, link_gb_per_s, latency_s)


def every_step(job: Job, chip: Chip, efficiency: Efficiency, sites: Sites) -> Synchronous:
    """Every step together: gradients of all parameters in 16 bits, summed inside each site first, behind as much work as software hides.

    Source: Rajbhandari et al. 2020, section 7.1 (two bytes of gradient by parameter).
    """
    reached = Reached.of(chip, efficiency)
    inside = [exchange.copies_s(resized(job, sites.chips_count[place]), reached, efficiency) for place in range(sites.number)]
    gradients = exchanged_gb(job.shape.parameters_count, jnp.asarray(16.0))
    return Synchronous(gradients, jnp.stack(inside), efficiency.data_overlap_share)


def useful_eflops(spread: AbstractSpread, sites: Sites, job: Job, chip: Chip, efficiency: Efficiency, reliability: Reliability) -> Array:
    """Useful compute of a run over sites, six FLOP for each parameter that a token meets: what spread and failures leave of one site's."""
    step_s = alone_s(job, chip, efficiency)
    work = job.batch_count * job.sequence_count * job.shape.training_flop(job.sequence_count, SIX_N) * float(scale("flop"))
    return work / step_s * spread.useful_share(sites, step_s, reliability)


def reach(spread: AbstractSpread, sites: Sites, step_s: Scalar, reliability: Reliability) -> Array:
    """What a unit of compute off the first site is worth to a run beside one at it, by what all sites together yield: none where the first
    alone yields as much. A plan that says so in `[job.NAME.reach]` counts what these sites yield.

    More than one where sites that fail apart lose less than one that fails as a whole: a plan takes no more than one. A kink where the
    first site alone begins to yield as much. Leaves out: that a run on fewer chips is less cut up.
    """
    one = reliability.goodput(jnp.sum(sites.chips_count))
    home = sites.compute_share[0]
    return jnp.maximum(spread.useful_share(sites, step_s, reliability) / one - home, 0.0) / (1.0 - home)
