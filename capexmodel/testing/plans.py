"""The best plans of examples: each example is planned anew, from the plan of the scenario it is near, and remembered.

No company is bought in them: which to buy is a choice of its own, tried by combinations.
"""

import functools
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from capexmodel.model.scenario import Scenario
from capexmodel.planner.deals import names_of, solve_each, sound
from capexmodel.planner.search import Curved, Found, Given, prepare, program, research, straight, summed
from capexmodel.planning.problem import Problem
from capexmodel.testing.cases import Cases, Numbers, numbers_of, scenario_of
from capexmodel.units import scale

MOST_KEPT = 4096
"""Plans that are remembered: laws look at the same examples one after the other."""


def _quiet(text: str) -> None:
    """Say nothing."""


class Plans:
    """The best plan of any example near a scenario."""

    def __init__(self, base: Scenario) -> None:
        """Nothing is solved before it is asked for."""
        self.base = base
        self._known: dict[bytes, Found | None] = {}

    def of(self, cases: Cases) -> list[Found | None]:
        """The plan of each example; None where there is none."""
        return [self._at({place: values[row] for place, values in cases.numbers.items()}) for row in range(len(cases))]

    def again(self, found: Found) -> Found:
        """A plan solved again from itself."""
        return research(found.problem, found)

    @functools.cached_property
    def _near(self) -> Found | None:
        """The plan of the scenario itself."""
        return self._solved(self.base, None)

    def _at(self, numbers: Numbers) -> Found | None:
        key = b"".join(np.ascontiguousarray(numbers[place], float).tobytes() for place in sorted(numbers))
        if key not in self._known:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            own = numbers_of(self.base)
            same = all(np.array_equal(numbers[place], own[place]) for place in own)
            self._known[key] = self._near if same else self._solved(scenario_of(self.base, numbers), self._near)
        return self._known[key]

    def _solved(self, scenario: Scenario, near: Found | None) -> Found | None:
        problem, taken = Problem(scenario), np.zeros(len(scenario.deal.names))
        name = names_of(problem, taken)
        known = {} if near is None else {name: near}
        found = solve_each(problem, [taken], prepare(problem, taken), _quiet, known).get(name)
        return found if found is not None and sound(found) else None


def cost(found: Found) -> float:
    """What was minimized, in days or in the unit of another aim."""
    size = float(found.problem.minimize.size(found.size))
    return found.value * size / (float(scale("day")) if found.problem.minimize.unit == "s" else 1.0)


def free_of(found: Found, other: Found) -> np.ndarray | None:
    """The choices of another plan as a free vector of this one's problem; None where it uses what is not free there."""
    chart, flat = found.reduced.chart, np.asarray(ravel_pytree(other.choice)[0])
    free = np.asarray(chart.free)
    rest = np.ones(flat.size, bool)
    rest[free] = False
    if np.any(np.abs(flat - np.asarray(chart.base))[rest] > 0):
        return None
    return flat[free] / np.asarray(chart.unit)[free]


def values_at(found: Found, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What many free vectors of a plan's problem cost, in natural units, and the least slack of each."""
    given = Given(found.problem.scenario, found.size, found.reduced.chart, found.reduced.linear)
    cost, slack = _program(found)(jnp.asarray(points), given)
    return np.asarray(cost), np.minimum(np.asarray(slack), points.min(axis=1))


def _program(found: Found) -> Callable[..., tuple[jax.Array, jax.Array]]:
    objective, form = program(found.form, found.reduced).objective, found.form

    @eqx.filter_jit
    def many(points: jax.Array, given: Given) -> tuple[jax.Array, jax.Array]:
        def one(x: jax.Array) -> tuple[jax.Array, jax.Array]:
            rows = jnp.concatenate([straight(x, given), Curved(form)(summed(x, given), given)])
            return objective(x, given), jnp.min(rows, initial=jnp.inf)

        return jax.vmap(one)(points)

    return many
