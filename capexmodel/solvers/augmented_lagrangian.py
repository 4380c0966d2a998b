"""Augmented Lagrangian for nonlinear programs: a second algorithm that shares nothing with the interior point but the contract.

Each round minimizes the augmented Lagrangian between the bounds, moves the prices by what the rows are violated, and raises the penalty
where the violation did not fall enough. Where raising it helps no more, one round goes back to the start and minimizes the violation alone.
A stationary point of it that still violates the rows proves, locally, that there is no solution; from any other the rounds begin again, now
with a penalty too high to leave the rows for a valley where they cannot hold.
Leaves out: sparsity and speed; it is for evidence and for small programs.

Source: Birgin and Martinez, Practical Augmented Lagrangian Methods for Constrained Optimization (2014), algorithm 4.1 (rounds, safeguarded
prices, penalty), section 12.4 (first penalty), theorem 6.5 (limits of infeasible programs); Nocedal and Wright, Numerical Optimization,
2nd ed., sections 17.3 and 17.4.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int

from capexmodel.solvers.base import AbstractSolver, Errors, NonlinearProgram, Solution, Status
from capexmodel.solvers.penalized import Look, Penalized, Rows, Terms, look, penalize
from capexmodel.solvers.projected_newton import ProjectedNewton, projected_gradient

LARGEST_PRICE = 1e10
"""Scaled prices are kept below this at the beginning of a round, so that the penalty decides where prices have no limit."""
FALLING = 0.25
"""Share of the violation left by a round below which the penalty stays."""
PENALTY_RANGE = (1.0, 1e8)
"""Range of the first penalty."""
MOST_PENALTY = 1e14
"""Penalty beyond which the violation is minimized alone."""
STALLED = 4
"""Rounds in a row without progress after which the violation is minimized alone."""
TIGHTENING = 0.01
"""Share of its inner tolerance that each round leaves for the next."""
INNER_SHARE = 0.5
"""Share of the tolerance to which the last rounds are minimized."""
VIOLATED = 1e-6
"""Scaled violation that is taken for infeasibility, where it is stationary."""
STATIONARY = 1e-6
"""Largest projected gradient of half the squared violation at a stationary point, as a share of the violation."""
UNBOUNDED_BELOW = -1e12
"""Scaled value at which a function is taken to fall forever."""
UNBOUNDED_VIOLATION = 1e-6
"""Violation, relative to the point, that is clean enough to call the program unbounded."""


class Round(eqx.Module):
    """What one round hands to the next. `before` is the progress measure of the last round, `stalled` the rounds in a row that fell short,
    `inner` the inner tolerance; in a round that restores, the violation is minimized alone."""

    x: Float[Array, " n"]
    objective: Float[Array, ""]
    gradient: Float[Array, " n"]
    prices: Rows
    penalty: Float[Array, ""]
    before: Float[Array, ""]
    inner: Float[Array, ""]
    stalled: Int[Array, ""]
    restoring: Bool[Array, ""]
    status: Int[Array, ""]
    rounds: Int[Array, ""]
    steps: Int[Array, ""]
    errors: Errors


class AugmentedLagrangian(AbstractSolver):
    """Settings: the optimality error to reach (scaled), the rounds and inner steps allowed, and the penalty: its growth, and where a warm
    start begins."""

    tolerance: Any = 1e-8
    max_rounds: Any = 60
    growth: Any = 10.0
    warm_penalty: Any = 1e3
    max_inner: int = eqx.field(static=True, default=200)

    def solve(self, program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any) -> Solution:
        """Searches from begin's point; where warm, from its prices too and with a larger penalty."""
        penalized = penalize(program, begin, args)
        first = self._first(penalized, begin, warm)

        def unfinished(state: Round) -> Array:
            return (state.status == Status.RUNNING) & (state.rounds < self.max_rounds)

        return _solution(penalized, jax.lax.while_loop(unfinished, lambda state: self._round(penalized, state), first), self.tolerance)

    def _first(self, program: Penalized, begin: Solution, warm: Array) -> Round:
        """The start of the first round."""
        x = program.start
        value, rows = program.values(x)
        violation = jnp.sum(jnp.minimum(rows.one_sided, 0.0) ** 2) + jnp.sum(rows.equality**2)
        cold = jnp.clip(self.growth * jnp.maximum(1.0, jnp.abs(value)) / jnp.maximum(1.0, 0.5 * violation), *PENALTY_RANGE)
        status = jnp.where(jnp.isfinite(value) & jnp.isfinite(violation), Status.RUNNING, Status.NUMERIC)
        status = jnp.where(jnp.any(program.lower > program.upper), Status.INFEASIBLE, status)
        count, far = jnp.zeros((), int), jnp.asarray(jnp.inf)
        return Round(
            x=x,
            objective=value,
            gradient=jnp.zeros_like(x),
            prices=jax.tree.map(lambda price: jnp.where(warm, price, 0.0), program.priced(begin.multipliers)),
            penalty=jnp.where(warm, self.warm_penalty, cold),
            before=far,
            inner=jnp.sqrt(jnp.asarray(self.tolerance, jnp.float64)),
            stalled=count,
            restoring=jnp.asarray(False),
            status=status.astype(int),
            rounds=count,
            steps=count,
            errors=Errors(far, far, far),
        )

    def _round(self, program: Penalized, state: Round) -> Round:
        """Minimize, look, judge, and say what follows. A round that ran out of inner steps is continued by the next."""
        prices = jax.tree.map(lambda price: jnp.where(state.restoring, 0.0, jnp.clip(price, -LARGEST_PRICE, LARGEST_PRICE)), state.prices)
        terms = Terms(prices, jnp.where(state.restoring, 1.0, state.penalty), jnp.where(state.restoring, 0.0, 1.0))
        inner = ProjectedNewton(jnp.where(state.restoring, self.tolerance * STATIONARY, state.inner), UNBOUNDED_BELOW)
        box = {"lower": program.lower, "upper": program.upper}
        x = jnp.where(state.restoring, program.start, state.x)
        found = optx.minimise(program.lagrangian, inner, x, terms, box, max_steps=self.max_inner, throw=False)
        seen = look(program, found.value)
        prices = program.repriced(seen.rows, terms)
        gradient = seen.gradient(prices, terms.weight)
        errors, size = judged(program, found.value, seen, prices, gradient)
        here = eqx.tree_at(
            lambda s: (s.x, s.objective, s.gradient, s.prices, s.rounds, s.steps, s.errors),
            state,
            (found.value, seen.objective, gradient, prices, state.rounds + 1, state.steps + found.stats["num_steps"], errors),
        )
        usual, restored = self._priced(state, here, seen.rows, terms, size), self._restored(program, here)
        cut = (found.stats["num_steps"] >= self.max_inner) & (usual.status == Status.RUNNING)
        continued = eqx.tree_at(lambda s: s.prices, here, state.prices)
        usual = jax.tree.map(lambda a, b: jnp.where(cut, a, b), continued, usual)
        return jax.tree.map(lambda a, b: jnp.where(state.restoring, a, b), restored, usual)

    def _priced(self, state: Round, here: Round, rows: Rows, terms: Terms, size: Array) -> Round:
        """What follows a usual round: done, or the penalty and the tolerance of the next; a round that ran away is taken back."""
        errors = here.errors
        done = jnp.maximum(jnp.maximum(errors.primal, errors.dual), errors.complementarity) <= self.tolerance
        held = jnp.minimum(rows.one_sided, terms.prices.one_sided / terms.penalty)
        measure = jnp.max(jnp.abs(jnp.concatenate([held, rows.equality])), initial=0.0)
        squares = jnp.sum(here.prices.one_sided**2) + jnp.sum(here.prices.equality**2)
        value = here.objective + 0.5 * squares / terms.penalty
        clean = errors.primal <= UNBOUNDED_VIOLATION * jnp.maximum(1.0, jnp.max(jnp.abs(here.x)))
        plunged, sound = value <= UNBOUNDED_BELOW, jnp.isfinite(value) & jnp.all(jnp.isfinite(here.gradient))
        status = jnp.where(plunged & clean, Status.UNBOUNDED, jnp.where(done, Status.OPTIMAL, Status.RUNNING))
        status = jnp.where(sound, status, Status.NUMERIC).astype(int)
        back = ~sound | (plunged & ~clean)
        kept = ((measure <= FALLING * state.before) | (measure <= self.tolerance)) & ~back
        stalled = jnp.where(kept, 0, state.stalled + 1)
        penalty = jnp.where(kept, state.penalty, state.penalty * self.growth)
        lost = ((stalled >= STALLED) & (errors.primal > self.tolerance) & ~back) | (penalty > MOST_PENALTY)
        inner = jnp.maximum(TIGHTENING * state.inner, INNER_SHARE * self.tolerance * size)
        counted = eqx.tree_at(lambda s: (s.rounds, s.steps), state, (here.rounds, here.steps))
        moved = eqx.tree_at(lambda s: (s.before, s.inner, s.stalled), here, (measure, inner, stalled))
        following = jax.tree.map(lambda a, b: jnp.where(back, a, b), counted, moved)
        return eqx.tree_at(lambda s: (s.penalty, s.restoring, s.status), following, (penalty, lost, status))

    def _restored(self, program: Penalized, here: Round) -> Round:
        """What follows a round that minimized the violation alone: infeasible, or the usual rounds again, from here, without prices and at
        the penalty reached."""
        rest = jnp.max(jnp.abs(projected_gradient(here.x, here.gradient, program.lower, program.upper)), initial=0.0)
        infeasible = (here.errors.primal > VIOLATED) & (rest <= STATIONARY * here.errors.primal)
        prices = jax.tree.map(lambda price: jnp.where(infeasible, price, 0.0), here.prices)
        status = jnp.where(infeasible, Status.INFEASIBLE, Status.RUNNING).astype(int)
        penalty = jnp.minimum(here.penalty, PENALTY_RANGE[1])
        return eqx.tree_at(
            lambda s: (s.prices, s.penalty, s.before, s.stalled, s.restoring, s.status),
            here,
            (prices, penalty, jnp.asarray(jnp.inf), jnp.zeros((), int), jnp.asarray(False), status),
        )


