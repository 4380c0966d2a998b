"""Rental markets hold numbers by market, and say by name which chip they rent out and where."""

import jax
import jax.numpy as jnp
import pytest

from capexmodel.components.rental import Rental


def rental() -> Rental:
    rows = {"offered_count_per_s": [0.1, 0.3], "price_usd_per_s": [6e-4, 8e-4], "install_s": [2e6, 3e6], "install_spread": [0.3, 0.4]}
    steps = {"contracted_count": jnp.ones((2, 3)), "contracted_at_s": jnp.ones((2, 3))}
    where = {"names": ("a", "b"), "accelerator": ("A", "B"), "site": ("north", "south")}
    return Rental(**where, **steps, **{name: jnp.asarray(row) for name, row in rows.items()})


@pytest.mark.declarations
def test_names_are_no_numbers():
    leaves = jax.tree.leaves(rental())
    assert all(isinstance(leaf, jax.Array) for leaf in leaves)
    assert len(leaves) == 6
