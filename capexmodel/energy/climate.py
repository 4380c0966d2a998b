"""Made-up hours of a climate: twelve days of 24 hours from five numbers, each day for a month. They are no measurement of any place.

The air is warmest in the middle of July and at three in the afternoon; the water in it stays the same through a day and follows its mean
temperature through the year. Leaves out: weather, and with it the hottest hours of a year, which are some 5 degrees above these; the height
above the sea.

Source: Stull, Journal of Applied Meteorology and Climatology 50 (2011), equation 1 (wet bulb); Allen et al., FAO Irrigation and Drainage
Paper 56 (1998), equations 11 (vapor pressure) and 3-1 (latent heat).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Climate(eqx.Module):
    """What the hours of a place are made of. South of the equator the swing of the season is negative."""

    mean_celsius: Scalar = param("mean temperature of a year")
    season_celsius: Scalar = param("how far the warmest month is above that")
    day_celsius: Scalar = param("how far the warmest hour is above the mean of its day", ge=0)
    humidity_share: Scalar = param("water in the air over what it could hold, at the mean of a day", gt=0, le=1)
    offset_celsius: Scalar = param("what the whole year is warmer by", default=0.0)


class Hours(eqx.Module):
    """Temperatures by day and hour."""

    dry_celsius: Float[Array, "day hour"] = param("temperature of the air")
    wet_celsius: Float[Array, "day hour"] = param("temperature to which water that evaporates cools it")


def hours(climate: Climate, days: int, count: int) -> Hours:
    """Temperatures of days spread evenly over a year, at the middle of each of their hours."""
    year, turn = (jnp.arange(days) + 0.5) / days, (jnp.arange(count) + 0.5) / count
    season = -climate.season_celsius * jnp.cos(2.0 * jnp.pi * (year - _COLDEST))
    mean = climate.mean_celsius + climate.offset_celsius + season
    dry = mean[:, None] + climate.day_celsius * jnp.cos(2.0 * jnp.pi * (turn - _WARMEST))[None]
    held = climate.humidity_share * vapor(mean)[:, None] / vapor(dry)
    return Hours(dry, wet_bulb_celsius(dry, held))


def vapor(celsius: Float[Array, "*hours"]) -> Float[Array, "*hours"]:
    """Most water vapor that air holds, as a pressure; only its ratios are used. Source: Allen et al., equation 11."""
    return 0.6108 * jnp.exp(17.27 * celsius / (celsius + 237.3))


def wet_bulb_celsius(celsius: Float[Array, "*hours"], humidity: Float[Array, "*hours"]) -> Float[Array, "*hours"]:
    """Temperature to which water that evaporates cools air of a humidity (a share). Kinks: where the formula leaves the range it was fitted
    on, 5 to 99 %, and where it would be above the air's own.

    Source: Stull 2011, equation 1: within 1 degree at the pressure of the sea.
    """
    percent = 100.0 * jnp.clip(humidity, 0.05, 0.99)
    root = jnp.sqrt(percent)
    wet = celsius * jnp.arctan(0.151977 * jnp.sqrt(percent + 8.313659)) + jnp.arctan(celsius + percent) - jnp.arctan(percent - 1.676331)
    return jnp.minimum(wet + 0.00391838 * percent * root * jnp.arctan(0.023101 * percent) - 4.686035, celsius)


def latent_j_per_kg(celsius: Float[Array, "*hours"]) -> Float[Array, "*hours"]:
    """Heat that a kilogram of water takes with it. Source: Allen et al., equation 3-1."""
    return 2.501e6 - 2361.0 * celsius


_COLDEST = 0.0417
_WARMEST = 0.625
"""The middle of January, and three in the afternoon, as shares of the year and of the day."""
