"""Laws of the best plan: proof, prices, and what more money, power or time does to it."""

import dataclasses
import functools
import itertools

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.leaves import leaf
from capexmodel.planner.again import resolve
from capexmodel.planner.optimize import optimize
from capexmodel.planner.price import RANGED, dollar_days, explore, levers, priced, shadow_prices
from capexmodel.planner.search import Found, chart_for, prepare, search
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planner.swing import swings
from capexmodel.planning.limits import LIMITS
from capexmodel.planning.problem import Problem
from capexmodel.solvers.base import Status
from tests.draws import scenario_near, shipped

PROVEN = 1e-6
ENDED = 1e-5
"""Days by which two solves of the same dates may differ: each is proven to a millionth of a natural unit of time, a month."""
TASTE_DAYS = 0.05
"""The preference for the cheaper of equal plans: a larger envelope also raises what other ends take, $1-6B at 1e-4 months per $B."""
NARROW = 1e-3
"""Relative half-width of a range over which a slope must do."""
SEEDS = range(6)
"""Of random scenarios."""
SMALL = ("one_period", "greenfield")
WORSE_WHEN_MORE = {("site", "slip_s"), ("site", "power_slip_s"), ("envelope", "low_usd"), ("staff", "floor_count")}
"""Fields of limits of which more is worse."""


def quiet(text: str) -> None:
    """Say nothing."""


@functools.cache
def best(name: str, *changes: tuple[str, float]) -> Found:
    """The best plan of a shipped scenario with some numbers multiplied."""
    scenario = shipped(name)
    for path, factor in changes:
        where = leaf(scenario, path)
        scenario = where.write(scenario, float(where.read(scenario)) * factor)
    return near(name, Problem(scenario)) if changes else search(Problem(scenario))


@functools.cache
def shared(name: str) -> SharedChart:
    """SharedChart for a shipped scenario and for some like it, so that few programs serve all."""
    return chart_for(Problem(scenario) for scenario in (shipped(name), *(scenario_near(name, seed, width=0.1) for seed in SEEDS)))


def near(name: str, problem: Problem) -> Found:
    """The best plan of a scenario like a shipped one."""
    return search(problem, prepare(problem, shared=shared(name)))


def days(found: Found) -> float:
    """The aim in days."""
    return found.value * float(found.problem.minimize.size(found.size)) / 86400.0


@pytest.mark.parametrize("name", ["one_period", "greenfield", "meta_2026"])
def test_L31_L32_L33_the_plan_is_proven(name):
    found = best(name)
    assert int(found.solution.status) == Status.OPTIMAL
    verdict = found.verdict
    assert verdict.primal <= 1e-8
    assert verdict.stationarity <= PROVEN
    assert verdict.complementarity <= PROVEN
    assert verdict.dual_sign <= 1e-12


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_L31_L32_L33_random_scenarios_are_called_optimal_only_when_proven(seed):
    plan = optimize(Problem(scenario_near("greenfield", seed, width=0.1)), starts=1, ranges=False, shared=shared("greenfield"))
    if plan.certificate is None:
        assert plan.status == "INFEASIBLE_EXPLAINED"
        assert plan.conflict is not None
        assert plan.conflict.members
        return
    assert plan.certificate.primal <= PROVEN
    assert (plan.status == "OPTIMAL") == (plan.certificate.kkt_error <= PROVEN)


@pytest.mark.parametrize("name", SMALL)
def test_L12_more_budget_is_never_later(name):
    dates = [days(best(name, ("envelope.high_usd", factor))) for factor in (0.9, 1.0, 1.1, 1.3)]
    assert all(b <= a + TASTE_DAYS for a, b in itertools.pairwise(dates))


def test_L12_a_tight_budget_costs_days():
    assert days(best("one_period", ("envelope.high_usd", 0.9))) > days(best("one_period")) + 1.0