def judged(program: Penalized, x: Array, seen: Look, prices: Rows, gradient: Array) -> tuple[Errors, Float[Array, ""]]:
    """Optimality errors of a point and its prices, and the size of the largest gradient in the Lagrangian, by which they are divided.

    Rows are divided by their gradients at the point, not by those at the start: a steep start must not loosen what counts as zero.
    """
    length = seen.lengths
    slack, miss = seen.rows.one_sided / length.one_sided, jnp.abs(seen.rows.equality) / length.equality
    pulls = jnp.concatenate([prices.one_sided * length.one_sided, jnp.abs(prices.equality) * length.equality])
    size = jnp.max(pulls, initial=jnp.maximum(program.least_gradient, jnp.max(jnp.abs(seen.slope), initial=0.0)))
    rest = jnp.max(jnp.abs(projected_gradient(x, gradient, program.lower, program.upper)), initial=0.0)
    violation = jnp.max(jnp.concatenate([-slack, miss]), initial=0.0)
    unpaid = jnp.minimum(jnp.abs(slack), prices.one_sided * length.one_sided / size)
    return Errors(violation, rest / size, jnp.max(unpaid, initial=0.0)), size


def _solution(program: Penalized, state: Round, tolerance: Any) -> Solution:
    """The last round in the program's own units."""
    running = jnp.where(state.errors.primal <= tolerance, Status.FEASIBLE_NOT_PROVEN, Status.MAX_ITER)
    return Solution(
        x=state.x,
        value=state.objective / program.objective_scale,
        multipliers=program.unpriced(state.prices, state.gradient, state.x),
        status=jnp.where(state.status == Status.RUNNING, running, state.status).astype(jnp.int32),
        steps=state.steps.astype(jnp.int32),
        errors=state.errors,
    )
