"""How long a solve takes: compilation, a solve after it, the judge's error, and SLSQP on the same programs in the same process."""

import statistics

import jax.numpy as jnp

from benchmarks.case import Case, ready
from benchmarks.clock import in_turn, paired_ratio, timed
from benchmarks.peers import MOST_S, Slsqp
from benchmarks.table import show
from capexmodel.config import load
from capexmodel.solvers import Status

TIMED = ("greenfield", "meta_2026")
PEERED = ("one_period", "greenfield")
GOALS_S = {"greenfield": 0.2, "meta_2026": 2.0}
ROUNDS = 7
"""Solves of which the median is reported; of the peer as many, unless one takes long."""
LONG_S = 5.0


def run() -> dict[str, object]:
    """Time the solver on its own, then beside its peer."""
    cases = {name: ready(load(name)) for name in dict.fromkeys((*PEERED, *TIMED))}
    own = {name: _own(name, case) for name, case in cases.items()}
    _table("solve: from a cold start, one process", own)
    peers = {name: _beside(cases[name]) for name in PEERED}
    _table(f"solve: SciPy SLSQP on the same programs (exact derivatives, at most {MOST_S:.0f} s), in turn with ours", peers)
    return {"own": own, "slsqp": peers}


def _own(name: str, case: Case) -> dict[str, object]:
    """Compile and solve, then solve again and again."""
    first = timed(case.compile)
    again = [timed(case.solve) for _ in range(ROUNDS)]
    solution, median_s = again[-1].value, statistics.median(one.wall_s for one in again)
    return {
        **case.shape,
        "status": Status(int(solution.status)).name,
        "steps": int(solution.steps),
        "compile_and_one_step_s": first.wall_s,
        "compile_and_one_step_cpu_s": first.cpu_s,
        "solve_s": median_s,
        "solve_cpu_s": statistics.median(one.cpu_s for one in again),
        "fastest_s": min(one.wall_s for one in again),
        "goal_s": GOALS_S.get(name),
        "value": float(solution.value),
        "kkt_error": case.verdict(solution).kkt_error,
    }


def _beside(case: Case) -> dict[str, object]:
    """Solve in turn with the peer, which gets one round only where a round takes long."""
    peer = Slsqp(case.program, case.start, case.given)
    pairs = in_turn(case.solve, peer.solve, 1)
    if pairs[0][1].wall_s < LONG_S:
        pairs += in_turn(case.solve, peer.solve, ROUNDS - 1)
    ours, theirs = pairs[-1][0].value, pairs[-1][1].value
    return {
        "ours_s": statistics.median(first.wall_s for first, _ in pairs),
        "slsqp_s": statistics.median(second.wall_s for _, second in pairs),
        "ratio": paired_ratio(pairs),
        "rounds": len(pairs),
        "ours_value": float(ours.value),
        "slsqp_value": theirs.value,
        "ours_violation": case.violation(ours.x),
        "slsqp_violation": case.violation(jnp.asarray(theirs.x)),
        "ours_steps": int(ours.steps),
        "slsqp_steps": theirs.steps,
        "slsqp_ended": theirs.ended,
    }


def _table(title: str, found: dict[str, dict[str, object]]) -> None:
    """One column a scenario."""
    keys = list(next(iter(found.values())))
    show(title, ["what", *found], [[key, *(one[key] for one in found.values())] for key in keys])
