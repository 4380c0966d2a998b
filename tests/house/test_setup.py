"""What a stranger's machine runs: one CI line, exact versions, no addresses, and configs that are found."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from capexmodel.config import locate
from capexmodel.errors import ConfigError
from tests.house.reading import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)( ; .+)?$")


def loose(text: str) -> list[str]:
    """Lines of a constraints file that are not one exact version."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#") and not PIN.match(line)]


def plain(name: str) -> str:
    """A distribution's name without case, dots and dashes, and without what follows it."""
    return re.split(r"[\[<>=~! ;]", name)[0].lower().replace("-", "_").replace(".", "_")


def test_ci_runs_the_quick_tests_and_the_long_ones_and_nothing_else() -> None:
    script = ROOT / ".ci" / "run"
    assert script.read_text(encoding="utf-8") == "#!/bin/sh\nset -eu\nmake test\nmake long\n"
    assert os.access(script, os.X_OK)


def test_versions_are_exact_and_complete() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert loose(text) == []
    pinned = {plain(line) for line in text.splitlines() if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    wanted = {plain(name) for group in [project["project"]["dependencies"], project["build-system"]["requires"], *extras] for name in group}
    assert wanted - pinned - {"capexmodel"} == set()


@pytest.mark.parametrize("line", ["jax>=0.10", "jax", "jax @ https://example.com/jax.whl", "jax==0.10.2 --hash=sha256:00", "-r other.txt"])
def test_a_loose_version_is_found(line: str) -> None:
    assert loose(f"# versions\nnumpy==2.4.6\n{line}\n") == [line]


def test_configs_are_found_in_a_checkout() -> None:
    assert locate.configs_dir() == ROOT / "configs"


def test_configs_of_a_wheel_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("capexmodel/_configs", "configs"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "sources.toml").touch()
    monkeypatch.setattr(locate, "__file__", str(tmp_path / "capexmodel" / "config" / "locate.py"))
    assert locate.configs_dir() == tmp_path / "capexmodel" / "_configs"
    (tmp_path / "capexmodel" / "_configs" / "sources.toml").unlink()
    assert locate.configs_dir() == tmp_path / "configs"


def test_missing_configs_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "__file__", str(tmp_path / "capexmodel" / "config" / "locate.py"))
    with pytest.raises(ConfigError, match="install capexmodel again"):
        locate.configs_dir()
