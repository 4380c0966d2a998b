"""A scenario of a few seconds, no two of whose numbers are alike: two sites, three chips of two vendors, and everything else."""

import dataclasses
import functools
from itertools import pairwise

import jax.numpy as jnp
import numpy as np

from capexmodel.asset import Flows
from capexmodel.model.allocation import Allocation, Orders
from capexmodel.model.calendar import Calendar
from capexmodel.model.fleet import Stock
from capexmodel.model.housing import Housing
from capexmodel.model.scenario import Scenario
from tests.draws import shipped

DECISIONS_S, PERIODS_S, YEARS_S = (0.0, 10.0, 30.0, 60.0), (0.0, 8.0, 20.0, 33.0, 60.0), (-6.0, 24.0, 70.0)
"""Three decisions, four periods, two years: the first began before the plan does, the second ends after it."""
PARTS = {
    "accelerator": {
        "names": ("old", "new", "own"), "vendor": ("maker", "other", "maker"), "peak_eflops": (0.3, 0.7, 0.45),
        "it_power_w": (1.5, 2.5, 0.75),
        "price_usd": (30.0, 45.0, 70.0), "load": (0.6, 0.75, 0.9), "install_s": (8.0, 12.0, 16.0), "install_spread": (0.25, 0.5, 0.75),
        "embodied_kg": (3.0, 5.0, 11.0), "rack_count": (4.0, 8.0, 16.0), "share": ((0.3,), (0.4,), (0.6,)), "share_at_s": ((0.0,),) * 3,
    },
    "network": {
        "names": ("tree", "bus", "ring"), "price_usd": (7.0, 9.0, 13.0), "install_s": (6.0, 14.0, 10.0), "install_spread": (0.5, 0.25, 0.4),
        "chip_gb_per_s": (0.0, 0.0, 0.0),
    },
    "hall": {
        "names": ("shell", "tent"), "price_usd_per_w": (11.0, 17.0), "build_s": (15.0, 9.0), "build_spread": (0.4, 0.25),
        "peak_pue": (0.0, 1.4),
        "average_pue": (0.0, 1.3), "rack_w": (0.0, 0.0), "embodied_kg_per_w": (0.3, 0.7), "block_w": (3.0, 5.0),
    },
    "source": {
        "names": ("engine", "line", "sun"), "price_usd_per_w": (1.9, 2.3, 3.1), "build_s": (12.0, 18.0, 7.0),
        "build_spread": (0.5, 0.3, 0.2),
        "firm_share": (0.9, 0.8, 0.15), "use_share": (0.85, 0.95, 0.35), "site_share": (0.25, 0.6, 0.1),
        "energy_price_usd_per_j": (0.13, 0.05, 0.03), "carbon_kg_per_j": (0.45, 0.21, 0.04), "hourly_matched_share": (0.8, 0.7, 0.4),
        "embodied_kg_per_w": (0.12, 0.06, 0.9),
    },
    "site": {
        "names": ("north", "south"), "network": ("bus", "ring"), "open": (True, True), "fleet_count": ((20.0, 6.0, 4.0), (9.0, 15.0, 7.0)),
        "hall_power_w": ((40.0, 90.0), (55.0, 70.0)), "hall_at_s": ((3.0, 40.0), (5.0, 50.0)),
        "site_power_w": ((60.0, 95.0), (70.0, 120.0)),
        "site_at_s": ((4.0, 44.0), (6.0, 52.0)), "slip_s": (2.5, 3.5), "power_slip_s": (0.7, 1.3), "late_probability": (0.0, 0.0),
        "late_s": (0.0, 0.0), "peak_pue": (1.25, 1.35), "average_pue": (1.15, 1.2), "rack_w": (0.0, 0.0),
        "energy_price_usd_per_j": (0.07, 0.11), "grid_carbon_kg_per_j": (0.5, 0.35), "contracted_share": (0.6, 0.3),
        "hourly_matched_share": (0.4, 0.15), "water_kg_per_j": (0.02, 0.05), "carbon_price_usd_per_kg": (0.08, 0.03),
        "hall_starts_w_per_s": (5.0, 6.0), "source_starts_w_per_s": (7.0, 8.0),
    },
    "supply": {
        "names": ("maker", "other"), "offered_count_per_s": ((0.4,), (0.3,)), "offered_at_s": ((0.0,), (0.0,)), "stretch": (3.0, 4.0),
        "premium": (0.5, 0.25),
    },
    "rental": {
        "names": ("lease", "spot"), "accelerator": ("new", "old"), "site": ("south", "north"), "contracted_count": ((3.0, 8.0), (5.0, 4.0)),
        "contracted_at_s": ((5.0, 25.0), (0.0, 40.0)), "offered_count_per_s": (3.0, 4.0), "price_usd_per_s": (0.6, 0.25),
        "install_s": (4.0, 6.0),
        "install_spread": (0.5, 0.25),
    },
    "staff": {"headcount_count": 50.0, "floor_count": 0.0, "hiring_per_s": 0.1, "attrition_per_s": 0.01, "pay_usd_per_s": 0.35},
    "deal": {
        "names": ("lab", "shop", "team"), "price_usd": (400.0, 700.0, 900.0), "heads_count": (20.0, 30.0, 12.0),
        "retention": (0.8, 0.7, 0.9),
        "clearance": (0.75, 0.6, 0.5), "close_s": (24.0, 7.0, 41.0), "integration_s": (10.0, 15.0, 5.0),
    },
    "core": {"share": 0.4, "growth_per_s": 0.02, "relief_eflops": (1.5, 2.5), "relief_at_s": (10.0, 50.0)},
    "envelope": {
        "names": ("FY1", "FY2"), "low_usd": (100.0, 200.0), "high_usd": (5000.0, 7000.0), "other_share": (0.15, 0.25),
        "completion_usd": (130.0, 70.0), "spent_usd": (210.0, 40.0), "operating_usd": (900.0, 800.0), "acquisition_usd": (600.0, 500.0),
        "carbon_kg": (1e5, 2e5), "carbon_price_usd_per_kg": (0.04, 0.06), "embodied_share": (0.35, 0.8),
    },
    "preference": {"discount_per_s": 0.03},
}  # fmt: skip
"""Every table, as plain numbers."""


