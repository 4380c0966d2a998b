"""One campus of two gigawatts or four of half of one: limits, the same steps as in plans, what a reach does, and slopes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.model.scenario import Scenario
from capexmodel.training.campuses import alone_s, every_step, reach, resized, sites_of, useful_eflops
from capexmodel.training.layout import Job
from capexmodel.training.recipe import flop_utilization
from capexmodel.training.sites import AbstractSpread, LowCommunication, Sites, exchanged_gb, fiber_latency_s

POWER_W = 2e9
SEPARATE = {"inner_steps_count": 100.0, "fragments_count": 1.0, "hidden_steps_count": 0.0}


@pytest.fixture(scope="module")
def timed() -> Scenario:
    """A shipped scenario whose runs are timed."""
    return load("greenfield")


def campuses(scenario: Scenario, number: int, link: float = 1000.0, kilometers: float = 500.0) -> tuple[Job, Sites]:
    """Two gigawatts at the meter, filled with GB300, on so many equal campuses; the half-million recipe on that many chips."""
    chip_w = scenario.accelerator.it_power_w[scenario.accelerator.names.index("GB300")] * scenario.site.peak_pue[0]
    chips = POWER_W / chip_w
    job = resized(jax.tree.map(lambda leaf: leaf[4], scenario.recipe.jobs(scenario.shape)), chips)
    latency = fiber_latency_s(jnp.asarray(kilometers), jnp.asarray(1.3))
    return job, sites_of(jnp.full(number, chips / number), scenario.chip, jnp.full(number, link), latency)


def seldom(job: Job, loss_exponent: float) -> LowCommunication:
    """A hundred steps alone, then what changed in four bits."""
    settings = {name: jnp.asarray(value) for name, value in SEPARATE.items()}
    changed = exchanged_gb(job.shape.parameters_count, jnp.asarray(4.0))
    return LowCommunication(**settings, delta_gb=changed, loss_exponent=jnp.asarray(loss_exponent))


def yielded(scenario: Scenario, way: AbstractSpread, sites: Sites, job: Job) -> float:
    """Useful compute over these sites."""
    return float(useful_eflops(way, sites, job, scenario.chip, scenario.efficiency, scenario.reliability))


def test_one_campus_is_what_a_plan_counts(timed: Scenario) -> None:
    """Of one site at the size of a recipe: peak x utilization x goodput, as plans have it, whatever its link."""
    job = jax.tree.map(lambda leaf: leaf[4], timed.recipe.jobs(timed.shape))
    sites = sites_of(job.chips_count[None], timed.chip, jnp.asarray([1e-3]), jnp.asarray(10.0))
    mfu = flop_utilization(timed.recipe, timed.shape, timed.chip, timed.efficiency)[4]
    wanted = job.chips_count * timed.chip.peak_eflops * mfu * timed.reliability.goodput(job.chips_count)
    for way in (every_step(job, timed.chip, timed.efficiency, sites), seldom(job, 0.1)):
        assert yielded(timed, way, sites, job) == pytest.approx(float(wanted), rel=1e-9)


def test_one_large_campus_or_four_small_ones(timed: Scenario) -> None:
    """Every step over a terabyte a second of fiber loses to one campus; seldom, four lose little, and gain where progress costs nothing:
    a failure stops one campus then, not all. A narrow fiber leaves exchange at every step next to nothing."""
    job, one = campuses(timed, 1)
    _, four = campuses(timed, 4)
    _, narrow = campuses(timed, 4, link=10.0)
    alone = yielded(timed, every_step(job, timed.chip, timed.efficiency, one), one, job)
    always = yielded(timed, every_step(job, timed.chip, timed.efficiency, four), four, job)
    assert 0.3 < always / alone < 1.0
    assert yielded(timed, every_step(job, timed.chip, timed.efficiency, narrow), narrow, job) < 0.05 * alone
    assert yielded(timed, seldom(job, 0.0), four, job) > alone
    assert 0.8 < yielded(timed, seldom(job, 0.2), four, job) / alone < 1.0
    assert yielded(timed, seldom(job, 0.2), four, job) > yielded(timed, seldom(job, 0.2), narrow, job)


def test_a_reach_says_what_all_sites_yield(timed: Scenario) -> None:
    """Compute at the first campus and, times the reach, at the others is what a plan counts: it yields what all yield together."""
    job, four = campuses(timed, 4)
    step_s = alone_s(job, timed.chip, timed.efficiency)
    way = every_step(job, timed.chip, timed.efficiency, four)
    got = float(reach(way, four, step_s, timed.reliability))
    counted = (1.0 + 3.0 * got) / 4.0
    assert 0.0 < got < 1.0
    assert counted == pytest.approx(float(way.share(four, step_s)), rel=1e-12)
    _, narrow = campuses(timed, 4, link=1.0)
    assert float(reach(every_step(job, timed.chip, timed.efficiency, narrow), narrow, step_s, timed.reliability)) == 0.0
    _, endless = campuses(timed, 4, link=np.inf, kilometers=0.0)
    assert float(reach(every_step(job, timed.chip, timed.efficiency, endless), endless, step_s, timed.reliability)) == pytest.approx(1.0)


@pytest.mark.parametrize("separate", [False, True])
def test_a_reach_has_the_slope_of_its_differences(timed: Scenario, separate: bool) -> None:
    """In the fiber between sites, the links within, failures and memory: forward differences agree, and signs are what they must be."""
    job, four = campuses(timed, 4)

    def worth(numbers: jax.Array) -> jax.Array:
        factor = dict(zip(("link", "chip", "failures"), numbers, strict=True))
        chip = jax.tree.map(lambda leaf: leaf, timed.chip)
        chip = type(chip)(**{**vars(chip), "scaleout_gb_per_s": chip.scaleout_gb_per_s * factor["chip"]})
        rare = type(timed.reliability)(**{
            **vars(timed.reliability), "chip_failures_per_s": timed.reliability.chip_failures_per_s * factor["failures"]
        })  # fmt: skip
        sites = sites_of(four.chips_count, chip, four.link_gb_per_s * factor["link"], four.latency_s)
        way = seldom(job, 0.2) if separate else every_step(job, chip, timed.efficiency, sites)
        return useful_eflops(way, sites, job, chip, timed.efficiency, rare)

    here, step = jnp.ones(3), 1e-5
    slope = np.asarray(jax.grad(worth)(here))
    differences = [float(worth(here + step * way) - worth(here - step * way)) / (2.0 * step) for way in np.eye(3)]
    np.testing.assert_allclose(slope, differences, rtol=1e-5)
    assert (np.sign(slope) == [1.0, 1.0, -1.0]).all()
