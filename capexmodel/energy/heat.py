"""What heat of a data center can be sold, and whether it pays: a heat pump between the coolant and a heat network, month by month.

The network takes at most what its houses need in a month, at its temperature. A pump of one size runs all months up to that; the size at
which profit is largest is exact, for profit is concave and made of straight pieces that end where the pump meets the demand of a month.
Leaves out: pipes to the network, storage from month to month, prices that change with the season, part load of the pump.

Source: Carnot's limit of a heat pump, of which a share is reached, and the first law; The Green Grid, white paper 29 (2010) (energy reuse
effectiveness).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.energy.cooling import kelvin
from capexmodel.param import param
from capexmodel.types import Scalar


class HeatNetwork(eqx.Module):
    """Who takes heat: how warm, how much, at which price."""

    supply_celsius: Scalar = param("temperature at which the network takes heat", ge=0)
    demand_w: Float[Array, "month"] = param("most heat it takes, by month", ge=0)
    price_usd_per_j: Scalar = param("price of heat delivered", ge=0)


class HeatPump(eqx.Module):
    """The machine between coolant and network."""

    carnot_share: Scalar = param("share of Carnot's limit that it reaches", gt=0, le=1)
    pinch_celsius: Scalar = param("how far its refrigerant stays from the coolant and from the network", ge=0)
    capacity_usd_per_w_per_s: Scalar = param("cost of having one watt of heat delivered, by time: capital and upkeep", ge=0)


class Source(eqx.Module):
    """A data center as a source of heat."""

    it_w: Scalar = param("mean IT power: all of it becomes heat", gt=0)
    grade_celsius: Scalar = param("temperature at which the coolant comes back from the racks", ge=0)
    captured_share: Scalar = param("share of the IT heat that the coolant carries", ge=0, le=1)
    average_pue: Scalar = param("facility over IT energy of a year, without selling heat", ge=1)
    spared_share: Scalar = param("power of cooling that is spared, over heat that is sold instead of cooled away", ge=0, le=1)
    energy_price_usd_per_j: Scalar = param("price of electricity", ge=0)


class Sold(eqx.Module):
    """Heat that is sold at most profit, and what that comes to."""

    cop: Scalar = param("ratio of heat delivered to work", gt=1)
    capacity_w: Scalar = param("heat that the pump can deliver", ge=0)
    delivered_w: Float[Array, "month"] = param("heat delivered", ge=0)
    source_w: Float[Array, "month"] = param("heat taken from the coolant", ge=0)
    work_w: Float[Array, "month"] = param("power of the pump", ge=0)
    share: Scalar = param("share of the IT heat of a year that is taken", ge=0, le=1)
    revenue_usd_per_s: Scalar = param("what the network pays, on average", ge=0)
    power_usd_per_s: Scalar = param("what the pump's power costs, less what cooling spares")
    having_usd_per_s: Scalar = param("what the pump costs", ge=0)
    ere: Scalar = param("energy that is not sold on over IT energy of a year", ge=0)
    least_price_usd_per_j: Scalar = param("price from which it pays")

    @property
    def profit_usd_per_s(self) -> Array:
        """Revenue less power, less the pump; power that cooling spares is counted as less power."""
        return self.revenue_usd_per_s - self.power_usd_per_s - self.having_usd_per_s


def performance(pump: HeatPump, cold_celsius: Scalar, warm_celsius: Scalar) -> Scalar:
    """Heat delivered over work, always above one: a share of Carnot's limit of the cold side, and the work itself. Without a lift it is
    large but finite.
    """
    lift = jax.nn.softplus(warm_celsius - cold_celsius + 2.0 * pump.pinch_celsius)
    return 1.0 + pump.carnot_share * kelvin(cold_celsius - pump.pinch_celsius) / lift


def profit_usd_per_s(source: Source, pump: HeatPump, network: HeatNetwork, capacity_w: Scalar) -> Scalar:
    """Mean profit of a pump of some size. Concave in it; kinks: where it meets the demand of a month."""
    delivered = jnp.mean(jnp.minimum(network.demand_w, capacity_w))
    return _margin(source, pump, network) * delivered - pump.capacity_usd_per_w_per_s * capacity_w


def sell(source: Source, pump: HeatPump, network: HeatNetwork) -> Sold:
    """Sell as much heat as pays best: nothing, what the hall can give, or the demand of some month."""
    cop = performance(pump, source.grade_celsius, network.supply_celsius)
    drawn = 1.0 - 1.0 / cop
    most = source.captured_share * source.it_w / drawn
    sizes = jnp.minimum(jnp.concatenate([jnp.zeros(1), network.demand_w, most[None]]), most)
    profits = jax.vmap(lambda size: profit_usd_per_s(source, pump, network, size))(sizes)
    capacity = sizes[jnp.argmax(profits)]
    delivered = jnp.minimum(network.demand_w, capacity)
    taken, heat = drawn * delivered, jnp.mean(delivered)
    used = jnp.mean(network.demand_w > 0, dtype=float)
    return Sold(
        cop=cop,
        capacity_w=capacity,
        delivered_w=delivered,
        source_w=taken,
        work_w=delivered - taken,
        share=jnp.mean(taken) / source.it_w,
        revenue_usd_per_s=network.price_usd_per_j * heat,
        power_usd_per_s=_power_usd_per_j(source, cop) * heat,
        having_usd_per_s=pump.capacity_usd_per_w_per_s * capacity,
        ere=source.average_pue - jnp.mean(taken) / source.it_w,
        least_price_usd_per_j=_power_usd_per_j(source, cop) + pump.capacity_usd_per_w_per_s / used,
    )


def _margin(source: Source, pump: HeatPump, network: HeatNetwork) -> Array:
    """What a joule of heat brings beyond the power it takes."""
    cop = performance(pump, source.grade_celsius, network.supply_celsius)
    return network.price_usd_per_j - _power_usd_per_j(source, cop)


def _power_usd_per_j(source: Source, cop: Scalar) -> Array:
    """Power of the pump for a joule delivered, less what cooling spares."""
    return source.energy_price_usd_per_j * (1.0 / cop - source.spared_share * (1.0 - 1.0 / cop))
