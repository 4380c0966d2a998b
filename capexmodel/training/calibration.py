"""Learning what software reaches of its chips from published runs: prior, unknowns, and the most probable values.

Unknowns are kept as deviations from their prior over its spread, so that one number means the same everywhere: 1 is one standard
deviation. What the equations cannot explain is learned at the same time (`kriging`), so that no unknown is bent to explain it.

Source: maximum a posteriori with marginal likelihood, Rasmussen and Williams 2006, section 5.4.1; Kennedy and O'Hagan 2001 (calibration
with a discrepancy).
"""

import dataclasses

import equinox as eqx
import jax
import jax.flatten_util
import jax.numpy as jnp
import optimistix
from jax.nn import sigmoid
from jaxtyping import Array, Float, Int, PyTree

from capexmodel.param import param, params
from capexmodel.training.chip import Chip
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.kriging import Miss, Places, improbability
from capexmodel.training.layout import Job
from capexmodel.training.step_time import tokens_per_s_per_chip
from capexmodel.types import Scalar

Index = Int[Array, "run"]
"""Place of each run in a list of names; -1 for a name that is not in it."""
FIELDS = tuple(field.name for field in dataclasses.fields(Efficiency))
SHARES = tuple(name for name in FIELDS if params(Efficiency)[name].lt is not None)
_TOLERANCE = 1e-6
MOST_STEPS = 2000
"""Steps of the search for the most probable values, at most."""


class Kinds(eqx.Module):
    """Which precision, chip in a precision, chip and family of software a run has."""

    precision: Index
    chip_precision: Index
    chip: Index
    family: Index


class Runs(eqx.Module):
    """Runs side by side: what was run on which chips, their kinds and their places among others. Every leaf has a first axis of runs."""

    jobs: Job
    chips: Chip
    kinds: Kinds
    places: Places

    def __len__(self) -> int:
        return len(self.places)

    def take(self, chosen: Index) -> "Runs":
        """Some of the runs, in the order asked for."""
        return jax.tree.map(lambda leaf: leaf[chosen], self)


class Spreads(eqx.Module):
    """How far kinds differ from the common value, on the scale of the unknown."""

    product_by_precision: Scalar = param("spread of the share of the peak between precisions, a ratio", gt=0)
    product_by_chip: Scalar = param("spread of it between chips, a ratio", gt=0)
    attention_by_chip: Scalar = param("spread of the share attention reaches between chips, a ratio", gt=0)
    product_by_family: Scalar = param("spread of the share of the peak between families of software, a ratio", gt=0)
    passes_by_family: Scalar = param("spread of the factor of element-wise work between families, a ratio", gt=0)
    data_overlap_by_family: Scalar = param("spread of the overlap of copies between families, a ratio", gt=0)


class Prior(eqx.Module):
    """What is believed before any run is looked at: centers and spreads on the scale of each unknown, and how misses are shared."""

    center: Efficiency
    spread: Efficiency
    spreads: Spreads
    miss: Miss


class Unknowns(eqx.Module):
    """Deviations from the prior over its spread, and the logarithms by which misses are shared otherwise than believed."""

    miss: Miss
    common: Float[Array, "unknown"] = param("deviation of each common unknown over its spread, a ratio")
    product_by_precision: Float[Array, "precision"] = param("deviation of a precision, a ratio")
    product_by_chip: Float[Array, "chip_precision"] = param("deviation of a chip in a precision, a ratio")
    attention_by_chip: Float[Array, "chip"] = param("deviation of a chip, a ratio")
    product_by_family: Float[Array, "family"] = param("deviation of a family of software, a ratio")
    passes_by_family: Float[Array, "family"] = param("deviation of a family of software, a ratio")
    data_overlap_by_family: Float[Array, "family"] = param("deviation of a family of software, a ratio")

    @classmethod
    def none(cls, kinds: dict[str, int], prior: Prior) -> "Unknowns":
        """No deviation, for so many precisions, chips in a precision, chips and families."""
        kind = ("precision", "chip_precision", "chip", "family", "family", "family")
        return cls(jax.tree.map(jnp.zeros_like, prior.miss), jnp.zeros(len(FIELDS)), *(jnp.zeros(kinds[each]) for each in kind))


def to_scale(name: str, value: Array) -> Array:
    """A value on the scale of its unknown: a share as log-odds, all else as a logarithm."""
    return jnp.log(value / (1.0 - value)) if name in SHARES else jnp.log(value)


def from_scale(name: str, value: Array) -> Array:
    """The value behind a number on the scale of its unknown."""
    return sigmoid(value) if name in SHARES else jnp.exp(value)


