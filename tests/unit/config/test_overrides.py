"""Overrides: `path=value` for any figure, text, flag or setting; the checks of a file hold for them too."""

import numpy as np
import pytest

from capexmodel import config
from capexmodel.errors import ConfigError

DAY_S = 86400.0


def test_the_value_or_the_key_may_carry_the_unit():
    for change in ("envelope.high=4.5 B$", "envelope.high_busd=4.5", "envelope.high_usd=4.5 B$", "envelope.FY2026.high=$4.5B"):
        assert float(config.load("small", [change]).envelope.high_usd[0]) == 4.5e9, change


def test_a_member_is_named():
    s = config.load("small", ["envelope.FY2027.high_busd=5.5", "accelerator.OLD.price = 45 k$", "utilization.mfu=0.41"])
    np.testing.assert_array_equal(s.envelope.high_usd, [4e9, 5.5e9])
    assert float(s.accelerator.price_usd[0]) == 45e3
    assert float(s.utilization.mfu) == 0.41


def test_dates_texts_flags_cells_and_stages():
    s = config.load(
        "small",
        [
            "job.first.deadline=2026-05-31",
            "job.second.deadline=30 June 2027",
            "site.leased.open=true",
            "rental.lease.accelerator=NEW",
            "site.north.fleet_count.OWN=7",
            "job.second.reach.leased=0.25",
            "site.north.site_power_w.2026-09-01=260 MW",
            "site.leased.hall_power=5 MW",
        ],
    )
    np.testing.assert_array_equal(s.job.deadline_s / DAY_S, [118.0, 513.0])
    assert s.job.deadlined == (True, True)
    assert s.site.open == (True, True)
    assert s.rental.accelerator == ("NEW",)
    np.testing.assert_array_equal(s.site.fleet_count[0], [50e3, 1000.0, 7.0])
    np.testing.assert_array_equal(s.job.reach[1], [1.0, 0.25])
    np.testing.assert_array_equal(s.site.site_power_w[0], [1.2e8, 2.6e8, 5e8])
    np.testing.assert_array_equal(s.site.hall_power_w[1], [5e6, 5e6])


def test_settings():
    s = config.load(
        "small", ["precision=fp8", "hindsight=true", "grid.horizon=2027-06-30", "grid.decisions=half", 'grid.periods=[{every="year"}]']
    )
    assert float(s.accelerator.peak_eflops[0]) == 1979e-6
    assert s.calendar.decisions == ("2026H1", "2026H2", "2027H1")
    assert s.calendar.periods == ("2026", "2027")
    assert s.evidence.hindsight == ("late",)


def test_a_peak_by_precision():
    assert float(config.load("small", ["accelerator.OLD.peak_bf16=1 PFLOP/s"]).accelerator.peak_eflops[0]) == 1e-3
    with pytest.raises(ConfigError, match=r"override: accelerator\.OLD\.peak_fp8_pflops: has no effect"):
        config.load("small", ["accelerator.OLD.peak_fp8_pflops=1"])


def test_an_overridden_figure_is_the_users_and_keeps_the_range_that_holds_it():
    s = config.load("small", ["utilization.mfu=0.42", "job.first.work_flop=2e27", "site.north.hall_power.2026-12-31=150 MW"])
    mfu = s.evidence.figures["utilization.mfu"]
    assert (mfu.value, mfu.low, mfu.high, mfu.status, mfu.source) == (0.42, 0.25, 0.43, "scenario", "user")
    work = s.evidence.figures["job.first.work_eflop"]
    assert (work.value, work.low, work.high) == (2e9, 1e8, None)
    stage, other = (s.evidence.figures[f"site.north.hall_power_w.{day}"] for day in ("2026-12-31", "2026-02-02"))
    assert (stage.value, stage.low, stage.high, stage.source) == (1.5e8, None, 4e8, "user")
    assert (other.value, other.source) == (1e8, "mine")


