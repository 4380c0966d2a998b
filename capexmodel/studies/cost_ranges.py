"""How well the cost of a training run is known: the ends of nine tenths of it over its median, by drawing what it is made of.

Independent factors, lognormal but for the utilization, which is normal. Some runs tell how many chips ran for how long, others only
their compute; a run is of either kind as often as the rows at hand are. How the publisher mixed them is not told.

Source: Cottier, Rahman, Fattorini, Maslej and Owen 2024, arXiv 2405.21015, appendix A.5.
"""

import dataclasses
import math

import numpy as np

from capexmodel.config.costs import CostRow, method, shipped_cost_rows

_DRAWS = 400_000
_SEED = 20260202
_NINETY = 1.6448536269514722
"""Standard deviations from the middle of a normal to either end of nine tenths of it."""
_LEAST = 0.02
"""Utilization below which no run is taken to go: what is drawn below is drawn again."""


@dataclasses.dataclass(frozen=True)
class CostRange:
    """The ends of nine tenths, over the median."""

    low: float
    high: float


def cost_ranges(energy_share: float) -> dict[str, CostRange]:
    """Ranges of the amortized cost of runs on GPUs and on TPUs, of energy, and of GPUs with their energy."""
    rng, known = np.random.default_rng(_SEED), method().run_range
    cluster = method().cluster_range

    def drawn(low: float, _: float, high: float) -> np.ndarray:
        return np.exp(rng.standard_normal(_DRAWS) * math.log(high / low) / (2.0 * _NINETY))

    def hours(told: float) -> np.ndarray:
        low, middle, high = known["utilization"]
        reached = middle + rng.standard_normal(_DRAWS) * (high - low) / (2.0 * _NINETY)
        while np.any(reached < _LEAST):
            reached = np.where(reached < _LEAST, middle + rng.standard_normal(_DRAWS) * (high - low) / (2.0 * _NINETY), reached)
        counted, guessed = drawn(*cluster["quantity_ratio"]) * drawn(*known["time_ratio"]), drawn(*known["work_ratio"]) / reached
        return np.where(rng.random(_DRAWS) < told, counted / np.median(counted), guessed / np.median(guessed))

    rows = shipped_cost_rows()
    found = {}
    for kind, price in (("gpu", "price_ratio"), ("tpu", "tensor_price_ratio")):
        spent = hours(_told([row for row in rows if _tensor(row) == (kind == "tpu")]))
        servers = spent * drawn(*cluster[price]) * drawn(*cluster["overhead_ratio"]) * drawn(*cluster["interconnect_ratio"])
        found[kind] = _range(servers)
        if kind == "gpu":
            energy = spent * drawn(*known["energy_price_ratio"])
            found["energy"] = _range(energy)
            whole = (1.0 - energy_share) * servers / np.median(servers) + energy_share * energy / np.median(energy)
            found["whole"] = _range(whole)
    return found


def _tensor(row: CostRow) -> bool:
    return row.server is not None and row.server.tensor_unit


def _told(rows: list[CostRow]) -> float:
    """Share of rows that tell chips and hours."""
    return sum("chips_count" in row.numbers and "run_h" in row.numbers for row in rows) / len(rows)


def _range(drawn: np.ndarray) -> CostRange:
    low, middle, high = np.quantile(drawn, (0.05, 0.5, 0.95))
    return CostRange(float(low / middle), float(high / middle))
