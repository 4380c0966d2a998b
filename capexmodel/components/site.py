"""Sites: the halls, power and fleet a campus already has or has been promised, and what more may be built there."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.asset import AbstractAsset, Flows
from capexmodel.param import param


class Site(AbstractAsset):
    """Campuses. Promised halls and power come in stages (straight lines between dates) and slip together by `slip_s`; power by
    `power_slip_s` more. Whether the event happens that makes a site late is drawn, and then added to its slip.

    Peak power (what capacity must cover) and average power (what is billed) have an overhead each.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    network: tuple[str, ...] = eqx.field(static=True)
    open: tuple[bool, ...] = eqx.field(static=True)
    fleet_count: Float[Array, "site accelerator"] = param("chips in place at the as-of date", ge=0, default=0.0)
    hall_power_w: Float[Array, "site step"] = param("IT load of the halls in place or promised", ge=0, at="hall_at_s")
    hall_at_s: Float[Array, "site step"] = param("dates of the stages of halls", dates=True)
    site_power_w: Float[Array, "site stage"] = param("firm power at the meter in place or promised", ge=0, at="site_at_s")
    site_at_s: Float[Array, "site stage"] = param("dates of the stages of power", dates=True)
    slip_s: Float[Array, "site"] = param("delay of every stage of halls and power against its date", default=0.0)
    power_slip_s: Float[Array, "site"] = param("delay of every stage of power beside that of halls; negative: sooner", default=0.0)
    late_probability: Float[Array, "site"] = param(
        "chance that an event of its own makes the site late, besides its slip", ge=0, le=1, default=0.0
    )
    late_s: Float[Array, "site"] = param("how late the site is then: every stage of halls and power", ge=0, default=0.0)
    peak_pue: Float[Array, "site"] = param("facility over IT power at design peak: what capacity must cover", ge=1)
    average_pue: Float[Array, "site"] = param("facility over IT energy over a year: what is billed", ge=1)
    rack_w: Float[Array, "site"] = param("most power of a rack in promised halls: nothing, no limit", ge=0, default=0.0)
    energy_price_usd_per_j: Float[Array, "site"] = param("price of energy at the meter", ge=0)
    grid_carbon_kg_per_j: Float[Array, "site"] = param("carbon of energy from the grid, by location", ge=0, default=0.0)
    contracted_share: Float[Array, "site"] = param("share of the grid's energy that contracts match over a year", ge=0, le=1, default=0.0)
    hourly_matched_share: Float[Array, "site"] = param(
        "share of the grid's energy that contracts match hour by hour", ge=0, le=1, default=0.0
    )
    water_kg_per_j: Float[Array, "site"] = param("water used on site by IT energy", ge=0, default=0.0)
    carbon_price_usd_per_kg: Float[Array, "site"] = param("price that the place puts on carbon of operation", ge=0, default=0.0)
    hall_starts_w_per_s: Float[Array, "site"] = param("most hall capacity that crews can start, per time", ge=0, default=0.0)
    source_starts_w_per_s: Float[Array, "site"] = param("most generation that can be ordered, per time", ge=0, default=0.0)

    def flows(self, stock: tuple[Float[Array, "site edge"], Float[Array, "site edge"]]) -> Flows:
        """Halls and power in place or promised are there to be used."""
        hall_power_w, site_power_w = stock
        return Flows({"it_power_w": hall_power_w, "site_power_w": site_power_w})

    def overhead(self, it_load_w: Float[Array, "site edge"]) -> Flows:
        """The IT load, times the peak overhead of the site, is drawn at the meter."""
        return Flows(takes={"site_power_w": self.peak_pue[:, None] * it_load_w})

    def network_index(self, kinds: tuple[str, ...]) -> Array:
        """Place each site's network kind on the network axis."""
        return jnp.asarray([kinds.index(kind) for kind in self.network])
