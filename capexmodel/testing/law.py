"""A law: what must hold of every scenario, how nearly and why so nearly, where it is off, and the body that looks.

A body is told many examples at once and says of each by how many tolerances it breaks the law (at most one: it holds) and whether the law
applies there. It must not depend on what stands beside an example.
"""

import dataclasses
import enum
from collections.abc import Callable, Collection, Iterable, Sequence, Sized
from typing import TYPE_CHECKING, Any

import numpy as np

from capexmodel.config.faults import nearest
from capexmodel.errors import ConfigError

if TYPE_CHECKING:
    from capexmodel.testing.bench import Bench
    from capexmodel.testing.cases import Cases
    from capexmodel.testing.readings import Readings


class Kind(enum.Enum):
    """What a law looks at, and in one of how many examples: a slope costs some outcomes, a plan a thousand of them."""

    OUTCOME = 1
    SLOPE = 2
    PLAN = 30


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Of each example: tolerances by which the law is broken, and whether it applies; and how many numbers were compared in each."""

    excess: np.ndarray
    applies: np.ndarray
    cells: int = 1

    @property
    def tolerances(self) -> np.ndarray:
        """By how many tolerances each example breaks the law: endlessly where that is no number, less than nothing where the law is off."""
        return np.where(self.applies, np.where(np.isnan(self.excess), np.inf, self.excess), -np.inf)


Body = Callable[["Bench", "Cases", "Readings"], Verdict]


@dataclasses.dataclass(frozen=True)
class Law:
    """One law. `id` is that of the list in docs/trust.md, `name` tells those of one id apart; `off` says where it does not apply."""

    id: str
    name: str
    statement: str
    tolerance: float
    reason: str
    body: Body
    kind: Kind = Kind.OUTCOME
    off: str = ""

    @property
    def title(self) -> str:
        """Its id and name."""
        return f"{self.id} {self.name}"


def named(laws: Iterable["Law"], words: Collection[str]) -> list["Law"]:
    """The laws that are asked for, by an id or by id and name; all where nothing is."""
    return [one for one in laws if not words or one.title in words or not set(one.id.split()).isdisjoint(words)]


def asked(laws: Sequence["Law"], words: Collection[str], option: str) -> list["Law"]:
    """The laws that an option asks for, as `named`, in capitals or not. Raises: ConfigError for a word that is none."""
    known = {name.lower(): name for one in laws for name in (*one.id.split(), one.title)}
    folded = [" ".join(word.lower().split()) for word in words]
    for word, name in zip(words, folded, strict=True):
        if name not in known:
            near = nearest(word, known.values())
            hint = f"; did you mean '{near}'?" if near else ""
            raise ConfigError(f"{option}: no law '{word[:40]}'{hint}; `capexmodel check SCENARIO` lists all")
    return named(laws, [known[name] for name in folded])


def law(
    identity: str, name: str, statement: str, tolerance: float, reason: str, kind: Kind = Kind.OUTCOME, off: str = ""
) -> Callable[[Body], Law]:
    """Make a law of the body that follows."""
    return lambda body: Law(identity, name, statement, tolerance, reason, body, kind, off)


def everywhere(excess: Any) -> Verdict:
    """A verdict that applies to every example; `excess` may have more axes, of which the worst counts, what is no number before all."""
    flat = np.asarray(excess, float).reshape(len(excess), -1)
    return Verdict(flat.max(axis=1, initial=-np.inf), np.ones(len(flat), bool), flat.shape[1])


def nowhere(cases: Sized) -> Verdict:
    """A verdict that applies to no example."""
    return Verdict(np.zeros(len(cases)), np.zeros(len(cases), bool))


def apart(one: Any, other: Any, tolerance: float, floor: float = 0.0) -> np.ndarray:
    """By how many relative tolerances numbers differ; `floor` is the size below which they are held to that size instead."""
    size = np.maximum(np.maximum(np.abs(one), np.abs(other)), floor)
    return np.where(one == other, 0.0, np.abs(one - other) / (tolerance * np.where(size > 0, size, 1.0)))
