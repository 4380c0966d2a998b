"""Our solver beside SLSQP, CasADi with IPOPT, and cyipopt: one program at a time, and batches of a thousand.

All in one process and in turn, compilation left out for all. Of what is measured trust the ratios.
"""

import statistics
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np

from benchmarks.case import MOST_STEPS, ready
from benchmarks.clock import Timed, each_in_turn
from benchmarks.families import Family, draw, lane, one_period, quarterly
from benchmarks.rivals import CYIPOPT, GOAL, OURS, PEERS, SLSQP, Instance, contest, present
from benchmarks.table import show
from capexmodel.config import load
from capexmodel.planner.search import COLD_BARRIER
from capexmodel.solvers import InteriorPoint, Solution, Status, certify, minimize_batch

INSTANCES, LARGE_INSTANCES = 24, 4
"""Random programs of each family, the small and the large."""
ROUNDS, LARGE_ROUNDS, SHIPPED_ROUNDS = 3, 2, 5
"""Times that each program is solved by each solver."""
SHIPPED = ("one_period", "greenfield", "meta_2026")
LONG, ENDLESS = {"greenfield": (SLSQP, CYIPOPT), "meta_2026": (CYIPOPT,)}, {"meta_2026": (SLSQP,)}
"""Peers that run only once on a shipped scenario because they take long, and those that do not run: with SLSQP a round on `meta_2026` had
not ended after ten minutes on a busy machine, for its limit cuts no step short."""
LANES, SHARED, IMPOSSIBLE = 1000, 50, 50
"""Lanes of a batch; how many of them the peers get, one after the other; and how many have no solution in the batch that has such lanes."""
BATCH_ROUNDS = 5
SEED = 7


def run() -> dict[str, object]:
    """One at a time, then batches."""
    small = one_period()
    single = {
        "one period (18)": _family(small, INSTANCES, ROUNDS, ()),
        "quarterly (400)": _family(quarterly(), LARGE_INSTANCES, LARGE_ROUNDS, (SLSQP,)),
    }
    single |= {name: _shipped(name) for name in SHIPPED}
    batches = {"feasible": _batch(small, 0), "5 % impossible": _batch(small, IMPOSSIBLE)}
    return {"one_at_a_time": single, "batches": batches}


def _family(family: Family, count: int, rounds: int, once: tuple[str, ...]) -> dict[str, dict[str, object]]:
    """Random programs of a family."""
    starts, args, _ = draw(family, count, SEED)
    found = contest(family.program, [Instance(starts[i], lane(args, i)) for i in range(count)], rounds, None, once)
    return _shown(f"{family.size} variables, {count} random programs", found)


def _shipped(name: str) -> dict[str, dict[str, object]]:
    """A shipped scenario, from where a plan's search begins."""
    case = ready(load(name))
    solver = InteriorPoint(max_steps=MOST_STEPS, cold_barrier=COLD_BARRIER)
    instance, once, without = Instance(case.start, case.given), LONG.get(name, ()), ENDLESS.get(name, ())
    return _shown(f"scenario {name}", contest(case.program, [instance], SHIPPED_ROUNDS, solver, once, without))


def _shown(title: str, found: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Print one contest, one row a solver."""
    keys = list(found[OURS])
    show(f"solvers: {title}", ["solver", *keys], [[name, *(one.get(key) for key in keys)] for name, one in found.items()])
    return found


def _batch(family: Family, impossible: int) -> dict[str, object]:
    """A thousand lanes by us, the first of them by the peers, in turn; rates in lanes by second."""
    x0s, args, can = draw(family, LANES, SEED, impossible)
    lanes = [(x0s[i], lane(args, i)) for i in range(SHARED)]
    calls: dict[str, Callable[[], Any]] = {OURS: lambda: jax.block_until_ready(minimize_batch(family.program, x0s, args))}
    for name, peer in present().items():
        made = peer(family.program, *lanes[0], True)
        calls[name] = lambda made=made: [made.solve(*one) for one in lanes]
    solution = calls[OURS]()
    heats = [each_in_turn(calls) for _ in range(BATCH_ROUNDS)]
    rates = {name: _rates(name, heats) if name in calls else {} for name in (OURS, *PEERS)}
    said = _judged(family, solution, args, can)
    title = f"solvers: {LANES} lanes of one period, {impossible} of them impossible (peers: {SHARED} of the same lanes)"
    keys = list(rates[OURS])
    show(title, ["solver", *keys], [[name, *(rate.get(key, "not installed") for key in keys)] for name, rate in rates.items()])
    show("solvers: our answers in that batch", ["what", "value"], [[key, value] for key, value in said.items()])
    return {"rates": rates, **said}


def _rates(name: str, heats: list[dict[str, Timed]]) -> dict[str, float]:
    """Lanes by second, and ours as a multiple: of the clock, and of the time that cores worked."""
    lanes = LANES if name == OURS else SHARED
    times = [(heat[name], heat[OURS]) for heat in heats]
    return {
        "lanes_per_s": statistics.median(lanes / one.wall_s for one, _ in times),
        "ours_times_faster": statistics.median((one.wall_s / lanes) / (ours.wall_s / LANES) for one, ours in times),
        "in_core_time": statistics.median((one.cpu_s / lanes) / (ours.cpu_s / LANES) for one, ours in times),
    }


def _judged(family: Family, solution: Solution, args: Any, can: np.ndarray) -> dict[str, object]:
    """What the independent judge says of the lanes that can be solved, and what we said of the others."""
    judge = eqx.filter_jit(jax.vmap(lambda one, given: certify(family.program, one.x, one.multipliers, given).kkt_error))
    errors, status, steps = (np.asarray(part) for part in (judge(solution, args), solution.status, solution.steps))
    optimal, refused = status == Status.OPTIMAL, status == Status.INFEASIBLE
    return {
        "share_of_possible_certified": float(np.mean((optimal & (errors <= GOAL))[can])),
        "worst_kkt_error_of_possible": float(np.max(errors[can])),
        "share_of_impossible_called_infeasible": float(np.mean(refused[~can])) if not can.all() else None,
        "wrongly_called_optimal": int(np.sum(optimal & ~can)),
        "wrongly_called_infeasible": int(np.sum(refused & can)),
        "median_steps": float(np.median(steps)),
        "most_steps": int(np.max(steps)),
    }
