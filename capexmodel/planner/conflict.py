"""Names the wishes that cannot hold together, and the least relaxation of each.

Rows are grouped into wishes (a constraint at a site, in a year, of a job). Every wish may be broken by one amount v >= 0 of its own; a
deletion filter keeps those that are needed for the conflict. Source: elastic and deletion filters, Chinneck, Feasibility and
Infeasibility in Optimization (2008), chapters 6 and 7.
"""

import dataclasses
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from capexmodel.planner.search import COLD_BARRIER, Curved, Given, prepare, start_point, straight, summed
from capexmodel.planning.constraint import AbstractAffine, AbstractCurved
from capexmodel.planning.plan import Conflict
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import NonlinearProgram, Solution
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.structure import Piece, Pieced, Through

BROKEN = 1e-5
"""Natural units of relaxation above which a wish counts as broken."""
PRESSING = 1e-6
"""Price of a wish, in natural units, above which it may be part of the conflict."""
GIVEN_UP = 1e-6
"""Price of breaking a wish that is given up: just enough to keep it finite."""
HELD = 1e3
"""Price of breaking a wish that is to be held: far above what any other can be worth."""
RIDGE = 1e-6
"""Preference for the smaller of equal relaxations, in natural units."""
PHYSICS = ("work", "readiness", "site_compute", "fleet_compute")
"""What cannot be relaxed: a run takes compute."""


class Elastic(eqx.Module):
    """What a relaxed solve is told besides the numbers: which wish each row belongs to, and what breaking one costs."""

    given: Given
    affine_wish: Int[Array, "affine"]
    curved_wish: Int[Array, "curved"]
    price: Float[Array, "wish"]


class Relaxed(eqx.Module):
    """The curved rows of a problem, each lifted by the relaxation of its wish; wish 0 is none."""

    curved: Curved

    def __call__(self, sums: Array, told: Elastic) -> Array:
        """Rows that are not affine."""
        count = told.given.linear.sums_offset.size
        return self.curved(sums[:count], told.given) + _relief(sums[count:])[told.curved_wish]


def _relief(amounts: Array) -> Array:
    return jnp.concatenate([jnp.zeros(1), amounts])


def _split(x: Array, told: Elastic) -> tuple[Array, Array]:
    size = told.given.chart.free.size
    return x[:size], x[size:]


def _summed(x: Array, told: Elastic) -> Array:
    plan, amounts = _split(x, told)
    return jnp.concatenate([summed(plan, told.given), amounts])


def _straight(x: Array, told: Elastic) -> Array:
    plan, amounts = _split(x, told)
    return straight(plan, told.given) + _relief(amounts)[told.affine_wish]


def _breakage(sums: Array, told: Elastic) -> Array:
    return told.price @ sums[told.given.linear.sums_offset.size :]


def _settled(told: Elastic) -> Array:
    return jnp.asarray(RIDGE)


