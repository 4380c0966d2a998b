"""Several sites against one: limits, a published table, a race of two splits, failures, and slopes."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.training.goodput import Reliability
from capexmodel.training.sites import (
    AbstractSpread,
    LowCommunication,
    Pipelined,
    Sites,
    Synchronous,
    exchanged_gb,
    exposed_s,
    fiber_latency_s,
)

HOUR = 3600.0


def step() -> jax.Array:
    """Time of a step alone."""
    return jnp.asarray(10.0)


def numbers(**values: float | list[float]) -> dict[str, jax.Array]:
    """Numbers as arrays."""
    return {name: jnp.asarray(value, float) for name, value in values.items()}


def places(compute: list[float], link: float = 100.0, latency: float = 0.01, weight: list[float] | None = None) -> Sites:
    """Sites of so much compute, a thousand chips for each unit; the work split in proportion unless said otherwise."""
    chips = [1000.0 * one for one in compute]
    return Sites(**numbers(
        chips_count=chips, compute_eflops=compute, work_weight=weight or compute, link_gb_per_s=[link] * len(compute), latency_s=latency
    ))  # fmt: skip


def together(sites: int, overlap: float = 0.0, inside: float = 0.0) -> Synchronous:
    """Gradients of a trillion parameters in 16 bits."""
    return Synchronous(**numbers(gradient_gb=2000.0, inside_s=[inside] * sites, overlap_share=overlap))


def seldom(**changed: float) -> LowCommunication:
    """A hundred steps alone, the same parameters in four bits, no loss of progress."""
    settings = {
        "inner_steps_count": 100.0, "fragments_count": 1.0, "hidden_steps_count": 0.0, "delta_gb": 500.0, "loss_exponent": 0.0
    } | changed  # fmt: skip
    return LowCommunication(**numbers(**settings))


def by_layers(**changed: float) -> Pipelined:
    """Activations of sixty million tokens, sixteen thousand wide, in 16 bits."""
    return Pipelined(**numbers(**({"micro_batches_count": 1000.0, "activation_gb": 2000.0, "overlap_share": 1.0} | changed)))


def every_way(sites: int) -> list[AbstractSpread]:
    """One of each."""
    return [together(sites, 0.5), seldom(loss_exponent=0.1), by_layers()]


def test_one_site_loses_nothing() -> None:
    """Nothing is exchanged, nothing waits: the share is one, whatever the link."""
    for way in every_way(1):
        assert float(way.share(places([4.0], link=1e-3, latency=10.0), step())) == 1.0


def test_perfect_links_lose_nothing_but_the_bubble() -> None:
    """Endless bandwidth and no distance: all is left, but for a pipeline's filling and what fewer exchanges cost in progress."""
    sites = places([1.0] * 4, link=np.inf, latency=0.0)
    assert float(together(4).share(sites, step())) == pytest.approx(1.0, abs=1e-15)
    assert float(seldom().share(sites, step())) == pytest.approx(1.0, abs=1e-15)
    assert float(seldom(loss_exponent=0.1).share(sites, step())) == pytest.approx(4**-0.1)
    assert float(by_layers().share(sites, step())) == pytest.approx(1000 / 1003)


def test_a_slow_link_favors_few_exchanges() -> None:
    """At ten GB/s gradients take most of the time, changes of four bits hardly any; the same at any speed of the link, and more so."""
    shares = [[float(way.share(places([1.0] * 4, link), step())) for way in (together(4, 0.5), seldom())] for link in (1.0, 10.0, 100.0)]
    assert shares[1][0] < 0.05
    assert shares[1][1] > 0.9
    assert all(few > every for every, few in shares)
    assert shares[0] < shares[1] < shares[2]


def test_a_wider_link_a_shorter_way_and_more_overlap_are_better() -> None:
    """Every way gains by bandwidth and loses by distance; what can hide does."""
    for way in every_way(3):
        by_link = [float(way.share(places([1.0] * 3, link), step())) for link in (1.0, 30.0, 1000.0)]
        by_latency = [float(way.share(places([1.0] * 3, 1000.0, latency), step())) for latency in (0.0, 0.1, 10.0)]
        assert by_link == sorted(by_link)
        assert by_latency == sorted(by_latency, reverse=True)
        assert by_latency[0] > by_latency[2]
    by_overlap = [float(together(3, overlap).share(places([1.0] * 3), step())) for overlap in (0.0, 0.3, 0.9)]
    assert by_overlap == sorted(by_overlap)
    assert float(seldom(fragments_count=10.0, hidden_steps_count=5.0).share(places([1.0] * 3), step())) > float(
        seldom().share(places([1.0] * 3), step())
    )


