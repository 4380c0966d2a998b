"""Sources of power, batteries and places, by name: `configs/energy/sources.toml`, `configs/energy/weather.toml`, and one's own.

Each figure keeps its range, status and source, so that what is worked out can say what it rests on.
"""

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp

from capexmodel.config.builds import given, line_of, written
from capexmodel.config.faults import called, key, nearest, plain
from capexmodel.config.figures import Given
from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_toml
from capexmodel.energy.plants import Cells, Fuel, Plants
from capexmodel.energy.profiles import Weather
from capexmodel.errors import ConfigError
from capexmodel.param import params
from capexmodel.units import parse

SHOWN, PLACES, CATALOG = "energy/sources.toml", "energy/weather.toml", "catalog/sources_of_power.toml"
WEATHERS = ("wind", "solar")
FIGURES = (
    "capital_usd_per_kw", "fixed_per_year", "contract_usd_per_mwh", "energy_usd_per_mwh", "wear_usd_per_mwh", "efficiency_share",
    "carbon_g_per_kwh", "clean_share", "available_share", "life_years", "build_months", "most_mw",
)  # fmt: skip
PICKED = {"price_usd_per_kw": "capital_usd_per_kw", "build_months": "build_months"}
"""What a plant of the catalog says, and as which figure it is read."""
WORDS = ("title", "plant", "gas", "weather")
COMMON = ("money", "fuel", "delivery")
"""Tables of figures that no source has to itself."""
GRID = "grid"
"""The source whose price and carbon a place may replace."""


@dataclasses.dataclass(frozen=True)
class SourceOfPower:
    """A source by name: what it is, whether it burns gas, which weather it follows, and its figures in base units."""

    name: str
    title: str
    gas: bool
    weather: str
    figures: dict[str, Given]

    def value(self, name: str, missing: float = 0.0) -> float:
        """A figure, or what stands for one that it has not."""
        return self.figures[name].value if name in self.figures else missing


@dataclasses.dataclass(frozen=True)
class Place:
    """A place by name: its made-up weather, and what its grid asks and leaves in the air, where that is known."""

    name: str
    title: str
    weather: Weather
    figures: dict[str, Given]


@dataclasses.dataclass(frozen=True)
class Market:
    """Everything that is known of power: sources, the battery, places, the price of gas, and what money costs."""

    sources: dict[str, SourceOfPower]
    places: dict[str, Place]
    common: dict[str, Given]

    @property
    def fuel(self) -> Fuel:
        """Gas as it is priced."""
        return Fuel(jnp.asarray(self.common["fuel.gas_usd_per_mwh"].value), jnp.asarray(self.common["fuel.gas_g_per_kwh"].value))

    def named(self, names: Iterable[str]) -> tuple[SourceOfPower, ...]:
        """Sources by name, in the order asked for.

        Raises: ConfigError for a name that is not known, or that comes twice.
        """
        asked = tuple(names)
        for name in asked:
            if name not in self.sources:
                raise ConfigError(f"no source of power {plain(name)}, expected {', '.join(self.sources)}{_near(name, self.sources)}")
            if asked.count(name) > 1:
                raise ConfigError(f"the source of power '{name}' is named twice")
        return tuple(self.sources[name] for name in asked)

    def place(self, name: str) -> Place:
        """A place by name.

        Raises: ConfigError for one that is not known.
        """
        if name not in self.places:
            raise ConfigError(f"no place {plain(name)}, expected {', '.join(self.places)}{_near(name, self.places)}")
        return self.places[name]


