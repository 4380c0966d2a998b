"""Accelerators: what a training chip costs installed, draws, and computes."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.asset import AbstractAsset, Flows
from capexmodel.param import param


class Accelerator(AbstractAsset):
    """Chips by type. Price and power are those of the installed system a chip sits in (host, rack), without the cluster network.

    Leaves out: retirement within the horizon, price change over time other than the supplier's premium.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    vendor: tuple[str, ...] = eqx.field(static=True)
    peak_eflops: Float[Array, "accelerator"] = param("dense peak of one chip in the precision of the scenario", gt=0)
    it_power_w: Float[Array, "accelerator"] = param("peak IT power of one chip with its share of host, rack and cluster network", gt=0)
    price_usd: Float[Array, "accelerator"] = param("installed system price of one chip at list", gt=0)
    load: Float[Array, "accelerator"] = param("average over peak power while training", gt=0, le=1)
    install_s: Float[Array, "accelerator"] = param("shipment to running", gt=0)
    install_spread: Float[Array, "accelerator"] = param("half-width of the installation time as a share of it", gt=0, le=1)

    embodied_kg: Float[Array, "accelerator"] = param(
        "carbon of making one chip with its memory and its share of server and rack", ge=0, default=0.0
    )
    rack_count: Float[Array, "accelerator"] = param("chips in the rack or server that is ordered whole", gt=0, default=1.0)

    share: Float[Array, "accelerator step"] = param(
        "most of its vendor's chips that can be of this type, from each date on", ge=0, le=1, at="share_at_s", default=0.0
    )
    share_at_s: Float[Array, "accelerator step"] = param("dates from which a share holds", dates=True)

    @property
    def rack_w(self) -> Float[Array, "accelerator"]:
        """Power of a whole rack, the chips' share of the cluster network included."""
        return self.it_power_w * self.rack_count

    def flows(self, stock: Float[Array, "accelerator site edge"]) -> Flows:
        """Chips draw IT power and network ports and give compute."""
        return Flows(
            gives={"compute_eflops": jnp.sum(stock * self.peak_eflops[:, None, None], axis=0)},
            takes={"it_power_w": jnp.sum(stock * self.it_power_w[:, None, None], axis=0), "network_ports_count": jnp.sum(stock, axis=0)},
        )
