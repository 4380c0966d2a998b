"""A sweep as a picture: how the first output spreads over all scenarios, and how its mean moves with each number."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from capexmodel.report.canvas import BLUE, SKY, VERMILLION, saved, style, title
from capexmodel.report.leaf import written
from capexmodel.report.sweep import told
from capexmodel.report.text import size
from capexmodel.studies.summary import BINS
from capexmodel.studies.swept import Sweep
from capexmodel.studies.task import value_count

KINDS = ("svg", "png")
MOST_PANELS = 5
BARS = 64
"""Bars of the histogram, each of many bins."""
SHARES = (0.1, 0.9)


def sweep_drawings(found: Sweep) -> dict[str, bytes]:
    """Give the contents of the files of the figure by file name, SVG and PNG."""
    with style():
        figure = sweep_figure(found)
    return {f"sweep.{kind}": saved(figure, kind) for kind in KINDS}


def sweep_figure(found: Sweep) -> Figure:
    """Draw a histogram, and the mean by each number as far as means are kept."""
    leaves = found.crossed.leaves[: MOST_PANELS if value_count(found.crossed) else 0]
    figure = Figure(figsize=(10.5, 3.0 + 2.1 * ((len(leaves) + 1) // 2)))
    rows = 1 + (len(leaves) + 1) // 2
    edges = {"left": 0.085, "right": 0.97, "top": 1.0 - 0.75 / figure.get_figheight(), "bottom": 0.1}
    spec = figure.add_gridspec(rows, 2, hspace=0.55, wspace=0.2, **edges)
    output, marks = found.outputs[0], " and ".join(f"P{100 * share:.0f}" for share in SHARES)
    title(figure, f"{found.task.scenario.name}: {output.name} over {found.size:,} scenarios", f"Marks: {marks}.")
    _histogram(figure.add_subplot(spec[0, :]), found)
    for place, leaf in enumerate(leaves):
        _mean(figure.add_subplot(spec[1 + place // 2, place % 2]), found, leaf.path, place)
    return figure


def _scale(found: Sweep) -> tuple[float, str]:
    """The unit in which the first output is drawn."""
    unit = found.outputs[0].unit
    known = {"s": ("day", "days from the as-of date"), "usd": ("busd", "$B")}
    return (size(known[unit][0]), known[unit][1]) if unit in known else (1.0, unit)


def _histogram(ax: Axes, found: Sweep) -> None:
    scale, name = _scale(found)
    counts = found.summary.bins[0][1:-1].reshape(BARS, BINS // BARS).sum(axis=1)
    edges = (found.at.low[0] + found.at.width[0] * np.arange(BARS) * (BINS // BARS)) / scale
    width = found.at.width[0] * (BINS // BARS) / scale
    ax.bar(edges, 100.0 * counts / max(found.summary.count[0], 1), width=width, align="edge", color=SKY)
    for share in SHARES:
        at = float(found.summary.quantile(found.at, share)[0])
        ax.axvline(at / scale, color=VERMILLION, lw=1.2)
        text = told(found, found.outputs[0], at)
        ax.annotate(text, (at / scale, 0.96), (3, 0), ("data", "axes fraction"), "offset points", fontsize=8.5, va="top")
    seen = np.flatnonzero(counts)
    if seen.size:
        ax.set_xlim(edges[seen[0]] - width, edges[seen[-1]] + 2 * width)
    ax.set_xlabel(name)
    ax.set_ylabel("% of scenarios")


def _mean(ax: Axes, found: Sweep, path: str, place: int) -> None:
    scenario, (scale, name) = found.task.scenario, _scale(found)
    x = found.crossed.axis(place)
    ax.plot(x, found.means(path)[:, 0] / scale, color=BLUE, lw=1.6, marker="o", ms=3 if x.size < 40 else 0)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: written(scenario, path, at)))
    ax.set_xlabel(path)
    ax.set_ylabel(name.partition(" ")[0])
