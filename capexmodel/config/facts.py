"""Public facts with their dates, and what is believed before: `configs/observations/facts.toml` and `priors.toml`.

A fact that was known by the as-of date may feed a calibration; one that became known later only scores it. Nothing that is believed rests
on a later source. Both are refused here, not left to the reader.
"""

import dataclasses
import datetime
import functools
from collections.abc import Mapping
from typing import Any

from capexmodel.config.builds import given
from capexmodel.config.faults import key, nearest, plain
from capexmodel.config.figures import Given, read_date
from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_toml
from capexmodel.errors import ConfigError
from capexmodel.units import dimension, parse, scale, to_base

FACTS, PRIORS = "observations/facts.toml", "observations/priors.toml"
FEEDS, PRIOR, SCORES = USES = ("feeds", "prior", "scores")
SENSES = ("about", "at_least", "at_most")
LOGARITHM, PLAIN, EVENT = SCALES = ("log", "plain", "event")
DATE, SHARE = "date", "share"
"""Units of a fact that are none of `units`: a day, and a pure number."""
WORDS = ("what", "use", "quantity", "unit", "scale", "sense", "about", "status", "source", "note")
NUMBERS = ("value", "low", "high")
TABLES = ("spent_busd", "fleet", "chip", "avocado", "outlook")


@dataclasses.dataclass(frozen=True)
class Fact:
    """A public fact in base units (a date as seconds from the as-of date): what it is about, when it was published, what it is used for.

    `low` and `high` are the ends between which its quantity lies nine times in ten by this fact alone.
    """

    name: str
    what: str
    use: str
    value: float
    low: float | None
    high: float | None
    unit: str
    about: str
    published: datetime.date
    status: str
    source: str
    quantity: str = ""
    scale: str = LOGARITHM
    sense: str = "about"
    note: str = ""

    @property
    def counts(self) -> bool:
        """Whether missing it counts: figures from memory gate nothing."""
        return self.status != "recalled"


def base(value: Any, unit: str, as_of: datetime.date) -> float:
    """A number in base units; a date as seconds from the as-of date."""
    if unit == DATE:
        day = read_date(value)
        if day is None:
            raise ValueError(value)
        return (day - datetime.datetime.combine(as_of, datetime.time())) / datetime.timedelta(seconds=1)
    if isinstance(value, bool | str | datetime.date):
        raise ValueError(value)
    return to_base(value, scale("" if unit == SHARE else unit))


@functools.cache
def source_days() -> dict[str, datetime.date]:
    """When each shipped source was published."""
    return {name: body["date"] for name, body in read_toml(configs_dir() / "sources.toml", "sources.toml")["sources"].items()}


@functools.cache
def facts() -> dict[str, Fact]:
    """Every shipped fact, in the order of the file."""
    return read_facts(read_toml(configs_dir() / "observations" / "facts.toml", FACTS), as_of(), source_days())


@functools.cache
def least_inside() -> float:
    """The goal: least share of scored facts between 5 and 95 of a hundred of what was predicted."""
    return given(read_toml(configs_dir() / "observations" / "facts.toml", FACTS)["goal"], "inside_share", FACTS).value


def read_facts(tree: Mapping[str, Any], day: datetime.date, sources: Mapping[str, datetime.date]) -> dict[str, Fact]:
    """Facts of a file as it stands.

    Raises: ConfigError for a key that is not known or missing, a number that cannot be read, or a fact used before it was known.
    """
    return {name: _fact(name, body, day, sources) for name, body in tree.get("fact", {}).items()}


