"""Which limit binds where and when, and how much room is left, line by line."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.planning.limits import LIMITS
from capexmodel.planning.plan import Binding
from capexmodel.planning.scale import Sizes
from capexmodel.report import binding as room
from capexmodel.report.binding import broken, least_slack, slack_rows, time_labels, timeline
from capexmodel.report.text import heading, table
from tests.unit.report.fakes import DAY, fake

KNOWN = {limit.name: limit for limit in LIMITS}


def limits(*names):
    return tuple(KNOWN[name] for name in names)


def test_places_on_a_clock_have_names_people_read(small):
    calendar = small.calendar
    assert time_labels(small, "edge") == ("2026-02-02", *calendar.periods)
    assert (time_labels(small, "period"), time_labels(small, "decision")) == (calendar.periods, calendar.decisions)
    assert time_labels(small, "year") == ("FY2026", "FY2027")


@pytest.mark.parametrize(
    ("steps", "most", "text"),
    [([0], 2, "a"), ([0, 1, 2, 4], 2, "a..c, e"), ([0, 2, 4, 5], 2, "a, c, ..."), ([1, 1, 2, 5], 3, "b..c, f"), ([0, 2, 4], 3, "a, c, e")],
)
def test_steps_in_a_row_are_one_span(steps, most, text):
    assert room._spans(tuple("abcdef"), steps, most) == text


def test_limits_stand_in_order_of_time_with_their_worth(plan, small):
    lines = timeline(plan)
    rows = [row.split("  ") for row in lines[3:]]
    first, second = ([cell.strip() for cell in row if cell.strip()] for row in rows)
    april, may = (next(p for p in small.calendar.periods if p.startswith(at)) for at in ("2026-03", "2026-04"))
    assert first[0:2] == ["it_power_w", "east"]
    assert first[2].startswith(f"{april}..{may}, ")
    assert first[3] == "25 days/GW"
    assert second[0] == "envelope"
    assert second[-2:] == ["FY2027", "2.5 days/$B"]
    assert lines[:2] == heading("which limit binds when", "in order of time; worth: more of it by one unit all that time")


def test_without_anything_that_binds_there_is_none(plan):
    assert timeline(dataclasses.replace(plan, binding=()))[-1] == "  none"


def test_what_is_worth_little_is_only_counted(plan):
    little = Binding("envelope", ("high", "FY2027"), "usd", 0.0, 1e-12 * DAY / 1e9)
    lines = timeline(dataclasses.replace(plan, binding=(little,)))
    assert lines[-2:] == ["  none", "  and 1 more at which a natural step is worth less than 0.01 days"]


@pytest.fixture
def given(monkeypatch):
    """Slack by hand of limits by name."""
    held = {}
    monkeypatch.setattr(room, "slacks", lambda scenario, outcome, limits: {limit.name: held[limit.name] for limit in limits})
    return held


def test_slack_is_listed_by_place_and_period(small, outcome, given):
    given["operating"] = np.array([3e9, -2e9])
    given["deadline"] = np.array([5.0 * DAY, 7.0 * DAY])
    assert slack_rows(small, outcome, limits("operating", "deadline")) == [
        {"limit": "operating", "where": "", "period": "FY2026", "slack": 3e9, "unit": "usd"},
        {"limit": "operating", "where": "", "period": "FY2027", "slack": -2e9, "unit": "usd"},
        {"limit": "deadline", "where": "first", "period": None, "slack": 5.0 * DAY, "unit": "s"},
        {"limit": "deadline", "where": "second", "period": None, "slack": 7.0 * DAY, "unit": "s"},
    ]


def test_broken_limits_are_told_where_they_are_broken_most(small, outcome, given):
    decisions = small.calendar.decisions
    starts = np.zeros((2, len(decisions)))
    starts[1, 2], starts[0, 1] = -4e6, -3e6
    given |= {"hall_starts": starts, "operating": np.array([3e9, -2e9]), "deadline": np.array([5.0 * DAY, -0.5])}
    natural = fake(Sizes, w=jnp.asarray(1e6), usd=jnp.asarray(1e9), s=jnp.asarray(1e6), count=jnp.asarray(3e3))
    lines = broken(small, outcome, limits("hall_starts", "operating", "deadline"), natural, 1e-6)
    rows = [["hall_starts", "4 MW", "west", decisions[2]], ["operating", "$2B", "", "FY2027"]]
    assert lines == [*heading("limits this allocation breaks"), *table(["limit", "short by", "where", "when"], rows, left=4)]
    given["operating"] = np.array([3e9, -999.0])
    assert broken(small, outcome, limits("operating"), natural, 1e-6)[-1] == "  none"
    given["rental_market"] = np.zeros((0, 3))
    assert broken(small, outcome, limits("rental_market"), natural, 1e-6)[-1] == "  none"


def test_least_slack_stands_at_each_period(small, outcome, given):
    periods, decisions = small.calendar.periods, small.calendar.decisions
    power = np.arange(2.0 * (len(periods) + 1)).reshape(2, -1) * 1e6 + 5e6
    starts = np.stack([np.arange(len(decisions)) * 2e6 + 9e6, np.arange(len(decisions)) * 1e6 + 3e6])
    given |= {"it_power_w": power, "hall_starts": starts, "operating": np.array([np.inf, 2e9]), "deadline": np.zeros(2)}
    lines = least_slack(small, outcome, limits("it_power_w", "hall_starts", "operating", "deadline"))
    assert lines[2].split() == ["period", "it_power_w", "hall_starts", "operating"]
    assert len(lines) == 3 + len(periods)
    assert lines[3].split() == [periods[0], "6", "MW", "3", "MW", "-"]
    assert lines[4].split() == [periods[1], "7", "MW"]
    assert [line.split()[0] for line in lines[3:]] == list(periods)
    year = next(line for line in lines if line.strip().endswith("$2B"))
    assert year.split()[0].startswith("2027")


def test_at_most_six_limits_stand_side_by_side(small, outcome, given):
    many = limits("operating", "acquisitions", "carbon", "hiring", "staff_floor", "it_power_w", "site_power_w")
    sized = {"year": 2, "decision": len(small.calendar.decisions), "edge": len(small.calendar.periods) + 1, "site": 2}
    given |= {limit.name: np.full(tuple(sized[axis] for axis in limit.axes), 3e6) for limit in many}
    lines = least_slack(small, outcome, many)
    heads = [line.split() for line in lines if line.strip().startswith("period")]
    assert heads == [["period", *(limit.name for limit in many[:6])], ["period", "site_power_w"]]
    assert lines[3 + len(small.calendar.periods)] == ""
    assert lines[-1] != ""


def test_limits_without_time_have_no_table(small, outcome, given):
    given["deadline"] = np.zeros(2)
    assert least_slack(small, outcome, limits("deadline")) == heading("room left", "least slack of each limit over its places, by period")