def test_an_override_replaces_a_source_that_is_too_late(changed):
    path = changed(
        ('accelerator = ["OLD", "NEW"]', 'accelerator = ["OLD", "FUTURE"]'),
        ("[accelerator.NEW]", "[accelerator.FUTURE]"),
        ("NEW = 1000", "OLD = 2"),
    )
    text = path.read_text().replace('OLD = { value = 50e3, low = 40e3, high = 60e3, status = "estimated", source = "early" }\n', "")
    path.write_text(text)
    with pytest.raises(ConfigError, match="late"):
        config.load(path)
    s = config.load(path, ["accelerator.FUTURE.peak_bf16_pflops=7", "accelerator.FUTURE.price_kusd=95"])
    np.testing.assert_array_equal(s.accelerator.peak_eflops[1:], [7e-3, 1e-3])


def test_the_last_of_two_overrides_wins():
    assert float(config.load("small", ["utilization.mfu=0.42", "utilization.mfu=0.3"]).utilization.mfu) == 0.3


BAD = [
    ("envelope.high=4.5", "envelope.high: has no unit, got 4.5"),
    ("envelope.high=4.5 GW", "envelope.high: has the wrong dimension"),
    ("envelope.low=9 B$", "envelope.low: is above envelope.FY2026.high_busd"),
    ("envelope.FY2031.high=1 B$", "is not a member of [envelope]"),
    ("envelope=3", "envelope: is not a member of [envelope]"),
    ("site.nroth.peak_pue=1.2", "did you mean 'north'?"),
    ("site.north.peak_peu=1.2", "site.north.peak_peu: is not a known key, got \"peak_peu\"; did you mean 'peak_pue'?"),
    ("site.north.peak_pue=0.5", "site.north.peak_pue: is out of bounds, got 0.5"),
    ("site.north.peak_pue=high", "site.north.peak_pue: is text and no quantity"),
    ("site.north.peak_pue=nan", "site.north.peak_pue: is no finite number"),
    ("site.north.peak_pue=true", "site.north.peak_pue: is true or false"),
    ("site.north.peak_pue.x=1.2", "site.north.peak_pue.x: is not a single figure"),
    ("site.north=1", "site.north: is not a figure"),
    ("site.north.fleet_count=5", "site.north.fleet_count: is not a single figure"),
    ("site.north.fleet_count.NWE=5", "did you mean 'NEW'?"),
    ("site.north.network=bush", "site.north.network: is not a member of [network]"),
    ("site.north.site_power_w.2026-09-02=260 MW", "is not a stage of the series, got \"2026-09-02\", expected 2026-02-02, 2026-09-01"),
    ("site.north.hall_power_gwh.2026-12-31=3", "wrong dimension"),
    ("job.first.deadline=2026-01-01", "job.first.deadline: is before the as-of date"),
    ("job.first.deadline=soon", "job.first.deadline: is not a date"),
    ("utilisation.mfu=0.3", "did you mean 'utilization'?"),
    ("precission=fp8", "did you mean 'precision'?"),
    ("precision=fp4", "override: precision: is not a known precision"),
    ("hindsight=perhaps", "override: hindsight: has the wrong type"),
    ("grid.horizon=2025-01-01", "override: grid.horizon: is too early"),
    ("grid.horizn=2027-01-01", "did you mean 'grid.horizon'?"),
    ("as_of=2026-03-01", "override: as_of: cannot be changed"),
    ("name=other", "override: name: cannot be changed"),
    ("utilization.mfu", "override: is not a change, got \"utilization.mfu\", expected path=value"),
    ("=3", "is not a change"),
    ("utilization.mfu=", "is not a change"),
    ("utilization.mfu=0.3\nname=1", "is not a change"),
    ("", "is not a change"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), BAD, ids=[case[0][:40] for case in BAD])
def test_bad_overrides_are_one_line(change, words):
    with pytest.raises(ConfigError) as caught:
        config.load("small", [change])
    text = str(caught.value)
    assert text.startswith("override: ")
    assert words in text
    assert "\n" not in text


def test_a_single_text_is_one_override():
    assert float(config.load("small", "utilization.mfu=0.3").utilization.mfu) == 0.3
