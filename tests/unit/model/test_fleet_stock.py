"""What a stock has of each quantity, by hand: two sites, three edges, and halls of three classes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.asset import Flows
from capexmodel.model.fleet import Stock, _share
from capexmodel.model.housing import Housing

LOAD_W = np.asarray([[20.0, 50.0, 0.0], [40.0, 30.0, 10.0]])
HALLS_W = np.asarray([[30.0, 35.0, 0.0], [25.0, 45.0, 70.0]])
POWER_W = np.asarray([[45.0, 55.0, 60.0], [65.0, 32.0, 80.0]])
PORTS = np.asarray([[90.0, 120.0, 160.0], [100.0, 110.0, 130.0]])
CHIPS = np.asarray([[95.0, 150.0, 140.0], [80.0, 105.0, 125.0]])
EFLOPS = np.asarray([[7.0, 11.0, 13.0], [17.0, 19.0, 23.0]])
RENTED = np.asarray([[0.5, 0.7, 0.9], [1.1, 1.3, 1.7]])
UNFIT = np.asarray([[0.2, 0.4, 0.6], [0.8, 1.2, 1.4]])
OVERHEAD = np.asarray([[1.5, 1.4], [1.2, 1.6], [1.3, 1.1]])
SPARED_W = np.asarray([[[3.0, 9.0, 4.0], [6.0, 7.0, 2.5]], [[0.0, 0.0, 0.0], [13.0, 12.0, 3.5]], [[0.5, 1.5, 0.25], [0.0, 0.0, 0.0]]])


def stock() -> Stock:
    """Everything told by hand; the load of power is that of the site's own overhead."""
    given = [{"it_power_w": HALLS_W - 5.0, "site_power_w": POWER_W}, {"it_power_w": 0.0 * HALLS_W + 5.0, "network_ports_count": PORTS}]
    taken = [{"it_power_w": LOAD_W, "network_ports_count": CHIPS}, {"site_power_w": OVERHEAD[0][:, None] * LOAD_W}]
    given.append({"compute_eflops": EFLOPS})
    taken.append({})
    told = zip(given, taken, strict=True)
    parts = tuple(Flows(*({name: jnp.asarray(value) for name, value in each.items()} for each in pair)) for pair in told)
    none = np.zeros((3, 2, 3))
    held = Housing(*(jnp.asarray(each) for each in (none, OVERHEAD, SPARED_W, none, none, UNFIT)))
    rest = (jnp.asarray(each) for each in (np.zeros((1, 3)), np.zeros(3)))
    return Stock(jnp.asarray(none), jnp.asarray(PORTS), *rest, parts, jnp.asarray(RENTED), held, jnp.asarray(none), jnp.asarray(POWER_W))


def shares() -> dict[str, list[list[float]]]:
    """What part of the chips each need serves: power by the scarcest class, (power + spared) / (overhead x load)."""
    power = [[45 / (1.2 * 20), 55 / (1.2 * 50), 1.0], [71 / (1.4 * 40), 32 / (1.1 * 30), 80 / 11]]
    power[0] = [min(power[0][0], 48 / 30, 45.5 / 26), min(power[0][1], 64 / 75, 56.5 / 65), 1.0]
    power[1] = [min(power[1][0], 78 / 64, 65 / 44), min(power[1][1], 39 / 42, 44 / 48), min(power[1][2], 82.5 / 14, 83.5 / 16)]
    least = np.minimum(power, 1.0).tolist()
    halls = [[1.0, 0.7, 1.0], [0.625, 1.0, 1.0]]
    ports = [[90 / 95, 0.8, 1.0], [1.0, 1.0, 1.0]]
    return {"it_power_w": halls, "site_power_w": least, "network_ports_count": ports}


