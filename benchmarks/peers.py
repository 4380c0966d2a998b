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
from capexmodel.solvers import NonlinearProgram

TOLERANCE = 1e-10
"""SciPy's own, 1e-6, stops at points that are no optimum."""
MOST_STEPS = 1000
MOST_S = 60.0


class _OutOfTimeError(Exception):
    """The peer has had its time."""


@dataclasses.dataclass(frozen=True)
class Peer:
    """Where a peer ended, and how, in its own words."""

    x: np.ndarray
    value: float
    steps: int
    ended: str


class Slsqp:
    """SLSQP on a program. Everything JAX computes for it is compiled before it is timed."""

    def __init__(self, program: NonlinearProgram, x0: Any, args: Any = None, most_s: float = MOST_S) -> None:
        """Compile the objective, the curved rows and their derivatives; read the affine rows as a matrix."""
        self.known = known = parts(program, x0, args)
        self.most_s = most_s
        self.objective = jax.jit(jax.value_and_grad(known.objective))
        self.curved = [_both(rows) for rows, count in zip((known.inequality, known.equality), known.counts, strict=True) if count]
        self.kinds = [kind for kind, count in zip(("ineq", "eq"), known.counts, strict=True) if count]
        for call in (self.objective, *(call for pair in self.curved for call in pair)):
            jax.block_until_ready(call(jnp.asarray(known.start)))

    def solve(self, x0: Any = None) -> Peer:
        """Solve from a start, or from the one given when this was made, until SLSQP is content or its time is up: one of its steps is never
        cut short."""
        start = self.known.start if x0 is None else np.asarray(x0)
        self.steps, self.last = 0, start
        try:
            found = minimize(
                self._limited(time.perf_counter() + self.most_s), start, jac=True, method="SLSQP",
                bounds=Bounds(self.known.lower, self.known.upper), constraints=self._constraints(), callback=self._note,
                options={"ftol": TOLERANCE, "maxiter": MOST_STEPS},
            )  # fmt: skip
        except _OutOfTimeError:
            return Peer(self.last, float(self.objective(self.last)[0]), self.steps, f"stopped after {self.most_s:.0f} s")
        return Peer(np.asarray(found.x), float(found.fun), int(found.nit), str(found.message))

    def _limited(self, end_s: float) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        """Value and gradient, until the time is up."""

        def both(x: np.ndarray) -> tuple[float, np.ndarray]:
            if time.perf_counter() > end_s:
                raise _OutOfTimeError
            value, gradient = self.objective(x)
            return float(value), np.asarray(gradient)

        return both

    def _constraints(self) -> list[dict[str, object]]:
        """Rows that may not be negative, and rows that must be nothing."""
        matrix, offset = self.known.matrix, self.known.offset
        affine = {"type": "ineq", "fun": lambda x: matrix @ x + offset, "jac": lambda x: matrix}
        curved = [
            {"type": kind, "fun": _in_numpy(value), "jac": _in_numpy(slope)}
            for kind, (value, slope) in zip(self.kinds, self.curved, strict=True)
        ]
        return [affine, *curved] if offset.size else curved

    def _note(self, x: np.ndarray) -> None:
        self.steps, self.last = self.steps + 1, np.array(x)


def _both(rows: Callable[[Any], Any]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Rows and their Jacobian, compiled."""
    return jax.jit(rows), jax.jit(jax.jacrev(rows))


def _in_numpy(function: Callable[[Any], Any]) -> Callable[[np.ndarray], np.ndarray]:
    """The same with NumPy's arrays."""
    return lambda x: np.asarray(function(x))
