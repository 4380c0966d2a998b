"""Rows of training runs with what they cost, from a CSV file, and the constants that costs are worked out by (`configs/finance`).

Both spellings of a column are read: this project's (`work_flop`) and that of Epoch's tables (`training_compute_flop`).
"""

import csv
import dataclasses
import datetime
import functools
import io
import math
import re
from pathlib import Path
from typing import Any

from capexmodel.config.faults import called, nearest, plain
from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_bytes, read_toml
from capexmodel.errors import ConfigError

SPELLINGS = {
    "publication_date": "published", "training_compute_flop": "work_flop", "training_hardware": "chip", "chip_quantity": "chips_count",
    "training_time_h": "run_h", "server_value_per_chip_usd_at_start": "server_value_usd", "facility_power_capacity_kw": "facility_kw",
    "amortized_total_usd_nominal": "total_usd",
}  # fmt: skip
NUMBERS = ("work_flop", "chips_count", "run_h", "chip_hours", "server_value_usd", "facility_kw", "energy_kwh", "total_usd")
EARLIER = "paper"
"""First word of the vintage whose powers of servers were corrected later."""


@dataclasses.dataclass(frozen=True)
class Server:
    """A chip with its part of a server: peak, power at full load (as first published, and as corrected), mean load, value on a day."""

    name: str
    peak_tflops: float
    server_w: float
    earlier_server_w: float
    load: float
    value_usd: float
    valued_on: datetime.date
    tensor_unit: bool


@dataclasses.dataclass(frozen=True)
class Method:
    """Constants of the amortization, each with the ends of its range where it has one: low, value, high.

    `server_over_chip` is the price of a server over its chips by the first word of a chip's name, "" for all others."""

    decline_oom_per_year: tuple[float, float, float]
    network_share: tuple[float, float, float]
    utilization: tuple[float, float, float]
    lag_days: float
    run_days: float
    pue: float
    hyperscale_pue: float
    hyperscale: tuple[str, ...]
    energy_price_usd_per_kwh: dict[int, float]
    server_over_chip: dict[str, float]
    cluster_range: dict[str, tuple[float, float, float]]
    run_range: dict[str, tuple[float, float, float]]
    usual: tuple[tuple[datetime.date, str], ...]


@dataclasses.dataclass(frozen=True)
class CostRow:
    """One row: its place in the file, what it says, and the server of its chip (`usual`: the chip of its time, for none was named)."""

    row: int
    model: str
    organization: str
    vintage: str
    published: datetime.date | None
    numbers: dict[str, float]
    server: Server | None
    usual: bool
    reason: str


def _ends(body: Any) -> tuple[float, float, float]:
    value = float(body["value"])
    return float(body.get("low", value)), value, float(body.get("high", value))


@functools.cache
def _tree() -> dict[str, Any]:
    return read_toml(configs_dir() / "finance" / "training_cost.toml", "finance/training_cost.toml")


@functools.cache
def method() -> Method:
    """The shipped constants."""
    tree = _tree()
    of = tree["method"]
    prices = {int(year): float(body["value"]) for year, body in tree["energy_price_usd_per_kwh"].items()}
    return Method(
        decline_oom_per_year=_ends(of["decline_oom_per_year"]),
        network_share=_ends(of["network_share"]),
        utilization=_ends(of["utilization"]),
        lag_days=_ends(of["lag_days"])[1],
        run_days=_ends(of["run_days"])[1],
        pue=_ends(of["pue"])[1],
        hyperscale_pue=_ends(of["hyperscale_pue"])[1],
        hyperscale=tuple(of["hyperscale"]),
        energy_price_usd_per_kwh=prices,
        server_over_chip={"": _ends(of["server_over_chip_ratio"])[1]} | {n: _ends(b)[1] for n, b in tree["server_over_chip_ratio"].items()},
        cluster_range={name: _ends(body) for name, body in tree["cluster_range"].items()},
        run_range={name: _ends(body) for name, body in tree["run_range"].items()},
        usual=tuple((each["until"], each["chip"]) for each in tree["usual"]),
    )


@functools.cache
def servers() -> dict[str, Server]:
    """Every server, by each name of its chip, letters and digits alone."""
    found: dict[str, Server] = {}
    for name, body in _tree()["chip"].items():
        power = float(body["server_w"])
        earlier, load, value = float(body.get("earlier_server_w", power)), float(body["load"]), float(body["value_usd"])
        server = Server(name, float(body["peak_tflops"]), power, earlier, load, value, body["valued_on"], name.startswith("TPU"))
        found |= {_bare(each): server for each in (name, *body.get("also", ()))}
    return found


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def server_of(hardware: str) -> Server | None:
    """The server of the first chip that is named: the longest known name it contains."""
    bare = _bare(hardware.split(",")[0])
    known = [name for name in servers() if name in bare]
    return servers()[max(known, key=len)] if known else None


def usual_server(when: datetime.date) -> Server:
    """The server that large runs of a time are trained on; after all times that of the last."""
    chip = next((chip for until, chip in method().usual if when <= until), method().usual[-1][1])
    return servers()[_bare(chip)]


def read_cost_rows(path: Path) -> list[CostRow]:
    """Read every row of a file, in its order.

    Raises: ConfigError for a file that is no such table.
    """
    shown = called(path)
    try:
        text = read_bytes(path, shown, "a CSV table").decode("utf-8-sig")
        table = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if any(cell.strip() for cell in line)]
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: is not UTF-8 text, got byte 0x{error.object[error.start]:02x}, expected a CSV table") from None
    except csv.Error as error:
        raise ConfigError(f"{shown}: is no CSV table: {error}") from None
    if not table:
        raise ConfigError(f"{shown}: is empty, expected a line of column names and a line for each run")
    names = [SPELLINGS.get(name.strip(), name.strip()) for name in table[0]]
    for wanted in ("model", "published", "work_flop", "chip"):
        if wanted not in names:
            near = nearest(wanted, names)
            raise ConfigError(f"{shown}:1: has no column '{wanted}'" + (f"; is '{near}' meant?" if near else ""))
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise ConfigError(f"{shown}:1: has the column '{plain(twice[0])[1:-1]}' twice")
    return [_row(place, dict(zip(names, (cell.strip() for cell in line), strict=False))) for place, line in enumerate(table[1:])]


def _row(place: int, cells: dict[str, str]) -> CostRow:
    """One row from its cells; what cannot be read is its reason."""
    faults, numbers = [], {}
    for name in NUMBERS:
        written = cells.get(name, "")
        value = _number(written)
        if value is not None:
            numbers[name] = value
        elif written:
            faults.append(f"{name}: is no number above 0, got {plain(written)}")
    published = _date(cells.get("published", ""))
    if published is None:
        faults.append(f"published: is no date, got {plain(cells.get('published', ''))}")
    hardware = cells.get("chip", "")
    server = server_of(hardware) if hardware else usual_server(published) if published else None
    if hardware and server is None:
        faults.append(f"chip: is not known, got {plain(hardware)}")
    whose = cells.get("organization", ""), cells.get("vintage", "")
    return CostRow(place, cells.get("model", ""), *whose, published, numbers, server, not hardware, "; ".join(faults))


def _number(written: str) -> float | None:
    """A finite number above nothing."""
    try:
        value = float(written)
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


def _date(written: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(written[:10])
    except ValueError:
        return None


@functools.cache
def shipped_cost_rows() -> tuple[CostRow, ...]:
    """The published runs that come with the package."""
    return tuple(read_cost_rows(configs_dir() / "finance" / "training_costs.csv"))
