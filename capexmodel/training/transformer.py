"""What a transformer is, counted: parameters, and work by token, in whichever convention a publisher counts it.

Covers dense and mixture-of-experts layers, plain and gated feed-forward blocks, multi-head, grouped, multi-query and latent attention.
Every count is a number that may be differentiated and batched. Leaves out: norms and biases (below a thousandth of the parameters),
element-wise work (below a hundredth of the work), and layers that are not attention (state spaces, convolutions).

Source: Vaswani et al. 2017 (the layer); Kaplan et al. 2020, table 1 (work by token); DeepSeek-AI, DeepSeek-V2, arXiv 2405.04434,
section 2.1 (latent attention).
"""

import enum
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.param import param
from capexmodel.types import Scalar


class Recompute(enum.Enum):
    """What the backward pass computes again instead of keeping: nothing, the core of attention, every layer."""

    NONE = "none"
    SELECTIVE = "selective"
    FULL = "full"


class Seen(enum.Enum):
    """Which positions attention is counted as seeing: all of the sequence, those before, or none (it is not counted). The value is their
    share."""

    ALL = 1.0
    BEFORE = 0.5
    NONE = 0.0


class Convention(NamedTuple):
    """How a publisher counts the work of a token: which positions attention sees, whether recomputation counts (hardware utilization, HFU)
    or not (model utilization, MFU), and whether only parameters count, six FLOP each."""

    seen: Seen = Seen.ALL
    recompute: Recompute = Recompute.NONE
    parameters_only: bool = False


CAUSAL = Convention(Seen.BEFORE)
"""Model FLOP, each position seeing those before it: Megatron-Bridge, Llama 3."""
FULL_ATTENTION = Convention()
"""Model FLOP, each position counted as seeing all: PaLM, llm-foundry, MaxText, Megatron-LM since selective recomputation."""
MEGATRON_2021 = Convention(recompute=Recompute.FULL)
"""Hardware FLOP of a run that recomputes every layer, each position counted as seeing all: Megatron-LM 2021, equation 3."""
SIX_N = Convention(parameters_only=True)
"""Six FLOP for each parameter that a token meets: scaling laws."""


