"""Where results may go: never over what is read, nor over one another."""

import argparse
from pathlib import Path

import pytest

from capexmodel.cli.outputs import READ, keep_apart
from capexmodel.errors import ConfigError


def options(command="simulate", **given):
    return argparse.Namespace(command=command, **given)


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_not_replaced(tmp_path, name):
    """By whatever path it is called."""
    mine = tmp_path / "mine.toml"
    mine.write_text("")
    (tmp_path / "link").symlink_to(mine)
    for other in (mine, tmp_path / "a" / ".." / "mine.toml", tmp_path / "link"):
        with pytest.raises(ConfigError, match=r"^--json: .* is what is read: name another file$"):
            keep_apart(options(json=other, **{name: str(mine)}))
    assert keep_apart(options(json=tmp_path / "other.json", **{name: str(mine)})) is None


def test_a_shipped_scenario_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert keep_apart(options(json=Path("one_period"), scenario="one_period")) is None
    assert keep_apart(options(json=Path("x.json"), scenario=None, allocation=None)) is None


def test_nothing_is_asked_where_nothing_is_written(tmp_path):
    assert keep_apart(options(json=None, scenario=str(tmp_path), figures=tmp_path, out=tmp_path)) is None
    assert keep_apart(options()) is None


@pytest.mark.parametrize(("name", "refused"), [("a.svg", True), ("a.PNG", True), ("a.json", False), ("in/a.svg", False)])
def test_a_result_is_not_called_as_a_figure_beside_it(tmp_path, name, refused):
    given = options(json=tmp_path / "f" / name, figures=tmp_path / "f")
    if refused:
        with pytest.raises(ConfigError, match=r"^--json: .* is called as a figure that may be drawn there"):
            keep_apart(given)
    else:
        assert keep_apart(given) is None


@pytest.mark.parametrize("command", ["sweep", "uncertainty"])
def test_among_parts_of_a_sweep_there_is_nothing_else(tmp_path, command):
    for name in ("manifest.json", "rows/a.json"):
        with pytest.raises(ConfigError, match=r"^--json: .* lies in .*, which holds the parts of the sweep: name a file elsewhere$"):
            keep_apart(options(command, json=tmp_path / "sw" / name, out=tmp_path / "sw"))
    assert keep_apart(options(command, json=tmp_path / "sw.json", out=tmp_path / "sw")) is None
    assert keep_apart(options("check", json=tmp_path / "sw" / "a.json", out=tmp_path / "sw")) is None


def test_what_no_file_can_be_called_is_told_elsewhere(tmp_path):
    odd = Path("a\0b")
    assert keep_apart(options("sweep", json=odd, scenario=str(odd), figures=odd, out=odd)) is None
    assert keep_apart(options("sweep", json=odd, scenario="x", figures=tmp_path, out=tmp_path)) is None
