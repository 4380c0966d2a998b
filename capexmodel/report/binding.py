"""Which limit binds where and when, and how much room each one leaves, as lines of text and as rows."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from capexmodel import units
from capexmodel.errors import ModelError
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.planning.choice import Choice, View, view
from capexmodel.planning.constraint import AbstractAffine, AbstractConstraint, AbstractCurved
from capexmodel.planning.limits import LIMITS
from capexmodel.planning.plan import Plan
from capexmodel.planning.scale import sizes
from capexmodel.report.prices import STEPS, aim_unit
from capexmodel.report.rows import Row
from capexmodel.report.text import heading, paragraph, show, significant, size, table

CLOCKS = ("edge", "period", "decision", "year")
"""Axes that are time."""
LITTLE = 0.01
"""Worth of a natural step of a limit, in the unit in which the aim is read, below which the page leaves the limit out."""
MOST_SPANS = 2
"""Spans of time that the page names for one limit at one place; `explain` names them all."""
BLOCK = 6
"""Limits set side by side in one table of slack."""


def time_labels(scenario: Scenario, axis: str) -> tuple[str, ...]:
    """Name the places of a time axis as people read them: an edge by the period that ends there, the first one by the as-of date."""
    calendar = scenario.calendar
    edges = (calendar.as_of, *calendar.periods)
    return {"edge": edges, "period": calendar.periods, "decision": calendar.decisions, "year": calendar.years}[axis]


def timeline(plan: Plan, most: int = MOST_SPANS) -> list[str]:
    """Say of each limit at each place in which spans of time it binds, and what it would be worth to have more of it all that time."""
    rows, minor, natural = [], 0, eqx.filter_jit(sizes)(plan.problem.scenario)
    aim_size, aim = aim_unit(plan)
    for constraint in plan.problem.limits:
        for place, spans, first, price in _bound(plan, constraint, most):
            if price * float(constraint.size(natural)) < LITTLE * aim_size:
                minor += 1
                continue
            name, step = STEPS[units.dimension(constraint.unit)]
            worth = f"{significant(price * size(name) / aim_size)} {aim}/{step}"
            rows.append((first, [constraint.name, place, spans, worth]))
    rows.sort(key=lambda row: row[0])
    lines = heading("which limit binds when", "in order of time; worth: more of it by one unit all that time")
    lines += table(["limit", "where", "when", "worth"], [row for _, row in rows], left=3) if rows else ["  none"]
    return lines + (paragraph(f"and {minor} more at which a natural step is worth less than {LITTLE:g} {aim}") if minor else [])


def _bound(plan: Plan, constraint: AbstractConstraint, most: int) -> list[tuple[str, str, float, float]]:
    """Group a limit's binding rows by place: the place, the spans of time, the first instant and the sum of prices."""
    scenario = plan.problem.scenario
    labels = constraint.labels(scenario)
    clock = next((k for k, axis in enumerate(constraint.axes) if axis in CLOCKS), None)
    groups: dict[str, list[tuple[int, float]]] = {}
    for row in plan.binding:
        if row.constraint == constraint.name and len(row.place) == len(labels):
            where = " ".join(word for k, word in enumerate(row.place) if k != clock)
            when = 0 if clock is None else labels[clock].index(row.place[clock])
            groups.setdefault(where, []).append((when, row.price))
    found = []
    for where, hits in groups.items():
        steps = sorted(when for when, _ in hits)
        spans = "" if clock is None else _spans(time_labels(scenario, constraint.axes[clock]), steps, most)
        first = 0.0 if clock is None else steps[0] / max(len(labels[clock]), 1)
        found.append((where, spans, first, sum(price for _, price in hits)))
    return found


def _spans(labels: tuple[str, ...], steps: list[int], most: int) -> str:
    """Write places on a time axis as spans: "2026-03..2026-12, 2028Q1"."""
    runs: list[list[int]] = []
    for step in steps:
        if runs and step <= runs[-1][1] + 1:
            runs[-1][1] = step
        else:
            runs.append([step, step])
    said = [labels[a] if a == b else f"{labels[a]}..{labels[b]}" for a, b in runs]
    return ", ".join([*said[:most], "..."] if len(said) > most else said)


def slacks(scenario: Scenario, outcome: Outcome, limits: tuple[AbstractConstraint, ...] = LIMITS) -> dict[str, np.ndarray]:
    """Work out what each limit leaves at every place, in its own unit; negative where the allocation breaks it."""
    values = _slacks(scenario, outcome, limits)
    return {limit.name: np.asarray(value) for limit, value in zip(limits, values, strict=True)}


