"""Scenarios near one, many at a time: every number moved within its declared bounds, and an allocation for each.

An example is known by its number: it is the same whatever stands beside it. At no width it is the scenario itself.
"""

import dataclasses
import enum
from collections.abc import Collection, Iterable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from capexmodel.model.allocation import Allocation
from capexmodel.model.scenario import Scenario
from capexmodel.param import Param, params
from capexmodel.training.recipe import ONE_COPY
from capexmodel.units import scale

Place = tuple[str, str]
"""Table and field of a number."""
Numbers = dict[Place, Any]
"""Every declared number of a scenario by its place; many scenarios have a first axis of examples."""
Plan = dict[str, Any]
"""The fields of an allocation, with a first axis of examples."""
SLIP_S = 30.0 * float(scale("day"))
"""By how much delays move: they may be nothing, of which no share is anything."""
INSIDE = 0.05
"""Share of the way to a bound that a number keeps from it, so that none sits on a bound by accident."""
MOVED, CHANCE, PARTS = ((1, -1.0), (2, 0.0)), 3, 4
"""Streams of draws of an example, besides that of its allocation: moves and jumps with the least of each, and its chance."""
RELATIONS: tuple[tuple[Place, Place], ...] = ((("envelope", "low_usd"), ("envelope", "high_usd")),)
"""Numbers of which the first is never above the second."""
SIZES = ("recipe", "chips_count")
"""Numbers that stand in rising order, and are never below the product of the parts of a cut."""
APART = 1.01
"""By how much each is at least larger than the one before: two sizes that are next to the same say two things of one."""

RUNS, EXPERIMENTS = (0.05, 1.0), (0.02, 1.0)
"""Least and most of the largest share that an allocation gives to runs, of each site, and to experiments, of what runs leave. At most all
of a site: of one whose runs ask for more, each chip more would take experiments away. Many runs are cut by the core; few experiments make
research the last to end."""


class Reach(enum.Enum):
    """How far numbers are moved: the factor either way, and the share of them that jump to an end of what is declared."""

    SANE = (1.2, 0.0)
    EDGE = (2.0, 0.02)
    HOSTILE = (20.0, 0.2)


@dataclasses.dataclass(frozen=True)
class Cases:
    """Some examples: their numbers, their allocations, and for each a draw between nothing and one that laws may use."""

    numbers: Numbers
    plan: Plan
    chance: np.ndarray

    def __len__(self) -> int:
        return self.chance.size

    def take(self, rows: np.ndarray) -> "Cases":
        """Some of the examples."""
        return Cases(
            {place: values[rows] for place, values in self.numbers.items()},
            {name: values[rows] for name, values in self.plan.items()},
            self.chance[rows],
        )


def declared(scenario: Scenario) -> dict[Place, Param]:
    """Every number that may be moved, with its declaration: all but dates."""
    found = {}
    for table in (field.name for field in dataclasses.fields(scenario)):
        part = getattr(scenario, table)
        if isinstance(part, eqx.Module) and table != "calendar":
            found |= {(table, field): promise for field, promise in params(part).items() if not (promise.dates and field.endswith("at_s"))}
    return found


def numbers_of(scenario: Scenario) -> Numbers:
    """The numbers of a scenario."""
    return {(table, field): np.asarray(getattr(getattr(scenario, table), field), float) for table, field in declared(scenario)}


def scenario_of(base: Scenario, numbers: Numbers) -> Scenario:
    """A scenario with other numbers; traceable."""
    places = list(numbers)
    return eqx.tree_at(
        lambda s: [getattr(getattr(s, table), field) for table, field in places], base, [jnp.asarray(numbers[p], float) for p in places]
    )


def lead_times(base: Scenario) -> frozenset[Place]:
    """Numbers that decide what is there in time, and with it which choices and limits a problem has."""
    return frozenset(p for p in declared(base) if p[1].endswith("spread") or (p[1].endswith("_s") and not p[1].endswith("per_s")))


def draw(
    base: Scenario,
    examples: Iterable[int],
    seed: int = 0,
    reach: Reach = Reach.SANE,
    width: float = 1.0,
    still: Collection[Place] = (),
) -> Cases:
    """Draw the examples of some numbers, of which 0 is the scenario itself. `width` is how much of the way from it the others go; what is
    `still` does not move."""
    own, promises, examples = numbers_of(base), declared(base), [int(example) for example in examples]
    widths = width * np.asarray([float(example > 0) for example in examples])
    size = sum(values.size for values in own.values())
    moves, jumps = (np.stack([source_of(seed, example, part).uniform(low, 1.0, size) for example in examples]) for part, low in MOVED)
    sources = [source_of(seed, example) for example in examples]
    numbers, start = {}, 0
    for place, value in own.items():
        part = slice(start, start + value.size)
        start += value.size
        shape = (len(examples), *value.shape)
        far = widths[:, None] * (place not in still)
        move, jump = (moves[:, part] * far).reshape(shape), (jumps[:, part] < far * reach.value[1]).reshape(shape)
        numbers[place] = _moved(value, promises[place], place[1], move, jump, reach.value[0])
    numbers = related(numbers)
    chance = np.asarray([source_of(seed, example, CHANCE).uniform() for example in examples])
    return Cases(numbers, allocations(base, numbers, sources), chance)


