"""Generation bought beside what a site has been promised."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.asset import AbstractAsset, Flows
from capexmodel.param import param


class Source(AbstractAsset):
    """On-site power by kind (engines, rapid units). Firm at its nameplate; its energy is paid at the site's energy price.

    Leaves out: redundancy beyond the nameplate price, emissions, dispatch.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    price_usd_per_w: Float[Array, "source"] = param("turnkey cost of one watt of firm site power", gt=0)
    build_s: Float[Array, "source"] = param("order to energised", gt=0)
    build_spread: Float[Array, "source"] = param("half-width of the lead time as a share of it", gt=0, le=1)

    def flows(self, stock: Float[Array, "source site edge"]) -> Flows:
        """Sources feed the site, at its meter."""
        return Flows({"site_power_w": jnp.sum(stock, axis=0)})
