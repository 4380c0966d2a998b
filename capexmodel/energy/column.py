"""A portfolio as a single source of a plan: capital for a firm watt, running cost and carbon of a joule, and when the last of it is there.

The price of carbon is not in the running cost, for a plan charges its own. Leaves out: that a smaller or larger plan would choose another
portfolio (per watt it is the same as long as nothing is limited), and what is there before the last part.
"""

import equinox as eqx
import jax.numpy as jnp

from capexmodel.energy.clean import source_share
from capexmodel.energy.plants import Cells, Plants
from capexmodel.energy.portfolio import Draw, Operation, Sources
from capexmodel.param import param
from capexmodel.types import Scalar

_LITTLE = 1e-4
"""Share of the largest load below which a capacity is not there."""


class FirmColumn(eqx.Module):
    """What a plan needs to know of a portfolio."""

    capital_usd_per_w: Scalar = param("capital of a firm watt: of the largest load", ge=0)
    running_usd_per_j: Scalar = param("cost of a joule beside capital: energy, fixed cost, contracts", ge=0)
    carbon_kg_per_j: Scalar = param("carbon of a joule", ge=0)
    build_s: Scalar = param("order to the last part of it", ge=0)


def firm_column(plants: Plants, cells: Cells, sources: Sources, draw: Draw, found: Operation) -> FirmColumn:
    """The column of a portfolio. What is not met is left out: there should be none of it."""
    size_w, capacity = jnp.max(draw.load_w), found.capacity
    drawn_w = jnp.sum(draw.day_share[:, None] * draw.load_w) / draw.load_w.shape[1]
    battery_usd = cells.power_usd_per_w * capacity.battery_w + cells.store_usd_per_j * capacity.battery_j
    fixed_usd_per_w_per_s = sources.capacity_usd_per_w_per_s - plants.capital_usd_per_w * plants.recovery_per_s
    fixed_usd_per_s = jnp.sum(fixed_usd_per_w_per_s * capacity.source_w) + cells.fixed_per_s * battery_usd
    there, stands = capacity.source_w > _LITTLE * size_w, capacity.battery_w > _LITTLE * size_w
    return FirmColumn(
        capital_usd_per_w=(jnp.sum(plants.capital_usd_per_w * capacity.source_w) + battery_usd) / size_w,
        running_usd_per_j=fixed_usd_per_s / drawn_w + jnp.sum(sources.energy_usd_per_j * source_share(draw, found)),
        carbon_kg_per_j=found.carbon_kg_per_s / drawn_w,
        build_s=jnp.maximum(jnp.max(jnp.where(there, plants.build_s, 0.0)), jnp.where(stands, cells.build_s, 0.0)),
    )
