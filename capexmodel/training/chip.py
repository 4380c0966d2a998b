"""What of a chip and its place decides how fast it trains: arithmetic, memory, and the links of two tiers.

Figures are those of data sheets; what part of them a run reaches stands in `Efficiency`. Leaves out: clocks that fall under load, and
topologies within a scale-up domain (rings, tori, switches count by their bandwidth for each chip alone).
"""

import equinox as eqx
import jax.numpy as jnp

from capexmodel.param import param
from capexmodel.training.efficiency import Efficiency
from capexmodel.types import Scalar
from capexmodel.units import scale


class Chip(eqx.Module):
    """One chip as its data sheet has it, at the precision of a job."""

    peak_eflops: Scalar = param("dense peak of matrix products at the precision of the job", gt=0)
    attention_eflops: Scalar = param("dense peak in 16 bits, in which attention is computed whatever the precision of the rest", gt=0)
    memory_gb: Scalar = param("memory at the chip", gt=0)
    memory_gb_per_s: Scalar = param("bandwidth of that memory", gt=0)
    scaleup_gb_per_s: Scalar = param("bandwidth into the scale-up domain, in one direction", gt=0)
    scaleout_gb_per_s: Scalar = param("bandwidth out of that domain, in one direction", gt=0)
    domain_count: Scalar = param("chips that reach each other at scale-up speed", gt=0)


class Reached(eqx.Module):
    """What software makes of a chip: time for one of each thing that a layer asks for, worked out once a step."""

    multiplied_s: Scalar = param("one multiplication and addition of a large product", gt=0)
    moved_s: Scalar = param("one number of two bytes through memory", gt=0)
    faster_ratio: Scalar = param("sizes at which products reach half of their most, over those of an A100", gt=0)
    within_s: Scalar = param("one gigabyte in or out of a chip within its scale-up domain", gt=0)
    beyond_s: Scalar = param("one gigabyte in or out of a chip beyond that domain", gt=0)
    domain_count: Scalar = param("chips that reach each other at scale-up speed", gt=0)

    @classmethod
    def of(cls, chip: Chip, efficiency: Efficiency) -> "Reached":
        """From a data sheet and what part of it software reaches.

        Source: a faster chip needs larger products, with the root of its peak: this project's, calibrated; 312 TFLOP/s is the A100's sheet.
        """
        multiplied = 2.0 * float(scale("flop")) / (chip.peak_eflops * efficiency.product_share)
        moved = moved_gb(jnp.ones(())) / (chip.memory_gb_per_s * efficiency.memory_share)
        within = 1.0 / (chip.scaleup_gb_per_s * efficiency.scaleup_share)
        beyond = 1.0 / (chip.scaleout_gb_per_s * efficiency.scaleout_share)
        return cls(multiplied, moved, jnp.sqrt(chip.peak_eflops / 312e-6), within, beyond, chip.domain_count)


def moved_gb(numbers_count: Scalar, bytes_each: float = 2.0) -> Scalar:
    """Data of so many numbers, of two bytes each unless said otherwise. Source: SI, a gigabyte is 1e9 bytes."""
    return numbers_count * bytes_each * 1e-9
