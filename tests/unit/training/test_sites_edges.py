"""Runs over sites of which no two are alike, added up by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training.goodput import Reliability
from capexmodel.training.sites import LowCommunication, Pipelined, Sites, Synchronous, exchanged_gb, fiber_latency_s

PLACES = {
    "chips_count": [300.0, 700.0, 500.0, 900.0], "compute_eflops": [2.0, 6.0, 4.0, 3.0], "work_weight": [5.0, 3.0, 8.0, 4.0],
    "link_gb_per_s": [20.0, 50.0, 10.0, 40.0],
}  # fmt: skip


def scalar(number: float) -> jax.Array:
    """A number as an array."""
    return jnp.asarray(number, float)


def sites(number: int = 3, latency: float = 0.3) -> Sites:
    """So many sites; the first of three is the slowest, at 1.875 of an even pace, and the last has the narrowest link."""
    return Sites(**{name: jnp.asarray(values[:number]) for name, values in PLACES.items()}, latency_s=scalar(latency))


def fleet() -> Reliability:
    """A fleet of which a thousand chips lose a good part of their time."""
    return Reliability(*(scalar(number) for number in (3e-7, 5e-6, 40.0, 300.0)))


def left(busy: float, window: float) -> float:
    """What a window does not hide: the integral of a logistic curve of a tenth of the window's width, from none."""
    width = window / 10
    return width * (math.log(1 + math.exp((busy - window) / width)) - math.log(1 + math.exp(-10)))


def together(inside: list[float], overlap: float, gradients: float = 60.0) -> Synchronous:
    """Gradients of 60 GB, summed inside each site first."""
    return Synchronous(scalar(gradients), jnp.asarray(inside), scalar(overlap))


def seldom(inner: float = 12.0, fragments: float = 3.0, hidden: float = 0.0, exponent: float = 0.7) -> LowCommunication:
    """Twelve steps alone, 90 GB in three parts."""
    return LowCommunication(*(scalar(number) for number in (inner, fragments, hidden, 90.0, exponent)))


def by_layers(overlap: float = 0.0) -> Pipelined:
    """Seven micro-batches, 35 GB of activations."""
    return Pipelined(scalar(7.0), scalar(35.0), scalar(overlap))


MESSAGES = 0.6 * math.log2(3)
"""Time of the messages of an exchange between three sites."""


def test_shares_of_compute_are_of_all() -> None:
    """2, 6 and 4 of 12."""
    np.testing.assert_allclose(sites().compute_share, [1 / 6, 1 / 2, 1 / 3], rtol=1e-14)
    assert sites().number == 3


def test_pace_is_work_over_compute() -> None:
    """5, 3 and 8 sixteenths of the work."""
    np.testing.assert_allclose(sites().pace_ratio, [1.875, 0.375, 1.5], rtol=1e-14)


def test_the_narrowest_link_sets_an_exchange() -> None:
    """Two thirds there and two thirds back of 60 GB at 10 GB/s; between two sites a half each way at 20."""
    assert float(sites().exchange_s(scalar(60.0))) == pytest.approx(8.0 + MESSAGES, rel=1e-14)
    assert float(sites(2).exchange_s(scalar(60.0))) == pytest.approx(3.0 + 0.6, rel=1e-14)


def test_every_step_waits_for_the_slowest_exchange_and_work() -> None:
    """Nothing hidden: the sum inside is in the step already, the sum between sites comes on top of the slowest."""
    found = together([2.0, 3.0, 9.0], 0.0).step_s(sites(), scalar(10.0))
    assert float(found) == pytest.approx(18.75 + 8.0 + MESSAGES, rel=1e-14)


def test_a_window_hides_exchange_but_what_is_summed_inside_fills_it() -> None:
    """Windows of 7.5, 1.5 and 6: the first site is slow, the last has its window filled already and is later still."""
    first, last = 18.75 + left(10.0 + MESSAGES, 7.5) - left(2.0, 7.5), 15.0 + left(17.0 + MESSAGES, 6.0) - left(9.0, 6.0)
    assert first < last
    assert float(together([2.0, 3.0, 9.0], 0.4).step_s(sites(), scalar(10.0))) == pytest.approx(last, rel=1e-12)
    first, last = 18.75 + left(14.5 + MESSAGES, 7.5) - left(6.5, 7.5), 15.0 + left(9.0 + MESSAGES, 6.0) - left(1.0, 6.0)
    assert first > last
    assert float(together([6.5, 3.0, 1.0], 0.4).step_s(sites(), scalar(10.0))) == pytest.approx(first, rel=1e-12)


