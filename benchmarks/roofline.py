"""What a device does at most, and how near the sweep comes to it: bytes through memory, exponentials and logarithms.

The floor of a scenario is the longer of two times: what goes in and comes out at the rate of memory, and its exponentials and logarithms at
theirs. Counts are XLA's own, of the compiled program for one block; it counts the body of a loop once.
Source: Williams et al., Communications of the ACM 52 (2009) (roofline).
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from benchmarks.table import show
from capexmodel.studies.batch import Simulations

LARGE, SMALL = 1 << 25, 1 << 14
"""Numbers on each device that stand in no cache, and that do in the nearest."""
TURNS, ROUNDS = 256, 5


def rates(single: bool) -> dict[str, float]:
    """Bytes, exponentials and logarithms a second of all devices together."""
    number = np.float32 if single else np.float64
    moved = _seconds(lambda x: x + 1, LARGE, number)
    worked = {
        name: _seconds(lambda x, of=of: jax.lax.fori_loop(0, TURNS, lambda _, y: of(y), x), SMALL, number) for name, of in WORKED.items()
    }
    count = len(jax.devices())
    return {"bytes": 2 * LARGE * count * np.dtype(number).itemsize / moved} | {
        name: SMALL * TURNS * count / seconds for name, seconds in worked.items()
    }


WORKED: dict[str, Callable[[jax.Array], jax.Array]] = {"exp": lambda y: jnp.exp(-y), "log": lambda y: jnp.log(1 + y)}
"""Each stays finite however often it is done."""


def _seconds(of: Callable[[Any], Any], size: int, number: type) -> float:
    """Of one call on all devices, once it is compiled."""
    every = NamedSharding(Mesh(np.array(jax.devices()), ("device",)), PartitionSpec("device"))
    x, call, times = jax.device_put(np.ones(size * len(jax.devices()), number), every), jax.jit(of), []
    jax.block_until_ready(call(x))
    for _ in range(ROUNDS):
        start_s = time.perf_counter()
        jax.block_until_ready(call(x))
        times.append(time.perf_counter() - start_s)
    return statistics.median(times)


def floor(engine: Simulations) -> dict[str, float]:
    """What the program of a sweep has to do for one scenario, and the seconds that takes at least."""
    rows = np.zeros((1, engine.block, len(engine.grid.leaves)), np.float32 if engine.single else np.float64)
    with jax.enable_x64(not engine.single):
        compiled = engine._many.lower(engine._given, rows).compile()
        at_most = rates(engine.single)
    cost, memory = compiled.cost_analysis(), compiled.memory_analysis()
    passed = (len(engine.grid.leaves) * (1 + engine.slopes) + len(engine.outputs)) * rows.itemsize
    hard = cost["transcendentals"] / engine.block
    return {f"{name}_per_s": rate for name, rate in at_most.items()} | {
        "bytes_passed": passed,
        "bytes_touched": cost["bytes accessed"] / engine.block,
        "flop": cost["flops"] / engine.block,
        "transcendentals": hard,
        "temporary_bytes": memory.temp_size_in_bytes / engine.block,
        "floor_s": max(passed / at_most["bytes"], hard / min(at_most["exp"], at_most["log"])),
    }


def compare(engines: dict[str, Simulations], seconds: dict[str, float]) -> dict[str, Any]:
    """Print and return the floor of each way beside what it takes."""
    found = {name: floor(engine) for name, engine in engines.items()}
    show(
        "the device's roofline, and a scenario beside it",
        ["way", "GB/s", "1e9 exp/s", "1e9 log/s", "FLOP", "exp, log", "in, out (B)", "touched (B)", "held (B)", "floor (us)", "share (%)"],
        [
            [
                name, one["bytes_per_s"] / 1e9, one["exp_per_s"] / 1e9, one["log_per_s"] / 1e9, one["flop"], one["transcendentals"],
                one["bytes_passed"], one["bytes_touched"], one["temporary_bytes"], 1e6 * one["floor_s"],
                100.0 * one["floor_s"] / seconds[f"{name}, reduced"],
            ]
            for name, one in found.items()
        ],
    )  # fmt: skip
    return found
