"""The power of a site by the hour: sources and a battery run at least cost through representative days, given or chosen.

Each hour what is drawn is met by sources as far as they are there, by the battery, or not at all at a price. The battery ends a day as it
began it. Costs, prices and slopes are those of the exact linear program. Leaves out: ramps, least loads, unit sizes, reserves, grid
constraints, and storage from day to day.

Source: Hirth and Ziegenhagen, Balancing power and variable renewables, Renewable and Sustainable Energy Reviews 50 (2015) (what is left
out); Brown, Hörsch and Schlachtberger, PyPSA, Journal of Open Research Software 6 (2018), section 3 (the program).
"""

from collections.abc import Mapping
from types import MappingProxyType

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from capexmodel.param import param
from capexmodel.solvers.hourly import TOLERANCE, solve_hourly
from capexmodel.solvers.hourly_program import FLOOR, STORE_WAYS, Hourly, lagrangian, priced
from capexmodel.types import Scalar

_CHARGE, _DISCHARGE, _UNMET, _STORED = range(-STORE_WAYS, 0)
_LEAST = 1e-7
"""Least price of a capacity that is chosen, over that of energy that is not there: what is free would be bought without end."""
BATTERY = "battery"
"""How the battery is called beside the sources, where its power is limited."""
_BESIDE = 3
"""Capacities beside those of sources: the battery's power, its energy, and what can be left unmet."""
_SPARE = 2.0
"""Most that can be left unmet, over the largest load: never all of it."""


class Sources(eqx.Module):
    """Where power comes from, by kind: plants of one's own, contracts, the grid."""

    names: tuple[str, ...] = eqx.field(static=True)
    capacity_usd_per_w_per_s: Float[Array, "source"] = param("cost of having one watt, by time: capital and fixed cost", ge=0)
    energy_usd_per_j: Float[Array, "source"] = param("cost of energy that is taken: fuel and wear, or the price of a contract", ge=0)
    carbon_kg_per_j: Float[Array, "source"] = param("carbon of energy that is taken", ge=0)
    clean_share: Float[Array, "source"] = param("share of the energy that counts as free of carbon", ge=0, le=1)
    available_share: Float[Array, "source day hour"] = param("share of a watt that is there, by hour", ge=0, le=1)


class Battery(eqx.Module):
    """A battery, power and energy bought by themselves."""

    power_usd_per_w_per_s: Scalar = param("cost of having one watt of inverter, by time", ge=0)
    store_usd_per_j_per_s: Scalar = param("cost of having room for one joule, by time", ge=0)
    charge_share: Scalar = param("share of what goes in that is stored", gt=0, le=1)
    discharge_share: Scalar = param("share of what is taken out that arrives", gt=0, le=1)


class Draw(eqx.Module):
    """What a site draws through representative days."""

    load_w: Float[Array, "day hour"] = param("power drawn at the meter, by hour", gt=0)
    day_share: Float[Array, "day"] = param("share of the year that a day stands for", gt=0, le=1)
    hour_s: Scalar = param("time of one hour of a day", gt=0)
    unmet_usd_per_j: Scalar = param("what energy that is not there costs", gt=0)
    carbon_usd_per_kg: Scalar = param("price of carbon", ge=0, default=0.0)


class Capacity(eqx.Module):
    """What is there."""

    source_w: Float[Array, "source"] = param("power of each source", ge=0)
    battery_w: Scalar = param("power of the battery", ge=0)
    battery_j: Scalar = param("energy the battery holds", ge=0)


