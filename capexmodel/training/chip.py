"""What of a chip and its place decides how fast it trains: arithmetic, memory, and the links of two tiers.

Figures are those of data sheets; what part of them a run reaches stands in `Efficiency`. Leaves out: clocks that fall under load, and
topologies within a scale-up domain (rings, tori, switches count by their bandwidth for each chip alone).
"""

import equinox as eqx

from capexmodel.param import param
from capexmodel.types import Scalar


class Chip(eqx.Module):
    """One chip as its data sheet has it, at the precision of a job."""

    peak_eflops: Scalar = param("dense peak of matrix products at the precision of the job", gt=0)
    attention_eflops: Scalar = param("dense peak in 16 bits, in which attention is computed whatever the precision of the rest", gt=0)
    memory_gb: Scalar = param("memory at the chip", gt=0)
    memory_gb_per_s: Scalar = param("bandwidth of that memory", gt=0)
    scaleup_gb_per_s: Scalar = param("bandwidth into the scale-up domain, in one direction", gt=0)
    scaleout_gb_per_s: Scalar = param("bandwidth out of that domain, in one direction", gt=0)
    domain_count: Scalar = param("chips that reach each other at scale-up speed", gt=0)


def moved_gb(numbers_count: Scalar, bytes_each: float = 2.0) -> Scalar:
    """Data of so many numbers, of two bytes each unless said otherwise. Source: SI, a gigabyte is 1e9 bytes."""
    return numbers_count * bytes_each * 1e-9
