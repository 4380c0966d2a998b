"""Figures that look like a slip of a unit: far from all that is shipped of their kind, near it by a usual factor. Warned of, not refused.

What can be seen: a slip by a factor f that leads out of the widest shipped range of its field by more than f^EDGE, or out of the range of
the figure it replaces by more than f^BEFORE, or that has the number of that figure in another unit, or all its numbers times one factor.
What an edited copy of a shipped scenario says otherwise replaces what stood there. What stays inside cannot be seen: a slip by twelve in a
field that spans more, where nothing is replaced. Zeros are never doubted, nor are tastes, nor what lies within the declared range of the
figure it replaces.
"""

import dataclasses
import datetime
import functools
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from capexmodel import units
from capexmodel.config.copies import copied
from capexmodel.config.documents import Documents, shipped_layers
from capexmodel.config.entries import Entry, Slot
from capexmodel.config.factors import Guess, fitting, guesses
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Given, Reader
from capexmodel.config.schema import VARIED, Field, variants
from capexmodel.config.series import Stage
from capexmodel.config.values import Said, Scene

MARGIN = 2.0
"""How far outside the range a number may still be for a guess to fit."""
EDGE = 0.34
"""A number is far from what is shipped when it lies beyond its edge by more than this power of the factor: 10.5 for 1000, 2.3 for 12."""
BEFORE = 0.6
"""The same power against the figure it replaces: 63 for 1000, 4.4 for 12."""
TASTES = {("preference", "cost_s_per_usd"), ("preference", "ridge_s")}
"""Figures that are as large as somebody likes."""
MOST_GUESSES = 3
Part = tuple[str, str, Given, float]
_SPREAD = 10.0
_ROUND = 1.0 + 1e-9
_ROUNDED = 1.0 + 1e-3
"""How far a number may be from a multiple that people round."""
_LARGE = 20.0
"""From this factor on, a number that is exactly another times a factor between units is a sign wherever it lies."""
_FACTOR = "factor"
"""What the stem of a pure number ends with that is never a share: no percent."""
_WORDS = ("value", "low", "high")


class Span(NamedTuple):
    """The shipped figures of a field: the least and the largest, and the widest range of one over its value."""

    low: float
    high: float
    spread: float


class Doubt(NamedTuple):
    """A figure that looks like a slip: file and key, and what looks wrong."""

    file: str
    path: str
    text: str
    guess: str
    key: str

    @property
    def line(self) -> str:
        """The doubt in one line."""
        return f"{self.file}: {self.path}: {self.text}; {self.guess}"


def find_doubts(scene: Scene) -> list[Doubt]:
    """List what looks like a slip among the figures of the user's own files and overrides, one for each figure."""
    said = [each for each in scene.said if each.field.kind != "date" and (each.slot.table, each.slot.field) not in TASTES]
    if not said:
        return []
    before = copied(scene, [each for each in said if each.before is None])
    said = [dataclasses.replace(each, before=each.before or before.get(each.slot)) for each in said]
    known = spans(scene.documents.configs)
    pairs = [(each, _replaced(scene, each)) for each in said]
    found = (_same_number(each, old) or _far(each, known.get(_kind(each.slot)), old) or _same_factor(each, old) for each, old in pairs)
    return list(dict.fromkeys(doubt for doubt in found if doubt is not None))


@functools.cache
def spans(configs: Path) -> Mapping[tuple[str, str], Span]:
    """Read off the shipped figures, catalog and scenarios, between what numbers those of each field lie. Zeros are left out."""
    numbers: dict[tuple[str, str], list[Given]] = {}
    for layer, sources in shipped_layers(configs):
        reader = Reader(datetime.date.min, sources, Faults())
        scene = Scene(Documents(layer.file, layer, sources, ()), reader, None, {})
        scene.read_entries()
        for slot in scene.values:
            numbers.setdefault(_kind(slot), []).extend(scene.values.givens(slot))
    return {kind: span for kind, givens in numbers.items() if (span := _span(givens)) is not None}


def _span(givens: list[Given]) -> Span | None:
    """The span of figures; None where all are zero."""
    sizes = [abs(number) for given in givens for _, number in _numbers(given) if number != 0.0]
    spreads = [abs(max(n / g.value, g.value / n)) for g in givens for _, n in _numbers(g) if n * g.value > 0]
    return Span(min(sizes), max(sizes), max(spreads, default=1.0)) if sizes else None


