"""Where each number of a scenario comes from, carried along so that a plan can say what it rests on."""

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

STATUSES = ("reported", "derived", "estimated", "recalled", "scenario")


OPEN = ("scenario", "recalled")
"""Statuses of figures that the world does not disclose, or that nobody has looked up."""


@dataclasses.dataclass(frozen=True)
class Figure:
    """One given number as it was written: in base units, with its range, status, source and note."""

    path: str
    value: float
    low: float | None
    high: float | None
    unit: str
    status: str
    source: str
    note: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Evidence:
    """All figures of a scenario by path, with the sources cited and the hash of the configuration; what looks like a slip of a unit.

    Two Evidence objects always compare equal: provenance never changes a computation, so it must not cause a recompilation.
    """

    figures: Mapping[str, Figure]
    sources: Mapping[str, Mapping[str, str]]
    config_hash: str
    never_traced: ClassVar[bool] = True
    files: tuple[str, ...] = ()
    hindsight: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Evidence)

    def __hash__(self) -> int:
        return hash(Evidence)

    @property
    def weakest(self) -> str:
        """The weakest status among the figures."""
        used = {figure.status for figure in self.figures.values()}
        return max(used, key=STATUSES.index) if used else STATUSES[0]

    @property
    def open(self) -> tuple[Figure, ...]:
        """The figures that the world does not disclose, or that nobody has looked up, those of one status together."""
        return tuple(figure for status in OPEN for figure in self.with_status(status))

    def with_status(self, status: str) -> tuple[Figure, ...]:
        """The figures of one status, in order of path."""
        return tuple(self.figures[path] for path in sorted(self.figures) if self.figures[path].status == status)
