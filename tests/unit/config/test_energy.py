"""Sources and places by name: what is shipped, what of one's own goes beside it, and what is wrong told in one line."""

from pathlib import Path

import pytest

from capexmodel.config.builds import given
from capexmodel.config.energy import CATALOG, SHOWN, market
from capexmodel.config.locate import configs_dir
from capexmodel.config.power import amount, most, names, varied
from capexmodel.config.read import read_toml
from capexmodel.errors import ConfigError
from capexmodel.studies.power import VARIED

MWH_J = 3.6e9


def test_a_plant_is_that_of_the_catalog() -> None:
    """Capital and lead time of combined cycles are told once."""
    plant = market().sources["gas_combined_cycle"]
    assert plant.value("capital_usd_per_kw") == pytest.approx(2.4)
    assert plant.value("build_months") == pytest.approx(60 * 365.25 * 7200)
    assert plant.figures["capital_usd_per_kw"].source == "nextera-2025"
    assert float(market().fuel.heat_usd_per_j) * MWH_J == pytest.approx(4 * 3.412142, rel=1e-5)


def test_every_source_and_place_has_what_it_needs() -> None:
    """A lead time, and energy or carbon that somebody pays for; weather in its bounds."""
    known = market()
    assert {"grid", "ppa_wind", "ppa_solar", "wind", "solar", "gas_engine", "gas_combined_cycle", "fuel_cell", "nuclear"} <= set(
        known.sources
    )
    for source in known.sources.values():
        assert source.value("build_months") > 0
        assert source.gas or source.weather or source.value("energy_usd_per_mwh") + source.value("contract_usd_per_mwh") > 0
    assert {"ohio", "louisiana", "texas"} <= set(known.places)


def test_gas_plants_of_the_catalog_run_on_gas_at_its_price_with_its_carbon() -> None:
    """A plan's plants and those of the hourly model burn the same gas: fuel over efficiency and wear, carbon of what is burnt."""
    known, listed = market(), read_toml(configs_dir() / CATALOG, CATALOG)["source"]
    plants = read_toml(configs_dir() / SHOWN, SHOWN)["source"]
    checked = [(plants[name]["plant"], source) for name, source in known.sources.items() if source.gas and "plant" in plants[name]]
    assert {plant for plant, _ in checked} == {"gas_engine", "gas_turbine_ccgt", "aeroderivative", "fuel_cell"}
    for plant, source in checked:
        efficiency = source.value("efficiency_share")
        running = float(known.fuel.heat_usd_per_j) / efficiency + source.value("wear_usd_per_mwh")
        assert given(listed[plant], "energy_price_usd_per_mwh").value == pytest.approx(running, rel=2e-3)
        assert given(listed[plant], "carbon_g_per_kwh").value == pytest.approx(float(known.fuel.heat_kg_per_j) / efficiency, rel=0.03)
    for plant in ("rapid", *(plant for plant, _ in checked)):
        assert listed[plant]["site_share"]["value"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[source.x]\nbuild_months = 3\ncarbon_per_kwh = 1", "x.carbon_per_kwh is not a known key; is 'carbon_g_per_kwh' meant?"),
        ("[source.x]\nbuild_months = 3\nplant = 'gas_engin'", "'gas_engin\\\" is not in the catalog; is 'gas_engine' meant?"),
        ("[source.x]\ncontract_usd_per_mwh = 3", "has no 'build_months'"),
        ("[source.x]\nbuild_months = 3\nclean_share = 1.2", "clean_share: got 1.2, expected at least 0 and at most 1"),
        ("[source.x]\nbuild_months = 3\ncapital_usd_per_kw = 9", "has no 'life_years'"),
        ("[source.x]\nbuild_months = 3\ngas = true", "has no 'efficiency_share'"),
        ("[sauce.x]\nbuild_months = 3", "is not a known table"),
        ("[place.x]\nlatitude_share = 2", "has no 'clear_ratio'"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        market(file)
    assert said.replace("'gas_engin\\\"", '"gas_engin"') in str(told.value)
    assert "\n" not in str(told.value)


def test_own_sources_stand_beside_the_shipped(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[source.tide]\ncontract_usd_per_mwh = 90\nbuild_months = 30\nclean_share = 1\n", encoding="utf-8")
    known = market(file)
    assert known.sources["tide"].value("contract_usd_per_mwh") * MWH_J == pytest.approx(90.0)
    assert "grid" in known.sources


def test_words_of_the_command_line() -> None:
    """Quantities with their units, lists and ranges."""
    assert amount("load", "2 GW", "w") == 2e9
    assert amount("clean", "90 %", "") == pytest.approx(0.9)
    assert names("grid, battery", market(), "battery") == (("grid",), True)
    assert names(None, market(), "battery")[1]
    assert most(["grid=500 MW"], ("grid",)) == {"grid": 5e8}
    name, values = varied("carbon-price=0:300:4", VARIED)
    assert name == "carbon-price"
    assert values == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert varied("by=12:24:2 months", VARIED)[1] == pytest.approx([12 * 2629800.0, 24 * 2629800.0])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: amount("load", "2 GWh", "w"), "--load: got"),
        (lambda: amount("clean", "1.2", ""), "a share from 0 to 1"),
        (lambda: amount("load", "0 W", "w", above=True), "above 0"),
        (lambda: names("grid,wnd", market(), "battery"), "is 'wind' meant?"),
        (lambda: names("battery", market(), "battery"), "at least one of"),
        (lambda: most(["grd=1 GW"], ("grid",)), "is 'grid' meant?"),
        (lambda: most(["grid"], ("grid",)), "SOURCE=POWER"),
        (lambda: varied("carbonprice=0:1:2", VARIED), "is 'carbon-price' meant?"),
        (lambda: varied("clean=0:1", VARIED), "LOW:HIGH:N"),
        (lambda: market().place("ohoi"), "is 'ohio' meant?"),
        (lambda: market().named(["grid", "grid"]), "named twice"),
    ],
)
def test_wrong_words_are_told(call: object, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        call()
    assert said in str(told.value)
