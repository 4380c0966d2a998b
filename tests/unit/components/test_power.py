"""Generation of two kinds at three sites over four instants: a site has what of it is firm."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.power import Source

ENGINES = np.asarray([[1.0, 4.0, 6.0, 9.0], [3.0, 5.0, 8.0, 13.0], [7.0, 11.0, 12.0, 15.0]])
WIND = np.asarray([[10.0, 20.0, 25.0, 30.0], [14.0, 17.0, 40.0, 45.0], [50.0, 60.0, 61.0, 70.0]])


def sources() -> Source:
    rows = {"price_usd_per_w": [2.0, 3.0], "build_s": [5e7, 2e7], "build_spread": [0.3, 0.4], "firm_share": [0.9, 0.15]}
    rows |= {"use_share": [0.8, 0.35], "site_share": [0.6, 0.1], "energy_price_usd_per_j": [1e-8, 2e-8], "carbon_kg_per_j": [1e-7, 3e-9]}
    rows |= {"hourly_matched_share": [0.2, 0.7], "embodied_kg_per_w": [0.4, 0.9]}
    return Source(names=("engines", "wind"), **{name: jnp.asarray(row) for name, row in rows.items()})


def test_a_site_has_what_is_firm():
    found = sources().flows(jnp.asarray([ENGINES, WIND]))
    assert set(found.gives) == {"site_power_w"}
    np.testing.assert_allclose(found.gives["site_power_w"], 0.9 * ENGINES + 0.15 * WIND, rtol=1e-14)
    assert found.takes == {}


@pytest.mark.declarations
def test_names_are_no_numbers():
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(sources()))
