"""The grids of a scenario: its last instant, the period of an instant, and the day of one."""

import datetime

import jax.numpy as jnp
import pytest

from capexmodel.model.calendar import Calendar


def calendar() -> Calendar:
    """Two decisions and three periods of different lengths, from two days before the 29th of February on."""
    grids = ([0.0, 25.0, 61.0], [0.0, 10.0, 40.0, 61.0], [0.0, 61.0])
    return Calendar("2024-02-27", ("d1", "d2"), ("p1", "p2", "p3"), ("y1",), *(jnp.asarray(edges) for edges in grids))


def test_the_last_edge_of_periods_is_the_horizon() -> None:
    assert float(calendar().horizon_s) == 61.0


@pytest.mark.parametrize(("time_s", "place"), [
    (-5.0, 0), (0.0, 0), (9.9, 0), (10.0, 1), (39.9, 1), (40.0, 2), (60.9, 2), (61.0, 2), (500.0, 2),
])  # fmt: skip
def test_a_period_holds_its_first_instant_and_the_ends_hold_all_beyond(time_s: float, place: int) -> None:
    assert calendar().period_index(time_s) == place


@pytest.mark.parametrize(("time_s", "day"), [
    (-1.0, "2024-02-26"), (0.0, "2024-02-27"), (86399.0, "2024-02-27"), (86400.0, "2024-02-28"), (2.5 * 86400.0, "2024-02-29"),
    (3.0 * 86400.0, "2024-03-01"), (366.0 * 86400.0, "2025-02-27"),
])  # fmt: skip
def test_an_instant_has_its_day(time_s: float, day: str) -> None:
    assert calendar().date(time_s) == datetime.date.fromisoformat(day)
