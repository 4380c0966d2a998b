"""How an answer is read, number by number, from flows and prices that are known; and tiny sites whose best is found by hand."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy.portfolio import Operation, cheapest, operate
from capexmodel.solvers.hourly import Ended
from capexmodel.solvers.hourly_program import Hourly, HourlyPoint
from tests import hours

LOAD_W = np.array([[10.0, 30.0, 20.0], [40.0, 60.0, 50.0]])
THERE = np.array([[[0.5, 0.25, 0.8], [0.6, 0.9, 0.7]], [[1.0, 0.75, 0.5], [0.3, 0.4, 0.35]]])
FIRST_W = np.array([[8.0, 10.0, 12.0], [30.0, 35.0, 25.0]])
CHARGE_W, DISCHARGE_W = np.array([[6.0, 0.0, 0.0], [10.0, 0.0, 0.0]]), np.array([[0.0, 3.32, 1.0], [0.0, 4.2, 3.0]])
UNMET_W = np.array([[0.5, 1.0, 2.0], [3.0, 4.0, 5.0]])
SECOND_W = LOAD_W - FIRST_W + CHARGE_W - DISCHARGE_W - UNMET_W
STORED_WH = np.array([[7.4, 3.25, 2.0], [12.0, 6.75, 3.0]])
"""Of what goes in nine tenths are stored, of what is taken out four fifths arrive: an hour ends with what the last one left."""
PRICE = np.array([[25.0, 30.0, 90.0], [95.0, 65.0, 115.0]])
"""What a load more costs in an hour: between what energy of the first and the second costs, or above both, or below."""
DEAR = {"clean": 0.8, "carbon": 0.03, "source 1": 1.7, "battery": 2.3}
LIMITS = {"clean": 0.3, "carbon": 13.0, "source 1": 9.0, "battery": 4.5}


def mean(by_hour: Any) -> float:
    """Over a year in which the first day stands for a quarter."""
    first, second = np.asarray(by_hour).mean(axis=1)
    return 0.25 * first + 0.75 * second


RUNNING = 4.0 * mean(FIRST_W) + 5.8 * mean(SECOND_W) + 11.0 * mean(UNMET_W)
"""Energy at 2 and 3 dollars a joule, carbon of 5 and 7 kilograms at 0.4 dollars, and what is not met at 11."""


def known(dear: list[float], error: float) -> Any:
    """A solver that knows its answer: flows and prices as above, capacities of its own."""

    def solve(program: Hourly) -> Ended:
        flow = jnp.asarray(np.stack([FIRST_W, SECOND_W, CHARGE_W, DISCHARGE_W, UNMET_W, STORED_WH]) / 60.0)
        none, worth = jnp.zeros_like(program.cost), jnp.asarray([[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]])
        chosen, nothing = jnp.asarray([0.3, 0.45, 0.15, 0.25, 2.0]), jnp.zeros(5)
        slack = jnp.full(program.limit.shape, 0.7)
        point = HourlyPoint(flow, none + 0.6, jnp.asarray(PRICE), worth, none, none, chosen, nothing, slack, jnp.asarray(dear))
        return Ended(point, jnp.asarray(error), jnp.asarray(17))

    return solve


def afresh(run: Any) -> Any:
    """Compiled for itself, for the solver may have been replaced since."""
    return eqx.filter_jit(lambda *given, **limits: run(*given, **limits))


def site() -> tuple[Any, ...]:
    """Two sources and a battery, and what draws."""
    sources = hours.sources(THERE, [0.4, 0.3], [2.0, 3.0], [5.0, 7.0], [0.25, 0.9])
    return sources, hours.battery(0.6, 0.02, 0.9, 0.8), hours.draw(LOAD_W, [0.25, 0.75], 300.0, 11.0, 0.4)


def given(error: float = 3e-9) -> Operation:
    """What is there is known: 12 and 30 W, a battery of 6 W and 7200 J."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("capexmodel.energy.portfolio.solve_hourly", known([], error))
        return afresh(operate)(*site(), hours.capacity([12.0, 30.0], 6.0, 7200.0))


@pytest.fixture(scope="module")
def ran() -> Operation:
    """What is there is run."""
    return given()


@pytest.fixture(scope="module")
def chose() -> Operation:
    """All is chosen, within four limits."""
    limits = {name: jnp.asarray(limit) for name, limit in LIMITS.items()}
    clean, carbon = limits.pop("clean"), limits.pop("carbon")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("capexmodel.energy.portfolio.solve_hourly", known(list(DEAR.values()), 3e-9))
        return afresh(lambda *given: cheapest(*given, clean, carbon, limits))(*site())