@dataclasses.dataclass
class _Bench:
    """A problem set up to be relaxed again and again by one compiled solve."""

    program: NonlinearProgram
    told: Elastic
    x0: np.ndarray
    wishes: list[tuple[str, str]]

    def least(self, price: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Break wishes as little as possible at a price each: by how much each is broken, and how hard each presses."""
        told = eqx.tree_at(lambda t: t.price, self.told, jnp.asarray(price))
        solution: Solution = minimize(self.program, self.x0, told, InteriorPoint(cold_barrier=COLD_BARRIER))
        press = np.zeros(len(self.wishes) + 1)
        np.add.at(press, np.asarray(told.affine_wish), np.asarray(solution.multipliers.affine))
        np.add.at(press, np.asarray(told.curved_wish), np.asarray(solution.multipliers.inequality))
        return np.asarray(solution.x[self.x0.size - len(self.wishes) :]), press[1:]

    def conflicts(self, members: set[int]) -> bool:
        """Whether these wishes cannot hold together, all others being given up."""
        chosen = sorted(members)
        amounts, _ = self.least(np.where(np.isin(np.arange(len(self.wishes)), chosen), 1.0, GIVEN_UP))
        return float(amounts[chosen].max(initial=0.0)) > BROKEN


def explain_conflict(problem: Problem, taken: np.ndarray | None, progress: Callable[[str], None]) -> Conflict | None:
    """Find an irreducible set of wishes that conflict, and what relaxing each alone would take; None if they can all hold."""
    bench = _bench(problem, taken)
    count = len(bench.wishes)
    amounts, press = bench.least(np.ones(count))
    if amounts.max(initial=0.0) <= BROKEN:
        return None
    needed = {int(k) for k in np.flatnonzero((press > PRESSING) | (amounts > BROKEN))}
    if not bench.conflicts(needed):
        needed = set(range(count))
    for k in sorted(needed, key=lambda k: press[k]):
        progress(f"conflict: is {' '.join(bench.wishes[k])} part of it?")
        if bench.conflicts(needed - {k}):
            needed = needed - {k}
    relaxations, where, units = {}, {}, {}
    for k in sorted(needed):
        constraint, place = bench.wishes[k]
        progress(f"conflict: how far {constraint} {place} would have to give")
        amounts, _ = bench.least(np.where(np.arange(count) == k, 1.0, HELD))
        others = np.delete(amounts, k).max(initial=0.0)
        name, unit = f"{constraint}.{place}", next(c.unit for c in problem.form.constraints if c.name == constraint)
        relaxations[name] = float(amounts[k]) * float(getattr(bench.told.given.size, unit)) if others <= BROKEN else np.inf
        where[name], units[name] = place, unit
    return Conflict(tuple(relaxations), relaxations, units, where)


def _bench(problem: Problem, taken: np.ndarray | None) -> _Bench:
    form, size, reduced = prepare(problem, taken)
    scenario, chart = problem.scenario, reduced.chart
    rows = [form.rows(scenario, kind) for kind in (AbstractAffine, AbstractCurved)]
    kept = [[names[int(i)] for i in index] for names, index in zip(rows, (chart.affine_rows, chart.curved_rows), strict=True)]
    wishes = list(dict.fromkeys(_wish(c.name, c.axes, place) for part in kept for c, place in part if c.name not in PHYSICS))
    number = {wish: k + 1 for k, wish in enumerate(wishes)}
    affine, curved = (jnp.asarray([number.get(_wish(c.name, c.axes, place), 0) for c, place in part], int) for part in kept)
    given = Given(scenario, size, chart, reduced.linear)
    told = Elastic(given, affine, curved, jnp.asarray(np.ones(len(wishes))))
    total = chart.free.size + len(wishes)
    places = np.arange(len(wishes))
    own = Piece(jnp.asarray(reduced.linear.sums_offset.size + places, int), jnp.asarray(chart.free.size + places, int))
    program = NonlinearProgram(
        objective=Through(_breakage, _summed, _settled, (*reduced.sum_pieces, own)),
        inequality=Through(Relaxed(Curved(form)), _summed),
        affine=Pieced(_straight, _with_wishes(reduced.pieces, np.asarray(affine), chart.free.size)),
        lower=jnp.zeros(total),
        row_counts=(chart.curved_rows.size, chart.affine_rows.size, 0),
    )
    return _Bench(program, told, np.concatenate([start_point(reduced, problem), np.ones(len(wishes))]), wishes)


def _with_wishes(pieces: tuple[Piece, ...], wish: np.ndarray, size: int) -> tuple[Piece, ...]:
    """Pieces that also hold the columns of the wishes their rows belong to."""

    def columns(piece: Piece) -> np.ndarray:
        own = np.unique(wish[np.asarray(piece.rows)])
        return np.concatenate([np.asarray(piece.columns), size + own[own > 0] - 1])

    return tuple(Piece(piece.rows, jnp.asarray(columns(piece))) for piece in pieces)


def _wish(constraint: str, axes: tuple[str, ...], place: tuple[str, ...]) -> tuple[str, str]:
    """A wish is a constraint with the place somebody could be asked about: not the instant."""
    told = [name for axis, name in zip(axes, place, strict=True) if axis not in ("edge", "period", "decision")]
    return constraint, " ".join(told)
