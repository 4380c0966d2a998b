"""Questions of energy and carbon that a plan answers: each is solved, and its price is checked by solving again."""

import dataclasses
import functools

import numpy as np
import pytest

from capexmodel.model import carbon
from capexmodel.model.express import express
from capexmodel.model.leaves import leaf
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import simulate
from capexmodel.planner.conflict import applies
from capexmodel.planner.optimize import optimize
from capexmodel.planner.search import Found, search
from capexmodel.planning.limits import LIMITS
from capexmodel.planning.objective import PresentCost, TimeToModel, WorkByDate
from capexmodel.planning.problem import Problem
from capexmodel.report.page import page
from tests.draws import shipped

KWH_J = 3.6e6
PROVEN = 1e-6
YEAR_S = 365 * 86400.0
PRICE = "site.campus.carbon_price_usd_per_kg"
CAP = "envelope.FY2026.carbon_kg"
TAX = "envelope.FY2026.carbon_price_usd_per_kg"


def written(scenario: Scenario, **changes: float) -> Scenario:
    """A scenario with some numbers replaced."""
    for path, value in changes.items():
        scenario = leaf(scenario, path).write(scenario, value)
    return scenario


@functools.cache
def firm(usd_per_t: float) -> Found:
    """The cheapest firm two gigawatts at a price of carbon."""
    return search(Problem(written(shipped("firm_power"), **{PRICE: usd_per_t / 1000.0}), PresentCost()))


def line(found: Found) -> tuple[float, float]:
    """Cost and its slope in the price of carbon, in dollars and in dollars per (dollar a kilogram)."""
    slope = float(leaf(found.problem.scenario, PRICE).read(found.verdict.gradient)) * float(found.problem.minimize.size(found.size))
    return found.verdict.aim, slope


def flip_usd_per_t() -> float:
    """The price at which the plans of a low and of a high price of carbon cost the same: each is a straight line in it."""
    (gas_usd, gas_kg), (clean_usd, clean_kg) = line(firm(0.0)), line(firm(200.0))
    return 1000.0 * ((clean_usd - 0.2 * clean_kg) - gas_usd) / (gas_kg - clean_kg)


def clean_share(found: Found) -> float:
    """Share of the energy of sources that leaves no carbon."""
    energy, source = np.asarray(found.choice.orders.energy_j).sum(axis=(1, 2)), found.problem.scenario.source
    return float(energy[np.asarray(source.carbon_kg_per_j) == 0.0].sum() / energy.sum())


@pytest.mark.long
def test_the_cheapest_firm_power_flips_from_gas_to_clean_at_a_price_of_carbon():
    flip = flip_usd_per_t()
    assert 100.0 < flip < 140.0
    below, above = firm(round(flip, 1) - 2.0), firm(round(flip, 1) + 2.0)
    assert all(found.verdict.kkt_error <= PROVEN for found in (firm(0.0), below, above, firm(200.0)))
    assert clean_share(below) < 0.01
    assert clean_share(above) > 0.9
    engines_w = np.asarray(above.choice.orders.source_w)[0].sum()
    assert engines_w == pytest.approx(809e3 * 1900.0 * 1.3, rel=1e-6)  # they stand by for all of the peak


@pytest.mark.long
def test_the_plan_of_firm_power_is_simulated_back():
    found = firm(200.0)
    orders = found.choice.orders
    again = simulate(found.problem.scenario, express(found.problem.scenario, orders))
    np.testing.assert_allclose(again.orders.energy_j, orders.energy_j, rtol=1e-6, atol=1e-6 * float(np.max(orders.energy_j)))
    np.testing.assert_allclose(again.orders.source_w, orders.source_w, rtol=1e-12)
    assert (np.asarray(again.carbon.grid_j)[0, 3:] <= 1e-6 * np.asarray(again.carbon.drawn_j)[0, 3:]).all()  # the line is gone by 2030


@functools.cache
def small() -> Scenario:
    """The smallest scenario, with carbon of operation and of making."""
    figures = {
        "site.campus.grid_carbon_kg_per_j": 0.4 / KWH_J,
        "accelerator.chip.embodied_kg": 500.0,
        "envelope.FY2026.embodied_share": 1.0,
    }
    return written(shipped("one_period"), **figures)


LIFTED = tuple(limit for limit in LIMITS if limit.name != "operating")


def planned(**changes: float) -> Found:
    """The best plan of the smallest scenario, operating cost left free, for a tax far above any real one is booked there."""
    return search(Problem(written(small(), **changes), TimeToModel(), LIFTED))