class Transformer(eqx.Module):
    """The shape of a decoder, each number standing for a count of rows, columns, heads or layers; experts of nothing make it dense."""

    layers_count: Scalar = param("layers of the decoder", gt=0)
    hidden_count: Scalar = param("width of the residual stream", gt=0)
    heads_count: Scalar = param("query heads of a layer", gt=0)
    kv_heads_count: Scalar = param("key and value heads of a layer: as many as query heads, fewer (grouped), or one (multi-query)", gt=0)
    head_count: Scalar = param("width of a head, without the part that carries the position where attention is latent", gt=0)
    ffn_count: Scalar = param("inner width of the feed-forward block of a dense layer", ge=0)
    ffn_matrices_count: Scalar = param("matrices of a feed-forward block: 2 plain, 3 gated", gt=0)
    vocabulary_count: Scalar = param("tokens there are", gt=0)
    embeddings_count: Scalar = param("tables between tokens and the stream: 2, or 1 where input and output share it", gt=0, default=2.0)
    positions_count: Scalar = param("positions with a learned embedding of their own: none where they are rotated", ge=0, default=0.0)
    experts_count: Scalar = param("experts of a layer among which tokens are routed: none in a dense model", ge=0, default=0.0)
    chosen_count: Scalar = param("experts that a token is routed to", ge=0, default=0.0)
    expert_ffn_count: Scalar = param("inner width of an expert", ge=0, default=0.0)
    shared_ffn_count: Scalar = param("inner width of the experts that every token meets, together", ge=0, default=0.0)
    dense_layers_count: Scalar = param("layers without experts in a model that has some", ge=0, default=0.0)
    query_rank_count: Scalar = param("rank that queries pass through where attention is latent: none, they do not", ge=0, default=0.0)
    latent_count: Scalar = param("rank that keys and values pass through where attention is latent: none, it is not", ge=0, default=0.0)
    rotated_count: Scalar = param("width of the part of a head that carries the position where attention is latent", ge=0, default=0.0)
    window_count: Scalar = param("positions back that a layer of windowed attention sees", ge=0, default=0.0)
    windowed_share: Scalar = param("share of layers whose attention is windowed", ge=0, le=1, default=0.0)

    @property
    def expert_layers_count(self) -> Array:
        """Layers with experts."""
        return jnp.where(self.experts_count > 0, self.layers_count - self.dense_layers_count, 0.0)

    @property
    def attention_parameters_count(self) -> Array:
        """Parameters of one layer's attention. Source: DeepSeek-V2, equations 9 to 19, for the latent one."""
        wide = self.heads_count * self.head_count
        plain = 2.0 * self.hidden_count * (wide + self.kv_heads_count * self.head_count)
        query = self.heads_count * self.scored_count
        squeezed = self.query_rank_count * (self.hidden_count + query)
        queries = jnp.where(self.query_rank_count > 0, squeezed, self.hidden_count * query)
        keys = self.hidden_count * (self.latent_count + self.rotated_count) + self.latent_count * 2.0 * wide
        return jnp.where(self.latent_count > 0, queries + keys + wide * self.hidden_count, plain)

    def _feed_forward_parameters_count(self, experts_count: Array) -> Array:
        """Parameters of all feed-forward blocks, of so many experts in each layer that has any; routers included."""
        by_width = self.ffn_matrices_count * self.hidden_count
        dense = (self.layers_count - self.expert_layers_count) * by_width * self.ffn_count
        routed = by_width * (experts_count * self.expert_ffn_count + self.shared_ffn_count)
        return dense + self.expert_layers_count * (routed + self.hidden_count * self.experts_count)

    @property
    def embedding_parameters_count(self) -> Array:
        """Parameters of the tables between tokens, positions and the stream."""
        return self.hidden_count * (self.embeddings_count * self.vocabulary_count + self.positions_count)

    @property
    def parameters_count(self) -> Array:
        """All parameters."""
        inner = self.layers_count * self.attention_parameters_count + self._feed_forward_parameters_count(self.experts_count)
        return inner + self.embedding_parameters_count

    @property
    def multiplied_parameters_count(self) -> Array:
        """Parameters that a token is multiplied with: those of its layers and experts and the output table, not what is looked up."""
        inner = self.layers_count * self.attention_parameters_count + self._feed_forward_parameters_count(self.chosen_count)
        return inner + self.hidden_count * self.vocabulary_count

    @property
    def active_parameters_count(self) -> Array:
        """Parameters that a token meets, as publishers of mixtures of experts count them: tables included, experts not chosen left out."""
        spared = self.expert_layers_count * self.ffn_matrices_count * self.hidden_count * self.expert_ffn_count
        return self.parameters_count - spared * (self.experts_count - self.chosen_count)

    def seen_count(self, sequence_count: Float[Array, ""] | float, seen: Seen) -> Array:
        """Positions that a token sees on average: windows narrow what is seen, where only positions before count."""
        whole = jnp.asarray(sequence_count * seen.value)
        if seen is not Seen.BEFORE:
            return whole
        window = jnp.minimum(self.window_count, sequence_count)
        return whole + self.windowed_share * (window * (1.0 - 0.5 * window / sequence_count) - whole)

    @property
    def scored_count(self) -> Array:
        """Numbers by head that queries and keys are compared in."""
        return self.head_count + jnp.where(self.latent_count > 0, self.rotated_count, 0.0)

    def attention_flop(self, sequence_count: Float[Array, ""] | float, seen: Seen) -> Array:
        """Forward work of the cores of attention (scores and weighted values) by token.

        Source: Kaplan et al. 2020, table 1 ("Attention: Mask"), there with scores alone.
        """
        widths = self.heads_count * (self.scored_count + self.head_count)
        return 2.0 * self.layers_count * self.seen_count(sequence_count, seen) * widths

    def training_flop(self, sequence_count: Float[Array, ""] | float, convention: Convention = CAUSAL) -> Array:
        """Work by token of a training step: forward, twice that backward, and what is computed again where that counts.

        Source: Kaplan et al. 2020, section 2.1 (6 N); Narayanan et al. 2021, appendix (recomputation is one more forward pass of the
        layers); Korthikanti et al. 2022, section 4 (selective recomputation is one more of the core of attention).
        """
        if convention.parameters_only:
            return 6.0 * self.active_parameters_count
        attention, head = self.attention_flop(sequence_count, convention.seen), self.hidden_count * self.vocabulary_count
        layers = 2.0 * (self.multiplied_parameters_count - head)
        again = {Recompute.NONE: 0.0, Recompute.SELECTIVE: attention, Recompute.FULL: layers + attention}[convention.recompute]
        return 3.0 * (layers + attention + 2.0 * head) + again


def converted(
    utilization: Float[Array, ""] | float,
    shape: Transformer,
    sequence_count: Float[Array, ""] | float,
    published: Convention,
    wanted: Convention = CAUSAL,
) -> Array:
    """A utilization, or FLOP/s by chip, counted by one convention, as another counts it: tokens by second stay what they are."""
    return utilization * shape.training_flop(sequence_count, wanted) / shape.training_flop(sequence_count, published)
