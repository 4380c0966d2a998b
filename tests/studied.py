"""The smallest scenario with three figures that have ranges, and its budget spent on chips: what studies of sensitivity are tried on."""

import functools

from capexmodel.config import load
from capexmodel.model.scenario import Scenario
from capexmodel.studies.batch import Simulations
from capexmodel.studies.draws import draws
from tests import sweeping

TOLD = "status = '{status}', source = 'capexmodel-assumptions'"
WORK, PRICE, MFU = "job.model.work_eflop", "accelerator.chip.price_usd", "utilization.mfu"


def changes() -> list[str]:
    """Work by 2 %, price and utilization by 10 %, of three kinds of evidence."""
    rows = (
        ("job.model.work_flop", 1.4e26, 0.02, "scenario"),
        ("accelerator.chip.price_kusd", 44.0, 0.1, "reported"),
        (MFU, 0.45, 0.1, "recalled"),
    )
    return [
        f"{path}={{ value = {value}, low = {value * (1 - by)}, high = {value * (1 + by)}, {TOLD.format(status=status)} }}"
        for path, value, by, status in rows
    ]


@functools.cache
def scenario(*more: str) -> Scenario:
    """The scenario, with more figures replaced."""
    return load("one_period", [*changes(), *more])


def engine(given: Scenario, points: int) -> Simulations:
    """Its plan followed with other figures."""
    return Simulations(given, sweeping.plan(given), draws(given, points), part_rows=512)
