"""Who gives the energy of a year at a site, and how much carbon it may leave: rules that are affine in orders."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.model import carbon, money
from capexmodel.planning.choice import View
from capexmodel.planning.constraint import AbstractAffine

PLENTY = 1e12
"""Room, in base units, that stands for no limit."""


def _where_apart(view: View, slack: Float[Array, "site year"]) -> Float[Array, "site year"]:
    return jnp.where(jnp.any(view.scenario.source.site_share < 1), slack, PLENTY)


class SourceEnergy(AbstractAffine):
    """A source gives no more in a year than it can."""

    name: str = eqx.field(static=True, default="source_energy")
    unit: str = eqx.field(static=True, default="j")
    axes: tuple[str, ...] = eqx.field(static=True, default=("source", "site", "year"))

    def slack(self, view: View) -> Float[Array, "source site year"]:
        """Most it can give less what it gives."""
        return money.source_most_j(view.scenario, view.stock) - view.orders.energy_j


class DrawnEnergy(AbstractAffine):
    """Sources together give no more in a year than their site draws: nothing is sold. Without effect where no source stands by itself."""

    name: str = eqx.field(static=True, default="drawn_energy")
    unit: str = eqx.field(static=True, default="j")
    axes: tuple[str, ...] = eqx.field(static=True, default=("site", "year"))

    def slack(self, view: View) -> Float[Array, "site year"]:
        """Drawn less given: what the grid gives."""
        return _where_apart(view, money.drawn_j(view.scenario, view.stock) - jnp.sum(view.orders.energy_j, axis=0))


class GridEnergy(AbstractAffine):
    """The grid gives no more in a year than comes through the connection of a site; sources must give the rest.

    Without effect where no source of the scenario stands by itself: then all power is like the site's own.
    """

    name: str = eqx.field(static=True, default="grid_energy")
    unit: str = eqx.field(static=True, default="j")
    axes: tuple[str, ...] = eqx.field(static=True, default=("site", "year"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("site.site_power_w",)

    def slack(self, view: View) -> Float[Array, "site year"]:
        """Most through the connection less what the grid gives."""
        grid_j = money.drawn_j(view.scenario, view.stock) - jnp.sum(view.orders.energy_j, axis=0)
        return _where_apart(view, money.grid_most_j(view.scenario, view.stock) - grid_j)


class CarbonCap(AbstractAffine):
    """Carbon of every fiscal year: of operation by location, and the share of what is embodied that the scenario counts."""

    name: str = eqx.field(static=True, default="carbon")
    unit: str = eqx.field(static=True, default="kg")
    axes: tuple[str, ...] = eqx.field(static=True, default=("year",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("envelope.carbon_kg",)

    def slack(self, view: View) -> Float[Array, "year"]:
        """Limit less carbon; plenty, whatever is chosen, where there is no limit."""
        limit = view.scenario.envelope.carbon_kg
        some = jnp.isfinite(limit)
        counted = carbon.counted_kg(view.scenario, money.footprint(view.scenario, view.orders, view.stock))
        return jnp.where(some, jnp.where(some, limit, 0.0) - counted, PLENTY)
