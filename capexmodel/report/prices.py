"""Shadow prices and swings in the units people think in, and in a sentence."""

import dataclasses
from typing import Any

from capexmodel import units
from capexmodel.planning.plan import Plan, ShadowPrice
from capexmodel.planning.problem import Problem
from capexmodel.report.leaf import base_unit, meaning, written
from capexmodel.report.text import heading, paragraph, significant, size

STEPS = {
    units.dimension("usd"): ("busd", "$B"),
    units.dimension("w"): ("gw", "GW"),
    units.dimension("s"): ("month", "month"),
    units.dimension("count"): ("thousand", "thousand"),
    units.dimension("eflops"): ("eflops", "EFLOP/s"),
    units.dimension("count_per_s"): ("thousand_per_quarter", "thousand/quarter"),
    units.dimension("w_per_s"): ("gw_per_quarter", "GW/quarter"),
    units.dimension("per_s"): ("per_year", "per year"),
    units.dimension("j"): ("gwh", "GWh"),
    units.dimension("kg"): ("kt", "ktCO2"),
}
"""The step in which a limit is priced, by what it measures: its name, and how it is written."""

MORE = {
    "$B": "$1B",
    "thousand": "1,000",
    "thousand/quarter": "1,000 a quarter",
    "GW/quarter": "1 GW a quarter",
    "per year": "1 a year",
}
"""How one step is said, where that is not its number and name."""

AIMS = {
    "s": ("day", "days"),
    "usd": ("busd", "$B"),
    "eflop": ("yflop", "1e24 FLOP"),
}
"""The unit in which an aim is read, by its base unit."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """A shadow price for people: `value` of the aim for one `step` more of the leaf, a percent of it where its unit has no step."""

    leaf: str
    constraint: str | None
    value: float
    aim: str
    step: str
    low: float | None
    high: float | None
    text: str

    def row(self) -> dict[str, Any]:
        """The reading as the result file holds it."""
        return {
            "leaf": self.leaf,
            "constraint": self.constraint,
            "value": self.value,
            "unit": f"{self.aim}/{self.step}",
            "low": self.low,
            "high": self.high,
        }


def aim_unit(plan: Plan) -> tuple[float, str]:
    """Give the size and the name of the unit in which the aim is read."""
    name, written = AIMS[plan.problem.minimize.unit]
    return size(name), written


def reading(plan: Plan, price: ShadowPrice) -> Reading:
    """Turn a shadow price from base units into those of people."""
    aim_size, aim = aim_unit(plan)
    unit = base_unit(plan.problem.scenario, price.leaf)
    known = STEPS.get(units.dimension(unit)) if unit else None
    step_base, step = (size(known[0]), known[1]) if known else (abs(price.base) / 100, "percent")
    value = plan.problem.minimize.value(price.value) * step_base / aim_size
    said = meaning(plan.problem.scenario, price.leaf)
    return Reading(price.leaf, price.constraint, value, aim, step, price.low, price.high, said)


def amount(plan: Plan, days: float) -> str:
    """Say a change of the aim in words: "12.3 days earlier", "$1.2B less", "3e26 FLOP more"."""
    unit, size_text = plan.problem.minimize.unit, significant(abs(days))
    if unit == "s":
        return f"{size_text} days {'earlier' if days < 0 else 'later'}"
    if unit == "usd":
        return f"${size_text}B {'less' if days < 0 else 'more'}"
    return f"{size_text}e24 FLOP {'less' if days < 0 else 'more'}"


def goal(problem: Problem) -> str:
    """Name the aim in words."""
    aim = problem.minimize
    names = {"time_to_model": "date", "work_by_date": "work done", "present_cost": "present cost"}
    what = names.get(aim.name, aim.name)
    jobs = problem.scenario.job.names
    job = jobs[0] if aim.job is None and len(jobs) == 1 else aim.job
    if job is None:
        return f"the weighted mean {what}" if aim.name == "time_to_model" else f"the {what}"
    return f"the {what} of {job}"


def sentence(plan: Plan, price: ShadowPrice) -> str:
    """Say what a shadow price means, and how far it reaches."""
    read = reading(plan, price)
    now, low, high = (None if x is None else written(plan.problem.scenario, price.leaf, x) for x in (price.base, price.low, price.high))
    said = f" ({read.text})" if read.text else ""
    verb = "is" if plan.problem.minimize.unit == "s" else "comes to"
    text = f"{MORE.get(read.step, f'1 {read.step}')} more of {price.leaf}{said}: {goal(plan.problem)} {verb} {amount(plan, read.value)}"
    if price.low is None or price.high is None:
        return f"{text}; now {now}, no range was tried."
    if price.low >= price.high:
        return f"{text}; now {now}, and true only there: the next step is worth something else."
    return f"{text}; now {now}, and this holds from {low} to {high}."


def price_lines(plan: Plan, most: int) -> list[str]:
    """Set the shadow prices of money, then those of highest worth: a sentence each, with what it is now and where the price holds."""
    if not plan.shadow_prices:
        return []
    money = [price for price in plan.shadow_prices if price.leaf.startswith("envelope.")]
    others = [price for price in plan.shadow_prices if price not in money]
    lines = heading("shadow prices", f"what one unit more of a limit is worth to {goal(plan.problem)}")
    for price in [*money, *others[:most]]:
        lines += paragraph(sentence(plan, price))
    left = len(others) - most
    return lines + (paragraph(f"and {left} more: `capexmodel explain {plan.problem.scenario.name}`") if left > 0 else [])
