"""Time of a step against closed forms, its bounds, and its slopes."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capexmodel.config.rows import shipped_rows
from capexmodel.config.runs import names_of, runs_of
from capexmodel.config.training import prior
from capexmodel.training.calibration import Unknowns, efficiency_of
from capexmodel.training.chip import Chip, Reached
from capexmodel.training.layer_time import product_s
from capexmodel.training.smooth import exposed_s, larger
from capexmodel.training.step_time import step_time, tokens_per_s_per_chip
from capexmodel.training.transformer import CAUSAL
from tests.runs import changed, chip, efficiency, job, perfect

FADING = 0.1
"""Share of a window over which what is hidden turns into exposed."""
CUTS = [{}, {"tensor": 4, "sequence_share": 1.0}, {"pipeline": 4, "chunk": 2}, {"data": 8, "sharding": 3}, {"context": 4}]


def fast() -> Chip:
    """A chip that is bound by its arithmetic."""
    return chip(memory_gb_per_s=1e12, scaleup_gb_per_s=1e12, scaleout_gb_per_s=1e12)


def seconds(run, sheet, reached) -> float:
    """The whole step as a plain number."""
    return float(step_time(run, sheet, reached).total_s)


def test_perfect_software_needs_the_work_over_the_peak() -> None:
    """Without losses a step is its products and its attention: six FLOP by parameter, and 3.5 times the forward core."""
    run = job()
    shape, tokens = run.shape, 64 * 4096
    core = float(shape.attention_flop(4096.0, CAUSAL.seen))
    work = float(shape.training_flop(4096.0, CAUSAL)) + 0.5 * core
    assert seconds(run, fast(), perfect()) == pytest.approx(work * tokens / 1e15, rel=1e-6)


def test_computing_layers_again_adds_a_forward_pass() -> None:
    """Full recomputation is one more forward pass of all layers, not of the output table."""
    plain, again = (seconds(job(recomputed_share=share), fast(), perfect()) for share in (0.0, 1.0))
    shape = job().shape
    layers = 2.0 * float(shape.multiplied_parameters_count - shape.hidden_count * shape.vocabulary_count)
    layers += float(shape.attention_flop(4096.0, CAUSAL.seen))
    assert again - plain == pytest.approx(layers * 64 * 4096 / 1e15, rel=1e-6)


def test_computing_cores_again_adds_one_more_of_each() -> None:
    """Selective recomputation is one more forward core of attention in each layer: Korthikanti et al. 2022, section 5."""
    plain, again = (seconds(job(core_share=share), fast(), perfect()) for share in (0.0, 1.0))
    core = float(job().shape.attention_flop(4096.0, CAUSAL.seen))
    assert again - plain == pytest.approx(core * 64 * 4096 / 1e15, rel=1e-6)


def test_a_bubble_is_its_closed_form() -> None:
    """Idle time over busy time is (stages - 1) / (chunks x passes): Narayanan et al. 2021, section 2.2."""
    for chunks in (1, 4):
        parts = step_time(job(pipeline=8, chunk=chunks, batch=32.0), fast(), perfect())
        busy = float(parts.total_s - parts.bubble_s)
        assert float(parts.bubble_s) / busy == pytest.approx(7 / (chunks * 32), rel=1e-9)


def test_experts_that_are_not_chosen_take_no_time() -> None:
    """A mixture's products are those of the parameters its tokens meet, and of its router's nothing."""
    run = job(experts=True)
    router = 7 * 4096 * 16
    met = float(run.shape.multiplied_parameters_count) - router
    core = 3.5 * float(run.shape.attention_flop(4096.0, CAUSAL.seen))
    assert seconds(run, fast(), perfect()) == pytest.approx((6.0 * met + core) * 64 * 4096 / 1e15, rel=1e-6)


def test_a_product_is_bound_by_arithmetic_or_by_memory() -> None:
    """Large products take their arithmetic, thin ones the time their matrix takes to read."""
    software = perfect()
    reached = Reached.of(chip(), software)
    wide = float(product_s((jnp.asarray(8192.0), jnp.asarray(8192.0), jnp.asarray(8192.0)), reached, software, software.rows_half_count))
    assert wide == pytest.approx(2 * 8192**3 / 1e15, rel=1e-3)
    thin = float(product_s((jnp.asarray(1.0), jnp.asarray(8192.0), jnp.asarray(8192.0)), reached, software, software.rows_half_count))
    assert thin == pytest.approx(2 * 8192**2 / 3e12, rel=1e-2)


def test_larger_is_the_larger_where_they_are_apart() -> None:
    """Smooth where times meet, exact where one is much the larger, and nothing for nothing."""
    assert float(larger(jnp.asarray(3.0), jnp.asarray(0.0))) == 3.0
    assert float(larger(jnp.asarray(1e-30), jnp.asarray(1e-20))) == pytest.approx(1e-20)
    assert float(larger(jnp.asarray(1.0), jnp.asarray(1.0))) == pytest.approx(2**0.25)
    assert np.isfinite(jax.grad(lambda x: larger(x, 0.0 * x))(jnp.asarray(0.0)))


@settings(max_examples=300, deadline=None)
@given(st.floats(1e-6, 1e3), st.floats(1e-6, 1.0))
def test_L21_L22_smooth_times_are_beside_the_sharp_ones_and_go_to_them_at_their_rate(large_s: float, ratio: float) -> None:
    """The larger of two is above it by a quarter of the fourth power of their ratio at most; what is exposed, by a tenth of a window's
    part in log 2, which falls as the exponential of what lies between."""
    beyond = float(larger(jnp.asarray(large_s), jnp.asarray(ratio * large_s))) / large_s - 1.0
    assert -1e-15 <= beyond <= 0.25 * ratio**4 + 1e-15
    sharp_s, apart = max(large_s - ratio * large_s, 0.0), (1.0 - ratio) / (FADING * ratio)
    over = float(exposed_s(jnp.asarray(large_s), jnp.asarray(ratio * large_s))) - sharp_s
    width_s = FADING * ratio * large_s
    assert abs(over) <= width_s * math.exp(-min(apart, 1.0 / FADING)) + 1e-12 * large_s
    under = float(exposed_s(jnp.asarray(ratio * large_s), jnp.asarray(large_s)))
    assert 0.0 <= under <= FADING * large_s * min(math.log(2.0), math.exp(-(1.0 - ratio) / FADING)) + 1e-15


def test_larger_has_the_slope_of_its_formula() -> None:
    """The cube of each time over that of the result, the same forward and back; its own slope is that of differences; none at nothing."""
    one, other = jnp.asarray(3.0), jnp.asarray(2.0)
    result = (3.0**4 + 2.0**4) ** 0.25
    for slope in (jax.jacfwd, jax.jacrev):
        assert [float(each) for each in slope(larger, (0, 1))(one, other)] == pytest.approx([27 / result**3, 8 / result**3], rel=1e-14)
    assert float(jax.grad(jax.grad(larger))(one, other)) == pytest.approx(3 * 9 / result**3 * (1 - (3 / result) ** 4), rel=1e-13)
    assert [float(each) for each in jax.grad(larger, (0, 1))(jnp.zeros(()), jnp.zeros(()))] == [0.0, 0.0]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("experts", [False, True])
def test_every_part_takes_time_and_none_is_negative(cut: dict[str, float], experts: bool) -> None:
    """Parts are at least zero and add up to the step."""
    parts = step_time(job(experts, **cut), chip(), efficiency())
    numbers = [float(leaf) for leaf in jax.tree.leaves(parts)]
    assert min(numbers) >= 0.0
    assert sum(numbers) == pytest.approx(float(parts.total_s))


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", ["peak_eflops", "attention_eflops", "memory_gb_per_s", "scaleup_gb_per_s", "scaleout_gb_per_s"])
def test_a_better_chip_is_no_slower(cut: dict[str, float], name: str) -> None:
    """More peak or bandwidth never makes a step longer, and the slope is that of the difference."""
    run, sheet, reached = job(True, **cut), chip(), efficiency()

    def total(value: jax.Array) -> jax.Array:
        return step_time(run, dataclasses.replace(sheet, **{name: value}), reached).total_s

    at = getattr(sheet, name)
    slope = float(jax.grad(total)(at))
    step = 1e-4 * float(at)
    difference = (float(total(at + step)) - float(total(at - step))) / (2 * step)
    assert slope <= 0.0
    assert slope == pytest.approx(difference, rel=1e-4, abs=1e-9 * float(total(at)) / float(at))


def test_no_published_run_is_faster_than_its_peak() -> None:
    """What software is believed to reach leaves every published run below the dense peak of its chips."""
    rows = shipped_rows()
    runs = runs_of(rows, names_of(rows))
    believed = prior()
    unknowns = Unknowns.none(names_of(rows).sizes, believed)
    reached = jax.vmap(lambda kinds: efficiency_of(believed, unknowns, kinds))(runs.kinds)
    rate = jax.vmap(tokens_per_s_per_chip)(runs.jobs, runs.chips, reached)
    work = jax.vmap(lambda run: run.shape.training_flop(run.sequence_count, CAUSAL))(runs.jobs)
    share = np.asarray(rate * work / 1e18 / runs.chips.peak_eflops)
    assert share.max() < 1.0
    assert share.min() > 0.0


def test_layouts_side_by_side_are_layouts_one_by_one() -> None:
    """A batch of layouts gives what each gives alone."""
    runs = [job(True, **cut) for cut in CUTS]
    beside = jax.vmap(lambda run: step_time(run, chip(), efficiency()).total_s)(jax.tree.map(lambda *leaves: jnp.stack(leaves), *runs))
    assert np.asarray(beside) == pytest.approx([seconds(run, chip(), efficiency()) for run in runs], rel=1e-12)


def test_more_chips_straggle_more() -> None:
    """The slowest of many chips costs something at each doubling, and nothing within a node."""
    reached = efficiency()
    alone, many = (step_time(changed(job(data=8), chips_count=count), chip(), reached) for count in (8.0, 8192.0))
    assert float(alone.straggler_s) == 0.0
    assert float(many.straggler_s / (many.total_s - many.straggler_s)) == pytest.approx(10 * float(reached.straggler_ratio))
