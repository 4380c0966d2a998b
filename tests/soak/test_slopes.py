"""The search for slopes that are no numbers finds one where there is one."""

import equinox as eqx
import jax.numpy as jnp
import pytest

from capexmodel.config import load
from capexmodel.model.simulate import simulate
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import Reach, draw, numbers_of
from tests.soak.slopes import HELD, part


def rooted(scenario, allocation, needs):
    """The model with a root that is nothing, and has no slope, where nobody may be hired."""
    outcome, hiring = simulate(scenario, allocation, needs), scenario.staff.hiring_per_s
    return eqx.tree_at(lambda o: o.training.date_s, outcome, outcome.training.date_s + jnp.sqrt(hiring))


@pytest.mark.long
def test_a_slope_that_is_no_number_is_found_where_it_stands():
    base = load("one_period")
    drawn = draw(base, range(64), reach=Reach.HOSTILE)
    corners = [int(row) for row in (drawn.numbers["staff", "hiring_per_s"] == 0).nonzero()[0]]
    assert 0 < len(corners) < 64
    found = part(Bench(base, rooted), Reach.HOSTILE, 0, 64)
    assert found["broken"] == {HELD[0]: [], HELD[1]: corners}
    held = part(Bench(base), Reach.HOSTILE, 0, 64)
    assert held["slopes"] == 64 * sum(values.size for values in numbers_of(base).values())
    assert held["broken"] == {title: [] for title in HELD}
