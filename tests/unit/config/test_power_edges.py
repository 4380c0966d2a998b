"""Words of the command line for power, at the edge of what is taken: quantities, lists, limits, periods and ranges."""

import re

import jax.numpy as jnp
import pytest

from capexmodel.config.energy import Market, SourceOfPower
from capexmodel.config.figures import Given
from capexmodel.config.power import MOST_VALUES, amount, most, names, spell, varied
from capexmodel.errors import ConfigError

MARKET = Market({name: SourceOfPower(name, name, False, "", {"build_months": Given(1.0)}) for name in ("grid", "wind", "solar")}, {}, {})
KNOWN = {"carbon-price": ("a price", "usd_per_t"), "by": ("a time", "months"), "clean": ("a share", ""), "load": ("a power", "w")}


def raises_line(text: str):
    """The error of exactly this text."""
    return pytest.raises(ConfigError, match=rf"^{re.escape(text)}$")


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2 GW", "w", 2e9),
        ("0 W", "w", 0.0),
        ("0.5 W", "w", 0.5),
        ("20 $/t", "usd_per_t", 0.02),
        ("0.9", "", 0.9),
        ("90 %", "", 0.9),
        ("0", "", 0.0),
        ("1", "", 1.0),
        ("100 %", "", 1.0),
        ("1.5 percent", "percent", 0.015),
        ("1" + " " * 98 + "W", "w", 1.0),
    ],
)
def test_a_quantity_arrives_in_base_units(text, unit, value):
    assert amount("load", text, unit) == pytest.approx(value, rel=1e-15, abs=0.0)


@pytest.mark.parametrize(
    ("text", "unit", "line"),
    [
        ("2 GWh", "w", '--load: got "2 GWh" (energy), expected a power'),
        ("5 %", "w", '--load: got "5 %" (percent), expected a power'),
        ("0.5", "w", '--load: got "0.5" (pure number), expected a power'),
        ("2 W", "", '--load: got "2 W" (power), expected a share from 0 to 1, or in %'),
        ("-0.5 W", "w", '--load: got "-0.5 W", expected a power'),
        ("1e999 W", "w", '--load: got "1e999 W", expected a power'),
        ("1.01", "", '--load: got "1.01", expected a share from 0 to 1, or in %'),
        ("101 %", "", '--load: got "101 %", expected a share from 0 to 1, or in %'),
        ("much", "w", '--load: no number with a unit, got "much", expected a power'),
        ("2 GX", "w", "--load: unknown unit 'GX', got \"2 GX\", expected a power"),
    ],
)
def test_what_is_no_such_quantity_is_told(text, unit, line):
    with raises_line(line):
        amount("load", text, unit)


def test_a_quantity_may_have_to_be_above_the_least_or_at_it():
    assert amount("by", "3 W", "w", 3.0) == 3.0
    assert amount("by", "3.5 W", "w", 3.0, above=True) == 3.5
    assert amount("by", "0.5 W", "w", above=True) == 0.5
    with raises_line('--by: got "3 W", expected a power, above 3'):
        amount("by", "3 W", "w", 3.0, above=True)
    with raises_line('--by: got "2.5 W", expected a power'):
        amount("by", "2.5 W", "w", 3.0)
    with raises_line('--by: got "0 W", expected a power, above 0'):
        amount("by", "0 W", "w", above=True)


def test_a_quantity_has_two_hundred_letters_at_most():
    assert amount("load", "1" + " " * 197 + "kW", "w") == 1000.0
    with pytest.raises(ConfigError, match=r"^--load: a text of 201 letters, more than 200, got "):
        amount("load", "1" + " " * 198 + "kW", "w")


@pytest.mark.parametrize(
    ("text", "kept", "battery"),
    [
        (None, ("grid", "wind", "solar"), True),
        ("grid", ("grid",), False),
        (" wind , battery,,grid ", ("wind", "grid"), True),
        ("battery,solar", ("solar",), True),
    ],
)
def test_sources_are_those_named_and_the_battery_if_it_is(text, kept, battery):
    assert names(text, MARKET, "battery") == (kept, battery)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("battery", '--sources: got "battery", expected at least one of grid, wind, solar'),
        (" , ", '--sources: got " , ", expected at least one of grid, wind, solar'),
        ("grid,wnd", "no source of power \"wnd\", expected grid, wind, solar; is 'wind' meant?"),
        ("grid,grid", "the source of power 'grid' is named twice"),
    ],
)
def test_sources_that_are_none_are_told(text, line):
    with raises_line(line):
        names(text, MARKET, "battery")


