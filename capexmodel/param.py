"""The one declaration of a parameter.

A declaration yields the run-time field, the config schema, the error text, the range check and the generator of random scenarios.
Its axes are read from the annotation (`Float[Array, "site step"]`), its unit from the last word of its name.
"""

import dataclasses
from typing import Any

_KEY = "capexmodel.param"


@dataclasses.dataclass(frozen=True)
class Param:
    """What one field promises: its meaning, its bounds, its default, and for a time series the field that holds its dates."""

    text: str
    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None
    default: float | None = None
    at: str | None = None
    dates: bool = False

    def complaint(self, value: float) -> str | None:
        """Say which bound a value breaks ("above 0"), or None."""
        checks = (
            (self.gt, lambda b: value > b, "above"),
            (self.ge, lambda b: value >= b, "at least"),
            (self.lt, lambda b: value < b, "below"),
            (self.le, lambda b: value <= b, "at most"),
        )
        for bound, holds, words in checks:
            if bound is not None and not holds(bound):
                return f"{words} {bound:g}"
        return None


def param(
    text: str,
    *,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    default: float | None = None,
    at: str | None = None,
    dates: bool = False,
) -> Any:
    """Declare a number of the model.

    `default` makes it optional; `at` names the field with the dates of a time series; `dates` marks that field, and any field given as
    a calendar date.
    """
    declared = Param(text, gt, ge, lt, le, default, at, dates)
    return dataclasses.field(metadata={_KEY: declared})


def params(table: Any) -> dict[str, Param]:
    """List the declared parameters of a table class, or of an instance, by field name."""
    return {f.name: f.metadata[_KEY] for f in dataclasses.fields(table) if _KEY in f.metadata}


def axes(table: Any, name: str) -> tuple[str, ...]:
    """Read the axes of a field from its annotation: ("site", "step"), or () for a single number."""
    cls = table if isinstance(table, type) else type(table)
    annotation = next(f.type for f in dataclasses.fields(cls) if f.name == name)
    return tuple(str(getattr(annotation, "dim_str", "")).split())