def _near(name: object, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"; is '{near}' meant?" if near else ""


def market(own: Path | None = None) -> Market:
    """What is shipped, with sources and places of one's own beside it where a file holds some.

    Raises: ConfigError for a file that holds none, or a key that is not known.
    """
    known = _shipped()
    if own is None:
        return known
    shown = called(own)
    more = read_toml(own, shown)
    wrong = next((f"{plain(word)} is not a known table" for word in more if word not in ("source", "place")), None)
    if wrong is not None or not any(more.values()):
        raise ConfigError(f"{shown}: {wrong or 'is empty'}, expected [source.NAME] or [place.NAME]")
    sources, places = _tables(more, "source", shown, _source), _tables(more, "place", shown, _place)
    return dataclasses.replace(known, sources=known.sources | sources, places=known.places | places)


@functools.cache
def _shipped() -> Market:
    tree, weather = (read_toml(configs_dir() / file, file) for file in (SHOWN, PLACES))
    sources = _tables(tree, "source", SHOWN, _source)
    places = _tables(weather, "place", PLACES, _place)
    common = {f"{table}.{name}": given(tree[table], name, f"{SHOWN}: {table}") for table in COMMON for name in tree[table]}
    common |= {f"battery.{name}": given(tree["battery"], name, SHOWN) for name in tree["battery"] if name != "title"}
    return Market(sources, places, common)


def _tables(tree: Mapping[str, Any], table: str, shown: str, read: Any) -> dict[str, Any]:
    found, bodies = {}, tree.get(table, {})
    if not isinstance(bodies, Mapping):
        raise ConfigError(f"{shown}: {table} is no table, got {plain(bodies)}, expected [{table}.NAME]")
    for name, body in bodies.items():
        where = f"{shown}: {table}.{key(name)}"
        if not isinstance(body, Mapping):
            raise ConfigError(f"{where} is no table, got {plain(body)}")
        found[name] = read(name, body, where)
    return found


def _source(name: str, body: Mapping[str, Any], where: str) -> SourceOfPower:
    for word in body:
        if word not in (*FIGURES, *WORDS):
            raise ConfigError(f"{where}.{key(word)} is not a known key{_near(word, (*FIGURES, *WORDS))}")
    figures = {word: given(body, word, where) for word in FIGURES if word in body}
    if "plant" in body:
        listed = _catalog()
        if not isinstance(body["plant"], str) or body["plant"] not in listed:
            raise ConfigError(f"{where}.plant: {plain(body['plant'])} is not in the catalog{_near(body['plant'], listed)}")
        figures = {kept: given(listed[body["plant"]], told, CATALOG) for told, kept in PICKED.items()} | figures
    weather, gas = body.get("weather", ""), body.get("gas", False)
    if weather not in ("", *WEATHERS):
        raise ConfigError(f"{where}.weather: got {plain(weather)}, expected {' or '.join(WEATHERS)}{_near(weather, WEATHERS)}")
    if not isinstance(gas, bool):
        raise ConfigError(f"{where}.gas: got {plain(gas)}, expected true or false")
    for needed in [*(["efficiency_share"] if gas else []), *(["life_years"] if "capital_usd_per_kw" in figures else [])]:
        if needed not in figures:
            raise ConfigError(f"{where} has no '{needed}'")
    for word, figure in figures.items():
        above, share = word in ("efficiency_share", "life_years", "build_months"), parse(word)[1] == ""
        if figure.value < 0 or (above and figure.value == 0) or (share and figure.value > 1):
            expected = f"{'above' if above else 'at least'} 0{' and at most 1' if share else ''}"
            raise ConfigError(f"{where}.{word}: got {written(figure.value, word):g}, expected {expected}")
    if "build_months" not in figures:
        raise ConfigError(f"{where} has no 'build_months': when could it be there?")
    return SourceOfPower(name, line_of(body.get("title", name), f"{where}.title"), gas, weather, figures)


@functools.cache
def _catalog() -> dict[str, Any]:
    return read_toml(configs_dir() / CATALOG, CATALOG)["source"]


def _place(name: str, body: Mapping[str, Any], where: str) -> Place:
    known = (*params(Weather), "grid_usd_per_mwh", "grid_g_per_kwh")
    for word in body:
        if word not in (*known, "title"):
            raise ConfigError(f"{where}.{key(word)} is not a known key{_near(word, (*known, 'title'))}")
    figures = {word: given(body, word, where) for word in known if word in body or word in params(Weather)}
    for word, declared in params(Weather).items():
        complaint = declared.complaint(figures[word].value)
        if complaint is not None:
            raise ConfigError(f"{where}.{word}: got {written(figures[word].value, word):g}, expected {complaint}")
    weather = Weather(**{word: jnp.asarray(figures[word].value) for word in params(Weather)})
    return Place(name, line_of(body.get("title", name), f"{where}.title"), weather, figures)


def plants(chosen: tuple[SourceOfPower, ...], recovery: Mapping[str, float], place: Place) -> Plants:
    """The figures of sources side by side; `recovery` is the payment by time for a dollar of capital of each."""

    def column(name: str, missing: float = 0.0) -> jnp.ndarray:
        return jnp.asarray([source.value(name, missing) for source in chosen])

    local = {"energy_usd_per_mwh": "grid_usd_per_mwh", "carbon_g_per_kwh": "grid_g_per_kwh"}
    seen = tuple(
        dataclasses.replace(source, figures=source.figures | {to: place.figures[of] for to, of in local.items() if of in place.figures})
        if source.name == GRID
        else source
        for source in chosen
    )
    energy = jnp.asarray([source.value("energy_usd_per_mwh") + source.value("wear_usd_per_mwh") for source in seen])
    heat = jnp.asarray([1.0 / source.value("efficiency_share", 1.0) if source.gas else 0.0 for source in chosen])
    return Plants(
        names=tuple(source.name for source in chosen),
        capital_usd_per_w=column("capital_usd_per_kw"),
        recovery_per_s=jnp.asarray([recovery.get(source.name, 0.0) for source in chosen]),
        fixed_per_s=column("fixed_per_year"),
        contract_usd_per_j=column("contract_usd_per_mwh"),
        energy_usd_per_j=energy,
        heat_ratio=heat,
        carbon_kg_per_j=jnp.asarray([source.value("carbon_g_per_kwh") for source in seen]),
        clean_share=column("clean_share"),
        build_s=column("build_months"),
    )


def cells(market: Market, recovery_per_s: float) -> Cells:
    """The battery."""
    told = {name.removeprefix("battery."): figure.value for name, figure in market.common.items() if name.startswith("battery.")}
    return Cells(*(jnp.asarray(number) for number in (
        told["power_usd_per_kw"], told["store_usd_per_kwh"], recovery_per_s, told["fixed_per_year"], told["charge_share"],
        told["discharge_share"], told["build_months"],
    )))  # fmt: skip
