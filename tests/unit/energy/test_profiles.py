"""Made-up days of sun and wind, hour by hour: the height of the sun by its angles, clouds, seasons and waves of weather."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.profiles import Weather, sun_share, wind_share

DAYS, HOURS = 3, 5
TURN = 2.0 * math.pi


def weather(**changed: float) -> Weather:
    numbers = {
        "latitude_share": 0.4,
        "clear_ratio": 0.9,
        "dimmed_share": 0.3,
        "wind_share": 0.35,
        "season_share": 0.2,
        "weather_share": 0.6,
    }
    return Weather(**{name: jnp.asarray(value) for name, value in (numbers | changed).items()})


def sun(**changed: float) -> np.ndarray:
    return np.asarray(sun_share(weather(**changed), DAYS, HOURS))


def wind(**changed: float) -> np.ndarray:
    return np.asarray(wind_share(weather(**changed), DAYS, HOURS))


def height(latitude_deg: float, day: int, hour: int) -> float:
    """Sine of the height of the sun: a mean of noon and midnight, weighed by the hour."""
    year = 365.0 * (2 * day + 1) / (2 * DAYS)
    tilt = math.radians(23.45 * math.sin(TURN * (year - 80.0) / 365.0))
    latitude, turn = math.radians(latitude_deg), math.pi * (2 * hour + 1 - HOURS) / HOURS
    return math.cos(latitude - tilt) * math.cos(turn / 2) ** 2 - math.cos(latitude + tilt) * math.sin(turn / 2) ** 2


def clear(day: int) -> float:
    """What clouds leave of the sun."""
    return 1.0 - 0.3 * (1.0 + math.sin(2.4 * day)) / 2.0


def grid(number) -> np.ndarray:
    return np.asarray([[number(day, hour) for hour in range(HOURS)] for day in range(DAYS)])


@pytest.mark.parametrize(("latitude", "degrees"), [(0.4, 36.0), (-0.25, -22.5), (0.8, 72.0)])
def test_the_sun_is_as_high_as_its_angles_say(latitude, degrees):
    by_hand = grid(lambda day, hour: max(0.0, 0.9 * clear(day) * height(degrees, day, hour)))
    assert np.count_nonzero(by_hand) > DAYS
    np.testing.assert_allclose(sun(latitude_share=latitude), by_hand, rtol=1e-12, atol=1e-15)


def test_there_is_no_sun_below_the_horizon():
    by_hand = grid(lambda day, hour: height(36.0, day, hour))
    assert np.any(by_hand < 0.0)
    assert np.all(sun()[by_hand < 0.0] == 0.0)


def test_a_panel_gives_no_more_than_its_power():
    by_hand = grid(lambda day, hour: 1.7 * clear(day) * height(36.0, day, hour))
    found = sun(clear_ratio=1.7)
    assert np.any(by_hand > 1.0)
    assert np.all(found[by_hand > 1.0] == 1.0)
    between = (by_hand > 0.0) & (by_hand < 1.0)
    np.testing.assert_allclose(found[between], by_hand[between], rtol=1e-12)


def blown(day: int, hour: int, season: float = 0.2, swing: float = 0.6) -> float:
    """Mean, season and two waves that have turned since the first day; nothing of it cut."""
    passed = 2.4 * (day + 0.5) + (hour + 0.5) / HOURS
    waves = math.sin((1.0 + 1.7) / 2 * passed) * math.cos((1.7 - 1.0) / 2 * passed)
    return 1.0 + season * math.cos(TURN * (day + 0.5) / DAYS) + swing * waves


def test_wind_is_mean_season_and_waves():
    by_hand = 0.35 * grid(blown)
    assert np.all((by_hand > 0.0) & (by_hand < 1.0))
    np.testing.assert_allclose(wind(), by_hand, rtol=1e-12)


def test_wind_is_neither_less_than_nothing_nor_more_than_all():
    by_hand = 0.75 * grid(lambda day, hour: blown(day, hour, 0.9, 0.95))
    assert np.any(by_hand < 0.0)
    assert np.any(by_hand > 1.0)
    found = wind(wind_share=0.75, season_share=0.9, weather_share=0.95)
    np.testing.assert_allclose(found, np.minimum(np.maximum(by_hand, 0.0), 1.0), rtol=1e-11)
