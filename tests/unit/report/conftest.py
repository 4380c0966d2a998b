"""A small plan made by hand: two sites, two chips, two models, two years; nothing is optimized, so that each number can be followed."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import pytest

from capexmodel.config import load
from capexmodel.model.allocation import Allocation
from capexmodel.model.simulate import Outcome, simulate
from capexmodel.planning.choice import nothing
from capexmodel.planning.plan import Binding, Certificate, Plan, ShadowPrice, Swing
from capexmodel.planning.problem import Problem

SMALL = """
schema_version = 1
name = "small"
title = "Two sites, two chips, two models"
as_of = 2026-02-02
precision = "bf16"
[grid]
horizon = 2027-12-31
decisions = [{ every = "quarter" }]
periods = [{ every = "month", until = 2026-12-31 }, { every = "quarter" }]
[sources.paper]
title = "A paper"
publisher = "A press"
date = 2026-01-15
reference = "page 3"
[accelerator.old]
vendor = "maker"
peak_bf16_pflops = 1
peak_fp8_pflops = 2
it_power_kw = 1
price_kusd = { value = 30, low = 25, high = 40, status = "recalled", source = "paper", note = "as remembered" }
load = 0.8
install_months = 2
install_spread = 0.5
share = { at = [2026-02-02], value = [1.0] }
[accelerator.new]
vendor = "maker"
peak_bf16_pflops = 2.5
peak_fp8_pflops = 5
it_power_kw = 1.9
price_kusd = 50
load = 0.8
install_months = 2
install_spread = 0.5
share = { at = [2026-02-02], value = [0.5] }
[network.fabric]
price_kusd = 10
install_months = 3
install_spread = 0.5
[hall.shell]
price_musd_per_mw = 10
build_months = 8
build_spread = 0.5
[source.engine]
price_usd_per_kw = 2000
build_months = 9
build_spread = 0.5
[site.east]
network = "fabric"
open = true
hall_power_mw = { at = [2026-02-02, 2026-12-31], value = [20, 60], low = [20, 40], high = [20, 80], status = "scenario", source = "paper" }
site_power_mw = { at = [2026-02-02, 2026-12-31], value = [30, 70] }
peak_pue = 1.3
average_pue = 1.1
energy_price_usd_per_mwh = 50
hall_starts_mw_per_quarter = 20
source_starts_mw_per_quarter = 20
[site.east.fleet_count]
old = 15000
[site.west]
network = "fabric"
open = true
hall_power_mw = { at = [2026-02-02], value = [10] }
site_power_mw = { at = [2026-02-02], value = [15] }
peak_pue = 1.2
average_pue = 1.1
energy_price_usd_per_mwh = 60
[site.west.fleet_count]
old = 6000
[supply.maker]
offered_thousand_per_quarter = { at = [2026-02-02], value = [10] }
stretch = 0.5
premium = 1.0
[rental.lease]
accelerator = "old"
site = "west"
contracted_count = { at = [2026-02-02], value = [500] }
offered_count_per_quarter = 1000
price_usd_per_hour = 3
install_months = 1
install_spread = 0.5
[staff]
headcount_count = 100
floor_count = 50
hiring_per_year = 0.2
attrition_per_year = 0.1
pay_musd_per_year = 1
[deal.boutique]
price_musd = 100
heads_count = 10
retention = 0.9
clearance = 0.5
close = 2026-05-15
integration_months = 3
[core]
share = 0.2
growth_per_year = 0.1
relief_eflops = { at = [2026-02-02], value = [0] }
[utilization]
mfu = 0.4
scale_eflops = 10
scale_exponent = 0.02
chip_pflops = 1

