"""From a relaxed plan to one of whole racks and whole halls: fix those, and solve again for all the rest.

Orders are rounded cumulatively, site by site, so that what stands stays within a rack or a hall of the relaxed plan at every date. Rounded
down they break no limit on money, power or supply; where a target must be met instead they are rounded up. Companies are whole already.
Leaves out: whole ports, generators, people and rentals, and the search for the best whole plan: the gap says what that could still give.

Source: relax-and-fix, Pochet and Wolsey, Production Planning by Mixed Integer Programming (2006), chapter 3.
"""

import dataclasses
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from capexmodel.errors import SolveError
from capexmodel.model import purchase
from capexmodel.model.scenario import Scenario
from capexmodel.planner.chart import Linear
from capexmodel.planner.deals import held, sound
from capexmodel.planner.search import COLD_BARRIER, Found, Given, program
from capexmodel.planning.choice import Choice
from capexmodel.planning.objective import PresentCost
from capexmodel.planning.plan import Rounding
from capexmodel.planning.problem import Problem
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.minimize import minimize

NEARLY = 1e-6
"""Share of a rack or hall that is missing without its counting as missing: a solver stops that close."""
MET = 1e-9
"""Natural units below which a row that nothing can move any more counts as broken."""

Rounded = Callable[[Found], np.ndarray]


def round_plan(problem: Problem, found: Found, progress: Callable[[str], None]) -> tuple[Found, Rounding]:
    """The plan of whole racks and halls nearest to a relaxed one, with what that costs.

    Raises: SolveError when neither rounding down nor rounding up gives a plan.
    """
    ways = {"down": _trimmed, "up": _filled}
    for way in sorted(ways, reverse=isinstance(problem.minimize, PresentCost)):
        progress(f"rounding racks and halls {way}")
        whole = ways[way](problem, found)
        if whole is not None:
            return whole, _rounding(problem, found, whole, way)
    raise SolveError(f"{problem.scenario.name}: no plan of whole racks and halls was found near the relaxed one")


def _trimmed(problem: Problem, found: Found) -> Found | None:
    """Halls to the nearest, then racks down; with nothing carried into a later order where carrying costs too much."""
    built = _held_fast(found, {"hall_w": nearest(_halls(found), _blocks(found), _starts(problem.scenario))})
    if built is None:
        return None
    for carried in (True, False):
        done = _held_fast(built, {"chips_count": racks_down(problem.scenario, np.asarray(built.choice.orders.chips_count), carried)})
        if done is not None:
            return done
    return None


def _filled(problem: Problem, found: Found) -> Found | None:
    """Racks up, then halls up."""
    racks = np.asarray(problem.scenario.accelerator.rack_count)[:, None, None]
    bought = _held_fast(found, {"chips_count": up(np.asarray(found.choice.orders.chips_count), racks)})
    return None if bought is None else _held_fast(bought, {"hall_w": up(_halls(bought), _blocks(bought))})


def _halls(found: Found) -> np.ndarray:
    return np.asarray(found.choice.orders.hall_w)


def _blocks(found: Found) -> np.ndarray:
    return np.asarray(found.problem.scenario.hall.block_w)[:, None, None]


def _starts(scenario: Scenario) -> np.ndarray:
    """Hall capacity that can be started at each site in each decision interval."""
    return np.asarray(scenario.site.hall_starts_w_per_s)[:, None] * np.diff(np.asarray(scenario.calendar.decision_edges_s))


