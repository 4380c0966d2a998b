"""Augmented Lagrangian for nonlinear programs: a second algorithm that shares nothing with the interior point but the contract.

Each round minimizes the augmented Lagrangian between the bounds, moves the prices by what the rows are violated, and raises the penalty
where the violation did not fall enough. Where raising it helps no more, one round minimizes the violation alone: a stationary point of it
that still violates the rows proves, locally, that there is no solution.
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
from capexmodel.solvers.penalized import Penalized, Rows, Terms, penalize
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
    """Settings: the optimality error to reach (scaled), rounds and inner steps allowed, penalties to begin with and their growth."""

    tolerance: Any = 1e-8
    max_rounds: Any = 60
    growth: Any = 10.0
    warm_penalty: Any = 1e3
    max_inner: int = eqx.field(static=True, default=200)

    def solve(self, program: NonlinearProgram, begin: Solution, warm: Bool[Array, ""], args: Any) -> Solution:
        """Searches from begin's point; where warm, from its prices too and with a larger penalty."""
        penalized = penalize(program, begin.x, args)
        first = self._first(penalized, begin, warm)

        def unfinished(state: Round) -> Array:
            return (state.status == Status.RUNNING) & (state.rounds < self.max_rounds)

        return _solution(penalized, jax.lax.while_loop(unfinished, lambda state: self._round(penalized, state), first), self.tolerance)

    def _first(self, program: Penalized, begin: Solution, warm: Array) -> Round:
        """The start of the first round."""
        x = jnp.clip(begin.x, program.lower, jnp.maximum(program.lower, program.upper))
        value, rows = program.objective(x), program.rows(x)
        violation = jnp.sum(jnp.minimum(rows.one_sided, 0.0) ** 2) + jnp.sum(rows.equality**2)
        cold = jnp.clip(self.growth * jnp.maximum(1.0, jnp.abs(value)) / jnp.maximum(1.0, 0.5 * violation), *PENALTY_RANGE)
        prices = jax.tree.map(lambda price: jnp.where(warm, price, 0.0), program.priced(begin.multipliers))
        sound = jnp.isfinite(value) & jnp.isfinite(violation)
        status = jnp.where(sound, Status.RUNNING, Status.NUMERIC)
        status = jnp.where(jnp.any(program.lower > program.upper), Status.INFEASIBLE, status)
        zero, count, far = jnp.zeros(()), jnp.zeros((), int), jnp.asarray(jnp.inf)
        penalty = jnp.where(warm, self.warm_penalty, cold)
        inner = jnp.sqrt(jnp.asarray(self.tolerance, jnp.float64))
        return Round(x, prices, penalty, far, inner, count, zero > 0, status.astype(int), count, count, Errors(far, far, far))

    def _round(self, program: Penalized, state: Round) -> Round:
        """Minimize, then judge and move the prices."""
        bounded = jax.tree.map(lambda price: jnp.clip(price, -LARGEST_PRICE, LARGEST_PRICE), state.prices)
        none = jax.tree.map(jnp.zeros_like, bounded)
        prices = jax.tree.map(lambda a, b: jnp.where(state.restoring, a, b), none, bounded)
        terms = Terms(prices, jnp.where(state.restoring, 1.0, state.penalty), jnp.where(state.restoring, 0.0, 1.0))
        atol = jnp.where(state.restoring, self.tolerance * STATIONARY, state.inner)
        found = optx.minimise(
            program.lagrangian,
            ProjectedNewton(atol, UNBOUNDED_BELOW),
            state.x,
            terms,
            {"lower": program.lower, "upper": program.upper},
            max_steps=self.max_inner,
            throw=False,
        )
        after = eqx.tree_at(lambda s: (s.rounds, s.steps), state, (state.rounds + 1, state.steps + found.stats["num_steps"]))
        usual, restored = self._priced(program, after, found.value, terms), self._restored(program, after, found.value, terms)
        return jax.tree.map(lambda a, b: jnp.where(state.restoring, a, b), restored, usual)

    def _priced(self, program: Penalized, state: Round, x: Array, terms: Terms) -> Round:
        """The usual end of a round: new prices, judged; the penalty for the next."""
        rows = program.rows(x)
        value, gradient = jax.value_and_grad(program.lagrangian)(x, terms)
        prices = program.repriced(rows, terms)
        errors, size = judged(program, x, rows, prices, gradient)
        done = jnp.maximum(jnp.maximum(errors.primal, errors.dual), errors.complementarity) <= self.tolerance
        held = jnp.minimum(rows.one_sided, terms.prices.one_sided / terms.penalty)
        measure = jnp.max(jnp.abs(jnp.concatenate([held, rows.equality])), initial=0.0)
        falling = (measure <= FALLING * state.before) | (measure <= self.tolerance)
        plunged, sound = value <= UNBOUNDED_BELOW, jnp.isfinite(value) & jnp.all(jnp.isfinite(gradient))
        clean = errors.primal <= UNBOUNDED_VIOLATION * jnp.maximum(1.0, jnp.max(jnp.abs(x)))
        status = jnp.where(done, Status.OPTIMAL, jnp.where(plunged & clean, Status.UNBOUNDED, Status.RUNNING))
        status = jnp.where(sound, status, Status.NUMERIC)
        keep = sound & ~(plunged & ~clean)
        stalled = jnp.where(falling, 0, state.stalled + 1)
        penalty = jnp.where(falling & keep, state.penalty, state.penalty * self.growth)
        lost = ((stalled >= STALLED) & (errors.primal > self.tolerance)) | (penalty > MOST_PENALTY)
        least = INNER_SHARE * self.tolerance * size
        moved = Round(
            x, prices, penalty, measure, jnp.maximum(TIGHTENING * state.inner, least), stalled, lost, status.astype(int), state.rounds,
            state.steps, errors,
        )  # fmt: skip
        spoiled = eqx.tree_at(lambda s: (s.penalty, s.status, s.restoring), state, (penalty, status.astype(int), lost))
        return jax.tree.map(lambda a, b: jnp.where(keep, a, b), moved, spoiled)

    def _restored(self, program: Penalized, state: Round, x: Array, terms: Terms) -> Round:
        """The end of a round that minimized the violation alone: infeasible, or back to the usual rounds from a point without prices."""
        rows = program.rows(x)
        gradient = jax.grad(program.lagrangian)(x, terms)
        prices = program.repriced(rows, terms)
        errors, _ = judged(program, x, rows, prices, gradient)
        rest = jnp.max(jnp.abs(projected_gradient(x, gradient, program.lower, program.upper)), initial=0.0)
        infeasible = (errors.primal > VIOLATED) & (rest <= STATIONARY * errors.primal)
        none = jax.tree.map(lambda price: jnp.where(infeasible, price, 0.0), prices)
        status = jnp.where(infeasible, Status.INFEASIBLE, Status.RUNNING).astype(int)
        penalty = jnp.minimum(state.penalty, PENALTY_RANGE[1])
        zero = jnp.zeros((), int)
        return Round(
            x, none, penalty, jnp.asarray(jnp.inf), state.inner, zero, zero > 0, status, state.rounds, state.steps, errors
        )  # fmt: skip


