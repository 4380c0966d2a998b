"""The peer: SciPy's SLSQP on the very same program, with exact gradients and Jacobians compiled by JAX, and a limit on its time.

Source: Kraft, A software package for sequential quadratic programming, DFVLR-FB 88-28 (1988), as shipped with SciPy.
"""

import dataclasses
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

from benchmarks.case import Case

TOLERANCE = 1e-10
MOST_STEPS = 1000
MOST_S = 60.0


class _OutOfTimeError(Exception):
    """The peer has had its time."""


@dataclasses.dataclass(frozen=True)
class Peer:
    """Where SLSQP ended, and how."""

    x: np.ndarray
    value: float
    steps: int
    ended: str


class Slsqp:
    """SLSQP on a case. Everything JAX computes for it is compiled before it is timed."""

    def __init__(self, case: Case) -> None:
        """Compile the objective, the curved rows and their derivatives; read the affine rows as a matrix."""
        given, program = case.given, case.program
        assert program.inequality is not None
        curved = program.inequality
        self.start = np.asarray(case.start)
        self.matrix, self.offset = np.asarray(given.linear.matrix), np.asarray(given.linear.offset)
        self.objective = jax.jit(lambda x: jax.value_and_grad(program.objective)(x, given))
        self.curved = jax.jit(lambda x: curved(x, given))
        self.curved_jacobian = jax.jit(lambda x: jax.jacrev(lambda point: curved(point, given))(x))
        for call in (self.objective, self.curved, self.curved_jacobian):
            jax.block_until_ready(call(jnp.asarray(self.start)))

    def solve(self) -> Peer:
        """Solve from the case's own start until SLSQP is content or its time is up: one of its steps is never cut short."""
        self.steps, self.last = 0, self.start
        end_s = time.perf_counter() + MOST_S
        try:
            found = minimize(
                self._limited(end_s), self.start, jac=True, method="SLSQP", bounds=[(0.0, None)] * self.start.size,
                constraints=self._constraints(), callback=self._note, options={"ftol": TOLERANCE, "maxiter": MOST_STEPS},
            )  # fmt: skip
        except _OutOfTimeError:
            return Peer(self.last, float(self.objective(self.last)[0]), self.steps, f"stopped after {MOST_S:.0f} s")
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
        """Rows that may not be negative."""
        affine = {"type": "ineq", "fun": lambda x: self.matrix @ x + self.offset, "jac": lambda x: self.matrix}
        curved = {
            "type": "ineq",
            "fun": lambda x: np.asarray(self.curved(x)),
            "jac": lambda x: np.asarray(self.curved_jacobian(x)),
        }
        return [affine, curved] if self.offset.size else [curved]

    def _note(self, x: np.ndarray) -> None:
        self.steps, self.last = self.steps + 1, np.array(x)
