"""Who solved how many problems of a contest: the table, the picture and the file."""

import dataclasses
import math
from typing import Any

import numpy as np

from benchmarks.contest import keep_apart
from benchmarks.profile import draw
from benchmarks.record import FOLDER, label
from benchmarks.table import show

WITHIN = 1e-6
"""Scaled error and violation at which the judge takes a point for what it should be."""


@dataclasses.dataclass(frozen=True)
class Rules:
    """How close to the best known value counts; whether the book's value stands or only what a solver reached; whether a point must also
    meet the optimality conditions."""

    relative: float
    absolute: float
    by_book: bool
    optimal: bool

    def near(self, value: float, best: float) -> bool:
        """Whether a value is as good as the best."""
        return value <= best + max(self.relative * abs(best), self.absolute)


Contest = dict[str, dict[str, Any]]


def kept(name: str, title: str, found: Contest, rules: Rules) -> dict[str, Any]:
    """Print the standings, draw the picture, write the contest's own file, and return the summary."""
    solvers = list(next(iter(found.values())))
    best = {problem: best_known(one, rules) for problem, one in found.items()}
    won = {solver: [p for p in found if solved(found[p][solver], best[p][0], rules)] for solver in solvers}
    points = {solver: [p for p in found if stands(found[p][solver])] for solver in solvers}
    rows = [[s, len(won[s]), len(points[s]), _median(found, won[s], s, "steps"), _median(found, won[s], s, "solve_s")] for s in solvers]
    show(f"{title}: {len(found)} problems", ["solver", "best known", "KKT points", "median steps", "median time (s)"], rows)
    for solver in solvers:
        print(f"  {solver} missed: {', '.join(p for p in found if p not in won[solver]) or 'none'}")
    for problem, one in found.items():
        one["best"] = {"value": best[problem][0], "by": best[problem][1]}
    FOLDER.mkdir(exist_ok=True)
    keep_apart(name, found, FOLDER, label())
    efforts = {
        measure: {s: np.array([found[p][s][key] if p in won[s] else np.inf for p in found], float) for s in solvers}
        for measure, key in (("steps", "steps"), ("solve time", "solve_s"))
    }
    draw(FOLDER / f"{name}-{label()}.svg", title, efforts)
    return {
        "problems": len(found),
        "best_known": {s: len(won[s]) for s in solvers},
        "kkt_points": {s: len(points[s]) for s in solvers},
        "missed": {s: [p for p in found if p not in won[s]] for s in solvers},
        "not_by_book": [p for p in found if best[p][1] != "book"] if rules.by_book else None,
    }


def stands(one: dict[str, Any]) -> bool:
    """Whether the judge takes a point for a feasible one that meets the first-order conditions."""
    return _number(one, "kkt_error") <= WITHIN and _number(one, "violation") <= WITHIN


def _number(one: dict[str, Any], key: str) -> float:
    """A measured number, infinite where there is none."""
    value = one.get(key)
    return math.inf if value is None or math.isnan(value) else value


def best_known(one: dict[str, Any], rules: Rules) -> tuple[float, str]:
    """The best known value, and whose it is."""
    reached = {name: _number(result, "value") for name, result in one.items() if _number(result, "violation") <= WITHIN}
    by, value = min(reached.items(), key=lambda item: item[1], default=("nobody", math.inf))
    book = next((result["book"] for result in one.values() if result.get("book") is not None), None)
    if rules.by_book and book is not None and (math.isinf(value) or rules.near(value, book)):
        return book, "book"
    return value, by


def solved(one: dict[str, Any], best: float, rules: Rules) -> bool:
    """Whether a result is as good as the best known."""
    holds = stands(one) if rules.optimal else _number(one, "violation") <= WITHIN
    return holds and rules.near(_number(one, "value"), best)


def _median(found: Contest, problems: list[str], solver: str, key: str) -> float | None:
    """Median of a measure over the problems a solver solved."""
    return float(np.median([found[p][solver][key] for p in problems])) if problems else None