def test_how_much_there_may_be_is_told_source_by_source():
    assert most([], ("grid",)) == {}
    assert most([" grid = 500 MW ", "wind=1 GW", "grid=2 W"], ("grid", "wind")) == {"grid": 2.0, "wind": 1e9}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("grid", '--most: got "grid", expected SOURCE=POWER, as grid=500MW'),
        ("grd=1 GW", "--most: \"grd\" is not among the sources; is 'grid' meant?"),
        ("coal=1 GW", '--most: "coal" is not among the sources'),
        ("grid=1 GWh", '--most: got "1 GWh" (energy), expected a power'),
        ("grid=", '--most: no number with a unit, got "", expected a power'),
    ],
)
def test_limits_that_are_none_are_told_under_their_flag(text, line):
    with raises_line(line):
        most(["wind=1 W", text], ("grid", "wind"))
    with raises_line(line.replace("--most", "--standing")):
        most([text], ("grid", "wind"), "standing")


@pytest.mark.parametrize(
    ("text", "period", "count"),
    [("month", "month", None), (" quarter : 12 ", "quarter", 12), ("year:1", "year", 1), ("year:2", "year", 2), ("month:60", "month", 60)],
)
def test_a_period_is_told_with_how_many_or_as_many_as_it_takes(text, period, count):
    assert spell(text) == (period, count)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("quater:4", "--build-out: got \"quater:4\", expected month, quarter, year, or one of them with :N; is 'quarter' meant?"),
        ("day", '--build-out: got "day", expected month, quarter, year, or one of them with :N'),
        ("year:0", '--build-out: got "year:0", expected year:N, N from 1 to 60'),
        ("year:61", '--build-out: got "year:61", expected year:N, N from 1 to 60'),
        ("year:", '--build-out: got "year:", expected year:N, N from 1 to 60'),
        ("year:-1", '--build-out: got "year:-1", expected year:N, N from 1 to 60'),
        ("year:two", '--build-out: got "year:two", expected year:N, N from 1 to 60'),
        ("year:1.5", '--build-out: got "year:1.5", expected year:N, N from 1 to 60'),
        ("month:+2", '--build-out: got "month:+2", expected month:N, N from 1 to 60'),
    ],
)
def test_what_is_no_period_is_told(text, line):
    with raises_line(line):
        spell(text)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("carbon-price=0:300:4", "carbon-price", [0.0, 0.1, 0.2, 0.3]),
        (" carbon-price = 30:90:3 $/kg ", "carbon-price", [30.0, 60.0, 90.0]),
        ("by=1:3:3", "by", [2629800.0, 5259600.0, 7889400.0]),
        ("by=1:2:2 days", "by", [86400.0, 172800.0]),
        ("clean=0.2:0.8:4", "clean", [0.2, 0.4, 0.6, 0.8]),
        ("clean=90:80:2 %", "clean", [0.9, 0.8]),
        ("load=5:1:3", "load", [5.0, 3.0, 1.0]),
    ],
)
def test_a_range_has_both_ends_and_goes_evenly(text, name, values):
    found = varied(text, KNOWN)
    assert found[0] == name
    assert found[1] == pytest.approx(values, rel=1e-12)


def test_a_range_has_two_to_sixty_values():
    assert MOST_VALUES == 60
    assert varied("load=1:2:2 W", KNOWN)[1] == [1.0, 2.0]
    found = varied("load=1:60:60 kW", KNOWN)[1]
    assert jnp.allclose(jnp.asarray(found), 1e3 * jnp.arange(1.0, 61.0), rtol=1e-12)


RANGE = "expected LOW:HIGH:N, N from 2 to 60"
ANY = "expected one of carbon-price, by, clean, load with =LOW:HIGH:N"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("load=1:2:1", f'--vary: got "1:2:1", {RANGE}'),
        ("load=1:2:61", f'--vary: got "1:2:61", {RANGE}'),
        ("load=1:2:0 W", f'--vary: got "1:2:0 W", {RANGE}'),
        ("load=1:2", f'--vary: got "1:2", {RANGE}'),
        ("load=1", f'--vary: got "1", {RANGE}'),
        ("load=", f'--vary: got "", {RANGE}'),
        ("load=1:2:3:4", f'--vary: got "1:2:3:4", {RANGE}'),
        ("load=1:2:x", f'--vary: got "1:2:x", {RANGE}'),
        ("load=1:2:-3", f'--vary: got "1:2:-3", {RANGE}'),
        ("carbonprice=0:1:2", f"--vary: got \"carbonprice=0:1:2\", {ANY}; is 'carbon-price' meant?"),
        ("water=0:1:2", f'--vary: got "water=0:1:2", {ANY}'),
        ("carbon-price=x:1:2", '--vary: no number with a unit, got "x $/t", expected a money per mass'),
        ("load=1:x:3", '--vary: no number with a unit, got "x w", expected a power'),
        ("load=1:2:3 kWh", '--vary: got "1 kWh" (energy), expected a power'),
        ("clean=0.5:1.5:3", '--vary: got "1.5", expected a share from 0 to 1, or in %'),
    ],
)
def test_what_is_no_range_is_told(text, line):
    with raises_line(line):
        varied(text, KNOWN)


def test_a_range_without_its_values_is_told_as_it_was_written():
    with pytest.raises(ConfigError, match=rf'^--vary: got "load", {re.escape(ANY)}'):
        varied("load", KNOWN)
