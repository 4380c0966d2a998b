"""Hours of a climate one by one: season, hour of the day, the water in the air, and the ends of the wet bulb's formula."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.climate import Climate, hours, latent_j_per_kg, vapor, wet_bulb_celsius

DAYS, HOURS = 3, 4
TURN = 2.0 * math.pi


def made(mean=11.0, season=7.0, day=3.0, humidity=0.55, offset=1.5):
    return hours(Climate(*(jnp.asarray(number) for number in (mean, season, day, humidity, offset))), DAYS, HOURS)


def wet(celsius: float, humidity: float) -> float:
    return float(wet_bulb_celsius(jnp.asarray(celsius), jnp.asarray(humidity)))


def stull(celsius: float, percent: float) -> float:
    """The equation as it is printed, term by term."""
    terms = (
        celsius * math.atan(0.151977 * (percent + 8.313659) ** 0.5),
        math.atan(celsius + percent),
        -math.atan(percent - 1.676331),
        0.00391838 * percent**1.5 * math.atan(0.023101 * percent),
        -4.686035,
    )
    return math.fsum(terms)


def saturated(celsius: float) -> float:
    return 0.6108 * math.e ** (17.27 / (1.0 + 237.3 / celsius))


def mean_of_day(k: int) -> float:
    return 12.5 - 7.0 * math.cos(TURN * ((2 * k + 1) / 6 - 0.0417))


@pytest.mark.parametrize("k", range(DAYS))
def test_a_day_is_as_warm_as_its_season(k):
    np.testing.assert_allclose(np.mean(made().dry_celsius[k]), mean_of_day(k), rtol=1e-12)


@pytest.mark.parametrize("k", range(DAYS))
def test_an_hour_is_as_warm_as_the_day_and_the_time_since_three(k):
    since = [math.pi * (3 + 6 * hour - 15) / 12 for hour in range(HOURS)]
    by_hand = [mean_of_day(k) + 3.0 * math.cos(angle) for angle in since]
    np.testing.assert_allclose(made().dry_celsius[k], by_hand, rtol=1e-12)


@pytest.mark.parametrize("k", range(DAYS))
def test_the_water_in_the_air_stays_through_a_day(k):
    found = made()
    for dry, wet_celsius in zip(found.dry_celsius[k].tolist(), found.wet_celsius[k].tolist(), strict=True):
        share = 0.55 * saturated(mean_of_day(k)) / saturated(dry)
        assert 0.05 < share < 0.99
        assert wet_celsius == pytest.approx(stull(dry, 100.0 * share), rel=1e-12)


@pytest.mark.parametrize("celsius", [-7.0, 13.0, 31.0])
def test_what_air_holds(celsius):
    assert float(vapor(jnp.asarray(celsius))) == pytest.approx(saturated(celsius), rel=1e-12)


@pytest.mark.parametrize(("celsius", "percent"), [(-3.0, 61.0), (13.0, 37.0), (31.0, 83.0), (44.0, 7.0)])
def test_the_wet_bulb_is_the_printed_equation(celsius, percent):
    assert wet(celsius, percent / 100.0) == pytest.approx(stull(celsius, percent), rel=1e-12)


@pytest.mark.parametrize(("humidity", "percent"), [(0.013, 5.0), (0.049, 5.0), (0.051, 5.1), (0.985, 98.5), (0.993, 99.0), (1.0, 99.0)])
def test_the_wet_bulb_outside_the_range_it_was_fitted_on_is_that_of_its_end(humidity, percent):
    assert stull(33.0, percent) < 33.0
    assert wet(33.0, humidity) == pytest.approx(stull(33.0, percent), rel=1e-12)


@pytest.mark.parametrize(("celsius", "humidity"), [(-15.0, 0.2), (-20.0, 0.07), (-25.0, 0.2)])
def test_the_wet_bulb_is_never_above_the_air(celsius, humidity):
    assert stull(celsius, 100.0 * humidity) > celsius
    assert wet(celsius, humidity) == celsius


@pytest.mark.parametrize(("celsius", "heat"), [(-10.0, 2_524_610.0), (30.0, 2_430_170.0)])
def test_what_evaporating_takes(celsius, heat):
    assert float(latent_j_per_kg(jnp.asarray(celsius))) == pytest.approx(heat, rel=1e-12)
