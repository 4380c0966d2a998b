"""Ways to cut a job, all of a few written out, and which is chosen of some whose throughput and memory are told."""

import re

import jax
import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.training import parallelism as room
from capexmodel.training.memory import kept
from capexmodel.training.parallelism import best_parallelism, layouts
from capexmodel.training.step_time import step_time, tokens_per_s_per_chip
from tests.uneven import EXPERTS, LAYOUT, chip, job, software

NAMES = tuple(LAYOUT)
"""Of what a layout has, in its order."""
WAYS = ("tensor_count", "pipeline_count", "context_count", "data_count")


def raises_line(text):
    """The error of exactly this text."""
    return pytest.raises(ModelError, match=rf"^{re.escape(text)}$")


def small(**changes):
    """A job of 6 heads, 3 layers, and 6 sequences of 4 tokens."""
    return job(**({"heads_count": 6, "layers_count": 3, "batch_count": 6, "sequence_count": 4} | changes))


def ways(run, chips, domain):
    """Cuts in tensor groups, stages, contexts and copies, once each."""
    return list(dict.fromkeys(tuple(one[name] for name in WAYS) for one in layouts(run, chips, domain)))


def tried(run, chips, name, **cut):
    """What is tried of one number among layouts that are cut so."""
    return list(dict.fromkeys(one[name] for one in layouts(run, chips, 8) if all(one[key] == number for key, number in cut.items())))


@pytest.mark.parametrize(
    ("number", "wanted"),
    [(1, [1]), (2, [1, 2]), (3, [1, 3]), (12, [1, 2, 3, 4, 6, 12]), (16, [1, 2, 4, 8, 16]), (35, [1, 5, 7, 35])],
)
def test_divisors_come_from_one_up(number, wanted):
    assert room._divisors(number) == wanted


@pytest.mark.parametrize(
    ("changes", "chips", "domain", "wanted"),
    [
        ({}, 4, 8, [(1, 1, 2, 2), (1, 1, 4, 1), (1, 2, 1, 2), (1, 2, 2, 1), (2, 1, 1, 2), (2, 1, 2, 1), (2, 2, 1, 1)]),
        ({"layers_count": 2}, 4, 8, [(1, 1, 2, 2), (1, 1, 4, 1), (1, 2, 1, 2), (1, 2, 2, 1), (2, 1, 1, 2), (2, 1, 2, 1), (2, 2, 1, 1)]),
        ({"layers_count": 1}, 4, 8, [(1, 1, 2, 2), (1, 1, 4, 1), (2, 1, 1, 2), (2, 1, 2, 1)]),
        ({"sequence_count": 5}, 4, 8, [(1, 2, 1, 2), (2, 1, 1, 2), (2, 2, 1, 1)]),
        ({"heads_count": 9}, 4, 8, [(1, 1, 2, 2), (1, 1, 4, 1), (1, 2, 1, 2), (1, 2, 2, 1)]),
        ({"batch_count": 5}, 4, 8, [(1, 1, 4, 1), (1, 2, 2, 1), (2, 1, 2, 1), (2, 2, 1, 1)]),
        ({}, 4, 3, [(1, 1, 2, 2), (1, 1, 4, 1), (1, 2, 1, 2), (1, 2, 2, 1)]),
        ({"layers_count": 2, "batch_count": 4, "sequence_count": 9}, 6, 4, [(1, 1, 3, 2), (1, 2, 3, 1), (2, 1, 3, 1)]),
        ({"layers_count": 1, "batch_count": 1, "sequence_count": 1}, 6, 3, [(6, 1, 1, 1)]),
        ({"layers_count": 1, "batch_count": 1, "sequence_count": 1}, 6, 12, [(6, 1, 1, 1)]),
        ({"layers_count": 1, "batch_count": 1, "sequence_count": 1}, 6, 4, []),
    ],
)
def test_a_cut_divides_heads_sequences_and_batch_and_has_no_more_stages_than_layers(changes, chips, domain, wanted):
    """Tensor groups divide the scale-up domain, or are some whole domains."""
    assert ways(small(**changes), chips, domain) == wanted


def test_on_one_chip_there_is_what_passes_at_once_what_copies_share_and_what_is_computed_again():
    wanted = [(1, 1, 1, 1, 1, 1, each, sharding, 0, again, 0, 0) for each in (1, 2, 3, 6) for sharding in (1, 3) for again in (0, 1)]
    assert [tuple(one[name] for name in NAMES) for one in layouts(small(), 1, 8)] == wanted


def test_tensor_groups_cut_the_sequence_and_stages_share_the_optimizer_alone():
    found = layouts(small(batch_count=1, sequence_count=1), 4, 8)
    assert [tuple(one[name] for name in NAMES) for one in found] == [(2, 2, 1, 1, 1, 1, 1, 1, 1, again, 0, 0) for again in (0, 1)]


@pytest.mark.parametrize(("layers", "pieces"), [(2, [1]), (5, [1, 2]), (6, [1, 2, 3]), (8, [1, 2, 3, 4]), (11, [1, 2, 3, 4])])
def test_layers_of_stages_are_dealt_in_up_to_four_pieces(layers, pieces):
    run = small(layers_count=layers)
    assert tried(run, 4, "chunk_count", pipeline_count=2) == pieces
    assert tried(run, 4, "chunk_count", pipeline_count=1) == [1]


