"""The calendar of a scenario: its as-of date, and the grids of decisions, periods and fiscal years.

Time runs in seconds from the as-of date. Decisions (orders) may be coarser than periods (stocks and runs).
"""

import bisect
import datetime

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float


class Calendar(eqx.Module):
    """Grids with their labels. Edges ascend; decisions and periods cover the same span, from the as-of date to the horizon."""

    as_of: str = eqx.field(static=True)
    decisions: tuple[str, ...] = eqx.field(static=True)
    periods: tuple[str, ...] = eqx.field(static=True)
    years: tuple[str, ...] = eqx.field(static=True)
    decision_edges_s: Float[Array, "decision_edge"]
    period_edges_s: Float[Array, "edge"]
    year_edges_s: Float[Array, "year_edge"]

    @property
    def horizon_s(self) -> Float[Array, ""]:
        """The last instant of the grid."""
        return self.period_edges_s[-1]

    def period_index(self, time_s: float) -> int:
        """Find the period that holds an instant; the last one beyond the horizon."""
        edges = np.asarray(self.period_edges_s).tolist()
        return min(max(bisect.bisect_right(edges, time_s) - 1, 0), len(self.periods) - 1)

    def date(self, time_s: float) -> datetime.date:
        """Name the day of an instant."""
        start = datetime.datetime.combine(datetime.date.fromisoformat(self.as_of), datetime.time())
        return (start + datetime.timedelta(seconds=float(time_s))).date()
