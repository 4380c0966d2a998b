"""Figures of climates, cooling and heat: `configs/energy/climate.toml`, `cooling.toml` and `heat.toml`."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp

from capexmodel.config.builds import given, written
from capexmodel.config.faults import nearest
from capexmodel.config.locate import configs_dir
from capexmodel.config.read import read_toml
from capexmodel.energy.climate import Climate
from capexmodel.energy.cooling import Cooling, Loops
from capexmodel.energy.heat import HeatNetwork, HeatPump
from capexmodel.errors import ConfigError
from capexmodel.param import params
from capexmodel.units import dimension, parse


@functools.cache
def file(name: str) -> dict[str, Any]:
    """One of the three shipped files as it stands: "climate", "cooling" or "heat"."""
    return read_toml(configs_dir() / "energy" / f"{name}.toml", _shown(name))


def climates() -> dict[str, Climate]:
    """Every shipped climate by place."""
    return {place: _table(Climate, body, f"climate.{place}", "climate") for place, body in file("climate")["climate"].items()}


def loops() -> Loops:
    """The ways by which heat leaves a hall."""
    return _members(Loops, file("cooling")["loop"], "loop", "cooling")


def cooling(kinds: Sequence[str] | None = None) -> Cooling:
    """Kinds of cooling; all that are shipped, or those named.

    Raises: ConfigError for a kind that is not there.
    """
    known = file("cooling")["cooling"]
    for kind in kinds or ():
        if kind not in known:
            near = nearest(kind, known)
            raise ConfigError(f"{_shown('cooling')}: has no cooling '{kind[:40]}'" + (f"; is '{near}' meant?" if near else ""))
    chosen = {kind: known[kind] for kind in (known if kinds is None else kinds)}
    ways = loops().names
    shares = [[given(body["heat_share"], way, _shown("cooling")).value for way in ways] for body in chosen.values()]
    return _members(Cooling, chosen, "cooling", "cooling", heat_share=jnp.asarray(shares))


def heat_network(name: str) -> HeatNetwork:
    """A heat network by name; its demand by month is a share of the largest."""
    body = file("heat")["network"][name]
    largest = given(body, "demand_mw", _shown("heat")).value
    months = jnp.asarray([float(share) for share in body["month_share"]["value"]])
    return _table(HeatNetwork, body, f"network.{name}", "heat", demand_w=largest * months)


def heat_pump(name: str) -> HeatPump:
    """A heat pump by name."""
    return _table(HeatPump, file("heat")["pump"][name], f"pump.{name}", "heat")


def _shown(name: str) -> str:
    return f"energy/{name}.toml"


def _members(kind: Any, bodies: Mapping[str, Any], table: str, name: str, **known: Any) -> Any:
    """A class whose fields have a member on their first axis."""
    rows = [_figures(kind, body, f"{table}.{member}", name, known) for member, body in bodies.items()]
    return kind(names=tuple(bodies), **{field: jnp.asarray([row[field] for row in rows]) for field in rows[0]}, **known)


def _table(kind: Any, body: Mapping[str, Any], where: str, name: str, **known: Any) -> Any:
    """A class of single numbers."""
    return kind(**{field: jnp.asarray(value) for field, value in _figures(kind, body, where, name, known).items()}, **known)


def _figures(kind: Any, body: Mapping[str, Any], where: str, name: str, known: Mapping[str, Any]) -> dict[str, float]:
    """The declared numbers of a class, each from the key of its stem in whatever unit, within its bounds.

    Raises: ConfigError for one that is missing or out of bounds.
    """
    found = {}
    for field, declared in params(kind).items():
        if field in known:
            continue
        stem, unit = parse(field)
        keys = [key for key in body if parse(key)[0] == stem and dimension(parse(key)[1]) == dimension(unit)]
        if not keys and declared.default is None:
            raise ConfigError(f"{_shown(name)}: {where} has no '{field}'")
        found[field] = given(body, keys[0], _shown(name)).value if keys else float(declared.default or 0.0)
        complaint = declared.complaint(found[field])
        if complaint:
            told = keys[0] if keys else field
            raise ConfigError(f"{_shown(name)}: {where}.{told}: got {written(found[field], told):g}, expected {complaint}")
    return found
