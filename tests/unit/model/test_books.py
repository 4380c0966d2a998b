"""Depreciation of a plan and chips that stand idle: everything is written off, nothing before it serves, idle is what is not served."""

import functools

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.books import InService, accounts, depreciate, in_service, stranded
from capexmodel.report import books
from tests.draws import outcome_of

YEAR_S, MONTH_S = 31557600.0, 2629800.0
BUILDING_S = 27.0 * YEAR_S
SEEDS = (3, 4)


@functools.cache
def of(seed: int):
    """A random plan with what it has in service."""
    scenario, allocation, outcome = outcome_of("greenfield", seed)
    return scenario, allocation, outcome, eqx.filter_jit(in_service)(scenario, outcome.orders)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_ordered_is_what_is_paid_for(seed):
    _, allocation, _, held = of(seed)
    systems = float(jnp.sum(allocation.chips_usd) + jnp.sum(allocation.ports_usd))
    assert float(held.ordered_usd[0]) == pytest.approx(systems, rel=1e-6)
    assert float(held.ordered_usd[1]) == pytest.approx(float(jnp.sum(allocation.hall_usd) + jnp.sum(allocation.source_usd)), rel=1e-9)
    edges = np.asarray(held.edges_usd)
    assert np.all(np.diff(edges, axis=1) >= -1e-6)
    assert np.all(edges[:, 0] == 0.0)
    assert np.all(np.asarray(held.later_usd) >= -1e-3)


@pytest.mark.parametrize("years", [3.0, 4.0, 5.5, 6.0])
def test_depreciation_over_its_life_adds_up_to_capex_and_never_comes_before_service(years):
    scenario, _, _, held = of(3)
    end = scenario.calendar.period_edges_s[-1]
    at_s = jnp.concatenate([scenario.calendar.period_edges_s, end + jnp.asarray([0.5 * years * YEAR_S, years * YEAR_S, BUILDING_S])])
    charged = np.asarray(eqx.filter_jit(depreciate)(scenario, held, jnp.asarray(years * YEAR_S), jnp.asarray(BUILDING_S), at_s))
    edges = np.asarray(held.edges_usd)
    assert np.all(charged[:, : edges.shape[1]] <= edges + 1e-6)
    assert charged[0, -2] == pytest.approx(edges[0, -1], rel=1e-12)
    assert charged[1, -1] == pytest.approx(edges[1, -1], rel=1e-12)
    np.testing.assert_allclose(edges[:, -1] + np.asarray(held.later_usd), np.asarray(held.ordered_usd), rtol=1e-12)


def test_one_purchase_is_written_off_evenly():
    scenario, *_ = of(3)
    edges_s = np.asarray(scenario.calendar.period_edges_s)
    one = np.zeros((2, edges_s.size))
    one[:, 3:] = 12.0
    held, life_s = InService(jnp.asarray(one), jnp.asarray([12.0, 12.0])), 4.0 * YEAR_S
    at_s = jnp.asarray([edges_s[2], edges_s[3], edges_s[3] + YEAR_S, edges_s[3] + 2.0 * YEAR_S, edges_s[3] + life_s])
    charged = np.asarray(depreciate(scenario, held, jnp.asarray(life_s), jnp.asarray(BUILDING_S), at_s))[0]
    half = 0.5 * (edges_s[3] - edges_s[2])
    expected = [0.0, 12.0 * half / life_s, 3.0 + 12.0 * half / life_s, 6.0 + 12.0 * half / life_s, 12.0]
    np.testing.assert_allclose(charged, expected, rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_idle_chips_are_those_that_are_not_served_and_cost_their_price_over_their_life(seed):
    scenario, _, outcome, _ = of(seed)
    life_s = 5.5 * YEAR_S
    found = eqx.filter_jit(stranded)(scenario, outcome.stock, jnp.asarray(life_s))
    chips = np.asarray(outcome.stock.chips_count)
    served = np.asarray(outcome.stock.served())
    np.testing.assert_allclose(found.chips_count, (1.0 - served) * chips.sum(axis=0), atol=1e-6)
    value = np.einsum("ase,a->se", chips, np.asarray(scenario.accelerator.price_usd))
    np.testing.assert_allclose(np.asarray(found.cost_usd_per_s) * life_s, (1.0 - served) * value, rtol=1e-9, atol=1e-3)
    assert np.max(np.asarray(found.chips_count)) > 1000.0
    for s, e in np.argwhere(np.asarray(found.chips_count) > 1.0)[:20]:
        quantity = ("it_power_w", "site_power_w", "network_ports_count")[int(found.scarcest[s, e])]
        assert float(outcome.stock.capacity(quantity)[s, e] / outcome.stock.load(quantity)[s, e]) == pytest.approx(served[s, e], rel=1e-9)


def test_accounts_by_life_of_servers_add_up_and_no_life_moves_cash():
    scenario, _, outcome, held = of(3)
    lives = jnp.asarray([1e-8, 3.0, 4.0, 5.5, 6.0, 1e9]) * YEAR_S
    found = eqx.filter_jit(accounts)(scenario, outcome.orders, outcome.money, lives, jnp.asarray(BUILDING_S))
    written, left = np.asarray(found.depreciation_usd), np.asarray(found.left_usd)
    at_once = np.diff(np.interp(scenario.calendar.year_edges_s, scenario.calendar.period_edges_s, np.asarray(held.edges_usd)[0]))
    np.testing.assert_allclose(written[0, 0], at_once, rtol=1e-6)
    ordered = np.broadcast_to(np.asarray(held.ordered_usd)[None], left.shape)
    np.testing.assert_allclose(written.sum(axis=2) + left, ordered, rtol=1e-12)
    np.testing.assert_array_equal(written[:, 1], np.broadcast_to(written[:1, 1], written[:, 1].shape))
    assert np.all(np.diff(written[:, 0].sum(axis=1)) < 0)
    assert np.all(left >= np.asarray(held.later_usd)[None] - 1e-3)
    np.testing.assert_allclose(written[-1, 0], 0.0, atol=1e-6 * float(held.ordered_usd[0]))
    np.testing.assert_allclose(found.result_usd[-1], -np.asarray(found.operating_usd) - written[-1].sum(axis=0), rtol=1e-12)
    paid = np.asarray(found.capex_usd)
    assert found.free_cash_usd.shape == paid.shape
    gap = np.asarray(found.result_usd) - np.asarray(found.free_cash_usd)[None]
    np.testing.assert_allclose(gap, paid[None] - written.sum(axis=1), atol=1e-6 * paid.max())
    money = outcome.money
    decided = sum(float(jnp.sum(part)) for part in (money.chips_usd, money.premium_usd, money.hall_usd, money.source_usd, money.ports_usd))
    assert float(paid.sum()) == pytest.approx(decided, rel=1e-9)


def test_the_page_tells_both():
    scenario, _, outcome, _ = of(3)
    said = "\n".join(books.idle(scenario, outcome) + books.depreciation(scenario, outcome))
    assert "CHIPS THAT STAND IDLE" in said
    assert "a hall" in said
    for years in ("3 years", "4 years", "5.5 years", "6 years"):
        assert said.count(f"\n  {years}") == 2
    assert "less operating cost and capex as paid" in said
