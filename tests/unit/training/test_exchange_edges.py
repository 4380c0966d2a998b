"""What chips exchange, by hand: 13 positions of 48 channels, 0.6 s a gigabyte near and 5.3 far, domains of 9 but for the changes."""

import numpy as np
import pytest

from capexmodel.training.exchange import context_s, copies_s, experts_s, held_count, stages_s, tensor_s
from tests.uneven import EXPERTS, LATENT, job, reached, software

NEAR, FAR = 0.6, 5.3


def exact(wanted):
    """A number up to rounding."""
    return pytest.approx(wanted, rel=1e-12, abs=0.0)


@pytest.mark.parametrize(("domain", "each"), [(9, NEAR), (5, NEAR), (4, FAR)])
def test_tensor_groups_of_five_reduce_the_stream_twice_near_where_the_domain_has_as_many(domain, each):
    """Each of two all-reduces by ring sends twice 4/5 of it, in two bytes; 0.22 of the time hides."""
    found = tensor_s(job(), reached(domain_count=domain), software())
    assert float(found) == exact(2 * 2 * 0.8 * 13 * 48 * 2e-9 * each * 0.78)


@pytest.mark.parametrize(("domain", "each"), [(9, NEAR), (7.5, NEAR), (7, FAR)])
def test_keys_and_values_go_to_the_rest_of_the_group_near_where_the_domain_has_it_and_its_tensor_groups(domain, each):
    """Six heads of 19, a fifth of them on each chip, to half a chip more; 0.41 of the time hides."""
    found = context_s(job(LATENT), reached(domain_count=domain), software())
    assert float(found) == exact(2 * 13 * 6 * 19 / 5 * 0.5 * 2e-9 * each * 0.59)


@pytest.mark.parametrize(("domain", "near"), [(9, 1.0), (3.5, 1.0), (2, 4 / 7)])
def test_tokens_go_to_nine_experts_and_back_the_slow_way_beyond_the_domain(domain, near):
    """Of 3.5 chips that share the experts 2.5 are others; 0.37 of the time hides."""
    found = experts_s(job(EXPERTS), reached(domain_count=domain), software())
    gigabytes = 2 * (13 / 5) * 9 * 48 * 2e-9 * 2.5 / 3.5
    assert float(found) == exact(gigabytes * (near * NEAR + (1 - near) * FAR) * 0.63)


@pytest.mark.parametrize("stages", [2.5, 1.5])
def test_stages_hand_the_stream_forward_and_back_as_often_as_layers_are_dealt(stages):
    """In 1.25 pieces, a fifth by each chip of a tensor group; 0.58 of the time hides."""
    found = stages_s(job(pipeline_count=stages), reached(), software())
    assert float(found) == exact(2 * 1.25 * 13 * 48 * 2e-9 / 5 * FAR * 0.42)


def test_one_stage_hands_over_nothing():
    assert float(stages_s(job(pipeline_count=1), reached(), software())) == 0.0


def test_a_chip_holds_its_part_of_a_stage_and_of_the_tables_at_both_ends():
    """Attention: queries through 30, keys and values through 20 with 7 beside, and out. Tables: half on average, half by 2.5 stages."""
    attention = 30 * (48 + 190) + 48 * 27 + 2 * 20 * 120 + 120 * 48
    blocks = 3 * 48 * (4 * 160 + 7 * 26)
    met, routed = held_count(job(EXPERTS, LATENT))
    assert float(met) == exact((11 * attention + blocks) / 12.5 + 700 * 48 * 0.7 / 5)
    assert float(routed) == exact(14 * 7 * 3 * 48 * 44 / 8.75)


def rings_s(others, near):
    """Seconds a gigabyte of a group: the far links of those near it at once, or the near ones, the longer; of what others send."""
    far = 0.0 if near is None else FAR / near
    return others * float(np.linalg.norm([far, NEAR], 4))


@pytest.mark.parametrize(
    ("domain", "near", "near_expert"),
    [(9, 1.8, 9 / 3.5), (3, 1, 1), (52, 10.4, 52 / 3.5), (52.5, None, None), (60, None, None)],
)
def test_gradients_go_round_all_copies_once(domain, near, near_expert):
    """Scattered and gathered, in two bytes: among 10.5 copies what every token meets, among 15 what experts hold."""
    run = job(EXPERTS)
    met, routed = map(float, held_count(run))
    found = copies_s(run, reached(domain_count=domain), software())
    wanted = 4e-9 * (met * rings_s(1 - 1 / 10.5, near) + routed * rings_s(1 - 1 / 15, near_expert))
    assert float(found) == exact(wanted)


def test_parameters_that_copies_share_are_gathered_twice_and_scattered_once_in_each_of_eight_passes():
    run = job(EXPERTS, sharding_count=3)
    met, routed = map(float, held_count(run))
    assert float(copies_s(run, reached(), software())) == exact(8 * 3 * 2e-9 * (met + routed) * rings_s(1 - 1 / 10.5, 1.8))


def test_experts_without_copies_exchange_no_gradients():
    run = job(EXPERTS, expert_count=75)
    met, _ = map(float, held_count(run))
    assert float(copies_s(run, reached(), software())) == exact(4e-9 * met * rings_s(1 - 1 / 10.5, 1.8))


@pytest.mark.parametrize("copies", [1, 0.6])
def test_no_more_than_one_copy_exchanges_nothing(copies):
    run = job(data_count=copies, context_count=1)
    assert float(copies_s(run, reached(domain_count=3), software())) == 0.0
