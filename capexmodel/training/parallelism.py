"""The best way to spread a training step over a cluster: whole counts by trying all of them at once, the rest by slope.

All ways to cut a job that divide its heads, experts, layers and chips are timed side by side in one batch; those that do not fit memory are
set aside, with the reason when none fits. At the best, the slopes in every number of the chip say what more bandwidth or memory is worth.
Leaves out: uneven stages, and layouts that differ between layers.

Source: Narayanan et al. 2021, arXiv 2104.04473, section 3 (what to cut first); Zheng et al. 2022, Alpa (search over such plans).
"""

import itertools
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.errors import ModelError
from capexmodel.param import param, params
from capexmodel.training.chip import Chip
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.layout import Job, Layout
from capexmodel.training.memory import HEADROOM, kept
from capexmodel.training.step_time import Step, step_time, tokens_per_s_per_chip
from capexmodel.types import Scalar

MOST_PIECES = 4
MOST_MICRO_BATCH = 16
MOST_LAYOUTS = 50_000


class Parallelism(eqx.Module):
    """The fastest layout of a job that fits, what its step is spent on, and the slope of its throughput in each number of the chip."""

    job: Job
    step: Step
    slope: Chip
    rate_count_per_s: Scalar = param("tokens of one chip", gt=0)
    memory_gb: Scalar = param("memory of the fullest chip", gt=0)
    tried_count: Scalar = param("layouts that were tried", gt=0)
    fitting_count: Scalar = param("layouts of these that fit", gt=0)

    @property
    def layout(self) -> Layout:
        """How the job is cut."""
        return self.job.layout


def layouts(job: Job, chips_count: int, domain_count: int) -> list[dict[str, float]]:
    """Every whole way to cut a job over chips that divides its heads, its experts and its batch; tensor groups fill scale-up domains.

    Copies share the state of the optimizer, or, without stages, parameters too. Source: Rajbhandari et al. 2020, stages 1 and 3.
    """
    heads, experts, layers = (round(float(count)) for count in (job.shape.heads_count, job.shape.experts_count, job.shape.layers_count))
    batch, sequence = round(float(job.batch_count)), round(float(job.sequence_count))
    found = []
    for tensor, stages, context in itertools.product(_divisors(chips_count), repeat=3):
        data, left = divmod(chips_count, tensor * stages * context)
        if left or not data or batch % data or sequence % context or heads % tensor or stages > layers:
            continue
        if domain_count % tensor and tensor % domain_count:
            continue
        groups = [group for group in _divisors(data * tensor) if experts % group == 0] if experts else [1]
        pieces = [chunk for chunk in range(1, MOST_PIECES + 1) if stages > 1 and stages * chunk <= layers] or [1]
        passed = [each for each in _divisors(batch // data) if each <= MOST_MICRO_BATCH]
        shared = (1.0,) if stages > 1 else (1.0, 3.0)
        for expert, chunk, each, sharding, again in itertools.product(groups, pieces, passed, shared, (0.0, 1.0)):
            cut = (tensor, stages, chunk, context, data, expert, each, sharding, float(tensor > 1), again, 0.0, 0.0)
            found.append(dict(zip(params(Layout), cut, strict=True)))
    return found


def _divisors(number: int) -> list[int]:
    """Numbers that divide another, from one up."""
    small = [n for n in range(1, int(number**0.5) + 1) if number % n == 0]
    return sorted({*small, *(number // n for n in small)})


def best_parallelism(job: Job, chip: Chip, efficiency: Efficiency, within: Sequence[dict[str, float]] | None = None) -> Parallelism:
    """The fastest layout of a job on so many chips that fits their memory, and the slope of its throughput in the chip's numbers.

    `within` are the layouts to choose from; all whole ones unless given.
    Raises: ModelError where there is no layout, or none fits: with the least memory that any needs.
    """
    chips_count = round(float(job.chips_count))
    tried = list(layouts(job, chips_count, round(float(chip.domain_count))) if within is None else within)
    if not tried:
        raise ModelError(f"no layout over {chips_count} chips divides the heads, experts, layers and batch of the job: change their number")
    if len(tried) > MOST_LAYOUTS:
        raise ModelError(f"{len(tried)} layouts over {chips_count} chips are too many, expected at most {MOST_LAYOUTS}: give those to try")
    rate, memory = _rated(job, chip, efficiency, {name: np.asarray([one[name] for one in tried], float) for name in params(Layout)})
    limit = HEADROOM * float(chip.memory_gb)
    fitting = memory <= limit
    if not fitting.any():
        least = float(memory.min())
        raise ModelError(f"no layout over {chips_count} chips fits: each needs {least:.0f} GB a chip or more, {limit:.0f} are free")
    best = int(np.argmax(np.where(fitting, rate, -np.inf)))
    cut = eqx.tree_at(lambda one: one.layout, job, Layout(**{name: jnp.asarray(float(tried[best][name])) for name in params(Layout)}))
    slope = jax.grad(lambda sheet: tokens_per_s_per_chip(cut, sheet, efficiency))(chip)
    step = step_time(cut, chip, efficiency)
    numbers = (rate[best], memory[best], len(tried), fitting.sum())
    return Parallelism(cut, step, slope, *(jnp.asarray(float(number)) for number in numbers))


def _rated(job: Job, chip: Chip, efficiency: Efficiency, columns: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Throughput and memory of every layout, side by side."""
    each: Callable[[dict[str, Array]], tuple[Array, Array]] = eqx.Partial(_one, job, chip, efficiency)
    rate, memory = _beside(each, jax.tree.map(jnp.asarray, columns))
    return np.asarray(rate), np.asarray(memory)


@eqx.filter_jit
def _beside(each: Callable[[dict[str, Array]], tuple[Array, Array]], columns: dict[str, Float[Array, "layout"]]) -> tuple[Array, Array]:
    return jax.vmap(each)(columns)


def _one(job: Job, chip: Chip, efficiency: Efficiency, numbers: dict[str, Array]) -> tuple[Array, Array]:
    """Throughput and memory of one layout."""
    cut = eqx.tree_at(lambda one: one.layout, job, Layout(**numbers))
    return tokens_per_s_per_chip(cut, chip, efficiency), kept(cut).total_gb
