"""Names for single numbers: `table.member.field`, so that each can be set, varied and priced."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from capexmodel.errors import ModelError
from capexmodel.model.scenario import Scenario
from capexmodel.param import Param, axes, params


@dataclasses.dataclass(frozen=True)
class Leaf:
    """One number of a scenario: where it stands."""

    path: str
    table: str
    field: str
    index: tuple[int, ...]

    def read(self, scenario: Scenario) -> Any:
        """Take the number out of a scenario, or out of anything of the same shape (a gradient)."""
        array = getattr(getattr(scenario, self.table), self.field)
        return array[self.index] if isinstance(array, Tracer) else np.asarray(array)[self.index]

    def write(self, scenario: Scenario, value: float | jax.Array) -> Scenario:
        """Give a scenario with this number replaced."""
        array = getattr(getattr(scenario, self.table), self.field)
        if isinstance(value, Tracer) or isinstance(array, Tracer):
            written = array.at[self.index].set(value)
        else:
            copied = np.array(array)
            copied[self.index] = value
            written = jnp.asarray(copied, copied.dtype)
        return eqx.tree_at(lambda s: getattr(getattr(s, self.table), self.field), scenario, written)


def leaves(scenario: Scenario) -> Iterator[Leaf]:
    """List every declared number. Stages of a series are named by their date, cells of a matrix by their member."""
    for table in (f.name for f in dataclasses.fields(scenario)):
        part = getattr(scenario, table)
        if not isinstance(part, eqx.Module) or table == "calendar":
            continue
        for field, declared in params(part).items():
            for index in np.ndindex(np.shape(getattr(part, field))):
                words = _words(scenario, part, field, declared, index)
                if words is not None:
                    yield Leaf(".".join((table, *words)), table, field, index)


def _words(scenario: Scenario, part: Any, field: str, declared: Param, index: tuple[int, ...]) -> tuple[str, ...] | None:
    """Spell the path of one cell after its table; None for the date of a stage, which has no path of its own."""
    if not index:
        return (field,)
    names = axes(part, field)
    lead = (part.names[index[0]],) if hasattr(part, "names") else ()
    rest, rest_index = names[len(lead) :], index[len(lead) :]
    if not rest:
        return (*lead, field)
    if declared.at is not None:
        when = float(np.asarray(getattr(part, declared.at))[index])
        return (*lead, field, scenario.calendar.date(when).isoformat())
    if declared.dates:
        return None
    return (*lead, field, getattr(scenario, rest[0]).names[rest_index[0]])


def leaf(scenario: Scenario, path: str) -> Leaf:
    """Find a number by its path. A fiscal year may be left out of `envelope.*`: then the first one is meant.

    Raises: ModelError when no number has that path.
    """
    words = path.split(".")
    if words[0] == "envelope" and len(words) == 2:
        path = f"envelope.{scenario.envelope.names[0]}.{words[1]}"
    for found in leaves(scenario):
        if found.path == path:
            return found
    raise ModelError(f"no number of {scenario.name} is called '{path}'")


def write(scenario: Scenario, where: Sequence[Leaf], numbers: Float[Array, "leaf"]) -> Scenario:
    """Give a scenario with several numbers replaced, those of one field at a time; traceable."""
    fields: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(where):
        fields.setdefault((one.table, one.field), []).append(place)
    arrays = [getattr(getattr(scenario, table), field) for table, field in fields]
    indices = [tuple(np.array([where[k].index for k in places]).T) for places in fields.values()]
    given = [numbers[np.array(places)] for places in fields.values()]
    new = [
        array.at[index].set(values) if index else values.reshape(jnp.shape(array))
        for array, index, values in zip(map(jnp.asarray, arrays), indices, given, strict=True)
    ]
    return eqx.tree_at(lambda s: [getattr(getattr(s, table), field) for table, field in fields], scenario, new)
