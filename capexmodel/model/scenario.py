"""A Scenario: everything given. One table a kind; every number a declared parameter."""

import math

import equinox as eqx
from jaxtyping import Array, Float

from capexmodel.components.accelerator import Accelerator
from capexmodel.components.demand import Core
from capexmodel.components.facility import Hall
from capexmodel.components.network import Network
from capexmodel.components.power import Source
from capexmodel.components.rental import Rental
from capexmodel.components.site import Site
from capexmodel.components.staff import Acquisition, Staff
from capexmodel.components.supply import Supply
from capexmodel.model.calendar import Calendar
from capexmodel.model.evidence import Evidence
from capexmodel.param import param
from capexmodel.training.chip import Chip
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.goodput import Reliability
from capexmodel.training.recipe import Recipe
from capexmodel.training.transformer import Transformer
from capexmodel.training.utilization import Programme, Research, Utilization
from capexmodel.types import Scalar


class Envelope(eqx.Module):
    """Money by fiscal year: what may be spent, and what is spoken for before the plan decides anything.

    Capex includes finance-lease principal. Operating cost and acquisitions have limits of their own and never enter it.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    low_usd: Float[Array, "year"] = param("least capital expenditure of the year", ge=0, default=0.0)
    high_usd: Float[Array, "year"] = param("most capital expenditure of the year", ge=0)
    other_share: Float[Array, "year"] = param(
        "share of the year's highest capex that buys neither AI chips, halls, power nor network", ge=0, lt=1, default=0.0
    )
    completion_usd: Float[Array, "year"] = param("cost of completing halls already started", ge=0, default=0.0)
    spent_usd: Float[Array, "year"] = param("capex of the year already spent at the as-of date", ge=0, default=0.0)
    operating_usd: Float[Array, "year"] = param("most operating cost of the year: research staff, rentals and energy of the fleet", ge=0)
    acquisition_usd: Float[Array, "year"] = param("most paid for companies in the year", ge=0, default=0.0)
    carbon_kg: Float[Array, "year"] = param("most carbon of the year; infinite: no limit", ge=0, default=math.inf)
    carbon_price_usd_per_kg: Float[Array, "year"] = param("price of carbon in the year, beside a site's own", ge=0, default=0.0)
    embodied_share: Float[Array, "year"] = param("share of embodied carbon that limit and price of the year count", ge=0, le=1, default=0.0)


class Preference(eqx.Module):
    """Tastes that settle ties between plans of the same dates, and are shown beside the aim; and what a whole plan may take at most."""

    cost_s_per_usd: Scalar = param("delay accepted for a dollar less of present cost", ge=0)
    ridge_s: Scalar = param("delay accepted for one squared unit less of each scaled choice", ge=0)
    discount_per_s: Scalar = param("discount rate of present cost", ge=0)
    most_usd: Scalar = param("most present cost of a plan, all accounts together; infinite: no limit", ge=0, default=math.inf)
    most_w: Scalar = param("most IT power of all sites at any instant; infinite: no limit", ge=0, default=math.inf)
    most_kg: Scalar = param("most carbon of a plan, as its years count it; infinite: no limit", ge=0, default=math.inf)


class Scenario(eqx.Module):
    """Everything given. `name` and `title` are what people call it; the tables hold the numbers.

    How fast a run trains is either measured (`utilization`) or timed: a `recipe` for each size of run, of a `shape` on a `chip`, with the
    `efficiency` that software reaches.
    """

    name: str = eqx.field(static=True)
    title: str = eqx.field(static=True)
    evidence: Evidence = eqx.field(static=True)
    calendar: Calendar
    accelerator: Accelerator
    network: Network
    hall: Hall
    source: Source
    site: Site
    supply: Supply
    rental: Rental
    staff: Staff
    deal: Acquisition
    core: Core
    utilization: Utilization | None
    recipe: Recipe
    shape: Transformer | None
    chip: Chip | None
    efficiency: Efficiency | None
    reliability: Reliability
    research: Research
    job: Programme
    envelope: Envelope
    preference: Preference
