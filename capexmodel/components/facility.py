"""Halls: shell, cooling and electrical room for IT load, by way of building."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.asset import AbstractAsset, Flows
from capexmodel.param import param


class Hall(AbstractAsset):
    """Halls by way of building (standard, rapid). Paid evenly over the building time, in use at its end.

    A kind with an overhead of its own has it at every site; without one it has the site's, and with it the site's climate. Leaves out:
    economies of scale within a site.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    price_usd_per_w: Float[Array, "hall"] = param("construction cost of one watt of IT load, cooling and electrical fit-out included", gt=0)
    build_s: Float[Array, "hall"] = param("start of construction to IT load", gt=0)
    build_spread: Float[Array, "hall"] = param("half-width of the building time as a share of it", gt=0, le=1)
    peak_pue: Float[Array, "hall"] = param("facility over IT power at design peak: nothing, that of the site", ge=0, default=0.0)
    average_pue: Float[Array, "hall"] = param("facility over IT energy over a year: nothing, that of the site", ge=0, default=0.0)
    rack_w: Float[Array, "hall"] = param("most power of a rack that its cooling takes: nothing, no limit", ge=0, default=0.0)
    embodied_kg_per_w: Float[Array, "hall"] = param("carbon of building one watt of IT load, shell, cooling and wiring", ge=0, default=0.0)
    block_w: Float[Array, "hall"] = param("IT load of the hall that is built whole", gt=0, default=1.0)

    def flows(self, stock: Float[Array, "hall site edge"]) -> Flows:
        """Halls house IT power."""
        return Flows({"it_power_w": jnp.sum(stock, axis=0)})
