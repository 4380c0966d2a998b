"""Writing a scenario back: what is written loads to the same scenario, and the hash heeds values only."""

import dataclasses
import datetime
import re
from fractions import Fraction

import equinox as eqx
import hypothesis.strategies as st
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from capexmodel import config, units
from capexmodel.config.schema import tables
from capexmodel.model.leaves import leaf, leaves
from capexmodel.param import params

from .conftest import SMALL

some = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def hash_of(scenario) -> str:
    """The hash of a scenario."""
    return scenario.evidence.config_hash


def assert_same(one, other) -> None:
    """Two scenarios are the same in every number, name, figure and source."""
    assert bool(eqx.tree_equal(one, other))
    assert one.evidence.figures == other.evidence.figures
    assert one.evidence.sources == other.evidence.sources
    assert one.evidence.hindsight == other.evidence.hindsight
    assert hash_of(one) == hash_of(other)


def test_what_is_dumped_loads_to_the_same_scenario(write):
    scenario = config.load("small")
    text = config.dump(scenario)
    again = config.load(write(text))
    assert_same(scenario, again)
    assert config.dump(again) == text


def test_hindsight_is_kept(changed, write):
    scenario = config.load(changed(('"bf16"', '"fp8"\nhindsight = true')))
    assert_same(scenario, config.load(write(config.dump(scenario))))


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "envelope.FY2026.high_busd": st.floats(2.1, 1e4),
        "envelope.FY2027.other_share": st.just(0.0) | st.floats(1e-30, 0.99),
        "utilization.mfu": st.floats(1e-3, 1),
        "site.north.slip_months": st.just(0.0) | st.floats(-12, -1e-9) | st.floats(1e-9, 48),
        "site.north.site_power_mw.2026-09-01": st.just(0.0) | st.floats(1e-9, 1e5),
        "site.leased.hall_power_mw": st.just(0.0) | st.floats(1e-9, 1e5),
        "site.leased.fleet_count.OWN": st.integers(0, 10**7),
        "accelerator.NEW.share.2026-07-01": st.just(0.0) | st.floats(1e-30, 1),
        "accelerator.OLD.peak_bf16_tflops": st.floats(1, 1e5),
        "job.first.deadline": st.dates(datetime.date(2026, 2, 2), datetime.date(2099, 1, 1)),
        "job.second.deadline": st.dates(datetime.date(2026, 2, 2), datetime.date(2099, 1, 1)),
        "job.second.work_flop": st.floats(1e20, 1e30),
        "preference.cost_months_per_busd": st.floats(1e-9, 1),
        "core.growth_per_year": st.just(0.0) | st.floats(1e-30, 3),
        "grid.decisions": st.sampled_from(["month", "quarter", "half", "year"]),
        "grid.horizon": st.dates(datetime.date(2027, 1, 1), datetime.date(2027, 12, 31)),
    },
)


@pytest.mark.long
@some
@given(changes=CHANGES)
def test_the_round_trip_holds_under_any_overrides(write, changes):
    scenario = config.load("small", [f"{path}={value}" for path, value in changes.items()])
    text = config.dump(scenario)
    again = config.load(write(text))
    assert_same(scenario, again)
    assert config.dump(again) == text
    assert (hash_of(scenario) == hash_of(config.load("small"))) == (not _real_changes(changes))


def _real_changes(changes) -> dict:
    """The changes that change anything: a value given by the user always does, the same grid does not."""
    same = {"grid.decisions": "quarter", "grid.horizon": datetime.date(2027, 12, 31)}
    return {path: value for path, value in changes.items() if same.get(path) != value}


SPELLINGS = {
    "price_kusd = 30": ("usd", "kusd", "musd", "busd"),
    "build_months = 15": ("s", "minutes", "hours", "days", "weeks", "months", "quarters", "years"),
    "restart_minutes = 2": ("s", "second", "minutes", "hour", "days"),
    "work_flop = 5e27": ("flop", "tflop", "eflop", "zflop", "yflop"),
    "energy_price_usd_per_mwh = 60": ("usd_per_j", "usd_per_kwh", "busd_per_twh", "kusd_per_gwh"),
    "hall_starts_mw_per_quarter = 100": ("mw_per_month", "gw_per_year", "kw_per_day"),
    "chip_pflops = 2.5": ("tflops", "eflops", "gflops", "tflop_per_s"),
    "largest_run_thousand = 500": ("count", "million", "chips"),
    "discount_per_year = 0.07": ("per_month", "per_quarter", "per_day"),
}


@some
@given(line=st.sampled_from(sorted(SPELLINGS)), data=st.data())
def test_the_spelling_of_a_unit_changes_nothing(changed, line, data):
    key, number = line.split(" = ")
    stem, unit = units.parse(key)
    other = data.draw(st.sampled_from(SPELLINGS[line]))
    exact = units.scale(unit) / units.scale(other)
    decimal = _decimal(number, exact)
    if decimal is None:
        return
    scenario = config.load(changed((line, f"{stem}_{other} = {decimal}")))
    assert hash_of(scenario) == hash_of(config.load("small"))
    assert_same(scenario, config.load("small"))


def _decimal(number: str, factor) -> str | None:
    """Multiply exactly, if the product can be written as a decimal number at all."""
    product = Fraction(number) * factor
    shifted = product * 10**30
    if shifted.denominator != 1:
        return None
    return f"{shifted.numerator}e-30"


