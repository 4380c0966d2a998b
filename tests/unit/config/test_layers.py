"""What stands over what: child over parent over catalog, a peak over peaks by precision; and tables that are none."""

import numpy as np
import pytest

from capexmodel import config
from capexmodel.config.crossed import crossed
from capexmodel.errors import ConfigError

HEAD = 'schema_version = 1\nname = "child"\nextends = "small"\n'


def peaks(text: str) -> dict[str, float]:
    """Peak by chip of a child of the small scenario, in PFLOP/s."""
    scenario = config.load(text)
    return dict(zip(scenario.accelerator.names, np.asarray(scenario.accelerator.peak_eflops) * 1000.0, strict=True))


def test_a_peak_as_such_and_peaks_by_precision_replace_each_other(write):
    plain = {"OLD": 0.989, "NEW": 2.5, "OWN": 1.0}
    assert peaks("small") == pytest.approx(plain)
    assert peaks(write(HEAD + "[accelerator.OWN]\npeak_bf16_pflops = 3\n")) == pytest.approx(plain | {"OWN": 3.0})
    assert peaks(write(HEAD + "[accelerator.NEW]\npeak_pflops = 4\n")) == pytest.approx(plain | {"NEW": 4.0})
    both = "[accelerator.OWN]\npeak_bf16_pflops = 3\n[accelerator.NEW]\npeak_pflops = 4\n"
    middle = write(HEAD + both, "middle.toml")
    assert peaks(middle) == pytest.approx(plain | {"OWN": 3.0, "NEW": 4.0})
    back = 'schema_version = 1\nname = "again"\nextends = "middle.toml"\n[accelerator.OWN]\npeak_pflops = 5\n'
    assert peaks(write(back, "back.toml")) == pytest.approx(plain | {"OWN": 5.0, "NEW": 4.0})


def test_the_child_wins_over_its_parent_and_both_over_the_catalog(write):
    middle = "[accelerator.OLD]\nprice_kusd = 41\n[preference]\nridge_months = 2e-5\n"
    write(HEAD + middle, "middle.toml")
    child = 'schema_version = 1\nname = "again"\nextends = "middle.toml"\n[preference]\nridge_months = 3e-5\n'
    scenario = config.load(write(child))
    assert float(scenario.accelerator.price_usd[0]) == 41e3
    assert float(scenario.preference.ridge_s) == pytest.approx(3e-5 * 2_629_800.0)
    assert float(config.load("small").accelerator.price_usd[0]) == 42e3


@pytest.mark.parametrize("value", ["3", '"text"', "[1]", "true"])
@pytest.mark.parametrize(("table", "expected"), [("utilization", "[utilization]"), ("source", "[source.NAME]")])
def test_what_is_no_table_is_refused(write, value, table, expected):
    with pytest.raises(ConfigError) as caught:
        config.load(write(f'schema_version = 1\n{table} = {value}\nname = "child"\nextends = "small"\n'))
    assert f"{table}: is not a table" in str(caught.value)
    assert f"expected {expected}" in str(caught.value)


@pytest.mark.parametrize("text", ["accelerator = 3\n", "[accelerators]\nA = {}\n"])
def test_a_catalog_holds_tables_of_scenarios_and_nothing_else(configs, text):
    (configs / "catalog" / "odd.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"^catalog/odd\.toml: accelerators?: is not a table of scenarios"):
        config.load("small")


def test_a_scenario_without_measured_or_timed_utilization_says_so_once(write):
    text = (config.documents.configs_dir() / "scenarios" / "small.toml").read_text()
    start = text.index("[utilization]")
    path = write(text[:start] + text[text.index("[reliability]", start) :])
    lines = [line for line in config.lint(path) if "utilization" in line]
    assert len(lines) == 1
    assert "utilization: is missing, expected measured utilization, or [" in lines[0]


def test_the_first_fiscal_year_is_meant_where_none_is_told():
    for path in ("envelope.high", "envelope.FY2026.high"):
        _, axes = crossed("small", [], [f"{path}=-10%:10%:3"])
        ((leaf, values),) = axes.items()
        assert leaf.path == "envelope.FY2026.high_usd"
        np.testing.assert_allclose(values, [3.6e9, 4e9, 4.4e9])
    ((leaf, _),) = crossed("small", [], ["envelope.FY2027.high=-10%:10%:3"])[1].items()
    assert leaf.path == "envelope.FY2027.high_usd"
