"""Halls of two kinds at three sites over four instants: they house IT power, and need nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.facility import Hall

SHELL = np.asarray([[1.0, 4.0, 6.0, 9.0], [3.0, 5.0, 8.0, 13.0], [7.0, 11.0, 12.0, 15.0]])
TENT = np.asarray([[10.0, 20.0, 25.0, 30.0], [14.0, 17.0, 40.0, 45.0], [50.0, 60.0, 61.0, 70.0]])


def halls() -> Hall:
    rows = {
        "price_usd_per_w": [9.0, 6.0],
        "build_s": [5e7, 2e7],
        "build_spread": [0.3, 0.4],
        "peak_pue": [1.3, 1.4],
        "average_pue": [1.1, 1.2],
    }
    rows |= {"rack_w": [4e4, 9e4], "embodied_kg_per_w": [0.5, 0.3], "block_w": [2e6, 3e6]}
    return Hall(names=("shell", "tent"), **{name: jnp.asarray(row) for name, row in rows.items()})


def test_halls_house_power_of_every_kind():
    found = halls().flows(jnp.asarray([SHELL, TENT]))
    assert set(found.gives) == {"it_power_w"}
    np.testing.assert_allclose(found.gives["it_power_w"], SHELL + TENT, rtol=1e-15)
    assert found.takes == {}


@pytest.mark.declarations
def test_names_are_no_numbers():
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(halls()))
