"""The books of two sites, entry by entry: what is in service, what is written off, and what stands idle."""

import dataclasses
import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.asset import Flows
from capexmodel.model.allocation import Orders
from capexmodel.model.books import Accounts, InService, accounts, depreciate, in_service, stranded
from capexmodel.model.fleet import Stock
from capexmodel.model.money import Money, account
from tests.two_sites import PERIODS_S, YEARS_S, counted, given, orders, premium_usd, stock, there, two_sites

assert_close = functools.partial(np.testing.assert_allclose, rtol=1e-12)


def systems_usd(chips_count: np.ndarray) -> np.ndarray:
    """Chips by type and decision, with the premium of their vendor in proportion to what each costs at list."""
    listed = np.array([price * chips_count[kind].sum(axis=0) for kind, price in enumerate((30.0, 45.0, 70.0))])
    paid, of_maker = premium_usd(chips_count), listed[0] + listed[2]
    share = np.array([listed[0], of_maker, listed[2]]) / np.where(of_maker > 0, of_maker, 1.0)
    own = np.array([share[0] * paid[0], paid[1], share[2] * paid[0]])
    return listed + own


def arriving(table: str, kind: int, usd: np.ndarray, lead: str = "install") -> np.ndarray:
    """Dollars by decision that are in service at each edge."""
    lead_s, spread = given(table, f"{lead}_s")[kind], given(table, f"{lead}_spread")[kind]
    return there(PERIODS_S, lead_s * (1.0 - spread), lead_s * (1.0 + spread)) @ usd


def fewer() -> Orders:
    """The same orders without the middle decision's chips of one vendor, and the last one's of the other."""
    none = orders().chips_count.at[1, :, 1].set(0.0).at[0, :, 2].set(0.0).at[2, :, 2].set(0.0)
    return dataclasses.replace(orders(), chips_count=none)


def test_what_is_in_service_is_what_was_paid_once_it_has_arrived():
    for placed in (orders(), fewer()):
        found = in_service(two_sites(), placed)
        systems, ports = systems_usd(np.asarray(placed.chips_count)), np.asarray(placed.ports_count) * np.array([[9.0], [13.0]])
        servers = sum(arriving("accelerator", kind, systems[kind]) for kind in range(3))
        servers += arriving("network", 1, ports[0]) + arriving("network", 2, ports[1])
        assert_close(found.edges_usd[0], servers, atol=1e-12)
        assert_close(found.ordered_usd[0], systems.sum() + ports.sum())


def test_buildings_and_generation_are_in_service_when_they_are_built():
    found = in_service(two_sites(), orders())
    halls = [price * np.asarray(orders().hall_w)[kind].sum(axis=0) for kind, price in enumerate((11.0, 17.0))]
    sources = [price * np.asarray(orders().source_w)[kind].sum(axis=0) for kind, price in enumerate((1.9, 2.3, 3.1))]
    ready = sum(arriving("hall", kind, usd, "build") for kind, usd in enumerate(halls))
    ready = ready + sum(arriving("source", kind, usd, "build") for kind, usd in enumerate(sources))
    assert_close(found.edges_usd[1], ready, atol=1e-12)
    assert_close(found.ordered_usd[1], sum(usd.sum() for usd in halls + sources))


def test_what_is_in_service_later_is_what_is_ordered_less_the_last_edge():
    held = InService(jnp.asarray(counted(2, 5, first=3.0, step=2.0, bend=0.3)), jnp.asarray([90.0, 110.0]))
    assert_close(held.later_usd, [90.0 - 15.8, 110.0 - (21.0 + 24.3)])


def test_slopes_are_numbers_where_a_vendor_sells_nothing():
    scenario, placed = two_sites(), fewer()

    def servers(chips_count: jax.Array) -> jax.Array:
        return in_service(scenario, dataclasses.replace(placed, chips_count=chips_count)).ordered_usd[0]

    slope = np.asarray(eqx.filter_jit(jax.grad(servers))(placed.chips_count))
    assert np.isfinite(slope).all()
    assert_close(slope[1, :, 1], 45.0)


def test_dollars_are_written_off_from_the_middle_of_their_period_on():
    """12 of servers in the second period, 54 in the fourth, over 200 seconds; 30 of buildings in the first, over 10."""
    held = InService(jnp.asarray([[0.0, 0.0, 12.0, 12.0, 66.0], [0.0, 30.0, 30.0, 30.0, 30.0]]), jnp.asarray([66.0, 30.0]))
    at_s = jnp.asarray([8.0, 20.0, 33.0, 60.0, 150.0, 300.0])
    found = depreciate(two_sites(), held, jnp.asarray(200.0), jnp.asarray(10.0), at_s)
    whole = (12.0 * (150.0 - 14.0) + 54.0 * (150.0 - 46.5)) / 200.0
    assert_close(found[0], [0.0, 12.0 * 6 / 200, 12.0 * 19 / 200, (12.0 * 46 + 54.0 * 13.5) / 200, whole, 66.0], atol=1e-14)
    assert_close(found[1], [30.0 * 4.0 / 10.0, 30.0, 30.0, 30.0, 30.0, 30.0])


