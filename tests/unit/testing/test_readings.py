"""What laws look at, of an outcome whose every number is another one."""

import dataclasses
import functools
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.allocation import Allocation, Orders
from capexmodel.model.carbon import Carbon
from capexmodel.model.compute import Compute
from capexmodel.model.fleet import BALANCES
from capexmodel.model.money import Money
from capexmodel.model.simulate import Outcome
from capexmodel.model.training import Training
from capexmodel.testing import readings as module
from capexmodel.testing.readings import Readings, aim_names, aims, read
from tests.bare import bare
from tests.two_sites import PERIODS_S, given, of_year, orders, there, two_sites

SIZES = {
    "accelerator": 3,
    "site": 2,
    "period": 4,
    "vendor": 2,
    "hall": 2,
    "source": 3,
    "year": 2,
    "rental": 2,
    "deal": 3,
    "job": 2,
    "edge": 5,
}
PLAN = bare(Allocation)
SPANS_S = np.array([8.0, 12.0, 13.0, 27.0])


def of_fields(kind):
    """An object whose numbers all differ, by field and place."""
    fields = [one for one in dataclasses.fields(kind) if one.name != "reached"]
    shapes = [tuple(SIZES[axis] for axis in one.type.dim_str.split()) for one in fields]
    draw = np.random.default_rng(3).uniform
    return bare(kind, **{one.name: jnp.asarray(draw(1.0, 9.0, shape)) for one, shape in zip(fields, shapes, strict=True)})


SERVED, POWER, HEADS, CHIPS = (3.0 + np.arange(10.0).reshape(2, 5), 70.0 + np.arange(10.0).reshape(2, 5), 5.0 + np.arange(5.0),
                               4.0 + np.arange(30.0).reshape(3, 2, 5))  # fmt: skip


@functools.cache
def outcome():
    """The parts of an outcome, none of which follows from another."""
    training = of_fields(Training)
    object.__setattr__(training, "reached", jnp.asarray([True, False]))
    loads = {BALANCES[0]: jnp.asarray(POWER)}
    stock = SimpleNamespace(
        served=lambda: jnp.asarray(SERVED), load=loads.__getitem__, chips_count=jnp.asarray(CHIPS), heads_count=jnp.asarray(HEADS)
    )
    made = {"money": of_fields(Money), "compute": of_fields(Compute), "carbon": of_fields(Carbon)}
    return bare(Outcome, orders=bare(Orders, **vars(orders())), training=training, stock=stock, **made)


@pytest.fixture
def found(monkeypatch):
    monkeypatch.setattr(module.money, "drawn_j", lambda scenario, stock: jnp.asarray([[3.0, 5.0], [7.0, 11.0]]))
    return read(scenario(), PLAN, outcome())


def scenario():
    """Two sites, with two models of which so much remains."""
    job = SimpleNamespace(names=("a", "b"), largest_run_count=jnp.ones(2), remaining_eflop=lambda: jnp.asarray([31.0, 37.0]))
    return bare(type(two_sites()), **(vars(two_sites()) | {"job": job}))


def same(one, other):
    """Whether numbers are the same, in the same places."""
    return np.shape(one) == np.shape(other) and np.allclose(np.asarray(one), other, rtol=1e-13, atol=0.0)


def part(name, field):
    return np.asarray(getattr(getattr(outcome(), name), field))


@pytest.mark.parametrize("field", ["date_s", "run_end_s", "research_end_s", "reached"])
def test_dates_are_those_of_training(found, field):
    assert same(getattr(found, field), part("training", field))


@pytest.mark.parametrize("field", ["capex_usd", "committed_usd", "operating_usd", "acquisition_usd", "energy_usd"])
def test_accounts_are_those_of_the_books(found, field):
    assert same(getattr(found, field), part("money", field))


def test_what_stands_is_that_of_the_stock(found):
    assert same(found.served, SERVED)
    assert same(found.chips_count, CHIPS)
    assert same(found.it_power_w, POWER)
    assert same(found.heads_count, HEADS)


def test_work_is_speed_by_time_and_what_remains_is_the_jobs(found):
    speed = part("training", "run_useful_eflops")
    assert same(found.work_eflop, [sum(speed[job, k] * SPANS_S[k] for k in range(4)) for job in range(2)])
    assert same(found.remaining_eflop, [31.0, 37.0])


def test_the_fastest_period_and_its_share_of_what_runs(found):
    speed, runs = part("training", "run_useful_eflops"), part("compute", "run_eflops")
    fastest = [max(speed[job]) for job in range(2)]
    assert same(found.fastest_eflops, fastest)
    assert same(found.useful_share, [fastest[job] / max(runs[job, 0, k] + runs[job, 1, k] for k in range(4)) for job in range(2)])


