"""What must hold between figures: where a contradiction begins, and that nothing on this side of it is refused."""

import pytest

from capexmodel import config
from capexmodel.errors import ConfigError

ENVELOPE = "low_busd = 2\nhigh_busd = 4"


@pytest.mark.parametrize(("old", "new"), [
    (ENVELOPE, "low_busd = 4\nhigh_busd = 4"),  # as much as may be
    (ENVELOPE, "high_busd = 4"),  # no least
    ("deadline = 2026-06-30", "deadline = 2026-02-02"),  # on the day itself
    ('vendor = ""', 'vendor = ""\nshare = 0.0'),  # of no vendor, and not on offer
    ('vendor = ""', 'vendor = "maker"\nshare = 0.5'),
])  # fmt: skip
def test_what_just_holds_is_taken(changed, old, new):
    assert config.load(changed((old, new))).name == "small"


@pytest.mark.parametrize(("old", "new", "words"), [
    (ENVELOPE, "low_busd = 4.000001\nhigh_busd = 4", "envelope.FY2026.low_busd: is above envelope.FY2026.high_busd"),
    ("deadline = 2026-06-30", "deadline = 2026-02-01",
     "job.first.deadline: is before the as-of date, got 2026-02-01, expected 2026-02-02 or later"),
    ('vendor = ""', 'vendor = ""\nshare = 0.001', "accelerator.OWN.share: is on offer but accelerator.OWN.vendor is empty"),
    ('vendor = ""', 'vendor = ""\nshare = { at = [2026-02-02, 2026-07-01], value = [0.0, 0.5] }', "accelerator.OWN.share: is on offer but"),
    ("[envelope.FY2027]", "[envelope.FY2072]",
     "envelope.FY2072: is no fiscal year of the grid, got \"FY2072\", expected FY2026, FY2027; did you mean 'FY2027'?"),
])  # fmt: skip
def test_what_just_does_not_hold_is_refused_with_both_sides(changed, old, new, words):
    with pytest.raises(ConfigError) as error:
        config.load(changed((old, new)))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_years_stand_in_order_however_they_are_written(changed):
    text = changed().read_text()
    later = text[text.index("[envelope.FY2027]") : text.index("[preference]")]
    turned = config.load(changed((later, ""), ("[envelope.FY2026]", f"{later}\n[envelope.FY2026]")))
    assert turned.envelope.names == ("FY2026", "FY2027")
    assert [float(usd) for usd in turned.envelope.high_usd] == [4e9, 5e9]
