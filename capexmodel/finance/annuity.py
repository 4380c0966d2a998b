"""Total cost of ownership by annuities: capital spread evenly over the life of what it bought, at a cost of money.

Payments fall at the end of each interval between them. Leaves out: taxes, residual value, and building before the first payment.

Source: Barroso, Hölzle and Ranganathan, The Datacenter as a Computer, third edition (2018), chapter 6; the factor is that of any textbook.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Money(eqx.Module):
    """What money costs, and how often capital is paid back."""

    interest_share: Scalar = param("interest between two payments, as a share of what is owed", ge=0)
    interval_s: Scalar = param("time between two payments", gt=0)

    def recovery_per_s(self, life_s: Float[Array, "*asset"]) -> Float[Array, "*asset"]:
        """Payment for one dollar of capital by time, over its life: capital and interest. At no interest, one over the life."""
        payments = life_s / self.interval_s
        owed = jnp.log1p(self.interest_share)
        return _by_growth(owed * payments) / (_by_growth(-owed) * payments * self.interval_s)


def _by_growth(power: Array) -> Array:
    """x / (1 - exp(-x)): one at zero, with a slope of one half there."""
    safe = jnp.where(power == 0, 1.0, power)
    return jnp.where(power == 0, 1.0 + 0.5 * power, safe / -jnp.expm1(-safe))


class Ownership(eqx.Module):
    """What something costs to have and to run: capital by kind with its life, and running cost."""

    capital_usd: Float[Array, "asset"] = param("capital by kind", ge=0)
    life_s: Float[Array, "asset"] = param("time over which capital of a kind is paid back", gt=0)
    running_usd_per_s: Scalar = param("energy, people, repairs and all else that is paid as it is used", ge=0)

    def parts_usd_per_s(self, money: Money) -> Float[Array, "asset"]:
        """Capital by kind as a steady payment."""
        return self.capital_usd * money.recovery_per_s(self.life_s)

    def cost_usd_per_s(self, money: Money) -> Array:
        """All of it as a steady payment: what owning costs by time."""
        return jnp.sum(self.parts_usd_per_s(money)) + self.running_usd_per_s
