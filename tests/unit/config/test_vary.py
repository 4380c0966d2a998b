"""One figure at several values: what people write, and what is wrong with it."""

import numpy as np
import pytest

from capexmodel.config.vary import MOST_VALUES, variations, vary
from capexmodel.errors import ConfigError

DAY_S = 86400.0


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("envelope.high=115:135:3 B$", ["envelope.high=115 B$", "envelope.high=125 B$", "envelope.high=135 B$"]),
        ("envelope.high_busd=1:2:2", ["envelope.high_busd=1", "envelope.high_busd=2"]),
        ("utilization.mfu=0.3,0.35", ["utilization.mfu=0.3", "utilization.mfu=0.35"]),
        ("a=5e26:1e27:2 FLOP", ["a=5e+26 FLOP", "a=1.0e+27 FLOP"]),
        ("job.first.deadline=2026-06-30:2026-07-04:3", [f"job.first.deadline={day}" for day in ("2026-06-30", "2026-07-02", "2026-07-04")]),
        ("a=-1:1:3 months", ["a=-1 months", "a=0 months", "a=1 months"]),
    ],
)
def test_ranges_and_lists_are_spelled_out(text, spelled):
    assert variations(text) == spelled


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("envelope.high", "not a range of values"),
        ("envelope.high=115 B$", "PATH=LOW:HIGH:N"),
        ("envelope.high=115:135:1 B$", "2 to"),
        (f"envelope.high=115:135:{MOST_VALUES + 1} B$", "2 to"),
        ("a=" + ",".join(["1"] * (MOST_VALUES + 1)), "too many"),
        ("a=2026-01-01:5:3", "two dates or two numbers"),
        ("a=2026-13-01:2026-14-01:3", "two dates or two numbers"),
        ("a=1:2:3\x1b[31m", "not a range of values"),
    ],
)
def test_what_is_neither_is_one_line(text, said):
    with pytest.raises(ConfigError, match=said) as caught:
        variations(text)
    assert "\n" not in str(caught.value)


def test_the_number_that_varies_is_found_with_its_values():
    scenario, where, values = vary("small", [], "envelope.high=4:6:3 B$")
    assert where.path == "envelope.FY2026.high_usd"
    np.testing.assert_allclose(values, [4e9, 5e9, 6e9])
    assert float(where.read(scenario)) == 4e9


def test_a_deadline_may_be_given_by_the_sweep():
    scenario, where, values = vary("small", [], "job.first.deadline=2026-05-31:2026-06-10:2")
    assert where.path == "job.first.deadline_s"
    assert values[1] - values[0] == pytest.approx(10 * DAY_S)
    assert scenario.job.deadlined[0]


@pytest.mark.parametrize(
    ("text", "said"), [("envelope.high=5,5 B$", "does not vary"), ("envelop.high=4:5:2 B$", "did you mean 'envelope'")]
)
def test_what_cannot_be_swept_is_said(text, said):
    with pytest.raises(ConfigError, match=said):
        vary("small", [], text)
