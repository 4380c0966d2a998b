"""The cheapest power of a site, for people and for programs: what to have, what it costs, how clean it is, and what more would be worth."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from capexmodel.energy.portfolio import BATTERY
from capexmodel.report.document import finite
from capexmodel.report.text import heading, number, paragraph, safe, show, significant, size, table
from capexmodel.studies.power import LITTLE, VARIED, YEAR_S, Found

SCHEMA_VERSION = 1
MWH, KW, TON, MONTH = size("mwh"), size("kw"), size("t"), size("months")
EVERY = 3
"""Hours of a day between two that are shown."""


def power_page(found: Found) -> str:
    """One portfolio: sources, score, shadow prices, prices by the hour, the column for a plan, and the evidence."""
    wish = found.wish
    lines = [f"power: the cheapest firm {show(wish.load_w, 'w')} in {safe(wish.place.title)}, {found.cost_usd_per_j * MWH:.2f} $/MWh"]
    lines += paragraph(_asked(found))
    lines += heading("sources", "cost and worth in $ a year for one kW: equal where something is built")
    lines += table(["source", "MW", "% of energy", "% used", "cost", "worth", "months"], [*_rows(found), _battery_row(found)])
    lines += paragraph(
        "Cost: of having one kW more. Worth: of running, spared by it. Where worth is less, it is not built: the difference is missing."
    )
    lines += heading("energy")
    lines += [line for text in _energy(found) for line in paragraph(text)]
    lines += heading("shadow prices", "what the limits cost at the margin")
    lines += [line for text in _prices(found) for line in paragraph(text)]
    lines += heading("price by the hour", "$/MWh, over the days of the year")
    lines += table(["hour", "least", "mean", "most"], _hours(found))
    column = found.column
    lines += heading("as a source of a plan")
    lines += paragraph(
        f"{float(column.capital_usd_per_w):.3f} $/W of firm power, {float(column.running_usd_per_j) * MWH:.2f} $/MWh beside capital and "
        f"carbon, {show(float(column.carbon_kg_per_j), 'kg_per_j')}, the last of it after {float(column.build_s) / MONTH:.0f} months "
        "(--toml prints it for a scenario)."
    )
    return "\n".join(lines + _evidence(found)) + "\n"


def _asked(found: Found) -> str:
    wish, said = found.wish, []
    said.append(f"carbon at {wish.carbon_usd_per_kg * TON:g} $/t")
    if wish.clean_share is not None:
        said.append(f"at least {100 * wish.clean_share:g} % of the energy clean")
    if wish.carbon_kg_per_j is not None:
        said.append(f"at most {show(wish.carbon_kg_per_j, 'kg_per_j')} of carbon")
    said += [f"at most {show(most, 'w')} of {name}" for name, most in wish.most_w.items()]
    if wish.by_s is not None:
        late = ", ".join(found.late) or "nothing"
        said.append(f"there within {wish.by_s / MONTH:.3g} months, which excludes {late}")
    return f"Asked: {'; '.join(said)}. Twelve made-up days, one a month."


def _rows(found: Found) -> list[list[str]]:
    operation, rows = found.operation, []
    for place, name in enumerate(found.plants.names):
        watts, share = float(operation.capacity.source_w[place]), float(found.taken_share[place])
        cost, worth = (
            float(each[place]) * YEAR_S * KW for each in (found.sources.capacity_usd_per_w_per_s, operation.worth_usd_per_w_per_s)
        )
        built = watts > LITTLE * found.wish.load_w
        used = 100.0 * share * found.drawn_w / watts if built else 0.0
        rows.append([
            safe(name), number(watts / size("mw")) if built else "-", number(100.0 * share) if built else "-", number(used), f"{cost:.1f}",
            f"{worth:.1f}", f"{float(found.plants.build_s[place]) / MONTH:.0f}",
        ])  # fmt: skip
    return rows


def _battery_row(found: Found) -> list[str]:
    capacity = found.operation.capacity
    built = float(capacity.battery_w) > LITTLE * found.wish.load_w
    cost = float(found.battery.power_usd_per_w_per_s) * YEAR_S * KW
    return [
        BATTERY, number(float(capacity.battery_w) / size("mw")) if built else "-", number(100 * float(found.matching.cycled_share)), "-",
        f"{cost:.1f}", "-", f"{float(found.cells.build_s) / MONTH:.0f}",
    ]  # fmt: skip


def _energy(found: Found) -> list[str]:
    score, capacity = found.matching, found.operation.capacity
    carbon = float(found.operation.carbon_kg_per_s)
    stored = float(capacity.battery_j)
    battery = "No battery."
    if float(capacity.battery_w) > LITTLE * found.wish.load_w:
        hours = stored / float(capacity.battery_w) / size("hour")
        back = 100 * float(score.cycled_share)
        battery = f"The battery holds {stored / MWH:,.0f} MWh, {hours:.1f} hours, and gives back {back:.2f} % of what is drawn."
    return [
        f"Clean by the hour {100 * float(score.hourly_share):.1f} %; clean energy taken over the year "
        f"{100 * float(score.annual_share):.1f} % of what is drawn, {100 * float(score.paper_share):.1f} % with what is thrown away: "
        "that much could be claimed on paper.",
        f"Carbon {show(carbon / found.drawn_w, 'kg_per_j')}, {carbon * YEAR_S / size('kt'):,.0f} kt a year, at its price "
        f"{carbon * found.wish.carbon_usd_per_kg / found.drawn_w * MWH:.2f} $/MWh of the cost.",
        f"Thrown away {100 * float(score.thrown_share):.1f} % of what sun and wind could give "
        f"({float(score.thrown_w) / size('mw'):,.0f} MW on average). {battery} Not met {100 * float(score.unmet_share):.4f} %.",
    ]


def _prices(found: Found) -> list[str]:
    wish, operation, said = found.wish, found.operation, []
    if wish.clean_share is not None:
        price = float(operation.clean_usd_per_j) * MWH
        said.append(f"One MWh more that must be clean costs {price:.2f} $; one point more of the share {0.01 * price:.3f} $ for each MWh.")
    if wish.carbon_kg_per_j is not None:
        said.append(f"One tonne less of carbon costs {float(operation.carbon_usd_per_kg) * TON:.1f} $, beside its price.")
    else:
        spent = float(operation.carbon_kg_per_s) / found.drawn_w * MWH
        said.append(f"One $/t more of carbon's price costs {spent / TON:.4f} $/MWh: what is left in the air.")
    for name, worth in zip(found.plants.names, operation.allowed_usd_per_w_per_s, strict=True):
        if float(worth) * YEAR_S * KW > LITTLE:
            said.append(f"One kW more that is to be had of {name} spares {float(worth) * YEAR_S * KW:.1f} $ a year.")
    return said


def _hours(found: Found) -> list[list[str]]:
    prices = np.asarray(found.operation.price_usd_per_j) * MWH
    return [
        [f"{hour:02d}-{hour + 1:02d}", *(f"{float(of(prices[:, hour])):.1f}" for of in (np.min, np.mean, np.max))]
        for hour in range(0, prices.shape[1], EVERY)
    ]


def _evidence(found: Found) -> list[str]:
    counts: dict[str, int] = {}
    for figure in found.evidence.values():
        counts[figure.status] = counts.get(figure.status, 0) + 1
    said = ", ".join(f"{count} {status}" for status, count in counts.items())
    lines = heading("evidence")
    lines += paragraph(f"Weakest status: {found.weakest}. Of {len(found.evidence)} figures: {said}.")
    weak = [name for name, figure in found.evidence.items() if figure.status in ("scenario", "recalled")]
    return lines + paragraph("Assumed, or from memory: " + ", ".join(weak) + ".") if weak else lines


def curve_page(name: str, values: Sequence[float], found: Sequence[Found]) -> str:
    """How the cheapest portfolio moves with something: a row for each value, capacities of what is ever built."""
    unit = VARIED[name][1]
    built = [place for place in range(len(found[0].plants.names)) if any(_watts(each, place) > LITTLE * each.wish.load_w for each in found)]
    same = all(each.plants.names == found[0].plants.names for each in found)
    names = [found[0].plants.names[place] for place in built] if same else []
    lines = [f"power: the cheapest firm {show(found[0].wish.load_w, 'w')} in {safe(found[0].wish.place.title)}, by {name}"]
    lines += heading("curve", "capacities in MW")
    head = [f"{name} ({_words(unit)})" if unit else name, "$/MWh", "g/kWh", "clean by hour (%)", *names, f"{BATTERY} (MWh)"]
    rows = []
    for value, each in zip(values, found, strict=True):
        carbon = float(each.operation.carbon_kg_per_s) / each.drawn_w / size("g_per_kwh")
        watts = [number(_watts(each, place) / size("mw"), 0) for place in built] if same else []
        told = significant(value / (size(unit) if unit else 1.0), 4)
        score = 100 * float(each.matching.hourly_share)
        stored = float(each.operation.capacity.battery_j) / MWH
        rows.append([told, f"{each.cost_usd_per_j * MWH:.2f}", f"{carbon:.1f}", f"{score:.1f}", *watts, number(stored, 0)])
    lines += table(head, rows)
    return "\n".join(lines) + "\n"


def _watts(found: Found, place: int) -> float:
    return float(found.operation.capacity.source_w[place]) if place < len(found.plants.names) else 0.0


def _words(unit: str) -> str:
    return unit.replace("usd", "$").replace("_per_", "/")


def power_document(found: Sequence[Found], varied: str | None = None, values: Sequence[float] = ()) -> dict[str, Any]:
    """Everything that was found, in base units with the unit in each name; a point for each value of what is varied."""
    points = [_point(each) for each in found]
    body: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "kind": "power",
        "place": found[0].wish.place.name,
        "load_w": found[0].wish.load_w,
    }
    if varied is not None:
        body["varied"] = {"name": varied, "field": VARIED[varied][0], "values": list(values)}
    return finite(body | {"points": points})


def _point(found: Found) -> dict[str, Any]:
    wish, operation, column = found.wish, found.operation, found.column
    sources = {}
    for place, name in enumerate(found.plants.names):
        sources[name] = {
            "capacity_w": float(operation.capacity.source_w[place]), "taken_share": float(found.taken_share[place]),
            "cost_usd_per_w_per_s": float(found.sources.capacity_usd_per_w_per_s[place]),
            "worth_usd_per_w_per_s": float(operation.worth_usd_per_w_per_s[place]),
            "allowed_usd_per_w_per_s": float(operation.allowed_usd_per_w_per_s[place]), "build_s": float(found.plants.build_s[place]),
            "power_w": np.asarray(operation.source_w[place]).tolist(),
        }  # fmt: skip
    return {
        "asked": {
            "carbon_usd_per_kg": wish.carbon_usd_per_kg, "clean_share": wish.clean_share, "carbon_kg_per_j": wish.carbon_kg_per_j,
            "most_w": dict(wish.most_w), "by_s": wish.by_s,
        },
        "cost_usd_per_j": found.cost_usd_per_j, "carbon_kg_per_s": float(operation.carbon_kg_per_s),
        "matching": {name: float(value) for name, value in vars(found.matching).items()},
        "sources": sources,
        "battery": {"capacity_w": float(operation.capacity.battery_w), "capacity_j": float(operation.capacity.battery_j)},
        "late": list(found.late),
        "shadow_prices": {"clean_usd_per_j": float(operation.clean_usd_per_j), "carbon_usd_per_kg": float(operation.carbon_usd_per_kg)},
        "price_usd_per_j": np.asarray(operation.price_usd_per_j).tolist(),
        "charge_w": np.asarray(operation.charge_w).tolist(), "discharge_w": np.asarray(operation.discharge_w).tolist(),
        "unmet_w": np.asarray(operation.unmet_w).tolist(),
        "column": {name: float(value) for name, value in vars(column).items()},
        "error": float(operation.error), "steps": int(jnp.asarray(operation.steps_count)),
        "evidence": {"weakest": found.weakest, "figures": {name: vars(figure) for name, figure in found.evidence.items()}},
    }  # fmt: skip


def source_toml(found: Found, name: str) -> str:
    """The portfolio as a `[source.NAME]` of a scenario, figures derived, each with its source and how it came about."""
    column, wish = found.column, found.wish
    built = [
        f"{_watts(found, place) / size('mw'):.0f} MW of {each}"
        for place, each in enumerate(found.plants.names)
        if _watts(found, place) > LITTLE * wish.load_w
    ]
    if float(found.operation.capacity.battery_w) > LITTLE * wish.load_w:
        built.append(f"a battery of {float(found.operation.capacity.battery_j) / MWH:.0f} MWh")
    told = f"cheapest firm {show(wish.load_w, 'w')} in {wish.place.title}, carbon at {wish.carbon_usd_per_kg * TON:g} $/t"
    mark = 'status = "derived", source = "capexmodel-power"'
    figures = (
        ("price_usd_per_kw", float(column.capital_usd_per_w) * KW, f"capital of {', '.join(built)}"),
        ("build_months", float(column.build_s) / MONTH, "the longest of its parts"),
        ("site_share", 0.0, "stands by itself: a price and carbon of its own"),
        ("energy_price_usd_per_mwh", float(column.running_usd_per_j) * MWH, "beside capital and carbon"),
        ("carbon_g_per_kwh", float(column.carbon_kg_per_j) / size("g_per_kwh"), "as burnt, mean of the year"),
    )
    lines = [f"[source.{name}]  # {told}"]
    lines += [f'{key} = {{ value = {value:.6g}, {mark}, note = "{safe(note)}" }}' for key, value, note in figures]
    spread = 'build_spread = { value = 0.3, low = 0.1, high = 0.5, status = "scenario", source = "capexmodel-assumptions" }'
    return "\n".join([*lines, spread]) + "\n"
