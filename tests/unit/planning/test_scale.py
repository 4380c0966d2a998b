"""Natural sizes of a town, from its money, its chips, its people and its time."""

import numpy as np
import pytest

from capexmodel.planning.scale import sizes
from tests.unit.planner.town import changed, town

DAY_S = 86400.0
PLAIN = {
    "accelerator__price_usd": [10.0, 20.0, 60.0], "accelerator__it_power_w": [2.0, 3.0, 7.0], "accelerator__peak_eflops": [1.0, 5.0, 9.0],
    "envelope__high_usd": [900.0, 2100.0], "site__fleet_count": [[7.0, 1.0, 0.0], [2.0, 3.0, 0.0], [0.0, 4.0, 3.0]],
    "staff__headcount_count": 120.0,
}  # fmt: skip


def of(**numbers) -> dict[str, float]:
    return {name: float(value) for name, value in vars(sizes(changed(town(), **(PLAIN | numbers)))).items()}


def test_a_hundredth_of_all_money_buys_one_unit_of_chips_power_and_compute() -> None:
    found = of()
    assert (found["usd"], found["count"], found["w"], found["eflops"]) == (30.0, 1.0, 4.0, 5.0)
    found = of(envelope__high_usd=[900.0, 5100.0])
    assert (found["usd"], found["count"], found["w"], found["eflops"]) == (60.0, 2.0, 8.0, 10.0)


def test_people_time_and_energy() -> None:
    found = of(envelope__high_usd=[900.0, 5100.0])
    assert (found["heads"], found["share"]) == (4.0, 1.0)
    assert found["s"] == pytest.approx(698.0 * DAY_S / 48.0)
    assert found["j"] == pytest.approx(8.0 * 698.0 * DAY_S / 2.0)


@pytest.mark.parametrize(
    ("grid", "source", "dirtiest"), [([0.2, 0.5, 0.1], [0.3, 0.4], 0.5), ([0.2, 0.5, 0.1], [0.3, 0.7], 0.7), ([0.0] * 3, [0.0, 0.3], 0.3)]
)
def test_carbon_is_that_of_the_dirtiest_energy(grid, source, dirtiest: float) -> None:
    found = of(site__grid_carbon_kg_per_j=grid, source__carbon_kg_per_j=source)
    assert found["kg"] == pytest.approx(found["j"] * dirtiest)


def test_where_all_energy_is_clean_a_unit_of_carbon_is_a_kilogram() -> None:
    assert of(site__grid_carbon_kg_per_j=[0.0] * 3, source__carbon_kg_per_j=[0.0, 0.0])["kg"] == 1.0


def test_no_budget_is_sized_by_the_fleet_or_by_a_chip() -> None:
    assert of(envelope__high_usd=[0.0, 0.0])["usd"] == pytest.approx(20.0 * 30.0 / 100.0)
    assert of(envelope__high_usd=[0.0, 0.0], site__fleet_count=np.zeros((3, 3)))["usd"] == 30.0
