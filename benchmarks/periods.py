"""How work grows with the horizon: the same business over 10 to 160 quarters, with its stages declared and without.

Both forms are compiled once a length and timed in turn in one process. Without stages the longest horizons take minutes a step and
gigabytes, so they are left out.
"""

import dataclasses
import statistics
from pathlib import Path
from typing import Any

import jax
import matplotlib
import numpy as np
from matplotlib.figure import Figure

from benchmarks.clock import in_turn, timed
from benchmarks.horizon import Horizon, horizon
from benchmarks.record import FOLDER, label
from benchmarks.table import show
from capexmodel.solvers import InteriorPoint, Solution, Status, certify, minimize

QUARTERS = (10, 20, 40, 80, 160)
DENSE_UP_TO = 40
"""Quarters beyond which the program is not solved without its stages."""
ROUNDS = 5
GOAL = 1e-6
BYTES_IN_MB = 1e6
COLORS = {"staged": "#1f5fa8", "dense": "#c4601d"}


def run() -> dict[str, object]:
    """Solve every length, compare the forms, and fit how time grows."""
    found: dict[str, dict[str, Any]] = {}
    for quarters in QUARTERS:
        found[str(quarters)] = _length(horizon(quarters), quarters <= DENSE_UP_TO)
        print(f"  {quarters} quarters done", flush=True)
    keys = list(found[str(QUARTERS[0])])
    rows = [[key, *(one.get(key) for one in found.values())] for key in keys]
    show("periods: the same business over more and more quarters, with its stages declared and without", ["quarters", *found], rows)
    slopes = {kind: _slope(found, f"{kind}_per_step_s") for kind in COLORS}
    slopes |= {f"{kind}_last_doubling": _slope(dict(list(found.items())[-2:]), f"{kind}_per_step_s") for kind in COLORS}
    show("periods: exponent of the time of a step in the number of quarters (1: linear)", ["over", "exponent"], list(slopes.items()))
    FOLDER.mkdir(exist_ok=True)
    _draw(FOLDER / f"periods-{label()}.svg", found)
    return {"lengths": found, "exponents": slopes, "kkt_error_goal": GOAL}


def _length(one: Horizon, dense_too: bool) -> dict[str, Any]:
    """Both forms of one length, each compiled once, then in turn."""
    programs = {"staged": one.program}
    if dense_too:
        programs["dense"] = dataclasses.replace(one.program, stages=None)
    ready, found = {}, {"variables": one.start.size, "rows": one.program.row_counts[0]}
    for kind, program in programs.items():
        solve = jax.jit(lambda start, given, program=program: minimize(program, start, given, InteriorPoint()))
        compiled, compile_s, _ = timed(lambda solve=solve: solve.lower(one.start, one.given).compile())
        ready[kind] = lambda compiled=compiled: jax.block_until_ready(compiled(one.start, one.given))
        found |= {f"{kind}_compile_s": compile_s, f"{kind}_memory_mb": compiled.memory_analysis().temp_size_in_bytes / BYTES_IN_MB}
    rounds = in_turn(ready["staged"], ready.get("dense", lambda: None), ROUNDS)
    for place, (kind, program) in enumerate(programs.items()):
        solution, times = rounds[-1][place].value, [pair[place].wall_s for pair in rounds]
        found |= {f"{kind}_{key}": value for key, value in _told(program, solution, one.given, times).items()}
    return found | {"apart": _apart(*(pair.value for pair in rounds[-1])) if dense_too else None}


def _told(program: Any, solution: Solution, given: Any, times: list[float]) -> dict[str, Any]:
    """What a form reached, and how fast."""
    error, judge_s, _ = timed(lambda: float(certify(program, solution.x, solution.multipliers, given).kkt_error))
    steps, solve_s = int(solution.steps), statistics.median(times)
    return {
        "status": Status(int(solution.status)).name,
        "value": float(solution.value),
        "steps": steps,
        "solve_s": solve_s,
        "per_step_s": solve_s / max(steps, 1),
        "fastest_step_s": min(times) / max(steps, 1),
        "judge_s": judge_s,
        "kkt_error": error,
        "certified": error <= GOAL,
    }


def _apart(one: Solution, other: Solution) -> float:
    """Relative distance of two values."""
    return abs(float(one.value) - float(other.value)) / max(1.0, abs(float(one.value)))


def _slope(found: dict[str, dict[str, Any]], key: str) -> float | None:
    """Slope of the logarithm of a measure over the logarithm of the quarters, by least squares; None of fewer than two lengths."""
    known = [(int(quarters), one[key]) for quarters, one in found.items() if key in one]
    return float(np.polyfit(*np.log(np.array(known).T), 1)[0]) if len(known) > 1 else None


def _draw(path: Path, found: dict[str, dict[str, Any]]) -> None:
    """Time of a step and memory over the number of quarters."""
    matplotlib.rcParams["svg.hashsalt"] = path.name
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, (key, words) in zip(panels, {"per_step_s": "time of a step (s)", "memory_mb": "memory (MB)"}.items(), strict=True):
        for kind, color in COLORS.items():
            known = [(int(quarters), one[f"{kind}_{key}"]) for quarters, one in found.items() if f"{kind}_{key}" in one]
            panel.plot(*np.array(known).T, marker="o", color=color, label="stages declared" if kind == "staged" else "dense")
        panel.set(xscale="log", yscale="log", xlabel="quarters", ylabel=words, xticks=QUARTERS, xticklabels=QUARTERS)
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    panels[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
