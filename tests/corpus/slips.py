"""Two hundred slips of units and periods in the shipped files, kept as data: kW for MW, a month for a year, percent for a fraction.

`python -m tests.corpus` draws them anew. A slip stands in a copy of a shipped scenario, in the line where the figure stands; or in a file
of one's own that extends one, where it replaces a figure of the scenario or of the catalog. Its number is off by a factor under a good key,
or the unit in its key is of another dimension. Left out are those that look like any other number: a duration off by three, and what stays
within the range that the figure itself declares.
"""

import dataclasses
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from capexmodel import config, units
from capexmodel.config.doubts import TASTES
from capexmodel.config.locate import configs_dir
from capexmodel.config.schema import Field, tables

FILE = Path(__file__).parent / "slips.jsonl"
SEED = 20260202
IN_COPY, IN_OWN, OF_DIMENSION = 20, 12, 8
"""Slips of each way in each scenario."""
TAKEN_FOR = {
    "usd": ("kusd", "musd"), "kusd": ("usd", "musd"), "musd": ("kusd", "busd", "usd"), "busd": ("musd", "tusd", "kusd"),
    "w": ("kw", "mw"), "kw": ("w", "mw"), "mw": ("kw", "gw", "w"), "mwh": ("kwh", "gwh"),
    "flop": ("gflop", "tflop"), "tflops": ("gflops", "pflops"), "pflops": ("tflops", "eflops"), "eflops": ("pflops", "tflops"),
    "gb": ("mb", "tb"), "count": ("thousand", "million"), "thousand": ("count", "million"),
    "months": ("years", "quarters", "days"), "days": ("months", "years"), "month": ("year", "quarter"), "quarter": ("year", "month"),
    "year": ("month", "quarter", "hour"), "hour": ("year", "day"), "s": ("minute", "hour"),
}  # fmt: skip
"""What each unit is usually taken for: kW for MW, $ for k$, TFLOP for PFLOP, a month for a year, by the hour for by the year."""
OTHER_DIMENSION = {
    "kw": ("kwh", "kw_per_chip"), "mw": ("mwh", "mw_per_year"), "kusd": ("kusd_per_year", "kusd_per_kw"), "musd": ("musd_per_year",),
    "busd": ("busd_per_year", "busd_per_quarter"), "flop": ("flops",), "eflop": ("eflops",), "tflops": ("tflop",), "pflops": ("pflop",),
    "eflops": ("eflop",), "thousand": ("thousand_per_year",), "count": ("per_year",), "months": ("per_month",), "days": ("per_day",),
    "per_year": ("years",), "mw_per_quarter": ("mw", "mwh_per_quarter"), "gw_per_year": ("gw",), "thousand_per_quarter": ("thousand",),
    "thousand_per_year": ("thousand",), "usd_per_mwh": ("usd_per_mw", "usd"), "usd_per_kw": ("usd_per_kwh", "usd"), "s": ("per_s",),
    "usd_per_hour": ("usd",), "musd_per_mw": ("musd", "musd_per_mwh"), "g_per_kwh": ("g", "g_per_kw"), "kg_per_kwh": ("kg",),
    "musd_per_year": ("musd",), "gb_per_s": ("gb",), "eflops_per_head": ("eflops", "eflop_per_head"), "kg": ("kg_per_kwh",),
}  # fmt: skip
"""Units that stand for another quantity: an energy for a power, a FLOP for a FLOP/s, dollars a year for dollars, kW a chip for kW."""
PERCENT = 100.0
_HEAD = re.compile(r"^\[(\w+)(?:\.([\w+-]+))?(?:\.(\w+))?\]$")
_PAIR = re.compile(r"^([A-Za-z_]\w*) = (.+)$")
_THREE = (3.0, 1.0 / 3.0)


@dataclasses.dataclass(frozen=True)
class Slip:
    """One slip: the scenario, the line that stands instead of another (-1: in a file that extends it), what it says, the key that a
    complaint must name, what was taken for what, and by what factor the number is off (0: of another dimension)."""

    scenario: str
    line: int
    new: str
    key: str
    kind: str
    factor: float


