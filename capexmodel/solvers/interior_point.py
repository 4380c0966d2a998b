"""Primal-dual interior point for nonlinear programs, compiled as one loop.

Three phases share one loop body and one matrix: free steps (predictor and corrector, accepted while the optimality error falls), monotone
steps (fixed barrier parameter, filter line search) once a free step fails, and restoration (objective switched off, rows elastic at price
one) once the line search fails. An infeasible program ends in restoration at a point of least violation and is reported as such.
Leaves out: sparsity, and proofs of global optimality.

Source: Waechter and Biegler, Mathematical Programming 106 (2006); Nocedal, Waechter and Waltz, SIAM Journal on Optimization 19 (2009),
sections 3 and 4 (free and monotone barrier updates); Mehrotra, SIAM Journal on Optimization 2 (1992).
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from capexmodel.solvers.base import AbstractSolver, NonlinearProgram, Solution, Status
from capexmodel.solvers.first import first_state
from capexmodel.solvers.outcome import solution_of
from capexmodel.solvers.phases import advance
from capexmodel.solvers.scaled import scale_program
from capexmodel.solvers.state import State


class InteriorPoint(AbstractSolver):
    """Interior-point settings: the optimality error to reach (scaled), the steps allowed, and the barrier parameters to begin with."""

    tolerance: Any = 1e-8
    max_steps: Any = 300
    cold_barrier: Any = 0.1
    warm_barrier: Any = 1e-4

    def solve(self, program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any) -> Solution:
        """Searches from begin's point; where warm, from its prices too and with a small barrier parameter."""
        scaled = scale_program(program, begin.x, args)
        first = first_state(scaled, begin, warm, jnp.asarray(self.cold_barrier), jnp.asarray(self.warm_barrier))
        tolerance, most = jnp.asarray(self.tolerance, jnp.float64), jnp.asarray(self.max_steps)

        def unfinished(state: State) -> Array:
            return (state.status == Status.RUNNING) & (state.steps < most)

        end = jax.lax.while_loop(unfinished, lambda state: advance(scaled, state, tolerance), first)
        return solution_of(scaled, end, tolerance)
