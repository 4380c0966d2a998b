"""What an investment is worth: cash by date to net present value, rate of return and payback.

Leaves out: uncertainty, financing, and the value of waiting. Times of cash may be any; values are smooth in all of them.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import optimistix
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar

_MOST_LOST = 0.99
_MOST_RATE = 10.0
"""Rates of return are looked for between losing the one and gaining the other."""
_TOLERANCE = 1e-13
_MOST_STEPS = 200


class Cash(eqx.Module):
    """Payments by date: what is spent is negative. Dates and rates share one interval: a year where rates are by year."""

    paid_usd: Float[Array, "payment"] = param("payments, what is spent being negative")
    at_s: Float[Array, "payment"] = param("dates of payments", dates=True)
    interval_s: Scalar = param("time over which a rate is meant", gt=0)

    def worth_usd(self, rate_share: Scalar) -> Array:
        """Net present value at a rate, for each interval, as a share."""
        return jnp.sum(self.paid_usd * jnp.exp(-jnp.log1p(rate_share) * self.at_s / self.interval_s))

    def return_share(self) -> Array:
        """The rate at which the whole is worth nothing; not a number where no rate in reach does that, or where payments change sign
        more than once in the reach, so that there may be several.

        Its slopes are those of the rate itself.
        """
        low, high = (self.worth_usd(jnp.asarray(rate)) for rate in (-_MOST_LOST, _MOST_RATE))
        bounds = {"lower": -_MOST_LOST, "upper": _MOST_RATE}
        solver = optimistix.Bisection(rtol=_TOLERANCE, atol=_TOLERANCE, flip="detect", expand_if_necessary=False)
        bracketed = low * high < 0

        def worth(rate: Array, cash: "Cash") -> Array:
            found = cash.worth_usd(rate)
            return jnp.where(bracketed, found, rate)

        found = optimistix.root_find(worth, solver, jnp.zeros(()), self, bounds, max_steps=_MOST_STEPS, throw=False).value
        return jnp.where(bracketed, found, jnp.nan)

    def payback_s(self) -> Array:
        """When payments so far first add up to nothing, each coming in evenly up to its date from the one before; infinite if never."""
        order = jnp.argsort(self.at_s)
        at, owed = self.at_s[order], -jnp.cumsum(self.paid_usd[order])
        step = jnp.argmax(owed <= 0)
        before = jnp.maximum(step - 1, 0)
        share = owed[before] / jnp.maximum(owed[before] - owed[step], jnp.finfo(owed.dtype).tiny)
        return jnp.where(jnp.any(owed <= 0), at[before] + share * (at[step] - at[before]), jnp.inf)


class Venture(eqx.Module):
    """Capital spent at once, which earns by intervals after a lead: sales as a share of capital, by how full it is; one margin, one tax.

    Capital is written off evenly over its life; a loss of one interval spares no tax of another. Leaves out: residual value.
    """

    capital_usd: Scalar = param("capital spent at the start", gt=0)
    lead_s: Scalar = param("time from spending to the first interval's cash", ge=0)
    interval_s: Scalar = param("time between two payments", gt=0)
    sales_ratio: Scalar = param("sales of an interval at full use over capital", ge=0)
    full_share: Float[Array, "interval"] = param("use of each interval as a share of full use", ge=0)
    margin_share: Scalar = param("share of sales left after running cost", le=1)
    tax_share: Scalar = param("share of profit after depreciation that is paid as tax", ge=0, lt=1)

    def cash(self) -> Cash:
        """Its payments: capital now, then what each interval leaves after tax."""
        count = self.full_share.size
        earned = self.capital_usd * self.sales_ratio * self.full_share * self.margin_share
        taxed = self.tax_share * jnp.maximum(earned - self.capital_usd / count, 0.0)
        at = self.lead_s + self.interval_s * jnp.asarray(np.arange(count), float)
        return Cash(jnp.append(-self.capital_usd, earned - taxed), jnp.append(0.0, at), self.interval_s)


def ladder(finish: Float[Array, "interval"], count: int) -> Float[Array, "{count}"]:
    """Use by interval: as told, then as the last one told."""
    return jnp.concatenate([finish, jnp.full(max(count - finish.size, 0), finish[-1])])[:count]
