"""Several figures at several values each: what people write, and what is wrong with it."""

import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.config.crossed import _named, crossed
from capexmodel.errors import ConfigError

DAY_S = 86400.0


def test_ranges_lists_and_shares_are_read_together():
    scenario, axes = crossed("small", [], ["envelope.high=4:6:5 B$", "utilization.mfu=0.3,0.35", "site.north.energy_price=-20%:+20%:3"])
    assert scenario.name == "small"
    assert [leaf.path for leaf in axes] == ["envelope.FY2026.high_usd", "utilization.mfu", "site.north.energy_price_usd_per_j"]
    high, mfu, price = axes.values()
    np.testing.assert_allclose(high, np.linspace(4e9, 6e9, 5))
    np.testing.assert_allclose(mfu, [0.3, 0.35])
    np.testing.assert_allclose(price * 3.6e9, [48.0, 60.0, 72.0])


@pytest.mark.parametrize("count", [2, 1_000_000])
def test_a_range_has_two_values_to_a_million(count):
    ((_, values),) = crossed("small", [], [f"envelope.high=4:6:{count} B$"])[1].items()
    assert (values.size, values[0], values[-1]) == (count, 4e9, 6e9)
    ((_, shares),) = crossed("small", [], [f"core.share=-10%:10%:{count}"])[1].items()
    assert shares.size == count
    np.testing.assert_allclose(shares[[0, -1]], [0.45, 0.55])


def test_a_range_may_be_long_and_of_dates():
    _, axes = crossed("small", [], ["envelope.high_busd=4:6:100001", "job.first.deadline=2026-05-31:2026-06-30:7"])
    high, deadline = axes.values()
    assert high.size == 100001
    np.testing.assert_allclose(np.diff(high), 2e4, rtol=1e-6)
    np.testing.assert_allclose(np.diff(deadline), 5 * DAY_S)


@pytest.mark.parametrize(("path", "leaf"), [
    ("envelope.high", "envelope.FY2026.high_usd"), ("envelope.high_kusd", "envelope.FY2026.high_usd"),
    ("envelope.FY2027.high", "envelope.FY2027.high_usd"), ("core.share", "core.share"), ("core.growth_per_month", "core.growth_per_s"),
    ("job.first.reach.leased", "job.first.reach.leased"), ("site.north.site_power.2026-09-01", "site.north.site_power_w.2026-09-01"),
    ("preference.cost_days_per_kusd", "preference.cost_s_per_usd"), ("preference.most_gw", "preference.most_w"),
])  # fmt: skip
def test_a_figure_is_named_with_any_unit_of_its_dimension_or_with_none(path, leaf):
    assert _named(load("small"), path).path == leaf


def test_members_that_are_called_like_units_are_told_apart(changed):
    path = changed()
    path.write_text(path.read_text().replace("site.north", "site.a_kw").replace("leased", "a_mw").replace("north = ", "a_kw = "))
    scenario = load(path)
    assert _named(scenario, "site.a_mw.peak_pue").path == "site.a_mw.peak_pue"
    assert _named(scenario, "job.first.reach.a_kw").path == "job.first.reach.a_kw"
    assert _named(scenario, "site.a.peak_pue") is None


@pytest.mark.parametrize("path", [
    "envelope", "envelope.high_gw", "envelope.FY2028.high", "share", "core", "core.share.more", "north.site.peak_pue", "preference.most",
    "",
])  # fmt: skip
def test_what_is_no_figure_or_several_is_none(path):
    assert _named(load("small"), path) is None


def test_a_stage_of_a_series_is_changed_by_shares():
    _, axes = crossed("small", [], ["site.north.site_power_mw.2026-09-01=-10%:10%:2"])
    ((leaf, values),) = axes.items()
    assert leaf.path == "site.north.site_power_w.2026-09-01"
    np.testing.assert_allclose(values, [216e6, 264e6])


@pytest.mark.parametrize(("figure", "stages"), [
    ("hall_power", "site.north.hall_power.2026-02-02, site.north.hall_power.2026-12-31"),
    ("site_power_mw", "site.north.site_power_mw.2026-02-02, site.north.site_power_mw.2026-09-01, site.north.site_power_mw.2027-06-01"),
])  # fmt: skip
def test_a_series_is_not_varied_as_if_it_were_its_first_stage(figure, stages):
    unit = "" if "_mw" in figure else " MW"
    with pytest.raises(ConfigError) as caught:
        crossed("small", [], [f"site.north.{figure}=200:220:3{unit}"])
    series = "is a series, which one value would replace whole, expected one stage of it"
    assert str(caught.value) == f"override: site.north.{figure}: {series}, as {stages}"