def _made(value: object) -> object:
    """Numbers as an array, names and yes or no as they are."""
    flat = np.asarray(value)
    return jnp.asarray(flat) if flat.dtype == float else value


@functools.cache
def two_sites() -> Scenario:
    """The scenario of these tables; jobs, and how fast they train, are those of the smallest one that is shipped."""
    base = shipped("one_period")
    grids = {f"{name}_edges_s": jnp.asarray(edges) for name, edges in (("decision", DECISIONS_S), ("period", PERIODS_S), ("year", YEARS_S))}
    calendar = Calendar("2026-01-01", ("a", "b", "c"), ("p", "q", "r", "s"), ("FY1", "FY2"), **grids)
    tables = {
        name: dataclasses.replace(getattr(base, name), **{field: _made(value) for field, value in part.items()})
        for name, part in PARTS.items()
    }
    return dataclasses.replace(base, calendar=calendar, **tables)


def counted(*shape: int, first: float, step: float, bend: float = 0.0) -> np.ndarray:
    """Numbers in a row, as a table: first, first + step, and so on, each a little further than the one before."""
    row = np.arange(float(np.prod(shape)))
    return (first + step * row + bend * row * row).reshape(shape)


@functools.cache
def orders() -> Orders:
    """Something of everything, nowhere as much as elsewhere."""
    made = {
        "chips_count": counted(3, 2, 3, first=5.0, step=0.5, bend=0.03), "hall_w": counted(2, 2, 3, first=3.0, step=1.25, bend=0.11),
        "source_w": counted(3, 2, 3, first=4.0, step=0.75, bend=0.07), "energy_j": counted(3, 2, 2, first=30.0, step=6.0, bend=0.9),
        "ports_count": counted(2, 3, first=12.0, step=2.5, bend=0.3), "reserve_usd": np.array([300.0, 170.0]),
        "rented_count": counted(2, 3, first=2.0, step=0.7, bend=0.05), "hires_count": np.array([3.0, 5.0, 4.0]),
        "taken": np.array([0.9, 0.6, 0.3]), "run_eflops": counted(1, 2, 4, first=1.0, step=0.15, bend=0.02),
        "experiment_eflops": np.array([2.0, 2.5, 3.5, 3.0]),
    }  # fmt: skip
    return Orders(**{name: jnp.asarray(value) for name, value in made.items()})


def allocation(run_share: np.ndarray, experiment_share: np.ndarray) -> Allocation:
    """These shares, and numbers of some kind for all else."""
    made = orders()
    dollars = {"chips_usd": made.chips_count, "hall_usd": made.hall_w, "source_usd": made.source_w, "ports_usd": made.ports_count}
    alike = {name: getattr(made, name) for name in ("reserve_usd", "rented_count", "hires_count", "taken")}
    shares = {"run_share": jnp.asarray(run_share), "experiment_share": jnp.asarray(experiment_share), "energy_share": made.energy_j}
    return Allocation(**(dollars | alike | shares))


