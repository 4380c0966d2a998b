"""What published figures of dollars a gigawatt are built of, and other figures of money and power: `configs/finance/gigawatt.toml`.

A build names a chip, a network and a hall of the catalog, or says their prices itself. Prices carry the day of their source.
"""

import dataclasses
import datetime
import functools
import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import jax.numpy as jnp

from capexmodel.config.faults import called, key, nearest, plain
from capexmodel.config.figures import FIGURE_KEYS, LARGEST, SMALLEST, Given
from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_toml
from capexmodel.errors import ConfigError
from capexmodel.finance.gigawatt import Build
from capexmodel.model.evidence import STATUSES
from capexmodel.param import params
from capexmodel.units import describe, dimension, parse, scale, to_base

SHOWN = "finance/gigawatt.toml"
EPOCH = datetime.date(2000, 1, 1)
"""The day from which days of prices are counted; only their differences matter."""
COUNTED = {"it": 0.0, "site": 1.0}
PICKED = {
    "chip": ("accelerators", "accelerator", {"price_kusd": "system_usd", "it_power_kw": "chip_w"}),
    "network": ("networks", "network", {"price_kusd": "network_usd"}),
    "hall": ("halls", "hall", {"price_musd_per_mw": "hall_usd_per_w"}),
}
"""What is picked from the catalog by name: its file, its table, and which field each figure becomes."""
PRICED = {"system_usd": "system_at_s", "network_usd": "network_at_s"}
LONGEST = 200
"""Letters of a title."""
OWN = ("title", "as_of", "counted", *PICKED)


@dataclasses.dataclass(frozen=True)
class Told:
    """A build by name, with what it is made from, and where each figure comes from."""

    name: str
    title: str
    as_of: datetime.date
    build: Build
    figures: dict[str, Given]

    @property
    def recalled(self) -> tuple[str, ...]:
        """Figures from memory: a comparison that rests on them gates nothing."""
        return tuple(name for name, given in self.figures.items() if given.status == "recalled")


def given(body: Mapping[str, Any], name: str, shown: str = SHOWN) -> Given:
    """The figure of a name that ends in its unit, in base units.

    Raises: ConfigError where it is not there, is no number, or one beyond what can be computed with.
    """
    told = body.get(name)
    if told is None:
        near = nearest(name, body)
        raise ConfigError(f"{shown}: has no '{name}'" + (f"; is '{near}' meant?" if near else ""))
    record, where = told if isinstance(told, Mapping) else {"value": told}, f"{shown}: {key(name)}"
    for word in record:
        if word not in FIGURE_KEYS:
            near = nearest(word, FIGURE_KEYS)
            raise ConfigError(f"{where}.{key(word)} is not a known key" + (f"; is '{near}' meant?" if near else ""))
    value, low, high = (_end(record, end, scale(parse(name)[1]), where) for end in ("value", "low", "high"))
    if value is None:
        raise ConfigError(f"{where} has no value")
    if (low is not None and low > value) or (high is not None and high < value):
        raise ConfigError(f"{where}.value: got {plain(record['value'])}, expected a number from its low to its high")
    status, source = record.get("status", "scenario"), record.get("source", "")
    if status not in STATUSES:
        raise ConfigError(f"{where}.status: got {plain(status)}, expected {', '.join(STATUSES)}")
    return Given(value, low, high, status, line_of(source, f"{where}.source"))


def _end(record: Mapping[str, Any], end: str, factor: Fraction, where: str) -> float | None:
    number = record.get(end)
    if number is None:
        return None
    plainly = isinstance(number, int | float | Decimal) and not isinstance(number, bool)
    if not plainly or not math.isfinite(to_base(number, factor)):
        raise ConfigError(f"{where}.{end} is no number, got {plain(number)}")
    value = to_base(number, factor)
    if number and not SMALLEST <= abs(value) <= LARGEST:
        size = f"0, or between {SMALLEST:g} and {LARGEST:g} in size in base units"
        raise ConfigError(f"{where}.{end} is beyond what can be computed with, got {plain(number)}, expected {size}")
    return value


def line_of(text: object, where: str) -> str:
    """A title, or the name of a source. Raises: ConfigError where it is no line of text that can be shown."""
    if not isinstance(text, str) or not text.isprintable() or len(text) > LONGEST:
        raise ConfigError(f"{where} is not a line of text, got {plain(text)}, expected at most {LONGEST} plain characters")
    return text


def written(value: float, name: str) -> float:
    """A number in base units as it is written under a name that ends in its unit."""
    return value / to_base(1, scale(parse(name)[1]))


@functools.cache
def _catalog(name: str) -> dict[str, Any]:
    return read_toml(configs_dir() / "catalog" / f"{name}.toml", f"catalog/{name}.toml")


@functools.cache
def _source_days() -> dict[str, datetime.date]:
    return {name: body["date"] for name, body in read_toml(configs_dir() / "sources.toml", "sources.toml")["sources"].items()}


@functools.cache
def tables() -> dict[str, Any]:
    """The shipped file as it stands."""
    return read_toml(configs_dir() / "finance" / "gigawatt.toml", SHOWN)


