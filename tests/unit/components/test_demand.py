"""Compute of the core business by hand: a share of the fleet that grows, less its relief, never less than nothing."""

import math

import jax.numpy as jnp
import numpy as np

from capexmodel.components.demand import Core


def core() -> Core:
    """Three tenths of the fleet, growing by ln 2 in 50 seconds."""
    return Core(*(jnp.asarray(number) for number in (0.3, math.log(2.0) / 50.0)), jnp.zeros(1), jnp.zeros(1))


def test_core_demand_at_four_instants():
    """Of a fleet of 40: 12 at first, 24 after 50 seconds, 48 after 100, 6 fifty before; relieved by 5, 7, 49 and 6.5."""
    time, relief = jnp.asarray([0.0, 50.0, 100.0, -50.0]), jnp.asarray([5.0, 7.0, 49.0, 6.5])
    np.testing.assert_allclose(core().demand_eflops(jnp.asarray(40.0), time, relief), [7.0, 17.0, 0.0, 0.0], rtol=1e-14)


def test_a_core_that_is_just_relieved_and_one_that_just_is_not():
    time, relief = jnp.asarray([0.0, 50.0]), jnp.asarray([11.5, 23.75])
    np.testing.assert_allclose(core().demand_eflops(jnp.asarray(40.0), time, relief), [0.5, 0.25], rtol=1e-12)
