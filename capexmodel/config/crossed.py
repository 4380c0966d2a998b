"""Several figures at several values each, as people write them for a sweep: ranges, lists, and shares of what a figure is.

"envelope.high=115:135:9 B$" and "utilization.mfu=0.3,0.35" as `vary` takes them, a range being of any length here; and
"site.north.energy_price=-20%:+20%:5", by how much the figure is changed, evenly.
"""

import re
from collections.abc import Sequence

import jax
import numpy as np

from capexmodel.config.faults import Faults, plain
from capexmodel.config.load import load
from capexmodel.config.overrides import FILE
from capexmodel.config.schema import tables
from capexmodel.config.vary import DATE, MOST_VALUES, NUMBER, alone, doubting, vary
from capexmodel.model.leaves import Leaf, leaves
from capexmodel.model.scenario import Scenario
from capexmodel.param import params
from capexmodel.units import dimension, parse, scale

LONGEST = 1_000_000
"""Values of one figure that are taken at most."""
_SHARE = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)%\s*:\s*([+-]?[0-9]+(?:\.[0-9]+)?)%\s*:\s*([0-9]{1,9})")
_STAGES = 3
"""Stages of a series that are named at most."""
_END = rf"(?:{DATE}|{NUMBER})"
_RANGE = re.compile(rf"({_END})\s*:\s*({_END})\s*:\s*([0-9]{{1,9}})(\s+\S.*)?")


def crossed(name_or_path: str, overrides: Sequence[str], texts: Sequence[str]) -> tuple[Scenario, dict[Leaf, np.ndarray]]:
    """Load a scenario and read which figures are varied over which values, in base units. Every range is checked at both ends as if they
    stood in the file, every value of a list by itself.

    What is doubted of the scenario, or at an end of a range, is told once. Raises: ConfigError when something is no range or list, when a
    value is refused, when a figure is named twice, or when it changes more than one number of the scenario as it stands.
    """
    base, found = load(name_or_path, overrides), {}
    doubts = [*base.evidence.doubts]
    for text in texts:
        leaf, values, told = _axis(name_or_path, overrides, base, text)
        if leaf in found:
            faults = Faults()
            faults.add(FILE, leaf.path, "is varied twice", None, "each figure once")
            faults.refuse()
        found[leaf] = values
        doubts += told
    return doubting(base, doubts), found


def _axis(name: str, overrides: Sequence[str], base: Scenario, text: str) -> tuple[Leaf, np.ndarray, tuple[str, ...]]:
    """One figure, its values, and what is doubted of them."""
    path, _, values = (part.strip() for part in text.partition("="))
    share, ranged = _SHARE.fullmatch(values), _RANGE.fullmatch(values)
    if share:
        return *_shares(name, overrides, base, path, (float(share[1]), float(share[2]), int(share[3]))), ()
    count = _counted(path, int(ranged[3])) if ranged else 0
    asked = f"{path}={ranged[1]}:{ranged[2]}:{min(count, 2)}{ranged[4] or ''}" if ranged else text
    first, leaf, told = vary(name, overrides, asked)
    _check_alone(base, first, leaf, path)
    if not ranged:
        return leaf, np.asarray(told), first.evidence.doubts
    spread = np.linspace(told[0], told[-1], count)
    dates = params(getattr(base, leaf.table))[leaf.field].dates
    day_s = float(scale("day"))
    return leaf, np.round(spread / day_s) * day_s if dates else spread, first.evidence.doubts


def _check_alone(base: Scenario, first: Scenario, leaf: Leaf, path: str) -> None:
    """Refuse a figure whose change, as `--set` makes it, is more than that of one number of the scenario as it stands: one value in place
    of a whole series, a deadline where there was none."""
    one, other = ([np.asarray(each) for each in jax.tree.leaves(scenario)] for scenario in (base, first))
    if jax.tree.structure(base) == jax.tree.structure(first) and [a.shape for a in one] == [b.shape for b in other]:
        written = jax.tree.leaves(leaf.write(base, leaf.read(first)))
        if all(np.array_equal(a, b) for a, b in zip(written, other, strict=True)):
            return
    faults, stem = Faults(), leaf.path.rpartition(".")[0]
    stages = [f"{path}.{known.rpartition('.')[2]}" for known in base.evidence.figures if known.rpartition(".")[0] == stem]
    named = ", ".join(stages[:_STAGES])
    if params(getattr(first, leaf.table))[leaf.field].at is not None and stages:
        faults.add(FILE, path, "is a series, which one value would replace whole", None, f"one stage of it, as {named}")
    else:
        faults.add(FILE, path, "is not a number of the scenario as it stands", None, f"a value of its own first, by `--set {path}=...`")
    faults.refuse()


def _counted(path: str, count: int) -> int:
    if not 2 <= count <= LONGEST:
        faults = Faults()
        faults.add(FILE, path, "asks for too few or too many values", str(count), f"2 to {LONGEST:,} of them ({MOST_VALUES} in a list)")
        faults.refuse()
    return count


def _shares(name: str, overrides: Sequence[str], base: Scenario, path: str, ends: tuple[float, float, int]) -> tuple[Leaf, np.ndarray]:
    """A figure changed by shares of what it is."""
    leaf, faults = _named(base, path), Faults()
    low, high, count = ends[0], ends[1], _counted(path, ends[2])
    if leaf is None:
        faults.add(FILE, path, "is not a single figure", None, "table.member.figure, as `--set` takes it")
        faults.refuse()
    if params(getattr(base, leaf.table))[leaf.field].dates:
        faults.add(FILE, path, "is a date, of which there are no shares", None, "LOW:HIGH:N, both of them dates")
        faults.refuse()
    value = float(leaf.read(base))
    if not value or low == high:
        faults.add(FILE, path, "does not vary", plain(f"{low:g}% to {high:g}% of {value:g}"), "shares of something, and two of them")
    faults.stop()
    spread = value * (1.0 + 0.01 * np.linspace(low, high, count))
    first, last = (load(name, [*overrides, f"{leaf.path}={end:.17g}"]) for end in (spread[0], spread[-1]))
    alone(first, last, path)
    return leaf, spread


def _named(scenario: Scenario, path: str) -> Leaf | None:
    """The number of a path as people write it: any unit or none after the figure; the first fiscal year where none is told."""
    words = path.split(".")
    if words[0] == "envelope" and len(words) == 2:
        words.insert(1, scenario.envelope.names[0])
    found = [leaf for leaf in leaves(scenario) if _is(leaf.path.split("."), words)]
    return found[0] if len(found) == 1 else None


def _is(known: list[str], written: list[str]) -> bool:
    """Whether a path is written for another: its figure in a unit of the same dimension, or in none."""
    at = 2 if tables()[known[0]].axis else 1
    if len(known) != len(written) or known[:at] != written[:at] or known[at + 1 :] != written[at + 1 :]:
        return False
    (stem, base), (said, unit) = parse(known[at]), parse(written[at])
    return stem == said and (not unit or dimension(unit) == dimension(base))
