"""Where the money goes, period by period."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report.bought import group
from capexmodel.report.canvas import BLUES, FAINT, GRAY, GREEN, INK, ORANGE, PURPLE, SKY, VERMILLION, moments, time_axis, title
from capexmodel.report.rows import Row, envelope_rows, spend_rows
from capexmodel.report.text import safe, size

COLORS = {
    "premium above list": "#0f9fd8",
    "network": GREEN,
    "halls": ORANGE,
    "halls already started": "#f5d7a1",
    "generation": VERMILLION,
    "spent before the as-of date": "#9ca3af",
    "other": "#d1d5db",
    "reserve set aside": PURPLE,
    "reserve drawn": PURPLE,
    "research staff": PURPLE,
    "rentals": SKY,
    "energy": ORANGE,
    "carbon": "#4b5563",
    "companies": GREEN,
}
NOTE = "$B per quarter. What is known by fiscal year only (gray, pale, hatched) is drawn evenly over its year."
SPREAD = ("other", "halls already started", "spent before the as-of date", "reserve set aside", "reserve drawn")
"""What is known by fiscal year only: drawn evenly over the year."""

Bands = dict[str, np.ndarray]


def spend_figure(scenario: Scenario, outcome: Outcome) -> Figure:
    """Stack capex by item above operating cost, both as a rate in $B a quarter, with each year's envelope."""
    rows = spend_rows(scenario, outcome)
    figure = Figure(figsize=(10.5, 6.6))
    top, low = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1.0))
    figure.subplots_adjust(left=0.065, right=0.79, top=0.82, bottom=0.075, hspace=0.16)
    title(figure, f"{scenario.name}: where the money goes", NOTE)
    capex = _bands(scenario, [row for row in rows if row["account"] == "capex"])
    opex = _bands(scenario, [row for row in rows if row["account"] == "opex"])
    _stack(top, scenario, capex)
    _stack(low, scenario, opex)
    top.set_ylabel("capex")
    low.set_ylabel("operating cost")
    figure.align_ylabels()
    _envelopes(top, scenario, outcome)
    time_axis(top, scenario)
    time_axis(low, scenario)
    return figure


def _bands(scenario: Scenario, rows: list[Row]) -> Bands:
    """Add spending up by band and period, as a rate per quarter; chips by type, everything else by group."""
    calendar = scenario.calendar
    edges_s = np.asarray(calendar.period_edges_s)
    bands: Bands = {}
    for row in rows:
        kind = group(row["item"])
        name = row["item"].split(".")[1] if kind == "chips" else kind
        band = bands.setdefault(name, np.zeros(len(calendar.periods)))
        if row["period"] is not None:
            band[calendar.periods.index(row["period"])] += row["usd"]
        else:
            band += row["usd"] * _over_year(scenario, calendar.years.index(row["fiscal_year"]))
    quarters = np.diff(edges_s) / size("quarter")
    largest = max((np.max(np.abs(band)) for band in bands.values()), default=0.0)
    return {name: band / quarters / size("busd") for name, band in bands.items() if np.max(np.abs(band)) > 1e-4 * largest}


def _over_year(scenario: Scenario, year: int) -> np.ndarray:
    """Share of a fiscal year's time that falls in each period."""
    edges_s, years_s = np.asarray(scenario.calendar.period_edges_s), np.asarray(scenario.calendar.year_edges_s)
    inside = np.minimum(edges_s[1:], years_s[year + 1]) - np.maximum(edges_s[:-1], years_s[year])
    inside = np.maximum(inside, 0.0)
    return inside / np.sum(inside)


def _stack(ax: Axes, scenario: Scenario, bands: Bands) -> None:
    """Stack bands as steps: positive ones upward, negative ones below zero, with a legend in the order of the stack."""
    edges = moments(scenario, np.asarray(scenario.calendar.period_edges_s))
    up, down = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    chips = [name for name in bands if name not in COLORS]
    for name in sorted(bands, key=lambda name: (name in SPREAD, name in COLORS, list(bands).index(name))):
        color = COLORS.get(name) or BLUES[chips.index(name) % len(BLUES)]
        hatch = {"reserve set aside": "////", "reserve drawn": "\\\\\\\\"}.get(name)
        base = down if np.sum(bands[name]) < 0 else up
        look = {"facecolor": color, "edgecolor": "white", "lw": 0.4, "hatch": hatch, "label": safe(name)}
        ax.stairs(base + bands[name], edges, baseline=base.copy(), fill=True, **look)
        base += bands[name]
    ax.axhline(0.0, color=GRAY, lw=0.8)
    ax.set_ylim(min(1.1 * float(np.min(down)), 0.0), 1.12 * float(np.max(up, initial=0.0)) or 1.0)
    handles, labels = ax.get_legend_handles_labels()
    place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.02), "handlelength": 1.1, "handleheight": 1.1}
    ax.legend(handles[::-1], labels[::-1], **place)


def _envelopes(ax: Axes, scenario: Scenario, outcome: Outcome) -> None:
    """Mark each fiscal year with what is spent of its envelope."""
    years = moments(scenario, np.asarray(scenario.calendar.year_edges_s))
    for start, end, row in zip(years[:-1], years[1:], envelope_rows(scenario, outcome), strict=True):
        ax.axvline(end, color=FAINT, lw=1.0, zorder=0.5)
        middle, spent, high = 0.5 * (start + end), row["spent_usd"] / size("busd"), row["high_usd"] / size("busd")
        wide = end - start > 0.12 * (years[-1] - years[0])
        above = {"xycoords": ("data", "axes fraction"), "ha": "center"}
        ax.annotate(safe(row["fiscal_year"]), (middle, 1.075), color=INK, fontweight="bold", **above)
        if wide:
            ax.annotate(f"${spent:.1f}B of {high:.1f}", (middle, 1.025), color=GRAY, fontsize=8.5, **above)
