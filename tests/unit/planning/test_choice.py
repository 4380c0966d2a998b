"""Dates, money and sums of a choice, where books and stock are written down by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model import compute, money, purchase, training
from capexmodel.model.fleet import Stock
from capexmodel.planning.choice import Gist, Sums, nothing
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import changed, town
from tests.unit.planning.views import numbers, seen


def gist(**sums) -> Gist:
    given = changed(town(), job__release_lag_s=[5.0, 7.0])
    return fake(Gist, scenario=given, sums=fake(Sums, **{name: jnp.asarray(value, float) for name, value in sums.items()}))


def test_a_model_is_out_after_its_release_lag() -> None:
    assert gist(end_s=[10.0, 20.0]).date_s.tolist() == [15.0, 27.0]
    assert seen(gist().scenario, end_s=(10.0, 20.0)).date_s.tolist() == [15.0, 27.0]


def test_premiums_come_on_top_of_list_prices_and_all_is_discounted(monkeypatch: pytest.MonkeyPatch) -> None:
    share = np.stack([np.linspace(0.0, 1.0, 8), np.linspace(1.0, 0.0, 8)], axis=1)
    asked = []
    monkeypatch.setattr(purchase, "premium_usd", lambda scenario, bought: asked.append(bought.shape) or 2.0 * bought)
    monkeypatch.setattr(money, "by_year_ordered", lambda scenario: jnp.asarray(share))
    monkeypatch.setattr(money, "discount", lambda scenario: jnp.array([0.5, 0.25]))
    bought = numbers(2, 8)
    some = gist(bought_count=bought, list_capex_usd=[100.0, 200.0], other_usd=[30.0, 70.0])
    premium = 2.0 * bought.sum(axis=0) @ share
    np.testing.assert_allclose(some.capex_usd(), np.array([100.0, 200.0]) + premium)
    np.testing.assert_allclose(some.present_usd(), 0.5 * (130.0 + premium[0]) + 0.25 * (270.0 + premium[1]))
    assert asked[0] == (2, 8)


def test_sums_are_those_of_orders_stock_and_books(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "near_eflops", lambda scenario, pace, run: 2.0 * jnp.sum(run, axis=1))
    monkeypatch.setattr(purchase, "bought_count", lambda scenario, chips: 3.0 * jnp.sum(chips, axis=1)[:2])
    books = {"list_capex_usd": [1.0, 2.0], "operating_usd": [3.0, 4.0], "acquisition_usd": [10.0, 20.0]}
    runs, chips, tries = numbers(2, 3, 15), numbers(3, 3, 8), numbers(15)
    view = seen(None, books, {"heads_count": numbers(16) ** 2}, (8.0, 9.0), run_eflops=runs, chips_count=chips, experiment_eflops=tries)
    sums = view.sums()
    np.testing.assert_allclose(sums.near_eflops, 2.0 * runs.sum(axis=1))
    np.testing.assert_allclose(sums.bought_count, 3.0 * chips.sum(axis=1)[:2])
    heads = numbers(16) ** 2
    np.testing.assert_allclose(sums.heads_count, 0.5 * (heads[1:] + heads[:-1]))
    assert (sums.experiment_eflops.tolist(), sums.end_s.tolist()) == (tries.tolist(), [8.0, 9.0])
    assert (sums.list_capex_usd.tolist(), sums.other_usd.tolist()) == ([1.0, 2.0], [13.0, 24.0])
    assert view.gist().sums.other_usd.tolist() == [13.0, 24.0]
    assert (view.gist().scenario, view.gist().pace, view.orders) == (view.scenario, view.pace, view.choice.orders)


def test_what_stands_counts_in_the_mean_of_a_period(monkeypatch: pytest.MonkeyPatch) -> None:
    stands = numbers(3, 16) ** 2
    monkeypatch.setattr(Stock, "installed_eflops", lambda self: jnp.asarray(stands))
    monkeypatch.setattr(compute, "core_eflops", lambda scenario: jnp.full(15, 4.0))
    np.testing.assert_allclose(seen().installed_eflops(), 0.5 * (stands[:, 1:] + stands[:, :-1]))
    assert seen().core_eflops().tolist() == [4.0] * 15


def test_nothing_is_none_of_every_order() -> None:
    shapes = {
        "chips_count": (3, 3, 8), "hall_w": (2, 3, 8), "source_w": (2, 3, 8), "energy_j": (2, 3, 2), "ports_count": (3, 8),
        "reserve_usd": (2,), "rented_count": (2, 8), "hires_count": (8,), "taken": (2,), "run_eflops": (2, 3, 15),
        "experiment_eflops": (15,),
    }  # fmt: skip
    none = nothing(town())
    assert {name: part.shape for name, part in vars(none.orders).items()} == shapes
    assert not any(np.any(part) for part in vars(none.orders).values())
    assert none.end_s.tolist() == [0.0, 0.0]
