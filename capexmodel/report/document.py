"""The result file: everything a plan says as plain JSON values, enough to read it elsewhere and to run it again."""

import collections
import dataclasses
import json
import math
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from capexmodel.config import dump
from capexmodel.config.faults import plain
from capexmodel.errors import ConfigError
from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.planning.objective import AbstractObjective
from capexmodel.planning.plan import Plan
from capexmodel.report.books import account_rows
from capexmodel.report.footprint import footprint_rows
from capexmodel.report.named import fields_of, nothing_of, read_table, written
from capexmodel.report.prices import reading
from capexmodel.report.proof import sealed, stated
from capexmodel.report.rows import Row, date_rows, envelope_rows, outcome_rows, spend_rows
from capexmodel.report.terminal import near

SCHEMA_VERSION = 1
LATER = ("energy_share",)
"""Choices that results written before there were any do not hold: nothing was chosen."""
MOST = 1e15
"""Dollars, chips or watts of a cell beyond which an allocation is refused: what follows from more is soon without end."""
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a result file beyond which it is refused unread."""


def document(plan: Plan) -> dict[str, Any]:
    """Write a plan as a dictionary that JSON can hold: no NaN, no infinity, money in USD, every other value with its unit beside it.

    `low` and `high` of a shadow price are the ends of the leaf within which it holds, in the unit of the leaf's name.
    """
    scenario, aim = plan.problem.scenario, plan.problem.minimize
    body = common(scenario, plan.allocation, plan.outcome, plan.status)
    body["objective"] = {"name": aim_name(aim), "value": plan.value, "unit": aim.unit}
    body["shadow_prices"] = [reading(plan, price).row() for price in plan.shadow_prices]
    body["certificate"] = None if plan.certificate is None else {**dataclasses.asdict(plan.certificate), "holds": plan.certificate.holds}
    if plan.rounding is not None:
        body["rounding"] = {**dataclasses.asdict(plan.rounding), "unit": aim.unit}
    if plan.conflict is not None:
        body["conflict"] = dataclasses.asdict(plan.conflict)
    body["proof"] = stated(plan)
    return sealed(finite(body))


def aim_name(aim: AbstractObjective) -> str:
    """An aim as a result calls it: with the job whose it is, if it is of one."""
    return aim.name if aim.job is None else f"{aim.name}:{aim.job}"


def simulation_document(scenario: Scenario, allocation: Allocation, outcome: Outcome) -> dict[str, Any]:
    """Write what follows from a given allocation: the document of a plan without what only a solver knows."""
    return sealed(finite(common(scenario, allocation, outcome, "SIMULATED")))


def common(scenario: Scenario, allocation: Allocation | None, outcome: Outcome | None, status: str) -> dict[str, Any]:
    """What every result says of a scenario and an allocation."""
    return {
        "schema_version": SCHEMA_VERSION,
        "status": status,
        "scenario": {"name": scenario.name, "toml": dump(scenario)},
        "allocation": None if allocation is None else written(scenario, allocation),
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


def read_allocation(result: Mapping[str, Any], scenario: Scenario) -> Allocation:
    """Take the allocation out of a result, its cells found by name, so that the order of members does not matter.

    Raises: ConfigError when it is not there, or was made for other sites, chips or dates than the scenario's.
    """
    given = result.get("allocation")
    if not isinstance(given, Mapping):
        raise ConfigError("allocation: missing, expected the result file of an `optimize` run that found a plan")
    fields = fields_of(scenario, Allocation)
    for name in given:
        if name not in fields:
            raise ConfigError(f"allocation.{plain(name)}: no such field, expected {', '.join(fields)}{near(str(name), fields)}")
    later = {name: nothing_of(Allocation, name, fields[name]) for name in LATER if name not in given}
    read = read_table({**given, **later}, "allocation", Allocation, scenario)
    for name in fields:
        if np.any(getattr(read, name) > MOST):
            raise ConfigError(f"allocation.{name}.values: expected at most {MOST:g}, got {np.max(getattr(read, name)):g}")
    return read


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
        text = path.read_text(encoding="utf-8")
        result = json.loads(text, parse_constant=_number, parse_float=_number, parse_int=_whole, object_pairs_hook=_table)
    except OSError as error:
        raise ConfigError(f"{str(path)[:200]}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not a JSON file: {error}") from error
    if not isinstance(result, dict):
        raise ConfigError(f"{path}: not a result, expected a JSON object")
    return result


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of a file. Raises: ValueError where a key is there twice, for others would read the other value."""
    table = dict(pairs)
    if len(table) < len(pairs):
        twice = next(key for key, count in collections.Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {plain(twice)} is there twice")
    return table


def _number(text: str) -> float:
    """A number of a file. Raises: ValueError for what is none, or without end."""
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text[:20]} is not a finite number")
    return value


def _whole(text: str) -> int:
    """A whole number of a file. Raises: ValueError for one that no other number could be compared with."""
    _number(text)
    return int(text)


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
