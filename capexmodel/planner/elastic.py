"""A problem whose wishes may be broken, each by one amount v >= 0 of its own at a price of its own: one compiled solve for any prices.

Source: elastic programs, Chinneck, Feasibility and Infeasibility in Optimization (2008), section 6.1.
"""

import dataclasses
import functools
from collections.abc import Iterator
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from capexmodel.planner.chart import NEGLIGIBLE, linear, survey
from capexmodel.planner.lever import Wish, wishes
from capexmodel.planner.reduced import BEYOND, clean, reduce, still_open
from capexmodel.planner.search import COLD_BARRIER, Curved, Given, start_point, straight, summed
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.constraint import AbstractAffine
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import NonlinearProgram, Solution, Status
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.structure import Pieced, Through

RIDGE = 1e-6
"""Preference for the smaller of equal relaxations, in natural units."""
SETTLED = 1e-6
"""Natural units by which a relaxed solve may miss what cannot be relaxed."""
PLENTIES = (1.0, 5.0, 25.0, 0.2)
"""Multiples of the usual start that are tried in turn: where nothing but far more would do, a way is found from more."""
THIN = 1e-3
"""Share of what a row takes that a choice must give to count as help: chips of the last hours of a month leave a row no interior."""
PATIENCE = 120
"""Steps of a relaxed solve at a time: most that arrive take 15 to 60."""
ROUNDS = 3
"""How often a relaxed solve is made from one start, each from where the last one's steps ended: one that arrives late is not lost."""
NEAR = 1e-2
"""The solver's own error of rows up to which that is done: farther away it leads nowhere."""
BROKEN = 1e-5
"""Natural units of relaxation above which a wish counts as broken."""
INWARD = 1e-2
"""Least natural units of everything where a solve starts from a plan at hand, so that it starts inside its bounds."""


class Elastic(eqx.Module):
    """What a relaxed solve is told besides the numbers: which wish each row belongs to (0: none), its relief for one unit of breaking the
    wish, and what that costs."""

    given: Given
    affine_wish: Int[Array, "affine"]
    curved_wish: Int[Array, "curved"]
    affine_relief: Float[Array, "affine"]
    curved_relief: Float[Array, "curved"]
    price: Float[Array, "wish"]


class Least(NamedTuple):
    """The least breaking of wishes: by how much each is broken, how hard each presses, and the choice of the plan that then holds, in base
    units; all infinite, and no plan, where none was found. Where it is not `proven`, locally, a plan was found, but less may do."""

    amounts: np.ndarray
    press: np.ndarray
    choice: np.ndarray | None
    proven: bool = False

    @property
    def found(self) -> bool:
        """Whether there is a plan at all."""
        return self.choice is not None


class Relaxed(eqx.Module):
    """The curved rows of a problem, each lifted by the relaxation of its wish."""

    curved: Curved

    def __call__(self, sums: Array, told: Elastic) -> Array:
        """Rows that are not affine."""
        count = told.given.linear.sums_offset.size
        return self.curved(sums[:count], told.given) + _lift(sums[count:])[told.curved_wish] * told.curved_relief


def _lift(amounts: Array) -> Array:
    return jnp.concatenate([jnp.zeros(1), amounts])


def _split(x: Array, told: Elastic) -> tuple[Array, Array]:
    size = told.given.chart.free.size
    return x[:size], x[size:]


def _summed(x: Array, told: Elastic) -> Array:
    plan, amounts = _split(x, told)
    return jnp.concatenate([summed(plan, told.given), amounts])


def _straight(x: Array, told: Elastic) -> Array:
    plan, amounts = _split(x, told)
    return straight(plan, told.given) + _lift(amounts)[told.affine_wish] * told.affine_relief


def _breakage(sums: Array, told: Elastic) -> Array:
    return told.price @ sums[told.given.linear.sums_offset.size :]


def _settled(told: Elastic) -> Array:
    return jnp.asarray(RIDGE)


def _holds(solution: Solution) -> bool:
    """Whether all rows hold where a solve ended, as far as the solver sees."""
    status = int(solution.status)
    return status in (Status.OPTIMAL, Status.FEASIBLE_NOT_PROVEN) or (
        status == Status.MAX_ITER and float(solution.errors.primal) <= SETTLED
    )