def test_what_sums_inside_a_site_fills_the_window() -> None:
    """The step alone has its own exposed sum in it: without overlap the sum inside makes no difference, with overlap it takes the room."""
    sites = places([1.0, 1.0])
    assert float(together(2, 0.0, 3.0).step_s(sites, step())) == pytest.approx(float(together(2).step_s(sites, step())), rel=1e-14)
    between = 2000.0 / 100.0 + 2 * 0.01
    assert float(together(2).step_s(sites, step())) == pytest.approx(10.0 + between)
    assert float(together(2, 0.5, 50.0).step_s(sites, step())) == pytest.approx(10.0 + between)
    assert float(together(2, 0.5).step_s(sites, step())) == pytest.approx(10.0 + between - 5.0, rel=1e-4)


def test_the_slowest_site_holds_up_the_rest() -> None:
    """Equal parts on a site with three quarters and one with a quarter: twice the time; in proportion: none lost."""
    for way in (together(2), seldom(), by_layers(micro_batches_count=1e9)):
        equal = float(way.share(places([3.0, 1.0], np.inf, 0.0, weight=[1.0, 1.0]), step()))
        assert equal == pytest.approx(0.5)
        assert float(way.share(places([3.0, 1.0], np.inf, 0.0), step())) == pytest.approx(1.0)


def test_the_slowest_link_holds_up_the_rest() -> None:
    """One narrow link among three is as if all were narrow."""
    narrow = places([1.0] * 3, 10.0)
    mixed = Sites(**(vars(narrow) | numbers(link_gb_per_s=[1000.0, 10.0, 1000.0])))
    for way in every_way(3):
        assert float(way.step_s(mixed, step())) == pytest.approx(float(way.step_s(narrow, step())), rel=1e-14)


def test_streaming_diloco_takes_the_published_hours() -> None:
    """A billion parameters on two workers at 1 Gbit/s, 25 billion tokens: 109 hours for data-parallel (16 bits, nothing hidden), 0.88 for
    streaming (4 bits, 8 fragments, H = 100, each hidden behind one step); 0.67 with no network.

    Steps are not in that table; a batch of 2^20 tokens is taken, one number for both rows, and no fragment's growth of progress.
    Source: Douillard et al. 2025, arXiv 2501.18512, table 1 and section 3.
    """
    steps = 25e9 / 2**20
    alone = jnp.asarray(0.67 * HOUR / steps)
    sites = places([1.0, 1.0], link=0.125, latency=0.0)
    gradients, changes = (exchanged_gb(jnp.asarray(1e9), jnp.asarray(bits)) for bits in (16.0, 4.0))
    every = Synchronous(gradients, jnp.zeros(2), jnp.asarray(0.0))
    streaming = seldom(fragments_count=8.0, hidden_steps_count=1.0, delta_gb=float(changes))
    assert float(every.step_s(sites, alone)) * steps / HOUR == pytest.approx(109, rel=0.03)
    assert float(streaming.step_s(sites, alone)) * steps / HOUR == pytest.approx(0.88, abs=0.005)


def test_a_fragment_hides_no_longer_than_until_the_next() -> None:
    """More hidden steps than there are between fragments change nothing: the link is busy all the time."""
    sites = places([1.0, 1.0], link=1.0)
    times = [float(seldom(fragments_count=10.0, hidden_steps_count=hidden).step_s(sites, step())) for hidden in (5.0, 10.0, 90.0)]
    assert times[0] > times[1] == times[2]
    assert times[2] * 100 >= 500.0


def test_pipeline_against_a_clock() -> None:
    """Micro-batches through three stages, each begun when the stage is free and its input is there; forward and back alike."""
    sites, way = places([1.0] * 3, 500.0, 0.25), by_layers(micro_batches_count=8.0, overlap_share=0.0)
    micro, passing = 10.0 / 8 / 2, 2000.0 / 8 / 500.0
    ready = np.zeros((3, 8))
    for stage in range(3):
        for batch in range(8):
            arrived = ready[stage - 1, batch] + 0.25 if stage else 0.0
            free = ready[stage, batch - 1] if batch else 0.0
            ready[stage, batch] = max(arrived, free) + micro + passing
    assert float(way.step_s(sites, step())) == pytest.approx(2 * ready[-1, -1], rel=1e-12)


