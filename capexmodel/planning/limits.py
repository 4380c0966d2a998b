"""The limits a scenario can state. They hold no numbers: those are leaves of the scenario."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.errors import ModelError
from capexmodel.model import purchase
from capexmodel.model.fleet import BALANCES
from capexmodel.model.scenario import Scenario
from capexmodel.planning.choice import Gist, View
from capexmodel.planning.constraint import AbstractAffine, AbstractConstraint, AbstractCurved
from capexmodel.planning.halls import MixedPower, RackDensity
from capexmodel.planning.mix import CarbonCap, GridEnergy

ROUNDING = 1e-4
"""Share of the low end of an envelope by which it may be missed: guidance is given in billions."""


class Envelope(AbstractCurved):
    """Capex of every fiscal year between its low and its high end."""

    name: str = eqx.field(static=True, default="envelope")
    unit: str = eqx.field(static=True, default="usd")
    axes: tuple[str, ...] = eqx.field(static=True, default=("end", "year"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return (
            "envelope.high_usd",
            "envelope.low_usd",
        )

    def slack(self, gist: Gist) -> Float[Array, "end year"]:
        """High less spent, and spent less low. The low end is met to its rounding, so that an envelope of one number has an interior."""
        spent, envelope = gist.capex_usd(), gist.scenario.envelope
        return jnp.stack([envelope.high_usd - spent, spent - envelope.low_usd * (1.0 - ROUNDING)])

    def labels(self, scenario: Scenario) -> tuple[tuple[str, ...], ...]:
        """The two ends, by fiscal year."""
        return (("high", "low"), scenario.calendar.years)


class Operating(AbstractAffine):
    """Operating cost of every fiscal year: research staff, rentals, energy. Never capex."""

    name: str = eqx.field(static=True, default="operating")
    unit: str = eqx.field(static=True, default="usd")
    axes: tuple[str, ...] = eqx.field(static=True, default=("year",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("envelope.operating_usd",)

    def slack(self, view: View) -> Float[Array, "year"]:
        """Limit less cost."""
        return view.scenario.envelope.operating_usd - view.money.operating_usd


class Acquisitions(AbstractAffine):
    """Money for companies, an account of its own."""

    name: str = eqx.field(static=True, default="acquisitions")
    unit: str = eqx.field(static=True, default="usd")
    axes: tuple[str, ...] = eqx.field(static=True, default=("year",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("envelope.acquisition_usd",)

    def slack(self, view: View) -> Float[Array, "year"]:
        """Limit less price."""
        return view.scenario.envelope.acquisition_usd - view.money.acquisition_usd


class Balance(AbstractAffine):
    """At every site and instant, what chips need of a quantity is there: it_power_w (halls), site_power_w, network_ports_count.

    Raises: ModelError for any other quantity.
    """

    name: str = eqx.field(static=True)
    unit: str = eqx.field(static=True)
    axes: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, quantity: str) -> None:
        if quantity not in BALANCES:
            raise ModelError(f"no balance of '{quantity}': expected one of {', '.join(BALANCES)}")
        self.name, self.unit, self.axes = quantity, quantity.rsplit("_", 1)[1], ("site", "edge")

    @property
    def levers(self) -> tuple[str, ...]:
        """Halls or power promised to a site; ports have no promise to move."""
        return {"it_power_w": ("site.hall_power_w",), "site_power_w": ("site.site_power_w",)}.get(self.name, ())

    def slack(self, view: View) -> Float[Array, "site edge"]:
        """Capacity less load."""
        return view.stock.balance(self.name)


class LargestRun(AbstractAffine):
    """One run uses no more chips than a run of its time can."""

    name: str = eqx.field(static=True, default="largest_run")
    unit: str = eqx.field(static=True, default="eflops")
    axes: tuple[str, ...] = eqx.field(static=True, default=("job", "period"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("job.largest_run_count",)

    def slack(self, view: View) -> Float[Array, "job period"]:
        """Largest workable run less the run."""
        return view.pace.largest_run_eflops[:, None] - jnp.sum(view.orders.run_eflops, axis=1)


class Supply(AbstractAffine):
    """No more chips of a type than can be had at any price, and none before it is built."""

    name: str = eqx.field(static=True, default="supply")
    unit: str = eqx.field(static=True, default="count")
    axes: tuple[str, ...] = eqx.field(static=True, default=("accelerator", "decision"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("accelerator.share",)

    def slack(self, view: View) -> Float[Array, "accelerator decision"]:
        """Available less bought."""
        return purchase.available_count(view.scenario) - jnp.sum(view.orders.chips_count, axis=1)


class VendorSupply(AbstractAffine):
    """No more chips of a vendor than its offer and what can be stretched beyond it."""

    name: str = eqx.field(static=True, default="vendor_supply")
    unit: str = eqx.field(static=True, default="count")
    axes: tuple[str, ...] = eqx.field(static=True, default=("vendor", "decision"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return (
            "supply.offered_count_per_s",
            "supply.stretch",
        )

    def slack(self, view: View) -> Float[Array, "vendor decision"]:
        """Most that can be had less bought."""
        most = purchase.offered_count(view.scenario) * (1.0 + view.scenario.supply.stretch[:, None])
        return most - purchase.vendor_matrix(view.scenario) @ jnp.sum(view.orders.chips_count, axis=1)


class Crews(AbstractAffine):
    """Hall capacity started at a site, within what crews, land and permits allow."""

    name: str = eqx.field(static=True, default="hall_starts")
    unit: str = eqx.field(static=True, default="w")
    axes: tuple[str, ...] = eqx.field(static=True, default=("site", "decision"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("site.hall_starts_w_per_s",)

    def slack(self, view: View) -> Float[Array, "site decision"]:
        """Possible starts less starts."""
        return _per_decision(view, view.scenario.site.hall_starts_w_per_s) - jnp.sum(view.orders.hall_w, axis=0)


class Generation(AbstractAffine):
    """Generation ordered for a site, within what can be sited and delivered there."""

    name: str = eqx.field(static=True, default="source_starts")
    unit: str = eqx.field(static=True, default="w")
    axes: tuple[str, ...] = eqx.field(static=True, default=("site", "decision"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("site.source_starts_w_per_s",)

    def slack(self, view: View) -> Float[Array, "site decision"]:
        """Possible orders less orders."""
        return _per_decision(view, view.scenario.site.source_starts_w_per_s) - jnp.sum(view.orders.source_w, axis=0)


class Hiring(AbstractAffine):
    """Hires, within what a team of today's size can take in."""

    name: str = eqx.field(static=True, default="hiring")
    unit: str = eqx.field(static=True, default="heads")
    axes: tuple[str, ...] = eqx.field(static=True, default=("decision",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("staff.hiring_per_s",)

    def slack(self, view: View) -> Float[Array, "decision"]:
        """Possible hires less hires."""
        staff = view.scenario.staff
        return _per_decision(view, (staff.hiring_per_s * staff.headcount_count)[None])[0] - view.orders.hires_count


class StaffFloor(AbstractAffine):
    """Research staff never below its floor."""

    name: str = eqx.field(static=True, default="staff_floor")
    unit: str = eqx.field(static=True, default="heads")
    axes: tuple[str, ...] = eqx.field(static=True, default=("edge",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("staff.floor_count",)

    def slack(self, view: View) -> Float[Array, "edge"]:
        """Heads less the floor."""
        return view.stock.heads_count - view.scenario.staff.floor_count


class RentalMarket(AbstractAffine):
    """New rentals, within what is on offer."""

    name: str = eqx.field(static=True, default="rental_market")
    unit: str = eqx.field(static=True, default="count")
    axes: tuple[str, ...] = eqx.field(static=True, default=("rental", "decision"))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("rental.offered_count_per_s",)

    def slack(self, view: View) -> Float[Array, "rental decision"]:
        """Offer less rented."""
        return _per_decision(view, view.scenario.rental.offered_count_per_s) - view.orders.rented_count


class Deadline(AbstractAffine):
    """Models that have a deadline are out by it."""

    name: str = eqx.field(static=True, default="deadline")
    unit: str = eqx.field(static=True, default="s")
    axes: tuple[str, ...] = eqx.field(static=True, default=("job",))

    @property
    def levers(self) -> tuple[str, ...]:
        """What moves it."""
        return ("job.deadline_s",)

    def slack(self, view: View) -> Float[Array, "job"]:
        """Deadline less date; a horizon more where there is none."""
        job, horizon_s = view.scenario.job, view.scenario.calendar.horizon_s
        due = jnp.asarray(job.deadlined)
        return jnp.where(due, job.deadline_s - view.date_s, horizon_s)


LIMITS: tuple[AbstractConstraint, ...] = (
    Envelope(),
    Operating(),
    Acquisitions(),
    MixedPower(),
    RackDensity(),
    *(Balance(quantity) for quantity in BALANCES),  # after those that share their levers: a price is named after the last
    LargestRun(),
    Supply(),
    VendorSupply(),
    Crews(),
    Generation(),
    Hiring(),
    StaffFloor(),
    RentalMarket(),
    Deadline(),
    GridEnergy(),
    CarbonCap(),
)
"""Every limit a scenario can state; a problem that names none is held to all of them."""


def _per_decision(view: View, per_s: Float[Array, "member"]) -> Float[Array, "member decision"]:
    return per_s[:, None] * jnp.diff(view.scenario.calendar.decision_edges_s)[None]
