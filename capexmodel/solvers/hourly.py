"""Linear programs of hours coupled by a store within each day, with capacities that are given or chosen: exact, fast, and priced.

A primal-dual interior point on the programs of `hourly_program`: Newton systems fall to one small ring a day (the store's), capacities and
limits border them. Slopes in every number come from the prices, not from the steps.

Source: Mehrotra, SIAM Journal on Optimization 2 (1992) (predictor and corrector); Wright, Primal-Dual Interior-Point Methods (1997),
chapters 10 and 11 (bounds, normal equations); Bonnans and Shapiro, Perturbation Analysis (2000), section 4.3 (slopes of the value).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from capexmodel.solvers.hourly_newton import Residuals, direction, factored, residuals
from capexmodel.solvers.hourly_program import Hourly, HourlyPoint, bounds, chosen, held, limited

TOLERANCE = 1e-8
"""Largest error, relative to the numbers of the program, at which it is solved."""
MOST_STEPS = 80
CENTER = 0.3
"""Start: flows at this share of their bounds from either side at least."""
STRIDE = 0.9995
"""Share of the way to the nearest bound that a step goes at most."""


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


def solve_hourly(program: Hourly) -> Ended:
    """Find the least cost. Every demand can be left unmet, so that an answer exists unless limits forbid it: then `solved` is false."""
    still = jax.tree.map(jax.lax.stop_gradient, program)
    return _solved(still)


def _solved(program: Hourly) -> Ended:
    """Step until the error is small enough; what is left of each condition goes along."""

    def look(point: HourlyPoint, steps: Array) -> tuple[Ended, Residuals]:
        left = residuals(program, point)
        return Ended(point, _error(program, point, left), steps), left

    def going(state: tuple[Ended, Residuals]) -> Array:
        return (state[0].error > TOLERANCE) & (state[0].steps < MOST_STEPS)

    def step(state: tuple[Ended, Residuals]) -> tuple[Ended, Residuals]:
        return look(_step(program, state[0].point, state[1]), state[0].steps + 1)

    return jax.lax.while_loop(going, step, look(_start(program), jnp.asarray(0)))[0]


def _start(program: Hourly) -> HourlyPoint:
    size = jnp.max(program.load)
    capacity = held(program, jnp.full_like(program.capacity, 2.0 * size))
    flow = jnp.clip(program.load[None], CENTER * bounds(program, capacity), (1.0 - CENTER) * bounds(program, capacity))
    dear, ones = jnp.max(jnp.abs(program.cost)), jnp.ones_like(program.limit)
    flat = jnp.full_like(program.cost, dear)
    prices = jnp.zeros_like(program.load)
    return HourlyPoint(
        flow, bounds(program, capacity) - flow, prices, prices, flat, flat, capacity, jnp.full_like(program.price, dear),
        jnp.maximum(program.limit - limited(program, flow, capacity), size * ones), dear * ones,
    )  # fmt: skip


def _error(program: Hourly, point: HourlyPoint, left: Residuals) -> Array:
    """The worst of demand and store over the load, of prices over the dearest way, and of what is not complementary over the cost."""
    load, dear = jnp.max(program.load), jnp.max(jnp.abs(program.cost))
    value = jnp.sum(jnp.abs(program.cost * point.flow)) + jnp.sum(chosen(program, jnp.abs(program.price * point.capacity)))
    gap = jnp.sum(left.low) + jnp.sum(left.high) + jnp.sum(left.idle) + jnp.sum(left.dear)
    hourly = [jnp.max(jnp.abs(part)) / load for part in (left.room, left.demand, left.store)]
    worst = [*hourly, jnp.max(jnp.abs(left.flow) / (dear + point.low + point.high)), gap / value]
    scale = jnp.maximum(jnp.abs(program.limit), load)
    paid = jnp.maximum(jnp.abs(program.price), dear)
    return jnp.max(jnp.stack([*worst, jnp.max(jnp.abs(left.limit) / scale, initial=0.0), jnp.max(jnp.abs(left.capacity) / paid)]))


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


def _step(program: Hourly, point: HourlyPoint, left: Residuals) -> HourlyPoint:
    """A predictor, and a corrector that aims at as much of the mean product as the predictor could not remove."""
    system = factored(program, point)
    guess = direction(program, point, system, left, exact=False)
    before, after = _product(program, point), _product(program, _moved(point, guess, *_reach(program, point, guess)))
    count = 2 * point.flow.size + point.slack.size + program.choose
    aim = before / count * (after / before) * (after / before) * (after / before)
    aimed = left._replace(
        low=left.low + guess.flow * guess.low - aim,
        high=left.high + guess.room * guess.high - aim,
        idle=chosen(program, left.idle + guess.capacity * guess.idle - aim),
        dear=left.dear + guess.slack * guess.dear - aim,
    )
    way = direction(program, point, system, aimed, exact=True)
    return _moved(point, way, *_reach(program, point, way))


def _product(program: Hourly, point: HourlyPoint) -> Array:
    """Sum of everything that is zero at the answer: each bound's room times its price."""
    flows = jnp.vdot(point.flow, point.low) + jnp.vdot(point.room, point.high)
    return flows + jnp.vdot(point.slack, point.dear) + jnp.sum(chosen(program, point.capacity * point.idle))
