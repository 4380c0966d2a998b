"""What is stated, beside what it can be resolved to: `configs/observations/claims.toml`. Neither is corrected by the other.

Rows are added or compared only where period, metric and unit are the same; else they are refused, with everything that differs. Leaves out
currencies, and years that do not begin in January.
"""

import dataclasses
import datetime
import functools
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from capexmodel.config.facts import source_days
from capexmodel.config.faults import key, nearest, plain
from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_toml
from capexmodel.errors import ConfigError
from capexmodel.units import dimension, is_unit, scale, show, to_base

CLAIMS = "observations/claims.toml"
METRICS = {
    "revenue": "revenue",
    "capex": "capital expenditure",
    "ai_capex": "the part of capital expenditure that is for AI, which is not disclosed",
    "operating_cost": "operating expense",
    "total_expenses": "costs and expenses: what has run off, depreciation of capex in it",
    "acquisition": "price of a company",
    "growth": "ratio of a year to the year before",
    "power": "power",
    "releases": "models that came out",
}
"""What is counted, and as which account: money of two accounts is never added."""
KINDS = {
    "year": re.compile(r"\d{4}"),
    "quarter": re.compile(r"\d{4}Q[1-4]"),
    "half year": re.compile(r"\d{4}H[12]"),
    "decade": re.compile(r"\d{3}0s"),
    "day": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "horizon": re.compile(r"coming years|over time"),
}
"""Periods, as they are written."""
PERIOD, METRIC, UNIT, VALUE, AS_OF = APART = ("period", "metric", "unit", "value", "as of")
RATIO = "ratio"
_QUARTERS = 4
_ROUNDED = 0.02
"""How far two numbers may be apart, one of them being round, to be the same: nearly 60 for 59.9."""
_KNOWN = ("metric", "period", "value", "low", "high", "unit", "status", "source")


class Mixed(ConfigError):
    """Rows that cannot be added or compared; `apart` lists what differs, in the order of `APART`."""

    def __init__(self, text: str, apart: Sequence[str]) -> None:
        super().__init__(text)
        self.apart = tuple(apart)


@dataclasses.dataclass(frozen=True)
class Row:
    """One number of a table, in base units, with everything that says what it is a number of."""

    name: str
    metric: str
    period: str
    low: float
    high: float
    unit: str
    status: str
    source: str
    published: datetime.date

    @property
    def kind(self) -> str:
        """Of what kind its period is."""
        return kind_of(self.period)

    def told(self) -> str:
        """The row in words."""
        ends = [show(end, f"x_{self.unit}" if self.unit != RATIO else "x") for end in dict.fromkeys((self.low, self.high))]
        return f"{self.metric} of {self.period}, {' to '.join(ends)}"


@dataclasses.dataclass(frozen=True)
class Claim:
    """What is stated and what it can be resolved to (None: derived, as a ratio of two other claims' rows), and what is apart."""

    name: str
    what: str
    stated: Row
    resolved: Row | None
    apart: tuple[str, ...]
    ratio: tuple[str, ...] = ()


def kind_of(period: str) -> str:
    """Of what kind a period is: year, quarter, half year, decade, day or horizon; nothing for what is no period."""
    return next((kind for kind, pattern in KINDS.items() if pattern.fullmatch(period)), "")


@functools.cache
def claims() -> Mapping[str, Claim]:
    """Every shipped claim, in the order of the file."""
    return read_claims(read_toml(configs_dir() / "observations" / "claims.toml", CLAIMS), source_days())


def read_claims(tree: Mapping[str, Any], sources: Mapping[str, datetime.date]) -> dict[str, Claim]:
    """Claims of a file as it stands. Raises: ConfigError for what is missing or not known, in one line."""
    found = {}
    for name, body in tree.get("claim", {}).items():
        where = f"{CLAIMS}: {key('claim', name)}"
        rows = {side: _row(f"{name}.{side}", body[side], sources, f"{where}.{side}") for side in ("stated", "resolved") if side in body}
        apart = tuple(body.get("apart", ()))
        if "stated" not in rows or not set(apart) <= set(APART) or ("resolved" in rows) == ("ratio" in body):
            raise ConfigError(
                f"{where}: expected `stated`, one of `resolved` and `ratio`, and `apart` of {', '.join(APART)}, got {plain(list(body))}"
            )
        found[name] = Claim(name, str(body.get("what", name)), rows["stated"], rows.get("resolved"), apart, tuple(body.get("ratio", ())))
    return found


def _row(name: str, body: Mapping[str, Any], sources: Mapping[str, datetime.date], where: str) -> Row:
    """One row. Raises: ConfigError."""
    for word in body:
        if word not in _KNOWN:
            near = nearest(word, _KNOWN)
            raise ConfigError(f"{where}.{key(word)}: is not a known key" + (f"; is '{near}' meant?" if near else ""))
    words = {word: str(body.get(word, "")) for word in ("metric", "period", "unit", "status", "source")}
    for word, known in (("metric", METRICS), ("source", sources)):
        if words[word] not in known:
            near = nearest(words[word], known)
            raise ConfigError(f"{where}.{word}: is not known, got {plain(words[word])}" + (f"; is '{near}' meant?" if near else ""))
    if not kind_of(words["period"]):
        raise ConfigError(f"{where}.period: is no period, got {plain(words['period'])}, expected one as 2025, 2025Q4, 2026H1 or 2020s")
    if words["unit"] != RATIO and not is_unit(words["unit"]):
        raise ConfigError(f"{where}.unit: is no unit, got {plain(words['unit'])}")
    ends = [body.get(end, body.get("value")) for end in ("low", "high")]
    if not all(isinstance(end, int | float | Decimal) and not isinstance(end, bool) for end in ends) or ends[0] > ends[1]:
        raise ConfigError(f"{where}.value: is no number, got {plain(ends)}, expected `value`, or `low` and `high`")
    low, high = (to_base(end, scale("" if words["unit"] == RATIO else words["unit"])) for end in ends)
    return Row(name, low=low, high=high, published=sources[words["source"]], **words)


