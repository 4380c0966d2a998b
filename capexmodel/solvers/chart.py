"""From a free vector to orders and dates: the only conditioning in the house.

Every choice is divided by its natural size; choices that cannot do anything (a closed site, a chip not on offer, a hall that would be ready
after the horizon) are fixed at nothing, and limits that nothing can move are left out, so that the problem has an interior.
"""

import dataclasses
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from capexmodel.model import purchase, timing
from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import Choice, Gist, Sums, nothing, view
from capexmodel.planning.constraint import AbstractCurved
from capexmodel.planning.problem import Form
from capexmodel.planning.scale import Sizes
from capexmodel.solvers.kept import blank, kept

NEGLIGIBLE = 1e-9
"""Natural units below which a capacity counts as nothing."""
RENTALS = 10.0
"""Natural units of rented chips in one of bought ones."""
BEYOND = 1e-7
"""Natural units of violation of a limit that nothing can mend above which there is no plan."""


class Chart(eqx.Module):
    """The map x -> choice, and the rows of the problem that x can move. All arrays, so that one compiled solve serves any numbers."""

    base: Float[Array, "choice"]
    unit: Float[Array, "choice"]
    free: Int[Array, "n"]
    affine_rows: Int[Array, "affine"]
    curved_rows: Int[Array, "curved"]

    def choice(self, x: Float[Array, "n"], scenario: Scenario) -> Choice:
        """Lay out a free vector as orders and dates."""
        flat = self.base.at[self.free].set(x * self.unit[self.free])
        return _layout(scenario)(flat)

    def vector(self, choice: Choice) -> Float[Array, "n"]:
        """Read the free vector off a choice."""
        return (ravel_pytree(choice)[0] / self.unit)[self.free]


def _layout(scenario: Scenario) -> Callable[[Array], Choice]:
    return ravel_pytree(nothing(scenario))[1]


def units(scenario: Scenario, size: Sizes) -> Choice:
    """One natural unit of every choice."""
    blank = nothing(scenario)
    orders = blank.orders
    unit = {
        "chips_count": size.count,
        "hall_w": size.w,
        "source_w": size.w,
        "ports_count": size.count,
        "reserve_usd": size.usd,
        "rented_count": size.count / RENTALS,
        "hires_count": size.heads,
        "taken": 1.0,
        "run_eflops": size.eflops,
        "experiment_eflops": size.eflops,
    }
    full = {f.name: jnp.full_like(getattr(orders, f.name), unit[f.name]) for f in dataclasses.fields(orders)}
    return Choice(type(orders)(**full), jnp.full_like(blank.end_s, size.s))


def possible(scenario: Scenario, form: Form) -> Choice:
    """Which choices can do anything, as ones and zeros: what is on offer, allowed at the site, and in time."""
    blank = nothing(scenario)
    site, active = scenario.site, np.asarray(form.active)
    open_site = np.asarray(site.open)
    chip = _in_time(scenario, scenario.accelerator.install_s, scenario.accelerator.install_spread)
    kinds = np.asarray(site.network_index(scenario.network.names))
    port = _in_time(scenario, scenario.network.install_s, scenario.network.install_spread)[kinds]
    hall = _in_time(scenario, scenario.hall.build_s, scenario.hall.build_spread)
    source = _in_time(scenario, scenario.source.build_s, scenario.source.build_spread)
    rented = _in_time(scenario, scenario.rental.install_s, scenario.rental.install_spread)
    offered = np.asarray(purchase.available_count(scenario)) > NEGLIGIBLE
    years, periods = blank.orders.reserve_usd.size, len(scenario.calendar.periods)
    reach = active[:, None] & (np.asarray(scenario.job.reach) > 0)
    can = {
        "chips_count": open_site[None, :, None] & (chip & offered)[:, None, :],
        "hall_w": (np.asarray(site.hall_starts_w_per_s) > 0)[None, :, None] & hall[:, None, :],
        "source_w": (np.asarray(site.source_starts_w_per_s) > 0)[None, :, None] & source[:, None, :],
        "ports_count": open_site[:, None] & port,
        "reserve_usd": np.arange(years) < years - 1,
        "rented_count": rented & (np.asarray(scenario.rental.offered_count_per_s) > 0)[:, None],
        "hires_count": np.full(blank.orders.hires_count.shape, bool(scenario.staff.hiring_per_s > 0)),
        "taken": np.zeros(blank.orders.taken.shape),
        "run_eflops": np.repeat(reach[:, :, None], periods, axis=2),
        "experiment_eflops": np.full(blank.orders.experiment_eflops.shape, any(form.active)),
    }
    orders = type(blank.orders)(**{name: jnp.asarray(mask, float) for name, mask in can.items()})
    return Choice(orders, jnp.asarray(form.timed, float))


@jax.jit
def _last_arrivals(calendar_edges: tuple[Array, Array], lead_s: Array, spread: Array) -> Array:
    """Share of each order that is there at the horizon."""
    edges_s, order_edges_s = calendar_edges
    return timing.delivered(edges_s[-1:], order_edges_s, lead_s, spread)[:, 0]


def _in_time(scenario: Scenario, lead_s: Array, spread: Array) -> np.ndarray:
    """Whether some of what is ordered in each decision interval is there before the horizon, by member."""
    calendar = scenario.calendar
    return np.asarray(_last_arrivals((calendar.period_edges_s, calendar.decision_edges_s), lead_s, spread)) > NEGLIGIBLE