def text(some: Sequence[Slip]) -> str:
    """A file with some slips of one scenario and one way."""
    name, lines = some[0].scenario, _text(some[0].scenario).splitlines()
    if some[0].line < 0:
        head = f'schema_version = 1\nname = "mine"\nextends = "{name}"\nas_of = {_tree(name)["as_of"]}\n'
        return head + "".join(f"{slip.new}\n" for slip in some)
    for slip in some:
        lines[slip.line] = slip.new
    return "\n".join(lines).replace(f'name = "{name}"', 'name = "mine"', 1)


def slips() -> list[Slip]:
    """Every slip."""
    return [Slip(**json.loads(line)) for line in FILE.read_text(encoding="utf-8").splitlines()]


def drawn() -> list[Slip]:
    """The slips anew: as many of each way and scenario, kinds in turn, no figure twice."""
    found: list[Slip] = []
    for name in config.shipped():
        rng = np.random.default_rng([SEED, len(found)])
        copied, own = list(_in_copy(name)), list(_in_own(name))
        found += _in_turn(name, [each for each in copied if _seen(*each)], IN_COPY, rng, _off)
        found += _in_turn(name, [each for each in own if _seen(*each)], IN_OWN, rng, _off)
        found += _in_turn(name, [each for each in copied if not each[4]], OF_DIMENSION, rng, _off)
    return found


Place = tuple[int, str, str, Any, float, str]
"""Line (-1: none), key in full, unit, figure as it stands, factor (0: another dimension), and the unit it is taken for."""


def _seen(line: int, key: str, unit: str, raw: Any, factor: float, other: str) -> bool:
    """Whether a slip is one of a factor that can be told: not one duration, off by three."""
    return factor > 0.0 and not (min(abs(factor / three - 1.0) for three in _THREE) < 1e-9 and "per" not in unit)


def _in_turn(name: str, places: list[Place], count: int, rng: np.random.Generator, off: Callable[..., Slip | None]) -> list[Slip]:
    """Draw slips so that each kind comes in turn, and no figure twice."""
    kinds: dict[str, list[Place]] = {}
    for place in (places[i] for i in rng.permutation(len(places))):
        kinds.setdefault(f"{place[2] or 'fraction'} for {place[5]}", []).append(place)
    found: dict[str, Slip] = {}
    while len(found) < count:
        for kind, left in kinds.items():
            slip = off(name, left.pop(), kind, rng) if left and len(found) < count else None
            if slip is not None:
                found.setdefault(slip.key if slip.line < 0 else str(slip.line), slip)
    return list(found.values())


def _off(name: str, place: Place, kind: str, rng: np.random.Generator) -> Slip | None:
    """The slip at a place; None where all is zero."""
    line, key, unit, raw, factor, other = place
    if not factor:
        stem, _, body = raw.partition(" = ")
        return Slip(name, line, f"{stem.removesuffix(unit)}{other} = {body}", key.removesuffix(unit) + other, kind, 0.0)
    if isinstance(raw, dict) and not isinstance(raw["value"], list) and raw.get("low", 1) <= raw["value"] * factor <= raw.get("high", 0):
        return None
    body = planted(raw, factor, rng)
    word = key.rsplit(".", 1)[-1] if line >= 0 else key
    return None if body is None else Slip(name, line, f"{word} = {body}", key, kind, factor)


def _in_copy(name: str) -> Iterator[Place]:
    """Each figure that a scenario writes in a line of its own, with all it may be taken for."""
    table = member = cell = ""
    for number, line in enumerate(_text(name).splitlines()):
        head, pair = _HEAD.match(line), _PAIR.match(line)
        if head is not None:
            table, member, cell = (word or "" for word in head.groups())
        elif pair is not None and table in tables():
            found = tables()[table].match(cell or pair[1])
            if found is not None and _is_number(table, found[0]):
                raw, unit = tomllib.loads(line)[pair[1]], found[1] or ""
                key = ".".join(word for word in (table, member, cell, pair[1]) if word)
                for other, factor in mistaken(unit):
                    yield number, key, unit, raw, factor, other
                for other in () if cell else OTHER_DIMENSION.get(unit, ()):
                    yield number, key, unit, line, 0.0, other


