"""The slack of every limit of a town, where what is bought and what follows from it are written down by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model import purchase
from capexmodel.model.fleet import Stock
from capexmodel.planning import limits, mix, physics, totals
from capexmodel.planning.choice import Gist
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import changed, town
from tests.unit.planning.views import numbers, seen

DAY_S = 86400.0
DAYS = np.array([58.0, 91.0, 92.0, 92.0, 90.0, 91.0, 92.0, 92.0])
"""Of each decision interval."""


def test_an_envelope_has_two_ends_and_the_low_one_is_met_to_its_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gist, "capex_usd", lambda self: jnp.array([6.0, 7.0]))
    given = changed(town(), envelope__low_usd=[4.0, 0.5], envelope__high_usd=[9.0, 11.0])
    slack = limits.Envelope().slack(fake(Gist, scenario=given))
    np.testing.assert_allclose(slack, [[3.0, 4.0], [6.0 - 4.0 * 0.9999, 7.0 - 0.5 * 0.9999]], rtol=1e-14)
    assert limits.Envelope().labels(town()) == (("high", "low"), ("FY2026", "FY2027"))


def test_costs_and_companies_have_money_of_their_own() -> None:
    given = changed(town(), envelope__operating_usd=[9.0, 11.0], envelope__acquisition_usd=[20.0, 30.0])
    view = seen(given, {"operating_usd": [2.0, 5.0], "acquisition_usd": [3.0, 7.0]})
    assert limits.Operating().slack(view).tolist() == [7.0, 6.0]
    assert limits.Acquisitions().slack(view).tolist() == [17.0, 23.0]


@pytest.mark.parametrize(("quantity", "unit", "levers"), [
    ("it_power_w", "w", ("site.hall_power_w",)), ("site_power_w", "w", ("site.site_power_w",)), ("network_ports_count", "count", ()),
])  # fmt: skip
def test_a_balance_is_that_of_its_quantity(monkeypatch, quantity: str, unit: str, levers: tuple[str, ...]) -> None:
    limit, asked = limits.Balance(quantity), []
    monkeypatch.setattr(Stock, "balance", lambda self, name: asked.append(name) or jnp.full((3, 16), 5.0))
    assert limit.slack(seen()).shape == (3, 16)
    assert asked == [quantity]
    assert (limit.name, limit.unit, limit.axes, limit.levers) == (quantity, unit, ("site", "edge"), levers)


def test_no_balance_of_what_nobody_needs() -> None:
    with pytest.raises(ModelError, match=r"^no balance of 'water_kg': expected one of it_power_w, site_power_w, network_ports_count"):
        limits.Balance("water_kg")


def test_a_run_is_no_larger_than_it_can_be() -> None:
    runs = numbers(2, 3, 15)
    np.testing.assert_allclose(limits.LargestRun().slack(seen(run_eflops=runs)), np.array([[40.0], [50.0]]) - runs.sum(axis=1))


def test_chips_of_a_kind_and_of_a_maker(monkeypatch: pytest.MonkeyPatch) -> None:
    chips = numbers(3, 3, 8)
    bought = chips.sum(axis=1)
    monkeypatch.setattr(purchase, "available_count", lambda scenario: jnp.asarray(numbers(3, 8)))
    monkeypatch.setattr(purchase, "offered_count", lambda scenario: jnp.asarray(numbers(2, 8)))
    view = seen(changed(town(), supply__stretch=[0.5, 0.25]), chips_count=chips)
    np.testing.assert_allclose(limits.Supply().slack(view), numbers(3, 8) - bought)
    made = np.stack([bought[0] + bought[1], bought[2]])
    np.testing.assert_allclose(limits.VendorSupply().slack(view), numbers(2, 8) * np.array([[1.5], [1.25]]) - made)


def test_what_is_started_is_limited_by_the_days_of_an_interval() -> None:
    per_day = np.array([2.0, 3.0, 5.0])
    given = changed(
        town(), site__hall_starts_w_per_s=per_day / DAY_S, site__source_starts_w_per_s=2.0 * per_day / DAY_S,
        rental__offered_count_per_s=np.array([4.0, 6.0]) / DAY_S, staff__hiring_per_s=0.25 / DAY_S, staff__headcount_count=8.0,
    )  # fmt: skip
    halls, rented, hires = numbers(2, 3, 8), numbers(2, 8), numbers(8)
    view = seen(given, hall_w=halls, source_w=halls + 1.0, rented_count=rented, hires_count=hires)
    np.testing.assert_allclose(limits.Crews().slack(view), per_day[:, None] * DAYS - halls.sum(axis=0))
    np.testing.assert_allclose(limits.Generation().slack(view), 2.0 * per_day[:, None] * DAYS - (halls + 1.0).sum(axis=0))
    np.testing.assert_allclose(limits.RentalMarket().slack(view), np.array([[4.0], [6.0]]) * DAYS - rented)
    np.testing.assert_allclose(limits.Hiring().slack(view), 0.25 * 8.0 * DAYS - hires)


def test_staff_stays_above_its_floor() -> None:
    view = seen(changed(town(), staff__floor_count=20.0), stock={"heads_count": numbers(16)})
    np.testing.assert_allclose(limits.StaffFloor().slack(view), numbers(16) - 20.0)


def test_a_model_is_out_by_its_deadline_if_it_has_one() -> None:
    view = seen(changed(town(), job__deadline_s=[100.0, 7.0], job__release_lag_s=[30.0, 5.0]), end_s=(50.0, 60.0))
    assert limits.Deadline().slack(view).tolist() == [20.0, 698.0 * DAY_S]


@pytest.mark.parametrize(("limit", "name", "unit", "axes", "levers"), [
    (limits.Envelope, "envelope", "usd", ("end", "year"), ("envelope.high_usd", "envelope.low_usd")),
    (limits.Operating, "operating", "usd", ("year",), ("envelope.operating_usd",)),
    (limits.Acquisitions, "acquisitions", "usd", ("year",), ("envelope.acquisition_usd",)),
    (limits.LargestRun, "largest_run", "eflops", ("job", "period"), ("job.largest_run_count",)),
    (limits.Supply, "supply", "count", ("accelerator", "decision"), ("accelerator.share",)),
    (limits.VendorSupply, "vendor_supply", "count", ("vendor", "decision"), ("supply.offered_count_per_s", "supply.stretch")),
    (limits.Crews, "hall_starts", "w", ("site", "decision"), ("site.hall_starts_w_per_s",)),
    (limits.Generation, "source_starts", "w", ("site", "decision"), ("site.source_starts_w_per_s",)),
    (limits.Hiring, "hiring", "heads", ("decision",), ("staff.hiring_per_s",)),
    (limits.StaffFloor, "staff_floor", "heads", ("edge",), ("staff.floor_count",)),
    (limits.RentalMarket, "rental_market", "count", ("rental", "decision"), ("rental.offered_count_per_s",)),
    (limits.Deadline, "deadline", "s", ("job",), ("job.deadline_s",)),
    (mix.SourceEnergy, "source_energy", "j", ("source", "site", "year"), ()),
    (mix.DrawnEnergy, "drawn_energy", "j", ("site", "year"), ()),
    (mix.GridEnergy, "grid_energy", "j", ("site", "year"), ("site.site_power_w",)),
    (mix.CarbonCap, "carbon", "kg", ("year",), ("envelope.carbon_kg",)),
    (physics.Work, "work", "share", ("job",), ()), (physics.Readiness, "readiness", "share", ("job",), ()),
    (physics.SiteCompute, "site_compute", "eflops", ("site", "period"), ()),
    (physics.FleetCompute, "fleet_compute", "eflops", ("period",), ("core.share",)),
    (totals.TotalCost, "total_cost", "usd", ("end",), ("preference.most_usd",)),
    (totals.TotalPower, "total_power", "w", ("edge",), ("preference.most_w",)),
    (totals.TotalCarbon, "total_carbon", "kg", ("end",), ("preference.most_kg",)),
])  # fmt: skip
def test_a_limit_says_what_it_is_and_what_moves_it(limit, name: str, unit: str, axes, levers) -> None:
    assert (limit().name, limit().unit, limit().axes, limit().levers) == (name, unit, axes, levers)


def test_every_limit_stands_once_and_those_of_power_before_their_balances() -> None:
    assert [limit.name for limit in limits.LIMITS] == [
        "envelope", "operating", "acquisitions", "mixed_power_w", "rack_density", "it_power_w", "site_power_w", "network_ports_count",
        "largest_run", "supply", "vendor_supply", "hall_starts", "source_starts", "hiring", "staff_floor", "rental_market", "deadline",
        "grid_energy", "carbon",
    ]  # fmt: skip
