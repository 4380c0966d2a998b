"""Where the shipped figures are looked for: inside the package first, then beside it, and nowhere else."""

import re
from pathlib import Path

import pytest

from capexmodel.config import locate
from capexmodel.errors import ConfigError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that is installed elsewhere."""
    inner = tmp_path.resolve() / "lib" / "capexmodel"
    (inner / "config").mkdir(parents=True)
    monkeypatch.setattr(locate, "__file__", str(inner / "config" / "locate.py"))
    return inner


def hold(folder: Path) -> Path:
    """Make a folder of figures."""
    folder.mkdir()
    (folder / "sources.toml").write_text("")
    return folder


def test_an_installed_package_reads_its_own_folder_first(package):
    inside = hold(package / "_configs")
    assert locate.configs_dir() == inside
    hold(package.parent / "configs")
    assert locate.configs_dir() == inside


def test_a_checkout_reads_the_folder_beside_the_package(package):
    beside = hold(package.parent / "configs")
    assert locate.configs_dir() == beside
    (package / "_configs").mkdir()
    assert locate.configs_dir() == beside
    (package / "_configs" / "sources.toml").mkdir()
    assert locate.configs_dir() == beside


def test_figures_elsewhere_are_not_found_and_both_places_are_named(package):
    for folder in (package / "configs", package.parent / "_configs", package.parents[1] / "configs", package / "config" / "_configs"):
        hold(folder)
    text = f"no sources.toml in {package / '_configs'} or {package.parent / 'configs'}"
    with pytest.raises(ConfigError, match=rf"^the shipped figures are missing: {re.escape(text)}; install capexmodel again$"):
        locate.configs_dir()