@pytest.mark.parametrize("way", [0, 1])
def test_failures_anywhere_stop_all(way: int) -> None:
    """The goodput is that of 1,500 chips."""
    spread = (together([2.0, 3.0, 9.0], 0.4), by_layers())[way]
    found = float(spread.goodput(sites(), fleet()))
    assert found == pytest.approx(float(fleet().goodput(scalar(1500.0))), rel=1e-14)
    assert 0.5 < found < 0.95


def test_sites_that_train_alone_fail_alone() -> None:
    """Each by its compute: a sixth, a half and a third."""
    alone = [float(fleet().goodput(scalar(chips))) for chips in (300.0, 700.0, 500.0)]
    assert float(seldom().goodput(sites(), fleet())) == pytest.approx(alone[0] / 6 + alone[1] / 2 + alone[2] / 3, rel=1e-14)


def test_a_share_is_time_alone_over_time_together() -> None:
    """Ten seconds alone; and of that what failures leave."""
    way, step = together([2.0, 3.0, 9.0], 0.0), 26.75 + MESSAGES
    assert float(way.share(sites(), scalar(10.0))) == pytest.approx(10 / step, rel=1e-14)
    useful = 10 / step * float(fleet().goodput(scalar(1500.0)))
    assert float(way.useful_share(sites(), scalar(10.0), fleet())) == pytest.approx(useful, rel=1e-14)


def test_a_round_exchanges_each_fragment_once() -> None:
    """A fragment of 30 GB every four steps, nothing hidden, times three sites to the 0.7."""
    wanted = (18.75 + (4.0 + MESSAGES) / 4) * 3**0.7
    assert float(seldom().step_s(sites(), scalar(10.0))) == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize(("hidden", "alone", "window"), [(2.5, 1.0, 2.5 * 1.875), (9.0, 0.5, 4 * 0.9375), (4.5, 0.5, 4 * 0.9375)])
def test_a_fragment_hides_behind_its_steps_or_until_the_next(hidden: float, alone: float, window: float) -> None:
    """Two and a half steps of 1.875 s; nine steps are no more than the four until the next."""
    wanted = (1.875 * alone + left(4.0 + MESSAGES, window) / 4) * 3**0.7
    assert float(seldom(hidden=hidden).step_s(sites(), scalar(alone))) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("number", "pace", "link", "sent"), [(1, 1.0, 20.0, 0.0), (2, 2.5, 20.0, 5.0), (3, 1.875, 10.0, 10.0), (4, 1.875, 10.0, 10.0)]
)
def test_a_pipeline_fills_and_sends_both_ways_in_the_middle(number: int, pace: float, link: float, sent: float) -> None:
    """Seven micro-batches and one more for each further site, at 2 s of an even pace; messages through the row and back."""
    wanted = (7 + number - 1) * (2.0 * pace + sent / link) + 2 * (number - 1) * 0.3
    assert float(by_layers().step_s(sites(number), scalar(14.0))) == pytest.approx(wanted, rel=1e-14)


def test_passing_on_hides_behind_a_part_of_a_micro_batch() -> None:
    """A second of sending behind a fifth of 3.75 s."""
    wanted = 9 * (3.75 + left(1.0, 0.75)) + 4 * 0.3
    assert float(by_layers(0.2).step_s(sites(), scalar(14.0))) == pytest.approx(wanted, rel=1e-12)


def test_numbers_have_bits() -> None:
    """Three billion of 16 bits are 6 GB, five of 4 bits 2.5."""
    assert float(exchanged_gb(scalar(3e9), scalar(16.0))) == pytest.approx(6.0, rel=1e-14)
    assert float(exchanged_gb(scalar(5e9), scalar(4.0))) == pytest.approx(2.5, rel=1e-14)


def test_light_in_glass() -> None:
    """2,997.92458 km of fiber, at 1.468 times the time of light in a vacuum: 14.68 ms."""
    assert float(fiber_latency_s(scalar(2000.0), scalar(1.49896229))) == pytest.approx(14.68e-3, rel=1e-14)
