"""Cluster networks: one port a chip on a non-blocking fat tree."""

import equinox as eqx
from jaxtyping import Array, Float

from capexmodel.asset import AbstractAsset, Flows
from capexmodel.param import param


class Network(AbstractAsset):
    """Network kinds by number of tiers. One port is all a chip needs: its share of switches, cables and optics.

    Leaves out: oversubscription and the step in price between tiers within one site (each site has one kind).
    """

    names: tuple[str, ...] = eqx.field(static=True)
    price_usd: Float[Array, "network"] = param("switches, cables and optics for one chip", gt=0)
    install_s: Float[Array, "network"] = param("order to ports in service", gt=0)
    install_spread: Float[Array, "network"] = param("half-width of the installation time as a share of it", gt=0, le=1)
    chip_gb_per_s: Float[Array, "network"] = param(
        "bandwidth of one chip out of its scale-up domain, each way: none, that of the chip's own sheet", ge=0, default=0.0
    )

    def flows(self, stock: Float[Array, "site edge"]) -> Flows:
        """Ports are what a chip plugs into."""
        return Flows({"network_ports_count": stock})
