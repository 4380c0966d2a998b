"""Programs of hours joined by a store: what is given, where a point stands, and what prices say of it.

Each hour a demand is met by ways that cost by flow and are bounded by a share of a capacity; the last four ways fill the store, empty it,
leave demand unmet, and hold what is stored, which joins an hour to the next, the last to the first. Capacities may be chosen at a price of
their own, and sums over all hours limited.

Source: Bonnans and Shapiro, Perturbation Analysis (2000), section 4.3 (slopes of the least cost are those of the Lagrangian).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

FLOOR = 1e-9
"""Least share of a capacity that bounds a way, and least capacity: nothing has no interior."""
STORE_WAYS = 4
"""Ways that are not sources: charge, discharge, unmet, stored."""


class Hourly(eqx.Module):
    """A program. Ways are sources, then charge, discharge, unmet and stored; each is bounded by `reach` times the capacity it belongs to.

    The first `choose` capacities are chosen at their `price`; the others are as given, and their prices say nothing."""

    cost: Float[Array, "way day hour"]
    reach: Float[Array, "way day hour"]
    owner: Int[Array, "way"]
    load: Float[Array, "day hour"]
    charge: Float[Array, ""]
    discharge: Float[Array, ""]
    capacity: Float[Array, "capacity"]
    price: Float[Array, "capacity"]
    weight: Float[Array, "limit way day hour"]
    hold: Float[Array, "limit capacity"]
    limit: Float[Array, "limit"]
    choose: int = eqx.field(static=True)


class HourlyPoint(eqx.Module):
    """A point: flows and their room, prices of demand, store and bounds, capacities with theirs, slacks and prices of limits."""

    flow: Float[Array, "way day hour"]
    room: Float[Array, "way day hour"]
    price: Float[Array, "day hour"]
    worth: Float[Array, "day hour"]
    low: Float[Array, "way day hour"]
    high: Float[Array, "way day hour"]
    capacity: Float[Array, "capacity"]
    idle: Float[Array, "capacity"]
    slack: Float[Array, "limit"]
    dear: Float[Array, "limit"]


def bounds(program: Hourly, capacity: Float[Array, "capacity"]) -> Float[Array, "way day hour"]:
    """Most of each way."""
    return program.reach * capacity[program.owner][:, None, None]


def met(program: Hourly, flow: Float[Array, "way day hour"]) -> tuple[Array, Array]:
    """Demand that is met, and what the store gains beyond what flows leave it: both by hour."""
    charge, discharge, unmet, stored = flow[-STORE_WAYS:]
    served = jnp.sum(flow[:-STORE_WAYS], axis=0) + discharge - charge + unmet
    return served, stored - jnp.roll(stored, 1, axis=-1) - program.charge * charge + discharge / program.discharge


def priced(program: Hourly, price: Array, worth: Array) -> Float[Array, "way day hour"]:
    """What prices of demand and store pay for each way: the transpose of `met`."""
    sources = jnp.broadcast_to(price, (program.cost.shape[0] - STORE_WAYS, *price.shape))
    ways = (-price - program.charge * worth, price + worth / program.discharge, price, worth - jnp.roll(worth, -1, axis=-1))
    return jnp.concatenate([sources, jnp.stack(ways)])


def lagrangian(program: Hourly, point: HourlyPoint) -> Float[Array, ""]:
    """Cost less what prices say of every condition: at the answer, the cost; its slopes are those of the least cost in every number."""
    served, gained = met(program, point.flow)
    value = jnp.sum(program.cost * point.flow) + jnp.sum(chosen(program, program.price * point.capacity))
    value += -jnp.sum(point.price * (served - program.load)) - jnp.sum(point.worth * gained) - jnp.sum(point.low * point.flow)
    capacity = held(program, point.capacity)
    value += -jnp.sum(point.high * (bounds(program, capacity) - point.flow))
    value += -jnp.sum(chosen(program, point.idle * point.capacity))
    return value + jnp.sum(point.dear * (limited(program, point.flow, capacity) - program.limit))


def chosen(program: Hourly, value: Array) -> Array:
    """What concerns capacities that are chosen: nothing where they are given."""
    return jnp.where(jnp.arange(program.capacity.size) < program.choose, value, 0.0)


def held(program: Hourly, capacity: Array) -> Array:
    """Capacities: those of a point where they are chosen, else as given."""
    return jnp.where(jnp.arange(program.capacity.size) < program.choose, capacity, program.capacity)


def limited(program: Hourly, flow: Array, capacity: Array) -> Float[Array, "limit"]:
    """Sums that are limited."""
    return jnp.einsum("lwdh,wdh->l", program.weight, flow) + program.hold @ chosen(program, capacity)


def owned(program: Hourly, by_way: Array) -> Array:
    """Sums over the ways of each capacity."""
    return jnp.zeros(program.capacity.shape).at[program.owner].add(by_way)
