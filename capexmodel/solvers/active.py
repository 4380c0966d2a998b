"""Which rows and bounds hold with equality at a solution, and which of those carry a price.

Slack and price of each are brought to one measure: the distance to its surface, and its share of the Lagrangian's gradient. A search stops
with their product at some small number, so that neither can be told from zero below its root: that is where the line is drawn.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed., definitions 12.1 (active set) and 12.8 (strongly active).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from capexmodel.solvers.base import Multipliers, NonlinearProgram, bounds
from capexmodel.solvers.lagrangian import objective_value, row_slopes, row_values

LEAST_LENGTH = 1e-12
"""Gradients shorter than this count as none."""
LEAST_WITHIN = 1e-6
"""Distances and shares below this count as zero, however exact the solution is."""
BEYOND_ROOT = 10.0
"""Multiple of the root of the largest product of slack and price, below which neither can be told from zero."""


class Held(eqx.Module):
    """Masks over inequality rows, affine rows, lower and upper bounds."""

    inequality: Bool[Array, " inequality"]
    affine: Bool[Array, " affine"]
    lower: Bool[Array, " n"]
    upper: Bool[Array, " n"]

    @property
    def counts(self) -> dict[str, Int[Array, ""]]:
        """How many there are of each, by name."""
        return {name: jnp.sum(getattr(self, name)) for name in ("inequality", "affine", "lower", "upper")}

    @property
    def rows(self) -> Bool[Array, " row"]:
        """Inequality rows, then affine rows."""
        return jnp.concatenate([self.inequality, self.affine])


class ActiveSet(eqx.Module):
    """What holds with equality, what of it has a price, and the gradients, each of length one, with the lengths they had.

    Fixed variables are named apart: their bounds are in neither mask. A row without gradient, switched off or 0 == 0, has length zero.
    """

    active: Held
    priced: Held
    fixed: Bool[Array, " n"]
    rows: Float[Array, "row n"]
    equality: Float[Array, "equality n"]
    lengths: Float[Array, " row"]
    equality_lengths: Float[Array, " equality"]
    within: Float[Array, ""]


def active_set(program: NonlinearProgram, x: Float[Array, " n"], prices: Multipliers, args: Any) -> ActiveSet:
    """Reads the active set off a point and its prices, from the program's functions alone."""
    values = row_values(program, x, args)
    inequality, affine, equality = row_slopes(program, x, args)
    slope = jax.grad(lambda point: objective_value(program, point, args))(x)
    lower, upper = bounds(program, x.shape[0])
    fixed = lower == upper
    lengths = [jnp.linalg.norm(part, axis=1) for part in (inequality, affine, equality)]
    pulls = [prices.inequality * lengths[0], prices.affine * lengths[1], prices.lower, prices.upper]
    size = jnp.maximum(1.0, jnp.max(jnp.abs(jnp.concatenate([slope, *pulls, prices.equality * lengths[2]]))))
    shares = [jnp.maximum(pull, 0.0) / size for pull in pulls]
    distances = [_divided(values.inequality, lengths[0]), _divided(values.affine, lengths[1])]
    distances += [jnp.where(fixed, jnp.inf, x - lower), jnp.where(fixed, jnp.inf, upper - x)]
    products = [jnp.where(jnp.isposinf(away), 0.0, jnp.abs(away) * share) for away, share in zip(distances, shares, strict=True)]
    within = jnp.maximum(LEAST_WITHIN, BEYOND_ROOT * jnp.sqrt(jnp.max(jnp.concatenate(products))))
    active = Held(*(away <= within for away in distances))
    priced = Held(*((away <= within) & (share > within) for away, share in zip(distances, shares, strict=True)))
    blocks = zip((inequality, affine, equality), lengths, strict=True)
    gradients = [part / jnp.maximum(length, LEAST_LENGTH)[:, None] for part, length in blocks]
    return ActiveSet(active, priced, fixed, jnp.concatenate(gradients[:2]), gradients[2], jnp.concatenate(lengths[:2]), lengths[2], within)


def _divided(values: Float[Array, " row"], lengths: Float[Array, " row"]) -> Float[Array, " row"]:
    """Distances to the rows' surfaces; infinite for rows without gradient that are met."""
    nothing = (lengths <= LEAST_LENGTH) & (values >= 0.0)
    return jnp.where(nothing, jnp.inf, values / jnp.maximum(lengths, LEAST_LENGTH))
