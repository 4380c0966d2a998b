"""What part of a data sheet real software reaches: the unknowns of the step time, calibrated on published runs.

Each is a number between physical bounds with a prior (`configs/training/priors.toml`) and, after calibration, a posterior. Those of a chip,
a precision or a family of software are looked up before a step is timed, so that a step sees numbers alone.
"""

import equinox as eqx

from capexmodel.param import param
from capexmodel.types import Scalar


class Efficiency(eqx.Module):
    """The unknowns of a step time. A share is of what the data sheet has; an overlap is the share of time that hides behind work."""

    product_share: Scalar = param("most of the peak that large matrix products reach", gt=0, lt=1)
    attention_share: Scalar = param("share of the 16-bit peak that the core of attention reaches", gt=0, lt=1)
    rows_half_count: Scalar = param("rows at which a product of an A100 reaches half of its most", gt=0)
    columns_half_count: Scalar = param("columns at which it does", gt=0)
    inner_half_count: Scalar = param("inner width at which it does", gt=0)
    expert_rows_half_count: Scalar = param("rows at which one of many products in a batch of experts does", gt=0)
    memory_share: Scalar = param("share of the memory bandwidth reached", gt=0, lt=1)
    scaleup_share: Scalar = param("share of the scale-up bandwidth reached", gt=0, lt=1)
    scaleout_share: Scalar = param("share of the scale-out bandwidth reached", gt=0, lt=1)
    passes_factor: Scalar = param("times a layer's element-wise work moves its stream through memory, a factor", gt=0)
    eight_bit_factor: Scalar = param("bytes moved by number to turn inputs into 8 bits, a factor", gt=0)
    four_bit_factor: Scalar = param("bytes moved by number to turn inputs into 4 bits, a factor", gt=0)
    tensor_overlap_share: Scalar = param("share of tensor-parallel exchange behind work", gt=0, lt=1)
    expert_overlap_share: Scalar = param("share of the exchange between experts behind work", gt=0, lt=1)
    context_overlap_share: Scalar = param("share of the exchange of keys and values behind work", gt=0, lt=1)
    pipeline_overlap_share: Scalar = param("share of the exchange between stages behind work", gt=0, lt=1)
    data_overlap_share: Scalar = param("share of a step's work behind which the exchange of gradients and parameters hides", gt=0, lt=1)
    bubble_factor: Scalar = param("idle time of a pipeline over its ideal bubble, a factor", gt=0)
    straggler_ratio: Scalar = param("time lost at each doubling of chips beyond eight, over the step", gt=0)
    optimizer_factor: Scalar = param("bytes moved by parameter in an update, a factor", gt=0)
    launch_s: Scalar = param("time to start the work of one expert and its routing", gt=0)
    layer_launch_s: Scalar = param("time to start the work of a layer", gt=0)
    permute_factor: Scalar = param("times routed tokens move through memory, a factor", gt=0)
    progress_ratio: Scalar = param("ratio by which routing gets faster in a year of releases, as a power of e", gt=0)
    imbalance_factor: Scalar = param("tokens of the busiest expert over the mean, a factor", gt=0)
    partial_share: Scalar = param("share of layers computed again where the publisher says 'some'", gt=0, lt=1)
    head_factor: Scalar = param("time of the output table over what its products take, a factor", gt=0)
    window_factor: Scalar = param("time of windowed attention over what its window takes, a factor", gt=0)
    unsplit_share: Scalar = param("share of element-wise work that tensor groups split without sequence parallelism", gt=0, lt=1)
    unhidden_share: Scalar = param("share of the exchange of copies that never hides behind work", gt=0, lt=1)
