"""The fleet that stands because of what was spent: capital expenditure by spell -> chips bought -> chips in service.

Leaves out what was bought before the first spell, chips of the company's own making, rented chips, and a part of spending that moves within
a spell. Understates what is delivered early by vendors that are paid late.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.finance.vintage import Vintage
from capexmodel.model import timing
from capexmodel.param import param
from capexmodel.types import Scalar


class Past(eqx.Module):
    """What was spent by spell, what part of it bought accelerators of which vintage at what price, and when these came and go."""

    vintage: Vintage
    spent_usd: Float[Array, "spell"] = param("capital expenditure of a spell, principal of finance leases included", ge=0)
    spell_s: Float[Array, "edge"] = param("dates between which the spells lie", dates=True)
    server_share: Scalar = param("share of servers and network in capital expenditure", gt=0, lt=1)
    early_ai_share: Scalar = param("share of accelerators with system and network in servers, at the start of the first spell", gt=0, lt=1)
    late_ai_share: Scalar = param("the same share at the end of the last spell", gt=0, lt=1)
    mix_share: Float[Array, "spell vintage"] = param("share of a vintage in what is paid for accelerators in a spell", ge=0, le=1)
    port_usd: Scalar = param("network for one chip", ge=0)
    install_s: Scalar = param("time from purchase to service", gt=0)
    install_spread: Scalar = param("half-width of that time as a share of it", gt=0, le=1)
    life_s: Scalar = param("time in service", gt=0)
    life_spread: Scalar = param("half-width of that time as a share of it", gt=0, le=1)
    peak_ratio: Float[Array, "vintage"] = param("peak of a chip over that of the chip in which fleets are counted, a ratio", gt=0)
    it_power_w: Float[Array, "vintage"] = param("peak IT power of one chip with its share of host and network", gt=0)
    chip_w: Float[Array, "vintage"] = param("rated power of one chip", gt=0)

    @property
    def middle_s(self) -> Float[Array, "spell"]:
        """The middle of each spell: the day of its prices."""
        return 0.5 * (self.spell_s[1:] + self.spell_s[:-1])

    def ai_share(self) -> Float[Array, "spell"]:
        """Share of accelerators with system and network in servers: a straight line in the log-odds between both ends."""
        ends = jnp.log(jnp.stack([self.early_ai_share, self.late_ai_share]))
        ends = ends - jnp.log1p(-jnp.stack([self.early_ai_share, self.late_ai_share]))
        way = (self.middle_s - self.spell_s[0]) / (self.spell_s[-1] - self.spell_s[0])
        return jax.nn.sigmoid(ends[0] + way * (ends[1] - ends[0]))

    def paid_usd(self) -> Float[Array, "spell vintage"]:
        """What is paid for each vintage, with its systems and network."""
        return (self.spent_usd * self.server_share * self.ai_share())[:, None] * self.mix_share

    def bought_count(self) -> Float[Array, "spell vintage"]:
        """Chips bought in each spell, at the price of its middle."""
        once = jnp.ones_like(self.peak_ratio)
        prices = jax.vmap(lambda day: self.vintage.system_usd(day * once, once, once))(self.middle_s)
        return self.paid_usd() / (prices + self.port_usd)

    def in_service_count(self, at_s: Float[Array, "time"]) -> Float[Array, "time vintage"]:
        """Chips in service at some times: those that have come, less those that have gone.

        A chip goes a life after the middle of its lead. Source: the double integrals of `timing.arrived`.
        """
        lead, life, early, wide = self.install_s, self.life_s, self.install_spread, self.life_spread
        come = timing.arrived(at_s, self.spell_s, lead * (1.0 - early), lead * (1.0 + early))
        gone = timing.arrived(at_s, self.spell_s, lead + life * (1.0 - wide), lead + life * (1.0 + wide))
        return (come - gone) @ self.bought_count()
