"""Ends of nine tenths of a cost, of factors made up by hand whose ends are known in closed form."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from capexmodel.config.costs import CostRow
from capexmodel.studies import cost_ranges as room
from tests.bare import bare

Z = 1.6448536269514722


def row(tensor: bool | None, **numbers: float) -> CostRow:
    """A row on a chip of a kind, or on none."""
    return bare(CostRow, server=None if tensor is None else SimpleNamespace(tensor_unit=tensor), numbers=numbers)


def around(factor: float) -> tuple[float, float, float]:
    """A factor either way."""
    return 1.0 / factor, 1.0, factor


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Runs that tell all on GPUs, and none of it on TPUs."""
    cluster = {"quantity_ratio": around(1.2), "price_ratio": around(2.0), "tensor_price_ratio": around(4.0), "overhead_ratio": around(1.3),
               "interconnect_ratio": around(1.5)}  # fmt: skip
    run = {"utilization": (0.3, 0.4, 0.5), "time_ratio": around(1.4), "work_ratio": around(1.6), "energy_price_ratio": around(1.7)}
    monkeypatch.setattr(room, "method", lambda: SimpleNamespace(cluster_range=cluster, run_range=run))
    monkeypatch.setattr(room, "shipped_cost_rows", lambda: (row(False, chips_count=3.0, run_h=5.0), row(True, chips_count=3.0)))
    monkeypatch.setattr(room, "_DRAWS", 40_000)
    return SimpleNamespace(cluster=cluster, run=run)


def ends(*factors: float) -> tuple[float, float]:
    """Of a product of lognormal factors."""
    half = math.exp(math.sqrt(sum(math.log(factor) ** 2 for factor in factors)))
    return 1.0 / half, half


def near(found: room.CostRange, low: float, high: float) -> bool:
    """Within what so many draws give."""
    return (found.low, found.high) == (pytest.approx(low, rel=0.02), pytest.approx(high, rel=0.02))


def test_runs_that_tell_their_hours_are_as_well_known_as_the_product_of_their_factors(told: SimpleNamespace) -> None:
    found = room.cost_ranges(0.1)
    assert set(found) == {"gpu", "tpu", "energy", "whole"}
    assert near(found["gpu"], *ends(1.2, 1.4, 2.0, 1.3, 1.5))
    assert near(found["energy"], *ends(1.2, 1.4, 1.7))


def test_runs_that_tell_their_compute_alone_are_as_well_known_as_it_is_used(told: SimpleNamespace) -> None:
    """A utilization of 0.4 give or take 0.1, as good as lognormal where it is narrow; TPUs at their own price."""
    told.run["utilization"] = (0.396, 0.4, 0.404)
    assert near(room.cost_ranges(0.1)["tpu"], *ends(1.6, 1.01, 4.0, 1.3, 1.5))


def test_energy_has_its_share_in_the_whole(told: SimpleNamespace) -> None:
    """All servers, or all energy; between them less than either is known, for both hang on the same hours."""
    assert near(room.cost_ranges(1.0)["whole"], *ends(1.2, 1.4, 1.7))
    assert near(room.cost_ranges(0.0)["whole"], *ends(1.2, 1.4, 2.0, 1.3, 1.5))
    half = room.cost_ranges(0.5)["whole"]
    assert ends(1.2, 1.4)[1] < half.high < ends(1.2, 1.4, 2.0, 1.3, 1.5)[1]


def test_a_utilization_below_the_least_is_drawn_again(told: SimpleNamespace) -> None:
    """0.1 give or take 0.1: one of twenty falls below zero, and none may stay there."""
    told.run["utilization"] = (0.0, 0.1, 0.2)
    assert room.cost_ranges(0.1)["tpu"].low > 0.0
    told.run["work_ratio"] = around(1.0001)
    told.cluster.update(tensor_price_ratio=around(1.0001), overhead_ratio=around(1.0001), interconnect_ratio=around(1.0001))
    rng = np.random.default_rng(1)
    reached = 0.1 + rng.standard_normal(200_000) * 0.1 / Z
    reached = reached[reached >= 0.02]
    low, middle, high = np.quantile(1.0 / reached, (0.05, 0.5, 0.95))
    found = room.cost_ranges(0.1)["tpu"]
    assert (found.low, found.high) == (pytest.approx(low / middle, rel=0.03), pytest.approx(high / middle, rel=0.03))


def test_runs_are_mixed_as_the_rows_are() -> None:
    """Both chips and hours are told of two of five."""
    both, lacking = {"chips_count": 3.0, "run_h": 5.0}, [{"chips_count": 3.0}, {"run_h": 5.0}, {}]
    assert room._told([row(False, **numbers) for numbers in (both, both, *lacking)]) == 0.4
    assert [room._tensor(row(kind)) for kind in (True, False, None)] == [True, False, False]
    assert room._range(np.arange(1.0, 102.0)) == room.CostRange(6.0 / 51.0, 96.0 / 51.0)
