"""Problems of Hock and Schittkowski, padded to one shape so that one compiled program solves them all.

Each problem has up to five variables (the rest fixed at zero), three inequality rows (the rest switched off by +inf) and three equality
rows (the rest 0 == 0).

Source: Hock and Schittkowski, Test Examples for Nonlinear Programming Codes, Lecture Notes in Economics and Mathematical Systems 187
(1981).
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.solvers import NonlinearProgram

SIZE, ROWS = 5, 3
INF = math.inf


class Problem(NamedTuple):
    """One problem: objective, start, best known value, bounds and rows."""

    objective: Callable[[Any], Any]
    start: list[float]
    best: float
    lower: list[float] | None = None
    upper: list[float] | None = None
    inequality: tuple[Callable[[Any], Any], ...] | list[Callable[[Any], Any]] = ()
    equality: tuple[Callable[[Any], Any], ...] | list[Callable[[Any], Any]] = ()


PROBLEMS = {
    1: Problem(lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2, [-2, 1], 0.0, [-INF, -1.5]),
    3: Problem(lambda x: x[1] + 1e-5 * (x[1] - x[0]) ** 2, [10, 1], 0.0, [-INF, 0]),
    4: Problem(lambda x: (x[0] + 1) ** 3 / 3 + x[1], [1.125, 0.125], 8 / 3, [1, 0]),
    5: Problem(
        lambda x: jnp.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1,
        [0, 0],
        -math.sqrt(3) / 2 - math.pi / 3,
        [-1.5, -3],
        [4, 3],
    ),
    6: Problem(lambda x: (1 - x[0]) ** 2, [-1.2, 1], 0.0, equality=[lambda x: 10 * (x[1] - x[0] ** 2)]),
    7: Problem(lambda x: jnp.log(1 + x[0] ** 2) - x[1], [2, 2], -math.sqrt(3), equality=[lambda x: (1 + x[0] ** 2) ** 2 + x[1] ** 2 - 4]),
    10: Problem(lambda x: x[0] - x[1], [-10, 10], -1.0, inequality=[lambda x: -3 * x[0] ** 2 + 2 * x[0] * x[1] - x[1] ** 2 + 1]),
    11: Problem(lambda x: (x[0] - 5) ** 2 + x[1] ** 2 - 25, [4.9, 0.1], -8.498464223, inequality=[lambda x: -(x[0] ** 2) + x[1]]),
    12: Problem(
        lambda x: 0.5 * x[0] ** 2 + x[1] ** 2 - x[0] * x[1] - 7 * x[0] - 7 * x[1],
        [0, 0],
        -30.0,
        inequality=[lambda x: 25 - 4 * x[0] ** 2 - x[1] ** 2],
    ),
    14: Problem(
        lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2,
        [2, 2],
        9 - 2.875 * math.sqrt(7),
        inequality=[lambda x: -0.25 * x[0] ** 2 - x[1] ** 2 + 1],
        equality=[lambda x: x[0] - 2 * x[1] + 1],
    ),
    21: Problem(lambda x: 0.01 * x[0] ** 2 + x[1] ** 2 - 100, [-1, -1], -99.96, [2, -50], [50, 50], [lambda x: 10 * x[0] - x[1] - 10]),
    22: Problem(
        lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2,
        [2, 2],
        1.0,
        inequality=[lambda x: -x[0] - x[1] + 2, lambda x: -(x[0] ** 2) + x[1]],
    ),
    24: Problem(
        lambda x: ((x[0] - 3) ** 2 - 9) * x[1] ** 3 / (27 * math.sqrt(3)),
        [1, 0.5],
        -1.0,
        [0, 0],
        None,
        [
            lambda x: x[0] / math.sqrt(3) - x[1],
            lambda x: x[0] + math.sqrt(3) * x[1],
            lambda x: -x[0] - math.sqrt(3) * x[1] + 6,
        ],
    ),
    28: Problem(lambda x: (x[0] + x[1]) ** 2 + (x[1] + x[2]) ** 2, [-4, 1, 1], 0.0, equality=[lambda x: x[0] + 2 * x[1] + 3 * x[2] - 1]),
    29: Problem(
        lambda x: -x[0] * x[1] * x[2],
        [1, 1, 1],
        -16 * math.sqrt(2),
        inequality=[lambda x: -(x[0] ** 2) - 2 * x[1] ** 2 - 4 * x[2] ** 2 + 48],
    ),
    35: Problem(
        lambda x: 9 - 8 * x[0] - 6 * x[1] - 4 * x[2] + 2 * x[0] ** 2 + 2 * x[1] ** 2 + x[2] ** 2 + 2 * x[0] * x[1] + 2 * x[0] * x[2],
        [0.5, 0.5, 0.5],
        1 / 9,
        [0, 0, 0],
        None,
        [lambda x: 3 - x[0] - x[1] - 2 * x[2]],
    ),
    37: Problem(
        lambda x: -x[0] * x[1] * x[2],
        [10, 10, 10],
        -3456.0,
        [0, 0, 0],
        [42, 42, 42],
        [lambda x: 72 - x[0] - 2 * x[1] - 2 * x[2], lambda x: x[0] + 2 * x[1] + 2 * x[2]],
    ),
    38: Problem(
        lambda x: (
            100 * (x[1] - x[0] ** 2) ** 2
            + (1 - x[0]) ** 2
            + 90 * (x[3] - x[2] ** 2) ** 2
            + (1 - x[2]) ** 2
            + 10.1 * ((x[1] - 1) ** 2 + (x[3] - 1) ** 2)
            + 19.8 * (x[1] - 1) * (x[3] - 1)
        ),
        [-3, -1, -3, -1],
        0.0,
        [-10] * 4,
        [10] * 4,
    ),
    39: Problem(
        lambda x: -x[0],
        [2, 2, 2, 2],
        -1.0,
        equality=[lambda x: x[1] - x[0] ** 3 - x[2] ** 2, lambda x: x[0] ** 2 - x[1] - x[3] ** 2],
    ),
    40: Problem(
        lambda x: -x[0] * x[1] * x[2] * x[3],
        [0.8] * 4,
        -0.25,
        equality=[lambda x: x[0] ** 3 + x[1] ** 2 - 1, lambda x: x[0] ** 2 * x[3] - x[2], lambda x: x[3] ** 2 - x[1]],
    ),
    43: Problem(
        lambda x: x[0] ** 2 + x[1] ** 2 + 2 * x[2] ** 2 + x[3] ** 2 - 5 * x[0] - 5 * x[1] - 21 * x[2] + 7 * x[3],
        [0] * 4,
        -44.0,
        inequality=[
            lambda x: 8 - jnp.sum(x[:4] ** 2) - x[0] + x[1] - x[2] + x[3],
            lambda x: 10 - x[0] ** 2 - 2 * x[1] ** 2 - x[2] ** 2 - 2 * x[3] ** 2 + x[0] + x[3],
            lambda x: 5 - 2 * x[0] ** 2 - x[1] ** 2 - x[2] ** 2 - 2 * x[0] + x[1] + x[3],
        ],
    ),
    48: Problem(
        lambda x: (x[0] - 1) ** 2 + (x[1] - x[2]) ** 2 + (x[3] - x[4]) ** 2,
        [3, 5, -3, 2, -2],
        0.0,
        equality=[lambda x: jnp.sum(x) - 5, lambda x: x[2] - 2 * (x[3] + x[4]) + 3],
    ),
    64: Problem(
        lambda x: 5 * x[0] + 50000 / x[0] + 20 * x[1] + 72000 / x[1] + 10 * x[2] + 144000 / x[2],
        [1, 1, 1],
        6299.842428,
        [1e-5] * 3,
        None,
        [lambda x: 1 - 4 / x[0] - 32 / x[1] - 120 / x[2]],
    ),
    65: Problem(
        lambda x: (x[0] - x[1]) ** 2 + (x[0] + x[1] - 10) ** 2 / 9 + (x[2] - 5) ** 2,
        [-5, 5, 0],
        0.9535288567,
        [-4.5, -4.5, -5],
        [4.5, 4.5, 5],
        [lambda x: 48 - jnp.sum(x[:3] ** 2)],
    ),
    66: Problem(
        lambda x: 0.2 * x[2] - 0.8 * x[0],
        [0, 1.05, 2.9],
        0.5181632741,
        [0, 0, 0],
        [100, 100, 10],
        [lambda x: x[1] - jnp.exp(x[0]), lambda x: x[2] - jnp.exp(x[1])],
    ),
    71: Problem(
        lambda x: x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2],
        [1, 5, 5, 1],
        17.0140173,
        [1] * 4,
        [5] * 4,
        [lambda x: x[0] * x[1] * x[2] * x[3] - 25],
        [lambda x: jnp.sum(x[:4] ** 2) - 40],
    ),
    76: Problem(
        lambda x: x[0] ** 2 + 0.5 * x[1] ** 2 + x[2] ** 2 + 0.5 * x[3] ** 2 - x[0] * x[2] + x[2] * x[3] - x[0] - 3 * x[1] + x[2] - x[3],
        [0.5] * 4,
        -4.681818182,
        [0] * 4,
        None,
        [
            lambda x: 5 - x[0] - 2 * x[1] - x[2] - x[3],
            lambda x: 4 - 3 * x[0] - x[1] - 2 * x[2] + x[3],
            lambda x: x[1] + 4 * x[2] - 1.5,
        ],
    ),
    81: Problem(
        lambda x: jnp.exp(jnp.prod(x)) - 0.5 * (x[0] ** 3 + x[1] ** 3 + 1) ** 2,
        [-2, 2, 2, -1, -1],
        0.0539498478,
        [-2.3, -2.3, -3.2, -3.2, -3.2],
        [2.3, 2.3, 3.2, 3.2, 3.2],
        equality=[
            lambda x: jnp.sum(x**2) - 10,
            lambda x: x[1] * x[2] - 5 * x[3] * x[4],
            lambda x: x[0] ** 3 + x[1] ** 3 + 1,
        ],
    ),
}
NUMBERS = sorted(PROBLEMS)


def _rows(functions: list[Callable[[Any], Any]], fill: float) -> Callable[[Any], Any]:
    """All rows of a problem as one vector of the common length."""
    return lambda x: jnp.stack([jnp.asarray(row(x)) for row in functions] + [jnp.asarray(fill)] * (ROWS - len(functions)))


def _padded(values: list[float] | None, fill: float, size: int) -> np.ndarray:
    """A bound vector of the common length; variables a problem does not have are fixed at zero."""
    given = [fill] * size if values is None else values
    return np.array([*given, *[0.0] * (SIZE - size)])


def program(number: int) -> tuple[NonlinearProgram, Any]:
    """The program of a problem and its start; only bounds differ between problems, the functions branch on the argument."""
    problem = PROBLEMS[number]
    size = len(problem.start)
    lower, upper = _padded(problem.lower, -INF, size), _padded(problem.upper, INF, size)
    begin = np.array([*problem.start, *[0.0] * (SIZE - size)])
    return NonlinearProgram(objective, inequality, None, equality, jnp.asarray(lower), jnp.asarray(upper)), jnp.asarray(begin, float)


def objective(x: Any, place: Any) -> Any:
    """Objective of the problem at a place in NUMBERS."""
    return jax.lax.switch(place, [PROBLEMS[number].objective for number in NUMBERS], x)


def inequality(x: Any, place: Any) -> Any:
    """Inequality rows of the problem at a place in NUMBERS."""
    return jax.lax.switch(place, [_rows(PROBLEMS[number].inequality, INF) for number in NUMBERS], x)


def equality(x: Any, place: Any) -> Any:
    """Equality rows of the problem at a place in NUMBERS."""
    return jax.lax.switch(place, [_rows(PROBLEMS[number].equality, 0.0) for number in NUMBERS], x)
