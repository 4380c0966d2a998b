"""What a scenario file becomes: values in base units, defaults, series, names, dates, evidence."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel import config
from capexmodel.errors import ConfigError
from capexmodel.model.leaves import leaves
from capexmodel.types import require_x64

DAY_S = 86400.0
MONTH_S = 365.25 / 12 * DAY_S


def test_figures_arrive_in_base_units_and_in_order():
    s = config.load("small")
    require_x64()
    assert (s.name, s.title) == ("small", "Two sites, three chips, two models")
    assert s.accelerator.names == ("OLD", "NEW", "OWN")
    np.testing.assert_array_equal(s.accelerator.peak_eflops, [989e-6, 2.5e-3, 1e-3])
    np.testing.assert_array_equal(s.accelerator.price_usd, [42e3, 54e3, 30e3])
    np.testing.assert_array_equal(s.accelerator.it_power_w, [1300.0, 1900.0, 1000.0])
    np.testing.assert_allclose(s.accelerator.install_s, 2 * MONTH_S, rtol=1e-15)
    np.testing.assert_array_equal(s.hall.price_usd_per_w, [12.0])
    np.testing.assert_allclose(s.site.energy_price_usd_per_j, [60 / 3.6e9, 0.0], rtol=1e-15)
    np.testing.assert_allclose(s.site.hall_starts_w_per_s, [1e8 / (3 * MONTH_S), 0.0], rtol=1e-15)
    np.testing.assert_allclose(s.rental.price_usd_per_s, [3 / 3600], rtol=1e-15)
    np.testing.assert_array_equal(s.job.work_eflop, [5e8, 5e9])
    np.testing.assert_array_equal(s.job.largest_run_count, [130e3, 500e3])
    np.testing.assert_allclose(s.research.eflops_per_head, 0.4, rtol=1e-15)
    np.testing.assert_allclose(s.preference.cost_s_per_usd, 1e-4 * MONTH_S / 1e9, rtol=1e-15)
    np.testing.assert_allclose(s.staff.pay_usd_per_s, 1.2e6 / (12 * MONTH_S), rtol=1e-15)
    assert float(s.reliability.restart_s) == 120.0
    assert s.envelope.names == ("FY2026", "FY2027")


def test_every_array_is_float64_and_finite():
    for leaf in leaves(s := config.load("small")):
        value = leaf.read(s)
        assert value.dtype == jnp.float64
        unlimited = leaf.field in ("carbon_kg", "most_usd", "most_w", "most_kg") and value == jnp.inf  # no limit is stated
        assert bool(jnp.isfinite(value)) or unlimited, leaf.path


def test_texts_and_flags_are_static_by_member():
    s = config.load("small")
    assert s.site.network == ("tree", "tree")
    assert s.site.open == (True, False)
    assert (s.rental.accelerator, s.rental.site) == (("OLD",), ("leased",))
    assert s.accelerator.vendor == ("maker", "maker", "")


def test_cells_follow_the_names_of_the_other_axis():
    s = config.load("small")
    np.testing.assert_array_equal(s.site.fleet_count, [[50e3, 1000.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(s.job.reach, [[1.0, 0.5], [1.0, 0.0]])


def test_defaults_fill_what_is_not_given():
    s = config.load("small")
    np.testing.assert_array_equal(s.envelope.other_share, [0.15, 0.0])
    np.testing.assert_array_equal(s.envelope.acquisition_usd, [0.0, 2e9])
    np.testing.assert_array_equal(s.job.weight, [1.0, 1.0])
    np.testing.assert_array_equal(s.job.research_left, [0.2, 1.0])
    np.testing.assert_array_equal(s.core.relief_eflops, [0.0])
    np.testing.assert_array_equal(s.core.relief_at_s, [0.0])


def test_series_of_different_length_go_on_with_their_last_value_a_day_apart():
    s = config.load("small")
    np.testing.assert_array_equal(s.site.hall_power_w, [[1e8, 3e8], [0.0, 0.0]])
    np.testing.assert_array_equal(s.site.hall_at_s / DAY_S, [[0.0, 332.0], [0.0, 1.0]])
    np.testing.assert_array_equal(s.site.site_power_w, [[1.2e8, 2.4e8, 5e8], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(s.site.site_at_s[1] / DAY_S, [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(s.accelerator.share, [[0.0, 0.0], [0.0, 0.5], [0.0, 0.0]])
    np.testing.assert_array_equal(s.accelerator.share_at_s / DAY_S, [[0.0, 1.0], [0.0, 149.0], [0.0, 1.0]])


def test_dates_count_from_the_as_of_day_and_a_missing_deadline_is_the_horizon():
    s = config.load("small")
    assert s.job.deadlined == (True, False)
    np.testing.assert_array_equal(s.job.deadline_s / DAY_S, [148.0, 698.0])
    np.testing.assert_array_equal(s.deal.close_s / DAY_S, [57.0])


def test_the_calendar_has_short_first_periods_and_fiscal_years():
    c = config.load("small").calendar
    assert c.decisions == ("2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1", "2027Q2", "2027Q3", "2027Q4")
    assert c.periods[:6] == ("2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026Q3")
    assert c.years == ("FY2026", "FY2027")
    np.testing.assert_array_equal(c.year_edges_s / DAY_S, [0.0, 333.0, 698.0])
    np.testing.assert_array_equal(c.decision_edges_s[:3] / DAY_S, [0.0, 58.0, 149.0])
    np.testing.assert_array_equal(c.period_edges_s[:3] / DAY_S, [0.0, 27.0, 58.0])
    assert float(c.horizon_s) == float(c.decision_edges_s[-1]) == 698 * DAY_S


@pytest.mark.parametrize(
    ("rules", "labels"),
    [
        ('[{ every = "year" }]', ("2026", "2027")),
        ('[{ every = "half", until = 2026-12-31 }, { every = "year" }]', ("2026H1", "2026H2", "2027")),
        ('[{ every = "month", until = 2026-02-28 }, { every = "year", until = 2027-12-31 }]', ("2026-02", "2026", "2027")),
        ('"year"', ("2026", "2027")),
    ],
)
def test_grid_rules(changed, rules, labels):
    path = changed(('decisions = [{ every = "quarter" }]', f"decisions = {rules}"))
    assert config.load(path).calendar.decisions == labels


def test_every_figure_read_has_its_evidence_at_the_path_of_its_leaf():
    s = config.load("small")
    found = {leaf.path: leaf for leaf in leaves(s)}
    assert set(s.evidence.figures) <= set(found)
    for path, figure in s.evidence.figures.items():
        assert figure.path == path
        assert figure.value == float(found[path].read(s)), path
    stage = s.evidence.figures["site.north.site_power_w.2026-09-01"]
    assert (stage.value, stage.low, stage.high, stage.status, stage.source) == (2.4e8, 2e8, 3e8, "scenario", "mine")
    assert (stage.note, stage.unit) == ("second substation", "w")
    bare = s.evidence.figures["accelerator.OWN.price_usd"]
    assert (bare.low, bare.high, bare.status, bare.source) == (None, None, "scenario", "user")
    chip = s.evidence.figures["accelerator.OLD.price_usd"]
    assert (chip.value, chip.low, chip.high, chip.status, chip.note) == (42e3, 30e3, 52e3, "derived", "with host")


def test_defaults_and_filled_up_stages_have_no_evidence():
    figures = config.load("small").evidence.figures
    for path in (
        "envelope.FY2027.other_share",
        "job.second.deadline_s",
        "site.leased.hall_power_w.2026-02-03",
        "site.north.fleet_count.OWN",
    ):
        assert path not in figures
    assert "job.first.deadline_s" in figures


def test_only_cited_sources_are_carried():
    s = config.load("small")
    assert set(s.evidence.sources) == {"early", "mine", "user"}
    assert s.evidence.sources["early"] == {"title": "Early report", "publisher": "A", "date": "2025-11-28", "reference": "page 3"}
    assert s.evidence.files == ("sources.toml", "scenarios/small.toml", "catalog/chips.toml", "catalog/others.toml")
    assert s.evidence.hindsight == ()


def test_precision_picks_the_peak(changed):
    path = changed(('precision = "bf16"', 'precision = "fp8"\nhindsight = true'))
    s = config.load(path)
    np.testing.assert_array_equal(s.accelerator.peak_eflops, [1979e-6, 5e-3, 1e-3])
    assert s.evidence.hindsight == ("late",)


def test_a_table_of_a_scenario_overrides_the_catalog_in_any_unit(changed):
    s = config.load(changed(("[accelerator.NEW]\n", '[accelerator.NEW]\nprice_musd = 0.06\npeak_eflops = 0.002\nit_power = "2 kW"\n')))
    np.testing.assert_array_equal(s.accelerator.price_usd[1], 60e3)
    np.testing.assert_array_equal(s.accelerator.peak_eflops[1], 2e-3)
    np.testing.assert_array_equal(s.accelerator.it_power_w[1], 2e3)


def test_a_late_source_is_admitted_where_it_is_replaced_or_with_hindsight(changed):
    use = ('accelerator = ["OLD", "NEW"]', 'accelerator = ["OLD", "NEW", "FUTURE"]')
    with pytest.raises(ConfigError, match=r"late.*published after the as-of date, got 2026-04-29, expected at most 2026-02-02"):
        config.load(changed(use))
    replaced = ("[accelerator.OWN]", "[accelerator.FUTURE]\npeak_bf16_pflops = 7\nprice_kusd = 90\n\n[accelerator.OWN]")
    assert float(config.load(changed(use, replaced)).accelerator.price_usd[2]) == 90e3
    assert config.load(changed(use, ("precision =", "hindsight = true\nprecision ="))).evidence.hindsight == ("late",)


def test_empty_tables_are_scenarios_too(changed, write):
    text = changed().read_text()
    for table in ("rental.lease", "deal.startup", "source.engine"):
        start = text.index(f"[{table}]")
        text = text[:start] + text[text.index("\n[", start) + 1 :]
    s = config.load(write(text))
    assert (s.rental.names, s.deal.names, s.source.names) == ((), (), ())
    assert s.rental.contracted_count.shape == (0, 1)


def test_the_same_file_gives_the_same_scenario_from_any_folder(write, monkeypatch, tmp_path):
    one = config.load("small")
    monkeypatch.chdir(tmp_path)
    assert bool(eqx.tree_equal(one, config.load("small")))
    assert config.load("small").evidence.config_hash == one.evidence.config_hash


def test_shipped_names_are_listed():
    assert config.shipped() == ("small",)
