"""Ports of a network: as many as there are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.network import Network

PORTS = np.asarray([[1.0, 4.0, 6.0, 9.0], [3.0, 5.0, 8.0, 13.0]])


def network() -> Network:
    rows = {"price_usd": [800.0, 1500.0], "install_s": [5e6, 7e6], "install_spread": [0.3, 0.4], "chip_gb_per_s": [50.0, 100.0]}
    return Network(names=("two", "three"), **{name: jnp.asarray(row) for name, row in rows.items()})


def test_ports_are_what_a_chip_plugs_into():
    found = network().flows(jnp.asarray(PORTS))
    assert set(found.gives) == {"network_ports_count"}
    np.testing.assert_array_equal(found.gives["network_ports_count"], PORTS)
    assert found.takes == {}


@pytest.mark.declarations
def test_names_are_no_numbers():
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(network()))
