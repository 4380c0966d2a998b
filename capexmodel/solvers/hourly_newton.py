"""Newton's system of a program of hours: one small ring a day (the store's), bordered by capacities that are chosen and by limits.

Source: Wright, Primal-Dual Interior-Point Methods (1997), chapter 11 (normal equations); bordered by a Schur complement.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from capexmodel.solvers.hourly_program import STORE_WAYS, Hourly, HourlyPoint, bounds, chosen, limited, met, owned, priced
from capexmodel.solvers.ring import Ring, factor, solve

RIDGE = 1e-12
"""Weight on steps of flows, relative to the dearest way: systems stay regular where ways are equal, and the answer does not move, for it is
on steps alone."""
FAINT = 1e-30
"""Least ground of a place of the store, relative to its joints."""


class Residuals(NamedTuple):
    """What is left of each condition."""

    flow: Array
    room: Array
    demand: Array
    store: Array
    low: Array
    high: Array
    capacity: Array
    idle: Array
    limit: Array
    dear: Array


def residuals(program: Hourly, point: HourlyPoint) -> Residuals:
    """What is left of each condition at a point."""
    served, gained = met(program, point.flow)
    paid = program.cost - priced(program, point.price, point.worth) + jnp.einsum("l,lwdh->wdh", point.dear, program.weight)
    paid_by = owned(program, jnp.sum(program.reach * point.high, axis=(1, 2)))
    return Residuals(
        paid - point.low + point.high, bounds(program, point.capacity) - point.flow - point.room, program.load - served, -gained,
        point.flow * point.low, point.room * point.high,
        chosen(program, program.price - paid_by - point.idle + point.dear @ program.hold), chosen(program, point.capacity * point.idle),
        program.limit - limited(program, point.flow, point.capacity) - point.slack, point.slack * point.dear,
    )  # fmt: skip


Parts = tuple[Array, Array, Array]
"""Flows, prices of demand, prices of the store."""


class System(NamedTuple):
    """One linear system, factored: what is needed to find where any right side leads."""

    give: Array
    lam: Array
    mix: Array
    ring: Ring
    stiff: Array
    border: Array
    answer: Parts
    schur: Array


def factored(program: Hourly, point: HourlyPoint) -> System:
    """The system at a point, flows and prices of each border included."""
    stiff = point.high / point.room
    soft = point.low / point.flow + RIDGE * jnp.max(jnp.abs(program.cost))
    give = 1.0 / (soft + stiff)
    charge, discharge, unmet, stored = give[-STORE_WAYS:]
    rest = jnp.sum(give[:-STORE_WAYS], axis=0) + unmet
    lam = rest + charge + discharge
    mix = program.charge * charge + discharge / program.discharge
    lossy = program.charge**2 * charge + discharge / program.discharge**2
    lost = (program.charge - 1.0 / program.discharge) ** 2 * charge * discharge
    ground = (lossy * rest + lost) / lam  # without the difference of numbers that nearly cancel
    ring = factor(stored, ground + FAINT * jnp.max(stored, axis=-1, keepdims=True))
    owners = jax.nn.one_hot(program.owner, program.choose, axis=0)
    border = jnp.concatenate([owners[:, :, None, None] * (stiff * program.reach)[None], -program.weight])
    plain = System(give, lam, mix, ring, stiff, border, (border, border, border), jnp.zeros(()))
    answer = jax.vmap(lambda column: _paths(program, plain, column, jnp.zeros_like(program.load), jnp.zeros_like(program.load)))(border)
    firm = owned(program, jnp.sum(program.reach**2 * stiff * soft * give, axis=(1, 2)))  # what is left of two numbers that nearly cancel
    kept = (firm + point.idle / point.capacity)[: program.choose]
    met_by = jnp.einsum("awdh,wdh,bwdh->ab", border, give, border).at[: kept.size, : kept.size].set(0.0)
    schur = jnp.diag(jnp.concatenate([kept, -point.slack / point.dear])) - met_by
    held = program.hold[:, : program.choose]
    schur = schur.at[kept.size :, : kept.size].add(held).at[: kept.size, kept.size :].add(held.T)
    schur -= jnp.einsum("awdh,bwdh->ab", border, jax.vmap(lambda price, worth: give * priced(program, price, worth))(*answer[1:]))
    return plain._replace(answer=answer, schur=schur)


def _paths(program: Hourly, system: System, right: Array, demand: Array, store: Array) -> Parts:
    """Flows and prices that a right side leads to, capacities and limits standing still."""
    served, gained = met(program, system.give * right)
    first, second = demand - served, store - gained
    worth = solve(system.ring, second - system.mix * first / system.lam)
    price = (first - system.mix * worth) / system.lam
    return system.give * (right + priced(program, price, worth)), price, worth


def direction(program: Hourly, point: HourlyPoint, system: System, left: Residuals, exact: bool) -> HourlyPoint:
    """Where Newton's system leads from what is left; where it is to be exact, what rounding leaves of that is met once more."""
    pressed = (left.high + point.high * left.room) / point.room
    right = -left.flow - left.low / point.flow + pressed
    part = _paths(program, system, right, left.demand, left.store)
    still, none = jnp.zeros_like(program.capacity), jnp.zeros_like(program.limit)
    if system.border.size:
        pressing = owned(program, jnp.sum(program.reach * pressed, axis=(1, 2)))
        sides = (-left.capacity - pressing - left.idle / point.capacity)[: program.choose]
        sides = jnp.concatenate([sides, left.limit + left.dear / point.dear]) + jnp.einsum("awdh,wdh->a", system.border, part[0])
        part, still, none = _bordered(program, system, sides, part, still, none)
    if not exact:
        return _whole(program, point, left, part, still, none)
    served, gained = met(program, part[0])  # large flows that nearly cancel leave a little of demand and store
    more = _paths(program, system, jnp.zeros_like(right), left.demand - served, left.store - gained)
    part = (part[0] + more[0], part[1] + more[1], part[2] + more[2])
    way = _whole(program, point, left, part, still, none)
    if not system.border.size:
        return way
    priced_left = left.capacity - owned(program, jnp.sum(program.reach * way.high, axis=(1, 2))) - way.idle + way.dear @ program.hold
    sides = jnp.concatenate([-priced_left[: program.choose], left.limit - limited(program, way.flow, way.capacity) - way.slack])
    return _whole(program, point, left, *_bordered(program, system, sides, part, way.capacity, way.dear))


