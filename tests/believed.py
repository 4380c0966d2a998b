"""What is believed of software, and runs to learn it from, in numbers of which no two are alike."""

import jax
import jax.numpy as jnp

from capexmodel.training.calibration import FIELDS, Kinds, Prior, Runs, Spreads, Unknowns
from capexmodel.training.efficiency import Efficiency
from capexmodel.training.kriging import Miss, Places
from tests import runs

SPREADS = (0.3, 0.5, 0.7, 0.9, 1.1, 1.3)
GROUPS = [[0, 1, -1, 2, 4], [5, 1, 0, 2, -1]]
TRAITS = [[1.0, 3.0, 8.0], [1.6, 3.2, 8.0]]


def scalar(number: float) -> jax.Array:
    """A number as an array."""
    return jnp.asarray(number, float)


def miss(**changed: float) -> Miss:
    """Variances 0.04, 0.09, 0.25, 0.49 and 0.16 of groups, 0.36 and 0.64 of trends, 0.01 of noise: 2.04 in all."""
    numbers = {
        "group_spread": [0.2, 0.3, 0.5, 0.7, 0.4], "trend_spread": 0.6, "own_trend_spread": 0.8, "foreign_share": 0.25,
        "noise_spread": 0.1, "trait_range": [2.0, 0.5, 4.0],
    }  # fmt: skip
    return Miss(**{name: jnp.asarray(number, float) for name, number in (numbers | changed).items()})


def places(groups: list[list[int]] = GROUPS, traits: list[list[float]] = TRAITS) -> Places:
    """Runs by their groups and traits; two unless said otherwise, half a range apart."""
    return Places(jnp.asarray(groups), jnp.asarray(traits))


def center(place: int) -> float:
    """What is believed of an unknown, on its scale."""
    return 0.04 * place - 0.7


def spread(place: int) -> float:
    """How surely it is believed."""
    return 0.11 + 0.01 * place


def believed() -> Prior:
    """Every unknown with a center and a spread of its own."""
    places_of = range(len(FIELDS))
    middle, wide = (Efficiency(*(scalar(number(place)) for place in places_of)) for number in (center, spread))
    return Prior(middle, wide, Spreads(*map(scalar, SPREADS)), miss())


def moved() -> Unknowns:
    """Two precisions, three chips in a precision, four chips and five families, each with deviations of its own."""
    rows = (
        [0.21, -0.33],
        [0.41, -0.52, 0.63],
        [-0.14, 0.25, 0.36, -0.47],
        *([step - 0.3, -0.2, 0.4, step, 0.9] for step in (0.1, 0.5, 0.8)),
    )
    shared = Miss(jnp.asarray([0.1, -0.2, 0.3, -0.4, 0.5]), *map(scalar, (0.6, -0.7, 0.8, -0.9)), jnp.asarray([0.15, -0.25, 0.35]))
    return Unknowns(shared, 0.05 * jnp.arange(1.0, len(FIELDS) + 1) - 0.6, *map(jnp.asarray, rows))


def two_runs() -> Runs:
    """Two jobs on two chips, of different kinds."""
    jobs, chips = (runs.job(batch=64.0, data=4), runs.job(batch=96.0, tensor=2)), (runs.chip(), runs.chip(peak_eflops=2.5e-3))
    kinds = Kinds(*(jnp.asarray(index) for index in ([1, 0], [2, 1], [3, -1], [0, 3])))
    return Runs(*(jax.tree.map(lambda *leaves: jnp.stack(leaves), *each) for each in (jobs, chips)), kinds, places())
