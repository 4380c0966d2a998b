"""Generation bought beside what a site has been promised."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.asset import AbstractAsset, Flows
from capexmodel.param import param


class Source(AbstractAsset):
    """Power of one's own by kind (engines, a line, a portfolio of wind, sun and batteries): what a watt costs, counts for and can give.

    A share of it is like the site's own supply and adds to what comes through the connection, at the site's price and with the grid's
    carbon (a line, or engines of which nothing else is known); the rest stands by itself, with a price and carbon of its own, and a plan
    says how much it gives in a year. Leaves out: redundancy beyond the nameplate price, fixed cost of running, and dispatch within a year:
    hours in which engines carry a peak, while the mean of the year would fit through the connection.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    price_usd_per_w: Float[Array, "source"] = param("turnkey cost of one watt of firm site power", gt=0)
    build_s: Float[Array, "source"] = param("order to energised", gt=0)
    build_spread: Float[Array, "source"] = param("half-width of the lead time as a share of it", gt=0, le=1)
    firm_share: Float[Array, "source"] = param("share of a watt that counts as firm power", ge=0, le=1, default=1.0)
    use_share: Float[Array, "source"] = param("most a watt gives over a year, as mean over peak", ge=0, le=1, default=1.0)
    site_share: Float[Array, "source"] = param(
        "share of it that is like the site's own supply, in price and carbon", ge=0, le=1, default=1.0
    )
    energy_price_usd_per_j: Float[Array, "source"] = param("what energy of the rest costs: fuel, wear, a contract", ge=0, default=0.0)
    carbon_kg_per_j: Float[Array, "source"] = param("carbon of energy of the rest", ge=0, default=0.0)
    hourly_matched_share: Float[Array, "source"] = param("share of that energy made in the hour it is used", ge=0, le=1, default=1.0)
    embodied_kg_per_w: Float[Array, "source"] = param("carbon of building one watt", ge=0, default=0.0)

    def flows(self, stock: Float[Array, "source site edge"]) -> Flows:
        """Sources feed the site, at its meter."""
        return Flows({"site_power_w": jnp.sum(stock * self.firm_share[:, None, None], axis=0)})
