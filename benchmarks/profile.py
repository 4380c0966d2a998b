"""The picture of a contest: the share of problems each solver has solved within so many times the least effort of any.

Source: Dolan and More, Benchmarking optimization software with performance profiles, Mathematical Programming 91 (2002).
"""

from collections.abc import Mapping
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

MOST_TIMES = 100.0
"""Where the picture ends: so many times the least effort."""
COLORS = ("#1f5fa8", "#c4601d", "#3d8b52")


def shares(effort: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Ratios to the least effort, sorted, and the share of all problems solved within each; effort is infinite where not solved."""
    table = np.array(list(effort.values()))
    least = table.min(axis=0)
    found = {}
    for name, row in zip(effort, table, strict=True):
        ratios = np.sort(row[np.isfinite(row)] / least[np.isfinite(row)])
        found[name] = (ratios, np.arange(1, ratios.size + 1) / row.size)
    return found


def draw(path: Path, title: str, measures: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """One panel a measure; each measure gives the effort of every solver on every problem."""
    matplotlib.rcParams["svg.hashsalt"] = title
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    panels = np.ravel(figure.subplots(1, len(measures), sharey=True))
    for panel, (measure, effort) in zip(panels, measures.items(), strict=True):
        for color, (name, (ratios, share)) in zip(COLORS, shares(effort).items(), strict=False):
            steps = np.concatenate([[1.0], ratios, [MOST_TIMES]]), np.concatenate([[0.0], share, share[-1:] if share.size else [0.0]])
            panel.step(*steps, where="post", label=f"{name} ({ratios.size})", color=color)
        panel.set(xscale="log", xlim=(1.0, MOST_TIMES), ylim=(0.0, 1.0), xlabel=f"times the least {measure}")
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("share of problems solved")
    panels[0].legend(loc="lower right", frameon=False)
    figure.suptitle(title)
    figure.savefig(path, metadata={"Date": None})
