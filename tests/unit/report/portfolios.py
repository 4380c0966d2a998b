"""Portfolios of power made by hand: three kinds, of which two are built, and two hours a day."""

from typing import Any

import numpy as np

from capexmodel.config.figures import Given
from capexmodel.energy import portfolio
from capexmodel.studies import power
from tests.unit.report.fakes import fake

HOUR, MONTH, MWH, YEAR_S = 3600.0, 2629800.0, 3.6e9, 31557600.0
NAMES = ("gas_engine", "solar", "nuclear")


class Bag:
    """Anything with attributes."""

    def __init__(self, **parts: Any) -> None:
        """Hold them."""
        self.__dict__.update(parts)


def given(status: str) -> Any:
    """A figure of a status."""
    return fake(Given, status=status)


def wish(**more: Any) -> Any:
    """What was asked."""
    asked = {
        "load_w": 2e8, "place": Bag(title="the plains", name="plains"), "carbon_usd_per_kg": 0.05, "clean_share": None,
        "carbon_kg_per_j": None, "most_w": {}, "by_s": None,
    }  # fmt: skip
    return fake(power.Wish, **(asked | more))


def operation(battery_w: float, **more: Any) -> Any:
    """How it runs."""
    held = {
        "capacity": Bag(source_w=np.array([1.5e8, 9e8, 1e2]), battery_w=battery_w, battery_j=4.0 * HOUR * battery_w),
        "worth_usd_per_w_per_s": np.array([40.0, 55.0, 60.0]) / YEAR_S / 1e3,
        "allowed_usd_per_w_per_s": np.array([0.0, 12.5, 1e-6]) / YEAR_S / 1e3, "carbon_kg_per_s": 6.0,
        "clean_usd_per_j": 30.0 / MWH, "carbon_usd_per_kg": 0.0234, "cost_usd_per_s": 3.25,
        "price_usd_per_j": np.array([[10.0, 60.0, 90.0, 20.0], [30.0, 40.0, 50.0, 80.0]]) / MWH, "unmet_w": np.array([0.0, 3.0]),
        "source_w": np.arange(12.0).reshape(3, 4), "charge_w": np.array([1.0, 2.0]), "discharge_w": np.array([4.0, 5.0]), "error": 2e-7,
        "steps_count": 31,
    }  # fmt: skip
    return Bag(**(held | more))


def found(battery_w: float = 5e7, names: tuple[str, ...] = NAMES, asked: Any = None, **more: Any) -> Any:
    """A portfolio."""
    parts = {
        "wish": asked or wish(),
        "operation": operation(battery_w, **more),
        "drawn_w": 1.6e8,
        "taken_share": np.array([0.3, 0.65, 0.0]),
        "cost_usd_per_j": 73.0 / MWH,
        "late": (),
        "weakest": "recalled",
        "plants": Bag(names=names, build_s=np.array([12.0, 18.0, 96.0]) * MONTH),
        "cells": Bag(build_s=9.0 * MONTH),
        "sources": Bag(capacity_usd_per_w_per_s=np.array([70.0, 55.0, 500.0]) / YEAR_S / 1e3),
        "battery": Bag(power_usd_per_w_per_s=33.0 / YEAR_S / 1e3),
        "draw": Bag(load_w=np.array([1e8, 3e8])),
        "matching": Bag(
            hourly_share=0.625,
            annual_share=0.7,
            paper_share=0.8,
            thrown_share=0.125,
            thrown_w=3.4e7,
            unmet_share=0.000123,
            cycled_share=0.0345,
        ),
        "column": Bag(capital_usd_per_w=4.5678, running_usd_per_j=21.5 / MWH, carbon_kg_per_j=1e-7, build_s=18.0 * MONTH),
        "evidence": {"engine": given("reported"), "panel": given("recalled"), "rate": given("scenario"), "wind": given("reported")},
    }
    return fake(power.Found, **parts)


BATTERY = portfolio.BATTERY
