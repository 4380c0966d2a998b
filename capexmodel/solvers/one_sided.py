"""How value and plan move either way along a direction, where the two ways differ because what binds changes.

Where active gradients depend on one another, prices are not unique: the value then rises by the dearest of them one way and falls by the
cheapest the other way, a linear program over all prices of the point. Where a row binds without a price, it may hold one way and let go the
other way: the plan moves by a quadratic program in which such rows are kept on their side only.
Leaves out: plans that are not unique (the value's derivative is then that at the plan at hand), and curvature that only such rows keep
positive.

Source: Gauvin, Mathematical Programming 12 (1977) and Gauvin and Dubeau, Mathematical Programming Study 19 (1982) (the value); Ralph and
Dempe, Mathematical Programming 70 (1995), theorem 2 (the plan, at the prices that decide the value); Bonnans and Shapiro, Perturbation
Analysis of Optimization Problems (2000), section 5.2.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.active import LEAST_LENGTH, ActiveSet, active_set
from capexmodel.solvers.base import Multipliers, NonlinearProgram, Solution, Status
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.lagrangian import lagrangian
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.sensitivity import Rates, Tangent, rates_along

RANK = 1e-8
"""Singular values of active gradients of length one below this leave prices free to move."""
FARTHEST = 1e6
"""Largest change of prices looked at, in the largest price: a value that would gain from more has no finite derivative on that side."""
HALFWAY = 0.5
"""Share of that change beyond which prices count as unbounded."""
SHARP = InteriorPoint(tolerance=1e-10)


class Side(eqx.Module):
    """One way along a direction: how fast plan and value move, the prices that decide it, and whether both programs were solved.

    An infinite slope of the value means that prices have no bound: a small move that way may leave no feasible plan.
    """

    x: Float[Array, " n"]
    value: Float[Array, ""]
    multipliers: Multipliers
    solved: Bool[Array, ""]


class OneSided(NamedTuple):
    """Slopes just behind and just ahead along a direction; where both are equal, that is the derivative."""

    behind: Side
    ahead: Side


def one_sided(program: NonlinearProgram, solution: Solution, args: Any, tangent: Tangent) -> OneSided:
    """Slopes of value and plan on either side of a solution along a direction of the program's arrays and its args."""
    back, ahead = (_side(program, solution, args, tangent, jnp.asarray(sign)) for sign in (-1.0, 1.0))
    turned = eqx.tree_at(lambda side: (side.x, side.value), back, (-back.x, -back.value))
    return OneSided(turned, ahead)


class _Choice(eqx.Module):
    """Prices that are as good as those at hand, at + free @ y: what each is worth, and the sign it must have (0: any)."""

    at: Float[Array, " price"]
    free: Float[Array, "price price"]
    worth: Float[Array, " price"]
    sign: Float[Array, " price"]


def _loss(y: Array, choice: _Choice) -> Array:
    """What is to be least: the worth of the prices, negative."""
    return -choice.worth @ (choice.free @ y)


def _signs(y: Array, choice: _Choice) -> Array:
    """Prices that may not be negative."""
    return jnp.where(choice.sign == 0.0, jnp.inf, choice.sign * (choice.at + choice.free @ y))


class _Move(eqx.Module):
    """The quadratic program of a plan's move: curvature, slope, and rows that hold or are kept on their side."""

    hessian: Float[Array, "n n"]
    slope: Float[Array, " n"]
    rows: Float[Array, "row n"]
    rates: Float[Array, " row"]
    hold: Bool[Array, " row"]
    keep: Bool[Array, " row"]


def _bent(step: Array, move: _Move) -> Array:
    """Curvature and slope along a step."""
    return 0.5 * step @ (move.hessian @ step) + move.slope @ step


def _kept(step: Array, move: _Move) -> Array:
    """Rows that may let go on one side."""
    return jnp.where(move.keep, move.rows @ step + move.rates, jnp.inf)


def _held(step: Array, move: _Move) -> Array:
    """Rows that go on binding."""
    return jnp.where(move.hold, move.rows @ step + move.rates, 0.0)


@eqx.filter_jit
def _side(program: NonlinearProgram, solution: Solution, args: Any, tangent: Tangent, sign: Float[Array, ""]) -> Side:
    """One way along a direction: first the prices that decide, then the plan's move at those."""
    found = active_set(program, solution.x, solution.multipliers, args)
    rates = jax.tree.map(lambda rate: sign * rate, rates_along(program, solution, args, tangent))
    choice = _choice(solution.multipliers, found, rates)
    inside = jnp.any(choice.free != 0.0, axis=0)
    reach = jnp.where(inside, FARTHEST * jnp.maximum(1.0, jnp.max(jnp.abs(choice.at), initial=0.0)), 0.0)
    best = minimize(
        NonlinearProgram(_loss, affine=_signs, lower=-reach, upper=reach), jnp.zeros_like(reach), choice, SHARP, certified=False
    )
    bounded = jnp.all(jnp.abs(best.x) <= HALFWAY * reach)
    decided = choice.at + choice.free @ best.x
    prices = _unscaled(solution.multipliers, found, decided)
    there = eqx.tree_at(lambda s: s.multipliers, solution, prices)
    turned = jax.tree.map(lambda rate: sign * rate, rates_along(program, there, args, tangent))
    step = _step(program, there, args, found, turned, decided)
    value = jnp.where(bounded, rates.value - best.value, jnp.inf)
    solved = (best.status == Status.OPTIMAL) & (step.status == Status.OPTIMAL) & bounded
    return Side(step.x, value, prices, solved)


