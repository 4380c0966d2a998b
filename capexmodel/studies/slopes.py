"""Slopes of every room's functions beside differences, at the shipped figures, in all their numbers at once.

A direction is drawn in which every number changes by up to itself; the slope along it, forward and backward, stands beside the central
difference of the best of several steps. Leaves out plans and the least cost of power by the hour, whose values have kinks: their slopes are
held against re-solving and against other solvers' prices; and whole numbers, such as stages of a pipeline.

Source: Griewank and Walther, Evaluating Derivatives (2008), section 3.4 (products with a direction and with a weight agree).
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from capexmodel.components.lead_time import one_stage
from capexmodel.config.builds import builds
from capexmodel.config.lead_times import channels, ways
from capexmodel.config.load import load
from capexmodel.config.siting import climates, cooling, heat_pump, loops
from capexmodel.energy.climate import hours
from capexmodel.energy.cooling import cooled
from capexmodel.energy.heat import performance
from capexmodel.energy.power_chain import PowerChain
from capexmodel.finance.chip_hour import chip_usd_per_s
from capexmodel.finance.depreciation import StraightLine
from capexmodel.finance.valuation import Venture, ladder
from capexmodel.model.pace import pace
from capexmodel.studies.ownership import use, vintages
from capexmodel.training.recipe import flop_utilization
from capexmodel.training.scaling_laws import besiroglu
from capexmodel.units import scale

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)
"""Steps of differences, as shares of every number."""
SEED = 17
SCENARIO = "meta_2026"


@dataclasses.dataclass(frozen=True)
class Case:
    """A function of one room, and the numbers at which its slopes are looked at."""

    name: str
    function: Callable[[Any], Any]
    at: Any


@dataclasses.dataclass(frozen=True)
class Slope:
    """How far the slopes of a function are off: from differences, and forward from backward, as shares of the slope."""

    name: str
    off_differences: float
    off_backward: float


def slopes() -> list[Slope]:
    """Look at every function."""
    return [look(case) for case in cases()]


def look(case: Case) -> Slope:
    """Look at one."""
    numbers, rest = eqx.partition(case.at, eqx.is_inexact_array)
    rng = np.random.default_rng(SEED)
    way = jax.tree.map(lambda leaf: jnp.where(jnp.isfinite(leaf), leaf, 0.0) * jnp.asarray(rng.uniform(-1.0, 1.0, leaf.shape)), numbers)

    def values(numbers: Any) -> jax.Array:
        found = case.function(eqx.combine(numbers, rest))
        return jnp.concatenate([jnp.ravel(part) for part in jax.tree.leaves(eqx.filter(found, eqx.is_inexact_array))])

    run = jax.jit(values)
    here, along = jax.jit(lambda numbers, way: jax.jvp(values, (numbers,), (way,)))(numbers, way)
    size = np.maximum(np.abs(np.asarray(along)), _FAINT * np.max(np.abs(np.asarray(along))))
    off = np.full(size.shape, np.inf)
    for step in STEPS:
        ends = [run(jax.tree.map(lambda leaf, part, by=by: leaf + by * part, numbers, way)) for by in (step, -step)]
        off = np.minimum(off, np.abs(np.asarray((ends[0] - ends[1]) / (2.0 * step) - along)) / size)
    weight = jnp.asarray(rng.uniform(-1.0, 1.0, here.shape)) / jnp.asarray(size)
    back = jax.jit(lambda numbers: jax.grad(lambda numbers: weight @ values(numbers))(numbers))(numbers)
    backward = sum(float(jnp.vdot(one, other)) for one, other in zip(jax.tree.leaves(back), jax.tree.leaves(way), strict=True))
    forward = float(weight @ along)
    return Slope(case.name, float(off.max()), abs(backward - forward) / max(float(jnp.abs(weight) @ jnp.abs(along)), 1e-300))


_FAINT = 1e-6
"""Share of the largest slope of a function below which a slope is measured against that share: differences see no further."""


def cases() -> Iterator[Case]:
    """The functions, room by room."""
    yield from _finance()
    yield from _energy()
    yield from _training()


def _finance() -> Iterator[Case]:
    used, money = use()
    build = builds()["epoch_gb200"].build
    yield Case("finance.gigawatt: dollars a watt, by part", lambda one: one.parts(), build)
    yield Case("finance.chip_hour: dollars of a chip by time", lambda all_: chip_usd_per_s(*all_), (build, used, money))
    made = vintages()[0]
    ratio = jnp.full(len(made.names), 1.3)
    yield Case("finance.vintage: price of a system", lambda all_: all_[0].system_usd(*all_[1:]), (made, made.told_at_s + 3e7, ratio, ratio))
    year_s = float(scale("year"))
    line = StraightLine(jnp.asarray([0.6, 0.4]), jnp.asarray([0.75, 0.75]) * year_s, jnp.asarray([5.5, 27.0]) * year_s)
    edges, spent = year_s * jnp.arange(6.0), 1e9 * jnp.arange(1.0, 6.0)
    yield Case("finance.depreciation: expense of a year", lambda all_: all_[0].expense_usd(*all_[1:]), (line, spent, edges, edges[-2:]))
    capital, lead, span, sales, margin, tax = map(jnp.asarray, (8.1e10, 1.3 * year_s, year_s, 0.9, 0.55, 0.21))
    earned = Venture(capital, lead, span, sales, ladder(jnp.asarray([0.5, 0.8, 0.9]), 6), margin, tax)
    yield Case("finance.valuation: present value", lambda all_: all_[0].cash().worth_usd(all_[1]), (earned, jnp.asarray(0.1)))
    yield Case("finance.valuation: rate of return", lambda one: one.cash().return_share(), earned)


def _energy() -> Iterator[Case]:
    chain = PowerChain(*(jnp.asarray(number) for number in (1.53, 1.14, 1.4, 0.95, 1.1, 0.75, 1.1)))
    yield Case(
        "energy.power_chain: capacity and mean",
        lambda all_: (all_[0].capacity_w(all_[1]), all_[0].mean_w(all_[1])),
        (chain, jnp.asarray(1e3)),
    )
    place = next(iter(climates().values()))

    def overhead(all_: tuple[Any, ...]) -> Any:
        found = cooled(all_[0], all_[1], hours(all_[2], 12, 24))
        return found.average_pue, found.peak_pue, found.wue_kg_per_j

    yield Case("energy.cooling: PUE and water of a climate", overhead, (cooling(), loops(), place))
    pump = heat_pump("large")
    yield Case("energy.heat: heat over work", lambda all_: performance(*all_), (pump, jnp.asarray(45.0), jnp.asarray(75.0)))
    way = next(iter(ways()))
    site = one_stage(channels(way), jnp.asarray(1e9))
    yield Case("components.lead_time: when half a gigawatt is online", lambda all_: all_[0].date_s(all_[1]), (site, jnp.asarray(5e8)))


def _training() -> Iterator[Case]:
    scenario = load(SCENARIO)
    runs = (scenario.shape, scenario.chip, scenario.efficiency)  # cuts of recipes are whole numbers, with kinks where a stage more is cut
    yield Case("training.recipe: utilization by size of run", lambda all_: flop_utilization(scenario.recipe, *all_), runs)
    sizes = jnp.asarray([1e3, 1e5, 1e6])
    yield Case("training.goodput: useful share by size of run", lambda all_: all_[0].goodput(all_[1]), (scenario.reliability, sizes))
    law = besiroglu()
    yield Case("training.scaling_laws: loss", lambda all_: all_[0].loss(*all_[1:]), (law, jnp.asarray(4e11), jnp.asarray(1.6e13)))
    yield Case("training.scaling_laws: best for a budget", lambda all_: all_[0].best_for_work(all_[1]), (law, jnp.asarray(4e25)))
    rates = (pace(scenario).useful, jnp.asarray([10.0, 300.0, 2000.0]))
    yield Case("training.useful: useful compute of a run", lambda all_: all_[0].useful_eflops(all_[1]), rates)