def test_flows_are_in_watts_and_what_is_stored_in_joules(ran: Operation) -> None:
    np.testing.assert_allclose(ran.source_w, [FIRST_W, SECOND_W], rtol=1e-12)
    np.testing.assert_allclose(ran.charge_w, CHARGE_W, rtol=1e-12)
    np.testing.assert_allclose(ran.discharge_w, DISCHARGE_W, rtol=1e-12)
    np.testing.assert_allclose(ran.unmet_w, UNMET_W, rtol=1e-12)
    np.testing.assert_allclose(ran.stored_j, 300.0 * STORED_WH, rtol=1e-12)


def test_running_and_having_what_is_there(ran: Operation) -> None:
    """Having takes 4.8 and 9 of the sources, 3.6 and 144 of the battery."""
    assert float(ran.running_usd_per_s) == pytest.approx(RUNNING, rel=1e-12)
    assert float(ran.having_usd_per_s) == pytest.approx(4.8 + 9.0 + 3.6 + 144.0, rel=1e-12)
    assert float(ran.cost_usd_per_s) == pytest.approx(RUNNING + 161.4, rel=1e-12)


def test_what_is_given_is_what_is_there(ran: Operation) -> None:
    np.testing.assert_allclose(ran.capacity.source_w, [12.0, 30.0], rtol=1e-12)
    assert float(ran.capacity.battery_w) == pytest.approx(6.0)
    assert float(ran.capacity.battery_j) == pytest.approx(7200.0)


def test_carbon_and_clean_energy_are_those_of_what_is_taken(ran: Operation) -> None:
    assert float(ran.carbon_kg_per_s) == pytest.approx(5.0 * mean(FIRST_W) + 7.0 * mean(SECOND_W))
    assert float(ran.clean_share) == pytest.approx((0.25 * mean(FIRST_W) + 0.9 * mean(SECOND_W)) / 42.5)


def test_a_price_is_by_joule(ran: Operation) -> None:
    """5 and 15 joules a second of the program stand for one in the year."""
    np.testing.assert_allclose(ran.price_usd_per_j, PRICE / np.array([[5.0], [15.0]]), rtol=1e-12)


def test_a_watt_more_is_worth_what_it_spares_where_it_is_there(ran: Operation) -> None:
    """Energy of the first costs 20 and 60 in an hour of either day, of the second 29 and 87: only what is above counts."""
    first = 5.0 * 0.5 + 10.0 * 0.25 + 70.0 * 0.8 + 35.0 * 0.6 + 5.0 * 0.9 + 55.0 * 0.7
    second = 1.0 * 0.75 + 61.0 * 0.5 + 8.0 * 0.3 + 28.0 * 0.35
    np.testing.assert_allclose(ran.worth_usd_per_w_per_s, [first / 60.0, second / 60.0], rtol=1e-12)


def test_where_nothing_is_limited_limits_cost_nothing(ran: Operation) -> None:
    np.testing.assert_array_equal(ran.allowed_usd_per_w_per_s, [0.0, 0.0])
    assert (float(ran.clean_usd_per_j), float(ran.carbon_usd_per_kg)) == (0.0, 0.0)


def test_error_and_steps_are_those_of_the_solver() -> None:
    """Solved up to a hundred-millionth, and not beyond."""
    found = given(1e-8)
    assert (float(found.error), int(found.steps_count)) == (1e-8, 17)
    assert bool(found.solved)
    assert not bool(given(1.01e-8).solved)


def test_what_is_chosen_is_what_is_there(chose: Operation) -> None:
    """18 and 27 W, 9 W of battery with room for 15 W through an hour of 300 seconds."""
    np.testing.assert_allclose(chose.capacity.source_w, [18.0, 27.0], rtol=1e-12)
    assert float(chose.capacity.battery_w) == pytest.approx(9.0)
    assert float(chose.capacity.battery_j) == pytest.approx(4500.0)
    assert float(chose.having_usd_per_s) == pytest.approx(7.2 + 8.1 + 5.4 + 90.0)


def test_running_what_is_chosen_is_all_cost_less_having_it(chose: Operation) -> None:
    """With each limit at its price: the program is as far from three of them as its capacities and flows say."""
    unclean = mean(0.75 * FIRST_W + 0.1 * SECOND_W) / 60.0 - 0.7 * 42.5 / 60.0
    carbon = mean(5.0 * FIRST_W + 7.0 * SECOND_W) - 13.0
    beyond = 0.8 * unclean + 0.03 * carbon + 1.7 * (0.45 - 0.15) + 2.3 * (0.15 - 0.075)
    assert float(chose.running_usd_per_s) == pytest.approx(RUNNING + beyond, rel=1e-12)