@pytest.mark.parametrize(("quantity", "there", "drawn"), [
    ("it_power_w", HALLS_W, LOAD_W), ("network_ports_count", PORTS, CHIPS), ("compute_eflops", EFLOPS, 0.0 * EFLOPS),
])  # fmt: skip
def test_what_is_left_is_what_is_there_less_what_is_drawn(quantity, there, drawn):
    held = stock()
    np.testing.assert_allclose(held.capacity(quantity), there, rtol=1e-14)
    np.testing.assert_allclose(held.balance(quantity), there - drawn, rtol=1e-14)
    if drawn.any():
        np.testing.assert_array_equal(held.load(quantity), drawn)


def test_power_left_counts_what_better_halls_spare():
    np.testing.assert_allclose(stock().balance("site_power_w"), POWER_W - OVERHEAD[0][:, None] * LOAD_W + SPARED_W[0], rtol=1e-14)


def test_power_left_is_seen_from_each_kind_of_hall_that_can_be_built():
    """Here at the first edge: 45 - 1.2 x 20, and 45 - 1.3 x 20 + 0.5; there: 65 - 1.6 x 40 + 13, and 65 - 1.1 x 40."""
    found = np.asarray(stock().mixed_balance())
    assert found.shape == (2, 2, 3)
    np.testing.assert_allclose(found[:, :, 0], [[21.0, 14.0], [19.5, 21.0]], rtol=1e-12)
    np.testing.assert_allclose(found[:, :, 2], [[60.0, 67.5], [60.25, 69.0]], rtol=1e-12)


def test_power_is_drawn_by_the_best_halls_first():
    """The largest of the lines: at the first edge here 30 - 3, 24 and 25.5; there 56 - 6, 64 - 13 and 44."""
    np.testing.assert_allclose(stock().load("site_power_w"), [[27.0, 66.0, 0.0], [51.0, 36.0, 12.5]], rtol=1e-12)


@pytest.mark.parametrize("needs", [("it_power_w",), ("site_power_w",), ("network_ports_count",), ("site_power_w", "it_power_w")])
def test_the_scarcest_need_serves_as_many_as_it_can(needs):
    expected = np.min([shares()[need] for need in needs], axis=0)
    assert expected.min() < 0.99
    np.testing.assert_allclose(stock().served(needs), expected, rtol=1e-12)


def test_all_needs_count_unless_some_are_named():
    expected = np.min(list(shares().values()), axis=0)
    np.testing.assert_allclose(stock().served(), expected, rtol=1e-12)
    np.testing.assert_allclose(stock().usable_eflops(), (EFLOPS - UNFIT) * expected + RENTED, rtol=1e-12)


def test_without_needs_all_chips_run():
    np.testing.assert_array_equal(stock().served(()), np.ones((2, 3)))
    np.testing.assert_allclose(stock().usable_eflops(()), EFLOPS + RENTED, rtol=1e-14)


def test_racks_that_fit_nowhere_stand_still_where_racks_are_looked_at():
    np.testing.assert_allclose(stock().usable_eflops(("rack_density",)), EFLOPS - UNFIT + RENTED, rtol=1e-14)


def test_what_stands_is_owned_or_rented():
    np.testing.assert_allclose(stock().installed_eflops(), EFLOPS + RENTED, rtol=1e-14)


def test_a_share_is_what_is_there_over_what_is_wanted_and_never_above_one():
    there, wanted = jnp.asarray([3.0, 5.0, 0.0, 7.0]), jnp.asarray([4.0, 2.0, 0.0, 0.0])
    np.testing.assert_allclose(_share(there, wanted), [0.75, 1.0, 1.0, 1.0], rtol=1e-14)


def test_where_nothing_is_wanted_a_share_has_a_slope_of_nothing():
    slopes = jax.grad(lambda there, wanted: jnp.sum(_share(there, wanted)), argnums=(0, 1))(jnp.asarray([0.6]), jnp.asarray([0.0]))
    np.testing.assert_array_equal(slopes, [[0.0], [0.0]])
