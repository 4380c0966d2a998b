"""The cheapest power of a site, line by line."""

import numpy as np
import pytest

from capexmodel.report.power import curve_page, power_document, power_page, source_toml
from capexmodel.report.text import heading, table
from tests.unit.report.portfolios import BATTERY, HOUR, MONTH, MWH, NAMES, YEAR_S, found, wish

SOURCES = ["source", "MW", "% of energy", "% used", "cost", "worth", "months"]


def flat(text):
    return " ".join(text.split())


def rows_below(text, title, count):
    lines = text.split("\n")
    start = lines.index(title)
    return lines[start + 1 : start + 1 + count]


def test_sources_stand_with_cost_and_worth():
    rows = [
        ["gas_engine", "150.0", "30.0", "32.0", "70.0", "40.0", "12"], ["solar", "900.0", "65.0", "11.6", "55.0", "55.0", "18"],
        ["nuclear", "-", "-", "-", "500.0", "60.0", "96"], [BATTERY, "50.0", "3.5", "-", "33.0", "-", "9"],
    ]  # fmt: skip
    text = power_page(found())
    title = "SOURCES  (cost and worth in $ a year for one kW: equal where something is built)"
    assert text.startswith("power: the cheapest firm 200.0 MW in the plains, 73.00 $/MWh\n")
    assert rows_below(text, title, 5) == table(SOURCES, rows)
    none = rows_below(power_page(found(battery_w=1e3)), title, 5)
    assert none[-1].split() == [BATTERY, "-", "3.5", "-", "33.0", "-", "9"]


def test_energy_is_told_in_shares_and_tonnes():
    text = flat(power_page(found()))
    assert "Clean by the hour 62.5 %; clean energy taken over the year 70.0 % of what is drawn, 80.0 % with what is thrown away" in text
    kt, dollars = f"{6.0 * YEAR_S / 1e6:,.0f}", f"{6.0 * 0.05 / 1.6e8 * MWH:.2f}"
    assert f"Carbon 135.0 g/kWh, {kt} kt a year, at its price {dollars} $/MWh of the cost." in text
    assert (
        "Thrown away 12.5 % of what sun and wind could give (34 MW on average). The battery holds 200 MWh, 4.0 hours, and gives back"
        in text
    )
    assert "3.45 % of what is drawn. Not met 0.0123 %." in text
    assert "34 MW on average). No battery. Not met" in flat(power_page(found(battery_w=1e3)))


def test_shadow_prices_are_those_of_what_was_asked():
    plain = flat(power_page(found()))
    assert f"One $/t more of carbon's price costs {6.0 / 1.6e8 * MWH / 1e3:.4f} $/MWh: what is left in the air." in plain
    assert "One kW more that is to be had of solar spares 12.5 $ a year." in plain
    assert "to be had of gas_engine" not in plain
    assert "to be had of nuclear" not in plain
    assert "must be clean" not in plain
    asked = flat(power_page(found(asked=wish(clean_share=0.75, carbon_kg_per_j=5e-8))))
    assert "One MWh more that must be clean costs 30.00 $; one point more of the share 0.300 $ for each MWh." in asked
    assert "One tonne less of carbon costs 23.4 $, beside its price." in asked
    assert "carbon's price costs" not in asked


def test_prices_are_told_every_third_hour():
    rows = [["00-01", "10.0", "20.0", "30.0"], ["03-04", "20.0", "50.0", "80.0"]]
    text = power_page(found())
    assert rows_below(text, "PRICE BY THE HOUR  ($/MWh, over the days of the year)", 3) == table(["hour", "least", "mean", "most"], rows)


def test_the_column_for_a_plan_and_the_evidence_are_told():
    text = flat(power_page(found()))
    assert "4.568 $/W of firm power, 21.50 $/MWh beside capital and carbon, 360.0 g/kWh, the last of it after 18 months (--toml" in text
    assert "Weakest status: recalled. Of 4 figures: 2 reported, 1 recalled, 1 scenario. Assumed, or from memory: panel, rate." in text


def test_what_was_asked_is_said():
    assert "Asked: carbon at 50 $/t. Twelve made-up days, one a month." in flat(power_page(found()))
    asked = found(asked=wish(clean_share=0.75, carbon_kg_per_j=1e-7, most_w={"solar": 3e8}, by_s=7.5 * MONTH))
    said = "Asked: carbon at 50 $/t; at least 75 % of the energy clean; at most 360.0 g/kWh of carbon; at most 300.0 MW of solar; "
    assert said + "there within 7.5 months, which excludes nothing. Twelve" in flat(power_page(asked))