def priced(found: Found, path: str) -> float:
    """Seconds of the aim for one more of a number."""
    return float(leaf(found.problem.scenario, path).read(found.verdict.gradient)) * float(found.problem.minimize.size(found.size))


def counted_kg(found: Found) -> float:
    """Carbon that the limit counts."""
    scenario = found.problem.scenario
    return float(carbon.counted_kg(scenario, simulate(scenario, express(scenario, found.choice.orders)).carbon)[0])


def chips_count(found: Found) -> float:
    """All chips bought."""
    return float(np.asarray(found.choice.orders.chips_count).sum())


@pytest.mark.long
def test_a_cap_on_carbon_and_its_price_as_a_tax_lead_to_the_same_plan():
    free = planned(**{CAP: 1e9})
    capped = planned(**{CAP: 0.95 * counted_kg(free)})
    assert chips_count(capped) < chips_count(free) - 1e3
    assert capped.verdict.aim > free.verdict.aim + 86400.0
    seconds_per_kg = -priced(capped, CAP)
    scenario = small()
    discount = float(np.exp(-scenario.preference.discount_per_s * 0.5 * np.sum(np.asarray(scenario.calendar.year_edges_s))))
    tax = seconds_per_kg / (float(scenario.preference.cost_s_per_usd) * discount)
    taxed = planned(**{CAP: 1e9, TAX: tax})
    assert chips_count(taxed) == pytest.approx(chips_count(capped), rel=1e-5)
    assert taxed.verdict.aim == pytest.approx(capped.verdict.aim, rel=1e-6)


@pytest.mark.long
def test_a_tighter_cap_is_never_better_and_its_price_is_the_slope_of_solving_again():
    whole = counted_kg(planned(**{CAP: 1e9}))
    tight, middle, loose = (planned(**{CAP: share * whole}) for share in (0.949, 0.95, 0.951))
    aims = [found.value * float(found.problem.minimize.size(found.size)) for found in (tight, middle, loose)]
    assert aims[0] > aims[1] > aims[2]
    slope = (aims[2] - aims[0]) / (0.002 * whole)
    assert priced(middle, CAP) == pytest.approx(slope, rel=1e-3)


@pytest.mark.long
def test_a_cap_below_what_stands_is_a_conflict_that_says_how_much_more_it_takes():
    scenario = written(small(), **{CAP: 1e7})
    problem = Problem(scenario)
    plan = optimize(problem, starts=1, ranges=False)
    assert plan.status == "INFEASIBLE_EXPLAINED"
    assert "carbon.FY2026" in plan.conflict.members
    more_kg = plan.conflict.relaxations["carbon.FY2026"]
    assert plan.conflict.works["carbon.FY2026"]
    assert plan.conflict.leaves["carbon.FY2026"] == CAP
    assert "kt (envelope.FY2026.carbon_kg)" in page(plan)
    assert not applies_with(problem, 1e7 + 0.9 * more_kg)


def applies_with(problem: Problem, cap_kg: float) -> bool:
    """Whether a plan is found under a cap."""
    other = dataclasses.replace(problem, scenario=written(problem.scenario, **{CAP: cap_kg}))
    return applies(other, None, {})


@pytest.mark.long
def test_a_plan_shows_its_carbon_and_what_the_cap_is_worth():
    plan = optimize(Problem(written(small(), **{CAP: 6.1e7})), starts=1, ranges=True)
    assert plan.status == "OPTIMAL"
    text = str(page(plan))
    assert "CARBON AND ENERGY" in text
    assert "energy drawn" in text
    assert "made: chips, memory, servers (scope 3)" in text
    price = next(price for price in plan.shadow_prices if price.leaf == CAP)
    assert (price.constraint, price.unit) == ("carbon", "s/kg")
    assert price.value < 0
    assert price.low is not None
    assert "1 ktCO2 more of envelope.FY2026.carbon_kg" in text


@pytest.mark.long
def test_a_connection_twelve_months_sooner_is_never_less_work():
    scenario = shipped("greenfield")
    done = []
    for slip_s in (0.0, -YEAR_S):
        moved = written(scenario, **{"site.coast.power_slip_s": slip_s})
        found = search(Problem(moved, WorkByDate(job="first")))
        assert found.verdict.kkt_error <= PROVEN
        done.append(-found.verdict.aim)
    assert done[1] >= done[0] * (1.0 - PROVEN)
