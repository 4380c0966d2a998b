"""Limits on a whole plan, and which of them a scenario states."""

import jax.numpy as jnp
import pytest

from capexmodel.model import carbon, money
from capexmodel.model.fleet import Stock
from capexmodel.planning import totals as module
from capexmodel.planning.choice import Gist
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import changed, town
from tests.unit.planning.views import numbers, seen


@pytest.mark.parametrize(("stated", "names"), [
    ({}, []), ({"preference__most_usd": 5.0}, ["total_cost"]), ({"preference__most_w": 5.0}, ["total_power"]),
    ({"preference__most_kg": 5.0, "preference__most_usd": 0.0}, ["total_cost", "total_carbon"]),
])  # fmt: skip
def test_what_a_scenario_states_is_held(stated: dict, names: list[str]) -> None:
    assert [one.name for one in module.totals(changed(town(), **stated))] == names


def test_cost_power_and_carbon_are_what_is_left_of_their_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    given = changed(town(), preference__most_usd=20.0, preference__most_w=300.0, preference__most_kg=50.0)
    view, asked = seen(given), []
    monkeypatch.setattr(Gist, "present_usd", lambda self: jnp.asarray(13.0))
    monkeypatch.setattr(Stock, "load", lambda self, name: asked.append(name) or jnp.asarray(numbers(3, 16)))
    monkeypatch.setattr(money, "footprint", lambda scenario, orders, stock: (orders, stock))
    monkeypatch.setattr(carbon, "counted_kg", lambda scenario, it: jnp.array([11.0, 7.0]) if it == (view.orders, view.stock) else None)
    assert module.TotalCost().slack(fake(Gist, scenario=given)).tolist() == [7.0]
    assert module.TotalPower().slack(view).tolist() == (300.0 - numbers(3, 16).sum(axis=0)).tolist()
    assert module.TotalCarbon().slack(view).tolist() == [32.0]
    assert asked == ["it_power_w"]
    assert module.TotalCost().labels(town()) == module.TotalCarbon().labels(town()) == (("high",),)
