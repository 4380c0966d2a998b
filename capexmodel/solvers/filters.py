"""The filter: pairs of (violation, barrier value) that no later point may fail to improve on.

Source: Fletcher and Leyffer, Mathematical Programming 91 (2002); Waechter and Biegler, Mathematical Programming 106 (2006), section 2.3.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

SIZE = 48
VIOLATION_MARGIN = 1e-5
VALUE_MARGIN = 1e-8


class Filter(eqx.Module):
    """Pairs of violation and barrier value; the oldest pair is overwritten when it is full."""

    violation: Float[Array, " entry"]
    value: Float[Array, " entry"]
    count: Int[Array, ""]


class Trial(eqx.Module):
    """A point's measures."""

    violation: Float[Array, ""]
    value: Float[Array, ""]


def empty_filter(largest_violation: Float[Array, ""]) -> Filter:
    """A filter that only forbids violations above the given one."""
    first = jnp.arange(SIZE) == 0
    violation = jnp.where(first, largest_violation, jnp.inf)
    return Filter(violation, jnp.where(first, -jnp.inf, jnp.inf), jnp.ones((), jnp.int32))


def grown(filters: Filter, start: Trial, wanted: Bool[Array, ""]) -> Filter:
    """The filter with the start of an accepted step added where wanted; the largest-violation entry is never overwritten."""
    place = wanted & (jnp.arange(SIZE) == 1 + (filters.count - 1) % (SIZE - 1))
    violation = jnp.where(place, (1.0 - VIOLATION_MARGIN) * start.violation, filters.violation)
    value = jnp.where(place, start.value - VALUE_MARGIN * start.violation, filters.value)
    return Filter(violation, value, filters.count + wanted.astype(jnp.int32))


def permits(filters: Filter, trial: Trial) -> Bool[Array, ""]:
    """Whether the filter lets a point pass."""
    return jnp.all((trial.violation < filters.violation) | (trial.value < filters.value))
