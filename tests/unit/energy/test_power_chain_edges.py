"""The chain of power where every ratio differs from one: watts of two chips at each link."""

import jax.numpy as jnp
import numpy as np

from capexmodel.energy.power_chain import PowerChain


def chain() -> PowerChain:
    """Of 100 W: 150 at the server, 180 of IT, 252 at the meter at peak, 315 before it, for loads that draw five sevenths of it."""
    numbers = {"server_ratio": 1.5, "it_ratio": 1.2, "facility_ratio": 1.4, "delivered_share": 0.8, "oversubscription_ratio": 1.4}
    numbers |= {"load_share": 0.6, "average_ratio": 1.1}
    return PowerChain(**{name: jnp.asarray(value) for name, value in numbers.items()})


def watts():
    return jnp.asarray([100.0, 700.0])


def test_it_power_of_a_chip():
    np.testing.assert_allclose(chain().it_w(watts()), [180.0, 1260.0], rtol=1e-14)


def test_grid_power_of_a_chip():
    """315 over 1.4."""
    np.testing.assert_allclose(chain().capacity_w(watts()), [225.0, 1575.0], rtol=1e-14)


def test_mean_power_of_a_chip():
    """180, at six tenths 108, with the overhead of a year 118.8, and 148.5 before the losses."""
    np.testing.assert_allclose(chain().mean_w(watts()), [148.5, 1039.5], rtol=1e-14)


def test_share_of_the_chip():
    np.testing.assert_allclose(chain().chip_share, 100.0 / 252.0, rtol=1e-14)
