"""Made-up hours of a climate: the published formula of the wet bulb, and what holds for any climate."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capexmodel.energy.climate import Climate, hours, latent_j_per_kg, vapor, wet_bulb_celsius

CLIMATES = st.builds(
    lambda *numbers: Climate(*(jnp.asarray(number) for number in numbers)),
    st.floats(-5, 30), st.floats(-12, 12), st.floats(0, 8), st.floats(0.2, 0.95), st.just(0.0),
)  # fmt: skip


def test_wet_bulb_as_published() -> None:
    """The example of the paper: 20 degrees at half of what the air could hold, 13.7 degrees."""
    assert float(wet_bulb_celsius(jnp.asarray(20.0), jnp.asarray(0.5))) == pytest.approx(13.7, abs=0.01)


def test_wet_bulb_against_the_psychrometer() -> None:
    """Within the error that the paper states of the balance of a wet thermometer: e = e_s(wet) - 0.665e-3 x 101.3 kPa x (dry - wet)."""
    dry, humidity = jnp.linspace(5.0, 40.0, 8)[:, None], jnp.linspace(0.2, 0.95, 6)[None]
    wet = wet_bulb_celsius(jnp.broadcast_to(dry, (8, 6)), jnp.broadcast_to(humidity, (8, 6)))
    balance = vapor(wet) - 0.665e-3 * 101.3 * (dry - wet) - humidity * vapor(dry)
    error = balance / (vapor(wet + 0.5) - vapor(wet - 0.5) + 0.665e-3 * 101.3)
    assert np.max(np.abs(np.asarray(error))) < 1.0


def test_water_takes_its_heat() -> None:
    """2.45 MJ a kilogram at 20 degrees, as the source rounds it."""
    assert float(latent_j_per_kg(jnp.asarray(20.0))) == pytest.approx(2.45e6, rel=2e-3)


@given(CLIMATES)
def test_hours_have_the_mean_and_the_swings(climate: Climate) -> None:
    """The mean is the mean, and no wet bulb is above its dry one."""
    made = hours(climate, 12, 24)
    assert float(jnp.mean(made.dry_celsius)) == pytest.approx(float(climate.mean_celsius), abs=1e-9)
    spread = float(jnp.max(made.dry_celsius) - jnp.min(made.dry_celsius))
    assert spread == pytest.approx(2 * abs(float(climate.season_celsius)) + 2 * float(climate.day_celsius), rel=0.02, abs=1e-9)
    assert bool(jnp.all(made.wet_celsius <= made.dry_celsius))


@given(CLIMATES)
def test_a_warmer_year_is_warmer_in_every_hour(climate: Climate) -> None:
    """Dry bulb by just that, wet bulb by something."""
    warmer = Climate(climate.mean_celsius, climate.season_celsius, climate.day_celsius, climate.humidity_share, jnp.asarray(2.0))
    one, other = hours(climate, 12, 24), hours(warmer, 12, 24)
    np.testing.assert_allclose(other.dry_celsius, one.dry_celsius + 2.0, atol=1e-9)
    assert bool(jnp.all(other.wet_celsius > one.wet_celsius))


def test_many_climates_at_once() -> None:
    """Climates are an axis that vmap gives."""

    def wettest(mean: jax.Array) -> jax.Array:
        return jnp.max(hours(Climate(mean, *(jnp.asarray(number) for number in (8.0, 4.0, 0.7, 0.0))), 12, 24).wet_celsius)

    found = jax.vmap(wettest)(jnp.asarray([0.0, 10.0, 20.0]))
    assert bool(jnp.all(jnp.diff(found) > 5.0))
