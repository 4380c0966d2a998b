"""Random scenarios and allocations of a fixed shape, so that a law costs no recompilation."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.config import load
from capexmodel.model.allocation import Allocation
from capexmodel.model.leaves import Leaf, leaves
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome, simulate
from capexmodel.param import params
from capexmodel.planning.choice import nothing

run = eqx.filter_jit(simulate)


@functools.cache
def shipped(name: str) -> Scenario:
    """A shipped scenario, read once."""
    return load(name)


def declared(scenario: Scenario, leaf: Leaf):
    """The declaration of a leaf."""
    return params(getattr(scenario, leaf.table))[leaf.field]


def scenario_near(name: str, seed: int, width: float = 0.2) -> Scenario:
    """A shipped scenario with every number moved by up to `width` of itself, inside its declared bounds; zeros of time move by days.

    Numbers that a bound would stop are moved towards the inside, so that none sits on a bound by accident.
    """
    base, rng = shipped(name), np.random.default_rng(seed)
    tables = {}
    for table in sorted({leaf.table for leaf in leaves(base)}):
        part = getattr(base, table)
        for field, promise in params(part).items():
            value = np.asarray(getattr(part, field))
            if promise.dates and field.endswith("at_s"):
                continue
            factor = 1.0 + width * rng.uniform(-1.0, 1.0, value.shape)
            moved = value * factor
            if field in ("slip_s", "power_slip_s"):
                moved = value + 86400.0 * 20.0 * rng.uniform(0.2, 1.0, value.shape)
            tops = [b for b in (promise.le, promise.lt) if b is not None]
            if tops:
                moved = np.where(moved >= min(tops), value * (1.0 - width * rng.uniform(0.05, 1.0, value.shape)), moved)
            if promise.ge is not None and promise.ge > 0:
                moved = np.where(moved <= promise.ge, promise.ge + (np.abs(value - promise.ge) + 0.01) * factor, moved)
            tables[table, field] = jnp.asarray(moved)
    keys = list(tables)
    return eqx.tree_at(lambda s: [getattr(getattr(s, t), f) for t, f in keys], base, [tables[k] for k in keys])


def allocation_for(scenario: Scenario, seed: int) -> Allocation:
    """A random allocation: dollars of the size of the envelope, shares that leave something to everybody."""
    rng = np.random.default_rng(seed + 10_000)
    orders = nothing(scenario).orders
    open_site = np.asarray(scenario.site.open, float)
    decisions = len(scenario.calendar.decisions)
    yearly = float(jnp.max(scenario.envelope.high_usd)) / decisions

    def money(shape, share):
        return jnp.asarray(rng.uniform(0.2, 1.0, shape) * open_site[:, None] * share * yearly / shape[0])

    jobs = len(scenario.job.names)
    return Allocation(
        chips_usd=money(orders.chips_count.shape, 0.5),
        hall_usd=money(orders.hall_w.shape, 0.3),
        source_usd=money(orders.source_w.shape, 0.1),
        energy_share=jnp.asarray(rng.uniform(0.0, 1.0, orders.energy_j.shape)),
        ports_usd=jnp.asarray(rng.uniform(0.2, 1.0, orders.ports_count.shape) * open_site[:, None] * 0.3 * yearly),
        reserve_usd=jnp.asarray(rng.uniform(0.0, 0.1, orders.reserve_usd.shape) * yearly),
        rented_count=jnp.asarray(rng.uniform(0.0, 2e4, orders.rented_count.shape)),
        hires_count=jnp.asarray(rng.uniform(0.0, 0.05, orders.hires_count.shape)) * scenario.staff.headcount_count,
        taken=jnp.ones_like(orders.taken),
        run_share=jnp.asarray(rng.uniform(0.1, 0.3, orders.run_eflops.shape) / jobs) * (scenario.job.reach > 0)[:, :, None],
        experiment_share=jnp.asarray(rng.uniform(0.5, 0.95, orders.experiment_eflops.shape)),
    )


def outcome_of(name: str, seed: int) -> tuple[Scenario, Allocation, Outcome]:
    """A random scenario with a random allocation and what follows."""
    scenario = scenario_near(name, seed)
    allocation = allocation_for(scenario, seed)
    return scenario, allocation, run(scenario, allocation)


def finite(tree) -> bool:
    """Whether every number in a tree is finite."""
    return all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_inexact_array)))
