"""Sites with networks of their own: where one is slower, runs there count for less, plans are later, and each has its own price."""

import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.model.leaves import leaf
from capexmodel.model.pace import pace
from capexmodel.planner.again import resolve
from capexmodel.planner.search import Found, search
from capexmodel.planning.problem import Problem

OWN, OTHER = "network.fat_tree_2_tier.chip_gb_per_s", "network.fat_tree_3_tier.chip_gb_per_s"
STEP = 0.05
"""Gigabytes a second by which a bandwidth is moved either way."""
TEXT = """schema_version = 1
name = "two_fabrics"
as_of = 2026-02-02
extends = "greenfield"
[use]
network = ["fat_tree_2_tier", "fat_tree_3_tier"]
[site.prairie]
network = "fat_tree_2_tier"
[network.fat_tree_2_tier]
chip_gb_per_s = 50
[network.fat_tree_3_tier]
chip_gb_per_s = 100
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The best plan where one campus has a fabric of its own, half as fast as the chip's sheet and as that of the others."""
    path = tmp_path_factory.mktemp("fabrics") / "two.toml"
    path.write_text(TEXT, encoding="utf-8")
    return search(Problem(load(path)))


@pytest.mark.long
def test_a_slower_fabric_trains_slower_at_its_site_alone(found: Found) -> None:
    """What a network leaves of a run stands by site: all where it is as fast as the chip, less at the one that is slower."""
    scenario = found.problem.scenario
    share = dict(zip(scenario.site.names, np.asarray(pace(scenario).site_share[0]), strict=True))
    assert share["river"] == pytest.approx(1.0, rel=1e-12)
    assert share["coast"] == pytest.approx(1.0, rel=1e-12)
    assert 0.5 < share["prairie"] < 0.99
    same = leaf(scenario, OWN).write(scenario, 100.0)
    np.testing.assert_allclose(pace(same).site_share, 1.0, rtol=1e-12)


@pytest.mark.long
def test_a_slower_fabric_makes_a_later_plan(found: Found) -> None:
    """The same fabric at the chip's own speed is the sooner: what its price promises, and less than that, for worth falls with speed."""
    where = leaf(found.problem.scenario, OWN)
    fast = resolve(found.problem, found, where, 100.0)
    assert fast is not None
    promised = -50.0 * float(where.read(found.verdict.gradient))
    assert 0.0 < found.value - fast.value < promised


@pytest.mark.long
@pytest.mark.parametrize("path", [OWN, OTHER])
def test_each_fabric_has_its_own_price(found: Found, path: str) -> None:
    """Days by bandwidth of one fabric is the slope of solving again with it, on both sides; faster is sooner."""
    where = leaf(found.problem.scenario, path)
    base, price = float(where.read(found.problem.scenario)), float(where.read(found.verdict.gradient))
    up, down = (resolve(found.problem, found, where, base + side * STEP) for side in (1.0, -1.0))
    assert up is not None
    assert down is not None
    behind, ahead = (found.value - down.value) / STEP, (up.value - found.value) / STEP
    slack = 1e-9 / STEP + 0.02 * abs(price)
    assert price < 0.0
    assert min(behind, ahead) - slack <= price <= max(behind, ahead) + slack
