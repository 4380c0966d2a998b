"""What is known of chips, models and software by name, and what is believed of what software reaches: the files of `configs/training`."""

import dataclasses
import functools
import re
from typing import Any

import jax.numpy as jnp

from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_toml
from capexmodel.param import params
from capexmodel.training.calibration import FIELDS, Prior, Spreads, to_scale
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.kriging import Miss
from capexmodel.training.traits import NAMES
from capexmodel.training.transformer import Transformer
from capexmodel.units import scale

WIDTHS = {"bf16": 16, "fp16": 16, "fp8": 8, "mxfp8": 8, "nvfp4": 4, "mxfp4": 4}
"""Bits of a number in the precisions that publishers name."""
GROUPINGS = ("family", "model", "chip", "model_chip", "family_chip", "all")
_NINETY = 1.6448536269514722
"""Standard deviations from the median within which nine values of ten lie."""
_FIRST_YEAR = 2025


@dataclasses.dataclass(frozen=True)
class ChipSheet:
    """A chip's data sheet: peaks by bits of a number (those it computes in), memory and links."""

    name: str
    peak_eflops: dict[int, float]
    sheet: dict[str, float]


@dataclasses.dataclass(frozen=True)
class Family:
    """A family of software: the words that name it, and whether one pass takes the whole batch of a copy."""

    name: str
    words: tuple[str, ...]
    whole_batch: bool


@functools.cache
def _tree(name: str) -> dict[str, Any]:
    return read_toml(configs_dir() / "training" / name, f"training/{name}")


@functools.cache
def chips() -> dict[str, ChipSheet]:
    """Every chip, by each of its names."""
    found: dict[str, ChipSheet] = {}
    for name, body in _tree("chips.toml")["chip"].items():
        peaks = {
            bits: float(body[f"peak_{bits}bit_tflops"]) * float(scale("tflops")) for bits in (16, 8, 4) if f"peak_{bits}bit_tflops" in body
        }
        keys = ("memory_gb", "memory_gb_per_s", "scaleup_gb_per_s", "scaleout_gb_per_s", "domain_count")
        sheet = ChipSheet(name, peaks, {key: float(body[key]) for key in keys})
        found |= dict.fromkeys([name, *body["also"]], sheet)
    return found


@functools.cache
def models() -> dict[str, dict[str, float]]:
    """Shapes of published models by name, each as the fields of `Transformer` it says."""
    return {name: _shape(body) for name, body in _tree("models.toml")["model"].items()}


def _shape(body: dict[str, Any]) -> dict[str, float]:
    """The fields of a shape: counts by their short names, shares as they are."""
    given = {(key if key.endswith("_share") else f"{key}_count"): value for key, value in body.items() if key not in ("status", "source")}
    defaults = {name: declared.default for name, declared in params(Transformer).items() if declared.default is not None}
    return defaults | {name: float(value) for name, value in given.items()}


@functools.cache
def families() -> tuple[Family, ...]:
    """Families of software, in the order in which they are looked for."""
    return tuple(Family(each["name"], tuple(each["words"]), each.get("whole_batch", False)) for each in _tree("software.toml")["family"])


def family_of(software: str) -> Family:
    """The family of a piece of software; one that is not known is a family of its own."""
    for family in families():
        if all(word.lower() in software.lower() for word in family.words):
            return family
    return Family(software.split(" ")[0].lower() or "unknown", (), False)


def release_years(software: str, year: float | None) -> float:
    """Years from the start of 2025 to a release: of its number (25.09, 2024-12, 2023), else the middle of the year given, else none.

    Source: NVIDIA's containers are numbered by year and month; the first month ends at a twelfth.
    """
    numbered = re.search(r"\b(2[0-9])\.(0[1-9]|1[0-2])\b", software) or re.search(r"\b20([0-9]{2})[-.](0[1-9]|1[0-2])\b", software)
    if numbered:
        return 2000 + int(numbered[1]) + (int(numbered[2]) - 0.5) / 12 - _FIRST_YEAR
    plain = re.search(r"\b20[0-9]{2}\b", software)
    if plain:
        return int(plain[0]) + 0.5 - _FIRST_YEAR
    return 0.0 if year is None else year - _FIRST_YEAR


def _believed(name: str, body: dict[str, Any]) -> tuple[float, float]:
    """Center and spread of an unknown on its own scale, from its median and the range of nine in ten."""
    low, middle, high = (float(to_scale(name, jnp.asarray(float(body[key])))) for key in ("low", "value", "high"))
    return middle, (high - low) / (2.0 * _NINETY)


@functools.cache
def prior() -> Prior:
    """What is believed before any run is looked at."""
    tree = _tree("priors.toml")
    believed = {name: _believed(name, tree["efficiency"][name]) for name in FIELDS}
    center, spread = (Efficiency(*(jnp.asarray(believed[name][part]) for name in FIELDS)) for part in (0, 1))
    value = {table: {name: float(body["value"]) for name, body in tree[table].items()} for table in ("spread", "miss", "range")}
    spreads = Spreads(**{name: jnp.asarray(value["spread"][name]) for name in params(Spreads)})
    miss = value["miss"]
    shared = Miss(
        group_spread=jnp.asarray([miss[name] for name in GROUPINGS]),
        trend_spread=jnp.asarray(miss["trend"]),
        own_trend_spread=jnp.asarray(miss["own_trend"]),
        foreign_share=jnp.asarray(miss["foreign"]),
        noise_spread=jnp.asarray(miss["noise"]),
        trait_range=jnp.asarray([value["range"][name] for name in NAMES]),
    )
    return Prior(center, spread, spreads, shared)
