"""A frontier as a picture: the aim and each model's date against the number that is varied, and the slope below."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from capexmodel import units
from capexmodel.planner.frontier import Frontier, Point
from capexmodel.report.canvas import BLUE, GRAY, INK, SERIES, VERMILLION, saved, style, title
from capexmodel.report.frontier import scales
from capexmodel.report.leaf import base_unit, declaration, written
from capexmodel.report.prices import goal
from capexmodel.report.text import safe, size

KINDS = ("svg", "png")
TANGENT = 0.35
"""Half-width of the stroke that shows a slope, in distances between points."""
AXES = {
    units.dimension("usd"): ("busd", "$B"),
    units.dimension("w"): ("mw", "MW"),
    units.dimension("count"): ("thousand", "thousand"),
    units.dimension("s"): ("day", "days"),
}
"""The unit in which the varied number is drawn, by what it measures, where it is not its base unit."""


def frontier_drawings(found: Frontier) -> dict[str, bytes]:
    """Give the contents of the files of the figure by file name, SVG and PNG."""
    with style():
        figure = frontier_figure(found)
    return {f"frontier.{kind}": saved(figure, kind) for kind in KINDS}


def frontier_figure(found: Frontier) -> Figure:
    """Draw the aim with a stroke for the slope at each point, and below it the slope as a shadow price and by differences."""
    figure = Figure(figsize=(10.5, 6.6))
    top, low = figure.subplots(2, 1, sharex=True, height_ratios=(2.2, 1.0))
    figure.subplots_adjust(left=0.095, right=0.97, top=0.865, bottom=0.09, hspace=0.14)
    scenario, unit = found.problem.scenario, scales(found)
    note = f"Each point is a plan of its own. Strokes: the shadow price there, in {unit.slope}. Crosses: no plan."
    title(figure, f"{scenario.name}: {goal(found.problem)} by {found.leaf}", note)
    solved = [point for point in found.points if point.cost is not None]
    _aim(top, found, solved)
    _slopes(low, found, solved)
    for point in found.points:
        if point.cost is None:
            top.plot([_at(found, point.value)], [0.04], "x", color=GRAY, ms=7, mew=1.8, transform=top.get_xaxis_transform(), clip_on=False)
    top.set_ylabel(f"{goal(found.problem)}, {unit.aim_name}{' from the as-of date' if unit.aim_name == 'days' else ''}")
    low.set_ylabel(f"slope, {unit.slope}")
    declared, name = declaration(scenario, found.leaf), _axis_unit(found)[1]
    low.set_xlabel(f"{found.leaf}, {name}" if name else found.leaf)
    if declared is not None and declared.dates:
        low.set_xlabel(f"{found.leaf}, date")
        low.xaxis.set_major_formatter(FuncFormatter(lambda x, _: written(scenario, found.leaf, x * _step(found))))
    figure.align_ylabels()
    return figure


def _aim(ax: Axes, found: Frontier, solved: list[Point]) -> None:
    """The aim, with the slope at each point, and the companies bought where that changes."""
    unit = scales(found)
    if not solved:
        return
    x = np.array([_at(found, point.value) for point in solved])
    y = np.array([point.cost or 0.0 for point in solved]) / unit.aim
    shift = np.array([(point.aim or 0.0) - (point.cost or 0.0) for point in solved]) / unit.aim
    ax.plot(x, y + shift, color=BLUE, lw=1.2, alpha=0.5, zorder=2)
    ax.plot(x, y + shift, "o", color=BLUE, ms=5.5, zorder=4)
    reach = TANGENT * (float(np.min(np.diff(x))) if x.size > 1 else 1.0)
    for point, at, value in zip(solved, x, y + shift, strict=True):
        rise = (point.slope or 0.0) * reach * _step(found) / unit.aim
        ax.plot([at - reach, at + reach], [value - rise, value + rise], color=VERMILLION, lw=2.2, zorder=3)
    if found.problem.minimize.unit == "s":
        _dates(ax, found, solved)


def _dates(ax: Axes, found: Frontier, solved: list[Point]) -> None:
    """Name each model's dates at both ends, below the picture's head."""
    calendar = found.problem.scenario.calendar
    for row, job in enumerate(solved[0].date_s):
        first, last = (calendar.date(point.date_s[job]).isoformat() for point in (solved[0], solved[-1]))
        days = (solved[-1].date_s[job] - solved[0].date_s[job]) / size("day")
        said = f"{safe(job)}: {first} to {last} ({days:+.1f} days)"
        where = {"xycoords": "axes fraction", "ha": "right", "va": "top", "color": SERIES[row % len(SERIES)], "fontsize": 8.5}
        ax.annotate(said, (0.995, 0.985 - 0.065 * row), **where)


def _slopes(ax: Axes, found: Frontier, solved: list[Point]) -> None:
    """The slope from the shadow price, and from the neighbors' values."""
    factor = scales(found).step / scales(found).aim
    for name, look in (
        ("slope", {"marker": "o", "color": VERMILLION, "lw": 1.6}),
        ("difference", {"marker": "_", "color": INK, "lw": 0.0}),
    ):
        told = [(_at(found, point.value), getattr(point, name) * factor) for point in solved if getattr(point, name) is not None]
        label = {"slope": "shadow price", "difference": "by differences"}[name]
        if told:
            ax.plot(*zip(*told, strict=True), ms=6 if name == "slope" else 11, mew=1.6, label=label, **look)
    ax.axhline(0.0, color=GRAY, lw=0.8)
    if solved:
        ax.legend(loc="best", ncols=2)


def _at(found: Frontier, value: float) -> float:
    """Place a value of the number on the axis."""
    return value / _step(found)


def _step(found: Frontier) -> float:
    return size(_axis_unit(found)[0]) if _axis_unit(found)[0] else 1.0


def _axis_unit(found: Frontier) -> tuple[str, str]:
    """The unit in which the varied number is drawn, and how it is written; nothing for a pure number."""
    unit = base_unit(found.problem.scenario, found.leaf)
    return AXES.get(units.dimension(unit), (unit, unit)) if unit else ("", "")
