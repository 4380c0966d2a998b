"""Runs the solver on a problem, from one start or several, and hands back points with their verdicts."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import Choice, Gist, nothing
from capexmodel.planning.constraint import AbstractAffine, AbstractCurved
from capexmodel.planning.problem import Form, Problem
from capexmodel.planning.scale import SLICES, Sizes, sizes
from capexmodel.solvers.base import NonlinearProgram, Solution
from capexmodel.solvers.chart import Chart, Linear, Reduced, gist, rebase, reduce, refit
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.judge import Prices, Verdict, judge, ridge
from capexmodel.solvers.minimize import minimize

PLENTY = 2.0
"""Natural units of every choice at the start of a search: from plenty a third of the steps are needed than from little."""
COLD_BARRIER = 1.0
"""First barrier parameter of a search from scratch, in natural units: what suits a start from plenty."""


class Given(eqx.Module):
    """What a compiled solve is told: the numbers, the chart, and what is affine in x, read off the model once."""

    scenario: Scenario
    size: Sizes
    chart: Chart
    linear: Linear

    def gist(self, x: Array) -> Gist:
        """The sums of a free vector."""
        return gist(self.scenario, self.linear.sums_matrix @ x + self.linear.sums_offset)


class Cost(eqx.Module):
    """The objective of a form, of a free vector."""

    form: Form = eqx.field(static=True)

    def __call__(self, x: Array, given: Given) -> Array:
        """Natural units of the aim, with the ridge."""
        return self.form.cost(given.gist(x), given.size) + ridge(x, given.scenario, given.size)


class Curved(eqx.Module):
    """The curved rows of a form, of a free vector."""

    form: Form = eqx.field(static=True)

    def __call__(self, x: Array, given: Given) -> Array:
        """Slacks in natural units."""
        return self.form.curved(given.gist(x), given.size)[given.chart.curved_rows]


def straight(x: Array, given: Given) -> Array:
    """The affine rows, as the matrix that was read off them once."""
    return given.linear.matrix @ x + given.linear.offset


@dataclasses.dataclass(frozen=True)
class Found:
    """A point, where it came from, what it is worth and whether it holds."""

    problem: Problem
    form: Form
    size: Sizes
    reduced: Reduced
    solution: Solution
    verdict: Verdict
    prices: Prices

    @property
    def value(self) -> float:
        """The cost in natural units, ridge included."""
        return float(self.solution.value)

    @property
    def choice(self) -> Choice:
        """Orders and dates."""
        return self.reduced.chart.choice(self.solution.x, self.problem.scenario)


Prepared = tuple[Form, Sizes, Reduced]


def prepare(problem: Problem, taken: Array | None = None) -> Prepared:
    """Set a problem up: sizes, chart and affine rows. `taken` says which companies are bought; without it all are."""
    blank = nothing(problem.scenario)
    base = eqx.tree_at(lambda c: c.orders.taken, blank, jnp.ones_like(blank.orders.taken) if taken is None else taken)
    size, form = sizes(problem.scenario), problem.form
    return form, size, reduce(problem.scenario, size, form, base)


def search(problem: Problem, prepared: Prepared | None = None, start: Array | None = None, warm: Solution | None = None) -> Found:
    """Solve a problem once and judge what comes back."""
    form, size, reduced = prepared or prepare(problem)
    given = Given(problem.scenario, size, reduced.chart, reduced.linear)
    count = reduced.chart.free.size
    program = NonlinearProgram(Cost(form), Curved(form), straight, lower=jnp.zeros(count))
    x0 = start_point(reduced, problem) if start is None else start
    solution = minimize(program, x0, given, InteriorPoint(cold_barrier=COLD_BARRIER), warm)
    prices = spread(problem, form, reduced, solution)
    verdict = judge(solution.x, prices, solution.multipliers.lower, problem.scenario, size, form, reduced.chart)
    return Found(problem, form, size, reduced, solution, verdict, prices)


def research(problem: Problem, found: Found, taken: Array | None = None) -> Found:
    """Solve again after a change of numbers or of companies, on the chart of a plan and from it: nothing is compiled anew."""
    reduced = found.reduced if taken is None else rebase(problem.scenario, found.reduced, taken)
    return search(problem, (found.form, found.size, refit(problem.scenario, found.size, found.form, reduced)), warm=found.solution)


def start_point(reduced: Reduced, problem: Problem, seed: int | None = None) -> Array:
    """A start: two units of everything, dates in the middle of the horizon; or, with a seed, up to e times more or less of each."""
    count = reduced.chart.free.size
    level = np.full(count, PLENTY)
    if seed is not None:
        level *= np.exp(np.random.default_rng(seed).uniform(-1.0, 1.0, count))
    timed = reduced.chart.free >= reduced.chart.base.size - len(problem.scenario.job.names)
    return jnp.where(timed, SLICES / 2.0, 1.0) * jnp.where(timed, jnp.asarray(level) / PLENTY, jnp.asarray(level))


def spread(problem: Problem, form: Form, reduced: Reduced, solution: Solution) -> Prices:
    """Put the multipliers of the rows that were kept back among all rows."""
    rows = [len(form.rows(problem.scenario, kind)) for kind in (AbstractAffine, AbstractCurved)]
    affine = jnp.zeros(rows[0]).at[reduced.chart.affine_rows].set(solution.multipliers.affine)
    curved = jnp.zeros(rows[1]).at[reduced.chart.curved_rows].set(solution.multipliers.inequality)
    return Prices(affine, curved)
