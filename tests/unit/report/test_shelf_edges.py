"""Programs kept between runs: what a file holds, and when it is thrown away."""

import hashlib
import os
import time

import pytest

from capexmodel.report.shelf import Folder, place, throw_away_old

DAY = 86400.0


def test_a_file_is_the_hash_and_the_content(tmp_path):
    folder = Folder(tmp_path)
    folder["key"] = b"content"
    path = tmp_path / "key.program"
    assert path.read_bytes() == hashlib.sha256(b"content").digest() + b"content"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (folder["key"], list(folder), len(folder)) == (b"content", ["key"], 1)


def test_only_programs_are_counted(tmp_path):
    folder = Folder(tmp_path)
    folder["a"], folder["b"], folder["c"] = b"1", b"22", b"333"
    (tmp_path / "other").write_text("x")
    assert (sorted(folder), len(folder)) == (["a", "b", "c"], 3)
    del folder["b"]
    assert sorted(folder) == ["a", "c"]
    with pytest.raises(KeyError, match="b"):
        del folder["b"]


@pytest.mark.parametrize(("days", "kept"), [(29.9, True), (30.1, False)])
def test_a_program_is_thrown_away_after_thirty_days(tmp_path, days, kept):
    path = tmp_path / "key.program"
    path.write_bytes(b"x")
    then = time.time() - days * DAY
    os.utime(path, (then, then))
    throw_away_old(tmp_path)
    assert path.exists() is kept


def test_the_folder_is_that_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("CAPEXMODEL_CACHE", "on")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert place() == tmp_path / "cache" / "capexmodel" / "jax"
    assert place().stat().st_mode & 0o777 == 0o700
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert place() == tmp_path / "home" / ".cache" / "capexmodel" / "jax"
    monkeypatch.setenv("CAPEXMODEL_CACHE", "OFF")
    assert place() is None
