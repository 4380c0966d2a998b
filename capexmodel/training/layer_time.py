"""Time of one layer's forward pass of one micro-batch on one chip: products, attention, element-wise work, routing.

Matrix products follow a roofline whose ceiling is a smooth curve of their sizes: small products, and products on faster chips, reach less
of the peak. Leaves out: the choice of kernels, sparsity, and overlap of products with element-wise work.

Source: Williams et al. 2009 (roofline); DeepSeek-AI 2024, arXiv 2405.04434 (latent attention); Korthikanti et al. 2022, arXiv 2205.05198
(element-wise work split by tensor and sequence parallelism).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from capexmodel.param import param
from capexmodel.training.chip import Chip, Reached
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.layout import Job
from capexmodel.training.smooth import larger
from capexmodel.training.transformer import Seen
from capexmodel.types import Scalar
from capexmodel.units import scale

_EFLOP = float(scale("flop"))


class Forward(eqx.Module):
    """Seconds of one forward pass through all layers of a stage, by what they are spent on."""

    products_s: Scalar = param("matrix products", ge=0)
    attention_s: Scalar = param("cores of attention", ge=0)
    memory_s: Scalar = param("element-wise work", ge=0)
    routing_s: Scalar = param("routing of tokens to experts", ge=0)

    @property
    def total_s(self) -> Array:
        """The whole pass."""
        return self.products_s + self.attention_s + self.memory_s + self.routing_s


def product_s(sizes: tuple[Scalar, Scalar, Scalar], reached: Reached, efficiency: Efficiency, rows_half_count: Scalar) -> Array:
    """Time of a matrix product of rows x inner by inner x columns: arithmetic at its share of the peak, or memory, the larger.

    The half sizes are those of an A100. Written without a division, so that its slope takes few operations too.
    Source: Williams et al. 2009; the curve is this project's, calibrated.
    """
    rows, columns, inner = sizes
    matrix = columns * inner
    small = rows_half_count * matrix + rows * (efficiency.columns_half_count * inner + efficiency.inner_half_count * columns)
    work = reached.multiplied_s * (rows * matrix + reached.faster_ratio * small)
    return larger(work, reached.moved_s * (rows * (inner + columns) + matrix))


def attention_products_s(job: Job, reached: Reached, efficiency: Efficiency) -> Array:
    """Time of the projections of one layer's attention: plain and grouped; where it is latent keys go through a rank, queries as well if
    they have one."""
    shape, tensor, rows = job.shape, job.layout.tensor_count, job.positions_count
    hidden, wide = shape.hidden_count, shape.heads_count * shape.head_count

    def product(columns: Scalar, inner: Scalar) -> Array:
        return product_s((rows, columns, inner), reached, efficiency, efficiency.rows_half_count)

    query, rank = shape.heads_count * shape.scored_count / tensor, shape.query_rank_count
    queries = jnp.where(rank > 0, product(rank, hidden) + product(query, rank), product(query, hidden))
    keys = product(shape.latent_count + shape.rotated_count, hidden) + product(2.0 * wide / tensor, shape.latent_count)
    plain = product((wide + 2.0 * shape.kv_heads_count * shape.head_count) / tensor, hidden)
    return jnp.where(shape.latent_count > 0, queries + keys, plain) + product(hidden, wide / tensor)


def feed_forward_s(job: Job, inner_count: Scalar, reached: Reached, efficiency: Efficiency) -> Array:
    """Time of a feed-forward block that every token meets; none where its width is none."""
    shape, rows = job.shape, job.positions_count
    width = inner_count / job.layout.tensor_count
    into = product_s((rows, (shape.ffn_matrices_count - 1.0) * width, shape.hidden_count), reached, efficiency, efficiency.rows_half_count)
    out = product_s((rows, shape.hidden_count, width), reached, efficiency, efficiency.rows_half_count)
    return jnp.where(inner_count > 0, into + out, 0.0)


def routed_count(job: Job, efficiency: Efficiency) -> Array:
    """Tokens that the experts of one chip work on, each as often as it is routed there; the busiest chip's."""
    return job.positions_count * job.shape.chosen_count / job.layout.tensor_count * efficiency.imbalance_factor


