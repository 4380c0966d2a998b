"""Lead times by channel and way of building: their numbers, what is ordered later, what was built, and names that are not known."""

import math

import pytest

from capexmodel.config import embodied, lead_times
from capexmodel.config.figures import Given
from capexmodel.config.lead_times import BuiltSite, built, channels, leads, tables, ways
from capexmodel.errors import ConfigError

WITHOUT_RANGE = {
    "endless": "value = 10, low = 5", "sudden": "value = 10, high = 40", "below": "value = 10, low = -5, high = 40",
    "none": "value = 10, low = 0, high = 40", "sure": "value = 5, low = 5, high = 5",
}  # fmt: skip
"""Channels that say no range, each the one of a way of its name."""
TEXT = """
[channel.chips]
lead_weeks = { value = 2, low = 1, high = 4, status = "reported", source = "early" }

[channel.hall]
lead_days = { value = 10, low = 5, high = 40 }

[channel.swift]
lead_s = { value = 0.5, low = 0.25, high = 1 }

[channel.odd]
lead_days = "long"

[way.tent]
title = "tents"
channels = ["hall", "chips"]

[way.plain]
title = "chips alone"
channels = ["chips"]

[way.swift]
title = "swift"
channels = ["swift"]

[way.wrong]
title = "no number"
channels = ["odd"]

[built.one]
way = "tent"
chips_thousand = 25
of_thousand = 200
lead_months = 3

[built.two]
way = "plain"
chips_thousand = 30
of_thousand = 40
lead_days = 9
lead_months = { value = 0.5 }
"""
TEXT += "".join(
    f'[channel.{name}]\nlead_days = {{ {ends} }}\n[way.{name}]\ntitle = "{name}"\nchannels = ["{name}"]\n'
    for name, ends in WITHOUT_RANGE.items()
)
WAYS = "tent, plain, swift, wrong, endless, sudden, below, none, sure"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A file of its own."""
    (tmp_path / "energy").mkdir()
    (tmp_path / "energy" / "lead_times.toml").write_text(TEXT)
    for room in (lead_times, embodied):
        monkeypatch.setattr(room, "configs_dir", lambda: tmp_path)
    for one in (tables, embodied.embodied):
        one.cache_clear()
    yield tmp_path
    for one in (tables, embodied.embodied):
        one.cache_clear()


def test_ways_are_called_by_their_titles():
    assert ways() == {
        "tent": "tents", "plain": "chips alone", "swift": "swift", "wrong": "no number", **{name: name for name in WITHOUT_RANGE},
    }  # fmt: skip


def test_lead_times_are_read_in_any_unit_in_the_order_of_the_way():
    assert list(leads("tent").items()) == [
        ("hall", Given(864000.0, 432000.0, 3456000.0, "scenario", "")),
        ("chips", Given(1209600.0, 604800.0, 2419200.0, "reported", "early")),
    ]


def test_channels_are_spread_over_nine_tenths_and_ordered_at_the_start():
    found = channels("tent")
    assert found.names == ("hall", "chips")
    assert found.lead_s.tolist() == [864000.0, 1209600.0]
    assert found.spread.tolist() == pytest.approx([0.632105345912699, 0.421403563941799], rel=1e-9)  # ln 8 and ln 4 over twice 1.6448536
    assert found.order_s.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("ordered", "orders"),
    [({"chips": 5.0}, [0.0, 5.0]), ({"hall": 7.5}, [7.5, 0.0]), ({"chips": 1.0, "hall": 2.0}, [2.0, 1.0]), ({}, [0.0, 0.0])],
)
def test_channels_are_ordered_as_much_later_as_is_said(ordered, orders):
    found = channels("tent", ordered)
    assert found.order_s.tolist() == orders
    assert found.lead_s.tolist() == [864000.0, 1209600.0]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: channels("tent", {"chips": 1.0, "chip": 1.0}),
            "no channel has this name, got \"chip\", expected hall, chips; did you mean 'chips'?",
        ),
        (lambda: channels("plain", {"hall": 1.0}), 'no channel has this name, got "hall", expected chips'),
        (
            lambda: leads("tents"),
            f"no way has this name, got \"tents\", expected {WAYS}; did you mean 'tent'?",
        ),
        (lambda: channels("q"), f'no way has this name, got "q", expected {WAYS}'),
        (lambda: leads("wrong"), 'lead_days.value is no number, got "long"'),
    ],
)
def test_a_name_that_is_not_known_is_said(call, said):
    with pytest.raises(ConfigError) as error:
        call()
    assert str(error.value) == f"energy/lead_times.toml: {said}"


@pytest.mark.parametrize("name", WITHOUT_RANGE)
def test_a_channel_without_two_ends_in_order_has_no_spread(name):
    with pytest.raises(ConfigError) as error:
        channels(name)
    assert str(error.value) == f"energy/lead_times.toml: channel.{name}: has no range, expected low above 0 and high above low"


def test_a_channel_of_less_than_a_second_is_one():
    assert float(channels("swift").lead_s[0]) == 0.5
    assert math.isclose(float(channels("swift").spread[0]), math.log(4.0) / (2.0 * 1.6448536269514722))


def test_what_was_built_is_a_share_after_a_time():
    assert built() == {"one": BuiltSite("tent", 0.125, 7889400.0), "two": BuiltSite("plain", 0.75, 1314900.0)}
    assert math.isclose(built()["one"].after_s, 91.3125 * 86400)


def test_the_file_is_named_where_it_is_not_there(folder):
    assert set(tables()) == {"channel", "way", "built"}
    tables.cache_clear()
    (folder / "energy" / "lead_times.toml").unlink()
    with pytest.raises(ConfigError, match=r"^energy/lead_times\.toml: there is no such file$"):
        tables()


def test_embodied_carbon_is_read_as_it_stands(folder):
    with pytest.raises(ConfigError, match=r"^energy/embodied\.toml: there is no such file$"):
        embodied.embodied()
    (folder / "energy" / "embodied.toml").write_text("[fab]\npackage_g = 150\n[device.x]\ncm2 = 0.25\n")
    assert embodied.embodied() == {"fab": {"package_g": 150}, "device": {"x": {"cm2": 0.25}}}
    assert embodied.embodied() is embodied.embodied()
