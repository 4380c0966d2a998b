"""Amortized cost of a training run: what its chip-hours use up of servers and network, and the energy they draw.

The value of a server falls exponentially with time, as later chips do the same for less; a run pays for the fall while it has the
server. Leaves out: cost of money, idle time, failed runs, experiments, people, and the building. Smooth in every number.

Source: Cottier, Rahman, Fattorini, Maslej and Owen 2024, The rising costs of training frontier AI models, arXiv 2405.21015, section 2 and
appendix A.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Spent(eqx.Module):
    """What runs used up."""

    servers_usd: Float[Array, "run"] = param("share of the servers' value that was used up", ge=0)
    network_usd: Float[Array, "run"] = param("share of the network's value that was used up", ge=0)
    energy_usd: Float[Array, "run"] = param("energy drawn at the meter", ge=0)

    @property
    def total_usd(self) -> Float[Array, "run"]:
        """All of it."""
        return self.servers_usd + self.network_usd + self.energy_usd


class Amortization(eqx.Module):
    """How capital is charged to a run."""

    decline_per_s: Scalar = param("rate at which the value of a server falls, as a power of e", gt=0)
    network_share: Scalar = param("share of the network in servers and network together", ge=0, lt=1)

    def value_usd(self, value_usd: Float[Array, "*run"], age_s: Float[Array, "*run"]) -> Float[Array, "*run"]:
        """Value of a server some time after it was priced. Source: arXiv 2405.21015, equation 2."""
        return value_usd * jnp.exp(-self.decline_per_s * age_s)

    def spent(
        self,
        chip_time_s: Float[Array, "run"],
        server_value_usd: Float[Array, "run"],
        power_w: Float[Array, "run"],
        energy_price_usd_per_j: Float[Array, "run"],
    ) -> Spent:
        """What a run used up: of servers worth so much by chip at its start, of their network, and energy at a mean power at the meter.

        Source: arXiv 2405.21015, equations 1 and 3: short runs, so that the fall of value is its slope at the start.
        """
        servers_usd = chip_time_s * server_value_usd * self.decline_per_s
        network_usd = servers_usd * self.network_share / (1.0 - self.network_share)
        return Spent(servers_usd, network_usd, chip_time_s * power_w * energy_price_usd_per_j)


def chip_time_s(
    work_eflop: Float[Array, "*run"], peak_eflops: Float[Array, "*run"], utilization: Float[Array, "*#run"]
) -> Float[Array, "*run"]:
    """Time of all chips together that so much work takes. Source: arXiv 2405.21015, appendix A.2."""
    return work_eflop / (peak_eflops * utilization)
