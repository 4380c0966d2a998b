"""Halls: shell, cooling and electrical room for IT load, by way of building."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.asset import AbstractAsset, Flows
from capexmodel.param import param


class Hall(AbstractAsset):
    """Halls by way of building (standard, rapid). Paid evenly over the building time, in use at its end.

    Leaves out: economies of scale within a site, rack density limits of a cooling kind.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    price_usd_per_w: Float[Array, "hall"] = param("construction cost of one watt of IT load, cooling and electrical fit-out included", gt=0)
    build_s: Float[Array, "hall"] = param("start of construction to IT load", gt=0)
    build_spread: Float[Array, "hall"] = param("half-width of the building time as a share of it", gt=0, le=1)
    embodied_kg_per_w: Float[Array, "hall"] = param("carbon of building one watt of IT load, shell, cooling and wiring", ge=0, default=0.0)
    block_w: Float[Array, "hall"] = param("IT load of the hall that is built whole", gt=0, default=1.0)

    def flows(self, stock: Float[Array, "hall site edge"]) -> Flows:
        """Halls house IT power."""
        return Flows({"it_power_w": jnp.sum(stock, axis=0)})