def test_quantities_in_quotes_are_the_same_as_units_in_keys(changed):
    pairs = (
        ("price_kusd = 30", 'price = "30 k$"'),
        ("chip_pflops = 2.5", 'chip = "2.5 PFLOP/s"'),
        ("energy_price_usd_per_mwh = 60", 'energy_price = "0.06 $/kWh"'),
        ("deadline = 2026-06-30", 'deadline = "30 June 2026"'),
        ("growth_per_year = 0.3", 'growth = "0.3 per year"'),
    )
    assert_same(config.load(changed(*pairs)), config.load("small"))


def test_order_of_keys_white_space_title_and_notes_do_not_change_the_hash(changed):
    changes = (
        ('title = "Two sites,', 'title = "Zwei'),
        ('note = "measured"', 'note = "weighed"'),
        ("load = 0.8\n", "\n\n  load   =  0.800 # comment\n"),
        ("peak_pue = 1.3\naverage_pue = 1.1\n", "average_pue = 1.1\npeak_pue = 1.3\n"),
        ("slip_months = { value = 0, low = -1,", "slip_months = { low = -1, value = 0,"),
    )
    assert hash_of(config.load(changed(*changes))) == hash_of(config.load("small"))
    core = SMALL[SMALL.index("[core]") : SMALL.index("[utilization]")]
    moved = changed((core, ""), ("[sources.mine]", core + "[sources.mine]"))
    assert hash_of(config.load(moved)) == hash_of(config.load("small"))
    years = SMALL[SMALL.index("[envelope.FY2026]") : SMALL.index("[envelope.FY2027]")]
    later = changed((years, ""), ("[preference]", years + "[preference]"))
    assert hash_of(config.load(later)) == hash_of(config.load("small"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("price_kusd = 30", "price_kusd = 30.000000001"),
        ("low = 0.25, high = 0.43", "low = 0.26, high = 0.43"),
        ("low = 0.25, high = 0.43", "low = 0.25"),
        ('status = "reported", source = "mine"', 'status = "derived", source = "mine"'),
        ('status = "reported", source = "mine"', 'status = "reported", source = "early"'),
        ("open = false", "open = true"),
        ("deadline = 2026-06-30\n", ""),
        ('name = "small"', 'name = "other"'),
        ("horizon = 2027-12-31", "horizon = 2027-12-30"),
        ('every = "month", until = 2026-06-30', 'every = "month", until = 2026-09-30'),
        ('["OLD", "NEW"]', '["NEW", "OLD"]'),
        ("as_of = 2026-02-02", "as_of = 2026-02-01"),
    ],
)
def test_every_value_changes_the_hash(changed, old, new):
    assert hash_of(config.load(changed((old, new)))) != hash_of(config.load("small"))


def test_a_number_changed_after_loading_is_written_as_the_users_own(write):
    scenario = config.load("small")
    for path, value in {
        "utilization.mfu": 0.43,
        "job.first.work_eflop": 2e9,
        "site.north.hall_power_w.2026-12-31": 2.5e8,
        "envelope.FY2026.acquisition_usd": 1e9,
        "site.leased.fleet_count.NEW": 12.0,
        "job.first.deadline_s": 100.5 * 86400,
    }.items():
        scenario = leaf(scenario, path).write(scenario, value)
    again = config.load(write(config.dump(scenario)))
    assert bool(eqx.tree_equal(scenario, again))
    figures = again.evidence.figures
    assert (figures["utilization.mfu"].low, figures["utilization.mfu"].high) == (0.25, 0.43)
    assert (figures["job.first.work_eflop"].low, figures["job.first.work_eflop"].high) == (1e8, None)
    for path in ("utilization.mfu", "site.north.hall_power_w.2026-12-31", "site.leased.fleet_count.NEW"):
        assert (figures[path].status, figures[path].source) == ("scenario", "user")


@pytest.mark.long
def test_every_leaf_survives_a_change(write):
    scenario = config.load("small")
    moot = ("accelerator.OWN.share", "job.second.deadline_s")  # no vendor: never on offer; no deadline: none is written
    changeable = [leaf for leaf in leaves(scenario) if not leaf.path.startswith(moot)]
    for found in changeable[::7]:
        value = float(found.read(scenario))
        from_nothing = 1.001 if "pue" in found.path else 1e6 if found.path.endswith("rack_w") else 0.125
        inside = value * 0.999 if value else from_nothing
        changed = found.write(scenario, jnp.asarray(inside))
        again = config.load(write(config.dump(changed)))
        np.testing.assert_allclose(float(found.read(again)), inside, rtol=1e-12, err_msg=found.path)


def test_titles_and_notes_with_quotes_survive(changed, write):
    path = changed(('"Two sites, three chips, two models"', "'He said \"1 \\ 2\" über'"), ('"measured"', '"""two\nlines"""'))
    scenario = config.load(path)
    again = config.load(write(config.dump(scenario)))
    assert again.title == scenario.title == 'He said "1 \\ 2" über'
    assert again.evidence.figures == scenario.evidence.figures


def test_the_dump_is_in_base_units_and_stands_alone():
    text = config.dump(config.load("small"))
    assert "[use]" not in text
    assert "extends" not in text
    assert "precision" not in text
    names = {name for table in tables().values() for name in params(table.cls)}
    keys = set(re.findall(r"^(\w+) = ", text, re.M))
    keys -= {"schema_version", "name", "title", "as_of", "horizon", "decisions", "periods"}
    static = {"vendor", "network", "open", "accelerator", "site", "publisher", "date", "reference", "OLD", "NEW", "north", "leased"}
    assert keys - static <= names


def test_evidence_never_makes_two_scenarios_differ():
    one = config.load("small")
    other = dataclasses.replace(one, evidence=dataclasses.replace(one.evidence, config_hash="x"))
    assert bool(eqx.tree_equal(one, other))
