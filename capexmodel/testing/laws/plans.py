"""Laws of the best plan: it is proven, it stays, more is never worse, money has no unit, plenty is worth nothing."""

import dataclasses
import functools
from collections.abc import Callable, Sequence

import numpy as np

from capexmodel import units
from capexmodel.planner.deals import TOLERANCE
from capexmodel.planner.price import NOTEWORTHY
from capexmodel.planner.search import Found
from capexmodel.solvers.base import Status
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Cases, Place
from capexmodel.testing.change import changed, scaled
from capexmodel.testing.law import Kind, Law, Verdict, law
from capexmodel.testing.plans import cost
from capexmodel.testing.readings import Readings

SOLVED_DAYS = 1e-3
TASTE_DAYS = 0.05
WHY = "each solve is proven to a millionth of a natural unit of time, about a month"
TASTE = "of equal plans the cheaper is sought, and other ends take more of a larger envelope"
NO_PLAN = "where there is no plan, or other choices are open than in the scenario"
DAY_S = 86400.0
SAME = 1e-6
"""Relative difference of two solves of one problem in other units."""
CENTS, PLENTY = 1000.0, 30.0

Change = Callable[[Cases], Cases]


def _beside(size: float, place: Place) -> Change:
    return lambda cases: scaled(cases, place, 1.0 + size * (0.2 + 0.8 * cases.chance))


def _sooner(cases: Cases) -> Cases:
    return changed(cases, ("site", "slip_s"), lambda slip: slip - 60.0 * DAY_S * cases.chance[:, None])


def _closed(cases: Cases) -> Cases:
    """Almost no hall can be begun at one of the sites where any can, drawn by the example."""

    def cut(starts: np.ndarray) -> np.ndarray:
        new = starts.copy()
        for row, chance in enumerate(cases.chance):
            some = np.flatnonzero(starts[row])
            if some.size:
                new[row, some[int(chance * some.size)]] *= 1e-3
        return new

    return changed(cases, ("site", "hall_starts_w_per_s"), cut)


WORSE: dict[str, tuple[str, Change]] = {
    "dearer chips": ("L10", _beside(0.15, ("accelerator", "price_usd"))),
    "hungrier chips": ("L10", _beside(0.1, ("accelerator", "it_power_w"))),
    "a site less": ("L14", _closed),
    "fewer people": ("L15", _beside(-0.2, ("staff", "hiring_per_s"))),
    "less to buy": ("L15", _beside(-0.2, ("supply", "offered_count_per_s"))),
}
BETTER: dict[str, tuple[str, Change]] = {
    "faster chips": ("L11", _beside(0.05, ("accelerator", "peak_eflops"))),
    "more money": ("L12", _beside(0.1, ("envelope", "high_usd"))),
    "sooner halls and power": ("L13", _sooner),
}


