"""Straight-line depreciation of spending that goes on for years: each dollar from when its asset is in service, evenly over its life.

Spending is even within an interval. The charge is then worked out exactly, and is smooth in lives and lags. Leaves out: impairment,
changes of life along the way, land, and what was never put in service.

Source: IAS 16, paragraphs 50 to 62 (depreciation begins when an asset is available for use; straight-line method).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param


class StraightLine(eqx.Module):
    """Kinds of assets: what part of spending buys them, when they are in service, and how long they last."""

    share: Float[Array, "asset"] = param("share of spending that buys a kind of asset", ge=0, le=1)
    lag_s: Float[Array, "asset"] = param("time from spending to service", ge=0)
    life_s: Float[Array, "asset"] = param("time over which an asset is written off", gt=0)

    def charged_usd(self, spent_usd: Float[Array, "spell"], spell_s: Float[Array, "edge"], at_s: Float[Array, "time"]) -> Array:
        """Depreciation charged up to some times, by kind: of what was spent evenly within spells between their edges."""
        rate = spent_usd / jnp.diff(spell_s)
        age_s = at_s[:, None, None] - spell_s[None, :, None] - self.lag_s[None, None, :]
        written = self._written_s(age_s)
        return jnp.einsum("s,tsa,a->at", rate, written[:, :-1] - written[:, 1:], self.share)

    def expense_usd(self, spent_usd: Float[Array, "spell"], spell_s: Float[Array, "edge"], at_s: Float[Array, "time"]) -> Array:
        """Depreciation between one time and the next, by kind."""
        return jnp.diff(self.charged_usd(spent_usd, spell_s, at_s), axis=1)

    def _written_s(self, age_s: Array) -> Array:
        """Integral over time of the share that is written off of one dollar, up to an age in service."""
        life_s = jnp.broadcast_to(self.life_s, age_s.shape)
        within = jnp.clip(age_s, 0.0, life_s)
        return within * within / (2.0 * life_s) + jnp.maximum(age_s - life_s, 0.0)