def nearest(orders: np.ndarray, unit: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Orders (kind, site, decision) in whole units whose sum to date is nearest to that asked for, within the most of a site and date."""
    due, placed, whole = np.zeros(orders.shape[:2]), np.zeros(orders.shape[:2]), np.zeros_like(orders)
    for d in range(orders.shape[2]):
        due += orders[:, :, d]
        room = most[:, d].copy()
        for kind in range(orders.shape[0]):
            size = unit[kind, 0, 0]
            wanted = np.maximum(np.round((due[kind] - placed[kind]) / size), 0.0)
            whole[kind, :, d] = np.minimum(wanted, np.floor(room / size + NEARLY)) * size
            room -= whole[kind, :, d]
        placed += whole[:, :, d]
    return whole


def up(orders: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Orders (kind, site, decision) in whole units whose sum to date is never below that asked for."""
    total = np.ceil(np.cumsum(orders, axis=2) / unit - NEARLY) * unit
    return np.diff(total, axis=2, prepend=0.0)


def racks_down(scenario: Scenario, orders: np.ndarray, carried: bool) -> np.ndarray:
    """Orders (chip, site, decision) in whole racks whose sum to date is never above that asked for. What is left of a rack is `carried` to
    the next order of the same fiscal year, as far as supply allows."""
    rack = np.asarray(scenario.accelerator.rack_count)[:, None]
    maker = np.asarray(purchase.vendor_matrix(scenario))
    most = np.asarray(purchase.available_count(scenario))
    by_vendor = np.asarray(purchase.offered_count(scenario)) * (1.0 + np.asarray(scenario.supply.stretch)[:, None])
    year = np.argmax(np.asarray(_years(scenario)), axis=1)
    left, whole = np.zeros(orders.shape[:2]), np.zeros_like(orders)
    for d in range(orders.shape[2]):
        left = np.where(carried and d > 0 and year[d] == year[d - 1], left, 0.0) + orders[:, :, d] / rack
        placed = np.floor(orders[:, :, d] / rack + NEARLY)
        for a, s in sorted(np.argwhere(left - placed >= 1.0 - NEARLY).tolist(), key=lambda cell: -left[tuple(cell)]):
            more = placed.copy()
            more[a, s] += 1.0
            chips = np.sum(more * rack, axis=1)
            if np.all(chips <= np.maximum(most[:, d], 0.0)) and np.all(maker @ chips <= by_vendor[:, d]):
                placed = more
        left = np.maximum(left - placed, 0.0)
        whole[:, :, d] = placed * rack
    return whole


def _years(scenario: Scenario) -> np.ndarray:
    """How much of each decision interval falls in which fiscal year."""
    edges, years = np.asarray(scenario.calendar.decision_edges_s), np.asarray(scenario.calendar.year_edges_s)
    inside = np.minimum(edges[1:, None], years[None, 1:]) - np.maximum(edges[:-1, None], years[None, :-1])
    return np.maximum(inside, 0.0)


def _held_fast(found: Found, orders: dict[str, np.ndarray]) -> Found | None:
    """Solve again with some orders fixed, besides those that are fixed already; None where that leaves no plan."""
    chart, reduced = found.reduced.chart, found.reduced
    free, unit = np.asarray(chart.free), np.asarray(chart.unit)
    asked, touched = found.choice, _none_of(found.choice)
    for name, value in orders.items():
        asked = eqx.tree_at(lambda c, name=name: getattr(c.orders, name), asked, jnp.asarray(value, float))
        touched = eqx.tree_at(lambda c, name=name: getattr(c.orders, name), touched, jnp.ones(value.shape))
    now = np.asarray(ravel_pytree(touched)[0])[free] > 0
    before = np.zeros(free.size, bool) if found.fixed is None else found.fixed
    fixed, x = now | before, np.asarray(found.solution.x)
    x = np.where(now, np.asarray(ravel_pytree(asked)[0])[free] / unit[free], x)
    left = program(found.form, reduced)
    bounds = np.where(fixed, x, 0.0), np.where(fixed, x, np.inf)
    left = eqx.tree_at(lambda p: (p.lower, p.upper), left, tuple(jnp.asarray(bound, float) for bound in bounds))
    given = Given(found.problem.scenario, found.size, chart, _without_settled(reduced.linear, x, fixed))
    warm = eqx.tree_at(lambda s: s.x, found.solution, jnp.asarray(x, float))
    solution = minimize(left, x, given, InteriorPoint(cold_barrier=COLD_BARRIER), warm, certified=False)
    solution = eqx.tree_at(lambda s: s.x, solution, jnp.asarray(np.where(fixed, x, np.asarray(solution.x)), float))
    done = held(dataclasses.replace(found, solution=solution, fixed=fixed))
    return done if done is not None and sound(done) else None


def _none_of(choice: Choice) -> Choice:
    flat, layout = ravel_pytree(choice)
    return layout(0.0 * flat)


def _without_settled(linear: Linear, x: np.ndarray, fixed: np.ndarray) -> Linear:
    """Switch off the affine rows that hold and that nothing can move any more: they have no interior where they just hold."""
    matrix, offset = np.asarray(linear.matrix), np.asarray(linear.offset)
    settled = ~(matrix[:, ~fixed] != 0).any(axis=1) & (matrix @ x + offset >= -MET)
    return eqx.tree_at(lambda part: part.offset, linear, jnp.asarray(np.where(settled, np.inf, offset), float))


def _rounding(problem: Problem, found: Found, whole: Found, way: str) -> Rounding:
    aim, (racks, halls) = problem.minimize, counted(problem.scenario, whole.choice)
    gap = (whole.value - found.value) * float(aim.size(found.size))
    values = [aim.value(one.verdict.aim) for one in (whole, found)]
    return Rounding(values[0], values[1], gap, racks, halls, way, whole.verdict.primal, whole.verdict.kkt_error)


def counted(scenario: Scenario, whole: Choice) -> tuple[dict[str, int], dict[str, int]]:
    """Racks by kind of chip, and halls by kind; of which there are none is not told."""
    chips = np.sum(np.asarray(whole.orders.chips_count), axis=(1, 2)) / np.asarray(scenario.accelerator.rack_count)
    halls = np.sum(np.asarray(whole.orders.hall_w), axis=(1, 2)) / np.asarray(scenario.hall.block_w)
    kinds = (scenario.accelerator.names, chips), (scenario.hall.names, halls)
    racks, blocks = ({name: round(float(n)) for name, n in zip(*kind, strict=True) if round(float(n)) > 0} for kind in kinds)
    return racks, blocks
