"""What limits are worth: shadow prices by the envelope theorem, the range in which they hold by re-solving, and swings of open figures."""

import dataclasses
from collections.abc import Callable

import numpy as np

from capexmodel.model.evidence import Figure
from capexmodel.model.leaves import Leaf, leaves
from capexmodel.planning.constraint import AbstractAffine, AbstractCurved
from capexmodel.planning.plan import Binding, ShadowPrice, Swing
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Status
from capexmodel.solvers.search import Found, research
from capexmodel.units import scale

NOTEWORTHY = 1e-6
"""Natural units of the aim per natural step of a leaf below which a price counts as zero."""
RANGED = 3
"""Shadow prices whose range is found by re-solving, besides that of the first year's envelope: each takes two to four solves."""
AGREES = 0.1
"""Relative difference between a shadow price and the slope of a re-solve within which the price still holds."""
SLACK = 1e-6
"""Natural units of violation a re-solve may have."""
OPEN = ("scenario", "recalled")
"""Statuses of figures that the world does not disclose, or that nobody has checked."""

Solved = dict[tuple[str, float], Found | None]
"""Re-solves of one plan, by the path of the leaf that was changed and its new value."""


def levers(problem: Problem) -> dict[tuple[str, str], str | None]:
    """Fields somebody can move, with the constraint behind each; the slip of a site moves several at once."""
    fields: dict[tuple[str, str], str | None] = {("site", "slip_s"): None}
    for constraint in problem.limits:
        for lever in constraint.levers:
            table, field = lever.split(".")
            fields[table, field] = constraint.name
    return fields


def shadow_prices(
    problem: Problem, found: Found, *, ranges: bool, progress: Callable[[str], None], solved: Solved | None = None
) -> tuple[ShadowPrice, ...]:
    """Price every limit that somebody can move, dearest first; find the range of the first few by re-solving."""
    fields, aim = levers(problem), float(problem.minimize.size(found.size))
    priced: list[tuple[float, Leaf, ShadowPrice]] = []
    for leaf in leaves(problem.scenario):
        if (leaf.table, leaf.field) not in fields:
            continue
        slope, base = float(leaf.read(found.verdict.gradient)) * aim, float(leaf.read(problem.scenario))
        worth = abs(slope) * step(problem, found, leaf) / aim
        if worth > NOTEWORTHY:
            unit = f"{problem.minimize.unit}/{leaf_unit(leaf)}"
            priced.append((worth, leaf, ShadowPrice(leaf.path, fields[leaf.table, leaf.field], slope, unit, base)))
    priced.sort(key=lambda row: -row[0])
    first = leaf_of_money(problem)
    chosen = {row for row, (_, leaf, _) in enumerate(priced) if leaf == first} | set(range(RANGED)) if ranges else set()
    answer = []
    for row, (_, leaf, price) in enumerate(priced):
        if row in chosen:
            progress(f"finding the range of {leaf.path}")
            low, high = validity(problem, found, leaf, price, solved)
            price = dataclasses.replace(price, low=low, high=high)
        answer.append(price)
    return tuple(answer)


def leaf_of_money(problem: Problem) -> Leaf:
    """The high end of the first fiscal year's envelope."""
    return next(leaf for leaf in leaves(problem.scenario) if leaf.table == "envelope" and leaf.field == "high_usd")


def leaf_unit(leaf: Leaf) -> str:
    """The unit of a leaf, from its name: everything after the quantity."""
    words = leaf.field.split("_")
    known = ("usd", "w", "count", "eflops", "eflop", "s")
    if "per" in words:
        top, bottom = words[words.index("per") - 1], words[words.index("per") + 1]
        return f"{top if top in known else 1}_per_{bottom}"
    return words[-1] if words[-1] in known else "1"


def step(problem: Problem, found: Found, leaf: Leaf) -> float:
    """A change of a leaf worth talking about: one natural unit, or a tenth of a rate or share."""
    unit = leaf_unit(leaf)
    size = getattr(found.size, unit, None)
    return float(size) if size is not None else 0.1 * abs(float(leaf.read(problem.scenario))) or 0.1


