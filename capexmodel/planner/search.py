"""Runs the solver on a problem, from one start or several, and hands back points."""

import dataclasses
from collections.abc import Iterable
from functools import cached_property

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from capexmodel.model.scenario import Scenario
from capexmodel.planner.chart import Chart, Linear, gist, survey
from capexmodel.planner.judge import Prices, Verdict, judge, make_ready, ridge_weight
from capexmodel.planner.reduced import Reduced, rebase, reduce, refit
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.choice import Choice
from capexmodel.planning.problem import Form, Problem
from capexmodel.planning.scale import SLICES, Sizes
from capexmodel.solvers.base import NonlinearProgram, Solution, Status
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.structure import Pieced, Through

PLENTY = 2.0
"""Natural units of every choice at the start of a search: from plenty a third of the steps are needed than from little."""
RESTARTS = 4
"""Other starts that are tried where a search from the usual one runs away."""
RAN_AWAY = 1e-3
"""Violation of limits, in natural units, of a search that is far from every plan when it ends."""
COLD_BARRIER = 1.0
"""First barrier parameter of a search from scratch, in natural units: what suits a start from plenty."""


class Given(eqx.Module):
    """What a compiled solve is told: the numbers, the chart, and what is affine in x, read off the model once."""

    scenario: Scenario
    size: Sizes
    chart: Chart
    linear: Linear


class Cost(eqx.Module):
    """The objective of a form, of the sums of a free vector."""

    form: Form = eqx.field(static=True)

    def __call__(self, sums: Array, given: Given) -> Array:
        """Natural units of the aim."""
        return self.form.cost(gist(given.scenario, given.linear.pace, sums), given.size)


class Curved(eqx.Module):
    """The curved rows of a form, of the sums of a free vector."""

    form: Form = eqx.field(static=True)

    def __call__(self, sums: Array, given: Given) -> Array:
        """Slacks in natural units."""
        return self.form.curved(gist(given.scenario, given.linear.pace, sums), given.size)[given.chart.curved_rows]


def summed(x: Array, given: Given) -> Array:
    """The sums of a free vector."""
    return given.linear.sums_matrix @ x + given.linear.sums_offset


def straight(x: Array, given: Given) -> Array:
    """The affine rows, as the matrix that was read off them once."""
    return given.linear.matrix @ x + given.linear.offset


def settled(given: Given) -> Array:
    """Weight of the preference for the smaller of equal plans."""
    return ridge_weight(given.scenario, given.size)


def program(form: Form, reduced: Reduced) -> NonlinearProgram:
    """The problem as a solver sees it, with all the structure it has."""
    return NonlinearProgram(
        objective=Through(Cost(form), summed, settled, reduced.curvature),
        inequality=Through(Curved(form), summed),
        affine=Pieced(straight, *reduced.fronts),
        lower=jnp.asarray(np.zeros(reduced.chart.free.size), float),
        upper=jnp.asarray(np.where(reduced.open, np.inf, 0.0), float),
        row_counts=(reduced.chart.curved_rows.size, reduced.chart.affine_rows.size, 0),
    )


@dataclasses.dataclass(frozen=True)
class Found:
    """A point, where it came from, and what it is worth; whether it holds is judged when somebody asks. `fixed` are those of its x that
    were not the solver's to choose."""

    problem: Problem
    form: Form
    size: Sizes
    reduced: Reduced
    solution: Solution
    fixed: np.ndarray | None = None

    @property
    def value(self) -> float:
        """The cost in natural units, ridge included."""
        return float(self.solution.value)

    @cached_property
    def prices(self) -> Prices:
        """The multipliers of all rows."""
        return spread(self.reduced, self.solution)

    @cached_property
    def verdict(self) -> Verdict:
        """What the independent judge says."""
        x, bound = self.solution.x, self.solution.multipliers.lower
        return judge(x, self.prices, bound, self.problem.scenario, self.size, self.form, self.reduced.chart, self.fixed)

    @property
    def choice(self) -> Choice:
        """Orders and dates."""
        return self.verdict.choice


Prepared = tuple[Form, Sizes, Reduced]


