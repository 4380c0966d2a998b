"""Made-up days of sun and wind: twelve days of 24 hours from a formula, each for a month. They are no measurement of any place.

Sun: the height of the sun on the middle day of each month, dimmed by a share that turns from day to day. Wind: a mean with a season, an
hour of the day and two waves of weather. Leaves out: temperature, wakes, outages, and weeks without wind.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Weather(eqx.Module):
    """What days are made of."""

    latitude_share: Scalar = param("latitude as a share of a right angle, north being positive", ge=-1, le=1)
    clear_ratio: Scalar = param("output of a panel over the sine of the sun's height on a clear day, where it has room", ge=0)
    dimmed_share: Scalar = param("share of that which clouds take on the dullest day", ge=0, le=1)
    wind_share: Scalar = param("mean share of a turbine's power", ge=0, le=1)
    season_share: Scalar = param("swing of the wind over a year as a share of its mean", ge=0, le=1)
    weather_share: Scalar = param("swing of the wind with the weather as a share of its mean", ge=0, le=1)


def sun_share(weather: Weather, days: int, hours: int) -> Float[Array, "{days} {hours}"]:
    """Share of a panel's power by day and hour: days spread evenly over a year, hours at their middle.

    Source: Duffie and Beckman, Solar Engineering of Thermal Processes (2013), equations 1.6.1 (declination of 23.45 degrees) and 1.6.5.
    """
    year, turn = (jnp.arange(days) + 0.5) / days, 2.0 * jnp.pi * ((jnp.arange(hours) + 0.5) / hours - 0.5)
    declination = jnp.deg2rad(23.45) * jnp.sin(2.0 * jnp.pi * (year - 80.0 / 365.0))
    latitude = 0.5 * jnp.pi * weather.latitude_share
    level = (jnp.sin(latitude) * jnp.sin(declination))[:, None]
    height = level + (jnp.cos(latitude) * jnp.cos(declination))[:, None] * jnp.cos(turn)[None]
    dull = 1.0 - weather.dimmed_share * (0.5 + 0.5 * jnp.sin(_TURNS * jnp.arange(days)))
    return jnp.clip(weather.clear_ratio * dull[:, None] * height, 0.0, 1.0)


def wind_share(weather: Weather, days: int, hours: int) -> Float[Array, "{days} {hours}"]:
    """Share of a turbine's power by day and hour: more in winter and at night, and waves of weather that no day repeats."""
    day, hour = (jnp.arange(days) + 0.5)[:, None], (jnp.arange(hours) + 0.5)[None]
    season = weather.season_share * jnp.cos(2.0 * jnp.pi * day / days)
    passed = _TURNS * jnp.broadcast_to(day, (days, hours)) + jnp.broadcast_to(hour, (days, hours)) / hours
    waves = 0.5 * (jnp.sin(passed) + jnp.sin(_OTHER_TURNS * passed))
    return jnp.clip(weather.wind_share * (1.0 + jnp.broadcast_to(season, (days, hours)) + weather.weather_share * waves), 0.0, 1.0)


_TURNS = 2.4
_OTHER_TURNS = 1.7
"""Angles by which waves of weather turn from day to day: no whole part of a circle, so that no day repeats."""
