"""Transformers for tests, from whole numbers, with nothing where nothing is said but gated feed-forward blocks."""

import dataclasses

import jax.numpy as jnp

from capexmodel.param import params
from capexmodel.training.transformer import Transformer


def shaped(**counts: float) -> Transformer:
    """A shape by the short names of its fields: `layers` for `layers_count`."""
    numbers = {"ffn_matrices_count": 3.0} | {f"{name}_count": count for name, count in counts.items()}
    defaults = {name: declared.default for name, declared in params(Transformer).items()}
    fields = [field.name for field in dataclasses.fields(Transformer)]
    return Transformer(**{name: jnp.asarray(float((defaults | numbers)[name])) for name in fields})
