"""Changes that laws make to examples: numbers multiplied, added to, or replaced, and dollars of a plan scaled."""

import dataclasses
from collections.abc import Callable

import numpy as np

from capexmodel.testing.cases import Cases, Place


def spread(by: np.ndarray | float, like: np.ndarray) -> np.ndarray:
    """One number of each example, beside a field of it."""
    return np.asarray(by, float).reshape(-1, *(1,) * (like.ndim - 1))


def changed(cases: Cases, place: Place, new: Callable[[np.ndarray], np.ndarray]) -> Cases:
    """The examples with one field as a function of what it was."""
    return dataclasses.replace(cases, numbers=cases.numbers | {place: new(cases.numbers[place])})


def scaled(cases: Cases, place: Place, by: np.ndarray | float) -> Cases:
    """The examples with one field multiplied."""
    return changed(cases, place, lambda values: values * spread(by, values))


def planned(cases: Cases, name: str, new: Callable[[np.ndarray], np.ndarray]) -> Cases:
    """The examples with one field of their allocations as a function of what it was."""
    return dataclasses.replace(cases, plan=cases.plan | {name: new(cases.plan[name])})
