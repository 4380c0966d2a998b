"""Tables of named axes as JSON holds them: each field with the names along its axes, read again whatever their order."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from capexmodel.config.faults import plain
from capexmodel.errors import ConfigError
from capexmodel.model.scenario import Scenario
from capexmodel.param import axes
from capexmodel.planning.constraint import axis_labels

Labels = tuple[tuple[str, ...], ...]


def fields_of(scenario: Scenario, kind: type) -> dict[str, Labels]:
    """Name the cells of each field of a table, axis by axis."""
    names = [field.name for field in dataclasses.fields(kind)]
    return {name: tuple(axis_labels(scenario, axis) for axis in axes(kind, name)) for name in names}


def written(scenario: Scenario, table: Any) -> dict[str, Any]:
    """Write a table with the names along its axes."""
    return {
        name: {"axes": dict(zip(axes(table, name), labels, strict=True)), "values": np.asarray(getattr(table, name)).tolist()}
        for name, labels in fields_of(scenario, type(table)).items()
    }


def nothing_of(kind: type, name: str, labels: Labels) -> dict[str, Any]:
    """A field in which nothing is chosen, as it would be written."""
    shape = tuple(len(names) for names in labels)
    return {"axes": dict(zip(axes(kind, name), map(list, labels), strict=True)), "values": np.zeros(shape).tolist()}


def read_field(given: Any, path: str, kind: type, labels: Labels) -> jnp.ndarray:
    """Read one field, its cells sorted as the scenario names them. The last word of the path is the name of the field.

    Raises: ConfigError when it is not there, or of other sites, chips or dates than the scenario's.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("axes"), Mapping):
        raise ConfigError(f"{path}: missing or without axes, expected `axes` and `values`")
    for axis in given["axes"]:
        if axis not in axes(kind, path.rsplit(".", 1)[-1]):
            raise ConfigError(f"{path}.axes.{plain(axis)}: no axis of it, expected {_few(axes(kind, path.rsplit('.', 1)[-1]))}")
    order = []
    for axis, names in zip(axes(kind, path.rsplit(".", 1)[-1]), labels, strict=True):
        members = given["axes"].get(axis)
        if not isinstance(members, list) or sorted(members := list(map(str, members))) != sorted(names):
            raise ConfigError(f"{path}.axes.{axis}: not that of the scenario, got {_few(members)}, expected {_few(names)}")
        order.append([members.index(member) for member in names])
    try:
        values = np.asarray(given.get("values"))
    except ValueError:  # rows of unlike lengths
        values = np.asarray(None)
    if values.dtype.kind not in "iuf":
        raise ConfigError(f"{path}.values: not a table of numbers")
    values = values.astype(float)
    shape = tuple(len(names) for names in labels)
    if values.size == 0 and 0 in shape:
        values = np.zeros(shape)
    if values.shape != shape:
        raise ConfigError(f"{path}.values: wrong shape, got {values.shape}, expected {shape}")
    if not np.all(np.isfinite(values)) or np.any(values < 0):
        raise ConfigError(f"{path}.values: expected finite numbers of at least 0")
    return jnp.asarray(values[np.ix_(*order)])


def read_table(given: Any, path: str, kind: type, scenario: Scenario) -> Any:
    """Read every field of a table. Raises: ConfigError, as `read_field`."""
    if not isinstance(given, Mapping):
        raise ConfigError(f"{path}: missing, expected a table")
    return kind(**{name: read_field(given.get(name), f"{path}.{name}", kind, labels) for name, labels in fields_of(scenario, kind).items()})


def _few(names: Any) -> str:
    words = [str(name) for name in names] if isinstance(names, list | tuple) else [str(names)]
    return ", ".join(words[:6]) + (", ..." if len(words) > 6 else "")
