"""Published test problems as nonlinear programs: the Hock-Schittkowski set and the small problems of CUTEst, as sif2jax ships them.

Equality rows are zero and inequality rows are not negative where a point is feasible; where sif2jax has them the other way round, they are
turned. A bound of 1e20 or more means none. Leaves out: problems of more than a hundred variables, or without any.

Source: Hock and Schittkowski, Test Examples for Nonlinear Programming Codes, Lecture Notes in Economics and Mathematical Systems 187
(1981); Gould, Orban and Toint, CUTEst, Computational Optimization and Applications 60 (2015).
"""

import dataclasses
import sys
import types
from collections.abc import Callable
from functools import cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from capexmodel.solvers import NonlinearProgram

MOST_VARIABLES = 100
NO_BOUND = 1e20
"""What CUTEst writes for infinity."""
SLOW_TO_IMPORT = {"sif2jax.cutest._constrained_minimisation.cleuven7": "CLEUVEN7"}
"""A module that fills a matrix entry by entry while it is imported, which takes over a minute; its problem is too large for us."""
UPSIDE_DOWN = frozenset(("CANTILVR", "CHACONN1", "CHACONN2", "CSFI1", "CSFI2", "DEMYMALO", "DIPIGRI", "HS64", "HS101", "HS102", "HS103"))
"""Problems whose inequality rows sif2jax writes the other way round: only with all of them reversed is the published value reached."""
LEAST_SQUARES_TWINS = ("NE",)
"""Endings of Hock-Schittkowski names that stand for systems of equations made of a problem, not for a problem of the book."""


class Objective(eqx.Module):
    """A published objective, of a flat vector."""

    problem: Any
    unravel: Callable[[Any], Any] = eqx.field(static=True)

    def __call__(self, x: Any, args: Any) -> Any:
        """The value at x."""
        return jnp.reshape(self.problem.objective(self.unravel(x), args), ())


class Rows(eqx.Module):
    """Published rows, of a flat vector: the equalities (0) or the inequalities (1)."""

    problem: Any
    unravel: Callable[[Any], Any] = eqx.field(static=True)
    which: int = eqx.field(static=True)
    sign: float = eqx.field(static=True)

    def __call__(self, x: Any, args: Any) -> Any:
        """Values at x."""
        return self.sign * _flat(self.problem.constraint(self.unravel(x))[self.which])


@dataclasses.dataclass(frozen=True)
class Published:
    """A problem as a program, its start, its arguments, and the best value the book knows, where it gives one."""

    name: str
    program: NonlinearProgram
    start: jax.Array
    args: Any
    best: float | None
    rows: tuple[int, int]


def _flat(tree: Any) -> jax.Array:
    """All numbers of a tree as one vector."""
    return jnp.concatenate([jnp.zeros(0), *(jnp.ravel(jnp.asarray(leaf, float)) for leaf in jax.tree.leaves(tree))])


@cache
def catalog() -> dict[str, Any]:
    """Every small problem of sif2jax by name; of two with one name the first."""
    for module, name in SLOW_TO_IMPORT.items():
        sys.modules.setdefault(module, types.ModuleType(module)).__dict__.setdefault(name, lambda: None)
    import sif2jax

    found: dict[str, Any] = {}
    for problem in sif2jax.problems:
        if problem is not None and 0 < _size(problem) <= MOST_VARIABLES:
            found.setdefault(problem.name, problem)
    return found


def _size(problem: Any) -> int:
    """How many variables a problem has; its start is not computed for that."""
    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter_eval_shape(lambda: problem.y0)))


def hock_schittkowski() -> list[str]:
    """Names of the problems of the book, variants of them included, in its order."""
    names = [name for name in catalog() if name.startswith("HS") and not name.endswith(LEAST_SQUARES_TWINS)]
    return sorted(names, key=lambda name: (int("".join(c for c in name[2:5] if c.isdigit())), name))


def cutest() -> list[str]:
    """Names of all other problems."""
    return sorted(set(catalog()) - set(hock_schittkowski()))


def published(name: str) -> Published:
    """One problem, ready to be solved."""
    problem = catalog()[name]
    start, unravel = ravel_pytree(jax.tree.map(lambda leaf: jnp.asarray(leaf, float), problem.y0))
    rows = problem.constraint(problem.y0) if hasattr(problem, "constraint") else (None, None)
    equality, inequality = (_flat(part).size for part in rows)
    bounds = getattr(problem, "bounds", None)
    lower, upper = (None, None) if bounds is None else (_bound(part, start) for part in bounds)
    program = NonlinearProgram(
        objective=Objective(problem, unravel),
        inequality=Rows(problem, unravel, 1, -1.0 if name in UPSIDE_DOWN else 1.0) if inequality else None,
        equality=Rows(problem, unravel, 0, 1.0) if equality else None,
        lower=lower,
        upper=upper,
    )
    return Published(name, program, start, problem.args, _best(problem), (inequality, equality))


def _bound(part: Any, start: jax.Array) -> jax.Array:
    """One side's bounds as a vector, infinite where there are none."""
    values = np.broadcast_to(np.asarray(_flat(part)), start.shape)
    return jnp.asarray(np.where(np.abs(values) >= NO_BOUND, np.copysign(np.inf, values), values))


def _best(problem: Any) -> float | None:
    """The best known value, where there is one."""
    value = problem.expected_objective_value
    numbers = np.ravel(np.asarray(value, float)) if value is not None else np.zeros(0)
    return float(numbers[0]) if numbers.size == 1 and np.isfinite(numbers[0]) else None
