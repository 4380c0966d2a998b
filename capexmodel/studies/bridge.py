"""Two scenarios number by number: all of them in a row, what both have by name, and what no line leads through from one to the other."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from capexmodel.model.allocation import Allocation, Followed
from capexmodel.model.evidence import Evidence
from capexmodel.model.leaves import leaves
from capexmodel.model.scenario import Scenario
from capexmodel.param import axes, params

CALENDAR = "calendar"


@dataclasses.dataclass(frozen=True)
class Cell:
    """One number: the step it belongs to (its own path, or its series with all stages and dates), and its name whatever its place."""

    step: str
    name: str


def cells(scenario: Scenario) -> Iterator[Cell]:
    """Name all numbers of a scenario, in the order of `flat`."""
    paths = {(leaf.table, leaf.field, leaf.index): leaf.path for leaf in leaves(scenario)}
    for table, field, array in _arrays(scenario):
        part = getattr(scenario, table)
        declared = params(part)
        series = next((name for name, one in declared.items() if one.at == field), field if declared[field].at else None)
        for index in np.ndindex(array.shape):
            words = [table, *_members(scenario, part, field, index), series or field]
            stage = [] if series is None else [field, str(index[-1])]
            step = ".".join(words) if series else paths.get((table, field, index), ".".join(words))
            yield Cell(step, ".".join([*words, *stage]))


def plan_cells(allocation: Allocation | Followed) -> Iterator[Cell]:
    """Name all numbers of a plan by their table, in the order of `flat`."""
    for path, array in jax.tree_util.tree_leaves_with_path(allocation):
        name = f"plan.{jax.tree_util.keystr(path[-1:], simple=True)}"
        yield from [Cell(name, name)] * np.size(array)


def flat(scenario: Scenario, allocation: Allocation | Followed) -> Float[np.ndarray, "number"]:
    """All numbers of a scenario and a plan in a row; those of the calendar are none of them."""
    chosen = [np.asarray(array) for array in jax.tree.leaves(allocation)]
    return np.concatenate([np.ravel(array) for array in [*(array for _, _, array in _arrays(scenario)), *chosen]]).astype(float)


def unflat(
    scenario: Scenario, allocation: Allocation | Followed, numbers: Float[np.ndarray, "number"]
) -> tuple[Scenario, Allocation | Followed]:
    """The same scenario and plan with other numbers."""
    own = [array for _, _, array in _arrays(scenario)]
    arrays, layout = jax.tree.flatten(allocation)
    chosen = [np.asarray(array) for array in arrays]
    cuts = np.cumsum([array.size for array in [*own, *chosen]])[:-1]
    pieces = np.split(numbers, cuts)
    return _written(scenario, pieces[: len(own)]), jax.tree.unflatten(layout, _shaped(pieces[len(own) :], chosen))


def _shaped(pieces: list[np.ndarray], like: list[np.ndarray]) -> list[jax.Array]:
    return [jnp.asarray(piece.reshape(array.shape), array.dtype) for piece, array in zip(pieces, like, strict=True)]


def _written(scenario: Scenario, pieces: list[np.ndarray]) -> Scenario:
    """A scenario with all its numbers replaced."""
    fields: dict[str, dict[str, Any]] = {}
    places = list(_arrays(scenario))
    for (table, field, _), new in zip(places, _shaped(pieces, [array for _, _, array in places]), strict=True):
        fields.setdefault(table, {})[field] = new
    return _replaced(scenario, fields)


def aligned(one: Scenario, two: Scenario) -> tuple[Scenario, Scenario]:
    """The same scenarios with as many stages in each series: the last stage of the shorter is repeated, which changes nothing. Names and
    evidence, which no number depends on, are left out."""
    longest: dict[tuple[str, str], int] = {}
    for scenario in (one, two):
        for table, field, array in _arrays(scenario):
            if _staged(scenario, table, field):
                longest[table, field] = max(longest.get((table, field), 0), array.shape[-1])
    return _padded(one, longest), _padded(two, longest)


def differences(one: Scenario, two: Scenario) -> tuple[str, ...]:
    """What no line leads through: tables that only one has or whose members differ, dates of the grid, and limits that are infinite in one
    of them alone."""
    found = []
    for table in (field.name for field in dataclasses.fields(Scenario)):
        mine, theirs = getattr(one, table), getattr(two, table)
        if not isinstance(mine, eqx.Module) and not isinstance(theirs, eqx.Module):
            continue
        if type(mine) is not type(theirs):
            found.append(f"{table}: one of them has none")
        elif table == CALENDAR:
            found += [] if bool(eqx.tree_equal(mine, theirs)) else ["calendar: other periods, decisions or fiscal years"]
        else:
            found += [f"{table}: {word}" for word in _unlike(mine, theirs)]
    if found:
        return tuple(found)
    pairs = zip(cells(one), _given(one), _given(two), strict=True)
    return tuple(f"{cell.name}: infinite in one of them" for cell, low, high in pairs if low != high and not np.isfinite([low, high]).all())


def bridged(frame: Scenario, numbers: Scenario) -> Scenario:
    """A scenario made as `frame` is, with every finite number of `numbers` that both have by name."""
    known = {cell.name: value for cell, value in zip(cells(numbers), _given(numbers), strict=True)}
    own = list(_given(frame))
    for place, cell in enumerate(cells(frame)):
        there = known.get(cell.name, np.nan)
        own[place] = there if np.isfinite(there) and np.isfinite(own[place]) else own[place]
    cuts = np.cumsum([array.size for _, _, array in _arrays(frame)])[:-1]
    return _written(frame, np.split(np.array(own), cuts))


def same_choices(one: Scenario, two: Scenario) -> bool:
    """Whether one plan can be followed in both: it names the same chips, sites, models and dates."""
    tables = [field.name for field in dataclasses.fields(Scenario)]
    named = all(getattr(getattr(one, table), "names", ()) == getattr(getattr(two, table), "names", ()) for table in tables)
    calendars = (one.calendar, two.calendar)
    return named and len({(calendar.periods, calendar.decisions, calendar.years) for calendar in calendars}) == 1


def _arrays(scenario: Scenario) -> Iterator[tuple[str, str, np.ndarray]]:
    """Every declared array of numbers, by table and field."""
    for table in (field.name for field in dataclasses.fields(scenario)):
        part = getattr(scenario, table)
        if isinstance(part, eqx.Module) and table != CALENDAR:
            for field in params(part):
                yield table, field, np.asarray(getattr(part, field))


def _given(scenario: Scenario) -> np.ndarray:
    """All numbers of a scenario in a row."""
    return np.concatenate([np.ravel(array) for _, _, array in _arrays(scenario)]).astype(float)


def _staged(scenario: Scenario, table: str, field: str) -> bool:
    """Whether a field holds a series, or its dates."""
    declared = params(getattr(scenario, table))
    return declared[field].at is not None or any(one.at == field for one in declared.values())


def _padded(scenario: Scenario, longest: dict[tuple[str, str], int]) -> Scenario:
    """A scenario with its last stages repeated, without its name and evidence."""
    fields: dict[str, dict[str, Any]] = {}
    for table, field, array in _arrays(scenario):
        if (table, field) in longest:
            more = np.repeat(array[..., -1:], longest[table, field] - array.shape[-1], axis=-1)
            fields.setdefault(table, {})[field] = jnp.asarray(np.concatenate([array, more], axis=-1), array.dtype)
    return _replaced(dataclasses.replace(scenario, name="", title="", evidence=Evidence({}, {}, "")), fields)


def _replaced(scenario: Scenario, fields: dict[str, dict[str, Any]]) -> Scenario:
    """A scenario with some of its arrays replaced, by table and field."""
    return dataclasses.replace(scenario, **{table: dataclasses.replace(getattr(scenario, table), **new) for table, new in fields.items()})


def _members(scenario: Scenario, part: eqx.Module, field: str, index: tuple[int, ...]) -> list[str]:
    """The names of the members a number belongs to."""
    told = []
    for axis, place in zip(axes(part, field), index, strict=True):
        names = getattr(part if not told and hasattr(part, "names") else getattr(scenario, axis, None), "names", ())
        told += [names[place]] if place < len(names) else []
    return told


def _unlike(mine: eqx.Module, theirs: eqx.Module) -> list[str]:
    """How two tables of one class differ in what is no number, or in shape."""
    found = []
    declared = params(mine)
    for field in (one.name for one in dataclasses.fields(mine)):
        one, other = getattr(mine, field), getattr(theirs, field)
        if field in declared:
            found += [f"{field} of another shape"] if np.shape(one) != np.shape(other) else []
        elif field == "names" and one != other:
            only = [f"{name} in the first alone" for name in one if name not in other]
            only += [f"{name} in the second alone" for name in other if name not in one]
            found += only or ["another order"]
        elif not bool(eqx.tree_equal(one, other)):
            found.append(f"another {field}")
    return found