@dataclasses.dataclass
class Bench:
    """A problem set up to be relaxed again and again. `belongs` says of every affine row, also those left out, to which wish it belongs (0:
    none), `matrix` and `offset` are those of these rows over the choices of the chart, of which some are `mine`. `solves` counts how often
    it was relaxed, and `last` is where all rows held last: the next one starts there."""

    program: NonlinearProgram
    told: Elastic
    x0: np.ndarray
    wishes: list[Wish]
    belongs: np.ndarray
    matrix: np.ndarray
    offset: np.ndarray
    dates: np.ndarray
    mine: np.ndarray
    solves: int = 0
    last: np.ndarray | None = None

    def least(self, price: np.ndarray, firm: set[int]) -> Least:
        """Break wishes as little as it finds possible at a price each, in natural units. What a `firm` wish forbids outright, or all but,
        stays forbidden: a plan that needs what is shut so is not found."""
        left = np.concatenate([self.open(firm), [wish.affine.any() or wish.curved.any() for wish in self.wishes]])
        upper = jnp.asarray(np.where(left, np.inf, 0.0), float)
        told, program = self._told(price, left[: self.dates.size]), eqx.tree_at(lambda p: p.upper, self.program, upper)
        solution, proven = self._best(program, told, left)
        if solution is None:
            return Least(np.full(len(self.wishes), np.inf), np.full(len(self.wishes), np.inf), None)
        press = np.zeros(len(self.wishes) + 1)
        np.add.at(press, np.asarray(self.told.affine_wish), np.asarray(solution.multipliers.affine * self.told.affine_relief))
        np.add.at(press, np.asarray(self.told.curved_wish), np.asarray(solution.multipliers.inequality * self.told.curved_relief))
        self.last, chart = np.asarray(solution.x), self.told.given.chart
        plan, amounts = np.split(self.last, [self.x0.size - len(self.wishes)])
        choice = np.array(chart.base, float)
        choice[np.asarray(chart.free)] = plan * np.asarray(chart.unit)[np.asarray(chart.free)]
        return Least(amounts, press[1:], choice, proven)

    def _best(self, program: NonlinearProgram, told: Elastic, left: np.ndarray) -> tuple[Solution | None, bool]:
        """The cheapest relaxed solve at which all rows hold, up to the first that nothing beats: one that is a proven local optimum and
        beaten by none before, or that breaks nothing that has a price. And whether there was such a one."""
        best, proven, priced = None, False, np.asarray(told.price) >= 1.0
        for solution in self._attempts(program, told, left):
            if not _holds(solution):
                continue
            optimal, value = int(solution.status) == Status.OPTIMAL, float(solution.value)
            if best is None or value < float(best.value) + (SETTLED * max(1.0, value) if optimal else 0.0):
                broken = float(np.max(np.asarray(solution.x)[self.dates.size :], where=priced, initial=0.0))
                best, proven = solution, optimal or broken <= BROKEN
            if proven:
                break
        return best, proven

    def _attempts(self, program: NonlinearProgram, told: Elastic, left: np.ndarray) -> Iterator[Solution]:
        """Relaxed solves from one start after the other, each gone on with where its steps ended, if that promises anything."""
        for start in (*(() if self.last is None else (np.maximum(self.last, INWARD),)), *(plenty * self.x0 for plenty in PLENTIES)):
            begun = np.where(left, start, 0.0)
            for _ in range(ROUNDS):
                solution: Solution = minimize(
                    program, begun, told, InteriorPoint(max_steps=PATIENCE, cold_barrier=COLD_BARRIER), certified=False
                )
                self.solves += 1
                yield solution
                if int(solution.steps) < PATIENCE or not (_holds(solution) or float(solution.errors.primal) <= NEAR):
                    break
                begun = np.where(left, np.maximum(np.asarray(solution.x), INWARD), 0.0)

    def open(self, firm: set[int]) -> np.ndarray:
        """Which choices are left where some wishes are firm, but for what a row leaves next to no room for."""
        return self._left(self._stout, firm)

    def _left(self, matrix: np.ndarray, firm: set[int]) -> np.ndarray:
        soft = (self.belongs > 0) & ~np.isin(self.belongs - 1, sorted(firm))
        return still_open(matrix, self.offset, self.dates, soft, self.mine)

    @functools.cached_property
    def _stout(self) -> np.ndarray:
        """The rows without what gives next to nothing beside what others take."""
        taken = np.max(-self.matrix, axis=1, initial=0.0, where=self.mine, keepdims=True)
        return np.where(self.matrix > THIN * taken, self.matrix, np.minimum(self.matrix, 0.0))

    @functools.cached_property
    def outright(self) -> dict[int, float]:
        """Wishes that no choice helps to hold, whatever others give of what they hold back, and by how much each is broken at least. None
        where limits that are no wishes are broken so: nobody's giving mends those."""
        found: dict[int, float] = {}
        if self._short(self.belongs == 0, set()).any():
            return found
        for k, wish in enumerate(self.wishes):
            short = self._short(wish.affine > 0, {k})
            if short.any():
                found[k] = float(np.max(-self.offset[short] / wish.affine[short]))
        return found

    def _short(self, rows: np.ndarray, firm: set[int]) -> np.ndarray:
        """Which of some rows miss what they need and are helped by no choice that is left where some wishes are firm."""
        short = rows & (self.offset < -BEYOND)
        return short & ~(self.matrix[:, self._left(self.matrix, firm)] > 0).any(axis=1) if short.any() else short

    @functools.cached_property
    def whole(self) -> Least:
        """The least breaking of all wishes, each at the same price."""
        everybody = set(range(len(self.wishes)))
        return self.least(np.ones(len(everybody)), everybody)

    @functools.cached_property
    def closers(self) -> set[int]:
        """Wishes that forbid some choice outright, or all but."""
        everybody = set(range(len(self.wishes)))
        shut = np.sum(self.open(everybody))
        return {k for k in everybody if np.sum(self.open(everybody - {k})) > shut}

    def _told(self, price: np.ndarray, left: np.ndarray) -> Elastic:
        """The numbers with these prices; rows that hold and that no choice moves are switched off, for they may have no interior."""
        linear = self.told.given.linear
        offset = np.asarray(linear.offset)
        settled = ~(np.asarray(linear.matrix)[:, left] != 0).any(axis=1) & (offset >= -NEGLIGIBLE)
        changed = jnp.asarray(np.where(settled, np.inf, offset), float)
        return eqx.tree_at(lambda t: (t.price, t.given.linear.offset), self.told, (jnp.asarray(price, float), changed))


