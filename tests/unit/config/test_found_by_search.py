"""Inputs that a search by coverage found to be answered badly, each kept so that it stays answered in one short printable line."""

import pytest

from capexmodel import config, units
from capexmodel.errors import ConfigError

ODD = ["\x00\x01", "\x1b[31mred", "\u202egnp", "\x7f", "x" * 5000]


@pytest.mark.parametrize("unit", ODD)
def test_an_unknown_unit_is_told_without_control_characters(unit):
    with pytest.raises(ValueError, match="unknown unit") as caught:
        units.written_unit(unit)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("unit", ODD)
def test_a_figure_with_such_a_unit_is_refused_in_one_printable_line(changed, unit):
    written = "".join(f"\\u{ord(c):04x}" for c in unit)
    path = changed(("price_kusd = 30", f'price_kusd = "3 {written}"'))
    with pytest.raises(ConfigError, match="price_kusd") as caught:
        config.load(path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


def test_a_figure_of_a_unit_beyond_all_numbers_is_refused_as_of_the_wrong_dimension(changed):
    path = changed(("price_kusd = 30", f'price_kusd = "{"1" * 81} W{"/FLOP" * 18}"'))
    with pytest.raises(ConfigError, match="wrong dimension") as caught:
        config.load(path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
