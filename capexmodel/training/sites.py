"""One model trained over several sites: what share of all their compute is left, by the way the work is spread.

Three ways: every step together, with gradients exchanged over the links between sites (`Synchronous`); seldom together, each site going on
alone for many steps (`LowCommunication`: DiLoCo and its streaming form); or layer by layer, activations passing from site to site
(`Pipelined`). Compared with one site that has all the compute, so that one campus and several smaller ones can be weighed. Smooth, but for
a kink where two sites are equally slow: the slowest holds up the rest. Leaves out: links that fail or are shared with others, price of the
links, and what a smaller site spares in its own network.

Source: Douillard et al. 2023, arXiv 2311.08105 (DiLoCo); Douillard et al. 2025, arXiv 2501.18512 (Streaming DiLoCo); Charles et al. 2025,
arXiv 2503.09799, appendix A (time of an exchange; how loss grows with replicas); Huang et al. 2019, arXiv 1811.06965 (pipelines).
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.training.goodput import Reliability
from capexmodel.training.smooth import exposed_s
from capexmodel.training.topology import all_reduce_s
from capexmodel.types import Scalar


class Sites(eqx.Module):
    """Where a model is trained, and the links between. Work is split by weight: compute gives an even pace, ones give equal parts."""

    chips_count: Float[Array, "site"] = param("chips of a site in the run", gt=0)
    compute_eflops: Float[Array, "site"] = param("compute of those chips", gt=0)
    work_weight: Float[Array, "site"] = param("weight of a site in the split of the work of a step", gt=0)
    link_gb_per_s: Float[Array, "site"] = param("bandwidth between a site and the others, each way", gt=0)
    latency_s: Scalar = param("time of the smallest message between two sites, one way", ge=0)

    @property
    def number(self) -> int:
        """How many sites there are."""
        return self.chips_count.shape[0]

    @property
    def compute_share(self) -> Float[Array, "site"]:
        """Share of all compute that a site has."""
        return self.compute_eflops / jnp.sum(self.compute_eflops)

    @property
    def pace_ratio(self) -> Float[Array, "site"]:
        """Time a site takes for its part of a step over what an even split would take."""
        return self.work_weight / jnp.sum(self.work_weight) / self.compute_share

    def exchange_s(self, data_gb: Scalar) -> Array:
        """Time until all sites hold the sum of so much data of each; the slowest link sets it."""
        times = all_reduce_s(data_gb, jnp.asarray(self.number, float), self.link_gb_per_s, self.latency_s)
        return jnp.max(times)


class AbstractSpread(eqx.Module):
    """A way of spreading one training run over sites."""

    @abc.abstractmethod
    def step_s(self, sites: Sites, alone_s: Scalar) -> Array:
        """Time of one step's worth of progress, given its time on one site that has all the compute."""

    @abc.abstractmethod
    def goodput(self, sites: Sites, reliability: Reliability) -> Array:
        """Share of the time that failures leave."""

    def share(self, sites: Sites, alone_s: Scalar) -> Array:
        """Share of the compute of all sites that is left, beside one site that has it all: one of one site."""
        return alone_s / self.step_s(sites, alone_s)

    def useful_share(self, sites: Sites, alone_s: Scalar, reliability: Reliability) -> Array:
        """That share, of the time that failures leave: what to compare one large site and several smaller ones by."""
        return self.share(sites, alone_s) * self.goodput(sites, reliability)


class Synchronous(AbstractSpread):
    """Every step together: gradients are summed inside each site, then between sites, both behind the computation as far as it goes.

    A failure anywhere stops all. The time of a step alone has its own exposed communication in it; here only what comes on top counts.
    """

    gradient_gb: Scalar = param("gradients that sites exchange in a step", ge=0)
    inside_s: Float[Array, "site"] = param("time to sum gradients inside a site, before they leave it", ge=0)
    overlap_share: Scalar = param("share of a step's time behind which communication can hide", ge=0, le=1)

    def step_s(self, sites: Sites, alone_s: Scalar) -> Array:
        """Time of a step: that of the slowest site."""
        paced = sites.pace_ratio * alone_s
        window = self.overlap_share * paced
        added = exposed_s(self.inside_s + sites.exchange_s(self.gradient_gb), window) - exposed_s(self.inside_s, window)
        return jnp.max(paced + added)

    def goodput(self, sites: Sites, reliability: Reliability) -> Array:
        """Share of the time that failures of any site leave."""
        return reliability.goodput(jnp.sum(sites.chips_count))


