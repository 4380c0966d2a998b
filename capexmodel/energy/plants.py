"""What sources of power cost to have and to run, before an hour is looked at: plants, contracts, the grid, and cells that store.

Capital is a steady payment over a life, and a fixed cost goes with it; a contract is paid for all that it could yield, taken or not.
Leaves out: taxes and subsidies, what plants are worth at the end, and leaks of gas on the way to the plant.

Source: Barroso, Hölzle and Ranganathan, The Datacenter as a Computer, third edition (2018), chapter 6 (capital as a steady payment).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.energy.portfolio import Battery, Sources
from capexmodel.param import param
from capexmodel.types import Scalar


class Fuel(eqx.Module):
    """Gas, by the heat it gives."""

    heat_usd_per_j: Scalar = param("price of heat", ge=0)
    heat_kg_per_j: Scalar = param("carbon of heat, as burnt", ge=0)


class Plants(eqx.Module):
    """Sources by kind; what a kind has no part of is nothing."""

    names: tuple[str, ...] = eqx.field(static=True)
    capital_usd_per_w: Float[Array, "source"] = param("capital of a watt", ge=0)
    recovery_per_s: Float[Array, "source"] = param("payment for a dollar of capital by time, over its life", ge=0)
    fixed_per_s: Float[Array, "source"] = param("fixed cost by time as a share of capital", ge=0)
    contract_usd_per_j: Float[Array, "source"] = param("price of all that a contract could yield", ge=0)
    energy_usd_per_j: Float[Array, "source"] = param("price of what is taken, or wear; gas not counted", ge=0)
    heat_ratio: Float[Array, "source"] = param("heat of gas over electricity; nothing where none is burnt", ge=0)
    carbon_kg_per_j: Float[Array, "source"] = param("carbon of what is taken; gas not counted", ge=0)
    clean_share: Float[Array, "source"] = param("share of the energy that counts as free of carbon", ge=0, le=1)
    build_s: Float[Array, "source"] = param("order to power", ge=0)

    def sources(self, fuel: Fuel, available_share: Float[Array, "source day hour"], day_share: Float[Array, "day"]) -> Sources:
        """As the hours see them."""
        mean = jnp.einsum("sdh,d->s", available_share, day_share) / available_share.shape[2]
        return Sources(
            names=self.names,
            capacity_usd_per_w_per_s=self.capital_usd_per_w * (self.recovery_per_s + self.fixed_per_s) + self.contract_usd_per_j * mean,
            energy_usd_per_j=self.energy_usd_per_j + self.heat_ratio * fuel.heat_usd_per_j,
            carbon_kg_per_j=self.carbon_kg_per_j + self.heat_ratio * fuel.heat_kg_per_j,
            clean_share=self.clean_share,
            available_share=available_share,
        )


class Cells(eqx.Module):
    """A battery, power and energy bought by themselves."""

    power_usd_per_w: Scalar = param("capital of a watt of inverter", ge=0)
    store_usd_per_j: Scalar = param("capital of room for a joule", ge=0)
    recovery_per_s: Scalar = param("payment for a dollar of capital by time, over its life", ge=0)
    fixed_per_s: Scalar = param("fixed cost by time as a share of capital", ge=0)
    charge_share: Scalar = param("share of what goes in that is stored", gt=0, le=1)
    discharge_share: Scalar = param("share of what is taken out that arrives", gt=0, le=1)
    build_s: Scalar = param("order to power", ge=0)

    def battery(self) -> Battery:
        """As the hours see it."""
        paid = self.recovery_per_s + self.fixed_per_s
        return Battery(self.power_usd_per_w * paid, self.store_usd_per_j * paid, self.charge_share, self.discharge_share)