def test_where_nothing_runs_nothing_is_useful(monkeypatch):
    compute = bare(Compute, **(vars(outcome().compute) | {"run_eflops": jnp.zeros((2, 2, 4))}))
    training = bare(Training, **(vars(outcome().training) | {"run_useful_eflops": jnp.zeros((2, 4))}))
    monkeypatch.setattr(module.money, "drawn_j", lambda scenario, stock: jnp.zeros((2, 2)))
    found = read(scenario(), PLAN, bare(Outcome, **(vars(outcome()) | {"compute": compute, "training": training})))
    assert same(found.useful_share, [0.0, 0.0])


def test_the_peak_and_what_is_overdrawn_beyond_the_room_of_the_core(found):
    usable, core = part("compute", "usable_eflops").sum(0), part("compute", "core_eflops")
    assert same(found.peak_eflops, max(usable))
    used = part("compute", "run_eflops").sum((0, 1)) + part("compute", "experiment_eflops")
    assert same(found.overdrawn_eflops, max(used[k] - max(usable[k] - core[k], 0.0) * (1.0 + 1e-12) for k in range(4)))


def test_a_core_that_takes_more_than_all_leaves_no_room(monkeypatch, found):
    compute = bare(Compute, **(vars(outcome().compute) | {"core_eflops": jnp.full(4, 99.0)}))
    monkeypatch.setattr(module.money, "drawn_j", lambda scenario, stock: jnp.zeros((2, 2)))
    used = part("compute", "run_eflops").sum((0, 1)) + part("compute", "experiment_eflops")
    assert same(read(scenario(), PLAN, bare(Outcome, **(vars(outcome()) | {"compute": compute}))).overdrawn_eflops, max(used))


def test_chips_that_came_are_those_that_stood_and_all_that_arrived_until_then(found):
    """Nothing has come by the first edge."""
    for chip in range(3):
        lead_s, spread = given("accelerator", "install_s")[chip], given("accelerator", "install_spread")[chip]
        share = there(PERIODS_S, lead_s * (1.0 - spread), lead_s * (1.0 + spread))
        for site in range(2):
            came = share @ np.asarray(orders().chips_count)[chip, site]
            assert same(found.arrived_count[chip, site], given("site", "fleet_count")[site][chip] + came)


def test_items_are_all_that_is_decided_committed_and_put_by(found):
    chips, premium, halls, sources, ports = (
        part("money", name) for name in ("chips_usd", "premium_usd", "hall_usd", "source_usd", "ports_usd")
    )
    by_period = chips.sum((0, 1)) + premium.sum(0) + halls.sum((0, 1)) + sources.sum((0, 1)) + ports.sum(0)
    assert same(found.items_usd, by_period @ of_year() + part("money", "committed_usd") + part("money", "reserve_usd"))


def test_running_costs_are_pay_rent_energy_its_mix_and_its_carbon(found):
    by_period = part("money", "pay_usd") + part("money", "rent_usd").sum(0) + part("money", "energy_usd").sum(0)
    assert same(found.running_usd, by_period @ of_year() + part("money", "mix_usd").sum((0, 1)) + part("money", "carbon_usd").sum(0))
    assert same(found.pay_usd, part("money", "pay_usd") @ of_year())


def test_what_is_shipped_and_what_halls_cost(found):
    assert same(found.shipped_usd, sum(part("money", name).sum() for name in ("chips_usd", "premium_usd", "ports_usd")))
    assert same(found.halls_usd, part("money", "hall_usd").sum())


def test_energy_drawn_energy_of_sources_and_carbon(found):
    assert same(found.energy_j, [[3.0, 5.0], [7.0, 11.0]])
    assert same(found.sources_j, np.asarray(orders().energy_j).sum(0))
    assert same(found.carbon_kg, part("carbon", "grid_kg").sum() + part("carbon", "own_kg").sum())


def test_slopes_are_taken_of_these_in_this_order():
    heads, power = jnp.asarray([3.0, 5.0, 7.0]), jnp.asarray([[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]])
    made = {
        "date_s": jnp.asarray([11.0, 12.0]), "work_eflop": jnp.asarray([13.0, 14.0]), "capex_usd": jnp.asarray([15.0, 16.0]),
        "operating_usd": jnp.asarray([17.0, 18.0]), "acquisition_usd": jnp.asarray([19.0, 20.0]),
        "energy_j": jnp.asarray([[21.0, 22.0], [23.0, 24.0]]), "carbon_kg": jnp.asarray(25.0), "heads_count": heads, "it_power_w": power,
    }  # fmt: skip
    found = aims(bare(Readings, **made))
    assert same(found, [11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 90.0, 25.0, 7.0, 3.5, 6.5])


def test_what_these_are_called():
    assert aim_names(two_sites()) == (
        "model.date_s", "model.work_eflop", "FY1.capex_usd", "FY2.capex_usd", "FY1.operating_usd", "FY2.operating_usd",
        "FY1.acquisition_usd", "FY2.acquisition_usd", "energy_j", "carbon_kg", "heads_count", "north.it_power_w", "south.it_power_w",
    )  # fmt: skip
