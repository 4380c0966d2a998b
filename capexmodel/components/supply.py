"""Supply: how many chips a vendor offers, and what it asks beyond that."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param


class Supply(eqx.Module):
    """Vendors. Offers are at list price; beyond them the price of the next chip rises by `premium` per offer, up to a hard end.

    The vendor's list price in the premium is the plain mean over its chips, so that cost stays convex in units.
    Leaves out: bargaining, prepayment discounts, allocation between buyers.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    offered_count_per_s: Float[Array, "vendor step"] = param("chips offered at list price, from each date on", ge=0, at="offered_at_s")
    offered_at_s: Float[Array, "vendor step"] = param("dates from which an offer holds", dates=True)
    stretch: Float[Array, "vendor"] = param("most that can be had beyond the offer, as a share of it", ge=0)
    premium: Float[Array, "vendor"] = param("rise of the next chip's price, as a share of list, per offer beyond the offer", ge=0)

    def premium_usd(self, count: Array, offered_count: Array, list_usd: Array) -> Array:
        """Price paid above list for `count` chips. Source: list x premium x (excess)^2 / (2 offers); one chip keeps a zero offer finite."""
        excess = jnp.maximum(count - offered_count, 0.0)
        return list_usd * self.premium[:, None] * excess * excess / (2.0 * (offered_count + 1.0))

    def count(self, spend_usd: Array, list_count: Array, offered_count: Array, list_usd: Array) -> Array:
        """Chips had for a sum that would buy `list_count` at list price: the inverse of list price plus premium.

        Source: root of the premium's parabola, a e^2 + q e = S - q K in the excess e over the offers K; q is
        the mean list price of the mix and a = list x premium / (2 (K + 1)).
        """
        bought = list_count > 0
        mean_usd = jnp.where(bought, spend_usd, 1.0) / jnp.where(bought, list_count, 1.0)
        curve = list_usd * self.premium[:, None] / (2.0 * (offered_count + 1.0))
        beyond_usd = jnp.maximum(spend_usd - mean_usd * offered_count, 0.0)
        root = jnp.sqrt(mean_usd * mean_usd + 4.0 * curve * beyond_usd)
        excess = 2.0 * beyond_usd / (mean_usd + root)
        return jnp.where(bought, jnp.minimum(list_count, offered_count) + excess, 0.0)
