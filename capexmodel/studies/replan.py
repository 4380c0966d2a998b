"""The best plan of every scenario of a grid: each solved anew from its neighbor, and judged. Where there is none, its numbers are none.

All are planned on one chart, so that a grid over lead times, where other choices are open from scenario to scenario, is compiled once.
"""

import dataclasses
import functools

import jax.numpy as jnp
import numpy as np

from capexmodel.model.fleet import fleet
from capexmodel.model.money import account
from capexmodel.planner.deals import TOLERANCE, aim, combinations, solve_each, sound
from capexmodel.planner.search import Found, chart_for
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.problem import Problem
from capexmodel.studies.draws import Draws
from capexmodel.studies.grid import Grid
from capexmodel.studies.outputs import Output

PART_ROWS = 16
"""Scenarios that are planned one from the other; the first of them is planned from scratch, so that a part does not depend on others."""

MET = 32
"""Scenarios, evenly over a grid, that the chart is made for before the first is planned."""


def _quiet(text: str) -> None:
    """Say nothing."""


class Plans:
    """The best plan in every scenario of a grid. `slopes` are the shadow prices of the numbers varied: what the aim changes by for one base
    unit more, the preference for cost included."""

    single = False

    def __init__(self, problem: Problem, grid: Grid | Draws, *, slopes: bool = False) -> None:
        """Say what is planned; nothing is solved yet."""
        self.problem, self.grid, self.slopes, self.part_rows, self.block = problem, grid, slopes, PART_ROWS, 1
        unit, scenario = problem.minimize.unit, problem.scenario
        self.outputs = (
            Output(f"aim_{unit}", unit),
            Output("proven", "", share=True),
            *(Output(f"{job}.date_s", "s") for job in scenario.job.names),
            *(Output(f"{year}.capex_usd", "usd") for year in scenario.calendar.years),
            Output("kkt_error", ""),
        )

    def values(self, start: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The part that begins at an index. Rows beyond the grid are no numbers."""
        found = np.full((self.part_rows, len(self.outputs)), np.nan)
        slopes = np.full((self.part_rows, len(self.grid.leaves)), np.nan)
        known: dict[str, Found] = {}
        shared = self._shared.copy()  # what this part has besides does not move the others
        index = np.arange(start, min(start + self.part_rows, self.grid.size))
        for place, numbers in enumerate(np.asarray(self.grid.rows(jnp.asarray(index)))):
            plans = self._planned(numbers, known, shared)
            known |= plans
            if plans:
                best = min(plans.values(), key=lambda one: one.value)
                found[place], slopes[place] = self._told(best), self._slopes(best)
            else:
                found[place, 1] = 0.0
        return found, slopes if self.slopes else None

    @functools.cached_property
    def _shared(self) -> SharedChart:
        index = np.unique(np.linspace(0, self.grid.size - 1, MET).round().astype(int))
        return chart_for(self._at(numbers) for numbers in np.asarray(self.grid.rows(jnp.asarray(index))))

    def _at(self, numbers: np.ndarray) -> Problem:
        """The problem with these numbers."""
        scenario = self.problem.scenario
        for leaf, number in zip(self.grid.leaves, numbers, strict=True):
            scenario = leaf.write(scenario, float(number))
        return dataclasses.replace(self.problem, scenario=scenario)

    def _planned(self, numbers: np.ndarray, known: dict[str, Found], shared: SharedChart) -> dict[str, Found]:
        """The plans of one scenario, by the companies bought."""
        at = self._at(numbers)
        combos = combinations(at)
        return {name: one for name, one in solve_each(at, combos, _quiet, known, shared).items() if sound(one)}

    def _told(self, best: Found) -> np.ndarray:
        scenario, orders = best.problem.scenario, best.choice.orders
        date_s = np.asarray(best.choice.end_s) + np.asarray(scenario.job.release_lag_s)
        timed = np.where(np.asarray(best.form.timed), date_s, np.nan)
        capex_usd = np.asarray(account(scenario, orders, fleet(scenario, orders)).capex_usd)
        error = best.verdict.kkt_error
        return np.concatenate([[aim(best), float(error <= TOLERANCE)], timed, capex_usd, [error]])

    def _slopes(self, best: Found) -> np.ndarray:
        aimed = self.problem.minimize
        size = float(aimed.size(best.size))
        return np.array([aimed.value(float(leaf.read(best.verdict.gradient)) * size) for leaf in self.grid.leaves])
