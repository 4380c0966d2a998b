"""A folder of programs keeps whole contents only, and never stands in the way."""

import os
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

from capexmodel.programs import lent
from capexmodel.report.shelf import Folder, keep_traced, place, throw_away_old

WHERE = "jax_compilation_cache_dir"


def test_contents_come_back_and_can_be_forgotten(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder["a"], folder["b"] = b"one", b""
    again = Folder(tmp_path)
    assert dict(again) == {"a": b"one", "b": b""}
    del again["a"]
    assert list(folder) == ["b"]
    with pytest.raises(KeyError):
        del folder["a"]


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    Folder(tmp_path)["a"] = b"one"
    assert [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()] == [0]


@pytest.mark.parametrize("at", [0, -1])
def test_a_damaged_content_counts_as_missing(tmp_path: Path, at: int) -> None:
    folder = Folder(tmp_path)
    folder["a"] = b"one"
    (path,) = tmp_path.iterdir()
    damaged = bytearray(path.read_bytes())
    damaged[at] ^= 1
    path.write_bytes(bytes(damaged))
    with pytest.raises(KeyError):
        folder["a"]
    path.write_bytes(b"")
    assert "a" not in folder
    folder["a"] = b"two"
    assert folder["a"] == b"two"


def test_what_cannot_be_written_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    folder = Folder(tmp_path / "a file")
    folder["a"] = b"one"
    assert len(folder) == 0


def test_old_programs_are_thrown_away(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder["old"], folder["new"] = b"one", b"two"
    os.utime(tmp_path / "old.program", (0, 0))
    throw_away_old(tmp_path)
    assert list(folder) == ["new"]


@pytest.mark.parametrize(("name", "value"), [("CAPEXMODEL_CACHE", "off"), ("XDG_CACHE_HOME", "not/absolute")])
def test_nothing_is_kept_where_that_is_unsafe_or_unwanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(name, value)
    assert place() is None


def test_the_folder_is_its_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAPEXMODEL_CACHE", raising=False)
    folder = place()
    assert folder is not None
    assert folder.stat().st_mode & 0o077 == 0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, and a JAX that keeps nothing."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAPEXMODEL_CACHE", raising=False)
    before = getattr(jax.config, WHERE)
    jax.config.update(WHERE, None)
    yield tmp_path
    jax.config.update(WHERE, before)


def test_jax_is_left_as_it_was(home: Path) -> None:
    seconds = jax.config.jax_persistent_cache_min_compile_time_secs
    with keep_traced("one"):
        shelf = lent()
        assert shelf is not None
        assert getattr(jax.config, WHERE) == str(home / "capexmodel" / "jax")
        with keep_traced("another"):
            assert lent() is shelf
    assert lent() is None
    assert (getattr(jax.config, WHERE), jax.config.jax_persistent_cache_min_compile_time_secs) == (None, seconds)


def test_a_folder_that_jax_has_already_is_left_alone(home: Path) -> None:
    jax.config.update(WHERE, str(home / "own"))
    with keep_traced("one"):
        assert getattr(jax.config, WHERE) == str(home / "own")
    assert getattr(jax.config, WHERE) == str(home / "own")


def test_nothing_is_lent_where_nothing_may_be_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPEXMODEL_CACHE", "off")
    with keep_traced("one"):
        assert lent() is None
    assert list(home.iterdir()) == []
