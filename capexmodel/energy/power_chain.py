"""The chain of power from a chip to the meter: server, IT, facility; at peak for what is built, on average for what is billed.

The two overheads of a facility are kept apart: at design peak it holds conversion losses and cooling on the hottest hour, over a year it
is the PUE that operators report. Mixing them is a quarter wrong. Leaves out: the hour of the year, and reactive power.

Source: Epoch AI, data insight of 18 December 2025 (the chain at peak); The Green Grid, white paper 49 (2012) (PUE is a ratio of energies).
"""

import equinox as eqx
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class PowerChain(eqx.Module):
    """Ratios of power from link to link, peaks over peaks, and what is drawn on average."""

    server_ratio: Scalar = param("server over chip power at peak", ge=1)
    it_ratio: Scalar = param("IT over server power at peak: network, storage, management", ge=1)
    facility_ratio: Scalar = param("facility over IT power at design peak", ge=1)
    delivered_share: Scalar = param("share of what is drawn that is left after losses before the facility's meter", gt=0, le=1)
    oversubscription_ratio: Scalar = param("power sold over power that is there, by loads that do not peak together", ge=1)
    load_share: Scalar = param("mean over peak power of IT while it works", gt=0, le=1)
    average_ratio: Scalar = param("facility over IT energy of a year: what operators report as PUE", ge=1)

    def it_w(self, chip_w: Float[Array, "*chip"]) -> Float[Array, "*chip"]:
        """Peak IT power of a chip with its share of server, network and storage."""
        return chip_w * self.server_ratio * self.it_ratio

    def capacity_w(self, chip_w: Float[Array, "*chip"]) -> Float[Array, "*chip"]:
        """Power to be had from the grid for a chip: peak at the meter, losses before it, less what loads do not draw together."""
        return self.it_w(chip_w) * self.facility_ratio / (self.delivered_share * self.oversubscription_ratio)

    def mean_w(self, chip_w: Float[Array, "*chip"]) -> Float[Array, "*chip"]:
        """What a chip draws on average while it works, losses included: what is billed."""
        return self.it_w(chip_w) * self.load_share * self.average_ratio / self.delivered_share

    @property
    def chip_share(self) -> Array:
        """Share of a chip in what its facility draws at peak."""
        return 1.0 / (self.server_ratio * self.it_ratio * self.facility_ratio)
