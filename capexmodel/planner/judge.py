"""Judges a plan: recomputes its optimality conditions from the model itself, and prices every number of the scenario on the way.

Shares nothing with the solver but the problem: one reverse sweep of the Lagrangian over all choices and all given numbers gives the
stationarity residual and, by the envelope theorem, the derivative of the best value with respect to every leaf.
"""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from capexmodel.model.allocation import Orders
from capexmodel.model.pace import Pace
from capexmodel.model.scenario import Scenario
from capexmodel.planner import speed
from capexmodel.planner.chart import Chart
from capexmodel.planning.choice import Choice, view
from capexmodel.planning.problem import Form
from capexmodel.planning.scale import Sizes
from capexmodel.solvers.kept import blank, kept


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Residuals in natural units, slacks of every row, the aim in its own unit, orders and dates, and the gradient of the best value in
    every given number. Residuals are not scaled by prices, so that no price can make them small."""

    stationarity: float
    primal: float
    dual_sign: float
    complementarity: float
    strictness: float
    affine: np.ndarray
    curved: np.ndarray
    aim: float
    choice: Choice
    gradient: Scenario

    @property
    def kkt_error(self) -> float:
        """The worst of the four."""
        return float(np.max([self.stationarity, self.primal, self.dual_sign, self.complementarity]))  # no number counts as the worst


class Prices(eqx.Module):
    """Multipliers of all rows of a problem (zero where a row was left out), in natural units."""

    affine: Float[Array, "affine_row"]
    curved: Float[Array, "curved_row"]


def _swept(x: Array, prices: Prices, scenario: Scenario, *rest: Any) -> Any:
    """Something shaped as what `_sweep` gives."""
    return (x, (x, x, x, Choice(blank(Orders), x))), (x, scenario, blank(Pace))


@kept(like=_swept)
def _sweep(x: Array, prices: Prices, scenario: Scenario, runs: Pace, size: Sizes, form: Form, chart: Chart) -> Any:
    """The aim, slacks, and the gradients of the Lagrangian in the choices, in the scenario and in the pace of its runs."""

    def lagrangian(point: Array, given: Scenario, at: Pace) -> tuple[Array, tuple[Array, Array, Array, Choice]]:
        choice = chart.choice(point, given)
        seen = view(given, choice, at)
        brief = seen.gist()
        affine, curved = form.affine(seen, size), form.curved(brief, size)
        cost = form.cost(brief, size) + ridge_weight(given, size) * (point @ point)
        return cost - prices.affine @ affine - prices.curved @ curved, (form.objective.aim(brief), affine, curved, choice)

    return jax.value_and_grad(lagrangian, argnums=(0, 1, 2), has_aux=True)(x, scenario, runs)


def make_ready(x: Array, prices: Prices, scenario: Scenario, size: Sizes, form: Form, chart: Chart) -> None:
    """Have the sweep over a problem like this compiled, or fetched, while something else is computed."""
    _sweep.ahead(x, prices, scenario, speed.paced(scenario), size, form, chart)
    speed.make_ready(scenario)


def ridge_weight(scenario: Scenario, size: Sizes) -> Float[Array, ""]:
    """Weight of the preference for the smaller of equal plans, by which x'x is added to the cost, in natural units of time."""
    return scenario.preference.ridge_s / size.s


def judge(
    x: Array, prices: Prices, lower: Array, scenario: Scenario, size: Sizes, form: Form, chart: Chart, fixed: np.ndarray | None = None
) -> Verdict:
    """Recompute every residual of a point and its prices. `lower` are the multipliers of x >= 0; what is `fixed` has none to justify."""
    (_, (aim, affine, curved, choice)), (slope, straight, through) = _sweep(x, prices, scenario, speed.paced(scenario), size, form, chart)
    gradient = speed.traced_back(scenario, straight, through)
    slack = np.concatenate([np.asarray(affine), np.asarray(curved)[np.asarray(chart.curved_rows)]])
    multiplier = np.concatenate([np.asarray(prices.affine), np.asarray(prices.curved)[np.asarray(chart.curved_rows)]])
    point, bound = np.asarray(x), np.asarray(lower)
    left = np.ones(point.size, bool) if fixed is None else ~fixed
    bound = np.where(left, bound, 0.0)
    pairs = np.concatenate([np.maximum(slack, 0.0) * multiplier, np.maximum(point, 0.0) * bound])
    margin = np.concatenate([np.maximum(slack, multiplier)[multiplier > 0], np.maximum(point, bound)[left]])
    return Verdict(
        stationarity=float(np.max(np.abs(np.asarray(slope) - bound), where=left, initial=0.0)),
        primal=float(max(np.max(-slack, initial=0.0), np.max(-point, initial=0.0))),
        dual_sign=float(max(np.max(-multiplier, initial=0.0), np.max(-bound, initial=0.0))),
        complementarity=float(np.max(np.abs(pairs), initial=0.0)),
        strictness=float(np.min(margin, initial=np.inf)),
        affine=np.asarray(affine),
        curved=np.asarray(curved),
        aim=float(aim),
        choice=choice,
        gradient=jax.tree.map(np.asarray, gradient),
    )
