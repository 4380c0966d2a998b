"""Two times at once, smooth where one overtakes the other: the larger of two, and what of one is left beside the other."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.types import Scalar

_FADING = 0.1
"""Share of a window over which hidden communication turns into exposed: a sharp edge has no slope before it."""


def larger(one: Scalar, other: Scalar) -> Array:
    """The larger of two times, smooth where they meet: the fourth root of their fourth powers' sum. Neither may be negative."""
    top = jnp.maximum(one, other)
    takes = top > 0
    top = jnp.where(takes, top, 1.0)
    square = jnp.square(jnp.minimum(one, other) / top)
    return jnp.where(takes, top * jnp.sqrt(jnp.sqrt(1.0 + square * square)), 0.0)


def exposed_s(busy_s: Float[Array, "*#step"], window_s: Float[Array, "*#step"]) -> Array:
    """Time of communication that computation does not hide: a softplus of what goes beyond the window, nothing where there is none."""
    hides = window_s > 0
    width = _FADING * jnp.where(hides, window_s, 1.0)
    beyond = width * (jax.nn.softplus((busy_s - window_s) / width) - jax.nn.softplus(-window_s / width))
    return jnp.where(hides, beyond, busy_s)
