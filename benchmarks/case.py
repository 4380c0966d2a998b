"""A scenario made ready for the solver, and solved: what every benchmark of the solver starts from."""

import dataclasses
from functools import cached_property

import jax
import jax.numpy as jnp
from jaxtyping import Array

from capexmodel.model.scenario import Scenario
from capexmodel.planner.judge import Prices, Verdict, judge
from capexmodel.planner.search import COLD_BARRIER, Given, Prepared, prepare, program, spread, start_point
from capexmodel.planning.problem import Problem
from capexmodel.solvers import InteriorPoint, NonlinearProgram, Solution, minimize

MOST_STEPS = 300
"""Steps that a solve may take."""


@dataclasses.dataclass(frozen=True)
class Case:
    """A problem, reduced to the choices that matter, as a nonlinear program."""

    problem: Problem
    prepared: Prepared

    @cached_property
    def given(self) -> Given:
        """The numbers of the program."""
        _, size, reduced = self.prepared
        return Given(self.problem.scenario, size, reduced.chart, reduced.linear)

    @cached_property
    def program(self) -> NonlinearProgram:
        """The program, the same one that a plan is found with."""
        form, _, reduced = self.prepared
        return program(form, reduced)

    @cached_property
    def start(self) -> Array:
        """The point where a search begins."""
        return start_point(self.prepared[2], self.problem)

    def solve(self, most_steps: int = MOST_STEPS) -> Solution:
        """Solve from the start; return when the answer is there. How many steps are allowed changes nothing in what is compiled."""
        solver = InteriorPoint(max_steps=most_steps, cold_barrier=COLD_BARRIER)
        return jax.block_until_ready(minimize(self.program, self.start, self.given, solver))

    def compile(self) -> Solution:
        """Have everything compiled, with a solve of a single step."""
        return self.solve(1)

    def verdict(self, solution: Solution) -> Verdict:
        """What the independent judge says of a solution."""
        form, size, reduced = self.prepared
        prices = spread(reduced, solution)
        return judge(solution.x, prices, solution.multipliers.lower, self.problem.scenario, size, form, reduced.chart)

    def violation(self, x: Array) -> float:
        """The worst violation of any row or bound at a point that came without prices, in natural units."""
        form, size, reduced = self.prepared
        scenario = self.problem.scenario
        none = Prices(*(jnp.zeros(count) for count in reduced.row_counts))
        return judge(x, none, jnp.zeros(x.size), scenario, size, form, reduced.chart).primal

    @property
    def shape(self) -> dict[str, int]:
        """How large the program is."""
        chart = self.prepared[2].chart
        return {"variables": int(chart.free.size), "affine_rows": int(chart.affine_rows.size), "curved_rows": int(chart.curved_rows.size)}


def ready(scenario: Scenario) -> Case:
    """Make a scenario ready: the weighted date of its models, subject to every limit."""
    problem = Problem(scenario)
    return Case(problem, prepare(problem))