class LowCommunication(AbstractSpread):
    """Each site trains alone for many steps; then an outer optimizer averages what they changed, whole or fragment after fragment.

    One fragment and nothing hidden is DiLoCo, several hidden behind inner steps its streaming form. What it costs in progress grows with
    the number of sites; how fast is measured only up to some billions of parameters, so it is a parameter to be varied. A failure stops its
    site alone: a round ends by the clock, and a site that stood still has less to add. Leaves out: that fewer steps between exchanges cost
    less progress.
    """

    inner_steps_count: Scalar = param("steps that a site takes alone between two exchanges of the same parameters", ge=1)
    fragments_count: Scalar = param("parts in which parameters are exchanged one after the other", ge=1, default=1.0)
    hidden_steps_count: Scalar = param("inner steps that go on while a fragment is on its way: none in DiLoCo", ge=0, default=0.0)
    delta_gb: Scalar = param("change of all parameters as it is exchanged, in its own precision", ge=0)
    loss_exponent: Scalar = param("exponent with which the work to reach the same loss grows with the number of sites")

    def step_s(self, sites: Sites, alone_s: Scalar) -> Array:
        """Time of a step's worth of progress: a round of inner steps and what is exposed of its exchanges, by step, times its extra work.

        A fragment can hide no longer than until the next: a kink. Source: Douillard et al. 2025, sections 2.2 to 2.4; Charles et al. 2025
        (loss as a power of the number of replicas).
        """
        inner = jnp.max(sites.pace_ratio) * alone_s
        apart = self.inner_steps_count / self.fragments_count
        fragment = sites.exchange_s(self.delta_gb / self.fragments_count)
        waiting = exposed_s(fragment, jnp.minimum(self.hidden_steps_count, apart) * inner) / apart
        return (inner + waiting) * sites.number**self.loss_exponent

    def goodput(self, sites: Sites, reliability: Reliability) -> Array:
        """Share of the time that each site's own failures leave, by its compute."""
        return jnp.sum(sites.compute_share * jax.vmap(reliability.goodput)(sites.chips_count))


class Pipelined(AbstractSpread):
    """Layers are split between sites in a row: activations pass forward and their gradients back, micro-batch after micro-batch.

    A failure anywhere stops all. Overstates the loss of a model whose pipeline is as deep on one site.
    """

    micro_batches_count: Scalar = param("micro-batches of a step", gt=0)
    activation_gb: Scalar = param("activations of a whole step at the boundary between two sites, one way", ge=0)
    overlap_share: Scalar = param("share of a micro-batch's time behind which its passing on can hide", ge=0, le=1)

    def step_s(self, sites: Sites, alone_s: Scalar) -> Array:
        """Time of a step: m + p - 1 micro-batches of the slowest stage, and a message through the row and back.

        A site between two others sends both ways. Source: Huang et al. 2019, section 2.3 (the bubble).
        """
        micro = jnp.max(sites.pace_ratio) * alone_s / self.micro_batches_count
        sent_gb = min(sites.number - 1, 2) * self.activation_gb / self.micro_batches_count
        passing = exposed_s(sent_gb / jnp.min(sites.link_gb_per_s), self.overlap_share * micro)
        return (self.micro_batches_count + sites.number - 1) * (micro + passing) + 2.0 * (sites.number - 1) * sites.latency_s

    def goodput(self, sites: Sites, reliability: Reliability) -> Array:
        """Share of the time that failures of any site leave."""
        return reliability.goodput(jnp.sum(sites.chips_count))


def exchanged_gb(parameters_count: Scalar, bits_count: Scalar) -> Array:
    """Size of so many numbers of so many bits: gradients of 16, changes of 4. Source: IEC 80000-13: 8 bits a byte; 10^9 a gigabyte."""
    return parameters_count * bits_count / 8e9


def fiber_latency_s(kilometers: Float[Array, "*#step"], detour_ratio: Float[Array, "*#step"]) -> Array:
    """Time of light through a fiber, one way, its route longer than the straight line by a ratio: 4.9 microseconds a kilometer.

    Leaves out amplifiers and routers, a few microseconds each. Source: ITU-T G.652 fiber has a group index of 1.468 at 1,550 nm (Corning
    SMF-28 data sheet), so light goes at 0.68 of its speed in a vacuum, 299,792.458 km/s (SI brochure, 9th edition).
    """
    return kilometers * detour_ratio * 1.468 / 299_792.458
