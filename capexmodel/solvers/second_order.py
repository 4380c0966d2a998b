"""Whether a first-order point is a strict local minimum with prices of its own: independence of what binds, and curvature of what is free.

Recomputed from the program's functions alone, with masks instead of shapes that depend on the answer: works under jit and vmap.
Leaves out: the critical cone where rows bind without a price; curvature is asked for on the whole space that priced rows leave, which is
more than need be.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed., definition 12.4 (linear independence) and theorem 12.6 (second-order
sufficient conditions).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.solvers.active import ActiveSet, Held, active_set
from capexmodel.solvers.base import Multipliers, NonlinearProgram
from capexmodel.solvers.lagrangian import lagrangian

RANK = 1e-8
"""Singular values of gradients of length one below this count as zero."""
CURVED = 1e-10
"""Share of the largest curvature above which the least one counts as positive."""


class SecondOrder(eqx.Module):
    """What binds at a point, how independent it is, and the least curvature of the Lagrangian where nothing holds the plan.

    `independence` is the smallest singular value of the active gradients, each of length one, in the variables that no bound holds: 1 is
    best, 0 means that prices are not unique. `least_curvature` is the smallest eigenvalue of the Lagrangian's Hessian on what priced rows
    and bounds leave free, infinite where that is nothing; `curvature_size` the largest of the whole Hessian.
    """

    active: Held
    priced: Held
    fixed: Bool[Array, " n"]
    within: Float[Array, ""]
    independence: Float[Array, ""]
    least_curvature: Float[Array, ""]
    curvature_size: Float[Array, ""]

    @property
    def prices_unique(self) -> Bool[Array, ""]:
        """Whether the active gradients are independent, so that there is one set of prices."""
        return self.independence > RANK

    @property
    def strict_minimum(self) -> Bool[Array, ""]:
        """Whether a point that meets the first-order conditions is better than all others nearby."""
        return self.least_curvature > CURVED * self.curvature_size

    @property
    def strictly_complementary(self) -> Bool[Array, ""]:
        """Whether everything that binds has a price."""
        pairs = zip(jax.tree.leaves(self.active), jax.tree.leaves(self.priced), strict=True)
        return jnp.all(jnp.stack([jnp.all(active == priced) for active, priced in pairs]))


@eqx.filter_jit
def second_order(program: NonlinearProgram, x: Float[Array, " n"], multipliers: Multipliers, args: Any = None) -> SecondOrder:
    """Recomputes the active set, its independence, and the curvature at x."""
    found = active_set(program, x, multipliers, args)
    hessian = jax.hessian(lambda point: lagrangian(program, point, multipliers, args))(x)
    least = _least_curvature(found, hessian)
    size = jnp.max(jnp.abs(jnp.linalg.eigvalsh(hessian)), initial=0.0)
    return SecondOrder(found.active, found.priced, found.fixed, found.within, _independence(found), least, size)


def _independence(found: ActiveSet) -> Float[Array, ""]:
    """Smallest singular value of the active gradients; every row that does not count gets a column of its own instead."""
    free = ~(found.active.lower | found.active.upper | found.fixed)
    counts = jnp.concatenate([found.active.rows, jnp.any(found.equality != 0.0, axis=1)])
    if counts.size == 0:
        return jnp.ones(())
    rows = jnp.concatenate([found.rows, found.equality]) * counts[:, None] * free[None, :]
    own = jnp.diag(jnp.where(counts, 0.0, 1.0))
    return jnp.linalg.svd(jnp.concatenate([rows, own], axis=1), compute_uv=False)[-1]


def _least_curvature(found: ActiveSet, hessian: Float[Array, "n n"]) -> Float[Array, ""]:
    """Smallest eigenvalue on the null space of what is priced; directions outside of it get a curvature beyond all others."""
    pinned = found.priced.lower | found.priced.upper | found.fixed
    rows = jnp.concatenate([found.rows * found.priced.rows[:, None], found.equality])
    _, sizes, directions = jnp.linalg.svd(jnp.concatenate([rows, jnp.diag(jnp.where(pinned, 1.0, 0.0))]), full_matrices=False)
    free = sizes <= RANK
    reduced = jnp.where(free[:, None] & free[None, :], directions @ hessian @ directions.T, 0.0)
    beyond = 1.0 + jnp.linalg.norm(hessian)
    least = jnp.linalg.eigvalsh(reduced + jnp.diag(jnp.where(free, 0.0, beyond)))[0]
    return jnp.where(jnp.any(free), least, jnp.inf)