def _numbers(given: Given) -> Iterator[tuple[str, float]]:
    """The numbers of a figure by their key."""
    return ((word, number) for word in _WORDS if (number := getattr(given, word)) is not None)


def _kind(slot: Slot) -> tuple[str, str]:
    """The field of a slot; peaks by precision are peaks."""
    stem, unit = units.parse(VARIED[1])
    varied = slot.field in {f"{each}_{unit}" for each in variants(stem)}
    return VARIED if varied else (slot.table, slot.field)


def _replaced(scene: Scene, said: Said) -> list[Part]:
    """The numbers of what is replaced; none where nothing is."""
    value = None if said.before is None else scene.quietly(said.before, said.field)
    return [] if value is None else list(_parts(value))


def _parts(value: Given | tuple[Stage, ...]) -> Iterator[Part]:
    """Each number of a figure or a series: its place, its word, the figure it belongs to, and the number."""
    givens = [value] if isinstance(value, Given) else [stage.given for stage in value]
    for index, given in enumerate(givens):
        for word, number in _numbers(given):
            yield f"[{index}]" if len(givens) > 1 else "", word, given, number


def _far(said: Said, span: Span | None, replaced: list[Part]) -> Doubt | None:
    """Doubt a figure one of whose numbers is far from what it replaces, from everything shipped, or from its own value."""
    there = {(place, word): abs(number) for place, word, _, number in replaced}
    same = len({place for place, *_ in replaced}) == len({place for place, *_ in _parts(said.value)})
    for place, word, given, number in _parts(said.value):
        there_before = [given for where, _, given, _ in replaced if where == place or not same]
        if not number or _declared(number, there_before):
            continue
        before = _span(there_before)
        size, value = abs(number), abs(given.value)
        around = before or span
        middle = math.sqrt(around.low * around.high) if around else value
        middle = there.get((place, word)) or there.get((place, "value")) or middle
        wide = _limit(span)
        tries = [
            (before, BEFORE, "far from the figure it replaces", middle),
            (None if said.field.stem.endswith(_FACTOR) else span, EDGE, "far from every shipped figure of its kind", middle),
            (Span(value / wide, value * wide, wide) if value else None, 0.0, "far from its own value", value),
        ]
        for known, power, text, near in tries:
            if known is None:
                continue
            unit = written(said.entry, said.field, place, word)[1]
            if fits := _fits(size, unit, known, power, near):
                least, most = units.show(known.low, said.field.name), units.show(known.high, said.field.name)
                text = f"is {units.show(number, said.field.name)}, {text} ({least} to {most})"
                path = f"{said.entry.path}.{word}{place}" if isinstance(said.entry.raw, dict) else f"{said.entry.path}{place}"
                return Doubt(said.entry.file, path, text, _guessed(said, number, unit, fits), said.entry.path)
    return None


def _fits(size: float, unit: str, span: Span, power: float, near: float) -> list[Guess]:
    """The guesses that bring a number into a span from far enough off: a factor raised to a power beyond its edge."""
    beyond = max(span.low / size, size / span.high)
    fits = fitting(size, unit, span.low / MARGIN, span.high * MARGIN, near)
    return fits if any(beyond > max(fit.factor, 1.0 / fit.factor) ** power for fit in fits) else []


def _limit(span: Span | None) -> float:
    """How far the ends of a figure may lie from its value."""
    return max(_SPREAD, MARGIN * span.spread) if span else _SPREAD


def _guessed(said: Said, number: float, unit: str, fits: list[Guess]) -> str:
    """Say what would fit: the same number in another unit, best guess first."""
    as_written = f"{units.to_base(1, 1 / units.scale(unit)) * number:.6g}"
    words = []
    for fit in fits[:MOST_GUESSES]:
        key = "_".join(word for word in (said.field.stem, fit.unit) if word)
        words.append(f"{fit.said or f'{key} = {as_written} would fit'} (factor {fit.words})")
    return " or ".join(words)


