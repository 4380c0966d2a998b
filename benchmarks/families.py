"""Two families of programs that solvers are compared on: what to buy in one period, and what to order in each of forty quarters.

Every number here is made up for the benchmark and says nothing about the world; all are about one. Both programs are convex, so that of
solvers that disagree only one can be right, and they are defined a little beyond their bounds, where some solvers go. Every lane of a batch
has numbers of its own.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.solvers import NonlinearProgram

EDGE = 1e-2
"""What is added under a power, so that it and its slopes exist at nothing, and a little below."""
SPREAD = 1.4
"""How many times more or less than its base a number of a lane may be."""


class Family(NamedTuple):
    """A program, the numbers of a lane that lies in the middle, and how many variables there are.

    `promise` names the number that says how much work must be done; `beyond` times as much of it can be done by no lane.
    """

    program: NonlinearProgram
    base: dict[str, Any]
    size: int
    promise: str
    beyond: float


def draw(family: Family, count: int, seed: int, impossible: int = 0) -> tuple[Array, dict[str, Array], np.ndarray]:
    """Starts and numbers of some lanes, a lane a row, and which of them can be solved: all but `impossible`, anywhere in the batch."""
    random = np.random.default_rng(seed)
    args = {}
    for name, base in family.base.items():
        factor = SPREAD ** random.uniform(-1.0, 1.0, (count, *np.shape(base)))
        args[name] = np.asarray(base) * factor
    can = np.isin(np.arange(count), random.permutation(count)[:impossible], invert=True)
    args[family.promise][~can] *= family.beyond
    starts = random.uniform(0.5, 1.5, (count, family.size))
    return jnp.asarray(starts), {name: jnp.asarray(value) for name, value in args.items()}, can


def lane(batch: Any, index: int) -> Any:
    """One lane of a batch."""
    return jax.tree.map(lambda leaf: leaf[index], batch)


Given = dict[str, Array]

# ---------------------------------------------------------------- one period

CHIPS, SITES, KINDS = 3, 2, 2
ONE_PERIOD: dict[str, Any] = {
    "budget": 12.0,
    "operating": 2.5,
    "chip_price": [1.0, 1.5, 2.2],
    "chip_supply": [3.0, 2.0, 1.5],
    "chip_power": [0.5, 0.7, 1.0],
    "chip_speed": [0.8, 1.3, 2.1],
    "hall_price": [0.6, 0.5],
    "source_price": [0.3, 0.4],
    "port_price": 0.2,
    "rent": 0.5,
    "pay": 0.4,
    "energy_price": [0.1, 0.15],
    "halls": [1.0, 0.6],
    "grid": [1.2, 0.7],
    "overhead": [1.1, 1.3],
    "heads": 1.0,
    "parallel": 2.0,
    "committed": 0.5,
}


class Purchase(NamedTuple):
    """What is bought, and how the compute is divided."""

    chips: Float[Array, "chip site"]
    halls: Float[Array, "site"]
    sources: Float[Array, "kind site"]
    ports: Float[Array, "site"]
    hires: Float[Array, ""]
    rented: Float[Array, ""]
    run: Float[Array, ""]
    experiments: Float[Array, ""]


def purchase(x: Float[Array, " n"]) -> Purchase:
    """Give the variables their names."""
    chips, halls, sources, ports, rest = jnp.split(x, np.cumsum([CHIPS * SITES, SITES, KINDS * SITES, SITES]))
    return Purchase(chips.reshape(CHIPS, SITES), halls, sources.reshape(KINDS, SITES), ports, *rest)


def price(count: Array, supply: Array) -> Array:
    """What a number costs at a price of one, dearer and dearer as it nears the supply."""
    return count + 0.3 * (EDGE + count) ** 2.5 / supply**1.5


def worked(x: Float[Array, " n"], given: Given) -> Float[Array, ""]:
    """Work of the run times what research makes of it: concave, for the exponents sum to less than one."""
    b = purchase(x)
    research = (given["heads"] + b.hires) ** 0.4 * (EDGE + b.experiments) ** 0.5
    return (EDGE + b.run) ** 0.6 * research**0.35


def one_period_rows(x: Float[Array, " n"], given: Given) -> Float[Array, "row"]:
    """Eleven rows: money, cost of running, halls, power and ports of both sites, compute, the largest run, committed work."""
    b = purchase(x)
    load, at_site = given["chip_power"] @ b.chips, jnp.sum(b.chips, axis=0)
    asked = given["chip_price"] @ price(jnp.sum(b.chips, axis=1), given["chip_supply"]) + given["port_price"] * jnp.sum(b.ports)
    built = given["hall_price"] @ (EDGE + b.halls) ** 1.1 + given["source_price"] @ jnp.sum(b.sources, axis=1)
    paid = given["rent"] * price(b.rented, given["parallel"]) + given["pay"] * b.hires + given["energy_price"] @ load
    useful = jnp.sum((EDGE + given["chip_speed"] @ b.chips) ** 0.95) + b.rented
    single = [
        given["budget"] - asked - built,
        given["operating"] - paid,
        useful - b.run - b.experiments,
        given["parallel"] * (1.0 + b.experiments) ** 0.5 - b.run,
        worked(x, given) - given["committed"],
    ]
    by_site = [
        given["halls"] + b.halls - load - 0.05 * load**2 / (1.0 + b.halls),
        given["grid"] + jnp.sum(b.sources, axis=0) - load * (given["overhead"] + 0.03 * load),
        EDGE + b.ports - 0.2 * (EDGE + at_site) ** 1.1,
    ]
    return jnp.concatenate([jnp.stack(single), *by_site])


def one_period() -> Family:
    """The most work that one period's money buys: 18 variables, 11 curved rows."""
    program = NonlinearProgram(lambda x, given: -worked(x, given), one_period_rows, lower=jnp.zeros(18), row_counts=(11, 0, 0))
    return Family(program, ONE_PERIOD, size=18, promise="committed", beyond=20.0)


