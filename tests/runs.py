"""Jobs, chips and what software reaches of them, for tests: a plain decoder on a node of an imagined chip."""

import dataclasses
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from capexmodel.config.training import prior
from capexmodel.param import params
from capexmodel.training.calibration import FIELDS, from_scale
from capexmodel.training.chip import Chip
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.layout import Job, Layout
from tests.shapes import shaped


def chip(**changes: float) -> Chip:
    """A chip of 1 PFLOP/s with 80 GB at 3 TB/s, eight of them in a domain."""
    sheet = {
        "peak_eflops": 1e-3, "attention_eflops": 1e-3, "memory_gb": 80.0, "memory_gb_per_s": 3000.0,
        "scaleup_gb_per_s": 450.0, "scaleout_gb_per_s": 50.0, "domain_count": 8.0,
    }  # fmt: skip
    return Chip(**{name: jnp.asarray(value) for name, value in (sheet | changes).items()})


def layout(**changes: float) -> Layout:
    """A layout on one chip but for the changes, by the short names of its fields."""
    defaults = {name: declared.default for name, declared in params(Layout).items()}
    numbers = defaults | {(name if name.endswith("_share") else f"{name}_count"): value for name, value in changes.items()}
    return Layout(**{name: jnp.asarray(float(value)) for name, value in numbers.items() if value is not None})


def job(experts: bool = False, batch: float = 64.0, sequence: float = 4096.0, shape: Any = None, **cut: float) -> Job:
    """A step of a decoder of 8 layers, dense or with 16 experts of which two are chosen, cut as said."""
    routed = {"experts": 16, "chosen": 2, "expert_ffn": 4096, "shared_ffn": 1024, "dense_layers": 1} if experts else {}
    plain = shaped(layers=8, hidden=4096, heads=32, kv_heads=8, head=128, ffn=14336, vocabulary=32000, **routed)
    spread = layout(**cut)
    numbers = (sequence, batch, float(spread.chips_count), 0.0, 0.0, 0.0)
    return Job(plain if shape is None else shape, spread, *(jnp.asarray(float(number)) for number in numbers))


def efficiency(**changes: float) -> Efficiency:
    """What is believed before calibration, but for the changes."""
    center = prior().center
    believed = Efficiency(*(from_scale(name, getattr(center, name)) for name in FIELDS))
    return dataclasses.replace(believed, **{name: jnp.asarray(value) for name, value in changes.items()})


def perfect(**changes: float) -> Efficiency:
    """Software that reaches all of a chip and loses nothing between: what is left is arithmetic."""
    nothing = dict.fromkeys(FIELDS, 1e-12)
    whole = {name: 1.0 - 1e-12 for name in FIELDS if name.endswith("_share")} | {"bubble_factor": 1.0, "imbalance_factor": 1.0}
    whole |= {"head_factor": 1.0, "window_factor": 1.0, "unhidden_share": 1e-12, "partial_share": 1e-12}
    return Efficiency(**{name: jnp.asarray(value) for name, value in (nothing | whole | changes).items()})


def changed(module: Any, **changes: float) -> Any:
    """A module with some of its numbers replaced."""
    return eqx.tree_at(
        lambda part: [getattr(part, name) for name in changes], module, [jnp.asarray(float(value)) for value in changes.values()]
    )
