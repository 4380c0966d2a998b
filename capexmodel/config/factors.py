"""Mistakes by a usual factor: kilowatts given as megawatts, a month as a year, percent as a fraction; and what was probably meant."""

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from capexmodel import units

_FAMILIES = (
    ("usd", "kusd", "musd", "busd", "tusd"),
    ("w", "kw", "mw", "gw", "tw"),
    ("wh", "kwh", "mwh", "gwh", "twh", "j", "kj", "mj", "gj", "tj"),
    ("flop", "gflop", "tflop", "pflop", "eflop", "zflop", "yflop"),
    ("flops", "gflops", "tflops", "pflops", "eflops", "zflops"),
    ("kb", "mb", "gb", "tb", "pb"),
    ("s", "minute", "hour", "day", "week", "month", "quarter", "year"),
    ("count", "thousand", "million"),
    ("g", "kg", "t", "kt"),
    ("mm2", "cm2", "m2"),
)
"""Units that are taken for each other."""
_MONEY = {"thousand": "kusd", "million": "musd"}
"""What a count is taken for where money is wanted."""
_PERCENT = 100.0
_TEN = 10.0
_BITS = 8.0
_THOUSANDS = (1e-3, 1e3, 1e-6, 1e6, 1e-9, 1e9)
_TINY = 1e-9
_SPREAD = 30.0
"""How far the ends of a figure may lie from its value for one of them to be called a slip of a unit."""
_NAMED = 2
"""How many factors are named of those that bring a number within its bounds."""


class Guess(NamedTuple):
    """What was probably meant: by what factor the value is off, and the unit or the word in which it would fit."""

    factor: float
    unit: str
    said: str

    @property
    def words(self) -> str:
        """Say the factor as people do: 1000, 12, 1/100 stays 100."""
        return _plain(max(self.factor, 1.0 / self.factor))


def _plain(number: float) -> str:
    return f"{number:.0f}" if number < _THOUSANDS[-1] and abs(number - round(number)) < _TINY * number else f"{number:.4g}"


@functools.cache
def guesses(unit: str) -> tuple[Guess, ...]:
    """List what a value written in a unit may have been meant in: each with the factor that would set it right."""
    found = [Guess(_ratio(other, unit), other, "") for other in _swapped(unit)]
    kind = dict(units.dimension(unit))
    if not kind or kind == {"s": -1}:
        found.append(Guess(1.0 / _PERCENT, unit, "percent given as a fraction?"))
        found.append(Guess(_PERCENT, unit, "a fraction divided by 100?"))
    if kind == {"gb": 1, "s": -1}:
        found.append(Guess(1.0 / _BITS, unit, "bits given as bytes?"))
    known = {round(math.log(guess.factor), 6) for guess in found}
    thousands = [Guess(factor, unit, "off by thousands?") for factor in _THOUSANDS if kind]
    return (*found, *(guess for guess in thousands if round(math.log(guess.factor), 6) not in known))


def _ratio(other: str, unit: str) -> float:
    return float(units.scale(other) / units.scale(unit))


def _swapped(unit: str) -> Iterator[str]:
    """Exchange one word of a unit for another of its family, once for each size."""
    head, *below = unit.removeprefix("per_").split("_per_")
    words, lead = [head, *below], "per_" if unit.startswith("per_") else ""
    seen = {units.scale(unit)}
    for index, word in enumerate(words):
        for other in _family(word):
            swapped = lead + "_per_".join([*words[:index], other, *words[index + 1 :]])
            if units.scale(swapped) not in seen:
                seen.add(units.scale(swapped))
                yield swapped


def _family(word: str) -> list[str]:
    """The units that one is taken for, in the number in which it is written."""
    single = word if word == "s" or word.endswith("flops") else word.removesuffix("s")
    single = "count" if units.dimension(word) == units.dimension("count") else single
    single = "s" if single == "second" else single
    family: Iterable[str] = next((family for family in _FAMILIES if single in family), ())
    plural = word.endswith("s") and single in _FAMILIES[6]
    return [f"{other}s" if plural and other != "s" else other for other in family]


def fitting(value: float, unit: str, low: float, high: float, near: float) -> list[Guess]:
    """The guesses that bring a value between two others, the one that brings it nearest to a third first."""
    fits = [guess for guess in guesses(unit) if low <= value * guess.factor <= high]
    return sorted(fits, key=lambda guess: round(abs(math.log(value * guess.factor / near)), 6))


def apart(one: float, other: float, unit: str) -> list[Guess]:
    """The guesses that bring one end of a figure to its value, from the wrong side of it or from far off."""
    if one * other <= 0:
        return []
    return fitting(abs(one), unit, abs(other) / _SPREAD, abs(other) * _SPREAD, abs(other))


def bounds_meant(value: float, unit: str, complaint: Callable[[float], str | None]) -> str:
    """Say by what factor a number beyond its bound is probably off: one that brings it within. Nothing where none does."""
    if not unit:
        return _percent_meant(value, complaint)
    within = sorted({max(fit.factor, 1.0 / fit.factor): fit for fit in guesses(unit) if complaint(value * fit.factor) is None}.items())
    factors = ", or ".join(f"factor {fit.words}" for _, fit in within[:_NAMED])
    return f"; a slip of a unit? ({factors})" if factors else ""


def _percent_meant(value: float, complaint: Callable[[float], str | None]) -> str:
    """What a pure number was meant as: percent, if it is within when it is read so, or a fraction that was divided by 100."""
    if abs(value) > _PERCENT:
        return ""
    if complaint(value / _PERCENT) is None:
        return "; percent given as a fraction? (factor 100)"
    small = abs(value) * _PERCENT < _TEN and complaint(value * _PERCENT) is None
    return "; a fraction divided by 100? (factor 100)" if small else ""


def wrong_dimension(unit: str, wanted: str) -> str | None:
    """A unit of the dimension that is wanted, spelled nearly as what was given: gw for gwh, mw_per_quarter for mw. No share."""
    if not wanted:
        return None
    top, slash, below = unit.partition("_per_")
    by = "year" if units.dimension(unit) == units.dimension("usd") else "quarter"
    rates = [f"{unit}_per_{word}" for word in (by, "mwh", "kw", "head", wanted.partition("_per_")[2]) if word]
    spelled = [f"{unit}h", f"{unit}s", f"{top[:-1]}{slash}{below}", f"{top}h{slash}{below}", f"{unit[:-1]}_per_year", top]
    spelled += [*rates, _MONEY.get(unit, ""), f"{top}{slash}{below[:-1]}", f"{top}{slash}{below}h"]
    goal = units.dimension(wanted)
    return next((each for each in spelled if units.is_unit(each) and units.dimension(each) == goal), None)
