"""Three sites over four instants: what they have been promised, what an IT load draws there, and which network they have."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.components.site import Site
from capexmodel.param import params

HALLS = np.asarray([[1.0, 4.0, 6.0, 9.0], [3.0, 5.0, 8.0, 13.0], [7.0, 11.0, 12.0, 15.0]])
POWER = np.asarray([[10.0, 20.0, 25.0, 30.0], [14.0, 17.0, 40.0, 45.0], [50.0, 60.0, 61.0, 70.0]])


def sites(network: tuple[str, ...] = ("three", "two", "three")) -> Site:
    """Sites of which the functions read the peak overhead and the network only."""
    rows = {name: jnp.asarray([0.2, 0.4, 0.7]) for name in params(Site)}
    rows |= {name: jnp.full((3, 2), 0.5) for name in ("fleet_count", "hall_power_w", "hall_at_s", "site_power_w", "site_at_s")}
    rows |= {"peak_pue": jnp.asarray([1.2, 1.5, 1.7]), "average_pue": jnp.asarray([1.1, 1.3, 1.4])}
    return Site(names=("a", "b", "c"), network=network, open=(True, False, True), **rows)


def test_what_is_promised_is_there_to_be_used():
    found = sites().flows((jnp.asarray(HALLS), jnp.asarray(POWER)))
    assert set(found.gives) == {"it_power_w", "site_power_w"}
    np.testing.assert_array_equal(found.gives["it_power_w"], HALLS)
    np.testing.assert_array_equal(found.gives["site_power_w"], POWER)
    assert found.takes == {}


def test_a_load_draws_the_peak_overhead_of_its_site():
    found = sites().overhead(jnp.asarray(HALLS))
    assert found.gives == {}
    assert set(found.takes) == {"site_power_w"}
    np.testing.assert_allclose(found.takes["site_power_w"], [1.2 * HALLS[0], 1.5 * HALLS[1], 1.7 * HALLS[2]], rtol=1e-15)


@pytest.mark.parametrize(("kinds", "places"), [(("two", "three"), [1, 0, 1]), (("three", "four", "two"), [0, 2, 0])])
def test_each_site_has_its_kind_of_network(kinds, places):
    assert sites().network_index(kinds).tolist() == places


@pytest.mark.declarations
def test_names_are_no_numbers():
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(sites()))
