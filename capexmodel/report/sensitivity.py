"""What an output hangs on, for people and for programs: slopes, ends of ranges, shares of variance, and which of it nobody verified."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from capexmodel.config import dump
from capexmodel.errors import ModelError
from capexmodel.model.evidence import STATUSES
from capexmodel.model.scenario import Scenario
from capexmodel.report.document import finite
from capexmodel.report.leaf import base_unit, meaning, span, written
from capexmodel.report.text import heading, paragraph, safe, show, size, table
from capexmodel.studies.elasticity import Elasticities
from capexmodel.studies.outputs import Output
from capexmodel.studies.sobol import Sobol, name_of
from capexmodel.studies.tornado import Bar, Moved
from capexmodel.studies.unverified import Trust, trust

SCHEMA_VERSION = 1
MOST_SHOWN = 15
"""Rows of a table on the page; the JSON has all."""
ROUNDING = 1e-12
"""Share of an output, for a percent of a number, that is rounding."""
BEND, SLOPE = "~", "/"
"""Marks of a figure whose slope misleads, and of ends that are by the slope alone."""
REACHED = "reached"
"""What is looked at where an output has no variance because many scenarios do not reach it."""
AIM = "aim_"
"""What the name of the aim of a plan begins with."""


@dataclasses.dataclass(frozen=True)
class Told:
    """One output: its slopes, its bars, and what its variance is made of where that was asked for."""

    slopes: Elasticities
    bars: tuple[Bar, ...]


@dataclasses.dataclass(frozen=True)
class Sensitivity:
    """A study: a scenario, every output by name, and the variance where it was asked for. `way` says what is held fixed."""

    scenario: Scenario
    told: Mapping[str, Told]
    sobol: Sobol | None
    way: str


def value_text(scenario: Scenario, output: Output, value: float) -> str:
    """Write an output: instants as days of the calendar."""
    if not np.isfinite(value):
        return "not reached"
    return scenario.calendar.date(value).isoformat() if output.instant else show(value, output.unit)


def change_text(output: Output, change: float) -> str:
    """Write a change of an output with its sign and unit: "+12.3 days", "-$1.2B"."""
    if not np.isfinite(change):
        return "no plan" if output.name.startswith(AIM) else "not reached"
    if change == 0.0:
        return "0"
    sign = "+" if change > 0 else "-"
    return f"{sign}{abs(change) / size('day'):.3g} days" if output.instant else sign + show(abs(change), output.unit)


def sensitivity_page(found: Sensitivity, name: str) -> str:
    """Write what is known of one output as tables."""
    scenario, told = found.scenario, found.told[name]
    output = told.slopes.output
    lines = [f"{safe(scenario.name)}: {safe(scenario.title)}"]
    lines += paragraph(f"{name}: {value_text(scenario, output, told.slopes.value)}, as of {scenario.calendar.as_of}. {found.way}")
    lines += _slopes(scenario, told.slopes)
    if told.bars:
        known = trust(scenario, told.bars)
        lines += _bars(scenario, output, told.bars) + _unverified(scenario, output, known)
    lines += [] if found.sobol is None else _variance(found.sobol, name)
    return "\n".join(lines) + "\n"


def _slopes(scenario: Scenario, slopes: Elasticities) -> list[str]:
    """The numbers that move it most for a percent of themselves."""
    figures = scenario.evidence.figures
    shown = [row for row in slopes.rows if abs(row.per_percent) > ROUNDING * abs(slopes.value)][:MOST_SHOWN]
    rows = [
        [
            row.path, f"{row.share:+.3f}", change_text(slopes.output, row.per_percent), written(scenario, row.path, row.value),
            figures[row.path].status if row.path in figures else "default", meaning(scenario, row.path),
        ]
        for row in shown
    ]  # fmt: skip
    count = sum(abs(row.per_percent) > ROUNDING * abs(slopes.value) or (row.value == 0.0 and row.slope != 0.0) for row in slopes.rows)
    lines = heading("slopes", f"{count} of {len(slopes.rows)} numbers move it; dates count from the as-of date")
    return lines + table(["number", "% per 1 %", "change per 1 %", "value", "status", "what it is"], rows)


def _bars(scenario: Scenario, output: Output, bars: tuple[Bar, ...]) -> list[str]:
    """The figures that move it most at the ends of their ranges."""
    rows = [
        [
            bar.figure.path, change_text(output, bar.at_low), change_text(output, bar.at_high),
            SLOPE if bar.first_order else BEND if bar.bent else "",
            _range(scenario, bar.figure), bar.figure.status,
        ]
        for bar in bars[:MOST_SHOWN]
    ]  # fmt: skip
    lines = heading("tornado", f"each of {len(bars)} figures with a range at its low and at its high alone; stages of a series together")
    lines += table(["figure", "at low", "at high", "", "low .. high", "status"], rows)
    by_slope = f" {SLOPE}: by the slope alone." if any(bar.first_order for bar in bars) else ""
    return lines + paragraph(f"{BEND}: the slope would have it elsewhere by more than a tenth of the width.{by_slope}")


def _range(scenario: Scenario, figure: Moved) -> str:
    """The ends of a figure; of a series, those of its last stage."""
    return span(scenario, figure.stages[-1].path, figure.low, figure.high)


def _unverified(scenario: Scenario, output: Output, known: Trust) -> list[str]:
    """The share of each kind of evidence, and the figures that nobody verified."""
    rows = [
        [status, *(str(count[status]) for count in (known.bare, known.ranged, known.endless)), f"{100.0 * known.shares[status]:.1f} %"]
        for status in STATUSES
        if known.ranged[status] or known.bare[status]
    ]
    lines = heading("evidence", "share of the squares of all half-widths that have an end")
    lines += table(["status", "no range", "a range", "no end", "share"], rows)
    lines += paragraph(f"{100.0 * known.open_share:.0f} % of it hangs on numbers that nobody verified (recalled, or assumed).")
    worst = [row for row in known.rows if row.bar.figure.open][:MOST_SHOWN]
    lines += heading("which unverified number matters", "half the width of its bar; each is worth looking up in this order")
    told = [
        [
            row.bar.figure.path, _half(output, row.half_width), f"{100.0 * row.share:.1f} %" if row.share >= 0.0 else "-",
            row.bar.figure.status, row.bar.figure.source, meaning(scenario, row.bar.figure.stages[0].path),
        ]
        for row in worst
    ]  # fmt: skip
    return lines + table(["figure", "half-width", "share", "status", "source", "what it is"], told)


def _half(output: Output, width: float) -> str:
    return "no end" if not np.isfinite(width) else change_text(output, width).lstrip("+")


def _variance(found: Sobol, name: str) -> list[str]:
    """Shares of the variance, with their errors."""
    lines = heading(
        f"variance of {name}", f"{found.size:,} scenarios; what each explains alone, and what is left while it alone is unknown"
    )
    try:
        known = found.indices(name)
    except ModelError as error:
        return lines + paragraph(f"{error}.") + (_variance(found, REACHED) if name != REACHED else [])
    output = next(one for one in found.outputs if one.name == name)
    order = np.argsort(-known.total, kind="stable")[:MOST_SHOWN]
    rows = [
        [
            name_of(found.groups[place]), _share(float(known.first[place]), float(known.first_error[place])),
            _share(float(known.total[place]), float(known.total_error[place])),
            max((one.status for one in found.groups[place]), key=STATUSES.index),
        ]
        for place in order
    ]  # fmt: skip
    lines += table(["figure or group", "alone (%)", "in all (%)", "status"], rows)
    spread = f"{np.sqrt(known.variance):.2g}" if output.share else change_text(output, float(np.sqrt(known.variance))).lstrip("+")
    lost = found.first.shape[0] - known.used
    less = f" {lost} points were left out: a scenario of theirs does not reach it." if lost else ""
    text = f"Standard deviation {spread}. All figures alone: {100.0 * known.first.sum():.0f} % of the variance.{less}"
    return lines + paragraph(f"{text} Errors are standard errors; a share below its error is none.")


def _share(value: float, error: float) -> str:
    return f"{100.0 * value:.1f} +- {100.0 * error:.1f}"


def sensitivity_document(found: Sensitivity) -> dict[str, Any]:
    """Write everything as a dictionary that JSON can hold; values in base units, which are named beside them."""
    scenario = found.scenario
    body = {
        "schema_version": SCHEMA_VERSION,
        "kind": "sensitivity",
        "scenario": {"name": scenario.name, "toml": dump(scenario)},
        "config_hash": scenario.evidence.config_hash,
        "way": found.way,
        "outputs": [_output(found, name, told) for name, told in found.told.items()],
    }
    if found.sobol is not None:
        chances = [one.name for one in found.sobol.outputs if one.share]
        body["chances"] = [{"name": name, "unit": "", "variance": _indices(found.sobol, name)} for name in chances]
    return finite(body)


def _output(found: Sensitivity, name: str, told: Told) -> dict[str, Any]:
    scenario, output = found.scenario, told.slopes.output
    body: dict[str, Any] = {"name": name, "unit": output.unit, "value": told.slopes.value}
    body["slopes"] = [
        {
            "path": row.path, "value": row.value, "unit": base_unit(scenario, row.path), "slope": row.slope,
            "elasticity": row.share, "per_percent": row.per_percent,
        }
        for row in told.slopes.rows
    ]  # fmt: skip
    if told.bars:
        known = trust(scenario, told.bars)
        body["tornado"] = [
            {
                "path": row.bar.figure.path, "stages": [leaf.path for leaf in row.bar.figure.stages],
                "unit": base_unit(scenario, row.bar.figure.stages[0].path), "low": row.bar.figure.low, "value": row.bar.figure.value,
                "high": row.bar.figure.high, "at_low": row.bar.at_low, "at_high": row.bar.at_high, "slope_low": row.bar.slope_low,
                "slope_high": row.bar.slope_high, "bent": row.bar.bent, "first_order": row.bar.first_order,
                "half_width": row.half_width, "share": row.share,
                "status": row.bar.figure.status, "source": row.bar.figure.source,
            }
            for row in known.rows
        ]  # fmt: skip
        body["evidence"] = {
            "shares": known.shares,
            "open_share": known.open_share,
            "ranged": known.ranged,
            "no_end": known.endless,
            "no_range": known.bare,
        }
    if found.sobol is not None:
        body["variance"] = _indices(found.sobol, name)
    return body


def _indices(found: Sobol, name: str) -> dict[str, Any]:
    try:
        known = found.indices(name)
    except ModelError as error:
        return {"none": str(error)}
    return {
        "points": found.first.shape[0], "used": known.used, "seed": found.seed, "variance": known.variance,
        "groups": [
            {
                "group": name_of(group), "paths": [leaf.path for one in group for leaf in one.stages],
                "first": known.first[place], "first_error": known.first_error[place],
                "total": known.total[place], "total_error": known.total_error[place],
            }
            for place, group in enumerate(found.groups)
        ],
    }  # fmt: skip
