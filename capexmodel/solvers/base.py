"""What a nonlinear program is, what its solution holds, and what a solver must offer.

Knows nothing of what is being planned: a general tool. Any solver that fills in `AbstractSolver` can stand behind `minimize.minimize`.
Leaves out: integers.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed., chapter 12 (optimality conditions and the sign convention of the multipliers).
"""

import abc
import dataclasses
import enum
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

import capexmodel.types  # noqa: F401 - importing it switches 64-bit floats on
from capexmodel.solvers.stages import Stages

Function = Callable[[Any, Any], Any]


class Status(enum.IntEnum):
    """How a solve ended; RUNNING never leaves the solver."""

    RUNNING = -1
    OPTIMAL = 0
    FEASIBLE_NOT_PROVEN = 1
    INFEASIBLE = 2
    UNBOUNDED = 3
    MAX_ITER = 4
    NUMERIC = 5


class NonlinearProgram(eqx.Module):
    """Minimize objective(x, args) with inequality(x, args) >= 0, affine(x, args) >= 0, equality(x, args) == 0 and lower <= x <= upper.

    Rows of `affine` must be affine in x: their Jacobian is computed once per solve. A row whose value is +inf at the start is switched off;
    bounds may be infinite; lower == upper fixes a variable. `row_counts` (inequality, affine, equality) may be given where they are known:
    it saves asking the functions before every solve from scratch. `convex` declares the objective convex, the inequality rows concave and
    the equality rows affine: no solver asks, but what is said about a solution may then be about all plans. `check_convexity` tries to
    refute it. `stages` declares that the program is a chain of periods: `check_stages` tells whether it is. Only the interior point and
    `certify` make use of it.
    """

    objective: Function
    inequality: Function | None = None
    affine: Function | None = None
    equality: Function | None = None
    lower: Float[Array, " n"] | None = None
    upper: Float[Array, " n"] | None = None
    row_counts: tuple[int, int, int] | None = eqx.field(static=True, default=None)
    convex: bool = eqx.field(static=True, default=False)
    stages: Stages | None = eqx.field(static=True, default=None)


class Multipliers(eqx.Module):
    """Prices of the rows and bounds, in units of the objective by unit of the row.

    L = f - inequality.c - affine.a - equality.e - lower.(x - l) - upper.(u - x); all but `equality` are >= 0.
    """

    inequality: Float[Array, " inequality"]
    affine: Float[Array, " affine"]
    equality: Float[Array, " equality"]
    lower: Float[Array, " n"]
    upper: Float[Array, " n"]


class Errors(eqx.Module):
    """The solver's own view of how far it is from the optimality conditions, in its internal scaling (`certify` is the judge)."""

    primal: Float[Array, ""]
    dual: Float[Array, ""]
    complementarity: Float[Array, ""]


class Certificate(eqx.Module):
    """How far a point is from each optimality condition, everything recomputed.

    `*_violation` are the largest violations in each row's own unit; `scaled_violation` divides each row by its gradient; `stationarity`
    divides by the largest term of the Lagrangian's gradient; `kkt_error` is the largest of the scaled errors. The margin of strict
    complementarity is the least max(scaled slack, scaled price) of any inequality or bound of a variable that is not fixed: near zero, an
    active row has no price and sensitivities may jump.
    """

    value: Float[Array, ""]
    kkt_error: Float[Array, ""]
    stationarity: Float[Array, ""]
    inequality_violation: Float[Array, ""]
    affine_violation: Float[Array, ""]
    equality_violation: Float[Array, ""]
    bound_violation: Float[Array, ""]
    scaled_violation: Float[Array, ""]
    dual_sign_violation: Float[Array, ""]
    complementarity: Float[Array, ""]
    active_inequality_count: Int[Array, ""]
    active_affine_count: Int[Array, ""]
    active_bound_count: Int[Array, ""]
    strict_complementarity_margin: Float[Array, ""]


def unjudged() -> Certificate:
    """The certificate of a point that nobody has judged: all NaN."""
    none, zero = jnp.asarray(jnp.nan, jnp.float64), jnp.zeros((), jnp.int32)
    floats = [field.name for field in dataclasses.fields(Certificate) if not field.name.endswith("_count")]
    counts = [field.name for field in dataclasses.fields(Certificate) if field.name.endswith("_count")]
    return Certificate(**dict.fromkeys(floats, none), **dict.fromkeys(counts, zero))


class Solution(eqx.Module):
    """A point, its value, its prices, how the search ended and after how many steps, and what the independent judge says of it.

    `status` holds a `Status`; `errors` are the solver's own, `certificate` is `certify`'s.
    """

    x: Float[Array, " n"]
    value: Float[Array, ""]
    multipliers: Multipliers
    status: Int[Array, ""]
    steps: Int[Array, ""]
    errors: Errors
    certificate: Certificate = eqx.field(default_factory=unjudged)


class AbstractSolver(eqx.Module):
    """Anything that can find a solution of a nonlinear program."""

    @abc.abstractmethod
    def solve(self, program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any) -> Solution:
        """Searches from begin's point; where warm, its prices are a guess too. Called under jit: `begin` always has the program's
        shapes."""


def bounds(program: NonlinearProgram, size: int) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """The program's bounds as arrays, infinite where none were given."""
    lower = jnp.full(size, -jnp.inf) if program.lower is None else jnp.broadcast_to(jnp.asarray(program.lower, jnp.float64), (size,))
    upper = jnp.full(size, jnp.inf) if program.upper is None else jnp.broadcast_to(jnp.asarray(program.upper, jnp.float64), (size,))
    return lower, upper