def related(numbers: Numbers) -> Numbers:
    """Numbers that were moved one by one, brought back to where they can stand together."""
    found = dict(numbers)
    for lower, upper in RELATIONS:
        found[lower] = np.minimum(found[lower], found[upper])
    if SIZES in found:
        sizes = np.sort(found[SIZES], axis=-1)
        for place in range(1, sizes.shape[-1]):
            sizes[..., place] = np.maximum(sizes[..., place], APART * sizes[..., place - 1])
        found[SIZES] = left = sizes
        for field in ONE_COPY:
            found["recipe", field] = np.minimum(found["recipe", field], left)
            left = left / found["recipe", field]
    return found


def source_of(seed: int, example: int, part: int = 0) -> np.random.Generator:
    """The draws of one example: of its allocation, of its moves, its jumps or its chance."""
    return np.random.Generator(np.random.Philox(key=[seed * PARTS + part, example]))


def _moved(value: np.ndarray, promise: Param, field: str, move: np.ndarray, jump: np.ndarray, factor: float) -> np.ndarray:
    """One field of every example. Numbers that a bound would stop move towards the inside; stages that only rise go on doing so."""
    base = np.broadcast_to(value, move.shape)
    new = base * np.exp(move * np.log(factor))
    if field.endswith("slip_s"):
        new = base + np.abs(move) * SLIP_S * np.log(factor) / np.log(Reach.SANE.value[0])
    top = min((bound for bound in (promise.le, promise.lt) if bound is not None), default=None)
    ends = [] if promise.ge is None else [np.full(base.shape, promise.ge)]
    if top is not None:
        near = base + (1.0 - INSIDE) * (top - base)
        new = np.where(new >= near, base - np.abs(move) * INSIDE * np.abs(base), new)
        ends.append(near if promise.le is None else np.full(base.shape, top))
    low = promise.ge if promise.ge is not None else promise.gt
    if low is not None and low != 0:
        new = np.where(new <= low, low + (np.abs(base - low) + np.abs(low) * 1e-2) * np.exp(np.abs(move)), new)
        new = np.where(move == 0, base, new)
    if ends:
        new = np.where(jump, np.where(move > 0, ends[-1], ends[0]), new)
    if promise.at is not None and np.all(np.diff(value, axis=-1) >= 0):
        new = np.maximum.accumulate(new, axis=-1)
    return np.where(np.isfinite(base), new, base)


def allocations(base: Scenario, numbers: Numbers, sources: list[np.random.Generator]) -> Plan:
    """An allocation for each example: dollars of the size of its envelope; shares now small, now of all there is, so that runs,
    research and the core each decide some dates."""
    draws = [_drawn(base, source) for source in sources]
    plan = {name: np.stack([one[name] for one in draws]) for name in draws[0]}
    yearly = numbers["envelope", "high_usd"].max(axis=-1) / len(base.calendar.decisions)
    for name in ("chips_usd", "hall_usd", "source_usd", "ports_usd", "reserve_usd"):
        plan[name] = plan[name] * yearly.reshape(-1, *(1,) * (plan[name].ndim - 1))
    plan["hires_count"] = plan["hires_count"] * numbers["staff", "headcount_count"].reshape(-1, 1)
    plan["run_share"] = plan["run_share"] * (numbers["job", "reach"] > 0)[..., None]
    return plan


def _drawn(base: Scenario, source: np.random.Generator) -> dict[str, np.ndarray]:
    """What one allocation is as shares."""
    calendar, jobs = base.calendar, len(base.job.names)
    decisions, periods, years = len(calendar.decisions), len(calendar.periods), len(calendar.years)
    chips, halls, kinds, sites = (len(table.names) for table in (base.accelerator, base.hall, base.source, base.site))
    is_open = np.asarray(base.site.open, float)[:, None]
    return {
        "chips_usd": source.uniform(0.2, 1.0, (chips, sites, decisions)) * is_open[None] * 0.5 / max(chips, 1),
        "hall_usd": source.uniform(0.2, 1.0, (halls, sites, decisions)) * is_open[None] * 0.3 / max(halls, 1),
        "source_usd": source.uniform(0.2, 1.0, (kinds, sites, decisions)) * is_open[None] * 0.1 / max(kinds, 1),
        "energy_share": source.uniform(0.0, 1.0, (kinds, sites, years)),
        "ports_usd": source.uniform(0.2, 1.0, (sites, decisions)) * is_open * 0.3,
        "reserve_usd": source.uniform(0.0, 0.1, years),
        "rented_count": source.uniform(0.0, 2e4, (len(base.rental.names), decisions)),
        "hires_count": source.uniform(0.0, 0.05, decisions),
        "taken": np.ones(len(base.deal.names)),
        "run_share": _most(source, *RUNS) * source.uniform(0.75, 1.0, (jobs, sites, periods)) / max(jobs, 1),
        "experiment_share": _most(source, *EXPERIMENTS) * source.uniform(0.5, 1.0, periods),
    }


def _most(source: np.random.Generator, low: float, high: float) -> float:
    """The largest of the shares of one allocation: as likely to double as to halve."""
    return float(np.exp(source.uniform(np.log(low), np.log(high), ())))


def allocation_of(plan: Plan) -> Allocation:
    """An allocation of its fields; traceable."""
    return Allocation(**{name: jnp.asarray(value) for name, value in plan.items()})
