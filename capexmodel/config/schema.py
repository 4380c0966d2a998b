"""The schema of a scenario file, derived from the declarations of the model: no field is named here a second time.

A key is the stem of a declared field plus any unit of the same dimension. A static text field refers to the members of a table when it is
called after its axis (`rental.site`, `accelerator.vendor`).
"""

import collections
import dataclasses
import functools
from typing import Any, get_args

import equinox as eqx

from capexmodel import units
from capexmodel.model.scenario import Scenario
from capexmodel.param import Param, axes, params

VERSION = 1
LONGEST_KEY = 100
PRECISIONS = ("bf16", "fp8")
VARIED = ("accelerator", "peak_eflops")
FILLED_TABLES = ("accelerator", "network", "site", "job", "envelope")
TOP_KEYS = ("schema_version", "name", "title", "as_of", "extends", "hindsight", "precision", "grid", "use", "sources")


@dataclasses.dataclass(frozen=True)
class Field:
    """One key of a table. `kind`: number, date, series, cells (a number for each member of `other`), text or flag."""

    name: str
    stem: str
    unit: str
    kind: str
    declared: Param | None = None
    other: str = ""
    axis: str = ""
    optional: bool = False

    def expected(self) -> str:
        """Say what belongs here, in words."""
        if self.kind in ("text", "flag"):
            return "true or false" if self.kind == "flag" else "a name in quotes"
        what = "a date" if self.kind == "date" else f"a number in {self.unit}" if self.unit else "a number without unit"
        return f"{what} ({self.declared.text})" if self.declared else what


@dataclasses.dataclass(frozen=True)
class Table:
    """One table of a scenario file: a class of the model. `axis` names its members; None when it has none. Some may be absent."""

    name: str
    cls: type
    axis: str | None
    fields: dict[str, Field]
    optional: bool = False

    @functools.cached_property
    def stems(self) -> dict[str, Field]:
        """The fields by stem; a stem that several have is none without its unit."""
        count = collections.Counter(field.stem for field in self.fields.values())
        return {field.stem: field for field in self.fields.values() if count[field.stem] == 1}

    def _of(self, stem: str, unit: str) -> Field | None:
        """The number of a stem that has the dimension of a unit: a memory and its bandwidth share all else. If none has, any."""
        numbers = [field for field in self.fields.values() if field.stem == stem and field.kind not in ("text", "flag")]
        fitting = [field for field in numbers if units.dimension(field.unit) == units.dimension(unit)]
        return next(iter(fitting or numbers), None)

    def match(self, written: str) -> tuple[Field, str | None] | None:
        """Find the field a key stands for and the unit it is written in (None: no unit in the key)."""
        if written in self.stems:
            return self.stems[written], None
        if len(written) > LONGEST_KEY:
            return None
        for cut in (i for i in range(len(written)) if written[i] == "_"):
            unit = written[cut + 1 :]
            field = self._of(written[:cut], unit) if units.is_unit(unit) else None
            if field is not None:
                return field, unit
        return (self.stems[""], written) if "" in self.stems and units.is_unit(written) else None


@functools.cache
def tables() -> dict[str, Table]:
    """Derive every table from the classes of the model."""
    kinds = {f.name: [kind for kind in (f.type, *get_args(f.type)) if isinstance(kind, type)] for f in dataclasses.fields(Scenario)}
    optional = {name for name, parts in kinds.items() if type(None) in parts}
    classes = {name: kind for name, parts in kinds.items() for kind in parts if issubclass(kind, eqx.Module)}
    found = {name: cls for name, cls in classes.items() if params(cls)}
    member_axes = {name: _member_axis(cls) for name, cls in found.items()}
    tables_of_axes = {axis: name for name, axis in member_axes.items() if axis}
    return {
        name: Table(name, cls, member_axes[name], _fields(name, cls, member_axes[name], tables_of_axes), name in optional)
        for name, cls in found.items()
    }


def _member_axis(cls: type) -> str | None:
    """The axis of the members of a table, or None for a table of single numbers."""
    if "names" not in {f.name for f in dataclasses.fields(cls)}:
        return None
    return axes(cls, next(iter(params(cls))))[0]


def _fields(table: str, cls: type, member_axis: str | None, tables_of_axes: dict[str, str]) -> dict[str, Field]:
    """Derive the keys of a table."""
    declared = params(cls)
    dates_of_series = {d.at for d in declared.values() if d.at}
    all_names = {f.name for f in dataclasses.fields(cls)}
    found: dict[str, Field] = {}
    for name, each in declared.items():
        if name in dates_of_series:
            continue
        stem, unit = units.parse(name)
        rest = axes(cls, name)[1 if member_axis else 0 :]
        kind = "series" if each.at else "date" if each.dates else "cells" if rest else "number"
        other, axis = (tables_of_axes[rest[0]] if kind == "cells" else ""), (rest[0] if kind == "series" else "")
        optional = each.default is not None or (kind == "date" and f"{stem}d" in all_names)
        found[name] = Field(name, stem, unit, kind, each, other, axis, optional)
        if (table, name) == VARIED:
            found |= {f"{s}_{unit}": dataclasses.replace(found[name], name=f"{s}_{unit}", stem=s, optional=True) for s in variants(stem)}
    said_by_dates = {f"{field.stem}d" for field in found.values() if field.kind == "date"}
    static = [f for f in dataclasses.fields(cls) if f.name not in declared and f.name != "names" and f.name not in said_by_dates]
    return {f.name: _static(f.name, f.type, tables_of_axes) for f in static} | found


def variants(stem: str) -> tuple[str, ...]:
    """The stems that hold a figure by precision: "peak" gives peak_bf16 and peak_fp8."""
    return tuple(f"{stem}_{precision}" for precision in PRECISIONS)


def _static(name: str, kind: Any, tables_of_axes: dict[str, str]) -> Field:
    """A field that is no number: a name (of a member of another table) or a flag."""
    return Field(name, name, "", "flag" if kind == tuple[bool, ...] else "text", None, tables_of_axes.get(name, ""))
