"""Linear programs of hours coupled by a store within each day, with capacities that are given or chosen: exact, fast, and priced.

Each hour a demand is met by ways that cost by flow and are bounded by a share of a capacity; the last three ways fill the store, empty it,
and leave demand unmet, and what is stored joins an hour to the next, the last to the first. Capacities may be chosen at a price of their
own, and sums over all hours limited. A primal-dual interior point: Newton systems fall to one small matrix a day (the store's), capacities
and limits border them. Slopes in every number come from the prices, not from the steps.

Source: Mehrotra, SIAM Journal on Optimization 2 (1992) (predictor and corrector); Wright, Primal-Dual Interior-Point Methods (1997),
chapters 10 and 11 (bounds, normal equations); Bonnans and Shapiro, Perturbation Analysis (2000), section 4.3 (slopes of the value).
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_solve
from jaxtyping import Array, Bool, Float, Int

TOLERANCE = 1e-9
"""Largest error, relative to the numbers of the program, at which it is solved."""
MOST_STEPS = 80
FLOOR = 1e-9
"""Least share of a capacity that bounds a way, and least capacity: nothing has no interior."""
CENTER = 0.3
"""Start: flows at this share of their bounds from either side at least."""
STRIDE = 0.9995
"""Share of the way to the nearest bound that a step goes at most."""
RIDGE = 1e-12
"""Weight on steps of flows, relative to the dearest way, and of the store's prices, relative to their own: systems stay regular where ways
are equal, and the answer does not move, for it is on steps alone."""
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


PRIMAL = ("flow", "room", "capacity", "slack")
"""What a point holds besides prices."""


class Ended(eqx.Module):
    """Where a solve ended: the point, its error, and how many steps it took."""

    point: HourlyPoint
    error: Float[Array, ""]
    steps: Int[Array, ""]

    @property
    def solved(self) -> Bool[Array, ""]:
        """Whether it is as good as asked for."""
        return self.error <= TOLERANCE


class _Residuals(NamedTuple):
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
    value = jnp.sum(program.cost * point.flow) + jnp.sum(_chosen(program, program.price * point.capacity))
    value += -jnp.sum(point.price * (served - program.load)) - jnp.sum(point.worth * gained) - jnp.sum(point.low * point.flow)
    capacity = _held(program, point.capacity)
    value += -jnp.sum(point.high * (bounds(program, capacity) - point.flow))
    value += -jnp.sum(_chosen(program, point.idle * point.capacity))
    return value + jnp.sum(point.dear * (_limited(program, point.flow) - program.limit))


def _chosen(program: Hourly, value: Array) -> Array:
    """What concerns capacities that are chosen: nothing where they are given."""
    return jnp.where(jnp.arange(program.capacity.size) < program.choose, value, 0.0)


def _held(program: Hourly, capacity: Array) -> Array:
    """Capacities: those of a point where they are chosen, else as given."""
    return jnp.where(jnp.arange(program.capacity.size) < program.choose, capacity, program.capacity)


def _limited(program: Hourly, flow: Array) -> Array:
    return jnp.einsum("lwdh,wdh->l", program.weight, flow)


def solve_hourly(program: Hourly) -> Ended:
    """Find the least cost. Every demand can be left unmet, so that an answer exists unless limits forbid it: then `solved` is false."""
    still = jax.tree.map(jax.lax.stop_gradient, program)
    return _solved(still)


def _solved(program: Hourly) -> Ended:
    """Step until the error is small enough; what is left of each condition goes along."""

    def look(point: HourlyPoint, steps: Array) -> tuple[Ended, _Residuals]:
        left = _residuals(program, point)
        return Ended(point, _error(program, point, left), steps), left

    def going(state: tuple[Ended, _Residuals]) -> Array:
        return (state[0].error > TOLERANCE) & (state[0].steps < MOST_STEPS)

    def step(state: tuple[Ended, _Residuals]) -> tuple[Ended, _Residuals]:
        return look(_step(program, state[0].point, state[1]), state[0].steps + 1)

    return jax.lax.while_loop(going, step, look(_start(program), jnp.asarray(0)))[0]


def _start(program: Hourly) -> HourlyPoint:
    size = jnp.max(program.load)
    capacity = _held(program, jnp.full_like(program.capacity, 2.0 * size))
    flow = jnp.clip(program.load[None], CENTER * bounds(program, capacity), (1.0 - CENTER) * bounds(program, capacity))
    dear, ones = jnp.max(jnp.abs(program.cost)), jnp.ones_like(program.limit)
    flat = jnp.full_like(program.cost, dear)
    prices = jnp.zeros_like(program.load)
    return HourlyPoint(
        flow, bounds(program, capacity) - flow, prices, prices, flat, flat, capacity, jnp.full_like(program.price, dear),
        jnp.maximum(program.limit - _limited(program, flow), size * ones), dear * ones,
    )  # fmt: skip


def _residuals(program: Hourly, point: HourlyPoint) -> _Residuals:
    served, gained = met(program, point.flow)
    paid = program.cost - priced(program, point.price, point.worth) + jnp.einsum("l,lwdh->wdh", point.dear, program.weight)
    owned = _owned(program, jnp.sum(program.reach * point.high, axis=(1, 2)))
    return _Residuals(
        paid - point.low + point.high, bounds(program, point.capacity) - point.flow - point.room, program.load - served, -gained,
        point.flow * point.low, point.room * point.high,
        _chosen(program, program.price - owned - point.idle), _chosen(program, point.capacity * point.idle),
        program.limit - _limited(program, point.flow) - point.slack, point.slack * point.dear,
    )  # fmt: skip


def _owned(program: Hourly, by_way: Array) -> Array:
    """Sums over the ways of each capacity."""
    return jnp.zeros(program.capacity.shape).at[program.owner].add(by_way)


def _error(program: Hourly, point: HourlyPoint, left: _Residuals) -> Array:
    """The worst of demand and store over the load, of prices over the dearest way, and of what is not complementary over the cost."""
    load, dear = jnp.max(program.load), jnp.max(jnp.abs(program.cost))
    value = jnp.sum(jnp.abs(program.cost * point.flow)) + jnp.sum(_chosen(program, jnp.abs(program.price * point.capacity)))
    gap = jnp.sum(left.low) + jnp.sum(left.high) + jnp.sum(left.idle) + jnp.sum(left.dear)
    hourly = [jnp.max(jnp.abs(part)) / load for part in (left.room, left.demand, left.store)]
    worst = [*hourly, jnp.max(jnp.abs(left.flow) / (dear + point.low + point.high)), gap / value]
    scale = jnp.maximum(jnp.abs(program.limit), load)
    paid = jnp.maximum(jnp.abs(program.price), dear)
    return jnp.max(jnp.stack([*worst, jnp.max(jnp.abs(left.limit) / scale, initial=0.0), jnp.max(jnp.abs(left.capacity) / paid)]))


class _Newton(NamedTuple):
    """One linear system, factored: what is needed to find where any right side leads."""

    give: Array
    lam: Array
    mix: Array
    factor: Array
    stiff: Array
    border: Array
    answer: tuple[Array, Array, Array]
    schur: Array


def _factored(program: Hourly, point: HourlyPoint) -> _Newton:
    stiff = point.high / point.room
    soft = point.low / point.flow + RIDGE * jnp.max(jnp.abs(program.cost))
    give = 1.0 / (soft + stiff)
    charge, discharge, unmet, stored = give[-STORE_WAYS:]
    rest = jnp.sum(give[:-STORE_WAYS], axis=0) + unmet
    lam = rest + charge + discharge
    mix = program.charge * charge + discharge / program.discharge
    turned = program.charge**2 * charge + discharge / program.discharge**2
    lost = (program.charge - 1.0 / program.discharge) ** 2 * charge * discharge
    own = (turned * rest + lost) / lam + stored + jnp.roll(stored, 1, axis=-1)  # without the difference of numbers that nearly cancel
    hours = program.load.shape[-1]
    eye = jnp.eye(hours)
    own += RIDGE * jnp.max(own, axis=-1, keepdims=True)
    near = stored[..., :, None] * jnp.roll(eye, 1, axis=1)[None]
    matrix = own[..., :, None] * eye[None] - near - jnp.swapaxes(near, -1, -2)
    factor = jnp.linalg.cholesky(matrix)
    owners = jax.nn.one_hot(program.owner, program.choose, axis=0)
    border = jnp.concatenate([owners[:, :, None, None] * (stiff * program.reach)[None], -program.weight])
    plain = _Newton(give, lam, mix, factor, stiff, border, (border, border, border), jnp.zeros(()))
    answer = jax.vmap(lambda column: _paths(program, plain, column, jnp.zeros_like(program.load), jnp.zeros_like(program.load)))(border)
    firm = _owned(program, jnp.sum(program.reach**2 * stiff * soft * give, axis=(1, 2)))  # what is left of two numbers that nearly cancel
    kept = (firm + point.idle / point.capacity)[: program.choose]
    limited = jnp.einsum("awdh,wdh,bwdh->ab", border, give, border).at[: kept.size, : kept.size].set(0.0)
    schur = jnp.diag(jnp.concatenate([kept, -point.slack / point.dear])) - limited
    schur -= jnp.einsum("awdh,bwdh->ab", border, jax.vmap(lambda price, worth: give * priced(program, price, worth))(*answer[1:]))
    return plain._replace(answer=answer, schur=schur)


def _paths(program: Hourly, system: _Newton, right: Array, demand: Array, store: Array) -> tuple[Array, Array, Array]:
    """Flows and prices that a right side leads to, capacities and limits standing still."""
    served, gained = met(program, system.give * right)
    first, second = demand - served, store - gained
    worth = cho_solve((system.factor, True), (second - system.mix * first / system.lam)[..., None])[..., 0]
    price = (first - system.mix * worth) / system.lam
    return system.give * (right + priced(program, price, worth)), price, worth


def _direction(program: Hourly, point: HourlyPoint, system: _Newton, left: _Residuals) -> HourlyPoint:
    """Where Newton's system leads from what is left."""
    pressed = (left.high + point.high * left.room) / point.room
    right = -left.flow - left.low / point.flow + pressed
    flow, price, worth = _paths(program, system, right, left.demand, left.store)
    owned = _owned(program, jnp.sum(program.reach * pressed, axis=(1, 2)))
    capacity, dear = jnp.zeros_like(program.capacity), jnp.zeros_like(program.limit)
    if system.border.size:
        capacity_side = (-left.capacity - owned - left.idle / point.capacity)[: program.choose]
        sides = jnp.concatenate([capacity_side, left.limit + left.dear / point.dear])
        moved = jnp.linalg.solve(system.schur, sides + jnp.einsum("awdh,wdh->a", system.border, flow))
        flow, price, worth = (
            first + jnp.tensordot(moved, more, axes=1) for first, more in zip((flow, price, worth), system.answer, strict=True)
        )
        capacity, dear = capacity.at[: program.choose].set(moved[: program.choose]), moved[program.choose :]
    low = -(left.low + point.low * flow) / point.flow
    room = left.room + bounds(program, capacity) - flow
    high = -(left.high + point.high * room) / point.room
    idle = -_chosen(program, left.idle + point.idle * capacity) / point.capacity
    slack = -(left.dear + point.slack * dear) / point.dear
    return HourlyPoint(flow, room, price, worth, low, high, capacity, idle, slack, dear)