def _ordered(change: Change, sign: float, tolerance: float, bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """What is easier never has a worse plan, nor none: the gap of what was minimized, in tolerances."""
    after = change(cases)
    moved = np.any([_differs(after.numbers[place], cases.numbers[place]) for place in cases.numbers], axis=0)
    plans, others = bench.plans.of(cases), bench.plans.of(after)
    easier, harder = (others, plans) if sign > 0 else (plans, others)
    found = told([_over(e, h, tolerance) for e, h in zip(easier, harder, strict=True)])
    return dataclasses.replace(found, applies=found.applies & moved)


def _differs(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of each example, whether any number differs."""
    return (one != other).reshape(len(one), -1).any(axis=1)


def _over(easier: Found | None, harder: Found | None, tolerance: float) -> float | None:
    if harder is None:
        return None
    return np.inf if easier is None else (cost(easier) - cost(harder)) / tolerance


def told(excess: Sequence[float | None]) -> Verdict:
    """A verdict of what may be off."""
    return Verdict(np.asarray([0.0 if one is None else one for one in excess], float), np.asarray([one is not None for one in excess]))


def _orders() -> tuple[Law, ...]:
    found = []
    for table, sign in ((WORSE, -1.0), (BETTER, 1.0)):
        for name, (identity, change) in table.items():
            taste = name == "more money"
            tolerance, reason = (TASTE_DAYS, TASTE) if taste else (SOLVED_DAYS, WHY)
            said = f"{name} {'never make a plan better' if sign < 0 else 'never make a plan worse'}"
            made = law(identity, f"plan: {name}", said, tolerance, f"days; {reason}", Kind.PLAN, off=NO_PLAN)
            found.append(made(functools.partial(_ordered, change, sign, tolerance)))
    return tuple(found)


@law(
    "L31 L32 L33",
    "plan: proven",
    "a search ends at a plan that is feasible, stationary and complementary, or sees that there is none",
    TOLERANCE,
    "in natural units",
    Kind.PLAN,
    off="where it is seen that there is no plan",
)
def proven(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """As an independent judge sees it, whatever the solver calls it."""
    return told([None if one is None or _impossible(one) else one.verdict.kkt_error / TOLERANCE for one in bench.plans.ends(cases)])


def _impossible(found: Found) -> bool:
    return int(found.solution.status) == Status.INFEASIBLE and found.verdict.primal > TOLERANCE


@law("L36", "plan: stays", "a plan solved again from itself is itself", SOLVED_DAYS, f"days; {WHY}", Kind.PLAN, off=NO_PLAN)
def stays(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """By what was minimized."""
    return told([None if one is None else abs(cost(bench.plans.again(one)) - cost(one)) / SOLVED_DAYS for one in bench.plans.of(cases)])


@law("L24", "plan: money in another unit", "all money scaled alike leaves the date and divides the worth of a dollar", SAME,
     "of the date; a dollar's worth, a price, is held to a thousand times that", Kind.PLAN, off=NO_PLAN)  # fmt: skip
def money(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """Every number in dollars, and what is told by the dollar."""
    other = cases
    for place in cases.numbers:
        power = dict(units.dimension(unit) if (unit := units.parse(place[1])[1]) else ()).get("usd", 0)
        if power:
            other = scaled(other, place, CENTS ** float(power))
    plans, others = bench.plans.of(cases), bench.plans.of(other)
    return told([_scaled_alike(one, two) for one, two in zip(plans, others, strict=True)])


def _scaled_alike(one: Found | None, two: Found | None) -> float | None:
    if one is None:
        return None
    if two is None:
        return np.inf
    dear, cheap = (np.asarray(found.verdict.gradient.envelope.high_usd) for found in (one, two))
    size = float(one.size.usd)
    date = abs(cost(two) - cost(one)) / (SAME * max(abs(cost(one)), 1.0))
    worth = np.abs(cheap * CENTS - dear).max() * size / max(1e3 * SAME * np.abs(dear * size).max(), NOTEWORTHY)
    return float(np.max([date, worth]))  # of numbers one of which is none, `max` may choose the other


@law("L30", "plan: plenty", "where there is thirty times as much hall and power, one more watt is worth nothing", NOTEWORTHY,
     "in natural units: a barrier that has come down to a billionth", Kind.PLAN, off=NO_PLAN)  # fmt: skip
def plenty(bench: Bench, cases: Cases, before: Readings) -> Verdict:
    """What stands and what is begun."""
    other = cases
    for field in ("hall_power_w", "site_power_w"):
        other = scaled(other, ("site", field), PLENTY)
    return told([None if one is None else _worth(one) / NOTEWORTHY for one in bench.plans.of(other)])


def _worth(found: Found) -> float:
    """What a natural unit more of halls or power is worth at most, at sites that have both from the beginning: of nothing there is never
    plenty."""
    given, slope = found.problem.scenario.site, found.verdict.gradient.site
    fields = ("hall_power_w", "site_power_w")
    has = np.all([np.min(np.asarray(getattr(given, field)), axis=1) > 0 for field in fields], axis=0)
    return float(np.max([np.abs(np.asarray(getattr(slope, field))[has]).max(initial=0.0) for field in fields])) * float(found.size.w)


LAWS = (*_orders(), proven, stays, money, plenty)
