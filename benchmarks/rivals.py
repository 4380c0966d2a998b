"""Several solvers on the same programs, in turn and in one process: who is how fast, and whose answers hold.

Every answer, ours too, is judged by `capexmodel.solvers.certify`: it holds when no row or bound is missed by more than GOAL, in distances
to the row, and its value is within GOAL of the best value that any solver reached with such a point.
"""

import dataclasses
import functools
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.callbacks import Cyipopt, installed
from benchmarks.clock import Timed, each_in_turn
from benchmarks.ipopt import Ipopt
from benchmarks.peers import Peer, Slsqp
from capexmodel.solvers import AbstractSolver, Multipliers, NonlinearProgram, Solution, Status, certify, minimize

GOAL = 1e-6
BURST = 20
"""Solves of one heat where all solvers are quick: the first finds the machine's caches full of the others' data."""
OURS, IN_JIT, IPOPT, CYIPOPT, SLSQP = "ours", "ours_in_jit", "casadi_ipopt", "cyipopt", "slsqp"
PEERS: dict[str, Callable[..., Any]] = {IPOPT: Ipopt, CYIPOPT: Cyipopt, SLSQP: Slsqp}


@dataclasses.dataclass(frozen=True)
class Instance:
    """A start and the numbers of a program."""

    start: Any
    args: Any


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a solver gave: where it ended, its worst violation and value as recomputed, our kkt error, steps, and its own words."""

    violation: float
    value: float
    kkt_error: float | None
    steps: int
    ended: str


def present() -> dict[str, Callable[..., Any]]:
    """The peers that are installed."""
    return {name: peer for name, peer in PEERS.items() if name != CYIPOPT or installed()}


def answer(program: NonlinearProgram, found: Solution | Peer, args: Any) -> Answer:
    """Judge what a solver gave."""
    if isinstance(found, Peer):
        zero = [jnp.zeros(count) for count in rows(program, found.x, args)]
        free = jnp.zeros(found.x.size)
        judged = certify(program, jnp.asarray(found.x), found.prices or Multipliers(*zero, free, free), args)
        error = None if found.prices is None else float(judged.kkt_error)
        return Answer(float(judged.scaled_violation), float(judged.value), error, found.steps, found.ended)
    judged = certify(program, found.x, found.multipliers, args)
    error, ended = float(judged.kkt_error), Status(int(found.status)).name
    return Answer(float(judged.scaled_violation), float(judged.value), error, int(found.steps), ended)


def rows(program: NonlinearProgram, x: Any, args: Any) -> tuple[int, ...]:
    """How many inequality, affine and equality rows there are."""
    functions = (program.inequality, program.affine, program.equality)
    return tuple(0 if f is None else jax.eval_shape(lambda point, f=f: jnp.ravel(f(point, args)), jnp.asarray(x)).size for f in functions)


def holds(answers: dict[str, Answer]) -> dict[str, bool]:
    """Whose answers hold."""
    kept = [one.value for one in answers.values() if one.violation <= GOAL]
    best = min(kept, default=np.inf)
    return {name: one.violation <= GOAL and one.value - best <= GOAL * max(1.0, abs(best)) for name, one in answers.items()}


def contest(
    program: NonlinearProgram,
    instances: Sequence[Instance],
    rounds: int,
    solver: AbstractSolver | None = None,
    once: Sequence[str] = (),
    without: Sequence[str] = (),
) -> dict[str, dict[str, object]]:
    """Every solver on every instance; those named in `once` run a single time, on the first, those in `without` not at all. Nothing is
    compiled on the clock.

    Ours runs as `minimize`, with a certificate unless it has settings of its own, as the planner searches; where there are several
    instances also inside a `jax.jit` of the caller's, without what Python costs.
    """
    kinds = {name: kind for name, kind in present().items() if name not in without}
    ready = entrants(program, instances[0], len(instances) > 1, solver, kinds)
    heats: list[tuple[int, dict[str, Timed]]] = []
    for number, instance in enumerate(instances):
        for turn in range(rounds):
            left = {name: solve for name, solve in ready.items() if name not in once or number + turn == 0}
            calls = {name: functools.partial(solve, instance) for name, solve in left.items()}
            heats.append((number, each_in_turn(calls, 1 if once else BURST)))
    judged: list[dict[str, Answer]] = [{} for _ in instances]
    for number, heat in heats:
        new = {name: one for name, one in heat.items() if name not in judged[number]}
        judged[number] |= {name: answer(program, one.value, instances[number].args) for name, one in new.items()}
    missing = {name: {"ended": "left out: too slow here" if name in without else "not installed"} for name in PEERS}
    return missing | {name: _told(name, [heat for _, heat in heats], judged) for name in ready}


def entrants(
    program: NonlinearProgram, first: Instance, varied: bool, solver: AbstractSolver | None, kinds: dict[str, Callable[..., Any]]
) -> dict[str, Callable[[Instance], Solution | Peer]]:
    """Ours and peers of some kinds, compiled and ready for any instance, or for the first one alone."""

    def ours(one: Instance) -> Solution:
        return jax.block_until_ready(minimize(program, one.start, one.args, solver, certified=solver is None))

    ready: dict[str, Callable[[Instance], Solution | Peer]] = {OURS: ours}
    if varied:
        compiled = jax.jit(lambda x0, args: minimize(program, x0, args, solver))
        ready[IN_JIT] = lambda one: jax.block_until_ready(compiled(one.start, one.args))
    for solve in ready.values():
        solve(first)
    for name, kind in kinds.items():
        made = kind(program, first.start, first.args, varied)
        ready[name] = lambda one, made=made: made.solve(one.start, one.args if varied else None)
    return ready


def _told(name: str, heats: list[dict[str, Timed]], judged: list[dict[str, Answer]]) -> dict[str, object]:
    """What is to be said of one solver. `cores_over_ours` compares the time that cores worked: steadier where others use them too."""
    mine = [one[name] for one in judged if name in one]
    held = [holds(one)[name] for one in judged if name in one]
    pairs = [(heat[name], heat[OURS]) for heat in heats if name in heat]
    errors = [one.kkt_error for one in mine if one.kkt_error is not None]
    ahead = [abs(one[name].value - one[OURS].value) / max(1.0, abs(one[OURS].value)) for one in judged if name in one]
    return {
        "time_over_ours": statistics.median(one.wall_s / ours.wall_s for one, ours in pairs),
        "cores_over_ours": statistics.median(one.cpu_s / ours.cpu_s for one, ours in pairs),
        "median_s": statistics.median(one.wall_s for one, _ in pairs),
        "runs": len(pairs),
        "steps": statistics.median(one.steps for one in mine),
        "share_that_holds": sum(held) / len(held),
        "worst_violation": max(one.violation for one in mine),
        "worst_value_off_ours": max(ahead),
        "worst_kkt_error": max(errors, default=None),
        "ended": "; ".join(sorted({one.ended for one in mine})),
    }
