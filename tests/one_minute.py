"""A small scenario by hand: two sites, three chips, two kinds of halls, three of power, in unlike numbers and no units to speak of."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np

from capexmodel.components.accelerator import Accelerator
from capexmodel.components.demand import Core
from capexmodel.components.facility import Hall
from capexmodel.components.network import Network
from capexmodel.components.power import Source
from capexmodel.components.rental import Rental
from capexmodel.components.site import Site
from capexmodel.components.staff import Acquisition, Staff
from capexmodel.components.supply import Supply
from capexmodel.model.calendar import Calendar
from capexmodel.model.evidence import Evidence
from capexmodel.model.scenario import Envelope, Preference, Scenario
from capexmodel.param import axes, params
from capexmodel.training.goodput import Reliability
from capexmodel.training.recipe import Recipe
from capexmodel.training.utilization import Programme, Research, Utilization

SIZES = {
    "accelerator": 3, "site": 2, "hall": 2, "source": 3, "network": 2, "vendor": 3, "rental": 3, "deal": 2, "step": 2, "stage": 3,
    "job": 2, "year": 1, "recipe": 2,
}  # fmt: skip
DECISIONS_S, PERIODS_S = (0.0, 10.0, 30.0, 60.0), (0.0, 7.0, 22.0, 41.0, 60.0)


def table(kind: type, **told: Any) -> Any:
    """A table of what is told; each other number is what is declared, or made up."""
    declared, values = params(kind), {}
    for place, field in enumerate(dataclasses.fields(kind)):
        if field.name not in declared:
            values[field.name] = told[field.name]
            continue
        shape = tuple(SIZES[axis] for axis in axes(kind, field.name))
        made_up = 0.31 + 0.013 * place + 0.07 * np.arange(np.prod(shape, dtype=int)).reshape(shape)
        values[field.name] = jnp.asarray(np.array(told.get(field.name, made_up), float))
    return kind(**values)


def calendar() -> Calendar:
    """Three decisions and four periods over a minute that is one fiscal year."""
    edges = (jnp.asarray(each) for each in (DECISIONS_S, PERIODS_S, (0.0, 60.0)))
    return Calendar("2026-01-01", ("d1", "d2", "d3"), ("p1", "p2", "p3", "p4"), ("FY2026",), *edges)


def chips(**told: Any) -> Accelerator:
    """Two chips of one vendor, and one between them of another."""
    numbers = {
        "peak_eflops": [3.0, 5.0, 11.0], "it_power_w": [0.7, 1.3, 1.9], "price_usd": [30.0, 50.0, 40.0],
        "install_s": [6.0, 9.0, 14.0], "install_spread": [0.5, 0.25, 0.8], "rack_count": [4.0, 3.0, 5.0],
        "share": [[0.2, 0.6], [0.4, 0.9], [0.3, 0.7]], "share_at_s": [[0.0, 15.0], [12.0, 45.0], [-3.0, 6.0]],
    } | told  # fmt: skip
    return table(Accelerator, names=("A", "B", "C"), vendor=("north", "south", "north"), **numbers)


def vendors(**told: Any) -> Supply:
    """Two vendors with chips, and one that makes none."""
    numbers = {
        "offered_count_per_s": [[3.0, 5.0], [2.0, 7.0], [0.5, 0.25]], "offered_at_s": [[0.0, 20.0], [-5.0, 40.0], [0.0, 5.0]],
        "stretch": [0.5, 0.25, 0.75], "premium": [0.62, 0.21, 0.8],
    } | told  # fmt: skip
    return table(Supply, **({"names": ("north", "south", "idle")} | numbers))


def sites(**told: Any) -> Site:
    """Two sites with networks of different kinds."""
    numbers = {
        "fleet_count": [[13.0, 17.0, 19.0], [23.0, 29.0, 37.0]], "hall_power_w": [[60.0, 90.0], [40.0, 110.0]],
        "hall_at_s": [[0.0, 20.0], [10.0, 35.0]], "site_power_w": [[70.0, 75.0, 130.0], [50.0, 95.0, 150.0]],
        "site_at_s": [[0.0, 10.0, 40.0], [5.0, 15.0, 30.0]], "slip_s": [3.0, 4.0], "power_slip_s": [6.0, -2.5], "peak_pue": [1.3, 1.15],
        "rack_w": [0.0, 8.0], "hall_starts_w_per_s": [2.0, 3.0],
    } | told  # fmt: skip
    return table(Site, names=("here", "there"), network=("loop", "tree"), open=(True, True), **numbers)


def rentals(**told: Any) -> Rental:
    """Three markets: two at one site, each for a chip of its own."""
    numbers = {
        "contracted_count": [[2.0, 8.0], [3.0, 5.0], [7.0, 1.0]], "contracted_at_s": [[0.0, 20.0], [5.0, 30.0], [10.0, 50.0]],
        "install_s": [4.0, 7.0, 11.0], "install_spread": [0.3, 0.6, 0.9],
    } | told  # fmt: skip
    return table(Rental, names=("r1", "r2", "r3"), accelerator=("C", "A", "B"), site=("there", "here", "there"), **numbers)


def two_sites(**tables: Any) -> Scenario:
    """The whole of it, with tables of one's own in place of others."""
    by_hand = {
        "calendar": calendar(), "accelerator": chips(), "supply": vendors(), "site": sites(), "rental": rentals(),
        "network": table(Network, names=("tree", "loop"), price_usd=[7.0, 9.0], install_s=[5.0, 12.0], install_spread=[0.4, 0.75]),
        "core": table(Core, share=0.1, growth_per_s=0.01, relief_eflops=[2.0, 5.0], relief_at_s=[0.0, 50.0]),
        "utilization": table(Utilization, mfu=0.45, scale_eflops=900.0, chip_eflops=4.0), "recipe": table(Recipe, names=("small", "large")),
        "shape": None, "chip": None, "efficiency": None, "research": table(Research),
        "reliability": table(Reliability, chip_failures_per_s=1e-6, run_failures_per_s=2e-6, checkpoint_s=3.0, restart_s=40.0),
        "job": table(Programme, names=("m1", "m2"), deadlined=(True, False), work_eflop=[9e3, 2e4]),
        "envelope": table(Envelope, names=("FY2026",)), "preference": table(Preference),
        "hall": table(Hall, names=("cold", "warm"), price_usd_per_w=[0.3, 0.7], build_s=[8.0, 13.0], build_spread=[0.35, 0.65],
                      peak_pue=[1.2, 0.0], rack_w=[6.0, 0.0]),
        "source": table(Source, names=("engine", "line", "sun"), price_usd_per_w=[0.2, 0.4, 0.9], build_s=[6.0, 10.0, 17.0],
                        build_spread=[0.45, 0.55, 0.85], firm_share=[0.9, 0.8, 0.3], site_share=[0.25, 0.5, 0.1]),
        "staff": table(Staff, headcount_count=100.0, attrition_per_s=0.02),
        "deal": table(Acquisition, names=("one", "two"), heads_count=[20.0, 35.0], retention=[0.8, 0.6], clearance=[0.9, 0.7],
                      close_s=[5.0, 30.0], integration_s=[34.0, 44.0]),
    }  # fmt: skip
    return Scenario("by_hand", "Two sites by hand", Evidence({}, {}, ""), **(by_hand | tables))


def unlike(*shape: int, seed: int = 0) -> np.ndarray:
    """Numbers of which no two are alike, between 1 and 9."""
    return np.random.default_rng(seed).uniform(1.0, 9.0, shape)