def _reach(program: Hourly, point: HourlyPoint, way: HourlyPoint) -> tuple[Array, Array]:
    """How far flows, capacities and slacks, and prices of bounds, can go."""

    def far(value: Array, change: Array) -> Array:
        return jnp.min(jnp.where(change < 0, -value / jnp.where(change < 0, change, -1.0), jnp.inf), initial=jnp.inf)

    first = [far(point.flow, way.flow), far(point.room, way.room), far(point.capacity, way.capacity), far(point.slack, way.slack)]
    second = [far(point.low, way.low), far(point.high, way.high), far(point.idle, way.idle), far(point.dear, way.dear)]
    primal, dual = (jnp.minimum(1.0, STRIDE * jnp.min(jnp.stack(some))) for some in (first, second))
    return primal, dual


def _moved(point: HourlyPoint, way: HourlyPoint, primal: Array, dual: Array) -> HourlyPoint:
    lengths = {name: primal if name in PRIMAL else dual for name in vars(point)}
    return HourlyPoint(**{name: getattr(point, name) + length * getattr(way, name) for name, length in lengths.items()})


def _step(program: Hourly, point: HourlyPoint, left: _Residuals) -> HourlyPoint:
    """A predictor, and a corrector that aims at as much of the mean product as the predictor could not remove."""
    system = _factored(program, point)
    guess = _direction(program, point, system, left)
    before, after = _product(program, point), _product(program, _moved(point, guess, *_reach(program, point, guess)))
    count = 2 * point.flow.size + point.slack.size + program.choose
    aim = before / count * (after / before) * (after / before) * (after / before)
    aimed = left._replace(
        low=left.low + guess.flow * guess.low - aim,
        high=left.high + guess.room * guess.high - aim,
        idle=_chosen(program, left.idle + guess.capacity * guess.idle - aim),
        dear=left.dear + guess.slack * guess.dear - aim,
    )
    way = _direction(program, point, system, aimed)
    return _moved(point, way, *_reach(program, point, way))


def _product(program: Hourly, point: HourlyPoint) -> Array:
    """Sum of everything that is zero at the answer: each bound's room times its price."""
    flows = jnp.vdot(point.flow, point.low) + jnp.vdot(point.room, point.high)
    return flows + jnp.vdot(point.slack, point.dear) + jnp.sum(_chosen(program, point.capacity * point.idle))
