"""Rows side by side as the estimator takes them: jobs, chips, and which kinds and groups each run belongs to."""

import dataclasses
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.config.rows import Row
from capexmodel.config.training import WIDTHS
from capexmodel.param import params
from capexmodel.training.calibration import Kinds, Runs
from capexmodel.training.chip import Chip
from capexmodel.training.kriging import Places
from capexmodel.training.layout import Job, Layout
from capexmodel.training.traits import traits
from capexmodel.training.transformer import Transformer

KINDS = ("precision", "chip_precision", "chip", "family")
NUMBERS = {*params(Layout), *params(Transformer), *params(Chip), *params(Job)}


@dataclasses.dataclass(frozen=True)
class Names:
    """The kinds and groups that calibrated runs belong to, in the order of their numbers."""

    kinds: dict[str, tuple[str, ...]]
    groups: tuple[tuple[str, ...], ...]

    @property
    def sizes(self) -> dict[str, int]:
        """How many there are of each kind."""
        return {kind: len(names) for kind, names in self.kinds.items()}


def _kinds(row: Row) -> dict[str, str]:
    joint = f"{row.sheet.name} {row.precision}"
    return {"precision": row.precision, "chip_precision": joint, "chip": row.sheet.name, "family": row.family.name}


def _groups(row: Row) -> tuple[str, ...]:
    """The groups of a row, in the order of `GROUPINGS`."""
    family, model, chip = row.family.name, row.model, f"{row.sheet.name} {row.precision}"
    joint = f"{model} on {row.sheet.name}"
    return family, model, chip, joint, f"{family} on {chip}", f"{family}, {model} on {chip}"


def names_of(rows: Sequence[Row]) -> Names:
    """Every kind and group that rows belong to."""
    kinds = {kind: tuple(sorted({_kinds(row)[kind] for row in rows})) for kind in KINDS}
    columns = zip(*(_groups(row) for row in rows), strict=True)
    return Names(kinds, tuple(tuple(sorted(set(column))) for column in columns))


def _columns(rows: Sequence[Row]) -> dict[str, Float[Array, "run"]]:
    """Every number of every run, by name: those of its layout, its shape and its chip."""
    bits = [WIDTHS[row.precision] for row in rows]
    whole = [row.numbers | row.shape | _sheet(row) | {"release_years": row.release_years} for row in rows]
    columns = {name: np.asarray([each[name] for each in whole]) for name in NUMBERS - {"eight_bit_share", "four_bit_share"}}
    columns |= {"eight_bit_share": np.equal(bits, 8).astype(float), "four_bit_share": np.equal(bits, 4).astype(float)}
    return jax.tree.map(jnp.asarray, columns)


def _sheet(row: Row) -> dict[str, float]:
    """A run's chip, at its precision and in its place: a domain is no larger than what the row says of it."""
    sheet, peaks = row.sheet.sheet, row.sheet.peak_eflops
    near = min(sheet["domain_count"], row.numbers.get("domain_count", sheet["domain_count"]))
    return sheet | {"peak_eflops": peaks[WIDTHS[row.precision]], "attention_eflops": peaks[16], "domain_count": near}


def _built(numbers: dict[str, Array]) -> tuple[Job, Chip]:
    """One run's job and chip from its numbers."""
    layout, shape, sheet = ({name: numbers[name] for name in params(part)} for part in (Layout, Transformer, Chip))
    return Job(Transformer(**shape), Layout(**layout), **{name: numbers[name] for name in params(Job)}), Chip(**sheet)


def _index(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1


def runs_of(rows: Sequence[Row], names: Names) -> Runs:
    """Rows side by side, with the numbers of their kinds and groups."""

    jobs, sheets = jax.vmap(_built)(_columns(rows))
    kinds = Kinds(*(jnp.asarray([_index(names.kinds[kind], _kinds(row)[kind]) for row in rows]) for kind in KINDS))
    groups = jnp.asarray([[_index(known, name) for known, name in zip(names.groups, _groups(row), strict=True)] for row in rows])
    return Runs(jobs, sheets, kinds, Places(groups, jax.vmap(traits)(jobs)))


def seen_of(rows: Sequence[Row]) -> Float[Array, "run"]:
    """Logarithm of what was seen in each row; not a number where nothing was."""
    return jnp.log(jnp.asarray([np.nan if row.seen_per_s is None else row.seen_per_s for row in rows]))
