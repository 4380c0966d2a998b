"""Where laws are tried: one compiled program of outcomes and one of slopes for a scenario, in blocks of a fixed size.

All numbers of a scenario are inputs of the programs, so that no example compiles anything.
"""

import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array

from capexmodel.model.fleet import NEEDS
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import simulate
from capexmodel.testing.cases import Cases, Numbers, Plan, allocation_of, scenario_of
from capexmodel.testing.plans import Plans
from capexmodel.testing.readings import Readings, aims, read

BLOCK = 32
"""Examples side by side: their numbers stay in a processor's cache."""


class Bench:
    """A scenario and its compiled programs."""

    def __init__(self, base: Scenario) -> None:
        """Nothing is compiled before it is asked for."""
        self.base = base
        self.plans = Plans(base)

    def observe(self, cases: Cases, needs: bool = True) -> Readings:
        """The outcome of each example; without `needs` as if no chip ever lacked a hall, power or a network."""
        return self._blocks(self._outcomes[needs], cases)

    def slopes(self, cases: Cases, way: Numbers, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, Numbers]:
        """Of each example: the slope of every aim along a way, forward; the same of their weighted sum, backward; and all its slopes."""
        forward, slope = self._blocks(self._sloped, cases, way, weight)
        along = [np.sum((slope[place] * way[place]).reshape(len(cases), -1), axis=1) for place in slope]
        return forward, np.sum(along, axis=0), slope

    @functools.cached_property
    def _sloped(self) -> Callable[..., tuple[Array, Numbers]]:
        def one(numbers: Numbers, plan: Plan, way: Numbers, weight: Array) -> tuple[Array, Numbers]:
            def aimed(numbers: Numbers) -> Array:
                scenario, allocation = scenario_of(self.base, numbers), allocation_of(plan)
                return aims(read(scenario, allocation, simulate(scenario, allocation)))

            forward = jax.jvp(aimed, (numbers,), (way,))[1]
            return forward, jax.grad(lambda at: weight @ aimed(at))(numbers)

        return _mapped(one)

    @functools.cached_property
    def _outcomes(self) -> dict[bool, Callable[..., Readings]]:
        def follow(needs: bool, numbers: Numbers, plan: Plan) -> Readings:
            scenario, allocation = scenario_of(self.base, numbers), allocation_of(plan)
            return read(scenario, allocation, simulate(scenario, allocation, NEEDS if needs else ()))

        return {needs: _mapped(functools.partial(follow, needs)) for needs in (True, False)}

    def _blocks(self, program: Callable[..., Any], cases: Cases, *more: Any) -> Any:
        """Run a program block by block; the last block is filled up with its last example."""
        count = len(cases)
        rows = np.minimum(np.arange(-(-count // BLOCK) * BLOCK), count - 1).reshape(-1, BLOCK)
        inputs = jax.tree.map(lambda array: np.asarray(array, float), (cases.numbers, cases.plan, *more))
        parts = [program(*_taken(inputs, block)) for block in rows]
        return jax.tree.map(lambda *arrays: np.concatenate([np.asarray(array) for array in arrays])[:count], *parts)


def _taken(tree: Any, rows: np.ndarray) -> Any:
    return jax.tree.map(lambda array: array[rows], tree)


def _mapped(one: Callable[..., Any]) -> Callable[..., Any]:
    return eqx.filter_jit(jax.vmap(one))
