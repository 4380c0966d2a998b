"""When halls are online that wait for many things at once: chips, shell, switchgear, transformers, a grid connection, generation.

Each channel delivers at its own time, spread as a lognormal and independent of the others; a watt is online when the last of its channels
is there, so the share that is online is the product of the shares that have arrived: a smooth latest. It is never above the scarcest
channel's share, and without spread it is the hard latest; `bounds_s` says how far apart the two are.
Leaves out: channels that are late together, and crews that run short.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar

_TOLERANCE = 1e-12
_MOST_STEPS = 200


class Channels(eqx.Module):
    """What every watt waits for, by channel: half of it is there `lead_s` after its order, at `order_s` after the site's start."""

    names: tuple[str, ...] = eqx.field(static=True)
    lead_s: Float[Array, "channel"] = param("time from order to arrival, half of the time less", gt=0)
    spread: Float[Array, "channel"] = param("standard deviation of the logarithm of that time, a share of it where small", gt=0)
    order_s: Float[Array, "channel"] = param("time from the start of a site to the order", ge=0, default=0.0)

    def log_arrived(self, after_s: Float[Array, "time"]) -> Float[Array, "channel time"]:
        """Logarithm of the share of each channel that is there some time after the start; minus infinity before its order."""
        age = after_s[None, :] - self.order_s[:, None]
        there = age > 0
        score = jnp.log(jnp.where(there, age, 1.0) / self.lead_s[:, None]) / self.spread[:, None]
        return jnp.where(there, jax.scipy.special.log_ndtr(score), -jnp.inf)

    def online(self, after_s: Float[Array, "time"]) -> Float[Array, "time"]:
        """Share of a site's watts that have all they wait for."""
        return jnp.exp(jnp.sum(self.log_arrived(after_s), axis=0))

    def quantile_s(self, share: Scalar) -> Float[Array, "channel"]:
        """When a share of each channel is there."""
        return self.order_s + self.lead_s * jnp.exp(self.spread * jax.scipy.special.ndtri(share))

    def bounds_s(self, share: Scalar) -> tuple[Array, Array]:
        """Between when a share is online: not before the latest channel has as much, and once each has the root of it."""
        root = jnp.exp(jnp.log(share) / len(self.names))
        return jnp.max(self.quantile_s(share)), jnp.max(self.quantile_s(root))


class BuildOut(eqx.Module):
    """A site built in stages: so many watts, each begun on its day, that wait for the same channels."""

    channels: Channels
    begun_s: Float[Array, "stage"] = param("day on which a stage is begun", ge=0)
    stage_w: Float[Array, "stage"] = param("IT load of a stage", gt=0)

    def online_w(self, at_s: Float[Array, "time"]) -> Float[Array, "time"]:
        """Watts online at some times."""
        shares = jax.vmap(lambda begun: self.channels.online(at_s - begun))(self.begun_s)
        return jnp.sum(self.stage_w[:, None] * shares, axis=0)

    def date_s(self, wanted_w: Scalar) -> Array:
        """When so many watts are online; infinite where the site has no more than that. Its slopes are exact, by the implicit function."""
        share = wanted_w / jnp.sum(self.stage_w)
        inside = (share > 0) & (share < 1)
        safe = jnp.where(inside, share, 0.5)
        low, high = self.channels.bounds_s(safe)
        ends = {"lower": jnp.log(low + jnp.min(self.begun_s)), "upper": jnp.log(high + jnp.max(self.begun_s))}
        solver = optimistix.Bisection(rtol=_TOLERANCE, atol=_TOLERANCE, flip=False, expand_if_necessary=False)

        def short(log_s: Array, site: "BuildOut") -> Array:
            return site.online_w(jnp.exp(log_s)[None])[0] / jnp.sum(site.stage_w) - safe

        wide = jax.tree.map(jax.lax.stop_gradient, {"lower": ends["lower"] - _TOLERANCE, "upper": ends["upper"] + _TOLERANCE})
        start = 0.5 * (wide["lower"] + wide["upper"])
        found = optimistix.root_find(short, solver, start, self, wide, max_steps=_MOST_STEPS, throw=False).value
        return jnp.where(inside, jnp.exp(found), jnp.inf)

    def worth(self, wanted_w: Scalar) -> Float[Array, "channel"]:
        """How much earlier so many watts are online for each unit of time that a channel is earlier: shares that add up to one.

        The largest is the channel that binds. Source: the implicit function theorem on the online share:
        d t / d delay_k = (d F / d t by channel k) / (d F / d t).
        """
        at_s = jax.lax.stop_gradient(self.date_s(wanted_w))

        def online(delay_s: Array) -> Array:
            late = eqx.tree_at(lambda site: site.channels.order_s, self, self.channels.order_s + delay_s)
            return late.online_w(at_s[None])[0]

        slopes = -jax.grad(online)(jnp.zeros_like(self.channels.order_s))
        return slopes / jnp.sum(slopes)


def one_stage(channels: Channels, total_w: Scalar) -> BuildOut:
    """A site begun at once."""
    return BuildOut(channels, jnp.zeros(1), jnp.reshape(jnp.asarray(total_w, float), (1,)))