@functools.cache
def kept() -> tuple[Accounts, Money]:
    """The accounts for three lives of servers."""
    money = account(two_sites(), orders(), stock())
    return accounts(two_sites(), orders(), money, jnp.asarray([20.0, 35.0, 90.0]), jnp.asarray(150.0)), money


@pytest.mark.long
def test_accounts_write_off_by_year_for_every_life():
    found, held = kept()[0], in_service(two_sites(), orders())
    for row, life_s in enumerate((20.0, 35.0, 90.0)):
        until = np.asarray(depreciate(two_sites(), held, jnp.asarray(life_s), jnp.asarray(150.0), jnp.asarray(YEARS_S)))
        assert_close(found.depreciation_usd[row], np.transpose([until[:, 1] - until[:, 0], until[:, 2] - until[:, 1]]), atol=1e-12)
    assert_close(found.ordered_usd, held.ordered_usd)
    assert_close(found.later_usd, held.later_usd)


@pytest.mark.long
def test_accounts_have_what_is_bought_as_capex():
    found, money = kept()
    assert_close(found.operating_usd, money.operating_usd)
    assert_close(found.capex_usd, np.asarray(money.list_capex_usd) + money.premium_capex_usd - np.array([1090.0 + 300.0, 1860.0 - 130.0]))


def test_results_and_cash_are_costs():
    written = counted(3, 2, 2, first=5.0, step=3.0, bend=0.4)
    row, other = np.array([70.0, 90.0]), np.array([11.0, 13.0])
    made = Accounts(*(jnp.asarray(part) for part in (written, np.array([500.0, 700.0]), np.array([1.0, 2.0]), other, row)))
    assert_close(made.left_usd, [[500.0 - life[0].sum(), 700.0 - life[1].sum()] for life in written])
    assert_close(made.result_usd, [[-70.0 - life[:, 0].sum(), -90.0 - life[:, 1].sum()] for life in written])
    assert_close(made.free_cash_usd, [-81.0, -103.0])


def short() -> Stock:
    """A stock with 0.8 of the halls it needs at one site, 0.3 of its network at the other, and nothing that asks for a network first."""
    held, flat = stock(), np.ones((2, 5))
    gives = {
        "it_power_w": flat * [[80.0], [90.0]],
        "site_power_w": flat * [[160.0], [100.0]],
        "network_ports_count": flat * [[70.0], [15.0]],
    }
    takes = {"it_power_w": flat * [[100.0], [60.0]], "network_ports_count": flat * [[0.0, 40.0, 40.0, 40.0, 40.0], [50.0] * 5]}
    parts = Flows(*({name: jnp.asarray(value) for name, value in flows.items()} for flows in (gives, takes)))
    return dataclasses.replace(held, parts=(parts,))


def test_idle_chips_lack_what_is_scarcest_and_cost_their_price_over_their_life():
    """Site power is ample: 160 for 100 of 1.4, and 100 for 60 of 1.35."""
    held = dataclasses.replace(short().housing, unfit_eflops=jnp.zeros((2, 5)))
    found, chips = stranded(two_sites(), dataclasses.replace(short(), housing=held), jnp.asarray(40.0)), np.asarray(stock().chips_count)
    idle = np.array([[0.2] * 5, [0.7] * 5])
    assert_close(found.chips_count, idle * chips.sum(axis=0))
    assert_close(found.cost_usd_per_s, idle * (30.0 * chips[0] + 45.0 * chips[1] + 70.0 * chips[2]) / 40.0)
    assert np.asarray(found.scarcest).tolist() == [[0] * 5, [2] * 5]


def test_the_scarcest_is_power_where_it_covers_least():
    """66.5 for 100 of 1.4, beside 80 of halls for 100; and as many halls as are asked for are no lack."""
    held = short()
    dark = Flows(held.parts[0].gives | {"site_power_w": jnp.full((2, 5), 66.5)}, held.parts[0].takes)
    found = stranded(two_sites(), dataclasses.replace(held, parts=(dark,)), jnp.asarray(40.0))
    assert np.asarray(found.scarcest).tolist() == [[1] * 5, [2] * 5]
    assert_close(found.chips_count[0], 0.525 * np.asarray(stock().chips_count)[:, 0].sum(axis=0))


def test_what_nobody_asks_for_is_never_scarcest():
    """A network without a port that no chip asks for, and halls of a little more than is asked."""
    held = short()
    gives = held.parts[0].gives | {"network_ports_count": jnp.asarray([[0.0, 70.0, 70.0, 70.0, 70.0], [90.0] * 5])}
    found = stranded(two_sites(), dataclasses.replace(held, parts=(Flows(gives, held.parts[0].takes),)), jnp.asarray(40.0))
    assert np.asarray(found.scarcest).tolist() == [[0] * 5, [1] * 5]
    assert_close(found.chips_count[0], 0.2 * np.asarray(stock().chips_count)[:, 0].sum(axis=0))
