"""Chips of two types at three sites over four instants: what they give, what they take, and the power of a rack."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.accelerator import Accelerator


def chips() -> Accelerator:
    """Of 2 and 3 EFLOPS, 700 and 1100 W, 8 and 72 in a rack."""
    rows = {
        "peak_eflops": [2.0, 3.0], "it_power_w": [700.0, 1100.0], "price_usd": [31e3, 47e3], "load": [0.7, 0.8], "install_s": [5e6, 7e6],
        "install_spread": [0.3, 0.4], "embodied_kg": [150.0, 260.0], "rack_count": [8.0, 72.0],
    }  # fmt: skip
    steps = {"share": jnp.ones((2, 1)), "share_at_s": jnp.zeros((2, 1))}
    return Accelerator(names=("A", "B"), vendor=("x", "y"), **{name: jnp.asarray(row) for name, row in rows.items()}, **steps)


FIRST = np.asarray([[1.0, 4.0, 6.0, 9.0], [3.0, 5.0, 8.0, 13.0], [7.0, 11.0, 12.0, 15.0]])
OTHER = np.asarray([[10.0, 20.0, 25.0, 30.0], [14.0, 17.0, 40.0, 45.0], [50.0, 60.0, 61.0, 70.0]])


def test_chips_give_compute():
    found = chips().flows(jnp.asarray([FIRST, OTHER])).gives
    assert set(found) == {"compute_eflops"}
    np.testing.assert_allclose(found["compute_eflops"], 2.0 * FIRST + 3.0 * OTHER, rtol=1e-15)


def test_chips_take_power_and_a_port_each():
    found = chips().flows(jnp.asarray([FIRST, OTHER])).takes
    assert set(found) == {"it_power_w", "network_ports_count"}
    np.testing.assert_allclose(found["it_power_w"], 700.0 * FIRST + 1100.0 * OTHER, rtol=1e-15)
    np.testing.assert_allclose(found["network_ports_count"], FIRST + OTHER, rtol=1e-15)


def test_a_rack_is_all_its_chips():
    np.testing.assert_allclose(chips().rack_w, [5600.0, 79200.0], rtol=1e-15)


@pytest.mark.declarations
def test_names_are_no_numbers():
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(chips()))
