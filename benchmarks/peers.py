"""The peer everybody has: SciPy's SLSQP on the very same program, with exact gradients and Jacobians compiled by JAX, and a limit on its
time.

Source: Kraft, A software package for sequential quadratic programming, DFVLR-FB 88-28 (1988), as shipped with SciPy.
"""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import Bounds, minimize

from benchmarks.parts import parts
from capexmodel.solvers import Multipliers, NonlinearProgram
from capexmodel.solvers.base import Function

TOLERANCE = 1e-10
"""SciPy's own, 1e-6, stops at points that are no optimum."""
MOST_STEPS = 1000
MOST_S = 60.0


class _OutOfTimeError(Exception):
    """The peer has had its time."""


@dataclasses.dataclass(frozen=True)
class Peer:
    """Where a peer ended, and how, in its own words; and its prices, where it gives any."""

    x: np.ndarray
    value: float
    steps: int
    ended: str
    prices: Multipliers | None = None


class Slsqp:
    """SLSQP on a program, for one set of numbers or, where args are `varied`, for any. Everything JAX computes is compiled before."""

    def __init__(self, program: NonlinearProgram, x0: Any, args: Any = None, varied: bool = False) -> None:
        """Compile the objective, the curved rows and their derivatives; read the affine rows as a matrix."""
        self.known = known = parts(program, x0, args, varied)
        self.args = args if varied else None
        self.objective = jax.jit(jax.value_and_grad(known.objective))
        curved = zip(("ineq", "eq"), (known.inequality, known.equality), known.counts, strict=True)
        self.curved = [(kind, jax.jit(rows), jax.jit(jax.jacrev(rows))) for kind, rows, count in curved if count]
        for call in (self.objective, *(call for _, *calls in self.curved for call in calls)):
            jax.block_until_ready(call(jnp.asarray(known.start), self.args))

    def solve(self, x0: Any = None, args: Any = None) -> Peer:
        """Solve until SLSQP is content or its time is up: one of its steps is never cut short. Start and args are those that this was made
        with, unless others are given."""
        start = self.known.start if x0 is None else np.asarray(x0)
        given = self.args if args is None else args
        self.steps, self.last = 0, start
        objective = self._limited(time.perf_counter() + MOST_S, given)
        try:
            found = minimize(
                objective, start, jac=True, method="SLSQP", bounds=Bounds(self.known.lower, self.known.upper),
                constraints=self._constraints(given), callback=self._note, options={"ftol": TOLERANCE, "maxiter": MOST_STEPS},
            )  # fmt: skip
        except _OutOfTimeError:
            return Peer(self.last, float(self.objective(self.last, given)[0]), self.steps, f"stopped after {MOST_S:.0f} s")
        return Peer(np.asarray(found.x), float(found.fun), int(found.nit), str(found.message))

    def _limited(self, end_s: float, given: Any) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        """Value and gradient, until the time is up."""

        def both(x: np.ndarray) -> tuple[float, np.ndarray]:
            if time.perf_counter() > end_s:
                raise _OutOfTimeError
            value, gradient = self.objective(x, given)
            return float(value), np.asarray(gradient)

        return both

    def _constraints(self, given: Any) -> list[dict[str, object]]:
        """Rows that may not be negative, and rows that must be nothing."""
        matrix, offset = self.known.matrix, self.known.offset
        affine = {"type": "ineq", "fun": lambda x: matrix @ x + offset, "jac": lambda x: matrix}
        curved = [{"type": kind, "fun": _plain(value, given), "jac": _plain(slope, given)} for kind, value, slope in self.curved]
        return [affine, *curved] if offset.size else curved

    def _note(self, x: np.ndarray) -> None:
        self.steps, self.last = self.steps + 1, np.array(x)


def _plain(function: Function, given: Any) -> Callable[[np.ndarray], np.ndarray]:
    """A function of x alone, from NumPy to NumPy."""
    return lambda x: np.asarray(function(x, given))
