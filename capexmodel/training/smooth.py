"""Two times at once, smooth where one overtakes the other: the larger of two, and what of one is left beside the other."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.types import Scalar

_FADING = 0.1
"""Share of a window over which hidden communication turns into exposed: a sharp edge has no slope before it."""


@jax.custom_jvp
def larger(one: Scalar, other: Scalar) -> Array:
    """The larger of two times, smooth where they meet: the fourth root of their fourth powers' sum. Neither may be negative.

    Below 1e-9 s, in 32 bits, a time is nothing: its fourth power is.
    """
    square, beside = one * one, other * other
    return jnp.sqrt(jnp.sqrt(square * square + beside * beside))


@larger.defjvp
def _larger_slope(primals: tuple[Scalar, Scalar], tangents: tuple[Scalar, Scalar]) -> tuple[Array, Array]:
    """Its slope, without a root of nothing: the cube of each time's ratio to the result."""
    one, other = primals
    found = larger(one, other)
    cube = jnp.where(found > 0, found * found * found, 1.0)
    return found, (one * one * one * tangents[0] + other * other * other * tangents[1]) / cube


def exposed_s(busy_s: Float[Array, "*#step"], window_s: Float[Array, "*#step"]) -> Array:
    """Time of communication that computation does not hide: a softplus of what goes beyond the window, nothing where there is none."""
    hides = window_s > 0
    width = _FADING * jnp.where(hides, window_s, 1.0)
    beyond = width * (jax.nn.softplus((busy_s - window_s) / width) - jax.nn.softplus(-window_s / width))
    return jnp.where(hides, beyond, busy_s)
