"""How a step is cut, by hand: chips, passes, positions, and from where on copies share what."""

import jax.numpy as jnp
import pytest

from capexmodel.param import params
from capexmodel.training.layout import STAGES, Layout
from tests.uneven import job, layout


def test_chips_are_those_of_all_ways_to_cut():
    assert float(layout().chips_count) == 5 * 2.5 * 1.5 * 7


@pytest.mark.parametrize(
    ("sharding", "optimizer", "parameters"),
    [(0.0, False, False), (0.25, False, False), (0.5, False, False), (0.75, True, False), (1.75, True, False), (2.0, True, False),
     (2.25, True, True), (3.0, True, True)],
)  # fmt: skip
def test_copies_share_the_optimizer_from_the_first_stage_and_parameters_from_the_third(sharding, optimizer, parameters):
    found = layout(sharding_count=sharding)
    assert (bool(found.optimizer_shared), bool(found.sharded)) == (optimizer, parameters)


def test_there_are_three_stages_of_sharing():
    assert params(Layout)["sharding_count"].le == STAGES == 3


@pytest.mark.parametrize(("batch", "passes"), [(42.0, 8.0), (10.5, 2.0), (6.3, 1.2), (5.25, 1.0), (2.625, 1.0)])
def test_a_copy_takes_its_part_of_the_batch_in_passes_and_at_least_one(batch, passes):
    found = job(batch_count=batch).micro_batches_count
    assert float(found) == pytest.approx(passes, rel=1e-12)
    assert found.dtype == jnp.float64


def test_a_pass_has_the_tokens_of_its_sequences_over_the_chips_that_share_them():
    assert float(job().positions_count) == 0.75 * 26 / 1.5