[reliability]
chip_failures_per_year = 0.1
checkpoint_s = 1
restart_s = 60
[research]
experiment_ratio = 0.2
compute_exponent = 0.6
eflops_per_head = 0.02
[job.first]
work_flop = { value = 4e25, low = 2e25, high = 8e25, status = "scenario", source = "paper" }
release_lag_months = 2
deadline = 2026-10-31
largest_run_thousand = 50
[job.first.reach]
east = 1.0
west = 0.5
[job.second]
work_flop = 4e27
release_lag_months = 2
largest_run_thousand = 100
[job.second.reach]
east = 1.0
west = 0.5
[envelope.FY2026]
low_busd = 0.5
high_busd = 1.5
other_share = 0.1
completion_musd = 50
spent_musd = 20
operating_busd = 1.0
acquisition_musd = 200
[envelope.FY2027]
high_busd = 1.5
other_share = 0.1
operating_busd = 1.0
[preference]
cost_months_per_busd = 1e-4
ridge_months = 1e-7
discount_per_year = 0.0675
"""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory):
    """The scenario."""
    path = tmp_path_factory.mktemp("scenario") / "small.toml"
    path.write_text(SMALL)
    return load(path)


@pytest.fixture(scope="session")
def allocation(small) -> Allocation:
    """Something of everything."""
    orders = nothing(small).orders
    names = [field.name for field in dataclasses.fields(Allocation)]
    blank = {name: getattr(orders, name) for name in names if hasattr(orders, name)}
    zeros = jnp.zeros_like
    return Allocation(
        chips_usd=zeros(orders.chips_count).at[1, 0, :4].set(1.2e8).at[0, 1, 2].set(3.0e7),
        hall_usd=zeros(orders.hall_w).at[0, 0, 0].set(1.0e8),
        source_usd=zeros(orders.source_w).at[0, 0, 1].set(2.0e7),
        energy_share=zeros(orders.energy_j).at[0, 0, 1].set(0.5),
        ports_usd=zeros(orders.ports_count).at[0, :4].set(2.0e7).at[1, 2].set(1.0e7),
        reserve_usd=zeros(blank["reserve_usd"]).at[0].set(5.0e7),
        rented_count=zeros(orders.rented_count).at[0, 1].set(400.0),
        hires_count=zeros(orders.hires_count).at[:3].set(4.0),
        taken=zeros(orders.taken).at[0].set(1.0),
        run_share=zeros(orders.run_eflops).at[0, :, :6].set(0.5).at[1, 0, 6:].set(0.5),
        experiment_share=zeros(orders.experiment_eflops) + 0.8,
    )


@pytest.fixture(scope="session")
def follow():
    """The simulation, compiled once."""
    return eqx.filter_jit(simulate)


@pytest.fixture(scope="session")
def outcome(small, allocation, follow) -> Outcome:
    """What follows."""
    return follow(small, allocation)


@pytest.fixture(scope="session")
def plan(small, allocation, outcome) -> Plan:
    """The plan as a solver would hand it over, its proof and prices set by hand."""
    proof = Certificate(
        1e-6, 3e-9, 2e-9, 1e-10, 0.0, 3e-9, {"envelope": 1e-3}, {"envelope": "usd"}, {"envelope": 1}, 1e-4, "local", (2, 2), 12.0
    )
    day, gw = 86400.0, 1e9
    prices = (
        ShadowPrice("envelope.FY2027.high_usd", "envelope", -2.5 * day / 1e9, "s/usd", 1.5e9, 1.4e9, 1.7e9),
        ShadowPrice("site.east.hall_power_w.2026-12-31", "it_power_w", -300.0 * day / gw, "s/w", 6e7),
        ShadowPrice("site.east.slip_s", None, 0.25, "s/s", 0.0, -1e6, 1e6),
        ShadowPrice("supply.maker.stretch", "vendor_supply", -20.0 * day, "s/1", 0.5, 0.5, 0.5),
    )
    binding = (
        Binding("it_power_w", ("east", "2026-05-01"), "w", 0.0, 10.0 * day / gw),
        Binding("it_power_w", ("east", "2026-04-01"), "w", 0.0, 10.0 * day / gw),
        Binding("it_power_w", ("east", "2026-09-01"), "w", 0.0, 5.0 * day / gw),
        Binding("envelope", ("high", "FY2027"), "usd", 0.0, 2.5 * day / 1e9),
    )
    swings = (
        Swing("job.first.work_eflop", "scenario", 2e7, 8e7, -30.0 * day, None),
        Swing("accelerator.old.price_usd", "recalled", 25e3, 40e3, -day, 2 * day),
        Swing("site.east.hall_power_w.2026-12-31", "scenario", 4e7, 8e7, 6 * day, -6 * day, first_order=True),
    )
    days, others = {"first": 0.0, "second": -2.5}, {"boutique": 300.0 * day, "none": 303.0 * day}
    return Plan(Problem(small), "OPTIMAL", 300.0 * day, allocation, outcome, proof, prices, binding, swings, None, days, others)