def validity(problem: Problem, found: Found, leaf: Leaf, price: ShadowPrice, solved: Solved | None = None) -> tuple[float, float]:
    """Widest range, up to one step either way, in which re-solving agrees with the price; the base itself where it does not."""
    aim = float(problem.minimize.size(found.size))
    ends = []
    for sign in (-1.0, 1.0):
        width, end = step(problem, found, leaf), price.base
        for _ in range(2):
            other = resolve(problem, found, leaf, price.base + sign * width, solved)
            slope = (other.value - found.value) * aim / (sign * width) if other is not None else np.inf
            if abs(slope - price.value) <= AGREES * abs(price.value):
                end = price.base + sign * width
                break
            width /= 5.0
        ends.append(end)
    return ends[0], ends[1]


def resolve(problem: Problem, found: Found, leaf: Leaf, value: float, solved: Solved | None = None) -> Found | None:
    """Solve again with one number changed, from the plan at hand; None where that fails or no plan exists. What is in `solved` is not
    solved twice."""
    if solved is not None and (leaf.path, value) in solved:
        return solved[leaf.path, value]
    other = research(dataclasses.replace(problem, scenario=leaf.write(problem.scenario, value)), found)
    good = int(other.solution.status) in (Status.OPTIMAL, Status.FEASIBLE_NOT_PROVEN)
    answer = other if good and other.verdict.primal <= SLACK else None
    if solved is not None:
        solved[leaf.path, value] = answer
    return answer


def dollar_days(problem: Problem, found: Found, solved: Solved | None = None) -> dict[str, float]:
    """Days by which each job's own date moves for $1B more in the first fiscal year, by re-solving one natural unit richer."""
    names = problem.scenario.job.names
    leaf = leaf_of_money(problem)
    dollars = float(found.size.usd)
    other = resolve(problem, found, leaf, float(leaf.read(problem.scenario)) + dollars, solved)
    if other is None:
        return {}
    moved = (np.asarray(other.choice.end_s) - np.asarray(found.choice.end_s)) / dollars * float(scale("busd") / scale("days"))
    return {name: float(m) for name, m, timed in zip(names, moved, found.form.timed, strict=True) if timed}


def bindings(problem: Problem, found: Found) -> tuple[Binding, ...]:
    """Every row that binds, with its slack in its own unit and its price in the aim's unit per unit."""
    aim = float(problem.minimize.size(found.size))
    rows = []
    for kind, slacks, prices in (
        (AbstractAffine, found.verdict.affine, found.prices.affine),
        (AbstractCurved, found.verdict.curved, found.prices.curved),
    ):
        for slack, price, (constraint, place) in zip(slacks, np.asarray(prices), found.form.rows(problem.scenario, kind), strict=True):
            if price > max(slack, NOTEWORTHY):
                size = float(constraint.size(found.size))
                rows.append(Binding(constraint.name, place, constraint.unit, float(slack) * size, float(price) * aim / size))
    return tuple(rows)


def swings(problem: Problem, found: Found, progress: Callable[[str], None]) -> tuple[Swing, ...]:
    """Re-optimize at both ends of every open figure that has a range and matters, widest swing first."""
    aim = float(problem.minimize.size(found.size))
    by_path = {leaf.path: leaf for leaf in leaves(problem.scenario)}
    rows = []
    for figure in open_figures(problem):
        leaf = by_path[figure.path]
        if (
            figure.low is None
            or figure.high is None
            or abs(float(leaf.read(found.verdict.gradient))) * (figure.high - figure.low) <= NOTEWORTHY
        ):
            continue
        progress(f"swing of {figure.path}")
        ends = [resolve(problem, found, leaf, value) for value in (figure.low, figure.high)]
        low, high = (None if end is None else (end.value - found.value) * aim for end in ends)
        rows.append(Swing(figure.path, figure.status, figure.low, figure.high, low, high))
    return tuple(sorted(rows, key=lambda s: -max(abs(s.at_low or 0.0), abs(s.at_high or 0.0))))


def open_figures(problem: Problem) -> list[Figure]:
    """Figures of a scenario that the world does not disclose."""
    return [figure for status in OPEN for figure in problem.scenario.evidence.with_status(status)]
