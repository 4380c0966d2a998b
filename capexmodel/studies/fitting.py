"""Which rows of runs cannot be: what their chips could not hold, and what was seen above what their chips can do."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from capexmodel.config.rows import Row
from capexmodel.config.runs import names_of, runs_of
from capexmodel.training.calibration import Runs
from capexmodel.training.layout import Job
from capexmodel.training.memory import Kept, kept
from capexmodel.training.transformer import CAUSAL
from capexmodel.units import scale

LASTING_SLACK = 1.1
"""What lasts from step to step of published runs fits by this count within a twentieth; a tenth leaves room for software keeping less."""
LEAST_SLACK = 2.5
"""Published runs fit with activations too, all layers computed again, within a factor of two: some keep them elsewhere."""


def unfit_rows(rows: Sequence[Row]) -> list[str | None]:
    """Why each row cannot be, None where it can: memory that its chips do not have, or more tokens seen than their peak could work on.

    Leaves out: rows that are slower than anybody would run them.
    """
    if not rows:
        return []
    runs = runs_of(rows, names_of(rows))
    least, most = (np.asarray(each) for each in jax.vmap(_least)(runs.jobs).values()), _ceiling(runs)
    lasting, whole = least
    return [_unfit(row, float(a), float(b), float(c)) for row, a, b, c in zip(rows, lasting, whole, most, strict=True)]


def _least(job: Job) -> dict[str, Array]:
    """What a step must keep on its fullest chip: what lasts, and the least there can be of all, every layer computed again."""
    again: Kept = kept(eqx.tree_at(lambda step: step.layout.recomputed_share, job, jnp.ones(())))
    return {"lasting": again.lasting_gb, "whole": again.total_gb}


def _ceiling(runs: Runs) -> np.ndarray:
    """Tokens by second and chip were all of the peak model work."""
    work = jax.vmap(lambda job: job.shape.training_flop(job.sequence_count, CAUSAL))(runs.jobs)
    return np.asarray(runs.chips.peak_eflops / (work * float(scale("flop"))))


def _unfit(row: Row, lasting: float, least: float, most: float) -> str | None:
    """Why one row cannot be."""
    limit = row.sheet.sheet["memory_gb"]
    held = f"but a {row.sheet.name} has {limit:.0f} GB"
    if not lasting <= LASTING_SLACK * limit:
        return f"memory: parameters, gradients and optimizer take {lasting:.4g} GB a chip, {held}"
    if not least <= LEAST_SLACK * limit:
        return f"memory: a step takes {least:.4g} GB a chip with every layer computed again, {held}"
    if row.seen_per_s is not None and row.seen_per_s > most:
        return f"tokens_per_s: {row.seen_per_s:g} is more than the {most:.4g} that the peak of a {row.sheet.name} allows"
    return None