def _bordered(program: Hourly, system: System, sides: Array, part: Parts, capacity: Array, dear: Array) -> tuple[Parts, Array, Array]:
    """What the border's right sides add to flows, prices, capacities and prices of limits."""
    moved = jnp.linalg.solve(system.schur, sides)
    flow, price, worth = (first + jnp.tensordot(moved, more, axes=1) for first, more in zip(part, system.answer, strict=True))
    return (flow, price, worth), capacity.at[: program.choose].add(moved[: program.choose]), dear + moved[program.choose :]


def _whole(program: Hourly, point: HourlyPoint, left: Residuals, part: Parts, capacity: Array, dear: Array) -> HourlyPoint:
    """The rest of a direction, that follows from flows, prices, capacities and prices of limits."""
    flow, price, worth = part
    room = left.room + bounds(program, capacity) - flow
    paid = jnp.einsum("l,lwdh->wdh", dear, program.weight) - priced(program, price, worth) + left.flow
    near = point.flow < point.room  # the price of the farther bound from its product would be a small difference over a small room
    low, high = -(left.low + point.low * flow) / point.flow, -(left.high + point.high * room) / point.room
    low, high = jnp.where(near, high + paid, low), jnp.where(near, high, low - paid)
    idle = -chosen(program, left.idle + point.idle * capacity) / point.capacity
    slack = -(left.dear + point.slack * dear) / point.dear
    return HourlyPoint(flow, room, price, worth, low, high, capacity, idle, slack, dear)