def experts_s(job: Job, reached: Reached, efficiency: Efficiency) -> tuple[Array, Array]:
    """Times of one layer's experts: their products, and routing (starting each, moving tokens about), which releases make faster."""
    shape = job.shape
    routes = shape.experts_count > 0
    held = jnp.where(routes, shape.experts_count, 1.0) / job.layout.expert_count
    routed = jnp.where(routes, routed_count(job, efficiency), 1.0)
    rows, width = routed / held, jnp.where(routes, shape.expert_ffn_count, 1.0)
    into = ((rows, (shape.ffn_matrices_count - 1.0) * width, shape.hidden_count), reached, efficiency, efficiency.expert_rows_half_count)
    out = ((rows, shape.hidden_count, width), reached, efficiency, efficiency.expert_rows_half_count)
    moved = efficiency.permute_factor * reached.moved_s * routed * shape.hidden_count
    routing = (efficiency.launch_s * (1.0 + held) + moved) * jnp.exp(-efficiency.progress_ratio * job.release_years)
    return jnp.where(routes, held * (product_s(*into) + product_s(*out)), 0.0), jnp.where(routes, routing, 0.0)


def attention_core_s(job: Job, chip: Chip, efficiency: Efficiency) -> Array:
    """Time of the core of one layer's attention; windows cost more than what they see."""
    shape = job.shape
    seen = shape.seen_count(job.sequence_count, Seen.BEFORE)
    full = (1.0 - shape.windowed_share) * 0.5 * job.sequence_count
    seen = full + (seen - full) * efficiency.window_factor
    work = 2.0 * _EFLOP * job.positions_count * seen * shape.heads_count * (shape.scored_count + shape.head_count)
    return work / job.layout.tensor_count / (chip.attention_eflops * efficiency.attention_share)


def element_wise_s(job: Job, reached: Reached, efficiency: Efficiency) -> Array:
    """Time of one layer's element-wise work: norms, activations, residuals, and turning inputs of products into few bits."""
    shape, tensor = job.shape, job.layout.tensor_count
    split = job.layout.sequence_share + (1.0 - job.layout.sequence_share) * efficiency.unsplit_share
    stream = efficiency.passes_factor * job.positions_count * shape.hidden_count / (1.0 + (tensor - 1.0) * split)
    by_number = job.eight_bit_share * efficiency.eight_bit_factor + job.four_bit_share * efficiency.four_bit_factor
    inner = jnp.where(shape.experts_count > 0, shape.chosen_count * shape.expert_ffn_count, shape.ffn_count)
    heads = (shape.heads_count + shape.kv_heads_count) * shape.scored_count
    inputs = job.positions_count * (2.0 * shape.hidden_count + (heads + inner) / tensor)
    return reached.moved_s * (stream + 0.5 * by_number * inputs) + efficiency.layer_launch_s


def forward(job: Job, chip: Chip, reached: Reached, efficiency: Efficiency) -> Forward:
    """Time of one micro-batch's forward pass through the layers of one stage, without exchange between chips."""
    shape, stages = job.shape, job.layout.pipeline_count
    expert_layers = shape.expert_layers_count / stages
    layers = shape.layers_count / stages
    experts, routing = experts_s(job, reached, efficiency)
    experts = experts + feed_forward_s(job, shape.shared_ffn_count, reached, efficiency)
    dense = feed_forward_s(job, shape.ffn_count, reached, efficiency)
    products = layers * attention_products_s(job, reached, efficiency) + (layers - expert_layers) * dense + expert_layers * experts
    return Forward(
        products,
        layers * attention_core_s(job, chip, efficiency),
        layers * element_wise_s(job, reached, efficiency),
        expert_layers * routing,
    )