@pytest.mark.long
@pytest.mark.parametrize(("path", "factor"), [
    ("accelerator.GB300.price_usd", 1.1),
    ("accelerator.GB300.it_power_w", 1.1),
    ("hall.direct_liquid_rapid.build_s", 1.2),
    ("hall.direct_liquid_rapid.price_usd_per_w", 1.2),
])  # fmt: skip
def test_L10_dearer_hungrier_slower_is_never_a_better_plan(path, factor):
    # not the installation time of chips: no chip may wait without a hall, so a longer installation serves as the warehouse the model lacks
    assert days(best("greenfield", (path, factor))) >= days(best("greenfield")) - ENDED


@pytest.mark.long
@pytest.mark.parametrize(("path", "factor"), [("efficiency.product_share", 1.05), ("accelerator.GB300.peak_eflops", 1.05)])
def test_L11_faster_chips_are_never_a_later_plan(path, factor):
    assert days(best("greenfield", (path, factor))) <= days(best("greenfield")) + ENDED


@pytest.mark.long
def test_L13_earlier_power_is_never_a_later_plan():
    scenario = shipped("greenfield")
    for site in scenario.site.names:
        where = leaf(scenario, f"site.{site}.slip_s")
        sooner = near("greenfield", Problem(where.write(scenario, -20.0 * 86400.0)))
        assert days(sooner) <= days(best("greenfield")) + ENDED


@pytest.mark.parametrize("name", SMALL)
def test_L24_all_money_scaled_leaves_the_plan_and_divides_its_prices(name):
    found, scenario, factor = best(name), shipped(name), 1000.0
    for where in _money(scenario):
        scenario = where.write(scenario, float(where.read(scenario)) * factor)
    inverse = leaf(scenario, "preference.cost_s_per_usd")
    scenario = inverse.write(scenario, float(inverse.read(scenario)) / factor)
    other = near(name, Problem(scenario))
    assert days(other) == pytest.approx(days(found), rel=1e-7)
    # by chip and decision: two sites are alike to the run (the same reach), so that chips may stand at either
    ordered = [np.sum(np.asarray(each.choice.orders.chips_count), axis=1) for each in (other, found)]
    np.testing.assert_allclose(*ordered, rtol=1e-4, atol=10.0)
    dear = float(leaf(scenario, "envelope.high_usd").read(other.verdict.gradient))
    cheap = float(leaf(scenario, "envelope.high_usd").read(found.verdict.gradient))
    assert dear * factor == pytest.approx(cheap, rel=1e-4, abs=1e-15)


def _money(scenario):
    """Every leaf whose unit is dollars, on top."""
    from capexmodel.model.leaves import leaves

    return [x for x in leaves(scenario) if "_usd" in x.field and not x.field.endswith("_per_usd")]


PRICED = [
    ("one_period", "envelope.high_usd", 0.02),
    ("greenfield", "supply.nvidia.offered_count_per_s.2026-04-01", 0.02),
    ("greenfield", "job.first.largest_run_count", 0.02),
    ("greenfield", "efficiency.product_share", 0.01),
    ("greenfield", "chip.memory_gb_per_s", 0.01),
    ("greenfield", "chip.scaleout_gb_per_s", 0.01),
    ("greenfield", "reliability.chip_failures_per_s", 0.01),
    ("greenfield", "research.experiment_ratio", 0.01),
    ("greenfield", "accelerator.GB300.it_power_w", 0.01),
    ("greenfield", "accelerator.GB300.install_s", 0.01),
]


@pytest.mark.parametrize(("name", "path", "share"), PRICED)
def test_L60_the_price_of_a_number_is_the_slope_of_re_solving(name, path, share):
    found = best(name)
    where = leaf(found.problem.scenario, path)
    base, price = float(where.read(found.problem.scenario)), float(where.read(found.verdict.gradient))
    step = share * base / 10.0
    up, down = resolve(found.problem, found, where, base + step), resolve(found.problem, found, where, base - step)
    assert up is not None
    assert down is not None
    behind, ahead = (found.value - down.value) / step, (up.value - found.value) / step
    slack = 1e-9 / step + 0.02 * abs(price)
    assert min(behind, ahead) - slack <= price <= max(behind, ahead) + slack


