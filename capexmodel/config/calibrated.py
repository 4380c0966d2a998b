"""A calibration as a file: deviations of every unknown by name, and the runs they were learned from."""

import dataclasses
import datetime
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

import jax.numpy as jnp

from capexmodel.config.faults import key, nearest, plain
from capexmodel.config.figures import LARGEST
from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_bytes
from capexmodel.config.rows import Refused, Row, read_rows, shipped_rows, understand
from capexmodel.config.runs import Names, names_of, runs_of, seen_of
from capexmodel.config.training import GROUPINGS, prior
from capexmodel.errors import ConfigError
from capexmodel.training.calibration import FIELDS, Runs, Unknowns
from capexmodel.training.kriging import Miss
from capexmodel.training.throughput import Estimator
from capexmodel.training.traits import NAMES

SCHEMA_VERSION = 1
FEWEST = 100
"""Published runs below which there is nothing to learn thirty unknowns from."""
MOST_DEVIATION = 100.0
"""Spreads from what is believed, or powers of e, beyond which a deviation leads to no number."""
BY_KIND = {
    "product_by_precision": "precision",
    "product_by_chip": "chip_precision",
    "attention_by_chip": "chip",
    "product_by_family": "family",
    "passes_by_family": "family",
    "data_overlap_by_family": "family",
}
SINGLE = ("trend_spread", "own_trend_spread", "foreign_share", "noise_spread")


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """An estimator with the runs it was calibrated on: published ones, all or by a date, and the user's own."""

    rows: tuple[Row, ...]
    names: Names
    runs: Runs
    estimator: Estimator
    as_of: datetime.date | None = None


def unknowns_to_tables(unknowns: Unknowns, names: Names) -> dict[str, dict[str, float]]:
    """Unknowns by name, table by table."""
    numbers = {"common": dict(zip(FIELDS, map(float, unknowns.common), strict=True))}
    for table, kind in BY_KIND.items():
        numbers[table] = dict(zip(names.kinds[kind], map(float, getattr(unknowns, table)), strict=True))
    numbers["miss"] = {name: float(getattr(unknowns.miss, name)) for name in SINGLE}
    numbers["group_spread"] = dict(zip(GROUPINGS, map(float, unknowns.miss.group_spread), strict=True))
    numbers["trait_range"] = dict(zip(NAMES, map(float, unknowns.miss.trait_range), strict=True))
    return numbers


def unknowns_from_tables(tables: Mapping[str, Mapping[str, float]], names: Names) -> Unknowns:
    """Unknowns from their tables; a kind that is not in its table deviates by nothing."""

    def row(table: str, wanted: Sequence[str]) -> Any:
        return jnp.asarray([float(tables[table].get(name, 0.0)) for name in wanted])

    miss = Miss(
        group_spread=row("group_spread", GROUPINGS),
        trait_range=row("trait_range", NAMES),
        **{name: jnp.asarray(float(tables["miss"][name])) for name in SINGLE},
    )
    return Unknowns(miss, row("common", FIELDS), **{table: row(table, names.kinds[kind]) for table, kind in BY_KIND.items()})


