"""What training runs cost, two ways: by identity from chip-hours, value of servers and power, and from compute, chip and date alone.

A run that was built on another (further training of a published model) is charged with both in published tables: the value by chip-hour
then stands far above what a server costs, and the earlier run is looked for whose capital explains the rest.
"""

import dataclasses
import datetime
import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from capexmodel.config.costs import EARLIER, CostRow, Method, Server, method, shipped_cost_rows
from capexmodel.finance.training_cost import Amortization, Spent, chip_time_s
from capexmodel.units import scale

IDENTITY_PERCENT = 0.1
BLIND_DEX = 0.3
COVERED_PERCENT = 80.0
"""Goals: most that the identity may miss any row by, the median error from compute alone, and the least share inside the range of 90 %."""
BUILT_ON = 1.5
"""Times what a server is worth beyond which a value must hold an earlier run."""
EXPLAINED = 0.2
"""Share of the capital by which an earlier run may miss what is left unexplained."""
PRICED, CHOSEN = 2.0, 3.0
"""Factors either way within which nine of ten lie: the price of a server (Epoch: half to twice), and the choice of a chip nobody named."""
_YEAR_DAYS = 365.25
_HOUR_S, _DAY_S = 3600.0, 86400.0


@dataclasses.dataclass(frozen=True)
class Cost:
    """One row: by identity (none where chip-hours or value are not told), from compute alone with its range of 90 %, and what was
    published; `built_on` names the earlier run that its capital holds."""

    row: CostRow
    identity_usd: float | None
    blind_usd: float | None
    low_usd: float | None
    high_usd: float | None
    seen_usd: float | None
    built_on: str
    reason: str


@dataclasses.dataclass(frozen=True)
class CostSlice:
    """How far some rows are missed: the identity in percent, the other in orders of magnitude, and how often its range holds."""

    rows: int
    identity_rows: int
    identity_max_percent: float | None
    blind_rows: int
    blind_median_dex: float | None
    blind_p90_dex: float | None
    coverage_percent: float | None


@dataclasses.dataclass(frozen=True)
class CostValidation:
    """The score of a table of costs."""

    costs: tuple[Cost, ...]
    slices: dict[str, CostSlice]
    missed: tuple[str, ...]


def amortization(constants: Method) -> Amortization:
    """The shipped way of charging capital to a run."""
    oom_per_year, share = constants.decline_oom_per_year[1], constants.network_share[1]
    return Amortization(jnp.asarray(oom_per_year * math.log(10.0) / (_YEAR_DAYS * _DAY_S)), jnp.asarray(share))


def validate_costs(rows: Sequence[CostRow]) -> CostValidation:
    """Work out every row both ways, and score those whose cost was published."""
    constants = method()
    costs = [_cost(row, constants, [*shipped_cost_rows(), *rows]) for row in rows]
    slices = {name: _score(some) for name, some in _sliced(costs).items()}
    return CostValidation(tuple(costs), slices, tuple(_missed(slices)))


def _cost(row: CostRow, constants: Method, others: Sequence[CostRow]) -> Cost:
    """One row both ways; a row that cannot be read gets its reason."""
    seen = row.numbers.get("total_usd")
    if row.reason or row.published is None or row.server is None:
        return Cost(row, None, None, None, None, seen, "", row.reason)
    identity, built_on = _identity(row, constants, others)
    blind, low, high = _blind(row, constants)
    reason = "" if blind is not None else "work_flop: is missing, so nothing can be said from compute alone"
    return Cost(row, identity, blind, low, high, seen, built_on, reason)


def parts_of(cost: Cost) -> tuple[float, float, float, float] | None:
    """Shares of chips, the rest of their servers, network and energy in a cost by identity; None where there is none."""
    row, constants = cost.row, method()
    if cost.identity_usd is None or row.server is None:
        return None
    servers = _spent(amortization(constants), row.numbers["chip_hours"] * _HOUR_S, row.numbers["server_value_usd"], 0.0, 0.0)
    network = servers * constants.network_share[1]
    over = constants.server_over_chip.get(row.server.name.split()[0], constants.server_over_chip[""])
    chips = (servers - network) / over
    shares = chips, servers - network - chips, network, cost.identity_usd - servers
    return shares[0] / cost.identity_usd, shares[1] / cost.identity_usd, shares[2] / cost.identity_usd, shares[3] / cost.identity_usd


