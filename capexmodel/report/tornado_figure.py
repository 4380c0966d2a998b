"""A tornado as a picture: what the low and the high of each figure do to an output, widest on top, with the evidence beside it."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from capexmodel.report.canvas import GRAY, INK, SKY, VERMILLION, saved, style, title
from capexmodel.report.leaf import written
from capexmodel.report.sensitivity import Sensitivity, value_text
from capexmodel.report.text import safe, size
from capexmodel.studies.tornado import Bar

KINDS = ("svg", "png")
MOST_BARS = 20
UNITS = {"s": ("day", "days"), "usd": ("busd", "$B"), "w": ("gw", "GW"), "j": ("gwh", "GWh"), "eflop": ("yflop", "1e24 FLOP")}
"""The unit in which changes are drawn, by the output's base unit."""


def tornado_drawings(found: Sensitivity, name: str) -> dict[str, bytes]:
    """Give the contents of the files of the figure by file name, SVG and PNG."""
    with style():
        figure = tornado_figure(found, name)
    return {f"tornado.{kind}": saved(figure, kind) for kind in KINDS}


def tornado_figure(found: Sensitivity, name: str) -> Figure:
    """Draw the widest bars. An end that leaves the output unreached runs to the edge, hatched."""
    told = found.told[name]
    bars, output = [bar for bar in told.bars if bar.width > 0][:MOST_BARS], told.slopes.output
    height = 2.0 + 0.32 * max(len(bars), 9)
    figure = Figure(figsize=(10.5, height))
    ax = figure.add_axes((0.36, 0.6 / height, 0.53, 1.0 - 1.5 / height))
    note = (
        f"Change from {value_text(found.scenario, output, told.slopes.value)} at the low end (blue) and the high end (red) of each range."
    )
    title(figure, f"{found.scenario.name}: what {name} hangs on", f"{note} Strokes: by the slope. *: nobody verified it.")
    unit, written_unit = UNITS.get(output.unit, ("", output.unit))
    _draw(found, ax, bars, size(unit) if unit else 1.0)
    ax.set_xlabel(f"change of {name}" + (f", {written_unit}" if written_unit else ""))
    return figure


def _draw(found: Sensitivity, ax: Axes, bars: list[Bar], scale: float) -> None:
    """Bars from the top down, each with its name, its ends, and what they do."""
    ends = [end for bar in bars for end in (bar.at_low, bar.at_high) if np.isfinite(end)]
    reach = 1.25 * max((abs(end) for end in ends), default=scale) / scale
    low, high = min([0.0, *ends]) / scale, max([0.0, *ends]) / scale
    room = 0.2 * max(high - low, 1e-12)
    ax.set_xlim(low - room, high + room)
    for row, bar in enumerate(bars):
        for end, slope, number, color in (
            (bar.at_low, bar.slope_low, bar.figure.low, SKY),
            (bar.at_high, bar.slope_high, bar.figure.high, VERMILLION),
        ):
            width = end / scale if np.isfinite(end) else reach
            ax.barh([row], [width], height=0.66, color=color, hatch=None if np.isfinite(end) else "////", edgecolor="white", lw=0.4)
            if np.isfinite(slope):
                ax.plot([slope / scale] * 2, [row - 0.4, row + 0.4], color=INK, lw=1.0)
            if abs(width) > 0.0:
                text, side = written(found.scenario, bar.figure.stages[-1].path, number), 1 if width > 0 else -1
                beyond = max(width * side, min(slope / scale * side, room + width * side) if np.isfinite(slope) else 0.0) * side
                look = {"ha": "left" if side > 0 else "right", "va": "center", "fontsize": 7.5, "color": GRAY}
                ax.annotate(safe(text), (beyond, row), (3 * side, 0), "data", "offset points", **look)
    ax.set_yticks(range(len(bars)), [safe(bar.figure.path) + ("*" if bar.figure.open else "") for bar in bars])
    ax.set_ylim(max(len(bars), 1) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.axvline(0.0, color=GRAY, lw=1.0)