@functools.cache
def builds() -> dict[str, Told]:
    """Every shipped build."""
    return _read(tables(), SHOWN)


def read_builds(path: Path) -> dict[str, Told]:
    """Builds of one's own, on top of what is common to the shipped ones.

    Raises: ConfigError for a file that holds none, for a table or a key that is not known, and for the name of a shipped build.
    """
    shown, known = called(path), tables()
    own = read_toml(path, shown)
    for word in own:
        if word not in known:
            hint = f"; is '{near}' meant?" if (near := nearest(word, known)) else ""
            raise ConfigError(f"{shown}: {key(word)} is not a known table, expected [build.NAME]{hint}")
    told = _read({"common": known["common"], **own}, shown)
    for name in told:
        if name in known["build"]:
            raise ConfigError(f"{shown}: build.{key(name)} is the name of a shipped build, expected another one")
    return told


def _read(tree: Mapping[str, Any], shown: str) -> dict[str, Told]:
    listed = tree.get("build")
    if not isinstance(listed, Mapping) or not listed:
        raise ConfigError(f"{shown}: holds no [build.NAME]")
    common = _table(tree["common"], f"{shown}: common")
    return {name: _told(name, {**common, **_table(body, f"{shown}: build.{key(name)}")}, shown) for name, body in listed.items()}


def _table(body: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise ConfigError(f"{where} is no table, got {plain(body)}")
    return body


def _told(name: str, body: Mapping[str, Any], shown: str) -> Told:
    """One build from its keys, those it shares with all included."""
    where = f"{shown}: build.{key(name)}"
    figures = _picked(body, where) | _own(body, where)
    as_of = body.get("as_of")
    if not isinstance(as_of, datetime.date) or isinstance(as_of, datetime.datetime):
        raise ConfigError(f"{where}.as_of is no day, got {plain(as_of)}, expected such as 2026-02-02")
    if not isinstance(body.get("counted"), str) or body["counted"] not in COUNTED:
        raise ConfigError(f"{where}.counted: got {plain(body.get('counted'))}, expected {' or '.join(COUNTED)}")
    days = {at: _source_days().get(figures[price].source, as_of) for price, at in PRICED.items() if price in figures}
    numbers = {field: figure.value for field, figure in figures.items()} | {"site_share": COUNTED[body["counted"]]}
    numbers |= {at: _since(day) for at, day in (days | {"built_at_s": as_of}).items()}
    for field in params(Build):
        if field not in numbers:
            raise ConfigError(f"{where} says nothing of {field}: name a {' or '.join(PICKED)}, or say it")
    title = line_of(body.get("title", name), f"{where}.title")
    return Told(name, title, as_of, Build(**{field: jnp.asarray(numbers[field]) for field in params(Build)}), figures)


def _own(body: Mapping[str, Any], where: str) -> dict[str, Given]:
    """Figures that a build says itself, in any unit of their dimension."""
    stems = {parse(field)[0]: field for field, declared in params(Build).items() if not (declared.dates or field == "site_share")}
    figures: dict[str, Given] = {}
    for word in (word for word in body if word not in OWN):
        stem, unit = parse(word)
        field = "decline_per_s" if word == "decline_oom_per_year" else stems.get(stem)
        if field is None:
            near = nearest(word, [*stems.values(), *OWN])
            raise ConfigError(f"{where}.{key(word)} is not a known key" + (f"; is '{near}' meant?" if near else ""))
        if dimension(unit) != dimension(parse(field)[1]):
            got, wanted = (describe(dimension(one)) for one in (unit, parse(field)[1]))
            raise ConfigError(f"{where}.{key(word)} is {got}, expected {wanted}")
        told = given(body, word, where)
        complaint = params(Build)[field].complaint(told.value)
        if complaint is not None:
            said = body[word]["value"] if isinstance(body[word], Mapping) else body[word]
            raise ConfigError(f"{where}.{key(word)}: got {plain(said)}, expected {complaint}")
        figures[field] = _natural(told) if word == "decline_oom_per_year" else told
    return figures


def _natural(told: Given) -> Given:
    """A decline in powers of ten as one in powers of e."""
    value, low, high = (None if end is None else end * math.log(10.0) for end in (told.value, told.low, told.high))
    return dataclasses.replace(told, value=value, low=low, high=high)


def _picked(body: Mapping[str, Any], where: str) -> dict[str, Given]:
    """Figures of what is named in the catalog."""
    figures: dict[str, Given] = {}
    for word, (file, table, becomes) in PICKED.items():
        name = body.get(word)
        if name is None:
            continue
        listed = _catalog(file)[table]
        if not isinstance(name, str) or name not in listed:
            near = nearest(name, listed)
            raise ConfigError(f"{where}.{word}: {plain(name)} is not in the catalog" + (f"; is '{near}' meant?" if near else ""))
        figures |= {field: given(listed[name], figure, f"catalog/{file}.toml: {table}.{name}") for figure, field in becomes.items()}
    return figures


def _since(day: datetime.date) -> float:
    return (day - EPOCH).days * float(scale("day"))
