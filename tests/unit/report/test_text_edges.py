"""Columns, wrapping and numbers, to the letter."""

import pytest

from capexmodel.report.text import WIDTH, billions, digits, heading, number, paragraph, show, significant, size, table, trimmed


@pytest.mark.parametrize(
    ("values", "places"),
    [([], 3), ([100.0], 0), ([-250.0, 3.0], 0), ([99.0], 1), ([10.0], 1), ([9.9], 2), ([1.0], 2), ([0.9], 3), ([-0.2], 3)],
)
def test_the_largest_number_of_a_column_shows_two_digits(values, places):
    assert digits(values) == places


def test_a_heading_has_its_note_in_brackets():
    assert heading("where it goes") == ["", "WHERE IT GOES"]
    assert heading("where it goes", "$B") == ["", "WHERE IT GOES  ($B)"]


def test_a_paragraph_is_indented_and_more_so_where_it_goes_on():
    assert paragraph("one two") == ["  one two"]
    assert paragraph("one two", indent=3) == ["   one two"]
    first, second = paragraph("x" * 60 + " " + "y" * 60)
    assert (first, second) == ("  " + "x" * 60, "    " + "y" * 60)
    assert paragraph("") == [""]


def test_a_page_is_a_hundred_letters_wide():
    assert WIDTH == 100
    assert paragraph("x" * 40 + " " + "y" * 57) == ["  " + "x" * 40 + " " + "y" * 57]
    assert len(paragraph("x" * 40 + " " + "y" * 58)) == 2


def test_columns_that_are_flush_left_are_as_many_as_asked():
    rows = [["a", "bb", "c"], ["dd", "e", "ff"]]
    assert table(["h", "i", "j"], rows) == ["  h    i   j", "  a   bb   c", "  dd   e  ff"]
    assert table(["h", "i", "j"], rows, left=2) == ["  h   i    j", "  a   bb   c", "  dd  e   ff"]
    assert table(["h", "i", "j"], rows, left=3, indent=1) == [" h   i   j", " a   bb  c", " dd  e   ff"]
    assert table(["h\x1b", "i"], []) == ["  h  i"]


def test_trimmed_keeps_every_column_that_is_flush_left():
    assert trimmed(["a", "b", "c"], [["-", "-", "-"], ["-", "-", "4"]], left=2) == ["  a  b  c", "  -  -  -", "  -  -  4"]
    assert trimmed(["a", "b"], []) == ["  a"]


def test_numbers_have_one_decimal_unless_asked_otherwise():
    assert (number(12345.67), number(3.456, 2), number(0.4, 0), number(-0.6, 0)) == ("12,345.7", "3.46", "-", "-1")
    assert (billions(34.56e9), billions(34.56e9, 2), billions(4e7)) == ("34.6", "34.56", "-")
    assert (significant(1234.5), significant(1234.5, 5), significant(-0.00045678, 2)) == ("1.23e+03", "1234.5", "-0.00046")


def test_a_value_is_written_with_its_unit():
    assert show(3.0e20, "eflop") == "3e+38 FLOP"
    assert [show(3600.0, "s"), show(86400.0, "s"), show(31557600.0, "s")] == ["1 hour", "1 day", "1 year"]
    assert show(7200.0, "s") == "2 hours"
    assert show(2.5e6, "usd") == "$2.5M"
    assert (size("busd"), size("day")) == (1e9, 86400.0)
