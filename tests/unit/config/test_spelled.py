"""Units that nobody knows: what is named is readable, of the dimension that is wanted, and not off by thousands."""

import pytest

from capexmodel import units
from capexmodel.config import spelled
from capexmodel.config.spelled import meant


@pytest.mark.parametrize(("text", "wanted", "near"), [
    ("135 billion", "usd", "B$"), ("135 milliards", "usd", "B$"), ("$135 bn", "usd", "B$"), ("135 BN $", "usd", "B$"),
    ("135 mrd", "usd", "B$"), ("135 bln", "usd", "B$"), ("135 billions", "usd", "B$"), ("135 milliard", "usd", "B$"),
    ("3 mio", "usd", "M$"), ("3 mln", "usd", "M$"), ("3 mn", "usd", "M$"), ("3 millions", "usd", "M$"),
    ("3 tn", "usd", "T$"), ("3 trn", "usd", "T$"), ("3 trillion", "usd", "T$"), ("3 trillions", "usd", "T$"),
    ("3 thousand $", "usd", "k$"), ("3 thousands", "count", "k"), ("5 millions chips", "count", "M"),
    ("135 B", "usd", "B$"), ("5 T", "usd", "T$"), ("-2e-3 b$", "usd", "B$"),
    ("1 mo", "s", "month"), ("2 mos", "s", "months"), ("2 yr", "s", "year"), ("2 yearz", "s", "year"), ("2 hourss", "s", "hours"),
    ("3 GWHH", "j", "GWh"), ("2 G", "w", "GW"), ("2 mil", "usd", "million $"), ("3 m2m", "m2", "m2"), ("2 mW", "w", "MW"),
    ("5e26 FLOPz", "eflop", "FLOP"),
    ("70 $/MWhh", "usd_per_j", "$/MWh"), ("70 usd_per_mwhh", "usd_per_j", "usd/MWh"), ("70 $ per MWhh", "usd_per_j", "$/MWh"),
    ("150 k/quartr", "count_per_s", "k/quarter"), ("2 per yeer", "per_s", "/year"), ("2 $/chp/yeer", "usd_per_count_per_s", "$/chip/year"),
    ("5 PFLOP/sec", "eflops", "PFLOP/second"), ("3 w/q", "w_per_s", "w/quarter"),
])  # fmt: skip
def test_a_unit_that_is_near_and_fits_is_named(text, wanted, near):
    assert meant(text, wanted) == f"; did you mean '{near}'?"
    assert units.dimension(units.written_unit(near)) == units.dimension(wanted)


@pytest.mark.parametrize(("text", "wanted"), [
    ("2 m", "s"),  # minutes or months
    ("5 billion", "count"), ("5 billion chips", "count"),  # a million would be off by a thousand
    ("3 GX", "w"), ("2 zzz", "w"), ("40 prct", ""), ("135 milliards", "w"), ("1 mo", "usd"),
    ("2 h/", "s"), ("2 hourz/", "s"), ("2 $/chip/yeer/h", "usd_per_count_per_s"), ("2", "s"), ("", "w"), ("/" * 10_000_000, "w"),
    ("2 " + "h" * 10_000_000, "s"), ("2 hour", "s"), ("2 $/hour", "usd_per_s"), ("2 $$", "w"),
], ids=range(18))  # fmt: skip
def test_nothing_is_named_where_nothing_fits(text, wanted):
    assert meant(text, wanted) == ""


def test_a_text_of_two_hundred_letters_is_looked_at_and_no_longer_one():
    assert meant("2" + " " * 194 + "hourz", "s") == "; did you mean 'hour'?"
    assert meant("2" + " " * 195 + "hourz", "s") == ""


def test_three_parts_of_a_unit_are_looked_at_and_twelve_words_for_each(monkeypatch):
    assert [len(spelled._near(word, None)) for word in ("flopx", "hour_s")] == [12, 2]
    asked: list[str] = []
    monkeypatch.setattr(spelled, "_near", lambda word, wanted: asked.append(word) or [])
    for text in ("2 a/b/c/d", "2 a/b", "2 c"):
        assert meant(text, "w") == ""
    assert asked == ["a", "b", "c"]
    assert meant("2 a/b/c", "w") == ""
    assert asked[3:] == ["a", "b", "c"]


@pytest.mark.parametrize(("word", "unit"), [
    *((f"{word} {money}", unit) for word, unit in (("million", "musd"), ("billion", "busd"), ("trillion", "tusd"))
      for money in ("$", "USD", "dollars")),
    ("$million", "musd"), ("$billion", "busd"), ("$trillion", "tusd"), ("dollars", "usd"), ("million chips", "million"),
    *((f"{prefix}FLOPs", f"{prefix}flop".lower()) for prefix in ("", *"kMGTPEZY")), ("EFLOPs/s", "eflop_per_s"),
    ("w_per_s", "w_per_s"), (" usd_per_mwh ", "usd_per_mwh"), ("per_year", "per_year"), ("mw_per_quarter", "mw_per_quarter"),
])  # fmt: skip
def test_units_in_words_and_as_in_names_are_read(word, unit):
    assert units.written_unit(word) == unit
    assert units.split(f"3 {word}") == ("3", unit)


def test_dollars_stand_before_a_number_with_its_thousands_in_words():
    for text in ("$135 billion", "$ 135billion", "$135B"):
        assert units.split(text) == ("135", "busd")
    with pytest.raises(ValueError, match=r"^unknown unit '\$GW'$"):
        units.split("$135 GW")
