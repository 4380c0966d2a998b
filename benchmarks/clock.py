"""Runs things and says how long they took, ready to be compared on a noisy machine: in turn, in one process, as paired ratios."""

import gc
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Timed(NamedTuple):
    """What a call gave, after how many seconds, and how many seconds of the cores it took (of this process, or of those it started)."""

    value: Any
    wall_s: float
    cpu_s: float


def timed(call: Callable[[], Any], times: int = 1) -> Timed:
    """Run once, or several times and take the mean. The call must have finished its work when it returns."""
    gc.collect()
    start_s, start_cpu_s = time.perf_counter(), _cpu_s()
    for _ in range(times - 1):
        call()
    value = call()
    return Timed(value, (time.perf_counter() - start_s) / times, (_cpu_s() - start_cpu_s) / times)


def _cpu_s() -> float:
    """Time of the cores taken so far, by this process and by those it started that have ended."""
    used = os.times()
    return time.process_time() + used.children_user + used.children_system


def in_turn(first: Callable[[], Any], second: Callable[[], Any], rounds: int) -> list[tuple[Timed, Timed]]:
    """Run two calls alternately, so that whatever slows the machine down slows both."""
    return [(timed(first), timed(second)) for _ in range(rounds)]


def each_in_turn(calls: dict[str, Callable[[], Any]], times: int = 1) -> dict[str, Timed]:
    """Run several calls one after the other, each as often as is said: a round, of which there should be many."""
    return {name: timed(call, times) for name, call in calls.items()}


def paired_ratio(pairs: list[tuple[Timed, Timed]]) -> float:
    """Time of the second over time of the first: the median over the rounds."""
    return statistics.median(second.wall_s / first.wall_s for first, second in pairs)


def most_memory_gb() -> float:
    """The most memory this process has held so far, in gigabytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / 1e9