def test_a_curve_has_a_row_for_each_value():
    head = ["carbon-price ($/t)", "$/MWh", "g/kWh", "clean by hour (%)", "gas_engine", "solar", f"{BATTERY} (MWh)"]
    rows = [["50", "73.00", "135.0", "62.5", "150", "900", "200"], ["1234", "73.00", "67.5", "62.5", "150", "900", "-"]]
    text = curve_page("carbon-price", (0.05, 1.23449), (found(), found(battery_w=0.0, carbon_kg_per_s=3.0)))
    lines = ["power: the cheapest firm 200.0 MW in the plains, by carbon-price", *heading("curve", "capacities in MW"), *table(head, rows)]
    assert text == "\n".join(lines) + "\n"


def test_a_curve_over_other_kinds_leaves_them_out():
    text = curve_page("clean", (0.5, 0.75), (found(), found(names=("wind", "solar", "nuclear"))))
    assert text.split("\n")[3].split() == ["clean", "$/MWh", "g/kWh", "clean", "by", "hour", "(%)", BATTERY, "(MWh)"]
    assert text.split("\n")[4].split() == ["0.5", "73.00", "135.0", "62.5", "200"]


def test_the_document_holds_one_point_for_each_value():
    whole = power_document((found(), found()), "clean", (0.5, 0.75))
    points = whole.pop("points")
    assert whole == {
        "schema_version": 1, "kind": "power", "place": "plains", "load_w": 2e8,
        "varied": {"name": "clean", "field": "clean_share", "values": [0.5, 0.75]},
    }  # fmt: skip
    assert len(points) == 2
    assert "varied" not in power_document((found(),))


def test_a_point_holds_sources_prices_and_evidence():
    (point,) = power_document((found(asked=wish(most_w={"solar": 3e8}, by_s=9.0)),))["points"]
    assert point["asked"] == {
        "carbon_usd_per_kg": 0.05, "clean_share": None, "carbon_kg_per_j": None, "most_w": {"solar": 3e8}, "by_s": 9.0,
    }  # fmt: skip
    assert point["sources"]["solar"] == {
        "capacity_w": 9e8, "taken_share": 0.65, "cost_usd_per_w_per_s": pytest.approx(0.055 / YEAR_S),
        "worth_usd_per_w_per_s": pytest.approx(0.055 / YEAR_S), "allowed_usd_per_w_per_s": pytest.approx(0.0125 / YEAR_S),
        "build_s": 18.0 * MONTH, "power_w": [4.0, 5.0, 6.0, 7.0],
    }  # fmt: skip
    assert point["battery"] == {"capacity_w": 5e7, "capacity_j": 4.0 * HOUR * 5e7}
    assert point["shadow_prices"] == {"clean_usd_per_j": pytest.approx(30.0 / MWH), "carbon_usd_per_kg": 0.0234}
    assert (point["charge_w"], point["discharge_w"], point["unmet_w"]) == ([1.0, 2.0], [4.0, 5.0], [0.0, 3.0])
    assert (point["error"], point["steps"], point["late"], point["carbon_kg_per_s"]) == (2e-7, 31, [], 6.0)
    assert point["cost_usd_per_j"] == pytest.approx(73.0 / MWH)
    assert point["matching"]["paper_share"] == 0.8
    assert point["column"]["capital_usd_per_w"] == 4.5678
    assert point["evidence"]["weakest"] == "recalled"
    assert list(point["evidence"]["figures"]) == ["engine", "panel", "rate", "wind"]
    np.testing.assert_allclose(point["price_usd_per_j"][1], np.array([30.0, 40.0, 50.0, 80.0]) / MWH)
    assert tuple(point["sources"]) == NAMES


def test_a_source_of_a_scenario_is_written_with_how_it_came_about():
    mark = 'status = "derived", source = "capexmodel-power"'
    spread = 'build_spread = { value = 0.3, low = 0.1, high = 0.5, status = "scenario", source = "capexmodel-assumptions" }'
    lines = [
        "[source.firm]  # cheapest firm 200.0 MW in the plains, carbon at 50 $/t",
        f'price_usd_per_kw = {{ value = 4567.8, {mark}, note = "capital of 150 MW of gas_engine, 900 MW of solar, a battery of 200 MWh" }}',
        f'build_months = {{ value = 18, {mark}, note = "the longest of its parts" }}',
        f'site_share = {{ value = 0, {mark}, note = "stands by itself: a price and carbon of its own" }}',
        f'energy_price_usd_per_mwh = {{ value = 21.5, {mark}, note = "beside capital and carbon" }}',
        f'carbon_g_per_kwh = {{ value = 360, {mark}, note = "as burnt, mean of the year" }}', spread,
    ]  # fmt: skip
    assert source_toml(found(), "firm") == "\n".join(lines) + "\n"
    assert '900 MW of solar" }' in source_toml(found(battery_w=1e3), "firm")
