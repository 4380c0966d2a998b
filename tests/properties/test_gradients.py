"""Gradients of dates and of work in every given number: equal to finite differences, the same forwards as backwards, never NaN."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.leaves import leaves
from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import simulate
from tests.draws import allocation_for, finite, run, scenario_near, shipped

SCENARIOS = 100
TOLERANCE = 1e-5
FLOOR = 1e-6
"""A gradient below this share of value / number is held to that share instead: it is nothing to anybody."""
STEPS = (1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
"""Relative steps of the four-point difference, tried in turn: its own error is the fourth power of the step, or, where a second derivative
jumps within it, the step itself; rounding of a date adds 1e-9 of the gradient's size over the step."""


def readings(scenario: Scenario, allocation) -> jax.Array:
    """Dates of every model, and the work done by the horizon."""
    outcome = simulate(scenario, allocation)
    durations = jnp.diff(scenario.calendar.period_edges_s)
    return jnp.concatenate([outcome.training.date_s, outcome.training.run_useful_eflops @ durations])


read = eqx.filter_jit(readings)
jacobian = eqx.filter_jit(lambda s, a: jax.jacrev(readings)(s, a))


def numbers(scenario: Scenario):
    """The leaves whose step is defined: each number that is not zero."""
    return [leaf for leaf in leaves(scenario) if float(leaf.read(scenario)) != 0.0]


@eqx.filter_jit
def shifted(scenario: Scenario, allocation, offsets: dict) -> jax.Array:
    """Readings with some numbers shifted, one row a shift."""

    def one(offset):
        moved = eqx.tree_at(lambda s: [getattr(getattr(s, t), f) for t, f in offset], scenario, [
            getattr(getattr(scenario, t), f) + value for (t, f), value in offset.items()
        ])  # fmt: skip
        return readings(moved, allocation)

    return jax.lax.map(one, offsets, batch_size=64)


def differences(scenario: Scenario, allocation, chosen, step: float):
    """Four-point central differences in each chosen leaf, and how far its one-sided and its two central slopes disagree: one row a leaf."""
    factors = (-2.0, -1.0, 1.0, 2.0)
    fields = sorted({(leaf.table, leaf.field) for leaf in chosen})
    sizes = {key: np.shape(getattr(getattr(scenario, key[0]), key[1])) for key in fields}
    offsets = {key: np.zeros((len(chosen) * 4, *sizes[key])) for key in fields}
    width = np.array([abs(float(leaf.read(scenario))) * step for leaf in chosen])
    for row, leaf in enumerate(chosen):
        for k, factor in enumerate(factors):
            offsets[leaf.table, leaf.field][(row * 4 + k, *leaf.index)] = factor * width[row]
    values = np.asarray(shifted(scenario, allocation, {k: jnp.asarray(v) for k, v in offsets.items()})).reshape(len(chosen), 4, -1)
    base = np.asarray(read(scenario, allocation))[None]
    far, near = values[:, 3] - values[:, 0], values[:, 2] - values[:, 1]
    h = width[:, None]
    ahead, behind = (values[:, 2] - base) / h, (base - values[:, 1]) / h
    return (8.0 * near - far) / (12.0 * h), np.maximum(np.abs(ahead - behind), 20.0 * np.abs(near / (2.0 * h) - far / (4.0 * h)))


def compare(name: str, seed: int) -> tuple[int, int, list[str]]:
    """Count gradients checked, those beside a kink, and name those that are wrong."""
    scenario = scenario_near(name, seed)
    allocation = allocation_for(scenario, seed)
    slopes = jacobian(scenario, allocation)
    value = np.asarray(read(scenario, allocation))
    chosen = numbers(scenario)
    exact = np.stack([np.asarray(getattr(getattr(slopes, leaf.table), leaf.field))[(slice(None), *leaf.index)] for leaf in chosen])
    assert np.isfinite(exact).all()
    natural = np.abs(value[None] / np.array([float(leaf.read(scenario)) for leaf in chosen])[:, None])
    allowed = TOLERANCE * np.maximum(np.abs(exact), FLOOR * natural)
    bad = np.ones_like(exact, bool)
    for step in STEPS:
        finer, bend = differences(scenario, allocation, chosen, step)
        bad &= np.abs(finer - exact) > allowed
        if not bad.any():
            return exact.size, 0, []
    bent = bend > 1e-3 * np.maximum(np.abs(exact), FLOOR * natural)
    wrong = [f"{leaf.path}: {e} against {f}" for leaf, e, f, w in zip(chosen, exact, finer, bad & ~bent, strict=True) if w.any()]
    return exact.size, int((bad & bent).sum()), wrong


@pytest.mark.parametrize("name", ["greenfield", "meta_2026"])
def test_gradients_equal_finite_differences(name):
    checked = kinks = 0
    for seed in range(SCENARIOS):
        total, bent, wrong = compare(name, seed)
        assert wrong == []
        checked, kinks = checked + total, kinks + bent
    assert kinks <= 0.01 * checked, f"{kinks} of {checked} gradients stand beside a kink"


