"""How the best plan moves with one number: a sweep, each point from the plan before it and certified by the judge.

The slope at a point is the shadow price of the number there, by the envelope theorem from one solve; beside it stands the slope that the
neighbors' values make, which shares nothing with it but the values. A point that has no plan says which wishes conflict, and no number.
Leaves out: points between those asked for, and any other number that would have to move along.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from capexmodel.model.leaves import Leaf, leaf
from capexmodel.planner.conflict import explain_conflict
from capexmodel.planner.deals import TOLERANCE, aim, combinations, solve_each, sound
from capexmodel.planner.price import bindings
from capexmodel.planner.search import Found
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.plan import Conflict
from capexmodel.planning.problem import Problem

Progress = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Point:
    """One value of the number, in base units, and the best plan there, or the conflict that leaves none.

    `aim` is what people read, `cost` what is minimized (the preference for cheaper plans included), both in the aim's unit. `slope` is the
    change of the cost for one base unit more of the number; `difference` the same from the values of the neighbors. `date_s` holds each
    model's date, `binding` the ends of envelopes that bind, as "high FY2026".
    """

    value: float
    status: str
    aim: float | None = None
    cost: float | None = None
    slope: float | None = None
    difference: float | None = None
    kkt_error: float | None = None
    date_s: Mapping[str, float] = dataclasses.field(default_factory=dict)
    binding: tuple[str, ...] = ()
    companies: str | None = None
    conflict: Conflict | None = None


@dataclasses.dataclass(frozen=True)
class Frontier:
    """A sweep over one number of a problem: its path and its points, in ascending order of the number."""

    problem: Problem
    leaf: str
    points: tuple[Point, ...]

    @property
    def answered(self) -> bool:
        """Whether every point is a proven plan or an explained conflict."""
        return all(point.status in ("OPTIMAL", "INFEASIBLE_EXPLAINED") for point in self.points)


def _quiet(text: str) -> None:
    """Say nothing."""


def frontier(problem: Problem, path: str, values: Sequence[float], *, progress: Progress = _quiet) -> Frontier:
    """Solve a problem at each value (in base units) of the number at a path.

    Raises: ModelError when no number has that path, or when the scenario offers too many companies to try every combination.
    """
    where, points = leaf(problem.scenario, path), []
    known: dict[str, Found] = {}
    shared = SharedChart()  # what opens on the way makes it larger; until then one program serves all points
    asked = sorted({float(value) for value in values})
    for done, value in enumerate(asked):

        def tell(text: str, done: int = done) -> None:
            progress(f"point {done + 1} of {len(asked)}: {text}")

        at = dataclasses.replace(problem, scenario=where.write(problem.scenario, value))
        combos = combinations(at)
        found = {name: one for name, one in solve_each(at, combos, tell, known, shared).items() if sound(one)}
        known = known | found
        points.append(_planned(where, value, found) if found else _conflicting(at, value, combos[0], tell))
    return Frontier(problem, where.path, _with_differences(points))


def _planned(where: Leaf, value: float, found: dict[str, Found]) -> Point:
    """The best of the plans with each combination of companies."""
    name, best = min(found.items(), key=lambda item: _cost(item[1]))
    problem = best.problem
    date_s = np.asarray(best.choice.end_s) + np.asarray(problem.scenario.job.release_lag_s)
    timed = zip(problem.scenario.job.names, date_s, best.form.timed, strict=True)
    return Point(
        value,
        "OPTIMAL" if best.verdict.kkt_error <= TOLERANCE else "FEASIBLE_NOT_PROVEN",
        aim(best),
        problem.minimize.value(_cost(best)),
        problem.minimize.value(float(where.read(best.verdict.gradient)) * float(problem.minimize.size(best.size))),
        kkt_error=best.verdict.kkt_error,
        date_s={job: float(s) for job, s, counts in timed if counts},
        binding=tuple(" ".join(row.place) for row in bindings(problem, best) if row.constraint == "envelope"),
        companies=name,
    )


def _cost(found: Found) -> float:
    """What is minimized, in the aim's unit."""
    return found.value * float(found.problem.minimize.size(found.size))


def _conflicting(problem: Problem, value: float, taken: np.ndarray, progress: Progress) -> Point:
    conflict = explain_conflict(problem, taken, progress)
    return Point(value, "NUMERIC" if conflict is None else "INFEASIBLE_EXPLAINED", conflict=conflict)


def _with_differences(points: list[Point]) -> tuple[Point, ...]:
    """Add the slope between the neighbors of each point: one-sided at an end, or beside a point that has no plan."""

    def between(k: int) -> float | None:
        sides = [j for j in (k - 1, k + 1) if 0 <= j < len(points) and points[j].cost is not None]
        if points[k].cost is None or not sides:
            return None
        a, b = points[sides[0]], points[sides[1] if len(sides) > 1 else k]
        return (_told(b) - _told(a)) / (b.value - a.value)

    return tuple(dataclasses.replace(point, difference=between(k)) for k, point in enumerate(points))


def _told(point: Point) -> float:
    """The cost of a point that has a plan."""
    return np.nan if point.cost is None else point.cost