@eqx.filter_jit
def _slacks(scenario: Scenario, outcome: Outcome, limits: tuple[AbstractConstraint, ...]) -> list[jax.Array]:
    end_s = jnp.maximum(outcome.training.run_end_s, outcome.training.research_end_s)
    seen = view(scenario, Choice(outcome.orders, end_s))
    return [_room(limit, seen) for limit in limits]


def _room(limit: AbstractConstraint, seen: View) -> jax.Array:
    """Ask a limit in the form it looks at."""
    if isinstance(limit, AbstractCurved):
        return limit.slack(seen.gist())
    if isinstance(limit, AbstractAffine):
        return limit.slack(seen)
    raise ModelError(f"the limit '{limit.name}' is neither affine nor curved: derive it from one of the two")


def slack_rows(scenario: Scenario, outcome: Outcome, limits: tuple[AbstractConstraint, ...] = LIMITS) -> list[Row]:
    """List the slack of every limit at every place: limit, where, period, slack and its unit."""
    rows = []
    for limit, value in zip(limits, slacks(scenario, outcome, limits).values(), strict=True):
        for index in np.ndindex(value.shape):
            where, period = _place(scenario, limit, index)
            rows.append({"limit": limit.name, "where": where, "period": period, "slack": float(value[index]), "unit": limit.unit})
    return rows


def _place(scenario: Scenario, limit: AbstractConstraint, index: tuple[int, ...]) -> tuple[str, str | None]:
    where, period = [], None
    for axis, names, i in zip(limit.axes, limit.labels(scenario), index, strict=True):
        if axis in CLOCKS:
            period = time_labels(scenario, axis)[i]
        else:
            where.append(names[i])
    return " ".join(where), period


def least_slack(scenario: Scenario, outcome: Outcome, limits: tuple[AbstractConstraint, ...]) -> list[str]:
    """Set the least slack of each limit over its places by period; by order or by year, where the interval begins."""
    lines = heading("room left", "least slack of each limit over its places, by period")
    found = slacks(scenario, outcome, limits)
    columns = [(limit, _by_period(scenario, limit, found[limit.name])) for limit in limits if set(limit.axes) & set(CLOCKS)]
    for start in range(0, len(columns), BLOCK):
        block = columns[start : start + BLOCK]
        body = [[period, *(texts[p] for _, texts in block)] for p, period in enumerate(scenario.calendar.periods)]
        lines += [*table(["period", *(limit.name for limit, _ in block)], body), ""]
    return lines[:-1] if columns else lines


def _by_period(scenario: Scenario, limit: AbstractConstraint, value: np.ndarray) -> list[str]:
    """Write a limit's least slack at each period."""
    clock = next(k for k, axis in enumerate(limit.axes) if axis in CLOCKS)
    least = np.min(np.moveaxis(value, clock, 0).reshape(value.shape[clock], -1), axis=1, initial=np.inf)
    edges_s = np.asarray(scenario.calendar.period_edges_s)
    if limit.axes[clock] in ("edge", "period"):
        at: dict[int, float] = dict(enumerate(least[-(len(edges_s) - 1) :]))
    else:
        grid_s = scenario.calendar.decision_edges_s if limit.axes[clock] == "decision" else scenario.calendar.year_edges_s
        at = {int(np.argmin(np.abs(edges_s[:-1] - float(start)))): x for start, x in zip(grid_s[:-1], least, strict=True)}
    return [_slack(at[p], limit.unit) if p in at else "" for p in range(len(edges_s) - 1)]


def _slack(value: float, unit: str) -> str:
    return show(value, unit) if np.isfinite(value) else "-"


def broken(scenario: Scenario, outcome: Outcome, limits: tuple[AbstractConstraint, ...], sizes: Any, tolerance: float) -> list[str]:
    """Name each limit that an allocation breaks by more than a tolerance in natural units, and where it does so most."""
    rows = []
    for limit, value in zip(limits, slacks(scenario, outcome, limits).values(), strict=True):
        if value.size and np.min(value) < -tolerance * float(limit.size(sizes)):
            index = np.unravel_index(int(np.argmin(value)), value.shape)
            where, period = _place(scenario, limit, tuple(int(i) for i in index))
            rows.append([limit.name, show(-float(value[index]), limit.unit), where, period or ""])
    lines = heading("limits this allocation breaks")
    return lines + (table(["limit", "short by", "where", "when"], rows, left=4) if rows else ["  none"])
