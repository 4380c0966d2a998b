"""An allocation followed by a kept program gives what following it as it stands gives."""

import equinox as eqx
import jax
import numpy as np
import pytest
from jax.core import Tracer

from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome, simulate
from capexmodel.planner import follow
from capexmodel.planner.follow import follow_allocation
from capexmodel.programs import keeping
from tests.draws import allocation_for, shipped

SCENARIOS = [
    pytest.param(name, marks=pytest.mark.long) if name != "one_period" else name for name in ("one_period", "greenfield", "meta_2026")
]


@pytest.mark.parametrize("name", SCENARIOS)
def test_kept_or_not_is_the_same_to_the_bit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traced once for two allocations; read back without being traced; without a shelf."""
    scenario, programs, ways = shipped(name), dict[str, bytes](), []
    plans = [allocation_for(scenario, seed) for seed in (1, 2)]
    with keeping(programs, "same", "test"):
        ways.append([follow_allocation(scenario, plan) for plan in plans])
    assert len(programs) == 2, "one program, and what was used"
    with monkeypatch.context() as patch, keeping(programs, "same", "test"):
        patch.setattr(follow, "simulate", None)
        ways.append([follow_allocation(scenario, plan) for plan in plans])
    ways.append([follow_allocation(scenario, plan) for plan in plans])
    for plan, *found in zip(plans, *ways, strict=True):
        plain = eqx.filter_jit(simulate)(scenario, plan)
        for one in found:
            assert jax.tree.structure(one) == jax.tree.structure(plain)
            for ours, alike, other in zip(*map(jax.tree.leaves, (one, found[0], plain)), strict=True):
                np.testing.assert_array_equal(ours, alike)
                np.testing.assert_allclose(ours, other, rtol=1e-12, atol=1e-12 * float(np.max(np.abs(other), initial=0.0)))


def test_uncompiled_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept program would hide what somebody looks for who switches compilation off."""
    scenario, seen = shipped("one_period"), []
    plan = allocation_for(scenario, 1)
    outcome = eqx.filter_jit(simulate)(scenario, plan)

    def spied(_scenario: Scenario, allocation: Allocation, _balances: tuple[str, ...]) -> Outcome:
        seen.append(isinstance(allocation.chips_usd, Tracer))
        return outcome

    monkeypatch.setattr(follow, "simulate", spied)
    with keeping({}, "same", "test"), jax.disable_jit():
        follow_allocation(scenario, plan)
    assert seen == [False]