def mismatches(one: Row, other: Row) -> dict[str, str]:
    """What of two rows is not the same, in words, by what it is: period, metric and unit; none where they may be added."""
    found = {}
    if one.period != other.period:
        kinds = f" ({one.kind} and {other.kind})" if one.kind != other.kind else ""
        found[PERIOD] = f"{one.period} and {other.period}{kinds}"
    if one.metric != other.metric:
        found[METRIC] = f"{one.metric} ({METRICS[one.metric]}) and {other.metric} ({METRICS[other.metric]})"
    if _dimension(one) != _dimension(other):
        found[UNIT] = f"{one.unit} and {other.unit}"
    return found


def _dimension(row: Row) -> object:
    return dimension("" if row.unit == RATIO else row.unit)


def total(rows: Sequence[Row]) -> Row:
    """Add rows of one period, metric and unit. Raises: Mixed, with everything that differs; ConfigError where there are none."""
    if not rows:
        raise ConfigError("no rows to add")
    for row in rows[1:]:
        _refuse("cannot be added", rows[0], row, mismatches(rows[0], row))
    low, high = sum(row.low for row in rows), sum(row.high for row in rows)
    return dataclasses.replace(rows[0], name=" + ".join(row.name for row in rows), low=low, high=high)


def year_of(quarters: Sequence[Row]) -> Row:
    """The year of its four quarters, of one metric and unit: a change of period that is asked for. Raises: Mixed where they are not."""
    wanted = {f"{row.period[:_QUARTERS]}Q{number}" for row in quarters[:1] for number in range(1, _QUARTERS + 1)}
    if {row.period for row in quarters} != wanted or len(quarters) != _QUARTERS:
        raise Mixed(f"no four quarters of one year: {', '.join(row.period for row in quarters) or 'none'}", [PERIOD])
    year = quarters[0].period[:_QUARTERS]
    return total([dataclasses.replace(row, period=year) for row in quarters])


def ratio(one: Row, before: Row) -> tuple[float, float]:
    """The least and the largest ratio of a year to the year before. Raises: Mixed where the two are not that."""
    apart = {name: words for name, words in mismatches(one, before).items() if name != PERIOD}
    if not one.kind == before.kind == "year" or int(one.period) != int(before.period) + 1:
        apart = {PERIOD: f"{one.period} does not follow {before.period}", **apart}
    _refuse("have no ratio", one, before, apart)
    return one.low / before.high, one.high / before.low


def differences(claim: Claim, as_of: datetime.date, known: Mapping[str, Claim]) -> dict[str, str]:
    """Everything in which what is stated differs from what it can be resolved to; that it became known only later is one such thing."""
    stated, resolved = claim.stated, claim.resolved
    if resolved is None:
        rows = [known[name].resolved for name in claim.ratio]
        assert all(rows)
        ends = ratio(*[row for row in rows if row is not None])
        apart, unlike = {}, not ends[0] <= stated.high or not stated.low <= ends[1]
        told = f"{stated.low:.3g} is stated, {ends[0]:.2f} to {ends[1]:.2f} follows"
    else:
        apart, unlike = mismatches(stated, resolved), not _near(stated, resolved)
        told = f"{stated.told()} is stated, {resolved.told()} resolved"
    apart |= {VALUE: told} if unlike else {}
    if resolved is not None and resolved.published > as_of:
        apart[AS_OF] = f"known from {resolved.published} on, after {as_of}: an outcome, to be scored and never an input"
    return apart


def compare(claim: Claim, as_of: datetime.date, known: Mapping[str, Claim]) -> None:
    """Hold what is stated against what it can be resolved to. Raises: Mixed, with everything that differs."""
    apart = differences(claim, as_of, known)
    if apart:
        raise Mixed(f"{claim.name}: {claim.what}: {'; '.join(f'{name}: {words}' for name, words in apart.items())}", list(apart))


def _near(one: Row, other: Row) -> bool:
    """Whether two rows say the same number, one of them rounded; of two units never."""
    if _dimension(one) != _dimension(other):
        return True
    room = _ROUNDED * max(abs(end) for end in (one.low, one.high, other.low, other.high))
    return abs(one.low - other.low) <= room and abs(one.high - other.high) <= room


def _refuse(what: str, one: Row, other: Row, apart: Mapping[str, str]) -> None:
    if apart:
        raise Mixed(f"{one.name} and {other.name} {what}: {'; '.join(f'{name}: {words}' for name, words in apart.items())}", list(apart))
