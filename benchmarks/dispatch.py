"""A year of hours for a site: twelve representative days of 24 hours, eight sources and a battery that are given, run at least cost.

Time of the value and of value with gradient after compilation, alone and for 64 sites at once, beside HiGHS (SciPy) on the same program in
the same process; and of choosing capacities. HiGHS is handed the program ready made: building it is not timed.
"""

import functools
import statistics

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_matrix

from benchmarks.clock import in_turn, timed
from benchmarks.table import show
from capexmodel.config.energy import market
from capexmodel.energy.portfolio import Battery, Capacity, Draw, Sources, cheapest, operate, program_of
from capexmodel.solvers.hourly_program import STORE_WAYS, Hourly, bounds
from capexmodel.studies.power import Wish, inputs

NAMES = ("grid", "ppa_wind", "ppa_solar", "wind", "solar", "gas_engine", "gas_combined_cycle", "nuclear")
GIGAWATTS = (0.3, 0.3, 0.2, 1.2, 0.8, 0.25, 0.3, 0.15)
BATTERY_GW, BATTERY_GWH = 0.2, 0.8
SITES, ROUNDS = 64, 40
GOAL_MS, GRADIENT_GOAL_MS = 2.0, 6.0


def case() -> tuple[Sources, Battery, Draw, Capacity]:
    """One gigawatt in western Texas at 50 dollars a tonne."""
    known = market()
    given = inputs(known, Wish(1e9, known.place("texas"), known.named(NAMES), carbon_usd_per_kg=0.05))
    there = Capacity(1e9 * jnp.asarray(GIGAWATTS), jnp.asarray(BATTERY_GW * 1e9), jnp.asarray(BATTERY_GWH * 3.6e12))
    return given.sources, given.battery, given.draw, there


def rows(program: Hourly) -> dict[str, object]:
    """A program with given capacities as SciPy's linprog takes it."""
    shape = program.cost.shape
    places, hours = np.arange(program.cost.size).reshape(shape), shape[1] * shape[2]
    equal = lil_matrix((2 * hours, program.cost.size))
    for row, (day, hour) in enumerate(np.ndindex(*shape[1:])):
        charge, discharge, unmet, stored = places[-STORE_WAYS:, day, hour]
        equal[row, [*places[:-STORE_WAYS, day, hour], discharge, unmet, charge]] = [1.0] * (shape[0] - STORE_WAYS + 2) + [-1.0]
        ends = [1.0, -1.0, -float(program.charge), 1.0 / float(program.discharge)]
        equal[hours + row, [stored, places[-1, day, hour - 1], charge, discharge]] = ends
    most = np.asarray(bounds(program, program.capacity)).ravel()
    right = np.r_[np.asarray(program.load).ravel(), np.zeros(hours)]
    return {"c": np.asarray(program.cost).ravel(), "A_eq": equal.tocsr(), "b_eq": right, "bounds": np.c_[np.zeros(most.size), most]}


def run() -> dict[str, object]:
    """Time all of it."""
    sources, battery, draw, there = case()

    def cost(capacity: Capacity, price: jax.Array) -> jax.Array:
        return operate(sources, battery, eqx.tree_at(lambda d: d.carbon_usd_per_kg, draw, price), capacity).running_usd_per_s

    price = draw.carbon_usd_per_kg
    value, slope = jax.jit(cost), jax.jit(jax.value_and_grad(cost, argnums=(0, 1)))
    rng = np.random.default_rng(0)
    many = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf) * rng.uniform(0.8, 1.2, (SITES, *leaf.shape))), there)
    abreast = jax.jit(jax.vmap(cost, in_axes=(0, None)))
    in_line = jax.jit(lambda capacities, price: jax.lax.map(lambda one: cost(one, price), capacities))
    choose = jax.jit(lambda price: cheapest(sources, battery, eqx.tree_at(lambda d: d.carbon_usd_per_kg, draw, price)).cost_usd_per_s)
    written = rows(program_of(sources, battery, draw, there))
    calls = {
        "value": lambda: value(there, price).block_until_ready(),
        "value and gradient": lambda: jax.block_until_ready(slope(there, price)),
        "64 sites abreast, by site": lambda: abreast(many, price).block_until_ready(),
        "64 sites in line, by site": lambda: in_line(many, price).block_until_ready(),
        "capacities chosen": lambda: choose(price).block_until_ready(),
    }
    peer = functools.partial(linprog, method="highs", **written)
    found: dict[str, object] = {}
    for name, call in calls.items():
        compiled = timed(call).wall_s
        over, count = (SITES, 4) if "sites" in name else (1, ROUNDS)
        pairs = in_turn(call, peer, count)
        ours = [1e3 * one.wall_s / over for one, _ in pairs]
        theirs = [1e3 * two.wall_s for _, two in pairs]
        ratio = statistics.median(second / first for first, second in zip(ours, theirs, strict=True))
        found[name] = {
            "compile_s": compiled, "fastest_ms": min(ours), "median_ms": statistics.median(ours), "highs_fastest_ms": min(theirs),
            "highs_median_ms": statistics.median(theirs), "highs_over_ours": ratio,
        }  # fmt: skip
    operation = eqx.filter_jit(operate)(sources, battery, draw, there)
    exact = float(linprog(method="highs", **written).fun)
    goals = {"value": GOAL_MS, "value and gradient": GRADIENT_GOAL_MS}
    table = [[name, *list(row.values())[:5], row["highs_over_ours"], goals.get(name)] for name, row in found.items()]
    heads = ["what", "compile (s)", "fastest (ms)", "median (ms)", "HiGHS fastest (ms)", "median (ms)", "HiGHS over ours", "goal (ms)"]
    show("dispatch: 12 days x 24 hours, 8 sources and a battery; HiGHS solves one site with capacities given", heads, table)
    error = abs(float(operation.running_usd_per_s) / exact - 1.0)
    print(f"  {int(operation.steps_count)} steps; cost differs from that of HiGHS by a share of {error:.1e}")
    return {"timings": found, "steps": int(operation.steps_count), "cost_error": error, "goals_ms": goals}
