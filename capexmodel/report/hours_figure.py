"""Power by the hour as pictures: a few days stacked by source with the price below, and the curve over what was varied."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from capexmodel.energy.portfolio import BATTERY
from capexmodel.report.canvas import BLUE, BLUES, GRAY, GREEN, INK, ORANGE, PURPLE, SKY, VERMILLION, YELLOW, saved, style, title
from capexmodel.report.text import safe, show, size
from capexmodel.studies.power import LITTLE, VARIED, Found

KINDS = ("svg", "png")
SHOWN = ("January", "April", "July", "October")
MONTHS = (0, 3, 6, 9)
"""Days that are drawn, by their month."""
COLORS = {
    "grid": GRAY, "ppa_wind": SKY, "wind": BLUE, "ppa_solar": YELLOW, "solar": ORANGE, "ppa_nuclear": PURPLE, "nuclear": "#7b4ea3",
    "gas_engine": "#b98b6b", "gas_turbine": VERMILLION, "aeroderivative": "#e08b5b", "gas_combined_cycle": "#9c4a2f", "fuel_cell": GREEN,
}  # fmt: skip
STORE = "#2f3e46"


def drawings(found: Sequence[Found], name: str | None, values: Sequence[float]) -> dict[str, bytes]:
    """Give the contents of the files of each figure by file name: the hours of the last portfolio, and the curve where there is one."""
    with style():
        figures = {"power_hours": hours_figure(found[-1])}
        if name is not None:
            figures["power_curve"] = curve_figure(found, name, values)
    return {f"{file}.{kind}": saved(figure, kind) for file, figure in figures.items() for kind in KINDS}


def _color(name: str, place: int) -> str:
    return COLORS.get(name, BLUES[place % len(BLUES)])


def hours_figure(found: Found) -> Figure:
    """Draw four days of the year: what each source gives, what the battery takes and gives back, and the price of each hour."""
    figure = Figure(figsize=(11.0, 6.0))
    top, low = figure.subplots(2, 1, sharex=True, height_ratios=(2.6, 1.0))
    figure.subplots_adjust(left=0.07, right=0.84, top=0.86, bottom=0.08, hspace=0.12)
    wish, operation = found.wish, found.operation
    clean = 100 * float(found.matching.hourly_share)
    note = f"{found.cost_usd_per_j * size('mwh'):.1f} $/MWh, {clean:.0f} % clean by the hour; four made-up days of twelve."
    title(figure, f"The cheapest firm {show(wish.load_w, 'w')} in {safe(wish.place.title)}", note)
    gw, days = size("gw"), list(MONTHS)
    hours = np.arange(len(days) * operation.charge_w.shape[1])
    base = np.zeros(hours.size)
    for place, name in enumerate(found.plants.names):
        if float(operation.capacity.source_w[place]) > LITTLE * wish.load_w:
            given = np.asarray(operation.source_w[place])[days].ravel() / gw
            top.fill_between(hours, base, base + given, step="post", color=_color(name, place), lw=0, label=safe(name))
            base = base + given
    back, taken = (np.asarray(each)[days].ravel() / gw for each in (operation.discharge_w, operation.charge_w))
    if float(operation.capacity.battery_w) > LITTLE * wish.load_w:
        top.fill_between(hours, base, base + back, step="post", color=STORE, lw=0, label=f"from the {BATTERY}")
        top.fill_between(hours, -taken, 0.0, step="post", color=STORE, alpha=0.35, lw=0, label=f"into the {BATTERY}")
    top.step(hours, np.asarray(found.draw.load_w)[days].ravel() / gw, where="post", color=INK, lw=1.4, label="drawn")
    top.set_ylabel("GW")
    top.legend(loc="upper left", bbox_to_anchor=(1.005, 1.0))
    low.step(hours, np.asarray(operation.price_usd_per_j)[days].ravel() * size("mwh"), where="post", color=VERMILLION, lw=1.4)
    low.set_ylabel("price, $/MWh")
    _days(low, operation.charge_w.shape[1])
    figure.align_ylabels()
    return figure


def _days(ax: Axes, hours: int) -> None:
    """Mark days by their month."""
    ax.set_xlim(0, len(MONTHS) * hours - 1)
    ax.set_xticks([hours * (place + 0.5) for place in range(len(MONTHS))], [f"a day of {month}" for month in SHOWN])
    for place in range(1, len(MONTHS)):
        ax.axvline(hours * place, color=GRAY, lw=0.6)


def curve_figure(found: Sequence[Found], name: str, values: Sequence[float]) -> Figure:
    """Draw cost and carbon over what was varied, and below them where the energy comes from."""
    figure = Figure(figsize=(10.0, 6.4))
    top, low = figure.subplots(2, 1, sharex=True, height_ratios=(1.0, 1.0))
    figure.subplots_adjust(left=0.08, right=0.8, top=0.86, bottom=0.09, hspace=0.14)
    field_unit = VARIED[name][1]
    unit = field_unit.replace("usd", "$").replace("_per_", "/")
    wish = found[0].wish
    title(
        figure, f"The cheapest firm {show(wish.load_w, 'w')} in {safe(wish.place.title)}, by {name}", "Each point a portfolio of its own."
    )
    at = np.asarray(values) / (size(field_unit) if field_unit else 1.0)
    top.plot(at, [each.cost_usd_per_j * size("mwh") for each in found], "o-", color=BLUE, lw=1.8, ms=4)
    top.set_ylabel("$/MWh, carbon's price included", color=BLUE)
    beside = top.twinx()
    beside.plot(
        at, [float(each.operation.carbon_kg_per_s) / each.drawn_w / size("g_per_kwh") for each in found], "o--", color=VERMILLION, ms=4
    )
    beside.set_ylabel("carbon, g/kWh", color=VERMILLION)
    beside.set_ylim(bottom=0.0)
    beside.grid(visible=False)
    base = np.zeros(at.size)
    for place, kind in enumerate(dict.fromkeys(kind for each in found for kind in each.plants.names)):
        taken = np.asarray([float(each.taken_share[each.plants.names.index(kind)]) if kind in each.plants.names else 0.0 for each in found])
        if np.max(taken) > LITTLE:
            low.fill_between(at, base, base + 100 * taken, color=_color(kind, place), lw=0, label=safe(kind))
            base = base + 100 * taken
    low.set_ylabel("% of what is drawn")
    low.set_xlabel(f"{name}, {unit}" if unit else name)
    low.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    figure.align_ylabels()
    return figure
