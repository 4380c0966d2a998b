"""What early buyers pay more falls by a power of e in its own time."""

import jax.numpy as jnp
import numpy as np

from capexmodel.studies.ownership import vintages


def test_the_premium_of_early_buyers_falls_by_a_power_of_e_in_its_time() -> None:
    made, _ = vintages()
    one = jnp.ones(len(made.names))
    for times in (0.5, 1.0, 2.0):
        at_s = made.early_at_s + times * made.early_s
        over = made.system_usd(at_s, one, one) * jnp.exp(made.decline_per_s * (at_s - made.told_at_s)) / made.price_usd - 1.0
        np.testing.assert_allclose(over, made.early_share * np.exp(-times), rtol=1e-9, atol=1e-12)
