"""What to buy in any number of quarters: the program that shows how work grows with the horizon.

The same business as the forty quarters of `families`, written as a chain: what stands, what was begun, what is known and what has been
spent so far are variables of each quarter; purchases are differences of stocks. Every number is made up for the benchmark and says nothing
about the world; all are about one. The program is convex.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from benchmarks.families import CHIPS_KEPT, EDGE, GENERATIONS, KINDS, KNOWLEDGE_KEPT, Given, price
from capexmodel.solvers import NonlinearProgram, Stages

YEAR = 4
"""Quarters in a year."""
WIDTHS = {
    "chips": GENERATIONS, "halls_begun": 1, "halls_half": 1, "halls_ready": 1, "sources_begun": KINDS, "sources_ready": KINDS, "rented": 1,
    "run": 1, "experiments": 1, "knowledge": 1, "capital": 1, "operating": 1, "work": 1,
}  # fmt: skip
"""Variables of a quarter: chips that stand, halls begun and on their way (three quarters), sources (two), use, knowledge, totals."""
SIZE, ROWS = sum(WIDTHS.values()), 22
STANDING = {
    "chips": 0.2, "halls_begun": 0.3, "halls_half": 0.2, "halls_ready": 0.1, "sources_begun": 0.2, "sources_ready": 0.1, "knowledge": 1.0
}  # fmt: skip
"""What is there or on its way before the first quarter, of all that is not zero: with nothing on its way there would be no interior."""


class Quarter(NamedTuple):
    """The variables of a quarter by name, each as an array."""

    chips: Float[Array, "generation"]
    halls_begun: Float[Array, "1"]
    halls_half: Float[Array, "1"]
    halls_ready: Float[Array, "1"]
    sources_begun: Float[Array, "kind"]
    sources_ready: Float[Array, "kind"]
    rented: Float[Array, "1"]
    run: Float[Array, "1"]
    experiments: Float[Array, "1"]
    knowledge: Float[Array, "1"]
    capital: Float[Array, "1"]
    operating: Float[Array, "1"]
    work: Float[Array, "1"]


class Horizon(NamedTuple):
    """The program of so many quarters, its numbers, and a start."""

    program: NonlinearProgram
    given: dict[str, Any]
    start: Float[Array, " n"]


def named(x: Float[Array, " size"]) -> Quarter:
    """Give the variables of a quarter their names."""
    return Quarter(*jnp.split(x, np.cumsum(list(WIDTHS.values()))[:-1]))


def quarter_rows(before: Array, own: Array, line: Array, given: Given) -> Float[Array, "row"]:
    """Rows of one quarter: purchases >= 0, nothing stands sooner than it can, capacities, knowledge, money and work so far."""
    last, now = named(before), named(own)
    bought = now.chips - CHIPS_KEPT * last.chips
    hall, source = now.halls_begun - last.halls_begun, now.sources_begun - last.sources_begun
    load = given["chip_power"] @ now.chips
    halls = given["halls"] + last.halls_ready
    asked = given["chip_price"] @ price(bought, given["chip_supply"]) + given["hall_price"] * (hall + 0.1 * hall**2)
    asked = asked + given["source_price"] @ source + given["opening"] * given["line_price"] * (line + 0.1 * line**2)
    paid = given["rent"] * price(now.rented, given["parallel"]) + given["fuel_price"] @ last.sources_ready + 0.05 * load
    worked = (EDGE + now.run) ** 0.7 * (1.0 + last.knowledge) ** 0.25
    return jnp.concatenate(
        [
            bought,
            hall,
            last.halls_begun - now.halls_half,
            last.halls_half - now.halls_ready,
            source,
            last.sources_begun - now.sources_ready,
            halls - load - 0.05 * load**2 / (1.0 + halls),
            given["grid"] + line + jnp.sum(last.sources_ready) - load * (given["overhead"] + 0.02 * load),
            (EDGE + given["chip_speed"] @ now.chips) ** 0.95 + now.rented - now.run - now.experiments,
            given["parallel"] * (1.0 + last.knowledge) ** 0.5 - now.run,
            KNOWLEDGE_KEPT * last.knowledge + 0.2 * (EDGE + now.experiments) ** 0.6 - now.knowledge,
            now.capital - given["same_year"] * last.capital - asked,
            given["budget"] - now.capital,
            now.operating - given["same_year"] * last.operating - paid,
            given["upkeep"] - now.operating,
            last.work + worked - now.work,
            now.work - given["committed"],
        ]
    )


def _chain(x: Float[Array, " n"], given: Given) -> tuple[Array, Array, Array]:
    """What each quarter sees: the quarter before, itself, and the power line."""
    own, line = x[:-1].reshape(-1, SIZE), x[-1:]
    return jnp.concatenate([given["standing"][None, :], own[:-1]]), own, line


def rows(x: Float[Array, " n"], given: Given) -> Float[Array, "row"]:
    """The rows of all quarters."""
    before, own, line = _chain(x, given)
    return jnp.ravel(jax.vmap(quarter_rows, in_axes=(0, 0, None, 0))(before, own, line, given["quarters"]))


def cost(x: Float[Array, " n"], given: Given) -> Float[Array, ""]:
    """Less work, by year."""
    _, own, _ = _chain(x, given)
    return -named(own[-1]).work[0] * YEAR / own.shape[0]


def horizon(quarters: int) -> Horizon:
    """The most work in so many quarters, a power line chosen once among them: 18 variables and 22 curved rows each, and the line."""
    number = np.arange(quarters)
    coming = number[:, None] - 2.0 * YEAR * np.arange(GENERATIONS)[None, :]
    each = {
        "chip_price": 0.8 + 1.5 / (1.0 + np.exp(coming / 3.0)),
        "chip_supply": 0.3 + 0.7 / (1.0 + np.exp(-coming / 3.0)),
        "opening": number == 0,
        "same_year": number % YEAR != 0,
        "committed": np.where(number == quarters - 1, 0.1 * quarters, 0.0),
    }
    same = {
        "budget": 6.0, "upkeep": 3.0, "chip_power": [0.4, 0.45, 0.5, 0.55], "chip_speed": [0.5, 0.8, 1.2, 1.8], "hall_price": 0.5,
        "source_price": [0.3, 0.2], "fuel_price": [0.02, 0.08], "line_price": 0.4, "rent": 0.3, "halls": 1.0, "grid": 0.6,
        "overhead": 1.2, "parallel": 2.0,
    }  # fmt: skip
    each |= {name: np.broadcast_to(value, (quarters, *np.shape(value))) for name, value in same.items()}
    standing = np.concatenate([np.full(width, STANDING.get(name, 0.0)) for name, width in WIDTHS.items()])
    size = quarters * SIZE + 1
    stages = Stages(quarters, SIZE, rows=ROWS, border=1)
    program = NonlinearProgram(cost, rows, lower=jnp.zeros(size), row_counts=(quarters * ROWS, 0, 0), convex=True, stages=stages)
    given = {"quarters": {name: jnp.asarray(value, float) for name, value in each.items()}, "standing": jnp.asarray(standing)}
    return Horizon(program, given, jnp.ones(size))