def _fact(name: str, body: Mapping[str, Any], day: datetime.date, sources: Mapping[str, datetime.date]) -> Fact:
    where = f"{FACTS}: {key('fact', name)}"
    known = (*WORDS, *NUMBERS, "published")
    for word in body:
        if word not in known:
            near = nearest(word, known)
            raise ConfigError(f"{where}.{key(word)}: is not a known key" + (f"; is '{near}' meant?" if near else ""))
    for word in ("what", "use", "value", "unit", "about", "published", "status", "source"):
        if word not in body:
            raise ConfigError(f"{where}.{word}: is missing")
    words = {word: str(body[word]) for word in WORDS if word in body}
    for word, choices in (("use", USES), ("sense", SENSES), ("scale", SCALES), ("source", tuple(sources))):
        if word in words and words[word] not in choices:
            near = nearest(words[word], choices)
            hint = f"; did you mean '{near}'?" if near else f", expected {', '.join(choices)}" if word != "source" else ""
            raise ConfigError(f"{where}.{word}: is not known, got {plain(body[word])}{hint}")
    try:
        numbers = {word: base(body[word], words["unit"], day) for word in NUMBERS if word in body}
    except ValueError as error:
        raise ConfigError(f"{where}: holds no {words['unit']}, got {plain(error.args[0])}") from None
    if not isinstance(body["published"], datetime.date):
        raise ConfigError(f"{where}.published: is not a date, got {plain(body['published'])}")
    value, low, high = numbers["value"], numbers.get("low"), numbers.get("high")
    fact = Fact(name, published=body["published"], value=value, low=low, high=high, **words)
    _check_known(fact, day, sources[fact.source], where)
    if fact.use != PRIOR and not fact.quantity:
        raise ConfigError(f"{where}.quantity: is missing, expected what the model says of it")
    return fact


def _check_known(fact: Fact, day: datetime.date, read: datetime.date, where: str) -> None:
    """Refuse a fact that is used before it was known, or its source could be read."""
    late = max(fact.published, read)
    if fact.use != SCORES and late > day:
        raise ConfigError(f"{where}: is known from {late} on, expected by {day} where use = {plain(fact.use)}: it may only score")
    if fact.use == SCORES and fact.published <= day:
        raise ConfigError(f"{where}: was published on {fact.published}, expected after {day} where use = {plain(fact.use)}")


@functools.cache
def _priors() -> Mapping[str, Any]:
    return read_toml(configs_dir() / "observations" / "priors.toml", PRIORS)


def as_of() -> datetime.date:
    """The day by which everything that is believed or learned from was known."""
    return _priors()["as_of"]


@functools.cache
def beliefs(table: str, member: str = "") -> dict[str, Given]:
    """What is believed, by name or path, in base units, which the names end in; dates as seconds from the as-of date.

    Raises: ConfigError for a table that is not there, or a figure whose source is later than the as-of date.
    """
    tree = _priors().get(table)
    body = tree.get(member) if member and tree is not None else tree
    if body is None:
        raise ConfigError(f"{PRIORS}: has no [{table}{'.' * bool(member)}{member}], expected {', '.join(TABLES)}")
    return read_beliefs(body, as_of(), source_days())


@functools.cache
def spending() -> dict[str, float]:
    """What was spent, by quarter."""
    named = {f"{quarter}_busd": body for quarter, body in _priors()["spent_busd"].items()}
    return {parse(name)[0]: figure.value for name, figure in read_beliefs(named, as_of(), source_days()).items()}


def in_base(name: str) -> str:
    """A name whose last word is its unit, in base units: "install_months" gives "install_s"."""
    stem, unit = parse(name)
    kind = dimension(unit)
    words = _WORK.get(kind) or "_per_".join(
        ["_".join(word for word, power in kind if power > 0), *(word for word, power in kind if power < 0)]
    ).removeprefix("_")
    return f"{stem}_{words}" if kind else name


_WORK = {dimension(unit): unit for unit in ("eflop", "eflops")}
"""Dimensions whose base unit has another name than they have."""


def read_beliefs(body: Mapping[str, Any], day: datetime.date, sources: Mapping[str, datetime.date]) -> dict[str, Given]:
    """What a table of figures says. Raises: ConfigError for a source that is later than the as-of date."""
    found = {}
    for name, record in body.items():
        late = sources[record["source"]]
        if late > day:
            raise ConfigError(f"{PRIORS}: {key(name)}: rests on '{record['source']}' of {late}, expected one by {day}")
        if isinstance(record["value"], datetime.date):
            found[f"{name}_s"] = Given(base(record["value"], DATE, day), None, None, record["status"], record["source"])
        else:
            found[in_base(name)] = given(body, name, PRIORS)
    return found
