"""A step towards the plan whose late dates come soonest, over some futures: dates as straight lines of the orders near the plan at hand.

Orders are placed here and now, in dollars; in each future the same dollars and shares are followed to its own dates. The mean date of the
worst share of futures is then a linear program in one number a future, and all limits of the scenario as it stands hold exactly.
Leaves out: what a plan could change once it sees how things go, and limits in the futures themselves.

Source: Rockafellar and Uryasev, Journal of Risk 2 (2000) (the mean beyond a quantile as a linear program).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.model.express import express
from capexmodel.model.fleet import NEEDS
from capexmodel.model.leaves import Leaf, write
from capexmodel.model.pace import Pace, pace
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import simulate
from capexmodel.planner.chart import Chart, gist
from capexmodel.planner.reduced import curved_in
from capexmodel.planner.search import Found, Given, settled, straight, summed
from capexmodel.planning.objective import TimeToModel
from capexmodel.planning.problem import Form, Problem
from capexmodel.planning.scale import Sizes
from capexmodel.solvers.base import NonlinearProgram, Solution
from capexmodel.solvers.interior_point import InteriorPoint
from capexmodel.solvers.kept import blank, kept
from capexmodel.solvers.minimize import minimize
from capexmodel.solvers.structure import Piece, Pieced, Through

BARRIER = 0.1
"""First barrier parameter of a step from scratch, in natural units."""
LONGEST = 3.0
"""Horizons at which a date is cut off: what is later than that is as bad whatever the plan, and has no slope."""


class Futures(eqx.Module):
    """Some scenarios side by side: the numbers in which they differ from the one planned for, and the pace of runs in each."""

    leaves: tuple[Leaf, ...] = eqx.field(static=True)
    aim: TimeToModel
    numbers: Float[Array, "future leaf"]
    pace: Pace


def futures(scenario: Scenario, aim: TimeToModel, where: tuple[Leaf, ...], numbers: Float[Array, "future leaf"]) -> Futures:
    """Work out the pace of runs in each future: no order moves it. `aim` says whose date counts."""
    return Futures(where, aim, numbers, _paces(scenario, numbers, where))


@kept(like=lambda *args: blank(Pace))
def _paces(scenario: Scenario, numbers: Array, where: tuple[Leaf, ...]) -> Pace:
    return jax.vmap(lambda row: pace(write(scenario, where, row)))(numbers)


class Goal(eqx.Module):
    """What is wanted, in natural units: the worst share of futures that is looked at, what a unit of their mean date beyond a bound costs,
    and what a dollar of present cost does. Without a bound the date itself is minimized."""

    worst: Float[Array, ""]
    bound: Float[Array, ""]
    time_weight: Float[Array, ""]
    usd_weight: Float[Array, ""]


class Near(eqx.Module):
    """What a step knows: the problem's numbers, the goal, and straight lines below each future's date, as its value where orders are none
    and its slopes: that of the plan at hand first, then those of plans looked at before."""

    given: Given
    goal: Goal
    level: Float[Array, "line future"]
    slope: Float[Array, "line future n"]

    @property
    def sizes(self) -> tuple[int, int]:
        """How many choices there are, and how many futures."""
        return self.slope.shape[2], self.slope.shape[1]


class Spent(eqx.Module):
    """What a step minimizes, of the sums of its orders and of how far beyond the bound the worst futures are."""

    form: Form = eqx.field(static=True)

    def __call__(self, sums: Array, near: Near) -> Array:
        """Natural units."""
        seen = gist(near.given.scenario, near.given.linear.pace, sums[:-1])
        return near.goal.time_weight * sums[-1] + near.goal.usd_weight * seen.present_usd()


class Limits(eqx.Module):
    """The curved limits of the scenario as it stands."""

    form: Form = eqx.field(static=True)

    def __call__(self, sums: Array, near: Near) -> Array:
        """Slacks in natural units."""
        given = near.given
        return self.form.curved(gist(given.scenario, given.linear.pace, sums), given.size)[given.chart.curved_rows]


def _sums(z: Array, near: Near) -> Array:
    return summed(z[: near.sizes[0]], near.given)


def _sums_and_excess(z: Array, near: Near) -> Array:
    n = near.sizes[0]
    return jnp.concatenate([summed(z[:n], near.given), z[n : n + 1]])


def _ridge(near: Near) -> Array:
    return settled(near.given) * near.goal.time_weight


def _rows(z: Array, near: Near) -> Array:
    """The affine limits; each future's date is at most the quantile and its own excess; the mean beyond is at most the bound and `z[n]`."""
    n, count = near.sizes
    x, over, quantile, excess = z[:n], z[n], z[n + 1], z[n + 2 :]
    late = near.level + near.slope @ x
    mean = quantile + jnp.sum(excess) / (near.goal.worst * count)
    return jnp.concatenate([straight(x, near.given), jnp.ravel((quantile + excess)[None] - late), (over + near.goal.bound - mean)[None]])


