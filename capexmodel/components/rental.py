"""Rented compute: chips of others, paid by the hour as operating cost."""

import equinox as eqx
from jaxtyping import Array, Float

from capexmodel.param import param


class Rental(eqx.Module):
    """Rental markets, each for one type of chip at one site. A new contract runs from its start to the horizon.

    Leaves out: contract terms shorter than the horizon, price by term.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    accelerator: tuple[str, ...] = eqx.field(static=True)
    site: tuple[str, ...] = eqx.field(static=True)
    contracted_count: Float[Array, "rental step"] = param("chips already rented", ge=0, at="contracted_at_s")
    contracted_at_s: Float[Array, "rental step"] = param("dates of the contracted ramp", dates=True)
    offered_count_per_s: Float[Array, "rental"] = param("chips that can be newly rented, per time", ge=0)
    price_usd_per_s: Float[Array, "rental"] = param("rent of one chip, per time", ge=0)
    install_s: Float[Array, "rental"] = param("signature to running", gt=0)
    install_spread: Float[Array, "rental"] = param("half-width of that time as a share of it", gt=0, le=1)