# ---------------------------------------------------------------- forty quarters

QUARTERS, YEARS, ORDERS, GENERATIONS = 40, 10, 10, 4
HALL_LEAD, SOURCE_LEAD = 3, 2
CHIPS_KEPT, KNOWLEDGE_KEPT = 0.97, 0.95
COMING = np.arange(QUARTERS)[:, None] - 8.0 * np.arange(GENERATIONS)[None, :]
"""Quarters since each generation of chips came out."""
QUARTERLY: dict[str, Any] = {
    "budget": np.full(YEARS, 6.0),
    "operating": np.full(YEARS, 3.0),
    "chip_price": 0.8 + 1.5 / (1.0 + np.exp(COMING / 3.0)),
    "chip_supply": 0.3 + 0.7 / (1.0 + np.exp(-COMING / 3.0)),
    "chip_power": [0.4, 0.45, 0.5, 0.55],
    "chip_speed": [0.5, 0.8, 1.2, 1.8],
    "hall_price": 0.5,
    "source_price": [0.3, 0.2],
    "fuel_price": [0.02, 0.08],
    "rent": 0.3,
    "halls": 1.0,
    "grid": 1.2,
    "overhead": 1.2,
    "parallel": 2.0,
    "committed": [1.0, 3.0],
}


class Standing(NamedTuple):
    """What stands at the beginning of a quarter, what is on its way, and what is known."""

    chips: Float[Array, "generation"]
    chips_coming: Float[Array, "generation"]
    halls: Float[Array, ""]
    halls_coming: Float[Array, "lead"]
    sources: Float[Array, "kind"]
    sources_coming: Float[Array, "lead kind"]
    knowledge: Float[Array, ""]


def quarter(standing: Standing, orders: tuple[Array, Array, Array], given: Given) -> tuple[Standing, tuple[Array, ...]]:
    """What a quarter's orders change, and its rows (halls, power, compute, largest run), capital spent, running cost, and work."""
    x, chip_price, chip_supply = orders
    ordered, hall, source, (rented, run, experiments) = jnp.split(x, [GENERATIONS, GENERATIONS + 1, GENERATIONS + 3])
    chips = CHIPS_KEPT * standing.chips + standing.chips_coming
    halls, sources = standing.halls + standing.halls_coming[0], standing.sources + standing.sources_coming[0]
    load = given["chip_power"] @ chips
    rows = jnp.stack(
        [
            halls - load - 0.05 * load**2 / (1.0 + halls),
            given["grid"] + jnp.sum(sources) - load * (given["overhead"] + 0.02 * load),
            (EDGE + given["chip_speed"] @ chips) ** 0.95 + rented - run - experiments,
            given["parallel"] * (1.0 + standing.knowledge) ** 0.5 - run,
        ]
    )
    capital = chip_price @ price(ordered, chip_supply) + given["hall_price"] * (EDGE + hall[0]) ** 1.1 + given["source_price"] @ source
    running = given["rent"] * price(rented, given["parallel"]) + given["fuel_price"] @ sources + 0.05 * load
    work = (EDGE + run) ** 0.7 * (1.0 + standing.knowledge) ** 0.25
    after = Standing(
        chips=chips,
        chips_coming=ordered,
        halls=halls,
        halls_coming=jnp.concatenate([standing.halls_coming[1:], hall]),
        sources=sources,
        sources_coming=jnp.concatenate([standing.sources_coming[1:], source[None]]),
        knowledge=KNOWLEDGE_KEPT * standing.knowledge + 0.2 * (EDGE + experiments) ** 0.6,
    )
    return after, (rows, capital, running, work)


def quarters(x: Float[Array, " n"], given: Given) -> tuple[Array, ...]:
    """Rows, capital, running cost and work of every quarter."""
    begin = Standing(
        chips=jnp.full(GENERATIONS, 0.2),
        chips_coming=jnp.zeros(GENERATIONS),
        halls=given["halls"],
        halls_coming=jnp.zeros(HALL_LEAD),
        sources=jnp.zeros(KINDS),
        sources_coming=jnp.zeros((SOURCE_LEAD, KINDS)),
        knowledge=jnp.ones(()),
    )
    inputs = (x.reshape(QUARTERS, ORDERS), given["chip_price"], given["chip_supply"])
    return jax.lax.scan(lambda standing, orders: quarter(standing, orders, given), begin, inputs)[1]


def quarterly_rows(x: Float[Array, " n"], given: Given) -> Float[Array, "row"]:
    """182 rows: four a quarter, capital and running cost of each year, committed work by half-time and by the end."""
    rows, capital, running, work = quarters(x, given)
    money = [given[name] - jnp.sum(spent.reshape(YEARS, -1), axis=1) for name, spent in (("budget", capital), ("operating", running))]
    done = jnp.stack([jnp.sum(work[: QUARTERS // 2]), jnp.sum(work)]) / YEARS - given["committed"]
    return jnp.concatenate([jnp.ravel(rows), *money, done])


def quarterly() -> Family:
    """The most work in forty quarters: 400 variables, 182 curved rows, through a scan over the quarters."""

    def cost(x: Array, given: Given) -> Array:
        return -jnp.sum(quarters(x, given)[3]) / YEARS

    size = QUARTERS * ORDERS
    program = NonlinearProgram(cost, quarterly_rows, lower=jnp.zeros(size), row_counts=(182, 0, 0))
    return Family(program, QUARTERLY, size=size, promise="committed", beyond=20.0)
