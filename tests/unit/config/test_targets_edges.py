"""Published figures: how far a figure is off each kind of allowance, how that is said, and what stands in their file."""

import pytest

from capexmodel.config import targets as room
from capexmodel.config.targets import Target, targets
from capexmodel.errors import ConfigError


def target(**changes):
    """A figure of 2 that allows nothing in particular, but for the changes."""
    return Target(**({"name": "a", "what": "chips", "value": 2.0, "unit": "%", "status": "reported", "source": "early"} | changes))


@pytest.mark.parametrize(
    ("changes", "ours", "miss"),
    [
        ({"low": 1.0, "high": 4.0}, 1.0, 1.0),
        ({"low": 1.0, "high": 4.0}, 2.5, 0.0),
        ({"low": 1.0, "high": 4.0}, 4.0, 1.0),
        ({"low": 1.0, "high": 4.0}, 5.5, 2.0),
        ({"low": 1.0, "high": 4.0}, -2.0, 3.0),
        ({"low": 1.0, "high": 4.0, "tolerance": 9.0, "tolerance_percent": 9.0}, 7.0, 3.0),
        ({"low": 1.0, "tolerance": 0.5}, 3.0, 2.0),
        ({"high": 4.0, "tolerance": 0.5}, 3.0, 2.0),
        ({"tolerance": 0.5}, 1.75, 0.5),
        ({"tolerance": 0.25}, 2.75, 3.0),
        ({"value": 50.0, "tolerance_percent": 4.0}, 45.0, 2.5),
        ({"value": -50.0, "tolerance_percent": 4.0}, -45.0, 2.5),
        ({"value": 50.0, "tolerance_percent": 4.0, "tolerance": 5.0}, 51.0, 0.5),
        ({}, 5.0, 3.0),
        ({"tolerance": 0.0}, 1.5, 0.5),
        ({"value": 0.0, "tolerance_percent": 4.0}, -3.0, 3.0),
    ],
)
def test_a_miss_is_over_what_may_be_missed(changes, ours, miss):
    assert target(**changes).miss(ours) == pytest.approx(miss, abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"low": 1.0, "high": 4.5}, "1 to 4.5"),
        ({"low": 1.0, "high": 4.5, "tolerance": 3.0, "tolerance_percent": 5.0}, "1 to 4.5"),
        ({"tolerance_percent": 5.0}, "5 %"),
        ({"tolerance_percent": 5.0, "tolerance": 3.0}, "5 %"),
        ({"tolerance": 0.02}, "0.02"),
        ({"low": 1.0, "tolerance": 0.5}, "0.5"),
        ({"high": 4.0, "tolerance": 0.5}, "0.5"),
    ],
)
def test_what_is_allowed_is_said(changes, words):
    assert target(**changes).allowed == words


TEXT = """
[target.V1]
what = "cost of runs"
value = 44
unit = "%"
status = "reported"
source = "early"
low = 40
high = 48.5
tolerance = 1
tolerance_percent = 2
build = "gb200"
waits = "a price"
note = "not kept"

[target.V0]
what = "a difference"
status = "recalled"
source = "late"
tolerance = 0.5
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A file of two targets."""
    (tmp_path / "observations").mkdir()
    (tmp_path / "observations" / "targets.toml").write_text(TEXT)
    monkeypatch.setattr(room, "configs_dir", lambda: tmp_path)
    targets.cache_clear()
    yield tmp_path
    targets.cache_clear()


def test_targets_are_read_in_the_order_of_their_file(folder):
    assert list(targets()) == ["V1", "V0"]
    assert list(targets().values()) == [
        Target("V1", "cost of runs", 44.0, "%", "reported", "early", 40.0, 48.5, 1.0, 2.0, "gb200", "a price"),
        Target("V0", "a difference", 0.0, "", "recalled", "late", None, None, 0.5, None, "", ""),
    ]
    assert {type(getattr(targets()["V1"], name)) for name in ("value", "low", "high", "tolerance", "tolerance_percent")} == {float}


def test_a_file_of_targets_that_is_not_there_is_named(folder):
    (folder / "observations" / "targets.toml").unlink()
    with pytest.raises(ConfigError, match=r"^observations/targets\.toml: there is no such file$"):
        targets()
