"""The look of every figure: a quiet page, colors that color-blind people tell apart, dates along the bottom, files that never vary."""

import contextlib
import datetime
import io
from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from capexmodel.model.scenario import Scenario
from capexmodel.report.text import safe

INK, GRAY, FAINT = "#1b1f24", "#6b7280", "#e5e7eb"
BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7", "#F0E442"
"""Source: Okabe and Ito, Color Universal Design (2008)."""
BLUES = ("#08306b", "#2171b5", "#6baed6", "#b9d6ea", "#4a5fc1", "#9aa5e0")
"""Shades for the members of one kind."""
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
DOTS_PER_INCH = 160
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": GRAY,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": GRAY,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "capexmodel",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": GRAY,
    "xtick.labelsize": 8.5,
    "ytick.color": GRAY,
    "ytick.labelsize": 8.5,
    "ytick.left": False,
}


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Draw in the look of the house, whatever the settings of the process are; leave those as they were."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def saved(figure: Figure, kind: str) -> bytes:
    """Write a figure as "svg" or "png": the same bytes for the same figure, without a date."""
    buffer = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    with style():
        figure.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)
    return buffer.getvalue()


def title(figure: Figure, text: str, note: str) -> None:
    """Head a figure with what it shows, and below it how to read it."""
    figure.text(0.012, 0.985, safe(text), fontsize=13, fontweight="bold", va="top")
    figure.text(0.012, 0.93, safe(note), fontsize=9.5, color=GRAY, va="top")


def moment(scenario: Scenario, time_s: float) -> float:
    """Place an instant on a time axis."""
    start = datetime.datetime.fromisoformat(scenario.calendar.as_of)
    return float(dates.date2num(start + datetime.timedelta(seconds=float(time_s))))


def moments(scenario: Scenario, times_s: Sequence[float] | np.ndarray) -> np.ndarray:
    """Place instants on a time axis."""
    return np.array([moment(scenario, time_s) for time_s in times_s])


def _month(value: float, place: int) -> str:
    """Name a month, with its year where one begins and at the first tick."""
    day = dates.num2date(value)
    name = MONTHS[day.month - 1]
    return f"{name}\n{day.year}" if place == 0 or day.month == 1 else name


def time_axis(ax: Axes, scenario: Scenario, few: bool = False) -> None:
    """Run an axis from the as-of date to the horizon, with a tick a year and small ones a quarter; months where the span is short."""
    edges = moments(scenario, np.asarray(scenario.calendar.period_edges_s)[[0, -1]])
    ax.set_xlim(edges[0], edges[1])
    years = (edges[1] - edges[0]) / 365.25
    if years > 2.5 or (few and years > 1.2):
        ax.xaxis.set_major_locator(dates.YearLocator())
        ax.xaxis.set_major_formatter(dates.DateFormatter("%Y"))
        ax.xaxis.set_minor_locator(dates.MonthLocator(bymonth=(4, 7, 10)))
    else:
        ax.xaxis.set_major_locator(dates.MonthLocator(bymonth=(1, 4, 7, 10)))
        ax.xaxis.set_major_formatter(FuncFormatter(_month))
    ax.tick_params(axis="x", which="major", length=5)
    ax.tick_params(axis="x", which="minor", length=2.5, color=FAINT)
