"""What a chip costs by time and by work, all in: its system, network, storage, halls and energy, capital paid back as annuities.

Leaves out: people of the laboratory, taxes, idle chips beyond the share of time that is lost, and residual value.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from capexmodel.finance.annuity import Money, Ownership
from capexmodel.finance.gigawatt import Build
from capexmodel.param import param
from capexmodel.types import Scalar


class Use(eqx.Module):
    """How what was built is used and paid back."""

    it_life_s: Scalar = param("time over which systems, network and storage are paid back", gt=0)
    facility_life_s: Scalar = param("time over which halls and generation are paid back", gt=0)
    energy_usd_per_j: Scalar = param("price of energy at the meter", ge=0)
    load_share: Scalar = param("average over peak power of systems", gt=0, le=1)
    average_ratio: Scalar = param("site over IT energy of a year", ge=1)
    other_usd_per_w_per_s: Scalar = param("all other running cost of a watt of IT load, by time", ge=0)
    busy_share: Scalar = param("share of time in which a chip works", gt=0, le=1)


def owned(build: Build, use: Use) -> Ownership:
    """Capital and running cost of one counted watt of a build."""
    parts = build.parts()
    it_share = 1.0 / (1.0 + build.site_share * (build.overhead_ratio - 1.0))
    energy = it_share * use.load_share * use.average_ratio * use.energy_usd_per_j
    capital = jnp.stack([parts.it_usd_per_w, parts.halls_usd_per_w + parts.generation_usd_per_w])
    lives = jnp.stack([use.it_life_s, use.facility_life_s])
    return Ownership(capital, lives, energy + it_share * use.other_usd_per_w_per_s)


def chip_usd_per_s(build: Build, use: Use, money: Money) -> Array:
    """What one chip costs by time, whether it works or not: the same whichever watt is counted."""
    counted_w = build.chip_w * (1.0 + build.site_share * (build.overhead_ratio - 1.0))
    return counted_w * owned(build, use).cost_usd_per_s(money)


def work_usd_per_eflop(build: Build, use: Use, money: Money, peak_eflops: Scalar, utilization: Scalar) -> Array:
    """What useful work costs, by the share of its peak that a chip reaches while it works."""
    return chip_usd_per_s(build, use, money) / (peak_eflops * utilization * use.busy_share)
