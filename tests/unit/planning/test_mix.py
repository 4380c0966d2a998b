"""Energy and carbon of a year, where what is drawn and given is written down by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model import carbon, money
from capexmodel.planning import mix as module
from tests.unit.planner.town import changed, town
from tests.unit.planning.views import numbers, seen

GIVEN = numbers(2, 3, 2)
APART, ALIKE = [1.0, 0.4], [1.0, 1.0]


def view(monkeypatch, share=APART):
    """Energy given, drawn, and the most through a connection and of a source."""
    monkeypatch.setattr(money, "drawn_j", lambda scenario, stock: jnp.asarray(100.0 + numbers(3, 2)))
    monkeypatch.setattr(money, "grid_most_j", lambda scenario, stock: jnp.asarray(90.0 + 2.0 * numbers(3, 2)))
    monkeypatch.setattr(money, "source_most_j", lambda scenario, stock: jnp.asarray(50.0 * numbers(2, 3, 2)))
    return seen(changed(town(), source__site_share=share), energy_j=GIVEN)


def test_a_source_gives_no_more_than_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    np.testing.assert_allclose(module.SourceEnergy().slack(view(monkeypatch)), 50.0 * numbers(2, 3, 2) - GIVEN)


def test_sources_give_no_more_than_is_drawn_and_the_grid_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = 100.0 + numbers(3, 2) - GIVEN[0] - GIVEN[1]
    np.testing.assert_allclose(module.DrawnEnergy().slack(view(monkeypatch)), grid)
    np.testing.assert_allclose(module.GridEnergy().slack(view(monkeypatch)), 90.0 + 2.0 * numbers(3, 2) - grid)


def test_where_no_source_stands_apart_there_is_plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in (module.DrawnEnergy(), module.GridEnergy()):
        assert limit.slack(view(monkeypatch, ALIKE)).tolist() == [[1e12] * 2] * 3


def test_carbon_of_a_year_that_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The footprint is that of the orders and the stock."""
    monkeypatch.setattr(money, "footprint", lambda scenario, orders, stock: (orders, stock))
    some = seen(changed(town(), envelope__carbon_kg=[np.inf, 9.0]))

    def counted(scenario, footprint):
        return jnp.array([3.0, 4.0]) if footprint == (some.orders, some.stock) else None

    monkeypatch.setattr(carbon, "counted_kg", counted)
    assert module.CarbonCap().slack(some).tolist() == [1e12, 5.0]