def prepare(problem: Problem, taken: np.ndarray | None = None, shared: SharedChart | None = None) -> Prepared:
    """Set a problem up: sizes, chart and affine rows. `taken` says which companies are bought; without it all are. On a `shared`
    chart it has room for what other problems have."""
    form = problem.form
    bought = np.ones(len(problem.scenario.deal.names)) if taken is None else taken
    seen = survey(problem.scenario, form, jnp.asarray(bought, float))
    return form, seen.size, reduce(problem.scenario, form, seen, shared)


def chart_for(problems: Iterable[Problem]) -> SharedChart:
    """A chart that holds all of some problems of one form."""
    chart, asked = SharedChart(), list(problems)
    for problem in asked:  # before anything is compiled for fewer choices
        bought = jnp.ones(len(problem.scenario.deal.names))
        possible = np.asarray(survey(problem.scenario, problem.form, bought).possible) > 0
        chart.having("possible", possible)
        chart.relaxed.having("possible", possible)
    for problem in asked:
        prepare(problem, shared=chart)
    return chart


def search(problem: Problem, prepared: Prepared | None = None, start: np.ndarray | None = None, warm: Solution | None = None) -> Found:
    """Solve a problem once: from a start or a solution at hand, else from the usual start, and from others as long as it runs away."""
    form, size, reduced = prepared or prepare(problem)
    given, whole = Given(problem.scenario, size, reduced.chart, reduced.linear), program(form, reduced)
    for seed in (None, *range(1, RESTARTS + 1)):
        x0 = start_point(reduced, problem, seed) if start is None else np.where(reduced.open, start, 0.0)
        solution = minimize(whole, x0, given, InteriorPoint(cold_barrier=COLD_BARRIER), warm, certified=False)
        if start is not None or warm is not None or not _ran_away(solution):
            break
    return Found(problem, form, size, reduced, solution, reduced.fixed)


def _ran_away(solution: Solution) -> bool:
    """Whether a search ended far from every plan: late dates cost nothing where rates do not rise with them any more."""
    return int(solution.status) == Status.MAX_ITER and float(solution.errors.primal) > RAN_AWAY


def anticipate(problem: Problem, prepared: Prepared) -> None:
    """Have the judge made ready while a search goes on."""
    form, size, reduced = prepared
    x = jnp.asarray(np.zeros(reduced.chart.free.size), float)
    prices = Prices(*(jnp.asarray(np.zeros(count), float) for count in reduced.row_counts))
    make_ready(x, prices, problem.scenario, size, form, reduced.chart)


def research(problem: Problem, found: Found, taken: np.ndarray | None = None) -> Found:
    """Solve again after a change of numbers or of companies, on the chart of a plan and from it: nothing is compiled anew."""
    reduced = found.reduced if taken is None else rebase(found.form, problem.scenario, found.reduced, jnp.asarray(taken, float))
    return search(problem, (found.form, found.size, refit(problem.scenario, found.size, found.form, reduced)), warm=found.solution)


def start_point(reduced: Reduced, problem: Problem, seed: int | None = None) -> np.ndarray:
    """A start: two units of everything, dates in the middle of the horizon; or, with a seed, up to e times more or less of each."""
    chart = reduced.chart
    level = np.ones(chart.free.size)
    if seed is not None:
        level *= np.exp(np.random.default_rng(seed).uniform(-1.0, 1.0, level.size))
    timed = np.asarray(chart.free) >= chart.base.size - len(problem.scenario.job.names)
    return np.where(reduced.open, level * np.where(timed, SLICES / 2.0, PLENTY), 0.0)


def spread(reduced: Reduced, solution: Solution) -> Prices:
    """Put the multipliers of the rows that were kept back among all rows."""
    affine, curved = (np.zeros(count) for count in reduced.row_counts)
    affine[np.asarray(reduced.chart.affine_rows)] = solution.multipliers.affine
    curved[np.asarray(reduced.chart.curved_rows)] = solution.multipliers.inequality
    return Prices(jnp.asarray(affine, float), jnp.asarray(curved, float))
