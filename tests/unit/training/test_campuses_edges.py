"""Runs over unequal campuses, with stand-ins for how they are spread, so that every number can be worked out by hand."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training import campuses as room
from capexmodel.training import exchange
from capexmodel.training.campuses import alone_s, every_step, reach, resized, sites_of, useful_eflops
from capexmodel.training.chip import Reached
from capexmodel.training.goodput import Reliability
from capexmodel.training.layout import Job
from capexmodel.training.memory import fitted, kept
from capexmodel.training.sites import AbstractSpread, Sites
from capexmodel.training.step_time import step_time
from tests.runs import chip, efficiency, job

CHIPS = (960.0, 1920.0, 480.0)


class Third(AbstractSpread):
    """Steps take three times as long as alone and 0.03 s for every site, and failures leave one part in a thousand chips."""

    def step_s(self, sites: Sites, alone_s: jax.Array) -> jax.Array:
        return 3.0 * alone_s + 0.03 * sites.number

    def goodput(self, sites: Sites, reliability: Reliability) -> jax.Array:
        return 1000.0 * reliability.restart_s / jnp.sum(sites.chips_count)


def scalar(number: float) -> jax.Array:
    """A number as an array."""
    return jnp.asarray(number, float)


def fleet(restart: float = 0.8) -> Reliability:
    """A fleet that loses a part of its time."""
    return Reliability(*(scalar(number) for number in (3e-8, 5e-6, 40.0, restart)))


def three() -> Sites:
    """Three campuses of unequal size and links."""
    return sites_of(jnp.asarray(CHIPS), chip(), jnp.asarray([30.0, 50.0, 70.0]), scalar(0.02))


@functools.cache
def cut() -> Job:
    """A step on 60 chips: two for each matrix, three stages, five for each sequence, two copies."""
    return job(batch=640.0, tensor=2, pipeline=3, context=5, data=2)


def test_another_number_of_chips_is_another_number_of_copies() -> None:
    """960 chips over 2 x 3 x 5 are 32 copies; all else stays."""
    found = resized(cut(), scalar(960.0))
    assert float(found.layout.data_count) == 32.0
    assert float(found.chips_count) == 960.0
    counts = (found.layout.tensor_count, found.layout.pipeline_count, found.layout.context_count, found.batch_count)
    assert [float(count) for count in counts] == [2.0, 3.0, 5.0, 640.0]
    assert float(found.layout.chips_count) == 960.0


def test_a_step_alone_is_that_of_a_chip_whose_memory_it_fits() -> None:
    """Where memory is short, the step with as many layers computed again as it asks for."""
    short = chip(memory_gb=0.9 * float(kept(cut()).total_gb))
    again = fitted(cut(), short)
    assert float(again.layout.recomputed_share) > 0.1
    found = float(alone_s(cut(), short, efficiency()))
    assert found == pytest.approx(float(step_time(again, short, efficiency()).total_s), rel=1e-12)
    assert found > 1.01 * float(step_time(cut(), short, efficiency()).total_s)


def test_sites_have_compute_by_their_chips_and_work_by_their_compute() -> None:
    """Chips of 2.5 PFLOP/s."""
    found = sites_of(jnp.asarray(CHIPS), chip(peak_eflops=2.5e-3), jnp.asarray([30.0, 50.0, 70.0]), scalar(0.02))
    assert found.chips_count.tolist() == list(CHIPS)
    np.testing.assert_allclose(found.compute_eflops, [2.4, 4.8, 1.2], rtol=1e-14)
    np.testing.assert_allclose(found.work_weight, [2.4, 4.8, 1.2], rtol=1e-14)
    assert found.link_gb_per_s.tolist() == [30.0, 50.0, 70.0]
    assert float(found.latency_s) == 0.02


def test_every_step_exchanges_two_bytes_by_parameter() -> None:
    """Inside each campus among its own copies, hidden as far as software hides copies of gradients."""
    software = efficiency(data_overlap_share=0.37)
    found, reached = every_step(cut(), chip(), software, three()), Reached.of(chip(), software)
    inside = [float(exchange.copies_s(resized(cut(), scalar(chips)), reached, software)) for chips in CHIPS]
    assert len(set(inside)) == 3
    np.testing.assert_allclose(found.inside_s, inside, rtol=1e-12)
    assert float(found.gradient_gb) == pytest.approx(2e-9 * float(cut().shape.parameters_count), rel=1e-12)
    assert float(found.overlap_share) == 0.37


def test_useful_compute_is_work_over_time_times_what_spread_and_failures_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """640 sequences of 4,096, six FLOP by parameter and token, in 0.7 s alone: of that 0.7 / 2.19, and 800 parts in 3,360."""
    monkeypatch.setattr(room, "alone_s", lambda step, sheet, software: scalar(0.7))
    found = useful_eflops(Third(), three(), cut(), chip(), efficiency(), fleet())
    work = 640 * 4096 * 6 * float(cut().shape.active_parameters_count) * 1e-18
    assert float(found) == pytest.approx(work / 0.7 * (0.7 / 2.19) * (800 / 3360), rel=1e-12)


def test_useful_compute_takes_the_time_of_this_step_on_this_chip() -> None:
    """Three times and 0.09 s more than the step alone."""
    alone = float(alone_s(cut(), chip(), efficiency()))
    work = 640 * 4096 * 6 * float(cut().shape.active_parameters_count) * 1e-18
    found = useful_eflops(Third(), three(), cut(), chip(), efficiency(), fleet())
    assert float(found) == pytest.approx(work / (3 * alone + 0.09) * (800 / 3360), rel=1e-12)


@pytest.mark.parametrize("restart", [5.0, 7.0])
def test_a_reach_is_what_the_others_add_over_what_they_have(restart: float) -> None:
    """Of 3,360 chips the first campus has two sevenths; all together yield 0.7 / 2.19 of failures' leavings, more than that."""
    left = 0.7 / 2.19 * 1000 * restart / 3360
    whole = float(fleet(restart).goodput(scalar(3360.0)))
    found = reach(Third(), three(), scalar(0.7), fleet(restart))
    wanted = (left / whole - 2 / 7) / (5 / 7)
    assert wanted > 0.2
    assert float(found) == pytest.approx(wanted, rel=1e-12)


def test_a_reach_is_none_where_the_first_campus_alone_yields_as_much() -> None:
    """With a stand-in that leaves a tenth, below the two sevenths of the first."""
    assert float(reach(Third(), three(), scalar(0.7), fleet(0.3))) == 0.0