class Linear(eqx.Module):
    """What is affine in x: the rows of the affine constraints, and the sums that everything else depends on."""

    matrix: Float[Array, "affine n"]
    offset: Float[Array, "affine"]
    sums_matrix: Float[Array, "sum n"]
    sums_offset: Float[Array, "sum"]


@kept(like=lambda *args: blank(Linear))
def linear(scenario: Scenario, size: Sizes, form: Form, chart: Chart) -> Linear:
    """Read value and Jacobian of everything affine off the model at x = 0."""

    def both(x: Array) -> tuple[Array, Array]:
        seen = view(scenario, chart.choice(x, scenario))
        return form.affine(seen, size), ravel_pytree(seen.sums())[0]

    origin = jnp.zeros(chart.free.size)
    (offset, sums_offset), (matrix, sums_matrix) = both(origin), jax.jacfwd(both)(origin)
    return Linear(matrix, offset, sums_matrix, sums_offset)


def gist(scenario: Scenario, sums: Float[Array, "sum"]) -> Gist:
    """Give the flat sums their names back."""
    blank = nothing(scenario)
    template = Sums(
        near_eflops=jnp.zeros((len(scenario.job.names), len(scenario.calendar.periods))),
        experiment_eflops=blank.orders.experiment_eflops,
        heads_count=blank.orders.experiment_eflops,
        bought_count=jnp.zeros((len(scenario.supply.names), len(scenario.calendar.decisions))),
        end_s=blank.end_s,
        list_capex_usd=blank.orders.reserve_usd,
        other_usd=blank.orders.reserve_usd,
    )
    return Gist(scenario, ravel_pytree(template)[1](sums))


@dataclasses.dataclass(frozen=True)
class Reduced:
    """What is left for a solver: the chart, what is affine in its x, and rows that no choice can mend.

    `whole` is the chart before anything was fixed by a forcing row, and `kept` which of its choices are left.
    """

    whole: Chart
    kept: np.ndarray
    chart: Chart
    linear: Linear
    broken: np.ndarray


def reduce(scenario: Scenario, size: Sizes, form: Form, base: Choice) -> Reduced:
    """Fix what cannot help and leave out what cannot bind, looking only at the affine rows and the bounds x >= 0.

    A row b - sum(c x) >= 0 with c >= 0 and b = 0 forces its choices to nothing (a site without power takes no chips).
    Source: presolve for linear programs, Andersen and Andersen 1995, forcing constraints.
    """
    unit = ravel_pytree(units(scenario, size))[0]
    free = np.flatnonzero(np.asarray(ravel_pytree(possible(scenario, form))[0]) > 0)
    everything = Chart(ravel_pytree(base)[0], unit, jnp.asarray(free), jnp.arange(0), jnp.arange(0))
    parts = linear(scenario, size, form, everything)
    offset, matrix = np.asarray(parts.offset), np.asarray(parts.matrix)
    matrix = np.where(np.abs(matrix) < NEGLIGIBLE, 0.0, matrix)
    open_, dates = np.ones(free.size, bool), free >= unit.size - len(scenario.job.names)
    while True:
        helped, touched = (matrix[:, open_] > 0).any(axis=1), (matrix[:, open_] < 0).any(axis=1)
        forcing = ~helped & touched & (offset <= NEGLIGIBLE)
        closed = (matrix[forcing] < 0).any(axis=0) & open_ & ~dates
        if not closed.any():
            break
        open_ &= ~closed
    keep = np.flatnonzero(touched | (helped & (offset < NEGLIGIBLE)))
    curved = np.flatnonzero(np.asarray(_curved_rows(scenario, form)))
    chart = Chart(everything.base, unit, jnp.asarray(free[open_]), jnp.asarray(keep), jnp.asarray(curved))
    return Reduced(everything, open_, chart, _restrict(parts, keep, np.flatnonzero(open_)), np.flatnonzero(~helped & (offset < -BEYOND)))


def _restrict(parts: Linear, rows: np.ndarray, columns: np.ndarray) -> Linear:
    matrix, sums_matrix = np.asarray(parts.matrix)[np.ix_(rows, columns)], np.asarray(parts.sums_matrix)[:, columns]
    return Linear(jnp.asarray(matrix), jnp.asarray(np.asarray(parts.offset)[rows]), jnp.asarray(sums_matrix), parts.sums_offset)


def rebase(scenario: Scenario, reduced: Reduced, taken: Float[Array, "deal"]) -> Reduced:
    """The same chart with other companies bought."""
    base = ravel_pytree(eqx.tree_at(lambda c: c.orders.taken, _layout(scenario)(reduced.chart.base), taken))[0]
    whole, chart = (eqx.tree_at(lambda c: c.base, part, base) for part in (reduced.whole, reduced.chart))
    return dataclasses.replace(reduced, whole=whole, chart=chart)


def refit(scenario: Scenario, size: Sizes, form: Form, reduced: Reduced) -> Reduced:
    """Read the affine rows again after a change of numbers, on the same chart."""
    parts = linear(scenario, size, form, reduced.whole)
    return dataclasses.replace(reduced, linear=_restrict(parts, np.asarray(reduced.chart.affine_rows), np.flatnonzero(reduced.kept)))


def _curved_rows(scenario: Scenario, form: Form) -> list[bool]:
    """Which of the curved rows can bind: work and research of timed jobs, both ends of an envelope that has them."""
    timed = dict(zip(scenario.job.names, form.timed, strict=True))
    low = dict(zip(scenario.calendar.years, np.asarray(scenario.envelope.low_usd) > 0, strict=True))
    return [timed[p[0]] if c.axes == ("job",) else p[0] == "high" or bool(low[p[1]]) for c, p in form.rows(scenario, AbstractCurved)]
