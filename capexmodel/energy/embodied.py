"""Carbon that a part left in the air before it was switched on: silicon by area, memory and storage by capacity, packages by number.

Leaves out: boards, passive parts, assembly, transport, halls, and the end of a part's life.

Source: Gupta et al. 2022, ACT: designing sustainable computer systems with an architectural carbon modeling tool, ISCA 2022, section 3;
its second version (2025) adds carbon per package.
"""

import equinox as eqx
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Fab(eqx.Module):
    """A process of making logic, and the electricity it is made with."""

    energy_j_per_m2: Scalar = param("electricity for an area of wafer", ge=0)
    gas_kg_per_m2: Scalar = param("carbon of process gases that are not abated, for an area", ge=0)
    material_kg_per_m2: Scalar = param("carbon of raw materials for an area", ge=0)
    electricity_kg_per_j: Scalar = param("carbon of the electricity of the fab", ge=0)
    yield_share: Scalar = param("share of dies that work", gt=0, le=1)

    def die_kg(self, area_m2: Float[Array, "*part"]) -> Float[Array, "*part"]:
        """Carbon of dies that work, by area. Source: ACT, equations 4 and 5."""
        wafer = self.electricity_kg_per_j * self.energy_j_per_m2 + self.gas_kg_per_m2 + self.material_kg_per_m2
        return area_m2 * wafer / self.yield_share


class Parts(eqx.Module):
    """What a device is made of: logic by area, memory and storage by capacity, and how many packages hold it."""

    area_m2: Scalar = param("area of logic", ge=0)
    memory_gb: Float[Array, "memory"] = param("capacity of memory and storage by kind", ge=0)
    packages_count: Scalar = param("packages that hold its dies", ge=0)

    def embodied_kg(self, fab: Fab, memory_kg_per_gb: Float[Array, "memory"], package_kg: Scalar) -> Array:
        """Carbon of the whole; memory yields what logic yields. Source: ACT, equations 3 to 8."""
        memory = (self.memory_gb * memory_kg_per_gb).sum() / fab.yield_share
        return fab.die_kg(self.area_m2) + memory + self.packages_count * package_kg
