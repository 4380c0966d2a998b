"""A file that stands alone and says most of what a shipped scenario says is a copy of it: what differs replaces what stood there."""

import functools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from capexmodel.config.documents import gather, shipped
from capexmodel.config.entries import Entry, Slot
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Given
from capexmodel.config.series import Stage
from capexmodel.config.values import Said, Scene

SAME_SHARE = 0.7
"""Share of a file's figures that must be those of a shipped scenario for the file to be a copy of it."""
FEWEST = 12
"""A file with fewer figures of its own is no copy of anything."""
_EQUAL = 1e-9


def copied(scene: Scene, said: list[Said]) -> Mapping[Slot, Entry]:
    """The entries of the shipped scenario that a file was copied from; none where it was not. Said are figures that replace nothing."""
    if len(said) < FEWEST:
        return {}
    best: tuple[float, Mapping[Slot, Entry]] = (0.0, {})
    for entries in _entries(scene.documents.configs).values():
        best = max(best, (sum(_same(scene, each, entries.get(each.slot)) for each in said) / len(said), entries), key=lambda one: one[0])
    return best[1] if best[0] >= SAME_SHARE else {}


@functools.cache
def _entries(configs: Path) -> Mapping[str, Mapping[Slot, Entry]]:
    """What each shipped scenario says, with what it takes from the catalog."""
    return {name: gather(name, Faults()).layer.entries for name in shipped()}


def _same(scene: Scene, said: Said, other: Entry | None) -> bool:
    """Whether an entry says the same numbers, in whatever unit."""
    if other is None:
        return False
    if (said.entry.raw, said.entry.unit) == (other.raw, other.unit):
        return True
    value = scene.quietly(other, said.field)
    ours, theirs = list(_values(said.value)), list(_values(value))
    return len(ours) == len(theirs) and all(math.isclose(one, two, rel_tol=_EQUAL) for one, two in zip(ours, theirs, strict=True))


def _values(value: Given | tuple[Stage, ...] | None) -> Iterator[float]:
    """The values of a figure or of a series, without their ranges."""
    if isinstance(value, Given):
        yield value.value
    else:
        yield from (stage.given.value for stage in value or ())