def test_a_series_whose_only_stage_comes_later_is_not_moved_to_the_first_day(changed):
    text = "at = [2026-02-02, 2026-12-31], value = [100, 300], low = [90, 200], high = [100, 400]"
    path = str(changed((text, "at = [2026-03-01], value = [100]")))
    with pytest.raises(ConfigError, match=r"is a series, .*expected one stage of it, as site\.north\.hall_power\.2026-03-01$"):
        crossed(path, [], ["site.north.hall_power=40,80 MW"])
    ((leaf, values),) = crossed(path, [], ["site.north.hall_power.2026-03-01=40,80 MW"])[1].items()
    assert (leaf.path, [*values]) == ("site.north.hall_power_w.2026-03-01", [40e6, 80e6])


def test_of_many_stages_three_are_named(changed):
    text = "at = [2026-02-02, 2026-12-31], value = [100, 300], low = [90, 200], high = [100, 400]"
    path = str(changed((text, "at = [2026-03-01, 2026-04-01, 2026-05-01, 2026-06-01], value = [100, 110, 120, 130]")))
    with pytest.raises(ConfigError, match=r"hall_power\.2026-03-01, \S+2026-04-01, site\.north\.hall_power\.2026-05-01$"):
        crossed(path, [], ["site.north.hall_power=40,80 MW"])


@pytest.mark.parametrize("values", ["4,6", "-20%:20%:3"])
def test_the_last_value_of_a_series_that_goes_on_beside_a_longer_one_is_refused(changed, values):
    path = str(changed(("site_power_mw = 0", "site_power_mw = 5")))
    with pytest.raises(ConfigError, match=r"moves several figures, got site\.leased\.site_power_w\.2026-02-02, site\.leased"):
        crossed(path, [], [f"site.leased.site_power_mw.2026-02-02={values}"])


def test_what_varies_is_the_scenario_that_a_change_of_the_figure_gives():
    base, axes = crossed("small", [], ["site.north.site_power_mw.2026-09-01=200,260"])
    ((leaf, values),) = axes.items()
    for value in values:
        given = load("small", [f"site.north.site_power_mw.2026-09-01={value / 1e6}"])
        np.testing.assert_array_equal(leaf.write(base, value).site.site_power_w, given.site.site_power_w)


def test_a_deadline_where_there_is_none_has_to_be_given_first():
    with pytest.raises(ConfigError, match=r"second\.deadline: is not a number of the scenario as it stands, .* by `--set job"):
        crossed("small", [], ["job.second.deadline=2026-05-31,2026-06-30"])
    ((leaf, _),) = crossed("small", ["job.second.deadline=2026-05-01"], ["job.second.deadline=2026-05-31,2026-06-30"])[1].items()
    assert leaf.path == "job.second.deadline_s"


def test_what_is_doubted_of_the_scenario_and_of_each_range_is_told_once():
    set_, ranges = ["accelerator.OLD.price_usd=42"], ["accelerator.OWN.price=30,31,32 $", "site.north.energy_price=60,61 $/kWh"]
    doubts = crossed("small", set_, ranges)[0].evidence.doubts
    assert [line.split(": ")[1] for line in doubts] == ["accelerator.OLD.price_usd", "accelerator.OWN.price", "site.north.energy_price"]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["envelope.high=4:6:1 B$"], "too few or too many values"),
        (["envelope.high=4:6:1000001 B$"], "too few or too many values"),
        (["envelope.high"], "not a range of values"),
        (["envelope.high=4 B$"], "not a range of values"),
        (["core.shrae=0.1:0.2:5"], "did you mean"),
        (["envelope.high=4:6:5 MW"], "envelope"),
        (["envelope.high=-4:6:5 B$"], "at least 0"),
        (["envelope.high=4:6:3 B$", "envelope.high_busd=4:5:3"], "varied twice"),
        (["site.north.slip_months=-20%:20%:3"], 'does not vary, got "-20% to 20% of 0", expected shares of something, and two of them'),
        (["site.south.energy_price=-20%:20%:3"], "not a single figure"),
        (["core.share=-20%:200%:3"], "at most 1"),
        (["core.share=10%:10%:3"], 'does not vary, got "10% to 10% of 0.5", expected shares of something, and two of them'),
        (["core.share=-200%:0%:3"], "at least 0"),
        (["envelope.high=nan:2:3 B$"], 'not a range of values, got "envelope.high=nan:2:3 B\\$"'),
        (["job.first.deadline=-20%:+20%:3"], "deadline: is a date, of which there are no shares, expected LOW:HIGH:N, both of them dates"),
        (["core=-1%:1%:3"], "core: is not a single figure, expected table.member.figure, as `--set` takes it"),
        (["core.share.more=-1%:1%:3"], "core.share.more: is not a single figure"),
        (["envelope.high=4:6:1 B$"], "got 1, expected 2 to 1,000,000 of them"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(texts, said):
    with pytest.raises(ConfigError, match=said) as caught:
        crossed("small", [], texts)
    assert "\n" not in str(caught.value)
