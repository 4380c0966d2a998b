"""A sweep for people: what every output did over all scenarios, how it moves with each number, and where the extremes are."""

import dataclasses
from typing import Any

import numpy as np

from capexmodel.config import dump
from capexmodel.report.document import finite
from capexmodel.report.leaf import base_unit, meaning, written
from capexmodel.report.text import heading, paragraph, safe, show, table
from capexmodel.studies.outputs import Output
from capexmodel.studies.swept import Sweep
from capexmodel.studies.task import columns, value_count

SCHEMA_VERSION = 1
SHARES = (0.1, 0.5, 0.9)
"""Quantiles on the page."""
MOST_SHOWN = 12
"""Values of a number that a table shows: of more, evenly spread ones."""


def told(found: Sweep, output: Output, value: float) -> str:
    """Write a value of an output as people read it: instants as days, shares as percent."""
    if not np.isfinite(value):
        return "-"
    if output.share:
        return f"{100.0 * value:z.1f} %"
    if output.instant:
        return found.task.scenario.calendar.date(value).isoformat()
    return show(value, output.unit)


def sweep_page(found: Sweep) -> str:
    """Write a sweep as tables."""
    scenario, grid, summary = found.task.scenario, found.crossed, found.summary
    way = "simulated with one plan" if found.task.problem is None else "planned anew"
    lines = [f"{safe(scenario.name)}: {safe(scenario.title)}", *paragraph(f"{found.size:,} scenarios, each {way}.")]
    lines += heading("varied")
    varied = []
    for k, (leaf, count) in enumerate(zip(grid.leaves, grid.counts, strict=True)):
        ends = [written(scenario, leaf.path, grid.axis(k)[at]) for at in (0, -1)]
        varied.append([leaf.path, str(count), *ends, meaning(scenario, leaf.path)])
    lines += table(["number", "values", "first", "last", "what it is"], varied)
    lines += heading("over all scenarios", f"as of {scenario.calendar.as_of}; dates are of the scenarios that reach them")
    mean, quantiles = summary.mean(found.at), [summary.quantile(found.at, share) for share in SHARES]
    rows = []
    for k, output in enumerate(found.outputs):
        spread = ["-"] * 5 if output.share else [told(found, output, one[k]) for one in (summary.low, *quantiles, summary.high)]
        rows.append([output.name, f"{summary.count[k]:,}", told(found, output, mean[k]), *spread])
    lines += table(["output", "scenarios", "mean", "least", *(f"P{100 * share:.0f}" for share in SHARES), "most"], rows)
    for leaf in grid.leaves if value_count(grid) else ():
        lines += _by_value(found, leaf.path)
    first = found.outputs[0]
    best = found.numbers_at(int(summary.low_at[0]))
    if summary.count[0]:
        where = ", ".join(f"{path} = {written(scenario, path, value)}" for path, value in best.items())
        lines += ["", *paragraph(f"least {first.name}: {told(found, first, summary.low[0])}, at {where} (scenario {summary.low_at[0]:,}).")]
    return "\n".join(lines) + "\n"


def _by_value(found: Sweep, path: str) -> list[str]:
    """A table of means by the values of one number: dates and shares."""
    scenario, grid = found.task.scenario, found.crossed
    place = [leaf.path for leaf in grid.leaves].index(path)
    values, means = grid.axis(place), found.means(path)
    shown = np.unique(np.linspace(0, values.size - 1, min(values.size, MOST_SHOWN)).astype(int))
    kept = [k for k, output in enumerate(found.outputs) if output.instant or output.share]
    rows = [[written(scenario, path, float(values[at])), *(told(found, found.outputs[k], means[at, k]) for k in kept)] for at in shown]
    return [*heading(f"mean by {path}"), *table([path, *(found.outputs[k].name for k in kept)], rows)]


def sweep_document(found: Sweep) -> dict[str, Any]:
    """Write a sweep as a dictionary that JSON can hold, every value in base units, which are named beside it."""
    scenario, grid, summary = found.task.scenario, found.crossed, found.summary
    mean, deviation = summary.mean(found.at), summary.deviation(found.at)
    quantiles = {f"p{100 * share:.0f}": summary.quantile(found.at, share) for share in SHARES}
    by_value = {leaf.path: found.means(leaf.path) for leaf in grid.leaves} if value_count(grid) else {}
    body = {
        "schema_version": SCHEMA_VERSION,
        "scenario": {"name": scenario.name, "toml": dump(scenario)},
        "config_hash": scenario.evidence.config_hash,
        "recipe_hash": None if found.store is None else found.store.hash,
        "over": "simulate" if found.task.problem is None else "optimize",
        "scenarios": found.size,
        "varied": [
            {"path": leaf.path, "unit": base_unit(scenario, leaf.path), "values": grid.axis(k).tolist()}
            for k, leaf in enumerate(grid.leaves)
        ],
        "columns": [dataclasses.asdict(column) for column in columns(found.engine)],
        "outputs": [
            {
                "name": output.name, "unit": output.unit, "scenarios": int(summary.count[k]), "mean": float(mean[k]),
                "standard_deviation": float(deviation[k]), "bin": float(found.at.width[k]),
                **{name: float(values[k]) for name, values in quantiles.items()},
                "least": float(summary.low[k]), "most": float(summary.high[k]),
                "least_at": found.numbers_at(int(summary.low_at[k])), "most_at": found.numbers_at(int(summary.high_at[k])),
                "mean_by_value": {path: means[:, k].tolist() for path, means in by_value.items()},
            }
            for k, output in enumerate(found.outputs)
        ],
    }  # fmt: skip
    return finite(body)
