"""Rows: every dollar once, power that adds up, dates that are only given where a model is reached."""

import dataclasses

import equinox as eqx
import numpy as np
import pytest

from capexmodel.report.rows import date_rows, envelope_rows, outcome_rows, power_w, spend_rows, work_done_eflop


def by_year(rows, account, years):
    return [sum(row["usd"] for row in rows if row["account"] == account and row["fiscal_year"] == year) for year in years]


@pytest.mark.parametrize(("account", "field"), [("capex", "capex_usd"), ("opex", "operating_usd"), ("acquisition", "acquisition_usd")])
def test_rows_of_an_account_add_up_to_its_books(small, outcome, account, field):
    sums = by_year(spend_rows(small, outcome), account, small.calendar.years)
    np.testing.assert_allclose(sums, np.asarray(getattr(outcome.money, field)), rtol=1e-9)


def test_every_kind_of_spending_is_there(small, outcome):
    items = {row["item"] for row in spend_rows(small, outcome)}
    assert items == {
        "accelerator.old", "accelerator.new", "hall.shell", "source.engine", "network.fabric", "staff", "rental.lease", "energy",
        "already_spent", "completion", "other", "reserve", "reserve_drawn", "deal.boutique",
    }  # fmt: skip


def test_what_a_vendor_asks_above_list_is_an_item_of_its_own(small, follow, allocation):
    dearer = dataclasses.replace(allocation, chips_usd=allocation.chips_usd * 4.0)
    rows = spend_rows(small, follow(small, dearer))
    assert any(row["item"] == "supply.maker" and row["account"] == "capex" and row["usd"] > 0 for row in rows)


def test_reserve_is_drawn_the_year_after_it_is_set_aside(small, outcome):
    rows = {row["item"]: row for row in spend_rows(small, outcome) if row["item"].startswith("reserve")}
    assert (rows["reserve"]["fiscal_year"], rows["reserve"]["usd"]) == ("FY2026", 5e7)
    assert (rows["reserve_drawn"]["fiscal_year"], rows["reserve_drawn"]["usd"]) == ("FY2027", -5e7)


def test_envelope_says_what_is_unspent(small, outcome):
    first = envelope_rows(small, outcome)[0]
    assert first["spent_usd"] + first["unspent_usd"] == pytest.approx(first["high_usd"], rel=1e-12)
    assert envelope_rows(small, None)[0]["spent_usd"] is None


def test_a_model_out_of_reach_has_no_date(small, outcome):
    first, second = date_rows(small, outcome)
    assert (second["date"], second["slack_days"], second["deadline"]) == (None, None, None)
    assert first["deadline"] == "2026-10-31"
    slack_s = float(small.job.deadline_s[0] - outcome.training.date_s[0])
    assert first["slack_days"] == pytest.approx(slack_s / 86400.0)


def test_a_rate_of_zero_is_not_reached_even_before_the_horizon(small, outcome):
    unreached = eqx.tree_at(lambda o: o.training.reached, outcome, outcome.training.reached & False)
    assert [row["date"] for row in date_rows(small, unreached)] == [None, None]


def test_power_used_is_what_has_a_hall_and_power(small, outcome):
    power = power_w(small, outcome)
    assert np.all(power["used"] <= power["it_load"] + 1e-6)
    assert np.all(power["energized"] <= power["hall_power"] + 1e-6)
    np.testing.assert_allclose(power["site_load"], power["it_load"] * np.asarray(small.site.peak_pue)[:, None])
    np.testing.assert_allclose(power["hall_power"] - power["it_load"], np.asarray(outcome.stock.balance("it_power_w")))


def test_work_done_is_the_whole_work_when_the_run_ends(small, outcome):
    end_s = np.asarray(outcome.training.run_end_s)[:1]
    assert work_done_eflop(small, outcome, end_s)[0, 0] == pytest.approx(float(small.job.work_eflop[0]), rel=1e-9)


def test_outcome_rows_cover_every_period_and_are_finite(small, outcome):
    rows = outcome_rows(small, outcome)
    names = {row["quantity"] for row in rows}
    assert {"chips.new", "energized", "used", "energy", "usable_compute", "run.first", "work_done.second", "staff", "rented.lease"} <= names
    assert len(rows) % len(small.calendar.periods) == 0
    assert all(np.isfinite(row["value"]) for row in rows)
    chips = [row["value"] for row in rows if row["quantity"] == "chips.new" and row["site"] == "east"]
    np.testing.assert_allclose(chips, np.asarray(outcome.stock.chips_count)[1, 0, 1:])
