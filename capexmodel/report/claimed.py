"""What a result file claims, each part where it must stand and of its kind, before anything is compared with it."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from capexmodel.errors import ConfigError
from capexmodel.report.text import safe

PLANNED, SIMULATED, EXPLAINED, FAILED = ("OPTIMAL", "FEASIBLE_NOT_PROVEN"), "SIMULATED", "INFEASIBLE_EXPLAINED", "NUMERIC"
STATUSES = (*PLANNED, SIMULATED, EXPLAINED, FAILED)
SHOWN = 80
"""Letters of what stands in a file that are told."""
KINDS: Mapping[str, tuple[type, ...]] = {
    "a table": (dict,),
    "a word": (str,),
    "a number": (int, float),
    "a word or null": (str, type(None)),
    "a number or null": (int, float, type(None)),
    "true or false": (bool,),
}
OBJECTIVE = {"name": "a word", "value": "a number", "unit": "a word"}
PRICE = {
    "leaf": "a word",
    "constraint": "a word or null",
    "value": "a number",
    "unit": "a word",
    "low": "a number or null",
    "high": "a number or null",
}
RESIDUALS = ("stationarity", "primal", "dual_sign", "complementarity")
CERTIFICATE = dict.fromkeys(("tolerance", "kkt_error", *RESIDUALS), "a number") | {"holds": "true or false", "scope": "a word"}
ROUNDING = {"value": "a number", "relaxed": "a number", "racks": "a table", "halls": "a table", "unit": "a word"}


@dataclasses.dataclass(frozen=True)
class Claims:
    """Aim, prices, certificate and rounding of a plan, or the wishes of a conflict: what the status of a result says it must hold."""

    status: str
    objective: Mapping[str, Any]
    prices: tuple[Mapping[str, Any], ...]
    certificate: Mapping[str, Any]
    rounding: Mapping[str, Any] | None
    members: tuple[str, ...]


def claims_of(result: Mapping[str, Any]) -> Claims:
    """Read what a result claims. Raises: ConfigError where a part is missing, is of another kind, or belongs to another status."""
    status = result.get("status")
    if status not in STATUSES:
        raise _wrong("status", status, f"one of {', '.join(STATUSES)}")
    with_plan = status in (*PLANNED, SIMULATED)
    if (result.get("allocation") is not None) is not with_plan:
        raise ConfigError(f"allocation: {'missing' if with_plan else 'there'}, though the status is {status}")
    if (result.get("conflict") is not None) is not (status == EXPLAINED):
        raise ConfigError(f"conflict: {'missing' if status == EXPLAINED else 'there'}, though the status is {status}")
    members = _listed(_table(result["conflict"], "conflict", {}).get("members"), "conflict.members") if status == EXPLAINED else []
    if status == EXPLAINED and not (members and all(isinstance(name, str) for name in members)):
        raise _wrong("conflict.members", members, "names of wishes")
    if status not in PLANNED:
        _unclaimed(result, status)
        return Claims(status, {}, (), {}, None, tuple(members))
    prices = _listed(result.get("shadow_prices"), "shadow_prices")
    return Claims(
        status,
        _table(result.get("objective"), "objective", OBJECTIVE),
        tuple(_table(row, f"shadow_prices[{place}]", PRICE) for place, row in enumerate(prices)),
        _table(result.get("certificate"), "certificate", CERTIFICATE),
        None if result.get("rounding") is None else _table(result["rounding"], "rounding", ROUNDING),
        (),
    )


def _unclaimed(result: Mapping[str, Any], status: str) -> None:
    """What only a solver's plan has must not stand beside another status."""
    objective = result.get("objective")
    value = objective.get("value") if isinstance(objective, Mapping) else objective
    stand = {"objective.value": value, "certificate": result.get("certificate"), "shadow_prices": result.get("shadow_prices") or None}
    for path, given in (stand | {"rounding": result.get("rounding")}).items():
        if given is not None:
            raise ConfigError(f"{path}: there, though the status is {status}")


def _listed(given: Any, path: str) -> list[Any]:
    if not isinstance(given, list):
        raise _wrong(path, given, "a list")
    return given


def _table(given: Any, path: str, kinds: Mapping[str, str]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise _wrong(path, given, "a table")
    for name, kind in kinds.items():
        value = given.get(name)
        if not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind == "a number"):
            raise _wrong(f"{path}.{name}", value, kind)
    return given


def _wrong(path: str, given: Any, expected: str) -> ConfigError:
    return ConfigError(f"{path}: got {'nothing' if given is None else safe(str(given)[:SHOWN])}, expected {expected}")
