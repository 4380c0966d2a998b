"""Files are written whole or not at all, and only where they can be."""

import fcntl
import os
from pathlib import Path

import pytest

from capexmodel import files
from capexmodel.errors import ConfigError
from capexmodel.report.terminal import internal, near, progress, say


def test_files_are_written_with_their_folders(tmp_path):
    files.write({tmp_path / "a" / "b.svg": b"1", tmp_path / "c.json": b"2"})
    assert (tmp_path / "a" / "b.svg").read_bytes() == b"1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c.json"]


def test_what_stood_there_is_replaced_only_when_everything_is_ready(tmp_path, monkeypatch):
    old = tmp_path / "old.json"
    old.write_bytes(b"old")
    real = os.fsync
    calls = []

    def full_disk(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(files.os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        files.write({old: b"new", tmp_path / "second.json": b"new"})
    assert old.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]


def test_a_place_that_cannot_be_written_is_refused_beforehand(tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("x")
    link = tmp_path / "link"
    link.symlink_to(plain)
    for bad in (tmp_path / "none" / "x.json", tmp_path, link, plain / "x.json"):
        with pytest.raises(ConfigError, match=str(tmp_path)):
            files.check_file(bad)
    for bad in (plain, plain / "deeper"):
        with pytest.raises(ConfigError, match="not a folder"):
            files.check_folder(bad)
    files.check_file(tmp_path / "new.json")
    files.check_folder(tmp_path / "new" / "deeper")
    files.check_folder(Path("relative"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "plain"]


def test_a_closed_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)
    with pytest.raises(ConfigError, match="cannot be written to"):
        files.check_file(tmp_path / "x.json")


def test_a_line_is_one_line(capsys):
    say("two\nlines")
    assert capsys.readouterr().err == "capexmodel: two lines\n"


def test_near_asks_only_where_something_is_near():
    assert near("suply", ["supply", "hiring"]) == "; did you mean 'supply'?"
    assert near("zzz", ["supply"]) == ""


def test_progress_is_silent_when_nobody_watches(capsys):
    with progress() as tell:
        tell("solving")
    assert capsys.readouterr() == ("", "")


def test_a_traceback_goes_to_a_file_and_only_on_request(tmp_path, monkeypatch):
    try:
        raise ValueError("a\nb")
    except ValueError as error:
        caught = error
    monkeypatch.delenv("CAPEXMODEL_TRACEBACK", raising=False)
    assert internal(caught).startswith("internal error: ValueError: a b; set CAPEXMODEL_TRACEBACK=FILE")
    target = tmp_path / "trace.txt"
    monkeypatch.setenv("CAPEXMODEL_TRACEBACK", str(target))
    assert str(target) in internal(caught)
    assert "Traceback" in target.read_text()
    monkeypatch.setenv("CAPEXMODEL_TRACEBACK", str(tmp_path))
    assert "could not be written" in internal(caught)


def test_what_killed_writers_left_is_taken_away_and_nothing_else(tmp_path):
    """Before the next result of the same name, or anything in a folder of results; what somebody writes now is locked, and stays."""
    mine, other = tmp_path / f".plan.json.abc{files.SUFFIX}", tmp_path / f".other.json.abc{files.SUFFIX}"
    foreign, link = tmp_path / ".plan.json.part", tmp_path / f".plan.json.link{files.SUFFIX}"
    for path in (mine, other, foreign):
        path.write_bytes(b"half")
    link.symlink_to(foreign)
    files.check_file(tmp_path / "plan.json")
    assert sorted(tmp_path.iterdir()) == sorted([other, foreign, link])
    with mine.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        files.check_folder(tmp_path)
        assert sorted(tmp_path.iterdir()) == sorted([mine, foreign, link])
    files.check_folder(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([foreign, link])
    assert foreign.read_bytes() == b"half"


def test_a_file_taken_before_it_was_locked_is_begun_anew(tmp_path, monkeypatch):
    """Somebody takes it for one that was left, between its making and its lock."""
    real, taken = fcntl.flock, []

    def slow(handle: int, how: int) -> None:
        if not taken:
            taken.extend(tmp_path.glob(f".*{files.SUFFIX}"))
            taken[0].unlink()
        real(handle, how)

    monkeypatch.setattr(files.fcntl, "flock", slow)
    files.write({tmp_path / "a.json": b"1"})
    assert len(taken) == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.json": b"1"}


def test_without_locks_files_are_written_all_the_same(tmp_path, monkeypatch):
    def none(handle: int, how: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(files.fcntl, "flock", none)
    left = tmp_path / f".a.json.abc{files.SUFFIX}"
    left.write_bytes(b"half")
    files.check_file(tmp_path / "a.json")
    files.write({tmp_path / "a.json": b"1"})
    assert (tmp_path / "a.json").read_bytes() == b"1"
    assert left.exists()  # nobody knows whether it is being written
