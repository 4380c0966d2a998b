"""What software makes of a chip, by hand from its sheet: 60 TFLOP/s, 900 GB/s of memory, 130 GB/s near and 17 far, domains of 9."""

import jax.numpy as jnp
import pytest

from capexmodel.training.chip import Reached, moved_gb
from tests.uneven import chip, software


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("multiplied_s", 2 / (60e12 * 0.72)),
        ("moved_s", 2 / (900e9 * 0.83)),
        ("faster_ratio", (60 / 312) ** 0.5),
        ("within_s", 1 / (130 * 0.77)),
        ("beyond_s", 1 / (17 * 0.64)),
        ("domain_count", 9),
    ],
)
def test_each_thing_takes_its_time_at_the_share_of_the_sheet_that_is_reached(name, wanted):
    assert float(getattr(Reached.of(chip(), software()), name)) == pytest.approx(wanted, rel=1e-12, abs=0.0)


def test_an_a100_is_as_fast_as_an_a100():
    assert float(Reached.of(chip(peak_eflops=312e-6), software()).faster_ratio) == 1.0


@pytest.mark.parametrize(("each", "wanted"), [((), 14e-9), ((3.5,), 24.5e-9)])
def test_numbers_are_two_bytes_unless_said_otherwise(each, wanted):
    assert float(moved_gb(jnp.asarray(7.0), *each)) == pytest.approx(wanted, rel=1e-12, abs=0.0)