@pytest.mark.long
def test_L60_signs_of_prices_follow_from_what_a_limit_does():
    found = best("greenfield")
    fields = levers(found.problem)
    prices = {f: np.asarray(getattr(getattr(found.verdict.gradient, f[0]), f[1])) for f in fields}
    for (table, field), values in prices.items():
        worse_when_more = (table, field) in WORSE_WHEN_MORE
        if (table, field) == ("envelope", "high_usd"):
            continue  # more envelope also raises what other ends take of it
        assert ((values if worse_when_more else -values) >= -1e-12 * np.abs(values).max(initial=1.0)).all(), (table, field)


@pytest.mark.long
def test_a_limit_left_out_never_makes_a_plan_worse():
    scenario = shipped("greenfield")
    base = days(best("greenfield"))
    for lifted in ("it_power_w", "site_power_w", "network_ports_count", "vendor_supply", "envelope"):
        problem = dataclasses.replace(Problem(scenario), subject_to=tuple(c for c in LIMITS if c.name != lifted))
        assert days(search(problem)) <= base + 1e-6


@pytest.mark.long
def test_the_chosen_dates_are_the_simulated_ones():
    from capexmodel.model.express import express
    from capexmodel.model.simulate import simulate

    for name in ("one_period", "greenfield", "meta_2026"):
        found = best(name)
        outcome = simulate(found.problem.scenario, express(found.problem.scenario, found.choice.orders))
        ends = outcome.training.date_s - found.problem.scenario.job.release_lag_s
        timed = np.asarray(found.form.timed)
        np.testing.assert_allclose(np.asarray(ends)[timed], np.asarray(found.choice.end_s)[timed], atol=60.0)
        assert bool(jnp.all(outcome.stock.served() > 1 - 1e-6))


@pytest.mark.long
def test_swings_by_slope_and_by_solving_again_agree_over_narrow_ranges():
    found = best("greenfield")
    scenario = found.problem.scenario
    widest = [row.leaf for row in swings(found.problem, found, False, quiet)[:4]]
    given = {path: float(leaf(scenario, path).read(scenario)) for path in widest}
    narrow = {
        path: dataclasses.replace(scenario.evidence.figures[path], low=value * (1 - NARROW), high=value * (1 + NARROW))
        for path, value in given.items()
    }
    problem = dataclasses.replace(
        found.problem, scenario=dataclasses.replace(scenario, evidence=dataclasses.replace(scenario.evidence, figures=narrow))
    )
    by_slope = {row.leaf: row for row in swings(problem, found, False, quiet)}
    again = {row.leaf: row for row in swings(problem, found, True, quiet)}
    assert by_slope.keys() == again.keys() == set(widest)
    for path in widest:
        slope, solved = by_slope[path], again[path]
        assert (slope.first_order, solved.first_order) == (True, False)
        assert slope.at_low * slope.at_high < 0.0
        np.testing.assert_allclose([solved.at_low, solved.at_high], [slope.at_low, slope.at_high], rtol=0.1)


@pytest.mark.long
def test_a_price_holds_inside_its_range_and_nowhere_else_is_a_range_said():
    found = best("greenfield")
    problem, worthy = found.problem, priced(found.problem, found.verdict, found.size)
    prices = shadow_prices(problem, found, worthy, explore(problem, found, worthy, True, quiet))
    ranged = [price for price in prices if price.low is not None]
    assert RANGED <= len(ranged) <= RANGED + 1
    assert all(price.low <= price.base <= price.high for price in ranged)
    inside = [price for price in ranged if price.low < price.base < price.high]
    assert inside
    aim = float(problem.minimize.size(found.size))
    for price in inside:
        value = 0.5 * (price.base + price.high)
        other = resolve(problem, found, leaf(problem.scenario, price.leaf), value)
        np.testing.assert_allclose((other.value - found.value) * aim / (value - price.base), price.value, rtol=0.1)
    untried = explore(problem, found, worthy, False, quiet)
    assert all(price.low is None and price.high is None for price in shadow_prices(problem, found, worthy, untried))
    assert dollar_days(problem, found, untried)["first"] < 0.0