def written(entry: Entry, field: Field, place: str, word: str) -> tuple[float, str]:
    """One number of a figure or a series as it was written, and its unit: its own, that of the key, or else of the field."""
    index = int("0" + place[1:-1])
    raw = entry.raw[index] if isinstance(entry.raw, list) else entry.raw
    raw = raw[word] if isinstance(raw, dict) else raw
    raw = raw[index] if isinstance(raw, list) else raw
    if isinstance(raw, str):
        number, unit = units.split(raw)
        return float(number), unit
    return units.to_base(raw, units.scale("")), entry.unit or field.unit


def _same_number(said: Said, replaced: list[Part]) -> Doubt | None:
    """Doubt a figure that has the number of the one it replaces, in another unit: two years for two months. One in the place of a series is
    held against each stage."""
    if said.before is None:
        return None
    ours = [written(said.entry, said.field, place, word) for place, word, *_ in _parts(said.value) if word == "value"]
    theirs = [written(said.before, said.field, place, word) for place, word, *_ in replaced if word == "value"]
    alone = len(ours) == 1
    pairs = [(*one, *other) for one, other in zip(ours * len(theirs) if alone else ours, theirs, strict=False)]
    same = [pair for pair in pairs if pair[0] == pair[2]]
    off = [pair for pair in same if pair[0] and units.scale(pair[1]) != units.scale(pair[3])]
    if not off or (not alone and len(same) < max(len(ours), len(theirs))):
        return None
    number, unit, _, other = off[0]
    key, factor = "_".join(word for word in (said.field.stem, other) if word), float(units.scale(other) / units.scale(unit))
    text = f"has the number of the figure it replaces ({key}), in another unit"
    guess = f"{key} = {number:.6g} would fit (factor {Guess(factor, other, '').words})"
    return Doubt(said.entry.file, said.entry.path, text, guess, said.entry.path)


def _same_factor(said: Said, replaced: list[Part]) -> Doubt | None:
    """Doubt a figure by a factor between units off from the one it replaces; one in the place of a series, off from a stage and beyond all
    of them."""
    places = list(dict.fromkeys(place for place, *_ in replaced))
    ours = list(_parts(said.value))
    if len(places) < 2 or {place for place, *_ in ours} != {""}:
        return _one_factor(said, replaced)
    sizes, value = [number for *_, number in replaced], next(given.value for _, _, given, _ in ours)
    if min(sizes) <= value <= max(sizes):
        return None
    stages = [[("", word, given, number) for at, word, given, number in replaced if at == place] for place in places]
    return next((doubt for stage in stages if (doubt := _one_factor(said, stage))), None)


def _one_factor(said: Said, replaced: list[Part]) -> Doubt | None:
    """Doubt a figure whose numbers are those of another, but for some or all that are one factor between units off: what was by the year is
    written as by the quarter. A duration may well be three times another, or lie in its range: there, one number is no sign."""
    there = {(place, word): (number, given) for place, word, given, number in replaced if number}
    ours = {(place, word): number for place, word, _, number in _parts(said.value) if number}
    if not set(ours) <= set(there):
        return None
    off = {slot: number for slot, number in ours.items() if abs(number / there[slot][0] - 1.0) > _ROUND - 1.0}
    ratios = [number / there[slot][0] for slot, number in off.items()]
    if not ratios or max(ratios) > min(ratios) * _ROUNDED:
        return None
    unit = written(said.entry, said.field, *next(iter(off)))[1]
    ratio = max(ratios)
    fits = [guess for guess in guesses(unit) if abs(math.log(guess.factor * ratio)) < math.log(_ROUNDED)]
    inside = any(_declared(number, [there[slot][1]]) for slot, number in off.items() if slot[1] == "value")
    small = max(ratio, 1.0 / ratio) < _LARGE
    if not fits or (small and (inside or (len(ours) == 1 and dict(units.dimension(unit)).get("s") != -1))):
        return None
    number = next(iter(off.values()))
    text = f"is {units.show(number, said.field.name)}, exactly the figure it replaces in another unit"
    return Doubt(said.entry.file, said.entry.path, text, _guessed(said, number, unit, fits), said.entry.path)


def _declared(number: float, figures: Iterable[Given]) -> bool:
    """Whether a number lies within the declared range of one of some figures."""
    return any(one.low is not None and one.low <= number <= (one.value if one.high is None else one.high) for one in figures)
