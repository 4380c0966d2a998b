"""The cheapest power for a site, all year and every hour: what is asked, what is found, how it moves, and what it rests on."""

import dataclasses
from collections.abc import Mapping, Sequence

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from capexmodel.config.energy import GRID, Market, Place, SourceOfPower, cells, plants
from capexmodel.config.figures import Given
from capexmodel.energy.clean import Matching, matching, source_share
from capexmodel.energy.column import FirmColumn, firm_column
from capexmodel.energy.plants import Cells, Plants
from capexmodel.energy.portfolio import BATTERY, Battery, Draw, Operation, Sources, cheapest
from capexmodel.energy.profiles import sun_share, wind_share
from capexmodel.errors import ConfigError, SolveError
from capexmodel.finance.annuity import Money
from capexmodel.model.evidence import STATUSES
from capexmodel.units import scale

DAYS, HOURS = 12, 24
"""Representative days, one a month, and the hours of each."""
YEAR_S = float(scale("year"))
LITTLE = 1e-5
"""Share of the load below which a capacity is not shown: the solver never quite leaves nothing."""


@dataclasses.dataclass(frozen=True)
class Wish:
    """What is asked: so much power at a place, from these sources, at these prices, within these limits.

    `most_w` is by source, the battery included; `by_s` leaves out what takes longer to build.
    """

    load_w: float
    place: Place
    sources: tuple[SourceOfPower, ...]
    battery: bool = True
    carbon_usd_per_kg: float = 0.0
    clean_share: float | None = None
    carbon_kg_per_j: float | None = None
    most_w: Mapping[str, float] = dataclasses.field(default_factory=dict)
    by_s: float | None = None
    heat_usd_per_j: float | None = None
    rate_share: float | None = None


@dataclasses.dataclass(frozen=True)
class Found:
    """What was found: the portfolio and how it runs, how clean it is, what a plan needs to know of it, and what came too late."""

    wish: Wish
    plants: Plants
    cells: Cells
    sources: Sources
    battery: Battery
    draw: Draw
    operation: Operation
    matching: Matching
    column: FirmColumn
    taken_share: Float[Array, "source"]
    late: tuple[str, ...]
    evidence: dict[str, Given]

    @property
    def drawn_w(self) -> float:
        """Mean load."""
        return float(jnp.sum(self.draw.day_share[:, None] * self.draw.load_w)) / HOURS

    @property
    def cost_usd_per_j(self) -> float:
        """All of it, carbon at its price included, over what is drawn."""
        return float(self.operation.cost_usd_per_s) / self.drawn_w

    @property
    def weakest(self) -> str:
        """The weakest status among the figures it rests on."""
        return max((figure.status for figure in self.evidence.values()), key=STATUSES.index)


@dataclasses.dataclass(frozen=True)
class Inputs:
    """A wish in the form the hours see it."""

    plants: Plants
    cells: Cells
    sources: Sources
    battery: Battery
    draw: Draw


def inputs(market: Market, wish: Wish) -> Inputs:
    """Put sources, weather, load and prices side by side."""
    rate = market.common["money.rate_share"].value if wish.rate_share is None else wish.rate_share
    money = Money(jnp.asarray(rate), jnp.asarray(YEAR_S))
    paid = {each.name: float(money.recovery_per_s(jnp.asarray(each.value("life_years", YEAR_S)))) for each in wish.sources}
    kinds = plants(wish.sources, paid, wish.place)
    stack = cells(market, float(money.recovery_per_s(jnp.asarray(market.common["battery.life_years"].value))))
    fuel = market.fuel
    if wish.heat_usd_per_j is not None:
        fuel = dataclasses.replace(fuel, heat_usd_per_j=jnp.asarray(wish.heat_usd_per_j))
    days = jnp.full(DAYS, 1.0 / DAYS)
    return Inputs(
        plants=kinds,
        cells=stack,
        sources=kinds.sources(fuel, _available(wish), days),
        battery=stack.battery(),
        draw=Draw(
            load_w=jnp.full((DAYS, HOURS), wish.load_w),
            day_share=days,
            hour_s=jnp.asarray(float(scale("hour"))),
            unmet_usd_per_j=jnp.asarray(market.common["money.unmet_usd_per_mwh"].value),
            carbon_usd_per_kg=jnp.asarray(wish.carbon_usd_per_kg),
        ),
    )


def _available(wish: Wish) -> Float[Array, "source day hour"]:
    """What is there of a watt of each source by hour."""
    weather = {"wind": wind_share(wish.place.weather, DAYS, HOURS), "solar": sun_share(wish.place.weather, DAYS, HOURS)}
    flat = jnp.ones((DAYS, HOURS))
    rows = [weather.get(each.weather, flat) * each.value("available_share", 1.0) for each in wish.sources]
    return jnp.stack(rows)


