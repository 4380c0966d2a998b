"""Core demand: advertising, recommendation and product inference, which take their share of the fleet first."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Core(eqx.Module):
    """Compute kept for the core business: a share of the fleet at the as-of date, growing, less what its own chips relieve.

    Leaves out: a feedback from core compute to revenue.
    """

    share: Scalar = param("share of the fleet's compute at the as-of date that the core uses", ge=0, le=1)
    growth_per_s: Scalar = param("growth of core demand, as a logarithmic rate", ge=0)
    relief_eflops: Float[Array, "step"] = param("core compute served by chips built for it", ge=0, at="relief_at_s", default=0.0)
    relief_at_s: Float[Array, "step"] = param("dates of the relief", dates=True)

    def demand_eflops(
        self, fleet_eflops: Scalar, time_s: Float[Array, "edge"], relief_eflops: Float[Array, "edge"]
    ) -> Float[Array, "edge"]:
        """Compute the core takes at each instant, never below zero."""
        return jnp.maximum(self.share * fleet_eflops * jnp.exp(self.growth_per_s * time_s) - relief_eflops, 0.0)
