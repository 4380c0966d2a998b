"""Power: what chips draw against what halls hold and what the meter gives, by site and in all."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report.canvas import BLUE, ORANGE, VERMILLION, moments, time_axis, title
from capexmodel.report.rows import power_w, powered_w
from capexmodel.report.text import safe, size

COLUMNS = 2
NOTE = "IT power, GW. The meter's capacity is divided by the peak overhead of the halls."


def power_figure(scenario: Scenario, outcome: Outcome) -> Figure:
    """Draw IT power in GW: installed and used, beside both capacities, at one scale of time; all sites large, each site small."""
    power = {name: watts / size("gw") for name, watts in power_w(scenario, outcome).items()}
    power["meter"] = powered_w(outcome) / size("gw")
    shown = [s for s in range(len(scenario.site.names)) if max(np.max(power["hall_power"][s]), np.max(power["it_load"][s])) > 1e-4]
    rows = max(-(-len(shown) // COLUMNS), 1)
    figure = Figure(figsize=(11.0, 3.2 + 1.55 * max(rows, 2)))
    title(figure, f"{scenario.name}: power against its limits", NOTE)
    grid = GridSpec(rows, COLUMNS + 2, figure=figure, left=0.05, right=0.985, top=0.79, bottom=0.085, wspace=0.28, hspace=0.42)
    total = figure.add_subplot(grid[:, :2])
    _panel(total, scenario, {name: np.sum(values[shown], axis=0) for name, values in power.items()}, "all sites", few=False)
    handles, labels = total.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.005, 0.895), ncols=4, handlelength=1.6, columnspacing=1.6)
    for k, s in enumerate(shown):
        ax = figure.add_subplot(grid[k // COLUMNS, 2 + k % COLUMNS])
        _panel(ax, scenario, {name: values[s] for name, values in power.items()}, scenario.site.names[s], few=True)
    return figure


def _panel(ax: Axes, scenario: Scenario, power: dict[str, np.ndarray], name: str, few: bool) -> None:
    """Draw one site: the load as an area, the part that cannot run pale, and the two capacities as lines."""
    when = moments(scenario, np.asarray(scenario.calendar.period_edges_s))
    ax.fill_between(when, power["used"], color=BLUE, alpha=0.85, lw=0, label="chips that run")
    if np.max(power["it_load"] - power["used"]) > 1e-4:
        idle = {"facecolor": "#cfe3f1", "edgecolor": BLUE, "hatch": "////", "lw": 0, "label": "chips that wait"}
        ax.fill_between(when, power["used"], power["it_load"], **idle)
    ax.plot(when, power["hall_power"], color=ORANGE, lw=1.8, label="halls")
    ax.plot(when, power["meter"], color=VERMILLION, lw=1.8, ls=(0, (4, 1.5)), label="power at the meter")
    top = max(float(np.max(power[key])) for key in ("it_load", "hall_power", "meter"))
    ax.set_ylim(0.0, 1.08 * top or 1.0)
    ax.set_title(safe(name), loc="left", fontsize=10 if few else 11, fontweight="bold", pad=6)
    time_axis(ax, scenario, few=few)