def capacity_w(cost: Cost) -> float | None:
    """Power of the facility that a run took, at full load; None where its chips are not counted."""
    row, constants = cost.row, method()
    if row.server is None or "chips_count" not in row.numbers:
        return None
    pue = constants.hyperscale_pue if any(name in row.organization for name in constants.hyperscale) else constants.pue
    return row.numbers["chips_count"] * pue * (row.server.earlier_server_w if row.vintage.startswith(EARLIER) else row.server.server_w)


def _spent(method_: Amortization, *numbers: float) -> float:
    """Total of one run."""
    spent: Spent = method_.spent(*(jnp.asarray([number]) for number in numbers))
    return float(spent.total_usd[0])


def _start(row: CostRow, constants: Method) -> datetime.date:
    """When a run began, told from its publication."""
    assert row.published is not None
    days = row.numbers["run_h"] / 24.0 if "run_h" in row.numbers else constants.run_days
    return row.published - datetime.timedelta(days=days + constants.lag_days)


def _value_usd(server: Server, when: datetime.date, charged: Amortization) -> float:
    """What a server is worth on a day."""
    age_s = (when - server.valued_on).days * _DAY_S
    return float(charged.value_usd(jnp.asarray(server.value_usd), jnp.asarray(age_s)))


def _energy_price(row: CostRow, constants: Method) -> float:
    """Price of energy in the year of publication, or the nearest year there is."""
    assert row.published is not None
    published = row.published.year
    year = min(constants.energy_price_usd_per_kwh, key=lambda known: abs(known - published))
    return constants.energy_price_usd_per_kwh[year] * float(scale("usd_per_kwh"))


def _mean_power_w(row: CostRow, constants: Method) -> float:
    """Mean power of a chip at the meter: as told, or from its server."""
    told, server = row.numbers, row.server
    assert server is not None
    if "energy_kwh" in told and "chip_hours" in told:
        return 1000.0 * told["energy_kwh"] / told["chip_hours"]
    if "facility_kw" in told and "chips_count" in told:
        return 1000.0 * told["facility_kw"] / told["chips_count"] * server.load
    pue = constants.hyperscale_pue if any(name in row.organization for name in constants.hyperscale) else constants.pue
    return (server.earlier_server_w if row.vintage.startswith(EARLIER) else server.server_w) * server.load * pue


def _identity(row: CostRow, constants: Method, others: Sequence[CostRow]) -> tuple[float | None, str]:
    """Cost from chip-hours, value of servers and power; and the earlier run that its capital holds."""
    hours, value = row.numbers.get("chip_hours"), row.numbers.get("server_value_usd")
    if hours is None or value is None or row.server is None:
        return None, ""
    charged = amortization(constants)
    alone = _value_usd(row.server, _start(row, constants), charged)
    drawn, built_on = hours, ""
    if value > BUILT_ON * alone:
        base = _base(row, hours * (value - alone), others)
        drawn, built_on = (hours * value / alone, "an unknown run") if base is None else (hours + base.numbers["chip_hours"], base.model)
    capital = _spent(charged, hours * _HOUR_S, value, 0.0, 0.0)
    return capital + drawn * _HOUR_S * _mean_power_w(row, constants) * _energy_price(row, constants), built_on


def _base(row: CostRow, capital_usd_h: float, others: Sequence[CostRow]) -> CostRow | None:
    """The earlier run of the same people on chips of the same name whose chip-hours times value come nearest to what is unexplained."""

    def fits(other: CostRow) -> bool:
        if other.server is None or row.server is None or other.published is None or row.published is None:
            return False
        alike = other.server.name.split()[0] == row.server.name.split()[0] and bool(_people(other) & _people(row))
        told = {"chip_hours", "server_value_usd"} <= set(other.numbers)
        return alike and told and other.published < row.published and other.model != row.model

    def off(other: CostRow) -> float:
        return abs(other.numbers["chip_hours"] * other.numbers["server_value_usd"] / capital_usd_h - 1.0)

    best = min((other for other in others if fits(other)), key=off, default=None)
    return best if best is not None and off(best) <= EXPLAINED else None