def _read(path: Path, shown: str) -> dict[str, Any]:
    """A calibration file as it stands.

    Raises: ConfigError where it is none.
    """
    try:
        body = json.loads(read_bytes(path, shown, "a calibration"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{shown}: cannot be read: {' '.join(str(error).split())[:100]}") from None
    version = body.get("schema_version") if isinstance(body, dict) else None
    if isinstance(version, bool) or version != SCHEMA_VERSION or body.get("kind") != "throughput calibration":
        raise ConfigError(f"{shown}: is no calibration of this version, expected what `capexmodel calibrate training-throughput` wrote")
    return body


def published_sha256() -> str:
    """What the published runs are known by: a calibration holds for those it was learned from."""
    return hashlib.sha256((configs_dir() / "training" / "runs.csv").read_bytes()).hexdigest()


def _as_of(body: dict[str, Any], shown: str) -> datetime.date | None:
    """The date by which the published runs of a calibration were known; none: all of them."""
    written = body.get("as_of")
    try:
        return None if written is None else datetime.date.fromisoformat(written)
    except (TypeError, ValueError):
        raise ConfigError(f"{shown}: as_of: is not a date") from None


def _published(as_of: datetime.date | None, where: str = "") -> list[Row]:
    """The published runs, all or by a date. Raises: ConfigError where they are too few to learn from."""
    published = shipped_rows(as_of)
    if len(published) < FEWEST:
        raise ConfigError(f"{where}only {len(published)} runs were published by {as_of}, expected at least {FEWEST} to calibrate on")
    return published


def _rows(body: dict[str, Any], shown: str) -> list[Row]:
    """The runs that a calibration was learned from: the published ones, and the user's own as they stand in it."""
    if body.get("published_sha256") != published_sha256():
        raise ConfigError(f"{shown}: was learned from other published runs than those of this version: calibrate again")
    own = body.get("own_runs")
    if not isinstance(own, list) or not all(isinstance(cells, dict) for cells in own):
        raise ConfigError(f"{shown}: own_runs: is no list of runs")
    understood = [understand(number, {str(name): str(cell) for name, cell in cells.items()}) for number, cells in enumerate(own, 1)]
    for row in understood:
        if isinstance(row, Refused) or not row.scored:
            raise ConfigError(f"{shown}: own_runs: {row.row_id}: {row.reason if isinstance(row, Refused) else 'nothing was seen'}")
    return _published(_as_of(body, shown), f"{shown}: ") + [row for row in understood if isinstance(row, Row)]


def _width(body: dict[str, Any], shown: str) -> float:
    """The factor by which ranges are widened. Raises: ConfigError where it is none."""
    width = body.get("width_factor")
    if not _is_number(width, LARGEST) or width <= 0:
        raise ConfigError(f"{shown}: width_factor: got {plain(width)}, expected a number above 0")
    return float(width)


def _deviations(body: dict[str, Any], names: Names, shown: str) -> dict[str, dict[str, float]]:
    """The deviations of a calibration. Raises: ConfigError for what is no number, leads to none, or belongs to nothing that is known."""
    known = {"common": FIELDS, "miss": SINGLE, "group_spread": GROUPINGS, "trait_range": NAMES}
    known |= {table: names.kinds[kind] for table, kind in BY_KIND.items()}
    where = f"{shown}: deviations"
    tables = _named(body.get("deviations"), known, where)
    for table, members in known.items():
        for word, value in _named(tables.get(table), members, f"{where}.{table}").items():
            if not _is_number(value, MOST_DEVIATION):
                got = f"got {plain(value)}, expected a number of at most {MOST_DEVIATION:g} in size"
                raise ConfigError(f"{where}.{table}.{key(word)}: {got}")
    missing = [word for word in SINGLE if word not in tables["miss"]]
    if missing:
        raise ConfigError(f"{where}.miss.{missing[0]}: is missing")
    return tables


def _named(table: object, known: Collection[str], where: str) -> dict[str, Any]:
    """A table of what is known. Raises: ConfigError where it is none, or holds something else."""
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: is no table, got {plain(table)}")
    for word in table:
        if word not in known:
            near = nearest(word, known)
            raise ConfigError(f"{where}.{key(word)}: is not known" + (f"; did you mean '{near}'?" if near else ""))
    return table


def _is_number(value: object, most: float) -> TypeGuard[int | float]:
    """Whether it is a number of at most a size; what is infinite or none is not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most


def read_calibration(path: Path, shown: str) -> Calibrated:
    """A calibration file with the runs it was learned from.

    Raises: ConfigError where it is none, was learned from other published runs, or holds what is no number or belongs to nothing known.
    """
    body = _read(path, shown)
    rows = _rows(body, shown)
    names = names_of(rows)
    unknowns, width = unknowns_from_tables(_deviations(body, names, shown), names), jnp.asarray(_width(body, shown))
    runs = runs_of(rows, names)
    return Calibrated(tuple(rows), names, runs, Estimator.of(prior(), unknowns, runs, seen_of(rows), width), _as_of(body, shown))


def shipped(as_of: datetime.date | None = None) -> Calibrated:
    """A calibration that comes with the package: on all published runs, or on those published by a date."""
    name = "calibration.json" if as_of is None else f"calibration_{as_of.isoformat()}.json"
    return read_calibration(configs_dir() / "training" / name, f"training/{name}")


def calibration_rows(path: Path | None, as_of: datetime.date | None = None) -> list[Row]:
    """The runs to calibrate on: the published ones, all or by a date, and those of a file that have something seen.

    Raises: ConfigError for a file that cannot be read, holds a run that cannot be timed, or none with something seen; and where too few
    runs were published by the date.
    """
    published = _published(as_of)
    own = [] if path is None else read_rows(path)
    refused = [f"{path}: {row.row_id}: {row.reason}" for row in own if isinstance(row, Refused)]
    if refused:
        raise ConfigError(*refused)
    seen = [row for row in own if isinstance(row, Row) and row.scored]
    if path is not None and not seen:
        raise ConfigError(f"{path}: has no run with something seen, expected a number in the column tokens_per_s_per_chip")
    return published + seen
