"""Halls that differ: what a load draws and which racks fit, against linear programs; nothing changes where halls do not differ."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from capexmodel.model.housing import housing, spared_w, told_apart, too_dense
from capexmodel.model.money import average_power_w
from capexmodel.model.scenario import Scenario
from capexmodel.planning import choice as choices
from capexmodel.planning.choice import nothing
from capexmodel.planning.halls import MixedPower, RackDensity
from capexmodel.planning.limits import Balance
from tests.draws import allocation_for, run, shipped

SEEDS = st.integers(0, 10_000)
view = eqx.filter_jit(choices.view)


def least_w(overhead: np.ndarray, hall_w: np.ndarray, load_w: float) -> float:
    """The least power for a load, by a linear program."""
    found = linprog(overhead, A_eq=np.ones((1, overhead.size)), b_eq=[load_w], bounds=[(0, most) for most in hall_w])
    assert found.success
    return float(found.fun)


@given(SEEDS, st.integers(1, 6), st.floats(0, 1))
def test_what_a_load_draws_is_the_optimum_of_filling_halls(seed: int, kinds: int, part: float) -> None:
    """The largest of the lines, for halls of any overhead and size, some alike and some empty; to the tolerance of the other solver."""
    rng = np.random.default_rng(seed)
    overhead = np.round(rng.uniform(1.0, 1.6, kinds), 1 if seed % 3 else 6)
    hall_w = rng.uniform(0.0, 5.0, kinds) * (rng.uniform(size=kinds) > 0.2)
    load_w = part * hall_w.sum()
    spared = np.asarray(spared_w(jnp.asarray(overhead[:, None]), jnp.asarray(hall_w[:, None, None])))[:, 0, 0]
    assert np.max(overhead * load_w - spared) == pytest.approx(least_w(overhead, hall_w, load_w), rel=1e-9, abs=1e-6)


def differing(name: str = "greenfield", rack_kw: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Scenario:
    """A shipped scenario whose halls differ in overhead, and in the racks they take (promised ones first)."""
    base = shipped(name)
    sites = len(base.site.names)
    return eqx.tree_at(
        lambda s: (s.hall.peak_pue, s.hall.average_pue, s.hall.rack_w, s.site.rack_w),
        base,
        (jnp.asarray([1.1, 1.45]), jnp.asarray([1.05, 1.3]), 1e3 * jnp.asarray(rack_kw[1:]), jnp.full(sites, 1e3 * rack_kw[0])),
    )


@given(SEEDS)
@settings(max_examples=5)
def test_a_stock_draws_what_filling_its_halls_takes(seed: int) -> None:
    """At every site and edge where the load has halls; a share of it runs that just uses up what power there is."""
    scenario = differing()
    stock = run(scenario, allocation_for(scenario, seed)).stock
    held, load, drawn = stock.housing, np.asarray(stock.load("it_power_w")), np.asarray(stock.load("site_power_w"))
    served, there = np.asarray(stock.served(("site_power_w",))), np.asarray(stock.capacity("site_power_w"))
    for site, edge in np.ndindex(load.shape):
        hall_w, overhead = np.asarray(held.hall_w)[:, site, edge], np.asarray(held.overhead)[:, site]
        running = served[site, edge] * load[site, edge]
        if load[site, edge] <= hall_w.sum():
            assert drawn[site, edge] == pytest.approx(least_w(overhead, hall_w, load[site, edge]), rel=1e-9, abs=1.0)
        if 0 < served[site, edge] < 1 and running <= hall_w.sum():
            assert least_w(overhead, hall_w, running) == pytest.approx(there[site, edge], rel=1e-9)


@pytest.mark.long
def test_rows_of_power_are_the_least_that_is_drawn() -> None:
    """The smallest slack of the rows by class is what is there less what is drawn."""
    scenario = differing()
    outcome = run(scenario, allocation_for(scenario, 3))
    choice = eqx.tree_at(lambda c: c.orders, nothing(scenario), outcome.orders)
    seen = view(scenario, choice)
    rows = np.concatenate([Balance("site_power_w").slack(seen)[None], MixedPower().slack(seen)])
    left = np.asarray(outcome.stock.capacity("site_power_w") - outcome.stock.load("site_power_w"))
    np.testing.assert_allclose(np.min(rows, axis=0), left, rtol=1e-9, atol=1.0)


def test_full_halls_are_billed_by_their_own_overhead() -> None:
    """A watt that moves into a hall of a smaller average overhead saves the difference, at the mean load."""
    scenario = differing()
    stock = run(scenario, allocation_for(scenario, 3)).stock
    plain = eqx.tree_at(lambda s: s.hall.average_pue, scenario, jnp.zeros(2))
    saved = np.asarray(average_power_w(plain, stock) - average_power_w(scenario, stock))
    apart = np.asarray(scenario.site.average_pue)[:, None] - np.asarray(scenario.hall.average_pue)[None]
    by_hand = np.einsum("sk,kse->se", apart, np.asarray(stock.housing.hall_w)[1:]) * float(jnp.mean(scenario.accelerator.load))
    np.testing.assert_allclose(saved, by_hand, rtol=1e-9, atol=1.0)


def fits(rack_w: np.ndarray, load_w: np.ndarray, limit_w: np.ndarray, hall_w: np.ndarray) -> bool:
    """Whether racks can be placed into halls, by a linear program of what goes where."""
    chips, halls = load_w.size, hall_w.size
    bounds = [(0, None if rack_w[a] <= limit_w[h] else 0) for a in range(chips) for h in range(halls)]
    placed, filled = np.kron(np.eye(chips), np.ones(halls)), np.kron(np.ones(chips), np.eye(halls))
    return linprog(np.zeros(chips * halls), A_ub=filled, b_ub=hall_w, A_eq=placed, b_eq=load_w, bounds=bounds).status == 0


@given(SEEDS)
@settings(max_examples=60)
def test_racks_fit_where_no_class_is_short(seed: int) -> None:
    """Rows by class, with the sum over halls, say what the linear program says; compute stands idle where a class is short, there alone."""
    rng, scenario = np.random.default_rng(seed), shipped("greenfield")
    chips, sites = len(scenario.accelerator.names), len(scenario.site.names)
    limit_kw, rack_kw = rng.choice([0.0, 20.0, 40.0, 80.0, 160.0], 3), rng.choice([10.0, 30.0, 60.0, 120.0, 240.0], chips)
    world = eqx.tree_at(
        lambda s: (s.hall.rack_w, s.site.rack_w, s.accelerator.rack_count), scenario,
        (1e3 * jnp.asarray(limit_kw[1:]), jnp.full(sites, 1e3 * limit_kw[0]), 1e3 * jnp.asarray(rack_kw) / scenario.accelerator.it_power_w),
    )  # fmt: skip
    load_w, hall_w = rng.uniform(0, 1, chips) * (rng.uniform(size=chips) > 0.3), rng.uniform(0, 1, 3) * (rng.uniform(size=3) > 0.3)
    count = jnp.asarray(load_w)[:, None, None] / scenario.accelerator.it_power_w[:, None, None]
    shape = (1, sites, 1)
    held = housing(world, jnp.tile(count, shape), jnp.tile(jnp.asarray(hall_w[1:])[:, None, None], shape), jnp.full((sites, 1), hall_w[0]))
    dense = np.max(np.asarray(held.dense_w - held.taking_w))
    assert abs(dense) < 1e-9 or bool(jnp.all(held.unfit_eflops > 0)) == bool(jnp.any(held.unfit_eflops > 0)) == (dense > 0)
    short = max(dense, load_w.sum() - hall_w.sum())
    if abs(short) > 1e-6:
        assert fits(rack_kw, load_w, np.where(limit_kw > 0, limit_kw, np.inf), hall_w) == (short < 0)


def test_chips_without_a_hall_for_their_racks_stand_idle() -> None:
    """Halls that take nothing leave no chip running that draws more in a rack; others run on, and so do all if nobody asks."""
    scenario = differing(rack_kw=(100.0, 100.0, 100.0))
    stock = run(scenario, allocation_for(scenario, 3)).stock
    chip = scenario.accelerator
    slim = np.asarray(chip.rack_w) <= 100e3
    assert set(slim) == {True, False}
    running = np.einsum("ase,a->se", np.asarray(stock.chips_count)[slim], np.asarray(chip.peak_eflops)[slim]) * np.asarray(stock.served())
    np.testing.assert_allclose(stock.usable_eflops() - stock.rented_eflops, running, rtol=1e-9, atol=1e-9)
    assert bool(jnp.any(stock.usable_eflops(("it_power_w",)) > stock.usable_eflops(("it_power_w", "rack_density"))))


@pytest.mark.parametrize("name", [*(pytest.param(large, marks=pytest.mark.long) for large in ("greenfield", "meta_2026")), "one_period"])
def test_nothing_is_asked_where_halls_do_not_differ(name: str) -> None:
    """No row of shipped scenarios says anything new, and none of them can be moved or broken."""
    scenario = shipped(name)
    assert not bool(jnp.any(told_apart(scenario)))
    assert not bool(jnp.any(too_dense(scenario)))
    seen = view(scenario, nothing(scenario))
    assert all(bool(jnp.all(limit.slack(seen) > 0)) for limit in (MixedPower(), RackDensity()))


def test_a_dense_chip_is_held_out_of_halls_for_slim_racks() -> None:
    """The row falls by the IT load of what is bought beyond what halls take, and names the class that is short."""
    scenario = differing(rack_kw=(100.0, 0.0, 100.0))
    orders = run(scenario, allocation_for(scenario, 3)).orders
    choice = eqx.tree_at(lambda c: c.orders, nothing(scenario), orders)
    more = eqx.tree_at(lambda c: c.orders.chips_count, choice, 2.0 * orders.chips_count)
    limit = RackDensity()
    one, other = view(scenario, choice), view(scenario, more)
    dense = np.asarray(scenario.accelerator.rack_w) > 100e3
    extra = np.einsum(
        "ase,a->se", np.asarray(other.stock.chips_count - one.stock.chips_count)[dense], np.asarray(scenario.accelerator.it_power_w)[dense]
    )
    np.testing.assert_allclose(np.asarray(limit.slack(one) - limit.slack(other))[0], extra, rtol=1e-9, atol=1.0)
    assert limit.labels(scenario)[0] == ("promised", *scenario.hall.names)