def _people(row: CostRow) -> set[str]:
    """The first word of each organization of a row: a company, whatever its laboratory is called."""
    return {name.split()[0] for name in row.organization.split(",") if name.strip()}


def _blind(row: CostRow, constants: Method) -> tuple[float | None, float | None, float | None]:
    """Cost from compute, chip and date alone, with the range in which nine of ten lie: utilization and value are not known."""
    work, server = row.numbers.get("work_flop"), row.server
    if work is None or server is None or row.published is None:
        return None, None, None
    charged = amortization(constants)
    peak = jnp.asarray(server.peak_tflops * float(scale("tflops")))
    time_s = float(chip_time_s(jnp.asarray(work * float(scale("flop"))), peak, jnp.asarray(constants.utilization[1])))
    value = _value_usd(server, row.published - datetime.timedelta(days=constants.run_days + constants.lag_days), charged)
    power_w = server.server_w * server.load * (constants.hyperscale_pue if server.tensor_unit else constants.pue)
    middle = _spent(charged, time_s, value, power_w, _energy_price(row, constants))
    half = math.hypot(_half(constants.utilization), math.log(PRICED), math.log(CHOSEN) if row.usual else 0.0)
    return middle, middle * math.exp(-half), middle * math.exp(half)


def _half(ends: tuple[float, float, float]) -> float:
    """Half the width of a range, as a logarithm."""
    return 0.5 * math.log(ends[2] / ends[0])


def _sliced(costs: Sequence[Cost]) -> dict[str, list[Cost]]:
    """Rows by kind of chip, by vintage, and those whose chip is not told."""
    found: dict[str, list[Cost]] = {"all": list(costs)}
    for each in costs:
        kind = "chip not told" if each.row.usual else "tpu" if each.row.server and each.row.server.tensor_unit else "gpu"
        for name in (kind, each.row.vintage or "no vintage", *(["built on another"] if each.built_on else [])):
            found.setdefault(name, []).append(each)
    return {name: some for name, some in found.items() if any(each.seen_usd for each in some)}


def _score(costs: Sequence[Cost]) -> CostSlice:
    """How far rows with a published cost are missed."""
    exact = [100.0 * abs(each.identity_usd / each.seen_usd - 1.0) for each in costs if each.identity_usd and each.seen_usd]
    blind = [each for each in costs if each.blind_usd and each.low_usd and each.high_usd and each.seen_usd]
    dex = [abs(math.log10(each.blind_usd / each.seen_usd)) for each in blind if each.blind_usd and each.seen_usd]
    held = [each.low_usd <= each.seen_usd <= each.high_usd for each in blind if each.low_usd and each.high_usd and each.seen_usd]
    return CostSlice(
        rows=sum(each.seen_usd is not None for each in costs),
        identity_rows=len(exact),
        identity_max_percent=max(exact, default=None),
        blind_rows=len(blind),
        blind_median_dex=float(np.median(dex)) if dex else None,
        blind_p90_dex=float(np.quantile(dex, 0.9)) if dex else None,
        coverage_percent=100.0 * float(np.mean(held)) if held else None,
    )


def _missed(slices: dict[str, CostSlice]) -> list[str]:
    """The goals that were missed, in words."""
    found, whole = [], slices.get("all")
    if whole is None:
        return found
    if whole.identity_max_percent is not None and whole.identity_max_percent > IDENTITY_PERCENT:
        found.append(f"identity: the worst row is off by {whole.identity_max_percent:.3f} %, the goal is {IDENTITY_PERCENT:g}")
    if whole.blind_median_dex is not None and whole.blind_median_dex > BLIND_DEX:
        found.append(f"from compute alone: median error {whole.blind_median_dex:.2f} orders of magnitude, the goal is {BLIND_DEX:g}")
    if whole.coverage_percent is not None and whole.coverage_percent < COVERED_PERCENT:
        found.append(f"from compute alone: ranges of 90 % hold {whole.coverage_percent:.0f} % of the rows, the goal is {COVERED_PERCENT:g}")
    return found
