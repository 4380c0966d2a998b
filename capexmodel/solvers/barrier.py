"""The barrier parameter's updates, and the closed form of the elastic slacks used while feasibility is restored.

Source: Mehrotra, SIAM Journal on Optimization 2 (1992) (probing step and cubic centering); Fiacco and McCormick (1968) and Waechter and
Biegler, Mathematical Programming 106 (2006), equation 7 (monotone update) and section 3.3 (restoration by elastic slacks).
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

LINEAR_DECREASE = 0.2
POWER_DECREASE = 1.5
LEAST_CENTERING = 1e-6
SMALLEST_MEAN = 1e-300


def elastic_pair(value: Float[Array, " row"], price: float, barrier: Float[Array, ""]) -> tuple[Array, Array]:
    """The slack and elastic (slack = value + elastic) that minimize price * elastic - barrier * (log slack + log elastic).

    Source: Waechter and Biegler (2006), equation 33, written so that neither root cancels.
    """
    scaled = price * value
    root = jnp.sqrt(scaled**2 + 4.0 * barrier**2)
    larger = (2.0 * barrier + jnp.abs(scaled) + root) / (2.0 * price)
    smaller = (2.0 * barrier + 4.0 * barrier**2 / (root + jnp.abs(scaled))) / (2.0 * price)
    return jnp.where(scaled < 0, smaller, larger), jnp.where(scaled < 0, larger, smaller)


def centering(mean_after: Float[Array, ""], mean_before: Float[Array, ""]) -> Float[Array, ""]:
    """Share of the present mean product to aim at, from what a full step towards zero would leave.

    Source: Mehrotra (1992), the cubic rule.
    """
    return jnp.clip((mean_after / jnp.maximum(mean_before, SMALLEST_MEAN)) ** 3, LEAST_CENTERING, 1.0)


def decreased(barrier: Float[Array, ""], floor: Float[Array, ""]) -> Float[Array, ""]:
    """The next barrier parameter of the monotone rule.

    Source: Waechter and Biegler (2006), equation 7.
    """
    return jnp.maximum(floor, jnp.minimum(LINEAR_DECREASE * barrier, barrier**POWER_DECREASE))