def bench(problem: Problem, taken: np.ndarray | None, shared: SharedChart | None = None) -> Bench:
    """Set a problem up to be relaxed. What a wish alone forbids stays open, for the wish may be broken."""
    form, scenario = problem.form, problem.scenario
    bought = np.ones(len(scenario.deal.names)) if taken is None else taken
    seen = survey(scenario, form, jnp.asarray(bought, float))
    size, found = seen.size, _placed(wishes(scenario, form, seen.size, seen.base), shared)
    belongs, _ = _belonging([wish.affine for wish in found], len(form.rows(scenario, AbstractAffine)))
    reduced = reduce(scenario, form, seen, shared, belongs[:, None] == 1 + np.arange(len(found)))
    chart = reduced.chart
    (affine, affine_relief), (curved, curved_relief) = (
        _belonging([getattr(wish, kind)[np.asarray(rows)] for wish in found], rows.size)
        for kind, rows in (("affine", chart.affine_rows), ("curved", chart.curved_rows))
    )
    given = Given(problem.scenario, size, chart, reduced.linear)
    index, lift = (
        [jnp.asarray(part, int) for part in (affine, curved)],
        [jnp.asarray(part, float) for part in (affine_relief, curved_relief)],
    )
    told = Elastic(given, index[0], index[1], lift[0], lift[1], jnp.asarray(np.ones(len(found)), float))
    program = NonlinearProgram(
        objective=Through(_breakage, _summed, _settled, reduced.curvature),
        inequality=Through(Relaxed(Curved(form)), _summed),
        affine=Pieced(_straight, *reduced.fronts),
        lower=jnp.zeros(chart.free.size + len(found)),
        upper=jnp.full(chart.free.size + len(found), jnp.inf),
        row_counts=(chart.curved_rows.size, chart.affine_rows.size, 0),
    )
    x0 = np.concatenate([start_point(reduced, problem), np.ones(len(found))])
    parts = linear(scenario, reduced.linear.pace, size, form, reduced.whole)
    dates = np.asarray(chart.free) >= chart.base.size - len(scenario.job.names)
    return Bench(program, told, x0, found, belongs, clean(parts)[:, reduced.kept], np.asarray(parts.offset), dates, reduced.open)


def _placed(own: list[Wish], shared: SharedChart | None) -> list[Wish]:
    """Wishes in their places on a shared chart; where only other problems have one, there is one that no row belongs to."""
    if shared is None:
        return own
    known, names = {wish.name: wish for wish in own}, shared.naming([wish.name for wish in own])
    return [known.get(name) or dataclasses.replace(own[0], name=name, affine=0 * own[0].affine, curved=0 * own[0].curved) for name in names]


def _belonging(reliefs: list[np.ndarray], rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The number of the wish that each row belongs to, and its relief."""
    wish, relief = np.zeros(rows, int), np.zeros(rows)
    for number, own in enumerate(reliefs):
        wish[own != 0], relief[own != 0] = number + 1, own[own != 0]
    return wish, relief
