"""The active set by hand: distances and shares in one measure, and the line below which either is none."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.solvers import active
from capexmodel.solvers.active import ActiveSet, Held, active_set
from capexmodel.solvers.base import Multipliers, NonlinearProgram

POINT = np.asarray([0.5, -1.5, 2.5, 0.25])
CURVED = np.asarray([[3.0, 4.0, 0.0, 0.0], [5.0, 0.0, -12.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
"""Gradients of length 5, 13 and 0."""
AFFINE = np.asarray([[1.0, 2.0, 0.0, 2.0], [0.0, 6.0, 8.0, 0.0]])
"""Of length 3 and 10."""
EQUALITY = np.asarray([[4.0, 4.0, 7.0, 0.0]])
"""Of length 9."""


def found(**given: Any) -> ActiveSet:
    """The active set at the point, where values, distances to bounds and prices are as given; the rest is far away and free."""
    values = [np.asarray(given.get(name, rest)) for name, rest in (("curved", [90.0, 80.0, 70.0]), ("affine", [60.0, 50.0]))]
    below, above = np.asarray(given.get("below", [40.0] * 4)), np.asarray(given.get("above", [30.0] * 4))
    slope = jnp.asarray(given.get("slope", [-4.0, 1.0, 2.0, 0.5]))

    def row(value: Any, gradient: np.ndarray) -> Any:
        return lambda x, args: value + gradient @ (x - POINT)

    program = NonlinearProgram(
        lambda x, args: slope @ x, row(values[0], CURVED), row(values[1], AFFINE), row(np.zeros(1), EQUALITY),
        lower=jnp.asarray(POINT - below), upper=jnp.asarray(POINT + above),
    )  # fmt: skip
    sizes = {"price_curved": 3, "price_affine": 2, "price_equality": 1, "price_lower": 4, "price_upper": 4}
    prices = Multipliers(*(jnp.asarray(given.get(name, [0.0] * size)) for name, size in sizes.items()))
    return active_set(program, jnp.asarray(POINT), prices, None)


PRODUCTS = {
    "curved": {"curved": [90.0, 26.0, 70.0], "price_curved": [0.0, 0.2, 0.0]},
    "affine": {"affine": [6.0, 50.0], "price_affine": [1.3 / 1.5, 0.0]},
    "lower": {"below": [40.0, 2.0, 40.0, 40.0], "price_lower": [0.0, 2.6, 0.0, 0.0]},
    "upper": {"above": [30.0, 30.0, 30.0, 2.0], "price_upper": [0.0, 0.0, 0.0, 2.6]},
}
"""A distance of 2 and a pull of 2.6 each."""


@pytest.mark.parametrize("kind", PRODUCTS)
def test_the_line_is_ten_roots_of_the_largest_product(kind: str) -> None:
    """Distance 2 times a share of 2.6 in 4."""
    assert float(found(**PRODUCTS[kind]).within) == pytest.approx(10.0 * math.sqrt(2.0 * 2.6 / 4.0))


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({"slope": [-0.4, 0.3, 0.2, 0.1]}, 2.6),
        ({"slope": [-0.4, 0.3, 0.2, 0.1], "price_equality": [-0.7]}, 6.3),
        ({"price_equality": [0.7]}, 6.3),
        ({"price_upper": [0.0, 0.0, -8.0, 0.0]}, 8.0),
        ({"price_curved": [1.5, 0.0, 0.0], "curved": [0.0, 80.0, 70.0]}, 7.5),
        ({"price_affine": [0.0, 0.9], "affine": [60.0, 0.0]}, 9.0),
    ],
)
def test_a_share_is_of_the_largest_gradient_of_all(given: dict, size: float) -> None:
    """Negative prices count in size, though they have no share."""
    assert float(found(**PRODUCTS["lower"] | given).within) == pytest.approx(10.0 * math.sqrt(2.0 * 2.6 / size))


def test_gradients_shorter_than_one_are_measured_by_one() -> None:
    given = {"below": [40.0, 2.0, 40.0, 40.0], "price_lower": [0.0, 0.6, 0.0, 0.0]}
    assert float(found(slope=[0.1, 0.1, 0.1, 0.1], **given).within) == pytest.approx(10.0 * math.sqrt(1.2))


def test_a_row_that_is_missed_has_a_product_too() -> None:
    """By its absolute distance."""
    given = {"curved": [90.0, -26.0, 70.0], "price_curved": [0.0, 0.2, 0.0]}
    assert float(found(**given).within) == pytest.approx(10.0 * math.sqrt(1.3))


def test_without_products_the_line_is_a_millionth() -> None:
    """A price where there is no bound has none."""
    given = {"below": [math.inf, 40.0, 0.0, 40.0], "price_lower": [5.0, 0.0, 0.0, 0.0]}
    assert float(found(**given).within) == 1e-6


LINE = {"below": [40.0, 40.0, 40.0, 4e-6], "price_lower": [0.0, 0.0, 0.0, 1.0]}
"""A product of a millionth, so that the line is a hundredth; gradients are of size four."""


def masks(held: Held) -> dict[str, list[bool]]:
    return {name: np.asarray(getattr(held, name)).tolist() for name in ("inequality", "affine", "lower", "upper")}


def test_what_lies_within_the_line_binds() -> None:
    """Just within, just beyond, missed by far; a row without a gradient never, unless it is missed."""
    given = {"curved": [0.0499, 0.1313, 0.0], "affine": [-9.0, 0.101], "above": [0.0101, 0.0099, 0.3, 0.3]}
    after = found(**LINE | given | {"below": [0.0099, 0.0101, -3.0, 4e-6]})
    assert float(after.within) == pytest.approx(0.01)
    assert masks(after.active) == {
        "inequality": [True, False, False], "affine": [True, False], "lower": [True, False, True, True],
        "upper": [False, True, False, False],
    }  # fmt: skip
    assert {name: int(count) for name, count in after.active.counts.items()} == {"inequality": 1, "affine": 1, "lower": 3, "upper": 1}
    np.testing.assert_array_equal(after.active.rows, [True, False, False, True, False])
    assert bool(found(curved=[90.0, 80.0, -1e-3]).active.inequality[2])


def test_what_binds_is_priced_beyond_the_line() -> None:
    """Shares of a hundredth: a pull of 0.04 is none, one of 0.0404 is; of what is far away none counts, nor is a negative one."""
    given = {"curved": [0.0, 0.0, 70.0], "affine": [0.0, 0.0], "below": [0.0, 0.0, 40.0, 4e-6], "above": [30.0, 30.0, 0.0, 1e-9]}
    prices = {
        "price_curved": [0.0404 / 5, 0.0396 / 13, 9.0],
        "price_affine": [0.0396 / 3, 0.0404 / 10],
        "price_upper": [0.0, 0.0, 0.0404, 0.0396],
    }
    after = found(**given, **prices | {"price_curved": [0.0404 / 5, 0.0396 / 13, 0.0], "price_lower": [0.0404, -3.0, 0.0, 1.0]})
    assert float(after.within) == pytest.approx(0.01)
    assert masks(after.priced) == {
        "inequality": [True, False, False], "affine": [False, True], "lower": [True, False, False, True],
        "upper": [False, False, True, False],
    }  # fmt: skip
    far = found(below=[1e-10, 4.0, 40.0, 40.0], price_lower=[0.5, 1e-9, 0.0, 0.0])
    assert masks(far.priced)["lower"] == [True, False, False, False]


def test_fixed_variables_are_named_apart() -> None:
    after = found(below=[0.0, 0.0, 40.0, 40.0], above=[0.0, 30.0, 30.0, 30.0], price_lower=[3.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(after.fixed, [True, False, False, False])
    assert masks(after.active)["lower"] == [False, True, False, False]
    assert masks(after.active)["upper"] == [False] * 4
    assert not np.any(after.priced.lower)


def test_gradients_have_length_one_or_are_none() -> None:
    after = found(affine=[math.inf, 50.0])
    np.testing.assert_allclose(after.lengths, [5.0, 13.0, 0.0, 0.0, 10.0])
    np.testing.assert_allclose(after.equality_lengths, [9.0])
    expected = [CURVED[0] / 5, CURVED[1] / 13, np.zeros(4), np.zeros(4), AFFINE[1] / 10]
    np.testing.assert_allclose(after.rows, expected)
    np.testing.assert_allclose(after.equality, EQUALITY / 9)


def test_rows_without_a_gradient_are_infinitely_far_or_missed() -> None:
    """A trillionth of a gradient is none."""
    values, lengths = jnp.asarray([0.0, 3.0, -3e-12, 3e-12, 8.0, -8.0]), jnp.asarray([1e-12, 0.0, 0.0, 1.5e-12, 2.0, 4.0])
    np.testing.assert_allclose(active._divided(values, lengths), [math.inf, math.inf, -3.0, 2.0, 4.0, -2.0])