@eqx.filter_jit
def _cheapest(
    sources: Sources, battery: Battery, draw: Draw, clean: Array | None, carbon: Array | None, most: dict[str, Array]
) -> Operation:
    return cheapest(sources, battery, draw, clean, carbon, most)


def find(market: Market, wish: Wish) -> Found:
    """The cheapest portfolio.

    Raises: ConfigError where no source is left; SolveError where none was found.
    """
    wish, late = _in_time(market, wish)
    given = inputs(market, wish)
    limits = {each.name: each.value("most_mw") for each in wish.sources if "most_mw" in each.figures} | dict(wish.most_w)
    if not wish.battery:
        limits[BATTERY] = 0.0
    most = {name: jnp.asarray(value) for name, value in limits.items() if name in (*given.plants.names, BATTERY)}
    drawn = jnp.sum(given.draw.day_share[:, None] * given.draw.load_w) / HOURS
    clean = None if wish.clean_share is None else jnp.asarray(wish.clean_share)
    carbon = None if wish.carbon_kg_per_j is None else jnp.asarray(wish.carbon_kg_per_j) * drawn
    operation = _cheapest(given.sources, given.battery, given.draw, clean, carbon, most)
    _check(operation.solved, operation)
    return Found(
        wish, given.plants, given.cells, given.sources, given.battery, given.draw, operation,
        matching(given.sources, given.draw, operation),
        firm_column(given.plants, given.cells, given.sources, given.draw, operation),
        source_share(given.draw, operation), late, _evidence(market, wish, operation),
    )  # fmt: skip


def _in_time(market: Market, wish: Wish) -> tuple[Wish, tuple[str, ...]]:
    """The wish without what would come too late, and what that is."""
    if wish.by_s is None:
        return wish, ()
    late = tuple(each.name for each in wish.sources if each.value("build_months") > wish.by_s)
    battery = wish.battery and market.common["battery.build_months"].value <= wish.by_s
    if len(late) == len(wish.sources):
        raise ConfigError("no source of power could be there by then: ask for a later date, or for other sources")
    kept = tuple(each for each in wish.sources if each.name not in late)
    return dataclasses.replace(wish, sources=kept, battery=battery), late + ((BATTERY,) if wish.battery and not battery else ())


def _check(solved: Bool[Array, ""], operation: Operation) -> None:
    if not bool(solved):
        raise SolveError(f"no portfolio was found: the program of the hours is left with an error of {float(operation.error):.1g}")


def _evidence(market: Market, wish: Wish, operation: Operation) -> dict[str, Given]:
    """The figures that a portfolio rests on: those of sources that are built, of the weather they need, of the battery, and in common."""
    used: dict[str, Given] = {}
    built = [each for each, watts in zip(wish.sources, operation.capacity.source_w, strict=True) if float(watts) > LITTLE * wish.load_w]
    for each in built:
        used |= {f"source.{each.name}.{name}": figure for name, figure in each.figures.items()}
        if each.name == GRID:
            local = {name: figure for name, figure in wish.place.figures.items() if name.startswith(f"{GRID}_")}
            used |= {f"place.{wish.place.name}.{name}": figure for name, figure in local.items()}
    if any(each.weather for each in built):
        weather = {name: figure for name, figure in wish.place.figures.items() if not name.startswith(f"{GRID}_")}
        used |= {f"place.{wish.place.name}.{name}": figure for name, figure in weather.items()}
    stands = float(operation.capacity.battery_w) > LITTLE * wish.load_w
    gas = any(each.gas for each in built)
    for name, figure in market.common.items():
        table = name.partition(".")[0]
        if table == "money" or (table == "fuel" and gas) or (table == BATTERY and stands):
            used[name] = figure
    return used


VARIED = {
    "carbon-price": ("carbon_usd_per_kg", "usd_per_t"),
    "clean": ("clean_share", ""),
    "carbon-cap": ("carbon_kg_per_j", "g_per_kwh"),
    "gas-price": ("heat_usd_per_j", "usd_per_mwh"),
    "rate": ("rate_share", ""),
    "by": ("by_s", "months"),
}
"""What can be varied: the field of a wish, and the unit it is told in."""


def vary(market: Market, wish: Wish, name: str, values: Sequence[float]) -> list[Found]:
    """The cheapest portfolio at each value, in base units, of something in `VARIED`."""
    return [find(market, dataclasses.replace(wish, **{VARIED[name][0]: value})) for value in values]
