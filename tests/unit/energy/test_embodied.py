"""Carbon embodied in silicon, by hand."""

import jax.numpy as jnp
import pytest

from capexmodel.energy.embodied import Fab, Parts

KWH_J = 3.6e6
CM2 = 1e-4


def fab(yield_share: float = 0.8) -> Fab:
    """A square centimeter takes 1 kWh of 500 g and leaves 100 g of gases and 400 g of materials: a kilogram."""
    numbers = (KWH_J / CM2, 0.1 / CM2, 0.4 / CM2, 0.5 / KWH_J, yield_share)
    return Fab(*(jnp.asarray(number) for number in numbers))


def test_a_die_by_hand() -> None:
    """A kilogram of wafer; a quarter more where four of five dies work."""
    assert float(fab(1.0).die_kg(jnp.asarray(CM2))) == pytest.approx(1.0)
    assert float(fab().die_kg(jnp.asarray(8 * CM2))) == pytest.approx(10.0)


def test_a_device_by_hand() -> None:
    """Logic, memory of two kinds, and packages."""
    parts = Parts(jnp.asarray(8 * CM2), jnp.asarray([80.0, 1000.0]), jnp.asarray(3.0))
    whole = parts.embodied_kg(fab(), jnp.asarray([0.1, 0.01]), jnp.asarray(0.15))
    assert float(whole) == pytest.approx(10.0 + (8.0 + 10.0) / 0.8 + 0.45)
