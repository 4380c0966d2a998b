"""From a free vector to orders and dates: the only conditioning in the house.

Every choice is divided by its natural size; choices that cannot do anything (a closed site, a chip not on offer, a hall that would be ready
after the horizon) are fixed at nothing.
"""

import dataclasses
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Int

from capexmodel.model import purchase, timing
from capexmodel.model.pace import Pace
from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import Choice, Gist, Sums, nothing, view
from capexmodel.planning.problem import Form
from capexmodel.planning.scale import Sizes, sizes
from capexmodel.solvers.curvature import coupled
from capexmodel.solvers.kept import blank, kept

NEGLIGIBLE = 1e-9
"""Natural units below which a capacity counts as nothing."""
RENTALS = 10.0
"""Natural units of rented chips in one of bought ones."""


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
        "energy_j": size.j,
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
    site, active = scenario.site, jnp.asarray(form.active)
    open_site = jnp.asarray(site.open)
    chip = _in_time(scenario, scenario.accelerator.install_s, scenario.accelerator.install_spread)
    kinds = site.network_index(scenario.network.names)
    port = _in_time(scenario, scenario.network.install_s, scenario.network.install_spread)[kinds]
    hall = _in_time(scenario, scenario.hall.build_s, scenario.hall.build_spread)
    source = _in_time(scenario, scenario.source.build_s, scenario.source.build_spread)
    rented = _in_time(scenario, scenario.rental.install_s, scenario.rental.install_spread)
    offered = purchase.available_count(scenario) > NEGLIGIBLE
    years, periods = blank.orders.reserve_usd.size, len(scenario.calendar.periods)
    reach = active[:, None] & (scenario.job.reach > 0)
    apart = jnp.any(source, axis=1) & (scenario.source.site_share < 1)
    powered = apart[:, None] & (site.source_starts_w_per_s > 0)[None, :]
    can = {
        "chips_count": open_site[None, :, None] & (chip & offered)[:, None, :],
        "hall_w": (site.hall_starts_w_per_s > 0)[None, :, None] & hall[:, None, :],
        "source_w": (site.source_starts_w_per_s > 0)[None, :, None] & source[:, None, :],
        "energy_j": jnp.repeat(powered[:, :, None], years, axis=2),
        "ports_count": open_site[:, None] & port,
        "reserve_usd": jnp.arange(years) < years - 1,
        "rented_count": rented & (scenario.rental.offered_count_per_s > 0)[:, None],
        "hires_count": jnp.broadcast_to(scenario.staff.hiring_per_s > 0, blank.orders.hires_count.shape),
        "taken": jnp.zeros(blank.orders.taken.shape),
        "run_eflops": jnp.repeat(reach[:, :, None], periods, axis=2),
        "experiment_eflops": jnp.full(blank.orders.experiment_eflops.shape, any(form.active)),
    }
    orders = type(blank.orders)(**{name: jnp.asarray(mask, float) for name, mask in can.items()})
    return Choice(orders, jnp.asarray(form.timed, float))


def _in_time(scenario: Scenario, lead_s: Array, spread: Array) -> Bool[Array, "member decision"]:
    """Whether some of what is ordered in each decision interval is there before the horizon, by member."""
    calendar = scenario.calendar
    return timing.delivered(calendar.period_edges_s[-1:], calendar.decision_edges_s, lead_s, spread)[:, 0] > NEGLIGIBLE


class Survey(eqx.Module):
    """What a problem is before anything is left out: natural sizes, and of every choice its base, its unit, whether it can help."""

    size: Sizes
    base: Float[Array, "choice"]
    unit: Float[Array, "choice"]
    possible: Float[Array, "choice"]


@kept(like=lambda *args: blank(Survey))
def survey(scenario: Scenario, form: Form, taken: Float[Array, "deal"]) -> Survey:
    """Look a problem over; `taken` says which companies are bought."""
    size = sizes(scenario)
    base = eqx.tree_at(lambda c: c.orders.taken, nothing(scenario), taken)
    flat = [ravel_pytree(choice)[0] for choice in (base, units(scenario, size), possible(scenario, form))]
    return Survey(size, *flat)


class Linear(eqx.Module):
    """What is affine in x: the rows of the affine constraints, and the sums that everything else depends on. Beside it which pairs of sums
    everything else couples, and the pace of runs, which no x moves."""

    matrix: Float[Array, "affine n"]
    offset: Float[Array, "affine"]
    sums_matrix: Float[Array, "sum n"]
    sums_offset: Float[Array, "sum"]
    coupled: Bool[Array, "sum sum"]
    pace: Pace


@kept(like=lambda *args: blank(Linear))
def linear(scenario: Scenario, speed: Pace, size: Sizes, form: Form, chart: Chart) -> Linear:
    """Read value and Jacobian of everything affine off the model at x = 0, and what is coupled at two units of everything."""

    def both(x: Array) -> tuple[Array, Array]:
        seen = view(scenario, chart.choice(x, scenario), speed)
        return form.affine(seen, size), ravel_pytree(seen.sums())[0]

    origin = jnp.zeros(chart.free.size)
    (offset, sums_offset), (matrix, sums_matrix) = both(origin), jax.jacfwd(both)(origin)

    def curved(sums: Array) -> Array:
        seen = gist(scenario, speed, sums)
        return form.cost(seen, size) + jnp.sum(form.curved(seen, size))

    return Linear(matrix, offset, sums_matrix, sums_offset, coupled(curved, sums_offset + 2.0 * jnp.sum(sums_matrix, axis=1)), speed)


def gist(scenario: Scenario, speed: Pace, sums: Float[Array, "sum"]) -> Gist:
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
    return Gist(scenario, speed, ravel_pytree(template)[1](sums))
