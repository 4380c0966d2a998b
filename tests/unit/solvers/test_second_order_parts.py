"""Independence and curvature of an active set by hand: what counts, what is free, and the shares that count as none."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers.active import ActiveSet, Held
from capexmodel.solvers.base import Multipliers, NonlinearProgram
from capexmodel.solvers.second_order import SecondOrder, _independence, _least_curvature, second_order

ROWS = np.asarray([[0.6, 0.8, 0.0, 0.0], [0.0, 0.6, 0.0, 0.8], [0.0, 0.0, 0.28, 0.96]])
EQUALITY = np.asarray([[0.48, 0.0, 0.6, 0.64], [0.0, 0.0, 0.0, 0.0]])
BEND = np.asarray([[3.0, 0.5, -0.4, 0.2], [0.5, -2.0, 0.7, 0.1], [-0.4, 0.7, 4.0, -0.6], [0.2, 0.1, -0.6, 1.5]])


def held(rows: list[bool], lower: list[bool], upper: list[bool]) -> Held:
    return Held(*(jnp.asarray(part, bool) for part in (rows[:1], rows[1:], lower, upper)))


def some(*places: int, size: int = 4) -> list[bool]:
    return [place in places for place in range(size)]


def active_set(active: Held, priced: Held, fixed: list[bool], rows: np.ndarray = ROWS, equality: np.ndarray = EQUALITY) -> ActiveSet:
    lengths = jnp.ones(len(rows)), jnp.ones(len(equality))
    return ActiveSet(active, priced, jnp.asarray(fixed), jnp.asarray(rows), jnp.asarray(equality), *lengths, jnp.asarray(1e-6))


NOTHING = ([False] * 3, [False] * 4, [False] * 4)


@pytest.mark.parametrize(
    ("rows", "lower", "upper", "fixed", "free"),
    [
        ([0, 1], [], [], [], [0, 1, 2, 3]), ([0, 2], [], [], [], [0, 1, 2, 3]), ([0, 1, 2], [], [], [], [0, 1, 2, 3]),
        ([1, 2], [1], [], [], [0, 2, 3]), ([1, 2], [], [3], [], [0, 1, 2]), ([1, 2], [], [], [2], [0, 1, 3]),
    ],
)  # fmt: skip
def test_independence_is_the_least_singular_value_where_no_bound_holds(
    rows: list, lower: list, upper: list, fixed: list, free: list
) -> None:
    """Of the rows that bind and the equality rows that have a gradient."""
    active = held(some(*rows, size=3), some(*lower), some(*upper))
    found = _independence(active_set(active, held(*NOTHING), some(*fixed)))
    matrix = np.concatenate([ROWS[rows], EQUALITY[:1]])[:, free]
    assert 1e-3 < float(found) < 0.999
    assert float(found) == pytest.approx(np.linalg.svd(matrix, compute_uv=False)[-1])


def test_where_nothing_binds_all_is_independent() -> None:
    none = active_set(held(*NOTHING), held(*NOTHING), some(), equality=EQUALITY[1:])
    assert float(_independence(none)) == 1.0
    no_rows = Held(jnp.zeros(0, bool), jnp.zeros(0, bool), jnp.zeros(4, bool), jnp.zeros(4, bool))
    empty = active_set(no_rows, no_rows, some(), np.zeros((0, 4)), np.zeros((0, 4)))
    assert float(_independence(empty)) == 1.0


def curvature_left(gradients: np.ndarray) -> float:
    """Smallest eigenvalue where all of the gradients are zero."""
    _, sizes, right = np.linalg.svd(np.concatenate([gradients, np.zeros((4, 4))]))
    free = right[sizes < 1e-9]
    return float(np.linalg.eigvalsh(free @ BEND @ free.T)[0]) if len(free) else math.inf


@pytest.mark.parametrize(
    ("rows", "lower", "upper", "fixed"),
    [([], [], [], []), ([0], [], [], []), ([1, 2], [], [], []), ([], [1], [], []), ([], [], [2], []), ([], [], [], [0]),
     ([0], [3], [1], [2])],
)  # fmt: skip
def test_curvature_is_asked_for_where_what_is_priced_leaves_room(rows: list, lower: list, upper: list, fixed: list) -> None:
    """What only binds holds nothing."""
    priced = held(some(*rows, size=3), some(*lower), some(*upper))
    everything = held([True] * 3, [True] * 4, [True] * 4)
    found = _least_curvature(active_set(everything, priced, some(*fixed)), jnp.asarray(BEND))
    units = np.eye(4)[[*lower, *upper, *fixed]]
    assert float(found) == pytest.approx(curvature_left(np.concatenate([ROWS[rows], EQUALITY, units])))


def test_curvature_of_a_free_plan_is_that_of_all() -> None:
    """A large positive least curvature is not cut off by that of what is held."""
    bend = np.diag([50.0, 70.0, 90.0, 110.0])
    pinned = held([False] * 3, some(0), some())
    found = _least_curvature(active_set(pinned, pinned, some(), equality=EQUALITY[1:]), jnp.asarray(bend))
    assert float(found) == pytest.approx(70.0)


def record(**given: float) -> SecondOrder:
    told = {"independence": 0.3, "least_curvature": 0.4, "curvature_size": 5.0} | given
    sides = held(*NOTHING)
    return SecondOrder(sides, sides, jnp.asarray(some()), jnp.asarray(1e-6), **{name: jnp.asarray(part) for name, part in told.items()})


def test_what_counts_as_none() -> None:
    """A hundred-millionth of independence; a ten-billionth of the largest curvature."""
    assert [bool(record(independence=size).prices_unique) for size in (0.99e-8, 1.01e-8)] == [False, True]
    assert [bool(record(least_curvature=size).strict_minimum) for size in (-3.0, 4.9e-10, 5.1e-10)] == [False, False, True]


@pytest.mark.parametrize("kind", ["inequality", "affine", "lower", "upper"])
def test_anything_that_binds_without_a_price_is_seen(kind: str) -> None:
    sides = held([True, False, True], some(1), some(2))
    masks = {name: getattr(sides, name) for name in ("inequality", "affine", "lower", "upper")}
    unpriced = Held(**masks | {kind: masks[kind] & False})
    parts = (jnp.asarray(some()), *(jnp.asarray(size) for size in (1e-6, 0.3, 0.4, 5.0)))
    assert bool(SecondOrder(sides, sides, *parts).strictly_complementary)
    assert not bool(SecondOrder(sides, unpriced, *parts).strictly_complementary)


def test_the_curvature_is_the_lagrangians() -> None:
    """x'Bx/2 less a price of 0.7 times a row that curves by 2 in one entry and by 10 in another; one bound binds."""

    def row(x: Any, args: Any) -> Any:
        return 9.0 + args * jnp.sum(jnp.asarray([1.0, 5.0, 0.0, 0.0]) * x**2)[None]

    program = NonlinearProgram(lambda x, args: 0.5 * x @ jnp.asarray(BEND) @ x - x[3], row, lower=jnp.asarray([-9.0, -9.0, -9.0, 0.0]))
    prices = Multipliers(*(jnp.asarray(part) for part in ([0.7], [], [], [0.0, 0.0, 0.0, 3.0], [0.0] * 4)))
    found = second_order(program, jnp.zeros(4), prices, jnp.asarray(-1.0))
    bend = BEND + 0.7 * np.diag([2.0, 10.0, 0.0, 0.0])
    assert float(found.curvature_size) == pytest.approx(np.abs(np.linalg.eigvalsh(bend)).max())
    assert float(found.curvature_size) != pytest.approx(np.abs(np.linalg.eigvalsh(BEND)).max())
    assert float(found.within) == pytest.approx(1e-6)
    np.testing.assert_array_equal(found.priced.lower, [False, False, False, True])
    assert float(found.least_curvature) == pytest.approx(np.linalg.eigvalsh(bend[:3, :3])[0])
    assert float(found.independence) == 1.0