def share_there(time_s: float, start_s: float, end_s: float, first_s: float, last_s: float) -> float:
    """Share of an order that is there: placed evenly from start to end, arriving evenly between first and last later.

    A trapeze that rises between its first two corners, is level, falls between its last two, and has an area of one.
    """
    a, b, c, d = sorted((start_s + first_s, start_s + last_s, end_s + first_s, end_s + last_s))
    height = 2.0 / (d - a + c - b)
    rising, level, falling = (min(max(time_s - low, 0.0), high - low) for low, high in ((a, b), (b, c), (c, d)))
    down = height * (falling - 0.5 * falling * falling / (d - c)) if d > c else 0.0
    up = 0.5 * height * rising * rising / (b - a) if b > a else 0.0
    return up + height * level + down


def there(times_s: tuple[float, ...], first_s: float, last_s: float) -> np.ndarray:
    """The same at some times for every decision: a row a time, a column a decision."""
    return np.array([[share_there(time_s, *spell, first_s, last_s) for spell in pairwise(DECISIONS_S)] for time_s in times_s])


def passed(times_s: tuple[float, ...]) -> np.ndarray:
    """Share of every decision's interval that is over at some times: a row a time."""
    return np.array([[min(max((time - start) / (end - start), 0.0), 1.0) for start, end in pairwise(DECISIONS_S)] for time in times_s])


def of_year() -> np.ndarray:
    """Share of each period in each year: 4 of the third period's 13 seconds are in the first year."""
    return np.array([[1.0, 0.0], [1.0, 0.0], [4.0 / 13.0, 9.0 / 13.0], [0.0, 1.0]])


def means(at_edges: np.ndarray) -> np.ndarray:
    """Of a quantity known at the edges of periods, what it is halfway between two."""
    return np.stack([(before + after) / 2.0 for before, after in pairwise(np.moveaxis(at_edges, -1, 0))], axis=-1)


def given(table: str, field: str) -> np.ndarray:
    """A number, or some, of the tables above."""
    return np.asarray(PARTS[table][field])


@functools.cache
def stock() -> Stock:
    """What stands, in numbers of its own: all of it has power, halls and a network; some racks fit no hall."""
    wide = counted(2, 5, first=900.0, step=7.0)
    gives = {"compute_eflops": 20.0 + counted(2, 5, first=0.5, step=1.5, bend=0.2), "it_power_w": wide, "site_power_w": 1.5 * wide}
    takes = {"it_power_w": 0.3 * wide, "network_ports_count": 0.2 * wide}
    parts = Flows({name: jnp.asarray(value) for name, value in (gives | {"network_ports_count": wide}).items()})
    loads = Flows(takes={name: jnp.asarray(value) for name, value in takes.items()})
    housed = {
        "hall_w": counted(3, 2, 5, first=15.0, step=0.9, bend=0.02), "overhead": np.array([[1.25, 1.35], [1.2, 1.3], [1.4, 1.15]]),
        "spared_w": np.zeros((3, 2, 5)), "dense_w": np.zeros((3, 2, 5)), "taking_w": np.zeros((3, 2, 5)),
        "unfit_eflops": counted(2, 5, first=0.4, step=0.3, bend=0.01),
    }  # fmt: skip
    stands = {
        "chips_count": counted(3, 2, 5, first=4.0, step=0.7, bend=0.05), "ports_count": counted(2, 5, first=30.0, step=2.0),
        "rented_count": counted(2, 5, first=3.0, step=0.5, bend=0.04), "heads_count": counted(5, first=40.0, step=3.0, bend=0.5),
        "rented_eflops": counted(2, 5, first=1.2, step=0.25, bend=0.03), "sources_w": counted(3, 2, 5, first=6.0, step=1.1, bend=0.06),
        "connection_w": counted(2, 5, first=50.0, step=4.0, bend=0.3),
    }  # fmt: skip
    housing = Housing(**{name: jnp.asarray(value) for name, value in housed.items()})
    return Stock(parts=(parts, loads), housing=housing, **{name: jnp.asarray(value) for name, value in stands.items()})


def premium_usd(chips_count: np.ndarray) -> np.ndarray:
    """Paid above list by vendor and decision: `maker` offers 4, 8 and 12 at 50 in the mean, `other` 3, 6 and 9 at 45."""
    bought = np.array([chips_count[[0, 2]].sum(axis=(0, 1)), chips_count[1].sum(axis=0)])
    offered, price, rise = np.array([[4.0, 8.0, 12.0], [3.0, 6.0, 9.0]]), np.array([50.0, 45.0]), np.array([0.5, 0.25])
    beyond = np.maximum(bought - offered, 0.0)
    return np.array([[price[v] * rise[v] * beyond[v, d] ** 2 / (2 * offered[v, d] + 2) for d in range(3)] for v in range(2)])
