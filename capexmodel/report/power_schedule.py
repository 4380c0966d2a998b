"""A portfolio of power as it is built, period by period, for people and for programs."""

from typing import Any

import numpy as np

from capexmodel.energy.portfolio import BATTERY
from capexmodel.report.document import finite
from capexmodel.report.power import MWH
from capexmodel.report.text import heading, number, paragraph, safe, show, size, trimmed
from capexmodel.studies.power import LITTLE, Found
from capexmodel.studies.power_schedule import Schedule

SHORT = 1e-4
"""Share of the energy drawn below which nothing is said to be missing."""


def schedule_page(found: Found, plan: Schedule) -> str:
    """What is there in each period, what is paid for it, and how much of the energy it gives, how clean and at which cost."""
    built = plan.built
    watts, battery_w = np.asarray(built.source_w), np.asarray(built.battery_w)
    shown = [place for place in range(watts.shape[1]) if watts[:, place].max() > LITTLE * found.wish.load_w]
    names = [safe(found.plants.names[place]) for place in shown]
    lines = heading(f"build-out by {plan.period}", "capacities in MW, mean of the period; all is ordered at its start")
    head = [plan.period, *names, BATTERY, "capital ($M)", "cost ($M)", "$/MWh", "kt CO2", "clean (%)", "missing (%)"]
    money, drawn = np.asarray(built.cost_usd_per_s), found.drawn_w
    body = []
    for step, length_s in enumerate(plan.period_s):
        missing = float(built.unmet_share[step])
        given_w = drawn * (1.0 - missing)
        dollars = float(money[step] / given_w * MWH) if missing < 1.0 - SHORT else None
        body.append([
            f"{step + 1}", *(number(float(watts[step, place]) / size("mw"), 0) for place in shown),
            number(float(battery_w[step]) / size("mw"), 0), number(float(built.capital_usd[step]) / size("musd")),
            number(float(money[step] * length_s) / size("musd")), "-" if dollars is None else f"{dollars:.1f}",
            number(float(built.carbon_kg_per_s[step] * length_s) / size("kt")), number(100.0 * float(built.clean_share[step])),
            number(100.0 * missing if missing > SHORT else 0.0),
        ])  # fmt: skip
    return "\n".join([*lines, *trimmed(head, body), *_notes(found, plan)]) + "\n"


def _notes(found: Found, plan: Schedule) -> list[str]:
    stands = ", ".join(f"{show(watts, 'w')} of {safe(name)}" for name, watts in plan.standing_w.items()) or "nothing"
    capital = float(np.sum(np.asarray(plan.built.capital_usd)))
    return paragraph(
        f"At the start there is {stands} (--standing). Parts arrive evenly within {100 * plan.spread.value:g} % of their lead time either "
        f"way ({plan.spread.status}). Capital is paid evenly until a part is there, {show(capital, 'usd')} in all; cost is that of having "
        "what is there, capital as a steady payment, and of running it: the two are not to be added. $/MWh is of what is met."
    )


def schedule_document(found: Found, plan: Schedule) -> dict[str, Any]:
    """A build-out by period, in base units with the unit in each name."""
    built = plan.built
    names = found.plants.names
    by_source = {
        field: dict(zip(names, np.asarray(getattr(built, field)).T.tolist(), strict=True)) for field in ("source_w", "taken_share")
    }
    plain = ("battery_w", "capital_usd", "cost_usd_per_s", "carbon_kg_per_s", "clean_share", "unmet_share")
    return finite(
        {"period": plan.period, "edges_s": plan.edges_s.tolist(), "standing_w": plan.standing_w, "spread_share": vars(plan.spread)}
        | by_source
        | {field: np.asarray(getattr(built, field)).tolist() for field in plain}
    )
