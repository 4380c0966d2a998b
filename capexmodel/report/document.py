"""The result file: everything a plan says as plain JSON values, enough to read it elsewhere and to run it again."""

import dataclasses
import json
import math
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from capexmodel.config import dump
from capexmodel.errors import ConfigError
from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.param import axes
from capexmodel.planning.constraint import axis_labels
from capexmodel.planning.plan import Plan
from capexmodel.report.books import account_rows
from capexmodel.report.footprint import footprint_rows
from capexmodel.report.prices import reading
from capexmodel.report.rows import Row, date_rows, envelope_rows, outcome_rows, spend_rows

SCHEMA_VERSION = 1
LATER = ("energy_share",)
"""Choices that results written before there were any do not hold: nothing was chosen."""
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a result file beyond which it is refused unread."""


def document(plan: Plan) -> dict[str, Any]:
    """Write a plan as a dictionary that JSON can hold: no NaN, no infinity, money in USD, every other value with its unit beside it.

    `low` and `high` of a shadow price are the ends of the leaf within which it holds, in the unit of the leaf's name.
    """
    scenario, aim = plan.problem.scenario, plan.problem.minimize
    body = _common(scenario, plan.allocation, plan.outcome, plan.status)
    body["objective"] = {"name": aim.name if aim.job is None else f"{aim.name}:{aim.job}", "value": plan.value, "unit": aim.unit}
    body["shadow_prices"] = [reading(plan, price).row() for price in plan.shadow_prices]
    body["certificate"] = None if plan.certificate is None else {**dataclasses.asdict(plan.certificate), "holds": plan.certificate.holds}
    if plan.rounding is not None:
        body["rounding"] = {**dataclasses.asdict(plan.rounding), "unit": aim.unit}
    if plan.conflict is not None:
        body["conflict"] = dataclasses.asdict(plan.conflict)
    return finite(body)


def simulation_document(scenario: Scenario, allocation: Allocation, outcome: Outcome) -> dict[str, Any]:
    """Write what follows from a given allocation: the document of a plan without what only a solver knows."""
    return finite(_common(scenario, allocation, outcome, "SIMULATED"))


def _common(scenario: Scenario, allocation: Allocation | None, outcome: Outcome | None, status: str) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "status": status,
        "scenario": {"name": scenario.name, "toml": dump(scenario)},
        "allocation": None if allocation is None else _written(scenario, allocation),
        "envelope": envelope_rows(scenario, outcome),
        "spend": [] if outcome is None else spend_rows(scenario, outcome),
        "outcome": [] if outcome is None else outcome_rows(scenario, outcome),
        "footprint": [] if outcome is None else footprint_rows(scenario, outcome),
        "accounts": [] if outcome is None else account_rows(scenario, outcome),
        "dates": date_rows(scenario, outcome),
        "evidence": {"weakest": scenario.evidence.weakest, "parameters": _parameters(scenario)},
        "config_hash": scenario.evidence.config_hash,
    }


def _parameters(scenario: Scenario) -> list[Row]:
    """List every figure read from a file, with the source it cites."""
    evidence = scenario.evidence
    rows = []
    for path in sorted(evidence.figures):
        figure = dataclasses.asdict(evidence.figures[path])
        rows.append({**figure, "citation": dict(evidence.sources.get(figure["source"], {}))})
    return rows


def _fields(scenario: Scenario) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Name the cells of each field of an allocation, axis by axis."""
    names = [field.name for field in dataclasses.fields(Allocation)]
    return {name: tuple(axis_labels(scenario, axis) for axis in axes(Allocation, name)) for name in names}


def _written(scenario: Scenario, allocation: Allocation) -> dict[str, Any]:
    """Write an allocation with the names along its axes."""
    return {
        name: {"axes": dict(zip(axes(Allocation, name), labels, strict=True)), "values": np.asarray(getattr(allocation, name)).tolist()}
        for name, labels in _fields(scenario).items()
    }


def read_allocation(result: Mapping[str, Any], scenario: Scenario) -> Allocation:
    """Take the allocation out of a result, its cells found by name, so that the order of members does not matter.

    Raises: ConfigError when it is not there, or was made for other sites, chips or dates than the scenario's.
    """
    written = result.get("allocation")
    if not isinstance(written, Mapping):
        raise ConfigError("allocation: missing, expected the result file of an `optimize` run that found a plan")
    fields = _fields(scenario)
    given = {name: _nothing(name, fields[name]) if name in LATER and name not in written else written.get(name) for name in fields}
    return Allocation(**{name: _read_field(given[name], name, labels) for name, labels in fields.items()})


def _nothing(name: str, labels: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    """A field in which nothing is chosen."""
    shape = tuple(len(names) for names in labels)
    return {"axes": dict(zip(axes(Allocation, name), map(list, labels), strict=True)), "values": np.zeros(shape).tolist()}


def _read_field(written: Any, name: str, labels: tuple[tuple[str, ...], ...]) -> jnp.ndarray:
    """Read one field, its cells sorted as the scenario names them."""
    if not isinstance(written, Mapping) or not isinstance(written.get("axes"), Mapping):
        raise ConfigError(f"allocation.{name}: missing or without axes, expected `axes` and `values`")
    order = []
    for axis, names in zip(axes(Allocation, name), labels, strict=True):
        given = written["axes"].get(axis)
        if not isinstance(given, list) or sorted(map(str, given)) != sorted(names):
            raise ConfigError(f"allocation.{name}.axes.{axis}: not that of the scenario, got {_few(given)}, expected {_few(names)}")
        order.append([given.index(member) for member in names])
    try:
        values = np.asarray(written.get("values"), dtype=float)
    except (TypeError, ValueError):
        raise ConfigError(f"allocation.{name}.values: not a table of numbers") from None
    shape = tuple(len(names) for names in labels)
    if values.size == 0 and 0 in shape:
        values = np.zeros(shape)
    if values.shape != shape:
        raise ConfigError(f"allocation.{name}.values: wrong shape, got {values.shape}, expected {shape}")
    if not np.all(np.isfinite(values)) or np.any(values < 0):
        raise ConfigError(f"allocation.{name}.values: expected finite numbers of at least 0")
    return jnp.asarray(values[np.ix_(*order)])


def _few(names: Any) -> str:
    words = [str(name) for name in names] if isinstance(names, list | tuple) else [str(names)]
    return ", ".join(words[:6]) + (", ..." if len(words) > 6 else "")


def read_result(path: Path) -> Mapping[str, Any]:
    """Read a result file.

    Raises: ConfigError when it cannot be read, is too large, or is not the JSON of a result.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ConfigError(f"{path}: is not a regular file, expected the JSON of a result")
        if status.st_size > LARGEST_FILE:
            raise ConfigError(f"{path}: too large for a result, expected at most {LARGEST_FILE} bytes")
        result = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{str(path)[:200]}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not a JSON file: {error}") from error
    if not isinstance(result, dict):
        raise ConfigError(f"{path}: not a result, expected a JSON object")
    return result


def to_json(body: Mapping[str, Any]) -> bytes:
    """Write a document as JSON text: keys in the order of the document, no NaN or infinity."""
    return (json.dumps(body, allow_nan=False, ensure_ascii=True, indent=1) + "\n").encode()


def finite(value: Any) -> Any:
    """Give the same value with plain types, and null for what is not a finite number."""
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
