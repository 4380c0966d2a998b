"""How fast runs train in a scenario: useful compute by size of run, measured or timed, and what a site's network leaves of it."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.errors import ModelError
from capexmodel.model.scenario import Scenario
from capexmodel.training.recipe import flop_utilization
from capexmodel.training.useful import Useful
from capexmodel.types import Scalar


class Pace(eqx.Module):
    """Useful compute of a run by its size, the peak compute of the largest workable run of each job, and what the network of a site leaves
    of that run, beside a network as fast as the chip's own links."""

    useful: Useful
    largest_run_eflops: Float[Array, "job"]
    site_share: Float[Array, "job site"]


def pace(scenario: Scenario) -> Pace:
    """Work out how fast runs train: by measured utilization where there is one, else by the time of their steps.

    Leaves out that a run smaller than the largest loses less to a slow network.
    Raises: ModelError where utilization is neither measured nor timed; a scenario from a file always has one of the two.
    """
    job, site, of = scenario.job, scenario.site, scenario.utilization
    if of is not None:
        nothing_lost = jnp.ones((len(job.names), len(site.names)))
        return Pace(Useful.measured(of, scenario.reliability), job.largest_run_count * of.chip_eflops, nothing_lost)
    return _timed(scenario)


def _timed(scenario: Scenario) -> Pace:
    """The pace by the time of steps, over the chip's own links and over every network, side by side."""
    recipe, chip, shape, efficiency = scenario.recipe, scenario.chip, scenario.shape, scenario.efficiency
    if chip is None or shape is None or efficiency is None:
        raise ModelError("a scenario needs either a measured utilization, or a chip, a shape, an efficiency and recipes")
    largest, network = scenario.job.largest_run_count * chip.peak_eflops, scenario.network

    def over(gb_per_s: Scalar) -> Useful:
        linked = eqx.tree_at(lambda sheet: sheet.scaleout_gb_per_s, chip, gb_per_s)
        mfu = flop_utilization(recipe, shape, linked, efficiency)
        return Useful.of(recipe.chips_count, mfu, linked.peak_eflops, scenario.reliability)

    own = chip.scaleout_gb_per_s
    links = jnp.concatenate([own[None], jnp.where(network.chip_gb_per_s > 0, network.chip_gb_per_s, own)])
    useful = jax.vmap(over)(links)
    shares = jax.vmap(lambda one: one.log_share_at(largest))(useful)
    by_network = jnp.exp(shares[1:] - shares[:1])
    return Pace(jax.tree.map(lambda leaf: leaf[0], useful), largest, by_network[scenario.site.network_index(network.names)].T)
