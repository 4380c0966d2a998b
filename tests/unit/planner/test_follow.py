"""An allocation followed by a kept program gives what following it as it stands gives."""

import equinox as eqx
import jax
import numpy as np
import pytest

from capexmodel.model.simulate import simulate
from capexmodel.planner.follow import follow
from capexmodel.programs import keeping
from tests.draws import allocation_for, shipped

SCENARIOS = [
    pytest.param(name, marks=pytest.mark.long) if name != "one_period" else name for name in ("one_period", "greenfield", "meta_2026")
]


@pytest.mark.parametrize("name", SCENARIOS)
def test_kept_or_not_is_the_same(name: str) -> None:
    scenario, programs = shipped(name), dict[str, bytes]()
    plans = [allocation_for(scenario, seed) for seed in (1, 2)]
    for round_count in (1, 2):
        with keeping(programs, "same", "test"):
            found = [follow(scenario, plan) for plan in plans]
        assert len(programs) == 2, f"a program and what was used, after {round_count}"
    for plan, one in zip(plans, found, strict=True):
        other = eqx.filter_jit(simulate)(scenario, plan)
        assert jax.tree.structure(one) == jax.tree.structure(other)
        for ours, theirs in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * float(np.max(np.abs(theirs), initial=0.0)))
