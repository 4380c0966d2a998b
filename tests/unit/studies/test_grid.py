"""Grids of scenarios, told apart by their index, of values made up by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model.leaves import Leaf, leaf
from capexmodel.studies import grid as room
from capexmodel.studies.grid import Grid, grid
from tests.draws import shipped

A, B, C = (Leaf(f"t.{name}", "t", name, ()) for name in "abc")


def three() -> Grid:
    """Two values by three by four."""
    return Grid((A, B, C), (2, 3, 4), jnp.asarray([10.0, 11.0, 20.0, 21.0, 22.0, 30.0, 31.0, 32.0, 33.0]))


def test_the_last_number_turns_fastest() -> None:
    made = three()
    assert (made.size, made.starts, made.strides) == (24, (0, 2, 5), (12, 4, 1))
    index = jnp.asarray([0, 1, 4, 12, 23, 18])
    assert made.places(index).tolist() == [[0, 2, 5], [0, 2, 6], [0, 3, 5], [1, 2, 5], [1, 4, 8], [1, 3, 7]]
    assert made.rows(index)[3:].tolist() == [[11.0, 20.0, 30.0], [11.0, 22.0, 33.0], [11.0, 21.0, 32.0]]


def test_axes_and_recipe_have_the_values_of_each_number() -> None:
    assert [three().axis(k).tolist() for k in range(3)] == [[10.0, 11.0], [20.0, 21.0, 22.0], [30.0, 31.0, 32.0, 33.0]]
    assert three().recipe() == {"t.a": [10.0, 11.0], "t.b": [20.0, 21.0, 22.0], "t.c": [30.0, 31.0, 32.0, 33.0]}


PRICE, MFU = "accelerator.chip.price_usd", "utilization.mfu"


def crossed(**axes: list[float]) -> Grid:
    """A grid over two numbers of a scenario."""
    scenario = shipped("one_period")
    names = {"price": PRICE, "mfu": MFU}
    return grid(scenario, {leaf(scenario, names[name]): np.array(values) for name, values in axes.items()})


def test_values_of_several_numbers_are_crossed() -> None:
    made = crossed(price=[30e3, 40e3, 50e3], mfu=[0.3, 0.4])
    assert ([one.path for one in made.leaves], made.counts) == ([PRICE, MFU], (3, 2))
    assert made.values.tolist() == [30e3, 40e3, 50e3, 0.3, 0.4]
    assert made.rows(jnp.asarray([3])).tolist() == [[40e3, 0.4]]


@pytest.mark.parametrize("values", [[], [0.3, np.nan], [np.inf], [[0.3, 0.4]]])
def test_values_are_a_row_of_finite_numbers(values: list) -> None:
    with pytest.raises(ModelError, match=r"utilization\.mfu: the values to vary over are a row of finite numbers"):
        crossed(mfu=values)


def test_both_ends_of_the_values_keep_their_bounds() -> None:
    with pytest.raises(ModelError, match=r"utilization\.mfu: 1\.5 is out of bounds, expected "):
        crossed(mfu=[0.3, 1.5, 0.4])
    with pytest.raises(ModelError, match=r"price_usd: -3 usd is out of bounds, expected "):
        crossed(price=[4.0, -3.0, 5.0])


def test_a_grid_varies_something_and_not_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="at least one number to vary"):
        crossed()
    monkeypatch.setattr(room, "MOST_ROWS", 6)
    assert crossed(price=[30e3, 40e3, 50e3], mfu=[0.3, 0.4]).size == 6
    monkeypatch.setattr(room, "MOST_ROWS", 5)
    with pytest.raises(ModelError, match=r"6 combinations are too many: at most 5e\+00 are told apart"):
        crossed(price=[30e3, 40e3, 50e3], mfu=[0.3, 0.4])
