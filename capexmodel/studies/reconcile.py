"""Walks from one published cost of a gigawatt to another: what each assumption adds, and what the parts leave unexplained at either end."""

import dataclasses
from collections.abc import Mapping

from capexmodel.config.builds import Told
from capexmodel.config.faults import nearest, plain
from capexmodel.config.targets import Target, targets
from capexmodel.errors import ConfigError
from capexmodel.finance.gigawatt import ASSUMPTIONS, walk
from capexmodel.units import scale

PER_GW = 1.0 / float(scale("busd")) * float(scale("gw"))
"""Dollars a watt as billions a gigawatt."""


@dataclasses.dataclass(frozen=True)
class Step:
    """What one assumption adds on the way, in billions a gigawatt."""

    name: str
    busd_per_gw: float


@dataclasses.dataclass(frozen=True)
class Walk:
    """From one build to another: what is published of each, what the parts say of each, and the steps, which add up to the difference of
    what is published (of what the parts say, where nothing is)."""

    start: Told
    end: Told
    published: tuple[float | None, float | None]
    parts: tuple[float, float]
    steps: tuple[Step, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """Where the walk begins and ends."""
        first, last = (parts if told is None else told for told, parts in zip(self.published, self.parts, strict=True))
        return first, last

    @property
    def total(self) -> float:
        """All steps together."""
        return sum(step.busd_per_gw for step in self.steps)


def reconcile(known: Mapping[str, Told], start: str, end: str) -> Walk:
    """Walk from one build to another.

    Raises: ConfigError for a build that is not known.
    """
    first, last = (_named(known, name) for name in (start, end))
    published = _published(first), _published(last)
    parts = tuple(PER_GW * float(told.build.cost_usd_per_w()) for told in (first, last))
    gained = walk(first.build, last.build)
    steps = [Step(name, PER_GW * float(gain)) for name, gain in zip(ASSUMPTIONS, gained, strict=True)]
    rests = [0.0 if told is None else told - ours for told, ours in zip(published, parts, strict=True)]
    steps += [Step(f"not explained of {first.name}", -rests[0]), Step(f"not explained of {last.name}", rests[1])]
    return Walk(first, last, published, (parts[0], parts[1]), tuple(steps))


def _named(known: Mapping[str, Told], name: str) -> Told:
    if name not in known:
        near = nearest(name, known)
        raise ConfigError(f"no build {plain(name)}, expected one of {', '.join(known)}" + (f"; is '{near}' meant?" if near else ""))
    return known[name]


def _published(told: Told) -> float | None:
    """What is published of a build, in billions a gigawatt."""
    found: Target | None = next((target for target in targets().values() if target.build == told.name), None)
    return None if found is None else found.value
