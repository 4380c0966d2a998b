"""Units: what the last word of a name means, and how a quantity is written for people. The only place with scale factors.

Base units are coherent: USD, W, s, EFLOP (and EFLOP/s), GB, J (= W s), kg, m2, Celsius and counts. Factors are exact fractions, so a figure
gives the same number in whatever unit it is written. A month is a twelfth of a year of 365.25 days.
Leaves out: currencies other than USD, and powers of units.
"""

import contextlib
import functools
import math
import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

Dimension = tuple[tuple[str, int], ...]
Number = int | float | Decimal

_DAY = Fraction(86400)
_YEAR = Fraction(36525, 100) * _DAY
_PREFIXES = {"": 0, "k": 3, "m": 6, "g": 9, "t": 12, "p": 15, "e": 18, "z": 21, "y": 24}


def _prefixed(symbol: str, prefixes: str, base: Fraction, dimension: Dimension) -> dict[str, tuple[Fraction, Dimension]]:
    """List the decimal multiples of a unit: `_prefixed("w", " k", ...)` gives w and kw."""
    return {p.strip() + symbol: (base * Fraction(10) ** _PREFIXES[p.strip()], dimension) for p in prefixes}


_POWER: Dimension = (("w", 1),)
_ENERGY: Dimension = (("s", 1), ("w", 1))
_TIME: Dimension = (("s", 1),)
_MONEY: Dimension = (("usd", 1),)
_COUNT: Dimension = (("count", 1),)
_MASS: Dimension = (("kg", 1),)
_AREA: Dimension = (("m2", 1),)
_WARMTH: Dimension = (("celsius", 1),)
_EFLOP = Fraction(1, 10**18)

UNITS: dict[str, tuple[Fraction, Dimension]] = {
    "usd": (Fraction(1), _MONEY),
    "kusd": (Fraction(10**3), _MONEY),
    "musd": (Fraction(10**6), _MONEY),
    "busd": (Fraction(10**9), _MONEY),
    "tusd": (Fraction(10**12), _MONEY),
    **_prefixed("w", " kmgt", Fraction(1), _POWER),
    **_prefixed("j", " kmgtpe", Fraction(1), _ENERGY),
    **_prefixed("wh", " kmgt", Fraction(3600), _ENERGY),
    **_prefixed("flop", " kmgtpezy", _EFLOP, (("flop", 1),)),
    **_prefixed("flops", " kmgtpezy", _EFLOP, (("flop", 1), ("s", -1))),
    **_prefixed("b", "kmgtpe", Fraction(1, 10**9), (("gb", 1),)),
    "g": (Fraction(1, 1000), _MASS),
    "kg": (Fraction(1), _MASS),
    "t": (Fraction(1000), _MASS),
    "kt": (Fraction(10**6), _MASS),
    "mt": (Fraction(10**9), _MASS),
    "mm2": (Fraction(1, 10**6), _AREA),
    "cm2": (Fraction(1, 10**4), _AREA),
    "m2": (Fraction(1), _AREA),
    "celsius": (Fraction(1), _WARMTH),
    "s": (Fraction(1), _TIME),
    **{
        word + plural: (factor, _TIME)
        for word, factor in {
            "second": Fraction(1),
            "minute": Fraction(60),
            "hour": Fraction(3600),
            "day": _DAY,
            "week": 7 * _DAY,
            "month": _YEAR / 12,
            "quarter": _YEAR / 4,
            "year": _YEAR,
        }.items()
        for plural in ("", "s")
    },
    **{word: (Fraction(1), _COUNT) for word in ("count", "chip", "chips", "head", "heads", "port", "ports")},
    "thousand": (Fraction(10**3), _COUNT),
    "million": (Fraction(10**6), _COUNT),
    "percent": (Fraction(1, 100), (("percent", 1),)),
}

WRITTEN: dict[str, str] = {
    **dict.fromkeys(("$", "dollars"), "usd"),
    **{f"{k}$": f"{k.lower()}usd" for k in "kMBT"},
    **{f"${k}": f"{k.lower()}usd" for k in "kMBT"},
    **{f"{k}USD": f"{k.lower()}usd" for k in ("", "k", "M", "B", "T")},
    **{s.format(n): f"{n[0]}usd" for n in ("million", "billion", "trillion") for s in ("{} $", "{} USD", "{} dollars", "${}")},
    **{f"{k}{s}": f"{k}{s}".lower() for k in ("", "k", "M", "G", "T") for s in ("W", "Wh", "J")},
    **{f"{k}{s}": f"{k}{s.rstrip('s')}".lower() for k in ("", "k", "M", "G", "T", "P", "E", "Z", "Y") for s in ("FLOP", "FLOPs", "FLOPS")},
    **{f"{k}B": f"{k}b".lower() for k in ("k", "M", "G", "T", "P", "E")},
    "min": "minute",
    "h": "hour",
    "d": "day",
    "k": "thousand",
    "k chips": "thousand",
    "M": "million",
    "M chips": "million",
    "million chips": "million",
    "%": "percent",
    "Mt": "mt",
}