def _program(found: Found, lines: int, count: int, bounds: tuple[np.ndarray, np.ndarray]) -> NonlinearProgram:
    """A step as a solver sees it."""
    reduced = found.reduced
    n, rows = reduced.chart.free.size, reduced.chart.affine_rows.size

    def piece(first: int, many: int, columns: np.ndarray) -> Piece:
        return Piece(jnp.asarray(np.arange(first, first + many), int), jnp.asarray(columns, int))

    own = np.arange(n, n + 2 + count)
    pieces = (*reduced.fronts[0], piece(rows, lines * count, np.arange(n + 2 + count)), piece(rows + lines * count, 1, own))
    return NonlinearProgram(
        objective=Through(Spent(found.form), _sums_and_excess, _ridge, curved_in(reduced.linear, 1)),
        inequality=Through(Limits(found.form), _sums),
        affine=Pieced(_rows, pieces),
        lower=jnp.asarray(bounds[0], float),
        upper=jnp.asarray(bounds[1], float),
        row_counts=(reduced.chart.curved_rows.size, rows + lines * count + 1, 0),
    )


def step(found: Found, near: Near, at: np.ndarray, radius: float, bounded: bool) -> Solution:
    """The best orders within a distance of a plan, by straight lines; `x` begins with them. What is not its problem's to choose is not
    moved."""
    lines, count, _ = near.slope.shape
    worst, bound = float(near.goal.worst), float(near.goal.bound)
    lower = np.concatenate([np.maximum(at - radius, 0.0), [0.0 if bounded else -np.inf, -np.inf], np.zeros(count)])
    upper = np.concatenate([np.where(found.reduced.open, at + radius, 0.0), np.full(2 + count, np.inf)])
    date = np.max(np.asarray(near.level + near.slope @ jnp.asarray(at)), axis=0)
    quantile = float(np.quantile(date, 1.0 - worst))
    excess = np.maximum(date - quantile, 0.0) + 1.0
    over = quantile + float(np.sum(excess)) / (worst * count) - bound + 1.0
    start = np.concatenate([at, [max(over, 1.0) if bounded else over, quantile], excess])
    left = _program(found, lines, count, (lower, upper))
    return minimize(left, start, near, InteriorPoint(cold_barrier=BARRIER), certified=False)


@kept(like=lambda *args: 0.0)
def present_usd(x: Float[Array, "n"], given: Given) -> Array:
    """Present cost of all accounts of a plan, in the scenario as it stands."""
    return gist(given.scenario, given.linear.pace, summed(x, given)).present_usd()


def balances_of(problem: Problem) -> tuple[str, ...]:
    """Which needs of a chip a problem looks at."""
    return tuple(q for q in NEEDS if any(limit.name == q for limit in problem.limits))


def look(found: Found, ahead: Futures, x: Float[Array, "n"]) -> tuple[np.ndarray, np.ndarray]:
    """Each future's date of an aim in natural units with a plan, and its slopes in the free vector."""
    date, slope = _looked(x, found.problem.scenario, found.reduced.chart, found.size, ahead, balances_of(found.problem))
    return np.asarray(date), np.asarray(slope)


@kept(like=lambda *args: (0.0, 0.0))
def _looked(x: Array, scenario: Scenario, chart: Chart, size: Sizes, ahead: Futures, balances: tuple[str, ...]) -> tuple[Array, Array]:
    longest = LONGEST * scenario.calendar.horizon_s

    def one(point: Array, numbers: Array, own: Pace) -> Array:
        allocation = express(scenario, chart.choice(point, scenario).orders, balances)
        there = write(scenario, ahead.leaves, numbers)
        date_s = simulate(there, allocation, balances, own).training.date_s
        return ahead.aim.weights(there) @ jnp.minimum(date_s, longest) / size.s

    return jax.vmap(jax.value_and_grad(one), in_axes=(None, 0, 0))(x, ahead.numbers, ahead.pace)
