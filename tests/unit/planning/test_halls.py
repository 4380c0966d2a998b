"""Rows of halls that differ: the slack itself where it is asked for, else something that nobody can move."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.fleet import Stock
from capexmodel.model.housing import Housing
from capexmodel.planning import halls as module
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import changed, town
from tests.unit.planning.views import numbers, seen

ASKED = np.array([[True, False, True], [False, True, False]])


def chips():
    """A chip draws 5 W in the mean."""
    return changed(town(), accelerator__it_power_w=[3.0, 4.0, 8.0])


def test_what_is_not_asked_stays_above_a_chip_and_moves_with_nothing() -> None:
    slack = jnp.asarray(numbers(2, 3, 4) - 20.0)
    found = module._where(jnp.asarray(ASKED), slack, chips())
    asked = np.broadcast_to(ASKED[..., None], (2, 3, 4))
    np.testing.assert_allclose(found, np.where(asked, slack, np.maximum(slack, 5.0)))
    slope = jax.grad(lambda part: jnp.sum(module._where(jnp.asarray(ASKED), part, chips())))(slack)
    np.testing.assert_array_equal(slope, asked.astype(float))


def test_power_is_seen_from_each_kind_that_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "told_apart", lambda scenario: jnp.asarray(ASKED))
    monkeypatch.setattr(Stock, "mixed_balance", lambda self: jnp.asarray(-numbers(2, 3, 16)))
    found = np.asarray(module.MixedPower().slack(seen(chips())))
    np.testing.assert_allclose(found, np.where(ASKED[..., None], -numbers(2, 3, 16), 5.0))
    limit = module.MixedPower()
    assert (limit.name, limit.unit, limit.axes, limit.levers) == ("mixed_power_w", "w", ("hall", "site", "edge"), ("site.site_power_w",))


def test_dense_racks_have_room_in_halls_that_take_them(monkeypatch: pytest.MonkeyPatch) -> None:
    held = fake(Housing, hall_w=jnp.asarray(numbers(3, 3, 16)), dense_w=jnp.asarray(90.0 + numbers(3, 3, 16)))
    monkeypatch.setattr(Housing, "taking_w", jnp.asarray(3.0 * numbers(3, 3, 16)), raising=False)
    monkeypatch.setattr(Stock, "housing", held, raising=False)
    monkeypatch.setattr(module, "too_dense", lambda scenario: jnp.ones((3, 3), bool))
    np.testing.assert_allclose(module.RackDensity().slack(seen(chips())), 3.0 * numbers(3, 3, 16) - 90.0 - numbers(3, 3, 16))
    limit, (kinds, sites, edges) = module.RackDensity(), module.RackDensity().labels(town())
    assert (kinds, sites, len(edges), edges[:2]) == (
        ("promised", "shell", "tent"),
        ("east", "west", "south"),
        16,
        ("2026-02-02", "2026-03-01"),
    )
    assert (limit.name, limit.unit, limit.axes, limit.levers) == ("rack_density", "w", ("housing", "site", "edge"), ("site.hall_power_w",))