def _in_own(name: str) -> Iterator[Place]:
    """Each figure that a scenario writes or takes from the catalog, with all it may be taken for."""
    for words, _, unit, raw in bodies(name).values():
        for other, factor in mistaken(unit):
            yield -1, ".".join(words), unit, raw, factor, other


def _is_number(table: str, field: Field) -> bool:
    return field.kind not in ("text", "flag", "date") and (table, field.name) not in TASTES


def mistaken(unit: str) -> list[tuple[str, float]]:
    """What a unit may be taken for, and the factor by which a figure is then off; percent for what is pure or a rate."""
    lead, words = ("per_" if unit.startswith("per_") else ""), unit.removeprefix("per_").split("_per_")
    others = [
        lead + "_per_".join([*words[:i], other, *words[i + 1 :]]) for i, word in enumerate(words) for other in TAKEN_FOR.get(word, ())
    ]
    found = {float(units.scale(unit) / units.scale(other)): other for other in others if unit}
    pure = units.dimension(unit) in ((), units.dimension("per_year"))
    return sorted(
        ((other, factor) for factor, other in (found | ({PERCENT: "percent", 1.0 / PERCENT: "hundredth"} if pure else {})).items())
    )


def kinds(unit: str) -> list[float]:
    """The factors by which a figure is off when its number is in another unit than its key says, or in percent."""
    return sorted(factor for _, factor in mistaken(unit))


def planted(raw: Any, factor: float, rng: np.random.Generator) -> str | None:
    """A figure off by a factor, as TOML: bare or with its range, a series as a whole or at one stage. None where all is zero."""
    value = raw["value"] if isinstance(raw, dict) else raw
    if isinstance(value, list):
        stages = [i for i, each in enumerate(value) if each]
        if not stages:
            return None
        off = set(stages) if rng.random() < 0.5 else {int(rng.choice(stages))}
        numbers = [each * factor if i in off else each for i, each in enumerate(value)]
        return f"{{ at = [{', '.join(map(str, raw['at']))}], value = [{', '.join(repr(float(n)) for n in numbers)}] }}"
    if not value:
        return None
    if isinstance(raw, dict) and "low" in raw and "high" in raw and rng.random() < 0.5:
        return "{ " + ", ".join(f"{word} = {float(raw[word] * factor)!r}" for word in ("value", "low", "high")) + " }"
    return repr(float(value * factor))


def bodies(name: str) -> dict[tuple[str, ...], tuple[tuple[str, ...], Field, str, Any]]:
    """Every figure a shipped scenario writes or takes from the catalog: the words of its key, its field, its unit, and its body."""
    tree = _tree(name)
    used = {(t, m) for t, ms in tree.get("use", {}).items() for m in ([ms] if isinstance(ms, str) else ms)}
    catalog = [tomllib.loads(path.read_text()) for path in sorted((configs_dir() / "catalog").glob("*.toml"))]
    found = {}
    for part in [*catalog, tree]:
        for table_name, members in part.items():
            table = tables().get(table_name)
            if table is None:
                continue
            named = members if table.axis or part is not tree else {"": members}
            for member, body in named.items():
                if part is not tree and (table_name, member) not in used:
                    continue
                words = (table_name, member) if table.axis else (table_name,)
                for key, raw in body.items():
                    field, unit = table.match(key) or (None, None)
                    if field is None or not _is_number(table_name, field):
                        continue
                    cells = raw.items() if field.kind == "cells" else [("", raw)]
                    for cell, value in cells:
                        found[(*words, field.stem, cell)] = ((*words, key, *([cell] if cell else [])), field, unit or "", value)
    return found


def _text(name: str) -> str:
    return (configs_dir() / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")


def _tree(name: str) -> dict[str, Any]:
    return tomllib.loads(_text(name))
