"""Primal-dual interior point for nonlinear programs, compiled as one loop.

Free steps (predictor and corrector, accepted while the optimality error falls) and monotone steps (fixed barrier parameter, filter line
search) share one loop; restoration (objective switched off, rows elastic at price one) is another, entered when the line search fails. An
infeasible program ends there at a point of least violation and is reported as such. Of many programs solved at once, only those that need
restoration pay for it.
Leaves out: proofs of global optimality.

Source: Waechter and Biegler, Mathematical Programming 106 (2006); Nocedal, Waechter and Waltz, SIAM Journal on Optimization 19 (2009),
sections 3 and 4 (free and monotone barrier updates); Mehrotra, SIAM Journal on Optimization 2 (1992).
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from capexmodel.solvers.base import AbstractSolver, NonlinearProgram, Solution, Status
from capexmodel.solvers.first import first_state, push_of
from capexmodel.solvers.outcome import solution_of
from capexmodel.solvers.phases import advance
from capexmodel.solvers.restoration import restore
from capexmodel.solvers.scaled import ScaledProgram, scale_program
from capexmodel.solvers.start import inside
from capexmodel.solvers.state import FREE, RESTORE, State


class InteriorPoint(AbstractSolver):
    """Interior-point settings: the optimality error to reach (scaled), the steps allowed, and the barrier parameters to begin with."""

    tolerance: Any = 1e-8
    max_steps: Any = 300
    cold_barrier: Any = 0.1
    warm_barrier: Any = 1e-4

    def solve(self, program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any) -> Solution:
        """Searches from begin's point; where warm, from its prices too and with a small barrier parameter."""
        scaled, first = self._opened(program, begin, warm, args)

        def turn(state: State) -> State:
            return self._gone_on(scaled, state, jnp.asarray(self.max_steps))

        end = jax.lax.while_loop(lambda state: self._unfinished(state), turn, first)
        return solution_of(scaled, end, jnp.asarray(self.tolerance, jnp.float64))

    def go_easily(
        self, program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any, steps: Int[Array, ""]
    ) -> tuple[State, Solution]:
        """Begins, and goes on as long as free steps do, at most so many: most programs end so, and what they need is a small program."""
        scaled, state = self._opened(program, begin, warm, args)
        tolerance = jnp.asarray(self.tolerance, jnp.float64)

        def going(state: State) -> Array:
            return (state.status == Status.RUNNING) & (state.steps < steps) & (state.phase == FREE)

        state = jax.lax.while_loop(going, lambda inner: advance(scaled, inner, tolerance, easy=True), state)
        return state, solution_of(scaled, state, tolerance)

    def go_on(
        self, program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any, state: State, steps: Int[Array, ""]
    ) -> tuple[State, Solution]:
        """Goes on from a state: restoration where it is wanted, then a search until it ends, wants restoration, or took so many steps; and
        what it has found. `begin`, `warm` and `args` must be those that the state began with."""
        scaled, _ = self._opened(program, begin, warm, args)
        most = jnp.minimum(jnp.asarray(self.max_steps), state.steps + steps)
        state = self._gone_on(scaled, state, most)
        return state, solution_of(scaled, state, jnp.asarray(self.tolerance, jnp.float64))

    def _unfinished(self, state: State) -> Bool[Array, ""]:
        """Whether a search has neither ended nor run out of steps."""
        return (state.status == Status.RUNNING) & (state.steps < jnp.asarray(self.max_steps))

    def _opened(self, program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any) -> tuple[ScaledProgram, State]:
        warm_barrier = jnp.asarray(self.warm_barrier, jnp.float64)
        barrier, push = jnp.where(warm, warm_barrier, jnp.asarray(self.cold_barrier, jnp.float64)), push_of(warm, warm_barrier)
        x = inside(program, begin.x, push)
        scaled = scale_program(program, x, args)
        return scaled, first_state(scaled, x, begin, warm, barrier, push)

    def _gone_on(self, scaled: ScaledProgram, state: State, most: Int[Array, ""]) -> State:
        """Restoration where it is wanted, else steps until `most` were taken, restoration is wanted, or the search has ended."""
        tolerance = jnp.asarray(self.tolerance, jnp.float64)

        def going(state: State) -> Array:
            return (state.status == Status.RUNNING) & (state.steps < most)

        state = jax.lax.while_loop(
            lambda inner: going(inner) & (inner.phase == RESTORE), lambda inner: restore(scaled, inner, tolerance, most), state
        )
        return jax.lax.while_loop(
            lambda inner: going(inner) & (inner.phase != RESTORE), lambda inner: advance(scaled, inner, tolerance), state
        )
