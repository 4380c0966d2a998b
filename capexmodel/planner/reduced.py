"""What of a problem is left for a solver: choices that a row forces to nothing are fixed, and limits that cannot bind are left out, so that
the problem has an interior."""

import dataclasses

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from capexmodel.model.scenario import Scenario
from capexmodel.planner.chart import NEGLIGIBLE, Chart, Linear, Survey, linear, survey
from capexmodel.planner.shared_chart import Fronts, SharedChart
from capexmodel.planner.speed import paced
from capexmodel.planning.constraint import AbstractCurved
from capexmodel.planning.problem import Form
from capexmodel.planning.scale import Sizes
from capexmodel.solvers.curvature import Curvature, curvature_of

BEYOND = 1e-7
"""Natural units of violation of a limit that nothing can mend above which there is no plan."""


@dataclasses.dataclass(frozen=True)
class Reduced:
    """What is left for a solver: the chart, what is affine in its x, the fronts of it all, where the rest curves in the sums, how many rows
    of each kind there were (affine, curved), and those that no choice can mend.

    `whole` is the chart before anything was fixed by a forcing row, and `kept` which of its choices are left. Where the chart
    is `shared`, not all of it is this problem's: `open` says which of its choices are, and `on` which affine rows; the others are off,
    their slack infinite. `gives` says by which wishes each row may be broken.
    """

    whole: Chart
    kept: Bool[np.ndarray, "choice"]
    chart: Chart
    open: Bool[np.ndarray, "n"]
    on: Bool[np.ndarray, "affine"]
    gives: Bool[np.ndarray, "affine_row wish"]
    shared: SharedChart
    linear: Linear
    fronts: Fronts
    curvature: Curvature | None
    row_counts: tuple[int, int]
    broken: np.ndarray

    @property
    def fixed(self) -> Bool[np.ndarray, "n"] | None:
        """Which choices of the chart are not this problem's to make, if any."""
        return None if self.open.all() else ~self.open


def reduce(
    scenario: Scenario,
    form: Form,
    seen: Survey,
    shared: SharedChart | None = None,
    gives: Bool[np.ndarray, "affine_row wish"] | None = None,
) -> Reduced:
    """Fix what cannot help and leave out what cannot bind, looking only at the affine rows and the bounds x >= 0; on a chart that is
    shared, with every choice of any problem on it, and every row that any can move.

    A row b - sum(c x) >= 0 with c >= 0 and b = 0 forces its choices to nothing (a site without power takes no chips). Rows that a wish
    `gives` may be broken: they force nothing, and stay where they cannot be met.
    Source: presolve for linear programs, Andersen and Andersen 1995, forcing constraints.
    """
    alone, mine = shared is None, np.asarray(seen.possible) > 0
    shared = SharedChart() if shared is None else shared
    free, none = np.flatnonzero(shared.having("possible", mine)), jnp.asarray(np.arange(0), int)
    whole = Chart(seen.base, seen.unit, jnp.asarray(free, int), none, none)
    parts = linear(scenario, paced(scenario), seen.size, form, whole)
    offset, matrix = np.asarray(parts.offset), clean(parts)
    gives = np.zeros((offset.size, 0), bool) if gives is None else gives
    soft = np.asarray(gives.any(axis=1))
    open_ = still_open(matrix, offset, free >= mine.size - len(scenario.job.names), soft, mine[free])
    helped, touched = (matrix[:, open_] > 0).any(axis=1), (matrix[:, open_] < 0).any(axis=1)
    on = touched | (helped & (offset < NEGLIGIBLE)) | (soft & (offset < -BEYOND))
    broken, can_bind = np.flatnonzero(~helped & (offset < -BEYOND) & ~soft), _curved_rows(scenario, form)
    kept, rows = shared.having("open", _spread(open_, free, mine.size))[free], shared.having("rows", on if alone else on | helped)
    left = free[kept], np.flatnonzero(rows), np.flatnonzero(can_bind)
    chart = Chart(seen.base, seen.unit, *(jnp.asarray(index, int) for index in left))
    draft = Reduced(whole, kept, chart, open_[kept], on[rows], gives, shared, parts, ((), None), None, (offset.size, len(can_bind)), broken)
    return _filled(draft, parts)


def same_chart(one: Reduced, other: Reduced) -> bool:
    """Whether two problems share their chart, and with it a compiled program."""
    parts = [(part.whole.free, part.chart.free, part.chart.affine_rows, part.chart.curved_rows) for part in (one, other)]
    return all(np.array_equal(mine, its) for mine, its in zip(*parts, strict=True))


