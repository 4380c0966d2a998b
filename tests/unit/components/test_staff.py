"""Companies that can be bought hold numbers by deal; their names are none."""

import jax
import jax.numpy as jnp
import pytest

from capexmodel.components.staff import Acquisition


@pytest.mark.declarations
def test_names_are_no_numbers():
    deals = Acquisition(("a", "b"), *(jnp.asarray([0.3, 0.7]) for _ in range(6)))
    leaves = jax.tree.leaves(deals)
    assert all(isinstance(leaf, jax.Array) for leaf in leaves)
    assert len(leaves) == 6