def judged(program: Penalized, x: Array, rows: Rows, prices: Rows, gradient: Array) -> tuple[Errors, Float[Array, ""]]:
    """Optimality errors of a point and its prices, and the size of the largest gradient in the Lagrangian, by which they are divided.

    Rows are divided by their gradients at the point, not by those at the start: a steep start must not loosen what counts as zero.
    """
    length = program.lengths(x)
    slack, miss = rows.one_sided / length.one_sided, jnp.abs(rows.equality) / length.equality
    pulls = jnp.concatenate([prices.one_sided * length.one_sided, jnp.abs(prices.equality) * length.equality])
    slope = jnp.max(jnp.abs(jax.grad(program.objective)(x)), initial=0.0)
    size = jnp.max(pulls, initial=jnp.maximum(program.least_gradient, slope))
    rest = jnp.max(jnp.abs(projected_gradient(x, gradient, program.lower, program.upper)), initial=0.0)
    violation = jnp.max(jnp.concatenate([-slack, miss]), initial=0.0)
    unpaid = jnp.minimum(jnp.abs(slack), prices.one_sided * length.one_sided / size)
    return Errors(violation, rest / size, jnp.max(unpaid, initial=0.0)), size


def _solution(program: Penalized, state: Round, tolerance: Any) -> Solution:
    """The last round in the program's own units."""
    restored = state.status == Status.INFEASIBLE
    terms = Terms(state.prices, jnp.asarray(1.0), jnp.where(restored, 0.0, 1.0))

    def lagrangian(x: Array) -> Array:
        rows = program.rows(x)
        pull = terms.prices.one_sided @ rows.one_sided + terms.prices.equality @ rows.equality
        return terms.weight * program.objective(x) - pull

    gradient = jax.grad(lagrangian)(state.x)
    running = jnp.where(state.errors.primal <= tolerance, Status.FEASIBLE_NOT_PROVEN, Status.MAX_ITER)
    return Solution(
        x=state.x,
        value=program.objective(state.x) / program.objective_scale,
        multipliers=program.unpriced(state.prices, gradient, state.x),
        status=jnp.where(state.status == Status.RUNNING, running, state.status).astype(jnp.int32),
        steps=state.steps.astype(jnp.int32),
        errors=state.errors,
    )
