"""Stand-ins for what a search would give: of the right class, with only the parts that a test looks at."""

from typing import Any, TypeVar

import jax.numpy as jnp
import numpy as np

from capexmodel.planner.lever import Lever, Wish
from capexmodel.planning.scale import Sizes

Kind = TypeVar("Kind")


def fake(kind: type[Kind], **parts: Any) -> Kind:
    """Something of a class that has these parts and no others."""
    thing = object.__new__(kind)
    vars(thing).update(parts)
    return thing


def quiet(text: str) -> None:
    """Say nothing."""


def wish(name: str, path: str = "staff.floor_count", size: float = 1.0, affine=(), curved=()) -> Wish:
    """A wish with a lever of some size."""
    table, *member, field = path.split(".")
    lever = Lever(table, field, member[0] if member else None, size)
    return Wish(name, f"at {name}", lever, np.asarray(affine, float), np.asarray(curved, float))


def sizes() -> Sizes:
    """Of each kind another number."""
    kinds = {"usd": 3.0, "count": 5.0, "w": 7.0, "eflops": 11.0, "heads": 13.0, "s": 17.0, "share": 19.0, "j": 23.0, "kg": 29.0}
    return Sizes(**{kind: jnp.asarray(number) for kind, number in kinds.items()})