def _filled(draft: Reduced, parts: Linear) -> Reduced:
    """Take what is affine, its fronts and its curvature from the parts of the whole chart."""
    shared, free, rows = draft.shared, np.asarray(draft.chart.free), np.asarray(draft.chart.affine_rows)
    size, before = draft.chart.base.size, np.asarray(draft.whole.free)
    wishes = draft.gives.shape[1]
    touched, entries = (_spread(np.asarray(matrix) != 0, before, size) for matrix in (parts.sums_matrix, parts.matrix))
    sums, entries = shared.having("sums", touched)[:, free], shared.having("entries", entries)[np.ix_(rows, free)]
    coupled, gives = shared.having("coupled", np.asarray(parts.coupled)), shared.having(f"gives {wishes}", draft.gives)[rows]
    curved = sums.T.astype(np.float32) @ coupled.astype(np.float32) @ sums.astype(np.float32) > 0
    fronts = shared.fronts(np.hstack([entries, gives]), np.pad(curved, (0, wishes)))
    curvature = shared.curvature(np.pad(coupled, (0, wishes)), np.pad(sums, (0, wishes)))
    left = _restrict(parts, rows, np.flatnonzero(draft.kept), draft.on)
    return dataclasses.replace(draft, linear=left, fronts=fronts, curvature=curvature)


def _spread(mask: np.ndarray, places: np.ndarray, size: int) -> np.ndarray:
    """A mask over some choices as one over all."""
    wide = np.zeros((*mask.shape[:-1], size), bool)
    wide[..., places] = mask
    return wide


def _restrict(parts: Linear, rows: np.ndarray, columns: np.ndarray, on: np.ndarray) -> Linear:
    matrix, sums_matrix = np.asarray(parts.matrix)[np.ix_(rows, columns)], np.asarray(parts.sums_matrix)[:, columns]
    offset, sums_offset = np.where(on, np.asarray(parts.offset)[rows], np.inf), parts.sums_offset
    matrix, offset, sums_matrix, sums_offset = (jnp.asarray(part, float) for part in (matrix, offset, sums_matrix, sums_offset))
    return Linear(matrix, offset, sums_matrix, sums_offset, parts.coupled, parts.pace)


def clean(parts: Linear) -> np.ndarray:
    """The matrix of the affine rows, without what is nothing but rounding."""
    matrix = np.asarray(parts.matrix)
    return np.where(np.abs(matrix) < NEGLIGIBLE, 0.0, matrix)


def still_open(matrix: np.ndarray, offset: np.ndarray, dates: np.ndarray, soft: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """Which choices of mine no row forces to nothing; rows that are `soft` force nothing, and dates are never forced."""
    forcing = matrix[(offset <= NEGLIGIBLE) & ~soft]
    helping, touching, open_ = (forcing > 0).astype(np.float32), (forcing < 0).astype(np.float32), mine.copy()
    while True:
        held = (helping @ open_ == 0) & (touching @ open_ > 0)
        closed = (held @ touching > 0) & open_ & ~dates
        if not closed.any():
            return open_
        open_ &= ~closed


def rebase(form: Form, scenario: Scenario, reduced: Reduced, taken: Float[Array, "deal"]) -> Reduced:
    """The same chart with other companies bought."""
    base = survey(scenario, form, taken).base
    whole, chart = (dataclasses.replace(part, base=base) for part in (reduced.whole, reduced.chart))
    return dataclasses.replace(reduced, whole=whole, chart=chart)


def refit(scenario: Scenario, size: Sizes, form: Form, reduced: Reduced) -> Reduced:
    """Read the affine rows again after a change of numbers, on the same chart."""
    return _filled(reduced, linear(scenario, paced(scenario), size, form, reduced.whole))


def curved_in(parts: Linear, more: int = 0) -> Curvature | None:
    """Where everything that is not affine curves in the sums, and in so many more behind them, each a choice of its own, in which it is
    affine."""
    pattern, touched = np.asarray(parts.coupled), np.asarray(parts.sums_matrix) != 0
    return curvature_of(np.pad(pattern, (0, more)), np.pad(touched, (0, more)))


def _curved_rows(scenario: Scenario, form: Form) -> list[bool]:
    """Which of the curved rows can bind: work and research of timed jobs, both ends of an envelope that has them."""
    timed = dict(zip(scenario.job.names, form.timed, strict=True))
    low = dict(zip(scenario.calendar.years, np.asarray(scenario.envelope.low_usd) > 0, strict=True))
    return [timed[p[0]] if c.axes == ("job",) else p[0] == "high" or bool(low[p[1]]) for c, p in form.rows(scenario, AbstractCurved)]
