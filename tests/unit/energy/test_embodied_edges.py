"""Carbon of silicon, where no two numbers are alike: each share of the wafer, the yield, memory by kind, packages."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.embodied import Fab, Parts

FAB = {"energy_j_per_m2": 700.0, "gas_kg_per_m2": 13.0, "material_kg_per_m2": 29.0, "electricity_kg_per_j": 0.03, "yield_share": 0.7}
"""A square meter of wafer: 21 kg of electricity, 13 of gas and 29 of material, 63 in all; 90 where 7 dies of 10 work."""


def fab(**changed: float) -> Fab:
    return Fab(**{name: jnp.asarray(value) for name, value in (FAB | changed).items()})


def test_dies_by_area():
    np.testing.assert_allclose(fab().die_kg(jnp.asarray([3.0, 0.5])), [270.0, 45.0], rtol=1e-14)


@pytest.mark.parametrize(
    ("changed", "wafer_kg"),
    [
        ({"energy_j_per_m2": 0.0}, 42.0),
        ({"electricity_kg_per_j": 0.0}, 42.0),
        ({"gas_kg_per_m2": 0.0}, 50.0),
        ({"material_kg_per_m2": 0.0}, 34.0),
    ],
)
def test_a_wafer_without_one_of_its_burdens(changed, wafer_kg):
    assert float(fab(**changed).die_kg(jnp.asarray(0.7))) == pytest.approx(wafer_kg, rel=1e-14)


def test_a_device_is_logic_memory_and_packages():
    """Memory: 21 and 14 and 7 kg, 60 by the yield; logic 270; five packages of 3.4."""
    parts = Parts(jnp.asarray(3.0), jnp.asarray([210.0, 40.0, 14.0]), jnp.asarray(5.0))
    whole = parts.embodied_kg(fab(), jnp.asarray([0.1, 0.35, 0.5]), jnp.asarray(3.4))
    assert float(whole) == pytest.approx(270.0 + 60.0 + 17.0, rel=1e-14)