def test_prices_of_limits_are_by_joule_kilogram_and_watt(chose: Operation) -> None:
    assert float(chose.clean_usd_per_j) == pytest.approx(0.8 / 60.0)
    assert float(chose.carbon_usd_per_kg) == pytest.approx(0.03)
    np.testing.assert_allclose(chose.allowed_usd_per_w_per_s, [0.0, 1.7 / 60.0], rtol=1e-12)


def test_what_a_limit_takes_is_not_worth_anything(chose: Operation) -> None:
    """Energy of the first costs 4 dollars, 0.0125 for not being clean, and 0.15 for carbon; of the second 5.8, 0.1 / 75 and 0.21."""
    first, second = 60.0 * (4.0 + 0.8 * 0.75 / 60.0 + 0.15), 60.0 * (5.8 + 0.8 * 0.1 / 60.0 + 0.21)
    through = np.array([[1.0 / 12.0], [1.0 / 4.0]])
    gains = [np.maximum(PRICE - first * through, 0.0) * THERE[0], np.maximum(PRICE - second * through, 0.0) * THERE[1]]
    np.testing.assert_allclose(chose.worth_usd_per_w_per_s, [gain.sum() / 60.0 for gain in gains], rtol=1e-12)


def test_only_limits_that_are_asked_have_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """Carbon alone, then one source alone, then nothing at all."""
    monkeypatch.setattr("capexmodel.energy.portfolio.solve_hourly", known([0.6], 3e-9))
    carbon = afresh(cheapest)(*site(), most_kg_per_s=jnp.asarray(13.0))
    allowed = afresh(cheapest)(*site(), most_w={"source 0": jnp.asarray(9.0)})
    assert (float(carbon.carbon_usd_per_kg), float(carbon.clean_usd_per_j)) == (0.6, 0.0)
    np.testing.assert_allclose(allowed.allowed_usd_per_w_per_s, [0.01, 0.0], rtol=1e-12)
    monkeypatch.setattr("capexmodel.energy.portfolio.solve_hourly", known([], 3e-9))
    assert float(afresh(cheapest)(*site()).carbon_usd_per_kg) == 0.0


def tiny(having: Any) -> tuple[Any, ...]:
    """4, 10 and 6 W through three hours; joules at 2 and 3 dollars; a battery too dear to be had."""
    sources = hours.sources([[[1.0] * 3]] * 2, having, [2.0, 3.0], [0.0, 0.0], [0.0, 0.0])
    return sources, hours.battery(50.0, 50.0, 0.8, 0.5), hours.draw([[4.0, 10.0, 6.0]], [1.0], 300.0, 1000.0)


def test_a_tiny_site_is_run_in_order_of_cost() -> None:
    """5 W of the first at any hour of more, the second for the rest of 9; a last watt of the second hour is not met."""
    found = afresh(operate)(*tiny([0.5, 0.1]), hours.capacity([5.0, 4.0]))
    np.testing.assert_allclose(found.source_w[:, 0], [[4.0, 5.0, 5.0], [0.0, 4.0, 1.0]], atol=1e-5)
    np.testing.assert_allclose(found.unmet_w, [[0.0, 1.0, 0.0]], atol=1e-5)
    np.testing.assert_allclose(found.price_usd_per_j, [[2.0, 1000.0, 3.0]], rtol=1e-5)
    assert float(found.running_usd_per_s) == pytest.approx((28.0 + 15.0 + 1000.0) / 3.0, rel=1e-7)
    np.testing.assert_allclose(found.worth_usd_per_w_per_s, [(998.0 + 1.0) / 3.0, 997.0 / 3.0], rtol=1e-5)


def test_a_tiny_site_is_built_by_how_often_a_watt_runs() -> None:
    """The first is cheaper from two hours of three on: 6 W of it, but 5 are allowed, and the sixth as the second costs 4 / 15 more."""
    found = afresh(cheapest)(*tiny([0.5, 0.1]), most_w={"source 0": jnp.asarray(5.0)})
    np.testing.assert_allclose(found.capacity.source_w, [5.0, 5.0], rtol=1e-5)
    assert float(found.cost_usd_per_s) == pytest.approx(3.0 + 46.0 / 3.0, rel=1e-6)
    np.testing.assert_allclose(found.allowed_usd_per_w_per_s, [4.0 / 15.0, 0.0], rtol=1e-5)
