"""Proves that no plan meets all rows: a weighted sum of rows that is negative everywhere on the box.

Where rows are concave, their tangents lie above them; so the largest value of the weighted sum of tangents on the box bounds that of the
rows, whoever chose the weights. Leaves out: programs that are not convex, beyond a proof by their affine rows alone; there an infeasible
end is a point of least violation among its neighbors, and is called no more than that.

Source: Boyd and Vandenberghe, Convex Optimization (2004), section 5.8.1 (weak alternatives); for affine rows Farkas' lemma.
"""

from typing import Any, Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.base import NonlinearProgram, Solution, bounds
from capexmodel.solvers.duality_gap import WITHIN, least_change
from capexmodel.solvers.lagrangian import finite, row_slopes, row_values

LEAST_LENGTH = 1e-2
"""Rows with shorter gradients are not made longer when rows are brought to one measure."""
SUPPORT = 1e-6
"""Weights below this, all of them adding up to one, are not touched by the correction."""
ROUNDING = 1e-12
"""A proof must be negative by more than this share of the numbers that were added up."""
NEARBY = 0.1
"""Distance, in each variable, within which the tangents must not meet the rows for a point to count as stuck."""


class InfeasibilityProof(eqx.Module):
    """Weights that add up to one, of rows divided by their gradients, and what they prove.

    `bound` is the largest value of the weighted rows on the box: negative, it is by how much every plan there breaks some row at least.
    `violation` is that of the point; `stationarity` says how fast any move inside the box could lessen the weighted violation.
    """

    violation: Float[Array, ""]
    stationarity: Float[Array, ""]
    bound: Float[Array, ""]
    within: Float[Array, ""]
    weights: tuple[Float[Array, " inequality"], Float[Array, " affine"], Float[Array, " equality"]]
    holds: Bool[Array, ""]
    stuck: Bool[Array, ""]
    convex: bool = eqx.field(static=True)

    @property
    def claim(self) -> Literal["global", "local", "none"]:
        """Whether no plan in the box meets all rows, or no plan nearby violates them less, or neither was shown."""
        return "global" if bool(self.holds) else "local" if bool(self.stuck) else "none"


class _Rows(eqx.Module):
    """All rows at a point, divided by the size of their gradients: values, gradients, weights; which may have either sign of weight."""

    values: Float[Array, " row"]
    slopes: Float[Array, "row n"]
    weights: Float[Array, " row"]
    either: Bool[Array, " row"]


@eqx.filter_jit
def prove_infeasible(
    program: NonlinearProgram, solution: Solution, args: Any = None, within: float | Float[Array, ""] = WITHIN
) -> InfeasibilityProof:
    """Judges an INFEASIBLE solution by its prices, which are those of the least violation.

    All rows serve where the program is declared convex, its affine rows alone where it is not. Where the program sets no bound, plans up to
    `within` of the point are spoken of.
    """
    x, far = solution.x, jnp.asarray(within, solution.x.dtype)
    rows = _rows(program, solution, args)
    counts = [price.shape[0] for price in (solution.multipliers.inequality, solution.multipliers.affine)]
    lower, upper = bounds(program, x.shape[0])
    slope = rows.weights @ rows.slopes
    stationarity = jnp.max(jnp.abs(jnp.clip(x + slope, lower, jnp.maximum(lower, upper)) - x), initial=0.0)
    crossed = jnp.max(lower - upper, initial=-jnp.inf)
    violation = jnp.max(jnp.where(rows.either, jnp.abs(rows.values), -rows.values), initial=0.0)

    place = jnp.arange(rows.values.shape[0])
    usable = jnp.asarray(True) | (place < 0) if program.convex else (place >= counts[0]) & (place < sum(counts))
    first = eqx.tree_at(lambda r: r.weights, rows, _normal(jnp.where(usable, rows.weights, 0.0)))
    second = eqx.tree_at(lambda r: r.weights, rows, _balanced(first, lower, upper))
    bounds_found = jnp.stack([_largest(program, x, one, far) for one in (first, second)])
    weights = jnp.where(bounds_found[0] <= bounds_found[1], first.weights, second.weights)
    bound = jnp.where(crossed > 0.0, -crossed, jnp.min(bounds_found))
    added = jnp.abs(weights) @ (jnp.abs(rows.values) + jnp.abs(rows.slopes) @ jnp.abs(x))
    return InfeasibilityProof(
        violation=jnp.maximum(violation, crossed),
        stationarity=stationarity,
        bound=bound,
        within=far,
        weights=(weights[: counts[0]], weights[counts[0] : sum(counts)], weights[sum(counts) :]),
        holds=(bound < -ROUNDING * added) & (jnp.any(weights != 0.0) | (crossed > 0.0)),
        stuck=_largest(program, x, rows, jnp.asarray(NEARBY, x.dtype)) < -ROUNDING * added,
        convex=program.convex,
    )


def _rows(program: NonlinearProgram, solution: Solution, args: Any) -> _Rows:
    """Rows and prices of the solution in one measure."""
    prices = solution.multipliers
    values = jnp.concatenate([finite(part) for part in row_values(program, solution.x, args)])
    slopes = jnp.concatenate(row_slopes(program, solution.x, args))
    size = jnp.maximum(LEAST_LENGTH, jnp.max(jnp.abs(slopes), axis=1, initial=0.0))
    either = jnp.arange(values.shape[0]) >= values.shape[0] - prices.equality.shape[0]
    weights = jnp.concatenate([prices.inequality, prices.affine, prices.equality]) * size
    weights = _normal(jnp.where(either, weights, jnp.maximum(weights, 0.0)))
    return _Rows(values / size, slopes / size[:, None], weights, either)


def _normal(weights: Float[Array, " row"]) -> Float[Array, " row"]:
    """Weights whose sizes add up to one, if there are any."""
    total = jnp.sum(jnp.abs(weights))
    return weights / jnp.where(total > 0.0, total, 1.0)


def _balanced(rows: _Rows, lower: Float[Array, " n"], upper: Float[Array, " n"]) -> Float[Array, " row"]:
    """The nearest weights whose sum does not rise towards a side where there is no bound."""
    slope = rows.weights @ rows.slopes
    open_ended = ((slope > 0.0) & jnp.isposinf(upper)) | ((slope < 0.0) & jnp.isneginf(lower))
    supported = jnp.abs(rows.weights) > SUPPORT
    matrix = jnp.where(open_ended[:, None] & supported[None, :], rows.slopes.T, 0.0)
    better = rows.weights - jnp.linalg.pinv(matrix) @ jnp.where(open_ended, slope, 0.0)
    return _normal(jnp.where(rows.either, better, jnp.maximum(better, 0.0)))


def _largest(program: NonlinearProgram, x: Float[Array, " n"], rows: _Rows, within: Float[Array, ""]) -> Float[Array, ""]:
    """Largest value on the box of the weighted sum of the rows' tangents."""
    return rows.weights @ rows.values - least_change(program, x, -(rows.weights @ rows.slopes), within)
