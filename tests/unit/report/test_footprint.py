"""Energy, carbon and water as rows and as lines: they add up, and every number has its unit."""

import numpy as np
import pytest

from capexmodel.model.leaves import leaf
from capexmodel.report.footprint import footprint, footprint_rows
from capexmodel.report.rows import spend_rows

KWH_J = 3.6e6
FIGURES = {
    "site.east.grid_carbon_kg_per_j": 0.4 / KWH_J,
    "site.west.grid_carbon_kg_per_j": 0.2 / KWH_J,
    "site.east.water_kg_per_j": 0.2 / KWH_J,
    "source.engine.site_share": 0.0,
    "source.engine.energy_price_usd_per_j": 0.07 / KWH_J,
    "source.engine.carbon_kg_per_j": 0.45 / KWH_J,
    "accelerator.new.embodied_kg": 500.0,
    "envelope.FY2027.carbon_price_usd_per_kg": 0.05,
}


@pytest.fixture(scope="module")
def told(small, allocation, follow):
    """The small scenario with figures of carbon, and what follows."""
    scenario = small
    for path, value in FIGURES.items():
        scenario = leaf(scenario, path).write(scenario, value)
    return scenario, follow(scenario, allocation)


def total(rows, quantity, **where):
    """Sum of a quantity over the rows that fit."""
    return sum(row["value"] for row in rows if row["quantity"] == quantity and all(row[key] == value for key, value in where.items()))


def test_energy_is_what_the_grid_and_sources_give(told):
    rows = footprint_rows(*told)
    for site in ("east", "west"):
        parts = total(rows, "energy.grid", site=site) + total(rows, "energy.engine", site=site)
        assert total(rows, "energy.drawn", site=site) == pytest.approx(parts, rel=1e-12)
    assert total(rows, "energy.engine") > 0
    assert {row["unit"] for row in rows if row["quantity"].startswith("energy")} == {"GWh"}


def test_carbon_is_energy_times_what_it_carries(told):
    rows = footprint_rows(*told)
    by_hand = 0.4 * total(rows, "energy.grid", site="east") + 0.2 * total(rows, "energy.grid", site="west")
    assert total(rows, "carbon.grid") == pytest.approx(by_hand, rel=1e-12)
    assert total(rows, "carbon.own") == pytest.approx(0.45 * total(rows, "energy.engine"), rel=1e-12)
    assert total(rows, "carbon.location") == pytest.approx(total(rows, "carbon.grid") + total(rows, "carbon.own"), rel=1e-12)
    assert {row["unit"] for row in rows if row["quantity"].startswith("carbon")} == {"ktCO2"}


def test_spending_holds_what_sources_and_carbon_cost(told):
    scenario, outcome = told
    rows = spend_rows(scenario, outcome)
    spent = {item: sum(row["usd"] for row in rows if row["item"] == item) for item in ("energy.engine", "carbon")}
    assert spent["energy.engine"] == pytest.approx(float(np.sum(outcome.money.mix_usd)), rel=1e-12)
    assert spent["carbon"] == pytest.approx(0.05 * float(np.sum(outcome.carbon.location_kg[:, 1])), rel=1e-12)
    for y, year in enumerate(scenario.calendar.years):
        opex = sum(row["usd"] for row in rows if row["account"] == "opex" and row["fiscal_year"] == year)
        assert opex == pytest.approx(float(outcome.money.operating_usd[y]), rel=1e-9)


def test_the_section_has_a_line_for_each_with_its_unit(told):
    lines = footprint(*told)
    assert "CARBON AND ENERGY" in lines[1]
    text = "\n".join(lines)
    for words in ("energy drawn", "of it from engine", "scope 1", "scope 2", "scope 3", "water on site"):
        line = next(line for line in lines if words in line)
        assert any(unit in line for unit in ("GWh", "ktCO2", "ML"))
    assert "operation by location" in text
    assert "halls" not in text
    assert any(line.strip().startswith("west") for line in footprint(*told, by_site=True))