def efficiency_of(prior: Prior, unknowns: Unknowns, kinds: Kinds) -> Efficiency:
    """What one run reaches: common values, moved by its precision, chip and family. A kind that is not known moves nothing."""

    def moved(deviations: Array, spread: Array, index: Array) -> Array:
        return spread * jnp.append(deviations, 0.0)[index]

    spreads = prior.spreads
    moves = {
        "product_share": moved(unknowns.product_by_precision, spreads.product_by_precision, kinds.precision)
        + moved(unknowns.product_by_chip, spreads.product_by_chip, kinds.chip_precision)
        + moved(unknowns.product_by_family, spreads.product_by_family, kinds.family),
        "attention_share": moved(unknowns.attention_by_chip, spreads.attention_by_chip, kinds.chip),
        "passes_factor": moved(unknowns.passes_by_family, spreads.passes_by_family, kinds.family),
        "data_overlap_share": moved(unknowns.data_overlap_by_family, spreads.data_overlap_by_family, kinds.family),
    }
    still = jnp.zeros(())
    return Efficiency(
        *(
            from_scale(name, getattr(prior.center, name) + getattr(prior.spread, name) * unknowns.common[place] + moves.get(name, still))
            for place, name in enumerate(FIELDS)
        )
    )


def miss_of(prior: Prior, unknowns: Unknowns) -> Miss:
    """How misses are shared: each as believed, moved on the scale of logarithms, the foreign share on that of log-odds."""
    moved = jax.tree.map(lambda believed, move: believed * jnp.exp(move), prior.miss, unknowns.miss)
    believed = prior.miss.foreign_share
    foreign = sigmoid(jnp.log(believed / (1.0 - believed)) + unknowns.miss.foreign_share)
    return eqx.tree_at(lambda miss: miss.foreign_share, moved, foreign)


def log_throughput(prior: Prior, unknowns: Unknowns, runs: Runs) -> Float[Array, "run"]:
    """Logarithm of tokens by second and chip, by the equations alone."""

    def one(job: Job, chip: Chip, kinds: Kinds) -> Array:
        return jnp.log(tokens_per_s_per_chip(job, chip, efficiency_of(prior, unknowns, kinds)))

    return jax.vmap(one)(runs.jobs, runs.chips, runs.kinds)


def surprise(unknowns: Unknowns, given: tuple[Prior, Runs, Float[Array, "run"]]) -> Array:
    """Minus the logarithm of the probability of unknowns given observed logarithms of throughput, up to a constant."""
    prior, runs, seen = given
    believed = sum((0.5 * jnp.sum(leaf * leaf) for leaf in jax.tree.leaves(unknowns)), start=jnp.zeros(()))
    return improbability(miss_of(prior, unknowns), runs.places, seen - log_throughput(prior, unknowns, runs)) + believed


def calibrate(
    prior: Prior, runs: Runs, seen: Float[Array, "run"], start: Unknowns, most_steps: int = MOST_STEPS
) -> tuple[Unknowns, dict[str, PyTree]]:
    """The most probable unknowns given the logarithm of throughput of runs, and how the search ended: its value, slope and steps."""
    solver = optimistix.BFGS(rtol=_TOLERANCE, atol=_TOLERANCE)
    found = optimistix.minimise(surprise, solver, start, (prior, runs, seen), max_steps=most_steps, throw=False)
    value, slope = jax.value_and_grad(surprise)(found.value, (prior, runs, seen))
    steepest = jnp.max(jnp.stack([jnp.max(jnp.abs(leaf)) for leaf in jax.tree.leaves(slope)]))
    return found.value, {"value": value, "slope": steepest, "steps": found.stats["num_steps"]}


def spreads_of(prior: Prior, unknowns: Unknowns, runs: Runs, seen: Float[Array, "run"]) -> Unknowns:
    """Standard deviation of each unknown, on its scale over its prior's spread: 1 where runs say nothing, near 0 where they say all.

    From the curvature at the most probable value. Source: Laplace's approximation, Rasmussen and Williams 2006, section 3.4.
    """
    flat, back = jax.flatten_util.ravel_pytree(unknowns)

    def slope(point: Array) -> Array:
        return jax.grad(lambda at: surprise(back(at), (prior, runs, seen)))(point)

    curvature = jax.lax.map(lambda way: jax.jvp(slope, (flat,), (way,))[1], jnp.eye(flat.size))
    values, ways = jnp.linalg.eigh(0.5 * (curvature + curvature.T))
    return back(jnp.sqrt(jnp.sum(ways * ways / jnp.maximum(values, 1.0)[None, :], axis=1)))
