"""Scenarios a second of the whole model of `meta_2026`: the shipped sweep, values and slopes, in 64 and 32 bits, kept and reduced, beside
NumPy in blocks on as many threads as there are cores, NumPy on all rows at once as tables of columns are computed, a plain jit(vmap), and
what the device does at most.

Everything runs in one process in turn; the median of paired ratios is told. Ten figures of a programme are varied at once.
"""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import roofline
from benchmarks.arrays import Program
from benchmarks.record import cores
from benchmarks.table import show
from capexmodel.config import load
from capexmodel.model.allocation import Allocation
from capexmodel.model.leaves import leaf
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import simulate
from capexmodel.planner.optimize import optimize
from capexmodel.planning.problem import Problem
from capexmodel.studies.batch import Simulations, devices_text
from capexmodel.studies.grid import Grid, grid
from capexmodel.studies.outputs import read
from capexmodel.studies.summary import Bins
from capexmodel.studies.task import summed

SCENARIO = "meta_2026"
VARIED = {
    "accelerator.GB300.price_usd": 0.1, "accelerator.GB300.it_power_w": 0.1, "job.avocado.work_eflop": 0.3, "job.next.work_eflop": 0.3,
    "job.third.work_eflop": 0.3, "core.share": 0.1, "research.experiment_ratio": 0.2, "envelope.FY2026.other_share": 0.2,
    "staff.pay_usd_per_s": 0.2, "site.prometheus.energy_price_usd_per_j": 0.2,
}  # fmt: skip
"""Numbers that are varied, by how much either way."""
VALUES = 4
ROUNDS = 5
PART_ROWS = 1 << 14
"""Scenarios of a round: enough for every piece of a part, few enough for all rows to stand in memory at once."""
NUMPY_BLOCKS = (64, 256, 1024)


def run() -> dict[str, Any]:
    """Measure."""
    scenario = load(SCENARIO)
    plan = optimize(Problem(scenario), starts=1, swing=False)
    assert plan.allocation is not None
    varied = {
        leaf(scenario, path): float(leaf(scenario, path).read(scenario)) * np.linspace(1 - by, 1 + by, VALUES)
        for path, by in VARIED.items()
    }
    crossed = grid(scenario, varied)
    engines = _engines(scenario, plan.allocation, crossed)
    ways, told = _ways(engines, _model(scenario, plan.allocation, crossed), crossed)
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for name, call in ways.items():
        start_s = time.perf_counter()
        call()
        print(f"  {name}: first call {time.perf_counter() - start_s:.0f} s", flush=True)
    for _ in range(ROUNDS):
        for name, call in ways.items():
            start_s = time.perf_counter()
            rows = call()
            rates[name].append((time.perf_counter() - start_s) / rows)
        print("  round: " + ", ".join(f"{name} {1e6 * times[-1]:.0f} us" for name, times in rates.items()), flush=True)
    medians = {name: statistics.median(times) for name, times in rates.items()}
    ratio = {name: statistics.median(other / ours for other, ours in zip(times, rates[OURS], strict=True)) for name, times in rates.items()}
    show(
        f"scenarios of {SCENARIO} on {devices_text()}",
        ["way", "us a scenario", "scenarios a second", "time over ours"],
        [[name, 1e6 * medians[name], 1.0 / medians[name], ratio[name]] for name in ways],
    )
    told["roofline"] = roofline.compare(engines, medians)
    return {"scenario_s": medians, "time_over_ours": ratio, "devices": devices_text(), "rounds": ROUNDS, **told}


OURS = "float64, reduced"


def _engines(scenario: Scenario, allocation: Allocation, crossed: Grid) -> dict[str, Simulations]:
    """The shipped sweep, values and slopes, in 64 and 32 bits."""
    kinds = {
        "float64": {},
        "float32": {"single": True},
        "float64 with slopes": {"slopes": True},
        "float32 with slopes": {"slopes": True, "single": True},
    }
    return {name: Simulations(scenario, allocation, crossed, part_rows=PART_ROWS, **asked) for name, asked in kinds.items()}


def _ways(engines: dict[str, Simulations], one: Callable[[Any], Any], crossed: Grid) -> tuple[dict[str, Callable[[], int]], dict[str, Any]]:
    """Ways to work out one part of the grid; each says how many rows it did."""
    rows = np.asarray(crossed.rows(jnp.asarray(_spread(crossed, engines["float64"].part_rows))))
    exact = np.asarray(engines["float64"].at(_spread(crossed, len(rows)))[0])
    at = Bins.around(exact)
    ways: dict[str, Callable[[], int]] = {}
    for name, engine in engines.items():
        ways[f"{name}, reduced"] = lambda engine=engine: _reduced(engine, at)
    ways["float64, kept"] = lambda: np.asarray(engines["float64"].values(0)[0]).shape[0]
    naive = jax.jit(jax.vmap(one))
    ways["jit(vmap), all rows at once"] = lambda: np.asarray(naive(rows)).shape[0]
    peers, fallbacks = _numpy(one, rows[: 1 << 12], exact)
    return ways | peers, {
        "part_rows": len(rows),
        "block": engines["float64"].block,
        "varied": len(VARIED),
        "left_to_jax_by_numpy": fallbacks,
    }


def _spread(crossed: Grid, count: int) -> np.ndarray:
    """Scenarios all over the grid."""
    return np.linspace(0, crossed.size - 1, count).astype(int)


def _reduced(engine: Simulations, at: Bins) -> int:
    summed(engine, 0, engine.values(0)[0], at)
    return engine.part_rows


def _model(scenario: Scenario, allocation: Allocation, crossed: Grid) -> Callable[[Any], Any]:
    arrays, fixed = eqx.partition((scenario, allocation), eqx.is_array)

    def one(numbers: Any) -> Any:
        given, plan = eqx.combine(arrays, fixed)
        for place, where in enumerate(crossed.leaves):
            given = where.write(given, numbers[place])
        return read(given, simulate(given, plan))

    return one


def _numpy(one: Callable[[Any], Any], rows: np.ndarray, exact: np.ndarray) -> tuple[dict[str, Callable[[], int]], list[str]]:
    """The same model by NumPy: in the best of some blocks on all cores, and all rows at once in one thread."""
    programs = {size: Program(jax.vmap(one), size, rows.shape[1]) for size in (*NUMPY_BLOCKS, len(rows))}
    fallbacks = set()
    for size, program in programs.items():
        with np.errstate(all="ignore"):
            found = program(rows[:size])
        np.testing.assert_allclose(found, exact[:size], rtol=1e-9)
        fallbacks |= program.fallbacks

    def blocked(size: int) -> int:
        blocks = rows.reshape(-1, size, rows.shape[1])
        with np.errstate(all="ignore"), ThreadPoolExecutor(cores()) as hands:
            for _ in hands.map(programs[size], blocks):
                pass
        return len(rows)

    def whole() -> int:
        with np.errstate(all="ignore"):
            programs[len(rows)](rows)
        return len(rows)

    ways: dict[str, Callable[[], int]] = {
        f"NumPy, {cores()} threads, blocks of {size}": lambda size=size: blocked(size) for size in NUMPY_BLOCKS
    }
    return ways | {"NumPy, whole columns, as pandas computes": whole}, sorted(fallbacks)