_WORDS: dict[Dimension, str] = {
    (): "pure number",
    _MONEY: "money",
    _POWER: "power",
    _ENERGY: "energy",
    _TIME: "time",
    (("flop", 1),): "work (FLOP)",
    (("flop", 1), ("s", -1)): "compute (FLOP/s)",
    (("gb", 1),): "data",
    _COUNT: "count",
    _MASS: "mass",
    _AREA: "area",
    _WARMTH: "temperature",
    (("percent", 1),): "percent",
}

_MOST_LETTERS = 200
_NUMBER = r"[+-]?[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"


def _times(one: Dimension, other: Dimension, power: int) -> Dimension:
    """Multiply a dimension by a power of another."""
    total = dict(one)
    for base, exponent in other:
        total[base] = total.get(base, 0) + power * exponent
    return tuple(sorted((base, exponent) for base, exponent in total.items() if exponent))


@functools.cache
def _resolve(unit: str) -> tuple[Fraction, Dimension] | None:
    """Look up a unit spelled as in a name ("usd_per_w", "per_year", ""), or None."""
    if unit == "":
        return Fraction(1), ()
    top, *below = unit.removeprefix("per_").split("_per_")
    parts = [(top, -1 if unit.startswith("per_") else 1)] + [(word, -1) for word in below]
    factor, total = Fraction(1), ()
    for word, power in parts:
        if word not in UNITS:
            return None
        factor *= UNITS[word][0] ** power
        total = _times(total, UNITS[word][1], power)
    return factor, total


def is_unit(unit: str) -> bool:
    """Say whether a suffix is a unit ("kw", "usd_per_kwh", "per_year")."""
    return bool(unit) and _resolve(unit) is not None


def parse(name: str) -> tuple[str, str]:
    """Split a name into stem and unit, the longest suffix that is one: "price_usd_per_w" gives ("price", "usd_per_w")."""
    words = name.split("_")
    for start in range(len(words)):
        unit = "_".join(words[start:])
        if is_unit(unit):
            return "_".join(words[:start]), unit
    return name, ""


def scale(unit: str) -> Fraction:
    """Give the size of a unit in base units, exactly: 1000 for "kw".

    Raises: ValueError for an unknown unit.
    """
    return _known(unit)[0]


def dimension(unit: str) -> Dimension:
    """Give the dimension of a unit as powers of the base units; () for a pure number.

    Raises: ValueError for an unknown unit.
    """
    return _known(unit)[1]


def _known(unit: str) -> tuple[Fraction, Dimension]:
    found = _resolve(unit)
    if found is None:
        raise ValueError(f"unknown unit '{unit}'")
    return found


def describe(kind: Dimension) -> str:
    """Say a dimension in words: "money per power"."""
    if kind in _WORDS:
        return _WORDS[kind]
    for base, word in _WORDS.items():
        for below, under in _WORDS.items():
            if base != below and _times(base, below, -1) == kind:
                return f"per {under}" if base == () else f"{word} per {under}"
    return " ".join(f"{base}^{exponent}" for base, exponent in kind)


def to_base(number: Number, factor: Fraction) -> float:
    """Turn a number into base units with a single rounding, so that 0.9 GW and 900 MW are the same float. Infinite when too large."""
    if isinstance(number, Decimal) and (not number.is_finite() or abs(number.adjusted()) > 400):
        number = float(number)
    try:
        return number * float(factor) if isinstance(number, float) else float(Fraction(number) * factor)
    except OverflowError:
        return math.inf if number > 0 else -math.inf if number < 0 else float(number)


def exact(text: str) -> Decimal | float:
    """Read a number without rounding it; absurdly long ones, and exponents of twenty digits, are rounded to a float."""
    with contextlib.suppress(InvalidOperation):
        return Decimal(text) if len(text) <= 80 else float(text)
    return float(text)


