"""A function run by NumPy, primitive by primitive, gives what JAX gives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks.arrays import Program
from capexmodel.model.simulate import simulate
from capexmodel.studies.outputs import read
from tests import sweeping


def test_a_function_of_many_kinds_of_primitives() -> None:
    def function(row: jax.Array) -> jax.Array:
        table = jnp.cumsum(jnp.outer(row, jnp.arange(3.0)), axis=0)
        picked = jnp.where(row > 1.0, jnp.exp(-row), jnp.log1p(row))
        return jnp.concatenate([table[1:, ::2].ravel(), picked @ jnp.ones((4, 2)), jnp.max(table, axis=0), row[:1] ** 3])

    rows = np.random.default_rng(0).uniform(0.1, 2.0, (8, 4))
    program = Program(jax.vmap(function), 8, 4)
    np.testing.assert_allclose(program(rows), jax.vmap(function)(rows), rtol=1e-13)


@pytest.mark.long
def test_the_whole_model_is_the_same() -> None:
    task = sweeping.task()
    plan = sweeping.plan(task.scenario)

    def one(numbers: jax.Array) -> jax.Array:
        scenario = task.scenario
        for place, leaf in enumerate(task.grid.leaves):
            scenario = leaf.write(scenario, numbers[place])
        return read(scenario, simulate(scenario, plan))

    index = jnp.arange(0, 3600, 450)
    rows = np.asarray(task.grid.rows(index))
    found = Program(jax.vmap(one), len(rows), rows.shape[1])(rows)
    np.testing.assert_allclose(found, np.asarray(task.engine().at(np.asarray(index))[0])[: len(rows)], rtol=1e-11)
