"""The best plans of examples: each example is planned anew, from the plan of the scenario it is near, and remembered.

No company is bought in them: which to buy is a choice of its own, tried by combinations.
"""

import functools
from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from capexmodel.model.scenario import Scenario
from capexmodel.planner.deals import held, sound
from capexmodel.planner.reduced import same_chart
from capexmodel.planner.search import Cost, Curved, Found, Given, Prepared, chart_for, prepare, research, search, settled, straight, summed
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.problem import Form, Problem
from capexmodel.testing.cases import Cases, Numbers, draw, lead_times, scenario_of
from capexmodel.units import scale

MET = 16
"""Examples that the chart is made for before the first is planned: what a later one has besides takes minutes to compile."""


class Plans:
    """The best plan of any example near a scenario. All are planned on one chart, made for the scenario itself and for what is drawn near
    it first, whose numbers are not as round."""

    def __init__(self, base: Scenario) -> None:
        """Nothing is solved before it is asked for."""
        self.base = base
        self._near: Found | None = None
        self._known: dict[bytes, Found | None] = {}

    def of(self, cases: Cases) -> list[Found | None]:
        """The plan of each example; None where there is none."""
        return [found if found is not None and sound(found) else None for found in self.ends(cases)]

    def ends(self, cases: Cases) -> list[Found | None]:
        """Where the search for each example's plan ended; None where a limit is broken whatever is chosen, so that none was made."""
        rows = list(_rows(cases))
        new = {key: numbers for numbers in rows if (key := _key(numbers)) not in self._known}
        problems = [Problem(scenario_of(self.base, numbers)) for numbers in new.values()]
        for key, problem, prepared in zip(new, problems, _set_up(problems, self._shared), strict=True):
            self._known[key] = self._planned(problem, prepared)
        return [self._known[_key(numbers)] for numbers in rows]

    def forget(self) -> None:
        """Forget the plans of examples; one is kept to begin others from."""
        self._known.clear()

    def again(self, found: Found) -> Found:
        """A plan solved again from itself."""
        return research(found.problem, found)

    @functools.cached_property
    def _shared(self) -> SharedChart:
        near = draw(self.base, range(MET), still=lead_times(self.base))
        scenarios = self.base, *(scenario_of(self.base, numbers) for numbers in _rows(near))
        return chart_for(Problem(scenario) for scenario in scenarios)

    def _planned(self, problem: Problem, prepared: Prepared) -> Found | None:
        """Search a problem's plan, from one at hand on the same chart if there is any; in its own natural units, as `optimize` would."""
        reduced, near = prepared[2], self._near
        if reduced.broken.size:
            return None
        if near is None or not same_chart(near.reduced, reduced):
            found = search(problem, prepared)
            self._near = found if sound(found) else near
            return found
        return held(search(problem, prepared, warm=near.solution)) or search(problem, prepared)


def _rows(cases: Cases) -> Iterator[Numbers]:
    """The numbers of each example."""
    for row in range(len(cases)):
        yield {place: values[row] for place, values in cases.numbers.items()}


def _key(numbers: Numbers) -> bytes:
    return b"".join(np.ascontiguousarray(numbers[place], float).tobytes() for place in sorted(numbers))


def _set_up(problems: list[Problem], shared: SharedChart) -> list[Prepared]:
    """Problems on one chart: those that were set up before it held all are set up again. No company is bought."""
    if not problems:
        return []
    none = np.zeros(len(problems[0].scenario.deal.names))
    first = [prepare(problem, none, shared) for problem in problems]
    last = first[-1][2]
    return [one if same_chart(one[2], last) else prepare(problem, none, shared) for problem, one in zip(problems, first, strict=True)]


def cost(found: Found) -> float:
    """What was minimized, in days or in the unit of another aim."""
    size = float(found.problem.minimize.size(found.size))
    return found.value * size / (float(scale("day")) if found.problem.minimize.unit == "s" else 1.0)


def free_of(found: Found, other: Found) -> np.ndarray | None:
    """The choices of another plan as a free vector of this one's problem; None where it uses what is not free there."""
    chart, flat = found.reduced.chart, np.asarray(ravel_pytree(other.choice)[0])
    free = np.asarray(chart.free)
    rest = np.ones(flat.size, bool)
    rest[free[found.reduced.open]] = False
    if np.any(np.abs(flat - np.asarray(chart.base))[rest] > 0):
        return None
    return flat[free] / np.asarray(chart.unit)[free]


def values_at(found: Found, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What many free vectors of a plan's problem cost, in natural units, and the least slack of each."""
    given = Given(found.problem.scenario, found.size, found.reduced.chart, found.reduced.linear)
    worth, slack = _valued(jnp.asarray(points), given, found.form)
    return np.asarray(worth), np.minimum(np.asarray(slack), points.min(axis=1))


@eqx.filter_jit
def _valued(points: jax.Array, given: Given, form: Form) -> tuple[jax.Array, jax.Array]:
    def one(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        sums = summed(x, given)
        rows = jnp.concatenate([straight(x, given), Curved(form)(sums, given)])
        return Cost(form)(sums, given) + settled(given) * (x @ x), jnp.min(rows, initial=jnp.inf)

    return jax.vmap(one)(points)