def test_failures_of_one_campus_and_of_four() -> None:
    """Two gigawatts in one place or in four: sites that train alone fail alone, so good links can leave more of four than one has."""
    fleet = Reliability(**numbers(
        chip_failures_per_s=2e-9, run_failures_per_s=0.0, checkpoint_s=5.0, restart_s=60.0
    ))  # fmt: skip
    one, four = places([1000.0]), places([250.0] * 4, link=1000.0)
    campus = float(together(1).useful_share(one, step(), fleet))
    assert campus == pytest.approx(float(fleet.goodput(jnp.asarray(1e6))))
    assert 0.5 * campus < float(together(4, 0.9).useful_share(four, step(), fleet)) < campus
    assert float(seldom().goodput(four, fleet)) == pytest.approx(float(fleet.goodput(jnp.asarray(2.5e5))))
    assert float(seldom().useful_share(four, step(), fleet)) > campus
    assert float(seldom(loss_exponent=2.0).useful_share(four, step(), fleet)) < campus
    assert float(by_layers().useful_share(four, step(), fleet)) < campus


def test_what_is_exposed() -> None:
    """Nothing of nothing, all of it without a window, what goes beyond where it goes far beyond, and always more of more."""
    busy, window = jnp.linspace(0.0, 30.0, 301), jnp.full(301, 10.0)
    left = exposed_s(busy, window)
    assert float(left[0]) == 0.0
    assert float(left[-1]) == pytest.approx(20.0, rel=1e-4)
    assert float(left[100]) == pytest.approx(np.log(2.0), rel=1e-3)
    assert bool(jnp.all(jnp.diff(left) > 0))
    np.testing.assert_array_equal(exposed_s(busy, 0.0 * window), busy)
    assert bool(jnp.all(jnp.isfinite(jax.vmap(jax.grad(exposed_s, argnums=1))(busy, 0.0 * window))))


def test_light_takes_five_microseconds_a_kilometer() -> None:
    """Two thirds of its speed in a vacuum; a longer route takes longer."""
    assert float(fiber_latency_s(jnp.asarray(1000.0), jnp.asarray(1.0))) == pytest.approx(4.897e-3, rel=1e-3)
    assert float(fiber_latency_s(jnp.asarray(1000.0), jnp.asarray(1.5))) == pytest.approx(7.345e-3, rel=1e-3)


def differences(function: Callable[[Sites], jax.Array], sites: Sites, name: str) -> np.ndarray:
    """Central differences of a function by one field of the sites."""
    value = np.asarray(getattr(sites, name), float)
    found = np.zeros(value.shape)
    for place in np.ndindex(value.shape):
        step = np.zeros(value.shape)
        step[place] = 1e-6 * value[place]
        ends = [float(function(Sites(**(vars(sites) | {name: jnp.asarray(value + side * step)})))) for side in (1, -1)]
        found[place] = (ends[0] - ends[1]) / (2 * step[place])
    return found


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_slopes_are_those_of_the_share(kind: int) -> None:
    """By compute, split, links and distance of three unequal sites, jitted; and a batch of links at once."""
    way = every_way(3)[kind]
    sites = Sites(**numbers(
        chips_count=[3e3, 2e3, 1e3], compute_eflops=[3.0, 2.0, 1.1], work_weight=[3.1, 2.0, 1.0], link_gb_per_s=[300.0, 200.0, 250.0],
        latency_s=0.02,
    ))  # fmt: skip
    slopes = jax.jit(jax.grad(lambda some: way.share(some, step())))(sites)
    for name in ("compute_eflops", "work_weight", "link_gb_per_s", "latency_s"):
        by_hand = differences(lambda some: way.share(some, step()), sites, name)
        np.testing.assert_allclose(getattr(slopes, name), by_hand, rtol=1e-4, atol=1e-9)
        assert np.any(by_hand != 0)
    many = jax.vmap(lambda link: way.share(Sites(**(vars(sites) | {"link_gb_per_s": jnp.full(3, link)})), step()))(jnp.asarray([10.0, 1e3]))
    assert float(many[0]) < float(many[1])
