"""Solvers that enter a contest: each takes a published problem and hands back a point, judged by one routine that trusts none of them.

A solver's own prices are judged where it gives them; where it gives none, or where they do worse, the judge gets the prices that best
balance the gradients of the active rows. Leaves out: derivatives by finite differences; every entrant gets exact ones.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed., section 18.3, equation 18.21 (least-squares prices).
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import lsq_linear

from benchmarks.ipopt import Ipopt
from benchmarks.peers import Slsqp
from benchmarks.published import Published
from capexmodel.solvers import InteriorPoint, Multipliers, Status, certify, minimize
from capexmodel.solvers.base import bounds

MOST_STEPS = 1000
ROUNDS = 3
"""Solves after the first, of which the median is the time."""
ACTIVE_WITHIN = 1e-5
"""Scaled distance below which a row may have a price."""
LEAST_GRADIENT = 1e-2
"""Size below which a row is not scaled up any more, as the judge has it."""


def ours(problem: Published) -> dict[str, Any]:
    """This project's interior point."""
    solver = InteriorPoint(max_steps=MOST_STEPS)

    def solve() -> Any:
        return jax.block_until_ready(minimize(problem.program, problem.start, problem.args, solver))

    first_s, solve_s, solution = _timed(solve)
    return {
        "ended": Status(int(solution.status)).name,
        "steps": int(solution.steps),
        "first_s": first_s,
        "solve_s": solve_s,
        **judged(problem, solution.x, solution.multipliers),
    }


def ipopt(problem: Published) -> dict[str, Any]:
    """IPOPT on native expressions."""
    start_s = time.perf_counter()
    return _peer(problem, Ipopt(problem.program, problem.start, problem.args), start_s)


def slsqp(problem: Published) -> dict[str, Any]:
    """SciPy's SLSQP."""
    start_s = time.perf_counter()
    return _peer(problem, Slsqp(problem.program, problem.start, problem.args), start_s)


ENTRANTS: dict[str, Callable[[Published], dict[str, Any]]] = {"ours": ours, "ipopt": ipopt, "slsqp": slsqp}


def _peer(problem: Published, peer: Ipopt | Slsqp, start_s: float) -> dict[str, Any]:
    """Solve with a peer, and judge its point."""
    built_s = time.perf_counter() - start_s
    first_s, solve_s, found = _timed(peer.solve)
    times = {"first_s": built_s + first_s, "solve_s": solve_s}
    return {"ended": found.ended, "steps": found.steps, **times, **judged(problem, jnp.asarray(found.x, float), found.prices)}


def _timed(solve: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds of the first solve, the median of a few more, and what came out."""
    seconds, found = [], None
    for _ in range(1 + ROUNDS):
        start_s = time.perf_counter()
        found = solve()
        seconds.append(time.perf_counter() - start_s)
    return seconds[0], statistics.median(seconds[1:]), found


def judged(problem: Published, x: jax.Array, prices: Multipliers | None) -> dict[str, Any]:
    """Value, scaled violation and scaled error of a point, with its own prices or the best balanced ones."""
    candidates = [balanced(problem, x)] if prices is None else [prices, balanced(problem, x)]
    verdicts = [certify(problem.program, x, candidate, problem.args) for candidate in candidates]
    best = min(verdicts, key=lambda verdict: float(verdict.kkt_error))
    return {"value": float(best.value), "violation": float(best.scaled_violation), "kkt_error": float(best.kkt_error)}


def balanced(problem: Published, x: jax.Array) -> Multipliers:
    """Prices of active rows and bounds that balance the gradients best, none with a wrong sign."""
    program, args = problem.program, problem.args
    functions = [rows for rows in (program.objective, program.inequality, program.equality) if rows is not None]

    @jax.jit
    def linearized(x: Any) -> tuple[Any, Any]:
        stack, pullback = jax.vjp(lambda point: jnp.concatenate([jnp.ravel(rows(point, args)) for rows in functions]), x)
        return stack, jax.vmap(pullback)(jnp.eye(stack.size))[0]

    stack, slopes = (np.asarray(part) for part in linearized(x))
    curved = problem.rows[0]
    walls = np.eye(x.size)
    lower, upper = (np.asarray(bound) for bound in bounds(program, x.size))
    one_sided = np.concatenate([np.where(np.isposinf(stack[1 : 1 + curved, None]), 0.0, slopes[1 : 1 + curved]), walls, -walls])
    room = np.concatenate([stack[1 : 1 + curved], np.asarray(x) - lower, upper - np.asarray(x)])
    active = np.flatnonzero(room <= ACTIVE_WITHIN * np.maximum(LEAST_GRADIENT, np.abs(one_sided).max(axis=1, initial=0.0)))
    matrix = np.concatenate([one_sided[active], slopes[1 + curved :]]).T
    found = np.zeros(matrix.shape[1])
    if matrix.size and np.all(np.isfinite(matrix)) and np.all(np.isfinite(slopes[0])):
        least = np.where(np.arange(found.size) < active.size, 0.0, -np.inf)
        found = lsq_linear(matrix, slopes[0], bounds=(least, np.inf)).x
    prices = np.zeros(one_sided.shape[0])
    prices[active] = found[: active.size]
    inequality, below, above = (jnp.asarray(part) for part in np.split(prices, [curved, curved + x.size]))
    return Multipliers(inequality, jnp.zeros(0), jnp.asarray(found[active.size :]), below, above)
