"""Cooling of a hall by the hour: what is drawn beside IT to carry its heat out, and the water that takes some of it along.

Heat leaves in loops (air, liquid, a bath). A loop sends its coolant to the racks no warmer than it may be and gets it back warmer by a
range. What the outside, with water evaporated into it where that is done, can cool of this range is free; a chiller lifts the rest. Between
free and lifted there is a smooth passage, so that all of it has slopes. Leaves out: part load, redundant machines, humidity of the halls,
heat through walls.

Source: The Green Grid, white papers 49 (2012, PUE) and 35 (2011, WUE); Carnot's limit of a chiller, of which a share is reached.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.energy.climate import Hours, latent_j_per_kg
from capexmodel.param import param
from capexmodel.types import Scalar


class Loops(eqx.Module):
    """Ways by which heat leaves: outside air through the hall, warm water to the chips, a bath of oil."""

    names: tuple[str, ...] = eqx.field(static=True)
    supply_celsius: Float[Array, "loop"] = param("warmest coolant that may reach the racks", ge=0)
    range_celsius: Float[Array, "loop"] = param("how much warmer it comes back", gt=0)
    approach_celsius: Float[Array, "loop"] = param("how far the coolant stays above the outside, with free cooling", ge=0)
    wetted_share: Float[Array, "loop"] = param("share of the way from dry to wet bulb that evaporating water cools the outside", ge=0, le=1)
    moving_share: Float[Array, "loop"] = param("fans and pumps over the heat they move, at full speed", ge=0, le=1)
    still_share: Float[Array, "loop"] = param("share of that which does not slow down in the cold", ge=0, le=1)
    condenser_celsius: Float[Array, "loop"] = param("how far a chiller condenses above the outside", ge=0)
    carnot_share: Float[Array, "loop"] = param("share of Carnot's limit that a chiller reaches", gt=0, le=1)


class Cooling(eqx.Module):
    """Kinds of cooling: which share of the heat leaves by which loop, and what else they are."""

    names: tuple[str, ...] = eqx.field(static=True)
    heat_share: Float[Array, "cooling loop"] = param("share of the IT heat that leaves by a loop", ge=0, le=1)
    loss_share: Float[Array, "cooling"] = param("losses of transformers and batteries, lights, over IT power", ge=0, le=1)
    drawn_ratio: Float[Array, "cooling"] = param("water taken in over water evaporated", ge=1)
    price_usd_per_w: Float[Array, "cooling"] = param("what the hall costs, per IT power", gt=0)
    rack_w: Float[Array, "cooling"] = param("most power of a rack", gt=0)


class Cooled(eqx.Module):
    """A kind of cooling in a climate, by day and hour: everything over IT power."""

    free_share: Float[Array, "cooling day hour"] = param("share of the heat that the outside takes by itself", ge=0, le=1)
    lifted_share: Float[Array, "cooling day hour"] = param("share of the heat that a chiller lifts", ge=0, le=1)
    drawn_ratio: Float[Array, "cooling day hour"] = param("facility over IT power", ge=1)
    water_kg_per_j: Float[Array, "cooling day hour"] = param("water taken in for IT energy", ge=0)

    @property
    def average_pue(self) -> Float[Array, "cooling"]:
        """Facility over IT energy of a year, at a steady load."""
        return jnp.mean(self.drawn_ratio, axis=(1, 2))

    @property
    def peak_pue(self) -> Float[Array, "cooling"]:
        """Facility over IT power in the hottest hour. Kink: where that changes."""
        return jnp.max(self.drawn_ratio, axis=(1, 2))

    @property
    def wue_kg_per_j(self) -> Float[Array, "cooling"]:
        """Water over IT energy of a year; a kilogram is a liter."""
        return jnp.mean(self.water_kg_per_j, axis=(1, 2))


def cooled(cooling: Cooling, loops: Loops, weather: Hours) -> Cooled:
    """Carry the heat out through the hours of a climate. Everything drawn, IT included, leaves as heat in the end."""
    lifted, work, evaporated = jax.vmap(_loop, (0, None))(loops, weather)
    share = cooling.heat_share / jnp.sum(cooling.heat_share, axis=1, keepdims=True)

    def mixed(by_loop: Array) -> Array:
        return jnp.einsum("cl,ldh->cdh", share, by_loop)

    heat = mixed(lifted)
    drawn = 1.0 + cooling.loss_share[:, None, None] + mixed(work)
    water = cooling.drawn_ratio[:, None, None] * mixed(evaporated) / latent_j_per_kg(weather.wet_celsius)[None]
    return Cooled(jnp.sum(share, axis=1)[:, None, None] - heat, heat, drawn, water)


def _loop(loop: Loops, weather: Hours) -> tuple[Array, Array, Array]:
    """One loop: the share of its heat that is lifted, the work of moving and lifting it, and the heat that goes into water."""
    depression = loop.wetted_share * (weather.dry_celsius - weather.wet_celsius)
    missing = weather.dry_celsius + loop.approach_celsius - loop.supply_celsius
    lifted = _within(missing - depression, loop.range_celsius) / loop.range_celsius
    evaporator = loop.supply_celsius - loop.approach_celsius
    lift = _WIDTH_CELSIUS * jax.nn.softplus((weather.dry_celsius - depression + loop.condenser_celsius - evaporator) / _WIDTH_CELSIUS)
    compressing = lifted * lift / (loop.carnot_share * kelvin(evaporator))
    return lifted, _moving(loop, missing - depression) + compressing, _within(missing, depression) / loop.range_celsius


def _moving(loop: Loops, missing: Array) -> Array:
    """Fans and pumps: the colder the outside, the less of it must be moved, and power goes with the cube of the speed.

    Source: the affinity laws of fans (ASHRAE Handbook, HVAC systems and equipment, chapter on fans).
    """
    speed = loop.range_celsius / (loop.range_celsius + _WIDTH_CELSIUS * jax.nn.softplus(-missing / _WIDTH_CELSIUS))
    return loop.moving_share * (loop.still_share + (1.0 - loop.still_share) * speed * speed * speed)


def kelvin(celsius: Float[Array, "*hours"]) -> Float[Array, "*hours"]:
    """Temperature above absolute zero. Source: BIPM, The International System of Units (2019), 2.3.1."""
    return celsius + 273.15


def _within(celsius: Array, most: Array | Scalar) -> Array:
    """What of a difference lies between nothing and the most, with smooth corners: always inside, always rising."""
    soft = jax.nn.softplus(celsius / _WIDTH_CELSIUS) - jax.nn.softplus((celsius - most) / _WIDTH_CELSIUS)
    return _WIDTH_CELSIUS * soft


_WIDTH_CELSIUS = 1.0
"""Width of the passage between free and lifted: how exactly machines are controlled."""
