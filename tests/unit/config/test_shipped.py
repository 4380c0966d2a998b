"""The files that come with the package load, round-trip, and cite sources that exist."""

from datetime import date
from pathlib import Path

import equinox as eqx
import pytest

from capexmodel import config
from capexmodel.config.documents import Documents
from capexmodel.config.entries import Layer, read_member
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Reader
from capexmodel.config.locate import configs_dir
from capexmodel.config.provenance import shipped_sources
from capexmodel.config.read import read_toml
from capexmodel.config.schema import tables
from capexmodel.config.values import Scene
from capexmodel.model.leaves import leaves


@pytest.mark.parametrize("name", config.shipped())
def test_it_loads_without_faults_and_round_trips(name, tmp_path):
    assert config.lint(name) == []
    scenario = config.load(name)
    assert scenario.name == name
    path = tmp_path / "again.toml"
    path.write_text(config.dump(scenario))
    again = config.load(path)
    assert bool(eqx.tree_equal(scenario, again))
    assert again.evidence.figures == scenario.evidence.figures
    assert again.evidence.config_hash == scenario.evidence.config_hash
    assert set(scenario.evidence.figures) <= {leaf.path for leaf in leaves(scenario)}


@pytest.mark.parametrize("name", config.shipped())
def test_it_knows_nothing_from_after_its_as_of_date(name):
    scenario = config.load(name)
    assert scenario.evidence.hindsight == ()
    dates = [source["date"] for source in scenario.evidence.sources.values() if "date" in source]
    assert all(date <= scenario.calendar.as_of for date in dates)


def test_the_shipped_scenarios_are_there():
    assert {"meta_2026", "greenfield", "one_period"} <= set(config.shipped())


def test_every_figure_of_the_catalog_is_good_used_or_not():
    faults = Faults()
    sources = shipped_sources(configs_dir())
    counted = 0
    for path in sorted((configs_dir() / "catalog").glob("*.toml")):
        for table, members in read_toml(path, path.name).items():
            layer = Layer(path.name)
            for member, body in members.items():
                read_member(tables()[table], member if tables()[table].axis else "", body, layer, (table, member), faults, strict=True)
            scene = Scene(Documents(path.name, layer, sources, ()), Reader(date(2026, 2, 2), sources, faults), None, {})
            scene.read_entries()
            counted += len(scene.values)
    assert faults.lines == []
    assert counted > 50


def test_loading_reads_no_file_twice(monkeypatch):
    """What loading costs is what its files cost; seconds stand in `benchmarks/process.py`."""
    read = []
    monkeypatch.setattr(Path, "open", lambda path, *rest, _open=Path.open: read.append(path) or _open(path, *rest))
    config.load("meta_2026")
    assert len(read) > 5
    assert len(read) == len(set(read))
