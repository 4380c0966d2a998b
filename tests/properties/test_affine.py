"""What is called affine is: every limit that a plan reads off once, at no orders at all, is the same line everywhere."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.planner.chart import linear
from capexmodel.planner.search import prepare
from capexmodel.planning.choice import view
from capexmodel.planning.problem import Problem

STATED = {"most_w": 1.9e9, "most_kg": 5e9, "most_usd": 2e11}
"""Limits on a whole plan, which no shipped scenario states."""


@pytest.mark.long
@pytest.mark.parametrize("name", ["one_period", "greenfield", "cold_or_warm", "firm_power", "meta_2026"])
def test_affine_limits_are_affine_also_where_sites_are_empty(name: str) -> None:
    scenario = load(name)
    scenario = eqx.tree_at(lambda s: [getattr(s.preference, each) for each in STATED], scenario, [jnp.asarray(v) for v in STATED.values()])
    problem = Problem(scenario)
    form, size, reduced = prepare(problem)
    whole, pace = reduced.whole, reduced.linear.pace
    read = linear(scenario, pace, size, form, whole)
    rows = eqx.filter_jit(lambda x: form.affine(view(scenario, whole.choice(x, scenario), pace), size))
    random = np.random.default_rng(0)
    for _ in range(4):
        x = jnp.asarray(np.exp(random.uniform(-2.0, 2.0, whole.free.size)))
        wanted, found = np.asarray(read.matrix @ x + read.offset), np.asarray(rows(x))
        moved = np.asarray(read.matrix != 0).any(axis=1)
        np.testing.assert_allclose(found[moved], wanted[moved], rtol=1e-9, atol=1e-8 * np.abs(np.asarray(read.matrix)).sum(axis=1).max())
        assert (found[~moved & (np.asarray(read.offset) >= 0)] >= 0).all()  # where halls say nothing new, a number that no choice moves