class Operation(eqx.Module):
    """How the power of a site is run, what that costs by time, and what more of everything is worth."""

    capacity: Capacity
    running_usd_per_s: Scalar = param("cost of energy, of carbon and of what is not met, on average")
    having_usd_per_s: Scalar = param("cost of what is there, as a steady payment")
    source_w: Float[Array, "source day hour"] = param("power taken from each source")
    charge_w: Float[Array, "day hour"] = param("power into the battery")
    discharge_w: Float[Array, "day hour"] = param("power out of the battery")
    unmet_w: Float[Array, "day hour"] = param("power that is not there")
    stored_j: Float[Array, "day hour"] = param("energy in the battery at the end of an hour")
    price_usd_per_j: Float[Array, "day hour"] = param("what one joule more is worth in an hour")
    worth_usd_per_w_per_s: Float[Array, "source"] = param("running cost that one more watt of a source spares, by time")
    allowed_usd_per_w_per_s: Float[Array, "source"] = param("cost that one more watt of what is allowed of a source spares, by time")
    carbon_kg_per_s: Scalar = param("carbon left in the air, on average")
    clean_share: Scalar = param("share of what is drawn that is free of carbon")
    clean_usd_per_j: Scalar = param("what one joule less of energy that must be clean would spare")
    carbon_usd_per_kg: Scalar = param("what one kilogram more of allowed carbon would spare")
    error: Scalar = param("largest error of the program as a share of its numbers", ge=0)
    steps_count: Int[Array, ""] = param("steps that were taken", ge=0)

    @property
    def solved(self) -> Bool[Array, ""]:
        """Whether it is as good as asked for."""
        return self.error <= TOLERANCE

    @property
    def cost_usd_per_s(self) -> Array:
        """Having and running it."""
        return self.running_usd_per_s + self.having_usd_per_s


def operate(sources: Sources, battery: Battery, draw: Draw, capacity: Capacity) -> Operation:
    """Run what is there at least cost. The running cost has exact slopes in every number, capacities and prices included."""
    return _operation(sources, draw, program_of(sources, battery, draw, capacity), ())


def cheapest(
    sources: Sources,
    battery: Battery,
    draw: Draw,
    clean_share: Scalar | None = None,
    most_kg_per_s: Scalar | None = None,
    most_w: Mapping[str, Scalar] | None = None,
) -> Operation:
    """Choose all capacities at least cost of having and running them; at least a share of what is drawn clean over the year, at most so
    much carbon, at most so much of some sources. `clean_usd_per_j`, `carbon_usd_per_kg` and `allowed_usd_per_w_per_s` are what these
    limits cost at the margin. The cost has exact slopes.

    Whatever is clean of the sources may be short, for load can be left unmet: a limit breaks only if it is below nothing, and then the
    operation is not `solved`.
    """
    asked = {"clean": clean_share, "carbon": most_kg_per_s, **(most_w or {})}
    limits = {name: value for name, value in asked.items() if value is not None}
    return _operation(sources, draw, program_of(sources, battery, draw, None, limits), tuple(limits))


def _limits(sources: Sources, draw: Draw, lasting: Array, limits: Mapping[str, Scalar]) -> tuple[Array, Array, Array]:
    """Weights of flows, weights of capacities, and right sides: of clean energy, of carbon, and of capacities by name."""
    size_w, count = jnp.max(draw.load_w), len(sources.names)
    weight, hold, limit = [jnp.zeros((0, count + STORE_WAYS))], [jnp.zeros((0, count + _BESIDE))], [jnp.zeros(0)]
    nothing, none = jnp.zeros(count + STORE_WAYS), jnp.zeros(count + _BESIDE)
    for name, value in limits.items():
        if name == "clean":
            row = (nothing.at[:count].set(1.0 - sources.clean_share), none, (1.0 - value) * jnp.sum(lasting * draw.load_w) / size_w)
        elif name == "carbon":
            row = (nothing.at[:count].set(sources.carbon_kg_per_j * size_w), none, value)
        else:
            row = (nothing, none.at[(*sources.names, BATTERY).index(name)].set(1.0), jnp.maximum(value / size_w, FLOOR))
        for rows, part in zip((weight, hold, limit), row, strict=True):
            rows.append(jnp.asarray(part)[None])
    flows = jnp.concatenate(weight)[:, :, None, None] * lasting[None, None]
    return flows, jnp.concatenate(hold), jnp.concatenate(limit)