def written_unit(text: str) -> str:
    """Turn a unit as people write it ("B$", "$/kWh", "MW", "per year"), or as it is spelled in names, into its spelling in names.

    Raises: ValueError for an unknown unit.
    """
    if is_unit(text.strip()):
        return text.strip()
    above, *below = re.split(r"\s*/\s*|(?:^|\s+)per\s+", " ".join(text.split()))
    names = [_written_word(word) for word in ([above] if above else []) + below]
    return "_per_".join(names) if above else "per_" + "_per_".join(names) if names else ""


def _written_word(word: str) -> str:
    name = WRITTEN.get(word, word)
    if name in UNITS:
        return name
    raise ValueError(f"unknown unit '{''.join(c if c.isprintable() else '?' for c in word[:40])}'")


def quantity(text: str) -> tuple[float, Dimension]:
    """Read a quantity with its unit: "125 B$", "$125B", "2 GW", "5e26 FLOP", "0.08 $/kWh" give the value in base units and its dimension.

    Raises: ValueError when it is no number with a known unit.
    """
    number, unit = split(text)
    return to_base(exact(number), scale(unit)), dimension(unit)


def split(text: str) -> tuple[str, str]:
    """Split a quantity into its number as written and its unit as in names: "$125B" gives ("125", "busd").

    Raises: ValueError when it is no number with a known unit.
    """
    text = text.strip()
    if len(text) > _MOST_LETTERS:
        raise ValueError(f"a text of {len(text)} letters, more than {_MOST_LETTERS}")
    dollars = re.fullmatch(rf"\$\s*({_NUMBER})\s*([A-Za-z]*)", text)
    plain = re.fullmatch(rf"({_NUMBER})\s*(.*)", text)
    if dollars:
        return dollars[1], written_unit("$" + dollars[2])
    if plain:
        return plain[1], written_unit(plain[2])
    raise ValueError("no number with a unit")


_LADDERS: dict[Dimension, tuple[str, ...]] = {
    _MONEY: ("$", "$k", "$M", "$B", "$T"),
    _POWER: ("W", "kW", "MW", "GW", "TW"),
    _ENERGY: ("Wh", "kWh", "MWh", "GWh", "TWh"),
    _TIME: ("s", "hours", "days", "months", "years"),
    (("flop", 1),): ("FLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP", "ZFLOP", "YFLOP"),
    (("flop", 1), ("s", -1)): ("GFLOP/s", "TFLOP/s", "PFLOP/s", "EFLOP/s", "ZFLOP/s", "YFLOP/s"),
    (("gb", 1),): ("kB", "MB", "GB", "TB", "PB"),
    _COUNT: ("", "k", "M"),
    _MASS: ("g", "kg", "t", "kt", "Mt"),
    _AREA: ("mm2", "cm2", "m2"),
    _WARMTH: ("celsius",),
    _times(_MASS, _ENERGY, -1): ("g/kWh",),
    _times(_MONEY, _MASS, -1): ("$/t",),
    _times(_MONEY, _POWER, -1): ("$/W",),
    _times(_MONEY, _ENERGY, -1): ("$/MWh",),
    _times(_MONEY, _TIME, -1): ("$/hour", "$M/year", "$B/year"),
    _times(_POWER, _TIME, -1): ("MW/quarter", "GW/quarter"),
    _times(_COUNT, _TIME, -1): ("chips/quarter", "k/quarter"),
    _times((), _TIME, -1): ("/year",),
    _times((("flop", 1), ("s", -1)), _COUNT, -1): ("TFLOP/s per head", "PFLOP/s per head", "EFLOP/s per head"),
    _times(_TIME, _MONEY, -1): ("days/$B",),
}


def show(value: float, name: str) -> str:
    """Write a value in base units for people: show(1.25e11, "high_usd") is "125.0 $B". Names without a unit give the plain number.

    Rounds to four digits. Picks the largest unit in which the value is at least one.
    """
    unit = parse(name)[1]
    kind = dimension(unit)
    if not math.isfinite(value) or kind not in _LADDERS:
        return f"{value:.4g}" + (f" {unit}" if unit else "")
    ladder = [(written, to_base(1, scale(written_unit(written)) if written else Fraction(1))) for written in _LADDERS[kind]]
    written, size = ladder[0]
    for candidate, candidate_size in ladder:
        if abs(value) >= candidate_size * (1 - 1e-9):
            written, size = candidate, candidate_size
    return f"{_digits(value / size)} {written}".rstrip()


def _digits(value: float) -> str:
    """Write four significant digits with at least one decimal where there are any: 125.0, 1.9, 0.0123, 1.2e+09."""
    return f"{value:.1f}" if 100 <= abs(value) < 1e6 else f"{value:.4g}"
