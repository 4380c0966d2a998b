"""The plan whose late dates come soonest over some futures, or the cheapest one whose late dates come by a bound: here-and-now orders.

Each step solves for the best orders near the plan at hand, with every future's date as straight lines, and is taken where the futures
themselves, followed again, are better; else the lines found there are kept beside the others, and the next step is shorter. A step keeps
every limit of the scenario as it stands. Where it ends, the lines promise next to nothing more within `RADIUS` of the plan.
Leaves out: proof that no plan elsewhere is better.

Source: Burke, Mathematical Programming 33 (1985), and Yuan, Mathematical Programming 31 (1985) (composite functions by linear models in a
trust region); Kiwiel, Methods of Descent for Nondifferentiable Optimization (1985), chapter 3 (lines of earlier points, moved below).
"""

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from capexmodel.planner.search import Found, Given
from capexmodel.planner.tail import Futures, Goal, Near, look, present_usd, step
from capexmodel.solvers.base import Status

RADIUS = 2.0
"""Natural units of every choice by which a first step may move it."""
LINES = 3
"""Straight lines that are kept below each future's date."""
SHORTEST = 1e-3
"""Natural units below which a step is no longer tried."""
ENOUGH = 1e-3
"""Natural units of the goal below which what lines promise counts as nothing."""
MOST_STEPS = 24
GOOD, POOR = 0.5, 0.1
"""Shares of what was promised from which on steps grow, and up to which they are not taken."""
PENALTY = 100.0
"""Natural units of money that a natural unit of time beyond a bound costs: more than any that a bound is worth."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What is wanted of some futures: the worst share that is looked at, and either the earliest mean date of it, or the least present cost
    at which that comes by a bound (in seconds from the as-of date)."""

    worst: float
    bound_s: float | None = None

    def goal(self, found: Found) -> Goal:
        """The same in natural units."""
        scenario, size = found.problem.scenario, found.size
        second, dollar = float(size.s), float(size.usd)
        if self.bound_s is None:
            return _goal(self.worst, 0.0, 1.0, float(scenario.preference.cost_s_per_usd) / second)
        return _goal(self.worst, self.bound_s / second, PENALTY, 1.0 / dollar)


def _goal(*numbers: float) -> Goal:
    return Goal(*(jnp.asarray(number, float) for number in numbers))


@dataclasses.dataclass(frozen=True)
class Reached:
    """Where a search ended: the orders, each future's date, the goal in natural units there, and how much more the lines promise within
    `RADIUS`."""

    x: np.ndarray
    date_s: np.ndarray
    value: float
    promised: float
    steps: int

    @property
    def settled(self) -> bool:
        """Whether nothing more is promised."""
        return self.promised <= ENOUGH


def tail_mean(date: np.ndarray, worst: float) -> float:
    """Mean of the worst share of equally likely numbers."""
    wanted = worst * date.size
    taken = np.clip(wanted - np.arange(date.size), 0.0, 1.0)
    return float(taken @ np.sort(date)[::-1] / wanted)


def improve(found: Found, ahead: Futures, wanted: Wanted, start: np.ndarray, progress: Callable[[str], None]) -> Reached:
    """Search from some orders (a free vector on the chart of a plan) for better ones."""
    search = _Search(found, ahead, wanted)
    here = search.seen(start)
    lines, radius, promised, steps = [here] * LINES, RADIUS, np.inf, 0
    while steps < MOST_STEPS and radius > SHORTEST:
        progress(f"step {steps + 1}: the worst {100.0 * wanted.worst:.0f} % of {here.date.size} futures")
        steps += 1
        tried, below = search.stepped(here, lines, radius)
        gain = here.value - below
        promised = gain if radius >= RADIUS or gain > ENOUGH else promised
        if tried is None or gain <= ENOUGH:
            radius = radius / 4.0 if tried is None else 0.0
            promised = min(promised, gain) if tried is not None else promised
            continue
        share = (here.value - tried.value) / gain
        lines = [tried, here, *lines[1:]] if share > POOR else [here, tried, *lines[1:]]
        here, lines = lines[0], lines[:LINES]
        radius *= 2.0 if share > GOOD else 0.4 if share <= POOR else 1.0
    return Reached(here.x, here.date * float(found.size.s), here.value, float(promised), steps)


@dataclasses.dataclass(frozen=True)
class _Seen:
    """A plan that was followed into all futures."""

    x: np.ndarray
    date: np.ndarray
    slope: np.ndarray
    value: float


class _Search:
    """One search's problem, futures and goal."""

    def __init__(self, found: Found, ahead: Futures, wanted: Wanted) -> None:
        """Say what is looked for."""
        self.found, self.ahead, self.wanted, self.goal = found, ahead, wanted, wanted.goal(found)
        self.given = Given(found.problem.scenario, found.size, found.reduced.chart, found.reduced.linear)

    def seen(self, x: np.ndarray) -> _Seen:
        """Follow a plan into all futures."""
        date, slope = look(self.found, self.ahead, jnp.asarray(x, float))
        return _Seen(x, date, slope, self.value(x, date))

    def value(self, x: np.ndarray, date: np.ndarray) -> float:
        """The goal, from orders and dates."""
        over = tail_mean(date, self.wanted.worst) - float(self.goal.bound)
        over = over if self.wanted.bound_s is None else max(over, 0.0)
        return float(self.goal.time_weight) * over + float(self.goal.usd_weight) * float(present_usd(jnp.asarray(x, float), self.given))

    def stepped(self, here: _Seen, lines: list[_Seen], radius: float) -> tuple[_Seen | None, float]:
        """The plan that the lines hold best within a distance, followed, and the goal that they promise; none where no plan was found."""
        level = np.stack([line.date - line.slope @ line.x for line in lines])
        slope = np.stack([line.slope for line in lines])
        above = np.maximum(level + slope @ here.x - here.date[None], 0.0)
        near = Near(self.given, self.goal, jnp.asarray(level - above, float), jnp.asarray(slope, float))
        solution = step(self.found, near, here.x, radius, self.wanted.bound_s is not None)
        x = np.asarray(solution.x)[: here.x.size]
        if int(solution.status) not in (Status.OPTIMAL, Status.FEASIBLE_NOT_PROVEN) or not np.isfinite(x).all():
            return None, here.value
        below = np.max(level - above + slope @ x, axis=0)
        return self.seen(x), self.value(x, below)