def _choice(prices: Multipliers, found: ActiveSet, rates: Rates) -> _Choice:
    """All prices that balance the objective's slope as those at hand do, of rows and bounds that bind."""
    size = found.fixed.shape[0]
    bound = found.active.lower | found.active.upper | found.fixed
    counts = jnp.concatenate([found.active.rows, found.equality_lengths > LEAST_LENGTH, bound])
    gradients = jnp.concatenate([found.rows, found.equality, jnp.eye(size)]) * counts[:, None]
    own = jnp.diag(jnp.where(counts, 0.0, 1.0))
    left, sizes, _ = jnp.linalg.svd(jnp.concatenate([gradients, own], axis=1), full_matrices=False)
    rows = jnp.concatenate([prices.inequality, prices.affine]) * found.lengths
    at = jnp.concatenate([rows, prices.equality * found.equality_lengths, prices.lower - prices.upper])
    moved = jnp.concatenate([rates.inequality, rates.affine]) / jnp.maximum(found.lengths, LEAST_LENGTH)
    equality = rates.equality / jnp.maximum(found.equality_lengths, LEAST_LENGTH)
    limits = jnp.where(found.active.lower | found.fixed, rates.lower, rates.upper)
    side = jnp.where(found.active.lower, 1.0, jnp.where(found.active.upper, -1.0, 0.0))
    return _Choice(
        at=at,
        free=jnp.where(sizes <= RANK, left, 0.0),
        worth=jnp.where(counts, jnp.concatenate([-moved, -equality, limits]), 0.0),
        sign=jnp.concatenate([jnp.where(found.active.rows, 1.0, 0.0), jnp.zeros_like(equality), side]),
    )


def _unscaled(prices: Multipliers, found: ActiveSet, decided: Float[Array, " price"]) -> Multipliers:
    """Prices in the program's own units again; those of what does not bind stay as they are."""
    count, rows = prices.inequality.shape[0], found.lengths.shape[0]
    equalities = found.equality_lengths.shape[0]
    own = decided[:rows] / jnp.maximum(found.lengths, LEAST_LENGTH)
    own = jnp.where(found.active.rows, jnp.maximum(own, 0.0), jnp.concatenate([prices.inequality, prices.affine]))
    equality = decided[rows : rows + equalities] / jnp.maximum(found.equality_lengths, LEAST_LENGTH)
    bound = decided[rows + equalities :]
    binds = found.active.lower | found.active.upper | found.fixed
    lower = jnp.where(binds, jnp.maximum(bound, 0.0), prices.lower)
    upper = jnp.where(binds, jnp.maximum(-bound, 0.0), prices.upper)
    return Multipliers(own[:count], own[count:], equality, lower, upper)


def _step(
    program: NonlinearProgram, solution: Solution, args: Any, found: ActiveSet, rates: Rates, decided: Float[Array, " price"]
) -> Solution:
    """The plan's move at the prices that decide."""
    x, rows = solution.x, found.lengths.shape[0]
    priced = jnp.abs(decided) > found.within * jnp.maximum(1.0, jnp.max(jnp.abs(decided), initial=0.0))
    bound = priced[priced.shape[0] - x.shape[0] :]
    hold = jnp.concatenate([found.active.rows & priced[:rows], found.equality_lengths > LEAST_LENGTH])
    keep = jnp.concatenate([found.active.rows & ~priced[:rows], jnp.zeros(found.equality_lengths.shape, bool)])
    lengths = jnp.maximum(jnp.concatenate([found.lengths, found.equality_lengths]), LEAST_LENGTH)
    move = _Move(
        hessian=jax.hessian(lambda point: lagrangian(program, point, solution.multipliers, args))(x),
        slope=rates.slope,
        rows=jnp.concatenate([found.rows, found.equality]),
        rates=jnp.concatenate([rates.inequality, rates.affine, rates.equality]) / lengths,
        hold=hold,
        keep=keep,
    )
    pinned_low, pinned_high = (found.active.lower & bound) | found.fixed, found.active.upper & bound
    low = jnp.where(found.active.lower | found.fixed, rates.lower, jnp.where(pinned_high, rates.upper, -jnp.inf))
    high = jnp.where(pinned_low, rates.lower, jnp.where(found.active.upper, rates.upper, jnp.inf))
    quadratic = NonlinearProgram(_bent, affine=_kept, equality=_held, lower=low, upper=high)
    return minimize(quadratic, jnp.zeros_like(x), move, SHARP, certified=False)
