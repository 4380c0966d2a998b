"""Delays and series on a time grid: every one interpolates, so that a lead time has a gradient.

Kinks: a delay is a parabola between the instants at which its earliest or latest arrival meets a grid edge (its slope is continuous there);
a stage of a series has a corner at its date.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

SHORT = 1e-6
"""Exposure below which the mean survival is its series, to keep it finite at no leaving at all."""


def arrived(
    edges_s: Float[Array, "edge"], order_edges_s: Float[Array, "order_edge"], first_s: Array | float, last_s: Array | float
) -> Float[Array, "edge decision"]:
    """Share of an order that has arrived at each edge: placed evenly over its interval, arriving evenly from first_s to last_s later.

    Source: the double integral of two uniform densities,
    [G(t-q-a) - G(t-q'-a) - G(t-q-b) + G(t-q'-b)] / ((q'-q)(b-a)), G(x) = max(x, 0)^2 / 2.
    """
    start, end = order_edges_s[:-1][None, :], order_edges_s[1:][None, :]
    time = edges_s[:, None]

    def area(x: Array) -> Array:
        return 0.5 * jnp.square(jnp.maximum(x, 0.0))

    early = area(time - start - first_s) - area(time - end - first_s)
    late = area(time - start - last_s) - area(time - end - last_s)
    return (early - late) / ((end - start) * (last_s - first_s))


def delivered(edges_s: Array, order_edges_s: Array, lead_s: Array, spread: Array) -> Float[Array, "member edge decision"]:
    """Share arrived for each member of a kind, whose lead time varies evenly by `spread` of itself either way."""

    def one(lead: Array, width: Array) -> Array:
        return arrived(edges_s, order_edges_s, lead * (1.0 - width), lead * (1.0 + width))

    return jax.vmap(one)(lead_s, spread)


def placed(edges_s: Float[Array, "edge"], order_edges_s: Float[Array, "order_edge"]) -> Float[Array, "edge decision"]:
    """Share of each decision's interval that has passed at each edge."""
    start, end = order_edges_s[:-1][None, :], order_edges_s[1:][None, :]
    return jnp.clip((edges_s[:, None] - start) / (end - start), 0.0, 1.0)


def paid_while_building(edges_s: Array, order_edges_s: Array, build_s: Array) -> Float[Array, "member edge decision"]:
    """Share paid of something that is paid evenly from its order to its completion."""
    return jax.vmap(lambda build: arrived(edges_s, order_edges_s, 0.0, build))(build_s)


def level(
    time_s: Float[Array, "edge"], at_s: Float[Array, "member step"], value: Float[Array, "member step"]
) -> Float[Array, "member edge"]:
    """Read a staged quantity at given instants: straight lines between the dates of its stages, flat outside them; a step where two
    stages have one date."""
    start, width = at_s[:, None, :-1], jnp.diff(at_s, axis=1)[:, None, :]
    time = time_s[None, :, None]
    risen = jnp.minimum(jnp.maximum((time - start) / jnp.where(width > 0, width, 1.0), 0.0), 1.0)
    risen = jnp.where(width > 0, risen, jnp.asarray(time >= start, float))
    return value[:, :1] + jnp.einsum("mes,ms->me", risen, jnp.diff(value, axis=1))


def volume(
    edges_s: Float[Array, "edge"], at_s: Float[Array, "member step"], rate: Float[Array, "member step"]
) -> Float[Array, "member interval"]:
    """Integrate a rate that holds from each date on, over each interval between edges."""
    end_s = jnp.concatenate([at_s[:, 1:], jnp.full_like(at_s[:, :1], jnp.inf)], axis=1)
    reach = jnp.clip(edges_s[None, :, None], at_s[:, None, :], end_s[:, None, :])
    return jnp.einsum("mes,ms->me", jnp.diff(reach - at_s[:, None, :], axis=1), rate)


def mean(at_edges: Float[Array, "... edge"]) -> Float[Array, "... interval"]:
    """Mean over each interval of a quantity known at its edges (trapezoid)."""
    return 0.5 * (at_edges[..., 1:] + at_edges[..., :-1])


def running(step: Float[Array, "step"]) -> Float[Array, "step"]:
    """Sum of the steps up to and with each. As one product, for many short sums side by side are slow one after the other."""
    return jnp.matmul(jnp.tri(step.size, dtype=step.dtype), step, precision="highest")


def surviving(edges_s: Float[Array, "edge"], order_edges_s: Array, loss_per_s: Array) -> Float[Array, "edge decision"]:
    """Share of people hired evenly over an interval who are still there at each edge, under a constant rate of leaving.

    Source: mean of exp(-a t) over the interval of joining, (1 - exp(-a L)) / (a L), times the survival since.
    """
    start, end = order_edges_s[:-1][None, :], order_edges_s[1:][None, :]
    joined = jnp.clip(edges_s[:, None], start, end) - start
    since = jnp.maximum(edges_s[:, None] - end, 0.0)
    exposure = loss_per_s * joined
    small = exposure < SHORT
    safe = jnp.where(small, 1.0, exposure)
    kept = jnp.where(small, 1.0 - 0.5 * exposure, -jnp.expm1(-safe) / safe)
    return jnp.exp(-loss_per_s * since) * kept * joined / (end - start)
