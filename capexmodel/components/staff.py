"""Research staff: people, their cost, and how fast a team can grow."""

import equinox as eqx
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Staff(eqx.Module):
    """The research team. Heads grow by hiring and acquisitions and shrink by attrition; pay is operating cost, never capex.

    Leaves out: ramp-up time of a new hire, seniority.
    """

    headcount_count: Scalar = param("heads at the as-of date", gt=0)
    floor_count: Scalar = param("fewest heads the plan may have", ge=0)
    hiring_per_s: Scalar = param("most hires per time, as a share of the heads at the as-of date", ge=0)
    attrition_per_s: Scalar = param("leavers per time, as a share of heads", ge=0)
    pay_usd_per_s: Scalar = param("all-in cost of one head, per time", ge=0)


class Acquisition(eqx.Module):
    """Companies that can be bought, whole or not at all. Neither capex nor pay: an account of its own.

    The heads that stay join evenly over the integration time after closing, times the probability that the deal is kept.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    price_usd: Float[Array, "deal"] = param("price of the whole company", ge=0)
    heads_count: Float[Array, "deal"] = param("people who come with it", ge=0)
    retention: Float[Array, "deal"] = param("share of them who stay", ge=0, le=1)
    clearance: Float[Array, "deal"] = param("probability that the deal is allowed to stand", ge=0, le=1)
    close_s: Float[Array, "deal"] = param("closing date", dates=True)
    integration_s: Float[Array, "deal"] = param("time over which its people join the research", gt=0)