def program_of(
    sources: Sources, battery: Battery, draw: Draw, capacity: Capacity | None, limits: Mapping[str, Scalar] = MappingProxyType({})
) -> Hourly:
    """The program: power in units of the largest load, energy of that in an hour, money in dollars a second."""
    size_w = jnp.max(draw.load_w)
    count, days, hours = sources.available_share.shape
    lasting = jnp.broadcast_to(draw.day_share[:, None] / hours, (days, hours))
    paid = sources.energy_usd_per_j + draw.carbon_usd_per_kg * sources.carbon_kg_per_j
    store_ways = jnp.zeros(STORE_WAYS).at[_UNMET].set(draw.unmet_usd_per_j)
    none = jnp.zeros(count + 2)
    given = none if capacity is None else jnp.append(capacity.source_w, jnp.stack([capacity.battery_w, capacity.battery_j / draw.hour_s]))
    had = jnp.append(
        sources.capacity_usd_per_w_per_s, jnp.stack([battery.power_usd_per_w_per_s, battery.store_usd_per_j_per_s * draw.hour_s])
    )
    weight, hold, limit = _limits(sources, draw, lasting, limits)
    return Hourly(
        cost=jnp.append(paid, store_ways)[:, None, None] * size_w * lasting[None],
        reach=jnp.maximum(jnp.concatenate([sources.available_share, jnp.ones((STORE_WAYS, days, hours))]), FLOOR),
        owner=jnp.asarray([*range(count), count, count, count + 2, count + 1]),
        load=draw.load_w / size_w,
        charge=battery.charge_share,
        discharge=battery.discharge_share,
        capacity=jnp.append(jnp.maximum(given / size_w, FLOOR), _SPARE),
        price=jnp.append(jnp.maximum(had * size_w, _LEAST * draw.unmet_usd_per_j * size_w), 0.0),
        weight=weight,
        hold=hold,
        limit=limit,
        choose=count + 2 if capacity is None else 0,
    )


def _operation(sources: Sources, draw: Draw, program: Hourly, limits: tuple[str, ...]) -> Operation:
    """An answer in the units of people."""
    ended = solve_hourly(program)
    point, size_w = jax.tree.map(jax.lax.stop_gradient, ended.point), jnp.max(draw.load_w)
    count, chosen = len(sources.names), program.choose > 0
    held = (point.capacity if chosen else program.capacity)[: count + 2]
    having, least = jnp.sum(program.price[: count + 2] * held), lagrangian(program, point)
    flow, lasting = size_w * point.flow, draw.day_share[:, None] / draw.load_w.shape[1]
    energy = jnp.einsum("sdh,dh->s", flow[:count], jnp.broadcast_to(lasting, draw.load_w.shape))
    drawn = jnp.sum(lasting * draw.load_w)
    paid = priced(program, point.price, point.worth) - jnp.einsum("l,lwdh->wdh", point.dear, program.weight)
    gain = jnp.maximum(paid - program.cost, 0.0)  # not the price of a bound, which says too much where nothing is built
    dear = dict(zip(limits, point.dear, strict=True))
    nothing = jnp.zeros(())
    return Operation(
        running_usd_per_s=least - having if chosen else least,
        having_usd_per_s=having,
        capacity=Capacity(size_w * held[:count], size_w * held[count], size_w * draw.hour_s * held[count + 1]),
        source_w=flow[:count],
        charge_w=flow[_CHARGE],
        discharge_w=flow[_DISCHARGE],
        unmet_w=flow[_UNMET],
        stored_j=flow[_STORED] * draw.hour_s,
        price_usd_per_j=point.price / (size_w * lasting),
        worth_usd_per_w_per_s=jnp.sum(program.reach * gain, axis=(1, 2))[:count] / size_w,
        allowed_usd_per_w_per_s=jnp.stack([dear.get(name, nothing) for name in sources.names]) / size_w,
        carbon_kg_per_s=jnp.sum(energy * sources.carbon_kg_per_j),
        clean_share=jnp.sum(energy * sources.clean_share) / drawn,
        clean_usd_per_j=dear.get("clean", nothing) / size_w,
        carbon_usd_per_kg=dear.get("carbon", nothing),
        error=ended.error,
        steps_count=ended.steps,
    )