@pytest.mark.long
@pytest.mark.parametrize("name", ["one_period", "greenfield", "meta_2026"])
def test_L53_forward_and_reverse_agree(name):
    scenario = scenario_near(name, 3)
    allocation = allocation_for(scenario, 3)
    numbers_only, rest = eqx.partition(scenario, eqx.is_inexact_array)
    keys = jax.tree.leaves(numbers_only)
    rng = np.random.default_rng(0)
    finite = [jnp.where(jnp.isfinite(k), k, 0.0) for k in keys]  # what is infinite for want of a limit stays so
    direction = jax.tree.unflatten(jax.tree.structure(numbers_only), [jnp.asarray(rng.normal(size=k.shape)) * k for k in finite])

    def value(n):
        return readings(eqx.combine(n, rest), allocation)

    _, forward = jax.jit(lambda n, d: jax.jvp(value, (n,), (d,)))(numbers_only, direction)
    reverse = jax.jit(jax.jacrev(value))(numbers_only)
    pairs = zip(jax.tree.leaves(reverse), jax.tree.leaves(direction), strict=True)
    terms = [jnp.sum(r * d[None], axis=tuple(range(1, r.ndim))) for r, d in pairs]
    size = sum(jnp.abs(t) for t in terms)
    np.testing.assert_allclose(forward, sum(terms), atol=1e-12 * float(jnp.max(size)), rtol=1e-10)


@pytest.mark.long
@pytest.mark.parametrize("name", ["one_period", "greenfield"])
def test_L56_curvature_is_symmetric(name):
    """Of dates and work along two directions: each way round, and as the slope along one of the slope along the other."""
    scenario = scenario_near(name, 4)
    allocation = allocation_for(scenario, 4)
    inexact, rest = eqx.partition(scenario, eqx.is_inexact_array)
    weight = jnp.cos(jnp.arange(len(np.asarray(read(scenario, allocation))))) / jnp.asarray(read(scenario, allocation))
    rng = np.random.default_rng(1)
    one, other = (
        jax.tree.map(lambda k: jnp.asarray(rng.normal(size=k.shape)) * jnp.where(jnp.isfinite(k), k, 0.0), inexact) for _ in range(2)
    )

    def value(n):
        return weight @ readings(eqx.combine(n, rest), allocation)

    def bent(n, u):
        return jax.jvp(jax.grad(value), (n,), (u,))[1]

    def along(n, u, v):
        return jax.jvp(lambda m: jax.jvp(value, (m,), (u,))[1], (n,), (v,))[1]

    def terms(slopes, way):
        return np.asarray([float(jnp.sum(a * b)) for a, b in zip(jax.tree.leaves(slopes), jax.tree.leaves(way), strict=True)])

    curve = jax.jit(bent)
    there, back = terms(curve(inexact, one), other), terms(curve(inexact, other), one)
    size = max(np.abs(there).sum(), np.abs(back).sum())
    assert size > 0
    assert abs(there.sum() - back.sum()) <= 1e-9 * size
    assert abs(there.sum() - float(jax.jit(along)(inexact, one, other))) <= 1e-9 * size


def corners(name: str):
    """Scenarios and allocations at the corners of what is allowed."""
    scenario = shipped(name)
    allocation = allocation_for(scenario, 1)
    zero = jax.tree.map(jnp.zeros_like, allocation)
    equal = eqx.tree_at(lambda s: s.accelerator.price_usd, scenario, jnp.full_like(scenario.accelerator.price_usd, 5e4))
    site = scenario.site
    no_site = eqx.tree_at(
        lambda s: (s.site.fleet_count, s.site.hall_power_w, s.site.site_power_w),
        scenario,
        (site.fleet_count.at[0].set(0.0), site.hall_power_w.at[0].set(0.0), site.site_power_w.at[0].set(0.0)),
    )
    nobody = eqx.tree_at(lambda s: (s.staff.hiring_per_s, s.staff.attrition_per_s), scenario, (jnp.asarray(0.0), jnp.asarray(0.0)))
    nothing_left = eqx.tree_at(lambda s: s.job.done, scenario, jnp.ones_like(scenario.job.done))
    no_offer = eqx.tree_at(lambda s: s.supply.offered_count_per_s, scenario, jnp.zeros_like(scenario.supply.offered_count_per_s))
    no_budget = eqx.tree_at(lambda s: s.envelope.high_usd, scenario, jnp.zeros_like(scenario.envelope.high_usd))
    given = (scenario, equal, no_site, nobody, nothing_left, no_offer, no_budget)
    return [(s, a) for s in given for a in (allocation, zero)]


@pytest.mark.long
@pytest.mark.parametrize("name", ["one_period", "greenfield", "meta_2026"])
def test_L19_L57_corners_are_finite_and_their_gradients_too(name):
    both = eqx.filter_jit(lambda s, a: jax.jacrev(readings, argnums=0)(s, a))
    chosen = eqx.filter_jit(lambda s, a: jax.jacrev(lambda x: readings(s, x))(a))
    for scenario, allocation in corners(name):
        assert finite(run(scenario, allocation))
        assert finite(both(scenario, allocation))
        assert finite(chosen(scenario, allocation))
