"""Published costs of training runs (Epoch AI, The rising costs of training frontier AI models, with the code's two vintages).

The identity reproduces each row to 0.1 %; compute, chip and date alone come within a factor of two in the median.
"""

import dataclasses
import math

import numpy as np
import pytest

from capexmodel.config.costs import CostRow, server_of, shipped_cost_rows
from capexmodel.studies.training_cost import validate_costs


@pytest.fixture(scope="module")
def rows() -> tuple[CostRow, ...]:
    """The shipped rows."""
    return shipped_cost_rows()


def test_the_identity_reproduces_every_row(rows: tuple[CostRow, ...]) -> None:
    """64 rows of two vintages, each within a thousandth; those built on an earlier run by finding it."""
    found = validate_costs(rows)
    assert len(found.costs) == 64
    assert not [each.reason for each in found.costs if each.reason]
    for each in found.costs:
        assert each.identity_usd == pytest.approx(each.seen_usd, rel=1e-3), each.row.model
    built = {each.row.model: each.built_on for each in found.costs if each.built_on}
    assert built == {
        "U-PaLM (540B)": "PaLM (540B)", "Flan-PaLM 540B": "PaLM (540B)", "Minerva (540B)": "PaLM (540B)", "BlenderBot 3": "OPT-175B",
    }  # fmt: skip


def test_power_that_is_not_told_comes_from_the_server(rows: tuple[CostRow, ...]) -> None:
    """Without energy and without capacity the identity still holds, for the powers of both vintages are known."""
    bare = [_without(row, "energy_kwh", "facility_kw") for row in rows]
    for each in validate_costs(bare).costs:
        assert each.identity_usd == pytest.approx(each.seen_usd, rel=2e-3), each.row.model


def _without(row: CostRow, *names: str) -> CostRow:
    return dataclasses.replace(row, numbers={name: value for name, value in row.numbers.items() if name not in names})


def test_compute_chip_and_date_alone(rows: tuple[CostRow, ...]) -> None:
    """No chip-hours, value or power: within 0.3 orders of magnitude in the median, and nine of ten in the range."""
    bare = [_without(row, "chip_hours", "server_value_usd", "energy_kwh", "facility_kw", "chips_count", "run_h") for row in rows]
    found = validate_costs(bare)
    assert all(each.identity_usd is None for each in found.costs)
    assert found.missed == ()
    whole = found.slices["all"]
    assert whole.blind_median_dex < 0.1
    assert whole.coverage_percent >= 80.0
    assert [each.blind_usd for each in found.costs] == [each.blind_usd for each in validate_costs(rows).costs]


def test_a_run_whose_chip_is_not_told(rows: tuple[CostRow, ...]) -> None:
    """The usual chip of its time stands in, with a wider range: most GPU runs come within a factor of three."""
    late = [row for row in rows if "H100" in row.server.name]
    unnamed = [dataclasses.replace(_without(row, "chip_hours"), server=server_of("H100"), usual=True) for row in late]
    named = validate_costs([dataclasses.replace(row, usual=False) for row in unnamed]).costs
    for wide, narrow in zip(validate_costs(unnamed).costs, named, strict=True):
        assert wide.blind_usd == narrow.blind_usd
        assert wide.low_usd < narrow.low_usd < narrow.high_usd < wide.high_usd


def test_costs_of_frontier_models_grow_by_two_and_a_half_a_year(rows: tuple[CostRow, ...]) -> None:
    """The largest runs of the first vintage: 2.4 times a year in the paper (90 %: 2.0 to 3.1)."""
    vintage = [row for row in rows if row.vintage == "paper-2024-05"]
    years = np.asarray([row.published.toordinal() / 365.25 for row in vintage])
    costs = np.log10([each.identity_usd for each in validate_costs(vintage).costs])
    slope = np.polyfit(years, costs, 1)[0]
    assert math.log10(2.0) < slope < math.log10(3.1)


@pytest.mark.parametrize(
    ("hardware", "chip"),
    [
        ("NVIDIA H100 SXM5 80GB", "H100"), ("NVIDIA A100 SXM4 40 GB", "A100 SXM4 40"), ("NVIDIA A100 PCIe 80 GB", "A100"),
        ("NVIDIA Tesla V100 DGXS 32 GB", "V100 DGXS"), ("Google TPU v4,Google TPU v3", "TPU v4"), ("NVIDIA GeForce GTX TITAN X", "Titan X"),
        ("NVIDIA GB200", "GB200"), ("Cerebras CS-2", None),
    ],
)  # fmt: skip
def test_chips_by_their_many_names(hardware: str, chip: str | None) -> None:
    """The longest known name that the hardware contains; none where none is known."""
    found = server_of(hardware)
    assert (found.name if found else None) == chip
