"""Wishes as somebody could be asked about them: a limit at a place, and the number of the scenario by which it gives.

A wish holds all rows of a limit at a site, in a year, of a job, whatever the instant. What one unit more of its number does to each of its
rows is read off the model, so that an answer can be given in that number and tried out. Leaves out: what the number does to other rows.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from capexmodel.model.scenario import Scenario
from capexmodel.param import axes, params
from capexmodel.planning.choice import nothing, view
from capexmodel.planning.constraint import AbstractAffine, AbstractConstraint, AbstractCurved
from capexmodel.planning.problem import Form
from capexmodel.planning.scale import Sizes
from capexmodel.solvers.kept import kept

TIMES = ("edge", "period", "decision")
"""Axes along which all rows of a limit belong to one wish."""
NUDGE = 0.01
"""Share of a number by which it is changed to see what it does; the rows are affine in it."""
NO_EFFECT = 1e-12
"""Natural units of a row for a nudge below which a number does nothing to it."""


Slacks = tuple[np.ndarray, np.ndarray]
"""A number for every affine and every curved row."""


@dataclasses.dataclass(frozen=True)
class Lever:
    """The number behind a wish: a field of a table, at a member where it has members, at every date where it is staged.

    `size` is how much of it, in base units and with the sign that gives way, is one natural unit of the row it moves most.
    """

    table: str
    field: str
    member: str | None
    size: float = 1.0

    @property
    def path(self) -> str:
        """The number as people name it."""
        return ".".join(word for word in (self.table, self.member, self.field) if word)

    def read(self, scenario: Scenario) -> np.ndarray:
        """The number, at all its dates."""
        part = getattr(scenario, self.table)
        return np.asarray(np.asarray(getattr(part, self.field), float)[self._place(part)])

    def push(self, scenario: Scenario, amount: float) -> Scenario | None:
        """Change the number, at all its dates, by an amount in base units; None where that is out of its bounds."""
        part = getattr(scenario, self.table)
        value = np.array(getattr(part, self.field), float)
        value[self._place(part)] += amount
        declared = params(part)[self.field]
        if any(declared.complaint(float(number)) is not None for number in np.ravel(value[self._place(part)])):
            return None
        return eqx.tree_at(lambda s: getattr(getattr(s, self.table), self.field), scenario, jnp.asarray(value, value.dtype))

    def _place(self, part: Any) -> tuple[int, ...]:
        return () if self.member is None else (part.names.index(self.member),)


@dataclasses.dataclass(frozen=True, eq=False)
class Wish:
    """A limit at a place, its lever, and the relief of each affine and curved row, in natural units, for one of the lever."""

    name: str
    place: str
    lever: Lever
    affine: np.ndarray
    curved: np.ndarray


@kept(like=lambda scenario, *rest: (np.zeros(0), np.zeros(0)))
def _rows(
    scenario: Scenario, form: Form, size: Sizes, base: Float[Array, "choice"]
) -> tuple[Float[Array, "affine"], Float[Array, "curved"]]:
    """The slacks of all rows where nothing is chosen."""
    seen = view(scenario, ravel_pytree(nothing(scenario))[1](base))
    return form.affine(seen, size), form.curved(seen.gist(), size)


def wishes(scenario: Scenario, form: Form, size: Sizes, base: Float[Array, "choice"]) -> list[Wish]:
    """Group the rows of a form into wishes; `base` is the choice that buys nothing but companies. Rows that no number of their limit moves
    belong to none."""

    def rows(given: Scenario) -> Slacks:
        affine, curved = _rows(given, form, size, base)
        return np.asarray(affine), np.asarray(curved)

    named = [form.rows(scenario, kind) for kind in (AbstractAffine, AbstractCurved)]
    keys = [np.array([f"{c.name} {_told(c, place)}" for c, place in part], object) for part in named]
    firsts = {key: row for part, own in zip(named[::-1], keys[::-1], strict=True) for row, key in zip(part[::-1], own[::-1], strict=True)}
    look = _Looked(scenario, rows, rows(scenario))
    found = [_wish(look, *row, (keys[0] == key, keys[1] == key)) for key, row in reversed(firsts.items()) if row[0].levers]
    return [wish for wish in found if wish is not None]


def _told(constraint: AbstractConstraint, place: tuple[str, ...]) -> str:
    """The part of a place that somebody could be asked about: not the instant."""
    return " ".join(name for axis, name in zip(constraint.axes, place, strict=True) if axis not in TIMES)


def _wish(looked: "_Looked", constraint: AbstractConstraint, place: tuple[str, ...], mine: Slacks) -> Wish | None:
    """The number of a limit that moves its rows at a place most; None where none does."""
    told, best = _told(constraint, place), None
    for path in constraint.levers:
        lever = _lever(looked.scenario, path, place)
        if not np.isfinite(lever.read(looked.scenario)).all():  # no limit there
            continue
        nudge = NUDGE * float(np.max(np.abs(lever.read(looked.scenario)), initial=0.0)) or 1.0
        for change in (nudge, -nudge):
            effect = looked.effect(lever.push(looked.scenario, change), mine)
            most = max(float(np.max(part, initial=0.0)) for part in effect)
            if most > max(NO_EFFECT, best[0] if best else 0.0):
                own = dataclasses.replace(lever, size=change / most)
                best = most, Wish(f"{constraint.name}.{told}".rstrip("."), told, own, effect[0] / most, effect[1] / most)
    return best[1] if best else None


@dataclasses.dataclass(frozen=True)
class _Looked:
    """A problem's rows where nothing is chosen, and how to look at them again."""

    scenario: Scenario
    rows: Callable[[Scenario], Slacks]
    base: Slacks

    def effect(self, moved: Scenario | None, mine: Slacks) -> Slacks:
        """What a changed number does to some rows: nothing where it cannot be changed so."""
        now = self.base if moved is None else self.rows(moved)
        return mine[0] * (now[0] - self.base[0]), mine[1] * (now[1] - self.base[1])


def _lever(scenario: Scenario, path: str, place: tuple[str, ...]) -> Lever:
    """The number at a path, of the member that the place names."""
    table, field = path.split(".")
    part = getattr(scenario, table)
    names = getattr(part, "names", ()) if axes(part, field) else ()
    return Lever(table, field, next((word for word in place if word in names), None))
