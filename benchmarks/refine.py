"""How much the grid decides: the dates of `meta_2026` under other grids of orders and of periods, against those of the shipped grid."""

import time

import jax
import numpy as np

from benchmarks.case import ready
from benchmarks.table import show
from capexmodel.config import load
from capexmodel.solvers import Status

SCENARIO = "meta_2026"
GOAL_DAYS = 3.0
DAY_S = 86400.0
FIRST_YEAR = '[{ every = "month", until = 2026-12-31 }, { every = "quarter" }]'
FIRST_HALF = '[{ every = "month", until = 2026-06-30 }, { every = "quarter" }]'
QUARTERS, MONTHS, HALVES = '[{ every = "quarter" }]', '[{ every = "month" }]', '[{ every = "half" }]'
SHIPPED = "orders monthly to mid-2026, periods monthly to its end (shipped)"
GRIDS = {
    SHIPPED: (FIRST_HALF, FIRST_YEAR),
    "orders monthly in the first year": (FIRST_YEAR, FIRST_YEAR),
    "periods monthly": (FIRST_HALF, MONTHS),
    "orders monthly": (MONTHS, FIRST_YEAR),
    "orders and periods monthly": (MONTHS, MONTHS),
    "coarser: orders quarterly": (QUARTERS, FIRST_YEAR),
    "coarser: orders and periods quarterly": (QUARTERS, QUARTERS),
    "coarser: orders half-yearly": (HALVES, FIRST_YEAR),
}


def run() -> dict[str, object]:
    """Solve on every grid, and compare."""
    found = {}
    for name, grid in GRIDS.items():
        found[name] = _plan(*grid)
        print(f"  {name}: {found[name]['wall_s']:.0f} s, {found[name]['dates_days']}", flush=True)
        jax.clear_caches()  # no grid shares a compiled program with another
    base = found[SHIPPED]["dates_days"]
    for name, one in found.items():
        moved = {job: days - base[job] for job, days in one["dates_days"].items()}
        over = [job for job, days in moved.items() if abs(days) >= GOAL_DAYS]
        found[name] = one | {"moved_days": moved, "beyond_goal": over}
    heads = ["grid", "status", *(f"{job} (days)" for job in base), "mean (days)", "beyond 3 days", "took (s)"]
    mean = found[SHIPPED]["mean_days"]
    rows = [
        [name, one["status"], *one["moved_days"].values(), one["mean_days"] - mean, ", ".join(one["beyond_goal"]) or "none", one["wall_s"]]
        for name, one in found.items()
    ]
    show(f"refine: dates of {SCENARIO} against the shipped grid (mean: the weighted date that is minimized)", heads, rows)
    return {"goal_days": GOAL_DAYS, "grids": found}


def _plan(decisions: str, periods: str) -> dict[str, object]:
    """Solve on a grid, all companies bought, and read the dates, in days from the as-of date."""
    start_s = time.perf_counter()
    scenario = load(SCENARIO, [f"grid.decisions={decisions}", f"grid.periods={periods}"])
    case = ready(scenario)
    solution = case.solve()
    dates = np.asarray(case.prepared[2].chart.choice(solution.x, scenario).end_s + scenario.job.release_lag_s) / DAY_S
    weight = np.asarray(scenario.job.weight)
    return {
        "decisions": decisions,
        "periods": periods,
        **case.shape,
        "status": Status(int(solution.status)).name,
        "steps": int(solution.steps),
        "dates_days": dict(zip(scenario.job.names, dates.tolist(), strict=True)),
        "mean_days": float(weight @ dates / weight.sum()),
        "wall_s": time.perf_counter() - start_s,
    }
