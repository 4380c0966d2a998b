"""Carbon and water of a plan, by site and fiscal year: of operation in three ways of counting, and of what was made before it ran.

Energy from the grid carries the grid's carbon by location; counted by contracts of the year, what they match carries none; counted hour by
hour, what is made in another hour counts for nothing. Energy of sources that stand by themselves carries their own in every
way. What was made is counted when it
is paid: chips as they ship, halls and sources while they are built.

Source: GHG Protocol Scope 2 Guidance (2015), chapter 4 (location and market); Google, 24/7 by 2030 (2020) (hour by hour).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.model import timing
from capexmodel.model.allocation import Orders
from capexmodel.model.scenario import Scenario


class Carbon(eqx.Module):
    """Energy by who gives it, the carbon it leaves in the air, and carbon embodied in what is bought. Leaves out: what stood before the
    as-of date, rented chips, networks, and how the grid changes over the years.
    """

    drawn_j: Float[Array, "site year"]
    source_j: Float[Array, "source site year"]
    own_kg: Float[Array, "source site year"]
    grid_kg: Float[Array, "site year"]
    contracts_kg: Float[Array, "site year"]
    hourly_kg: Float[Array, "site year"]
    chips_kg: Float[Array, "site year"]
    halls_kg: Float[Array, "hall site year"]
    sources_kg: Float[Array, "source site year"]
    water_kg: Float[Array, "site year"]

    @property
    def grid_j(self) -> Float[Array, "site year"]:
        """Energy that comes from the grid: what no source gives."""
        return self.drawn_j - jnp.sum(self.source_j, axis=0)

    @property
    def location_kg(self) -> Float[Array, "site year"]:
        """Carbon of operation, the grid's by location."""
        return self.grid_kg + jnp.sum(self.own_kg, axis=0)

    @property
    def annual_kg(self) -> Float[Array, "site year"]:
        """Carbon of operation, the grid's less what contracts match over the year."""
        return self.contracts_kg + jnp.sum(self.own_kg, axis=0)

    @property
    def matched_kg(self) -> Float[Array, "site year"]:
        """Carbon of operation where only what is made in the hour it is used counts as matched."""
        return self.hourly_kg + jnp.sum(self.own_kg, axis=0)

    @property
    def embodied_kg(self) -> Float[Array, "site year"]:
        """Carbon of making what is bought."""
        return self.chips_kg + jnp.sum(self.halls_kg, axis=0) + jnp.sum(self.sources_kg, axis=0)


def account(scenario: Scenario, orders: Orders, it_j: Float[Array, "site year"], drawn_j: Float[Array, "site year"]) -> Carbon:
    """Count carbon and water of a plan whose chips use so much energy and whose sites draw so much. Affine in orders and energy."""
    site, source, given_j = scenario.site, scenario.source, orders.energy_j
    grid_j, grid = drawn_j - jnp.sum(given_j, axis=0), site.grid_carbon_kg_per_j[:, None]
    elsewhen_j = jnp.einsum("ksy,k->sy", given_j, 1.0 - source.hourly_matched_share)
    edges_s, order_edges_s = scenario.calendar.year_edges_s, scenario.calendar.decision_edges_s
    shipped = jnp.diff(timing.placed(edges_s, order_edges_s), axis=0)
    return Carbon(
        drawn_j=drawn_j,
        source_j=given_j,
        own_kg=given_j * source.carbon_kg_per_j[:, None, None],
        grid_kg=grid_j * grid,
        contracts_kg=grid_j * grid * (1.0 - site.contracted_share)[:, None],
        hourly_kg=grid_j * grid * (1.0 - site.hourly_matched_share)[:, None] + elsewhen_j * grid,
        chips_kg=jnp.sum(orders.chips_count * scenario.accelerator.embodied_kg[:, None, None], axis=0) @ shipped.T,
        halls_kg=_built_kg(scenario, orders.hall_w, scenario.hall.build_s, scenario.hall.embodied_kg_per_w),
        sources_kg=_built_kg(scenario, orders.source_w, source.build_s, source.embodied_kg_per_w),
        water_kg=it_j * site.water_kg_per_j[:, None],
    )


def _built_kg(scenario: Scenario, orders_w: Array, build_s: Array, kg_per_w: Array) -> Float[Array, "kind site year"]:
    edges_s, order_edges_s = scenario.calendar.year_edges_s, scenario.calendar.decision_edges_s
    built = jnp.diff(timing.paid_while_building(edges_s, order_edges_s, build_s), axis=1)
    return jnp.einsum("ksd,kyd,k->ksy", orders_w, built, kg_per_w)


def counted_kg(scenario: Scenario, carbon: Carbon) -> Float[Array, "year"]:
    """Carbon of a year that its limit counts: of operation by location, and a share of what is embodied."""
    return jnp.sum(carbon.location_kg + scenario.envelope.embodied_share[None] * carbon.embodied_kg, axis=0)


def paid_usd(scenario: Scenario, carbon: Carbon) -> Float[Array, "site year"]:
    """What carbon costs: of operation at the price of the place and of the year, of a share of what is embodied at that of the year."""
    envelope, place = scenario.envelope, scenario.site.carbon_price_usd_per_kg[:, None]
    embodied = envelope.embodied_share[None] * carbon.embodied_kg
    return carbon.location_kg * place + (carbon.location_kg + embodied) * envelope.carbon_price_usd_per_kg[None]