@pytest.mark.parametrize(("batch", "passed"), [(48, [1, 2, 3, 4, 6, 8, 12]), (96, [1, 2, 3, 4, 6, 8, 12, 16]), (34, [1])])
def test_up_to_sixteen_sequences_of_a_copy_pass_at_once(batch, passed):
    assert tried(small(batch_count=batch), 4, "micro_batch_count", data_count=2) == passed


@pytest.mark.parametrize(("experts", "groups"), [(0, [1]), (6, [1, 2]), (12, [1, 2, 4]), (1, [1])])
def test_experts_are_spread_over_what_divides_them_and_the_chips_of_copies_and_tensor_groups(experts, groups):
    assert tried(small(experts_count=experts), 4, "expert_count", data_count=2, tensor_count=2) == groups


TOLD = [{**LAYOUT, "tensor_count": tensor} for tensor in (3, 5, 6, 4)]
"""Layouts to choose from: rated 50, 40, 30 and 45, with 80, 64.4, 10 and 64.5 GB where 0.92 of 70 are free."""


@pytest.fixture
def rated(monkeypatch):
    """What is told of the layouts in the place of what they take; who was asked about which is noted."""
    asked = []

    def _rated(run, sheet, reached, columns):
        asked.append((float(run.chips_count), float(sheet.domain_count), float(reached.window_factor), columns))
        more = len(columns["tensor_count"]) - 4
        return np.asarray([50.0, 40.0, 30.0, 45.0] + more * [7.0]), np.asarray([80.0, 0.92 * 70.0, 10.0, 64.5] + more * [99.0])

    monkeypatch.setattr(room, "_rated", _rated)
    return asked


def best(within=TOLD, memory_gb=70.0, **changes):
    """The best of some, for a job on 24 chips but for the changes."""
    return best_parallelism(job(**changes), chip(memory_gb=memory_gb), software(), within)


@pytest.mark.parametrize(("memory_gb", "tensor", "numbers"), [(70.0, 5, (40.0, 64.4, 4, 2)), (90.0, 3, (50.0, 80.0, 4, 4))])
def test_the_fastest_of_those_that_fit_is_chosen(rated, memory_gb, tensor, numbers):
    found = best(memory_gb=memory_gb)
    assert {name: float(getattr(found.layout, name)) for name in NAMES} == {**LAYOUT, "tensor_count": tensor}
    said = (found.rate_count_per_s, found.memory_gb, found.tried_count, found.fitting_count)
    assert [float(number) for number in said] == pytest.approx(numbers)
    *who, columns = rated[0]
    assert who == [24.0, 9.0, 1.9]
    assert {name: column.tolist() for name, column in columns.items()} == {name: [one[name] for one in TOLD] for name in NAMES}


def test_it_comes_with_its_step_and_the_slope_of_its_throughput(rated):
    found, wanted = best(), job()
    assert float(found.step.total_s) == pytest.approx(float(step_time(wanted, chip(), software()).total_s), rel=1e-12, abs=0.0)
    ends = [float(tokens_per_s_per_chip(wanted, chip(memory_gb_per_s=900.0 + step), software())) for step in (0.1, -0.1)]
    assert float(found.slope.memory_gb_per_s) == pytest.approx((ends[0] - ends[1]) / 0.2, rel=1e-6)
    assert float(found.slope.memory_gb) == 0.0


def test_all_whole_layouts_are_tried_unless_some_are_given(rated):
    """Of three cuts, with 2, 3 and 3 ways to pass the batch: 8, 6 and 12."""
    run = {"heads_count": 6, "layers_count": 2, "batch_count": 4, "sequence_count": 9, "chips_count": 6}
    found = best_parallelism(job(**run), chip(domain_count=4), software())
    wanted = layouts(job(**run), 6, 4)
    assert float(found.tried_count) == len(wanted) == 26
    assert rated[0][-1]["tensor_count"].tolist() == [one["tensor_count"] for one in wanted]


def test_where_none_fits_it_says_what_the_least_needs(rated):
    with raises_line("no layout over 24 chips fits: each needs 10 GB a chip or more, 9 are free"):
        best(memory_gb=9.5)


def test_no_layout_at_all_is_told():
    with raises_line("no layout over 24 chips divides the heads, experts, layers and batch of the job: change their number"):
        best([])


def test_up_to_fifty_thousand_are_tried(rated):
    assert float(best(TOLD * 12_500).tried_count) == 50_000
    with raises_line("50001 layouts over 24 chips are too many, expected at most 50000: give those to try"):
        best(TOLD * 12_500 + TOLD[:1])


def test_throughput_and_memory_are_those_of_each_layout():
    run = job(EXPERTS)
    columns = {name: np.asarray([one[name] for one in TOLD[:3]], float) for name in NAMES}
    rate, memory = room._rated(run, chip(), software(), columns)
    cuts = [job(EXPERTS, **one) for one in TOLD[:3]]
    assert rate == pytest.approx([float(tokens_per_s_per_chip(cut, chip(), software())) for cut in cuts], rel=1e-12, abs=0.0)
    assert memory == pytest.approx([float(kept(cut).total_gb) for cut in cuts], rel=1e-12, abs=0.0)
    assert all(isinstance(found, np.ndarray) and not isinstance(found, jax.Array) for found in (rate, memory))
