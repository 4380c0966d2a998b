"""Measured utilization, the research rate and what is left of a programme, by hand."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.param import axes
from capexmodel.training.utilization import Programme, Research, Utilization


def utilization() -> Utilization:
    """It falls from 0.45 with the power of 0.3, from 16 EFLOP/s on."""
    return Utilization(*(jnp.asarray(value) for value in (0.45, 16.0, 0.3, 0.0025)))


def research(ratio: float = 1.5, exponent: float = 0.65, by_head: float = 0.4) -> Research:
    """Experiments weigh 0.65, people 0.35, in balance at 0.4 each."""
    return Research(*(jnp.asarray(value) for value in (ratio, exponent, by_head)))


@pytest.mark.parametrize("run", [0.0, 4.0, 16.0, 48.0])
def test_utilization_falls_as_a_power_of_scale(run):
    assert float(utilization().mfu_at(jnp.asarray(run))) == pytest.approx(0.45 * (1 + run / 16) ** -0.3, rel=1e-14)


def test_the_rate_of_research_is_a_power_of_compute_times_one_of_people():
    """200 heads are in balance with 80: rate = mfu E (E / 80 + 0.001)^(0.65 - 1)."""
    found = research().useful_eflops(jnp.asarray([20.0, 160.0]), jnp.asarray([200.0, 200.0]), jnp.asarray(0.45))
    np.testing.assert_allclose(found, [0.45 * 20 * 0.251**-0.35, 0.45 * 160 * 2.001**-0.35], rtol=1e-13)


def test_less_than_one_head_counts_as_one():
    found = research().useful_eflops(jnp.asarray([3.0, 3.0, 3.0]), jnp.asarray([0.0, 0.5, 1.5]), jnp.asarray(0.45))
    expected = [0.45 * 3 * 7.501**-0.35, 0.45 * 3 * 7.501**-0.35, 0.45 * 3 * 5.001**-0.35]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_without_experiments_the_rate_is_nothing_and_its_slope_is_finite():
    rate = jax.grad(lambda experiments: research().useful_eflops(experiments, jnp.asarray(200.0), jnp.asarray(0.45)))
    assert float(research().useful_eflops(jnp.asarray(0.0), jnp.asarray(200.0), jnp.asarray(0.45))) == 0.0
    assert float(rate(jnp.asarray(0.0))) == pytest.approx(0.45 * 0.001**-0.35, rel=1e-12)


def test_work_that_is_left_is_what_is_not_done():
    numbers = {"work_eflop": [500.0, 800.0], "done": [0.2, 0.65]}
    fields = {}
    for field in dataclasses.fields(Programme):
        shape = tuple({"job": 2, "site": 3}[axis] for axis in axes(Programme, field.name))
        fields[field.name] = jnp.asarray(numbers.get(field.name, np.full(shape, 0.3)))
    jobs = Programme(**(fields | {"names": ("one", "other"), "deadlined": (True, False)}))
    np.testing.assert_allclose(jobs.remaining_eflop(), [400.0, 280.0], rtol=1e-14)
