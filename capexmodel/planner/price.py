"""What limits are worth: shadow prices by the envelope theorem, and the range in which they hold by re-solving."""

import dataclasses
from collections.abc import Callable

import numpy as np

from capexmodel.model.leaves import Leaf, leaves
from capexmodel.planner.again import Solved, solve_again
from capexmodel.planner.judge import Verdict
from capexmodel.planner.search import Found
from capexmodel.planning.constraint import AbstractAffine, AbstractCurved
from capexmodel.planning.plan import Binding, ShadowPrice
from capexmodel.planning.problem import Problem
from capexmodel.planning.scale import Sizes
from capexmodel.units import scale

NOTEWORTHY = 1e-6
"""Natural units of the aim per natural step of a leaf below which a price counts as zero."""
RANGED = 2
"""Shadow prices whose range is found by re-solving, besides that of the first year's envelope: each takes two solves."""
TRIAL = 0.2
"""Natural units by which a leaf is changed to see whether its price holds: about a billion dollars, or 50 MW, in `meta_2026`."""
AGREES = 0.1
"""Relative difference between a shadow price and the slope of a re-solve within which the price still holds."""


def levers(problem: Problem) -> dict[tuple[str, str], str | None]:
    """Fields somebody can move, with the constraint behind each; the slip of a site moves several at once."""
    fields: dict[tuple[str, str], str | None] = {("site", "slip_s"): None, ("site", "power_slip_s"): None}
    for constraint in problem.limits:
        for lever in constraint.levers:
            table, field = lever.split(".")
            fields[table, field] = constraint.name
    return fields


def shadow_prices(problem: Problem, found: Found, worthy: list[tuple[Leaf, float]], solved: Solved) -> tuple[ShadowPrice, ...]:
    """Prices of the limits that are worth something, in their own units, with a range where they were re-solved."""
    fields, aim = levers(problem), float(problem.minimize.size(found.size))
    answer = []
    for leaf, slope in worthy:
        unit, base = f"{problem.minimize.unit}/{leaf_unit(leaf)}", float(leaf.read(problem.scenario))
        price = ShadowPrice(leaf.path, fields[leaf.table, leaf.field], slope * aim, unit, base)
        low, high = validity(problem, found, leaf, price, solved)
        answer.append(dataclasses.replace(price, low=low, high=high))
    return tuple(answer)


def priced(problem: Problem, verdict: Verdict, size: Sizes) -> list[tuple[Leaf, float]]:
    """The leaves somebody can move that are worth something, dearest first, each with the slope of the cost in natural units."""
    fields, rows = levers(problem), []
    for leaf in leaves(problem.scenario):
        if (leaf.table, leaf.field) in fields:
            slope = float(leaf.read(verdict.gradient))
            rows.append((abs(slope) * step(problem, size, leaf), leaf, slope))
    return [(leaf, slope) for worth, leaf, slope in sorted(rows, key=lambda row: -row[0]) if worth > NOTEWORTHY]


def explore(problem: Problem, found: Found, worthy: list[tuple[Leaf, float]], ranges: bool, progress: Callable[[str], None]) -> Solved:
    """Re-solve one trial either way from the first shadow prices and from the first year's money; or, without ranges, with more money
    only."""
    money = leaf_of_money(problem)
    chosen = [leaf for leaf, _ in worthy[:RANGED] if leaf != money] if ranges else []
    down = {leaf.path for leaf, _ in worthy} if ranges else set()
    trials = [(leaf, sign) for leaf in (money, *chosen) for sign in (1.0, -1.0) if sign > 0 or leaf.path in down]
    return solve_again(problem, found, [(leaf, tried(problem, found, leaf, sign)) for leaf, sign in trials], progress)


def leaf_of_money(problem: Problem) -> Leaf:
    """The high end of the first fiscal year's envelope."""
    return next(leaf for leaf in leaves(problem.scenario) if leaf.table == "envelope" and leaf.field == "high_usd")


def leaf_unit(leaf: Leaf) -> str:
    """The unit of a leaf, from its name: everything after the quantity."""
    words = leaf.field.split("_")
    known = ("usd", "w", "count", "eflops", "eflop", "s", "kg", "j")
    if "per" in words:
        top, bottom = words[words.index("per") - 1], words[words.index("per") + 1]
        return f"{top if top in known else 1}_per_{bottom}"
    return words[-1] if words[-1] in known else "1"


def step(problem: Problem, size: Sizes, leaf: Leaf) -> float:
    """A change of a leaf worth talking about: one natural unit, or a tenth of a rate or share."""
    unit = leaf_unit(leaf)
    natural = getattr(size, unit, None)
    return float(natural) if natural is not None else 0.1 * abs(float(leaf.read(problem.scenario))) or 0.1


def tried(problem: Problem, found: Found, leaf: Leaf, sign: float) -> float:
    """The value of a leaf that re-solving tries on one side."""
    return float(leaf.read(problem.scenario)) + sign * TRIAL * step(problem, found.size, leaf)


def validity(problem: Problem, found: Found, leaf: Leaf, price: ShadowPrice, solved: Solved) -> tuple[float, float] | tuple[None, None]:
    """Range, one trial either way, in which re-solving agrees with the price, the base itself where it does not; None if never tried."""
    aim, ends = float(problem.minimize.size(found.size)), []
    for sign in (-1.0, 1.0):
        value = tried(problem, found, leaf, sign)
        if (leaf.path, value) not in solved:
            return None, None
        other = solved[leaf.path, value]
        slope = (other.value - found.value) * aim / (value - price.base) if other is not None else np.inf
        ends.append(value if abs(slope - price.value) <= AGREES * abs(price.value) else price.base)
    return ends[0], ends[1]


def dollar_days(problem: Problem, found: Found, solved: Solved) -> dict[str, float]:
    """Days by which each job's own date moves for $1B more in the first fiscal year, by re-solving one trial richer."""
    leaf = leaf_of_money(problem)
    richer = tried(problem, found, leaf, 1.0)
    other = solved[leaf.path, richer]
    if other is None:
        return {}
    billions = (richer - float(leaf.read(problem.scenario))) / float(scale("busd"))
    moved = (np.asarray(other.choice.end_s) - np.asarray(found.choice.end_s)) / float(scale("days")) / billions
    names = problem.scenario.job.names
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
