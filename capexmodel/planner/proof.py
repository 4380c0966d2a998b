"""What a plan leaves behind for somebody who trusts nobody: its choices and prices by name, and how they are judged again from them.

No search stands behind the second judgement: the problem is set up anew from the scenario, and every residual recomputed.
"""

import dataclasses
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from capexmodel.errors import ModelError
from capexmodel.planner.chart import Chart
from capexmodel.planner.judge import Prices, Verdict, judge
from capexmodel.planner.search import Found, prepare
from capexmodel.planning.choice import Choice
from capexmodel.planning.constraint import AbstractAffine, AbstractCurved
from capexmodel.planning.problem import Form, Problem
from capexmodel.planning.scale import Sizes

Row = tuple[str, tuple[str, ...]]
"""A row of a problem: its constraint, and its place on the constraint's axes."""
KINDS = (AbstractAffine, AbstractCurved)


@dataclasses.dataclass(frozen=True)
class Proof:
    """Orders and dates of a plan, the price of each one's being at nothing, and the price of each limit that has one, in natural units;
    and the orders and dates in whole racks and halls, where those were asked for."""

    choice: Choice
    bounds: Choice
    prices: Mapping[Row, float]
    whole: Choice | None = None


def proof_of(found: Found, whole: Choice | None = None) -> Proof:
    """Write down what a search ended at, and what it was brought to in whole racks and halls."""
    chart, scenario = found.reduced.chart, found.problem.scenario
    flat, layout = ravel_pytree(found.choice)
    bounds = np.zeros(flat.size)
    bounds[np.asarray(chart.free)] = np.asarray(found.solution.multipliers.lower)
    prices = {}
    for kind, values in zip(KINDS, (found.prices.affine, found.prices.curved), strict=True):
        for (constraint, place), price in zip(found.form.rows(scenario, kind), np.asarray(values), strict=True):
            if price != 0:
                prices[constraint.name, place] = float(price)
    return Proof(jax.tree.map(np.asarray, found.choice), jax.tree.map(np.asarray, layout(jnp.asarray(bounds))), prices, whole)


def judge_again(problem: Problem, proof: Proof) -> tuple[Verdict, Sizes]:
    """Set the problem up anew and recompute every residual of what was written down.

    Raises: ModelError when a choice is used that the scenario does not offer, a company is bought in part, or a price is of a limit that
    the problem has not or that cannot bind in it.
    """
    _check_bought(proof)
    flat, bounds = (np.asarray(ravel_pytree(part)[0]) for part in (proof.choice, proof.bounds))
    form, size, reduced = prepare(problem, np.asarray(proof.choice.orders.taken))
    chart, free = reduced.chart, np.asarray(reduced.chart.free)
    _check_offered(chart, flat)
    x = flat[free] / np.asarray(chart.unit)[free]
    prices = Prices(*(jnp.asarray(row) for row in _prices(problem, form, chart, proof)))
    return judge(jnp.asarray(x), prices, jnp.asarray(bounds[free]), problem.scenario, size, form, chart), size


def judge_whole(problem: Problem, whole: Choice) -> Verdict:
    """Recompute which limits whole racks and halls break, and the aim. Such a plan claims no prices.

    Raises: ModelError, as `judge_again`.
    """
    return judge_again(problem, Proof(whole, jax.tree.map(np.zeros_like, whole), {}))[0]


def broken_racks(problem: Problem, whole: Choice) -> float:
    """By how much of a rack or hall an order is at most away from a whole number of them."""
    scenario, orders = problem.scenario, whole.orders
    counts = orders.chips_count / scenario.accelerator.rack_count[:, None, None], orders.hall_w / scenario.hall.block_w[:, None, None]
    return max(float(np.max(np.abs(each - np.round(each)), initial=0.0)) for each in map(np.asarray, counts))


def _check_bought(proof: Proof) -> None:
    """A company is bought or not, in whole racks too."""
    taken = np.asarray(proof.choice.orders.taken)
    if not np.all((taken == 0) | (taken == 1)):
        raise ModelError("proof.choice.taken: a company is bought or it is not, expected 0 or 1")
    if proof.whole is not None and not np.array_equal(taken, proof.whole.orders.taken):
        raise ModelError("proof.whole.taken: other companies than in proof.choice")


def _check_offered(chart: Chart, flat: np.ndarray) -> None:
    """Whatever is not free to choose must stand at what it stands at."""
    rest = np.ones(flat.size, bool)
    rest[np.asarray(chart.free)] = False
    used = np.flatnonzero(rest & (flat != np.asarray(chart.base)))
    if used.size:
        raise ModelError(f"proof: {used.size} of {flat.size} choices are not what the scenario leaves open: was the scenario changed?")


def _prices(problem: Problem, form: Form, chart: Chart, proof: Proof) -> list[np.ndarray]:
    """The prices in the order of the rows of a problem. A curved row that cannot bind is not judged, and must have none."""
    left, found = dict(proof.prices), []
    for kind, binding in zip(KINDS, (None, np.asarray(chart.curved_rows)), strict=True):
        rows = [(constraint.name, place) for constraint, place in form.rows(problem.scenario, kind)]
        judged = set(range(len(rows)) if binding is None else binding.tolist())
        found.append(np.asarray([left.pop(row, 0.0) if place in judged else 0.0 for place, row in enumerate(rows)], float))
    if left:
        name, place = next(iter(left))
        raise ModelError(f"proof: a price of {name} at {', '.join(place) or 'no place'}, which this problem has not or which cannot bind")
    return found
