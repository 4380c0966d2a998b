"""Rows side by side: every number in its field, chips at their precision and in their place, and which kinds and groups a run is of."""

import math

import pytest

from capexmodel.config.rows import Row
from capexmodel.config.runs import Names, names_of, runs_of, seen_of
from capexmodel.config.training import ChipSheet, Family
from capexmodel.param import params
from capexmodel.training.layout import Layout
from capexmodel.training.traits import NAMES
from capexmodel.training.transformer import Transformer

LINKS = {"memory_gb": 80.0, "memory_gb_per_s": 3000.0, "scaleup_gb_per_s": 450.0, "scaleout_gb_per_s": 50.0}
OLD = ChipSheet("Old", {16: 0.5}, LINKS | {"domain_count": 8.0})
NEW = ChipSheet("New", {16: 1.0, 8: 2.0, 4: 4.0}, LINKS | {"memory_gb": 192.0, "domain_count": 72.0})
LAYOUT = {name: place + 2.0 for place, name in enumerate(params(Layout))}
SHAPE = {name: 10.0 * (place + 2) for place, name in enumerate(params(Transformer))}
JOB = {"sequence_count": 1024.0, "batch_count": 512.0, "chips_count": 256.0}


def row(name="a", sheet=NEW, precision="bf16", model="m", family="f", years=0.25, seen=None, shape=None, **numbers):
    """A run whose numbers are all different, but for the changes."""
    told = SHAPE | (shape or {})
    return Row(name, LAYOUT | JOB | numbers, told, sheet, precision, model, Family(family, (), False), years, seen, True, (), {})


ROWS = [
    row(),
    row("b", OLD, "bf16", "n", "g", -1.5, 2.0, domain_count=4.0, sequence_count=2048.0),
    row("c", NEW, "fp8", "m", "g", 0.5, 8.0, domain_count=96.0, shape={"layers_count": 7.0}),
    row("d", NEW, "nvfp4", "n", "f", 1.0, 1.0, domain_count=64.0, tensor_count=9.0),
    row("e", NEW, "mxfp8", "n", "f"),
]
FIRST = ROWS[:2]
NAMED = Names(
    {"precision": ("bf16",), "chip_precision": ("New bf16", "Old bf16"), "chip": ("New", "Old"), "family": ("f", "g")},
    (("f", "g"), ("m", "n"), ("New bf16", "Old bf16"), ("m on New", "n on Old"), ("f on New bf16", "g on Old bf16"), (
        "f, m on New bf16", "g, n on Old bf16",
    )),
)  # fmt: skip


def test_kinds_and_groups_are_named_once_each_in_their_order():
    assert names_of([*FIRST[::-1], *FIRST]) == NAMED
    assert NAMED.sizes == {"precision": 1, "chip_precision": 2, "chip": 2, "family": 2}
    assert names_of(ROWS).sizes == {"precision": 4, "chip_precision": 5, "chip": 2, "family": 2}
    assert names_of(ROWS).groups[3] == ("m on New", "n on New", "n on Old")


@pytest.fixture
def runs():
    return runs_of(ROWS, NAMED)


def test_what_has_no_name_is_in_no_kind_and_no_group(runs):
    kinds = runs.kinds
    assert [one.tolist() for one in (kinds.precision, kinds.chip_precision, kinds.chip, kinds.family)] == [
        [0, 0, -1, -1, -1], [0, 1, -1, -1, -1], [0, 1, 0, 0, 0], [0, 1, 1, 0, 0],
    ]  # fmt: skip
    assert runs.places.groups.tolist() == [
        [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [1, 0, -1, 0, -1, -1], [0, 1, -1, -1, -1, -1], [0, 1, -1, -1, -1, -1],
    ]  # fmt: skip


def test_every_number_stands_in_its_field(runs):
    jobs = runs.jobs
    for name, value in LAYOUT.items():
        assert getattr(jobs.layout, name).tolist() == [value, value, value, 9.0 if name == "tensor_count" else value, value], name
    for name, value in SHAPE.items():
        assert getattr(jobs.shape, name).tolist() == [value, value, 7.0 if name == "layers_count" else value, value, value], name
    assert jobs.sequence_count.tolist() == [1024.0, 2048.0, 1024.0, 1024.0, 1024.0]
    assert (jobs.batch_count.tolist(), jobs.chips_count.tolist()) == ([512.0] * 5, [256.0] * 5)
    assert jobs.release_years.tolist() == [0.25, -1.5, 0.5, 1.0, 0.25]
    assert jobs.eight_bit_share.tolist() == [0.0, 0.0, 1.0, 0.0, 1.0]
    assert jobs.four_bit_share.tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]


def test_a_chip_has_the_peak_of_its_run_and_a_domain_no_larger_than_the_row_says(runs):
    chips = runs.chips
    assert chips.peak_eflops.tolist() == [1.0, 0.5, 2.0, 4.0, 2.0]
    assert chips.attention_eflops.tolist() == [1.0, 0.5, 1.0, 1.0, 1.0]
    assert chips.domain_count.tolist() == [72.0, 4.0, 72.0, 64.0, 72.0]
    assert chips.memory_gb.tolist() == [192.0, 80.0, 192.0, 192.0, 192.0]
    assert [float(getattr(chips, name)[1]) for name in LINKS] == [80.0, 3000.0, 450.0, 50.0]


def test_traits_are_those_of_each_run(runs):
    traits = dict(zip(NAMES, runs.places.traits.T.tolist(), strict=True))
    assert traits["sequence"] == pytest.approx([math.log(1024), math.log(2048), *[math.log(1024)] * 3])
    assert traits["release"] == [0.25, -1.5, 0.5, 1.0, 0.25]
    assert traits["chips"] == pytest.approx([8 * math.log(2)] * 5)


def test_what_was_seen_is_a_logarithm_and_nothing_is_no_number():
    seen = seen_of(ROWS[:4]).tolist()
    assert math.isnan(seen[0])
    assert seen[1:] == pytest.approx([0.6931471805599453, 2.0794415416798357, 0.0], abs=1e-15)
