"""Work to the date: how far each model's training has come, when its run ends, and when it is out."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.report.canvas import FAINT, GRAY, SERIES, moment, moments, time_axis, title
from capexmodel.report.rows import out_date_s, work_done_eflop
from capexmodel.report.text import safe, size

NOTE = "Training work done, FLOP. A dot ends the run, a diamond is the day the model is out."
POINTS = 600
HALO = (withStroke(linewidth=3, foreground="white"),)
DEPTH = 3.0
"""Powers of ten shown below the smallest demand."""
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def work_figure(scenario: Scenario, outcome: Outcome) -> Figure:
    """Draw each model's training work on a logarithmic axis up to what it needs, then its release lag up to its date."""
    figure = Figure(figsize=(10.5, 5.6))
    ax = figure.subplots()
    figure.subplots_adjust(left=0.075, right=0.97, top=0.885, bottom=0.085)
    title(figure, f"{scenario.name}: work to the date", NOTE)
    time_s = np.linspace(0.0, float(scenario.calendar.horizon_s), POINTS)
    done = work_done_eflop(scenario, outcome, time_s) / size("flop")
    demand = np.asarray(scenario.job.work_eflop) / size("flop")
    low = 10.0 ** np.floor(np.log10(np.min(demand)) - DEPTH)
    high = 10.0 ** (np.log10(np.max(demand)) + 0.6)
    for j in range(len(demand)):
        _model(ax, scenario, outcome, j, time_s, done[j], demand[j])
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ax.yaxis.set_major_locator(FixedLocator(list(10.0 ** np.arange(np.ceil(np.log10(low)), np.log10(high)))))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: "10" + str(round(np.log10(value))).translate(_RAISED)))
    ax.set_ylabel("training work done, FLOP")
    time_axis(ax, scenario)
    return figure


def _model(ax: Axes, scenario: Scenario, outcome: Outcome, job: int, time_s: np.ndarray, done: np.ndarray, demand: float) -> None:
    """Draw one model: its work, its demand, and its date against the deadline."""
    color, name = SERIES[job % len(SERIES)], safe(scenario.job.names[job])
    end_s, out_s = float(outcome.training.run_end_s[job]), out_date_s(scenario, outcome, job)
    begun = (done > 0) & (time_s <= end_s)
    ax.axhline(demand, color=FAINT, lw=1.2, zorder=0.6)
    when, work = moments(scenario, time_s[begun]), done[begun]
    if end_s <= time_s[-1]:
        when, work = np.append(when, moment(scenario, end_s)), np.append(work, demand)
        ax.plot(when[-1:], [demand], "o", color=color, ms=5.5, zorder=4)
    ax.plot(when, work, color=color, lw=2.2, zorder=3)
    due = moment(scenario, float(scenario.job.deadline_s[job])) if scenario.job.deadlined[job] else None
    if due is not None:
        ax.plot([due, due], [demand / 1.6, demand * 1.6], color=GRAY, lw=1.6, zorder=3.5)
        ax.annotate("deadline", (due, demand / 1.7), ha="center", va="top", color=GRAY, fontsize=8, path_effects=HALO, zorder=5)
    if out_s is None:
        said, at = f"{name}: not reached within the horizon", float(when[-1]) if when.size else moment(scenario, 0.0)
    else:
        at = moment(scenario, out_s)
        said = f"{name} is out on {scenario.calendar.date(out_s).isoformat()}"
        ax.plot([moment(scenario, end_s), at], [demand, demand], color=color, lw=1.3, ls=(0, (1.5, 1.5)), zorder=3)
        ax.plot([at], [demand], "D", color=color, ms=6.5, zorder=4, clip_on=False)
    late = at > moment(scenario, 0.6 * time_s[-1])
    look = {"ha": "right" if late else "left", "color": color, "fontsize": 9.5, "fontweight": "bold", "path_effects": HALO, "zorder": 5}
    ax.annotate(said, (at, demand), xytext=(-8 if late else 8, 9), textcoords="offset points", **look)
