"""Files: what a name may be, what lies beside a place while it is written, and what the version of the source is."""

import fcntl
import hashlib
import os
import stat
import subprocess
import sys
from types import SimpleNamespace

import pytest

from capexmodel import files
from capexmodel.errors import ConfigError


def test_files_can_be_read_by_all_and_written_by_their_owner(tmp_path):
    files.write({tmp_path / "a.json": b"3"})
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o644


def test_whom_the_user_keeps_out_cannot_read(tmp_path):
    """In a process of its own, for what is asked of the system holds for all of it."""
    said = "import os; os.umask(0o077); import sys, pathlib; from capexmodel import files; files.write({pathlib.Path(sys.argv[1]): b''})"
    subprocess.run([sys.executable, "-c", said, str(tmp_path / "a.json")], check=True)
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600


def test_where_a_folder_stands_nothing_is_replaced(tmp_path):
    (tmp_path / "b.svg").mkdir()
    (tmp_path / "a.json").write_bytes(b"old")
    with pytest.raises(IsADirectoryError) as told:
        files.write({tmp_path / "a.json": b"new", tmp_path / "b.svg": b"new"})
    assert (told.value.filename, told.value.strerror) == (str(tmp_path / "b.svg"), "Is a directory")
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.svg"]


def test_what_waits_beside_a_place_begins_with_a_dot_and_forty_letters_of_its_name(tmp_path):
    file, name = files._beside(tmp_path / ("x" * 50))
    with file:
        beside = os.path.basename(name)
        assert beside.startswith("." + "x" * 40 + ".")
        assert beside.endswith(".capexmodel.part")
        assert os.path.dirname(name) == str(tmp_path)
        assert len(beside.split(".")[1]) == 40


def test_a_file_is_whole_on_the_disk_before_any_has_its_name(tmp_path, monkeypatch):
    done, real = [], os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: done.append("kept"))
    monkeypatch.setattr(os, "replace", lambda one, two: done.append(two.name) or real(one, two))
    files.write({tmp_path / "a": b"3", tmp_path / "b": b"5"})
    assert done == ["kept", "kept", "a", "b", "kept"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_nothing_is_left_beside_where_the_last_name_cannot_be_given(tmp_path, monkeypatch):
    real = os.replace

    def refuse(one, two):
        if two.name == "b":
            raise OSError(28, "no")
        real(one, two)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no"):
        files.write({tmp_path / "a": b"3", tmp_path / "b": b"5"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("check", [files.check_file, files.check_folder])
@pytest.mark.parametrize(("name", "reason"), [("x" * 300, "File name too long"), ("a\0b", "its name is not a path")])
def test_what_no_file_can_be_called(tmp_path, check, name, reason):
    path = tmp_path / name
    with pytest.raises(ConfigError) as caught:
        check(path)
    assert str(caught.value) == f"{str(path)[:100]}: cannot be written: {reason}"


def test_what_is_no_plain_file_is_not_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "plain").write_bytes(b"3")
    (tmp_path / "link").symlink_to(tmp_path / "plain")
    (tmp_path / "nowhere").symlink_to(tmp_path / "none")
    for name in ("folder", "link", "nowhere"):
        with pytest.raises(ConfigError, match="something that is not a plain file stands there"):
            files.check_file(tmp_path / name)
    files.check_file(tmp_path / "plain")
    files.check_file(tmp_path / "new")
    with pytest.raises(ConfigError, match="no such folder"):
        files.check_file(tmp_path / "none" / "a")
    with pytest.raises(ConfigError):
        files.check_file(tmp_path / "plain" / "a")


def test_a_folder_is_there_or_the_nearest_one_above_is(tmp_path):
    (tmp_path / "plain").write_bytes(b"3")
    files.check_folder(tmp_path)
    files.check_folder(tmp_path / "a" / "b")
    for path in (tmp_path / "plain", tmp_path / "plain" / "a"):
        with pytest.raises(ConfigError, match=f"^{path}: {tmp_path / 'plain'} is not a folder"):
            files.check_folder(path)


@pytest.mark.parametrize(("check", "name"), [(files.check_file, "a"), (files.check_folder, "a/b"), (files.check_folder, "")])
def test_whether_a_folder_is_closed_is_asked_for_writing_and_entering(tmp_path, monkeypatch, check, name):
    asked = []
    monkeypatch.setattr(os, "access", lambda *how: asked.append(how))
    with pytest.raises(ConfigError, match=f"^{tmp_path}: this folder cannot be written to"):
        check(tmp_path / name if name else tmp_path)
    assert asked == [(tmp_path, os.W_OK | os.X_OK)]


LEFT = (".a.json.x.capexmodel.part", ".b.json.x.capexmodel.part")


def test_what_was_left_of_one_file_is_taken_away_or_of_any_in_a_folder(tmp_path):
    for name in LEFT:
        (tmp_path / name).write_bytes(b"3")
    files.check_file(tmp_path / "a.json")
    assert [path.name for path in tmp_path.iterdir()] == [LEFT[1]]
    files.check_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_of_a_long_name_forty_letters_tell_what_was_left(tmp_path):
    left = tmp_path / f".{'x' * 40}.abc.capexmodel.part"
    left.write_bytes(b"3")
    files.clear(tmp_path, "x" * 41)
    assert not left.exists()


def test_what_somebody_is_writing_stays(tmp_path):
    for name in LEFT:
        (tmp_path / name).write_bytes(b"3")
    with (tmp_path / LEFT[0]).open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        files.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [LEFT[0]]


def test_where_there_are_no_locks_nothing_is_taken_away(tmp_path, monkeypatch):
    (tmp_path / LEFT[0]).write_bytes(b"3")
    monkeypatch.setattr(files, "fcntl", None)
    files.clear(tmp_path)
    assert (tmp_path / LEFT[0]).exists()


def test_what_is_half_done_is_a_plain_file_of_such_a_name(tmp_path):
    plain, folder, link = (tmp_path / f".{name}.capexmodel.part" for name in ("a", "b", "c"))
    plain.write_bytes(b"3")
    folder.mkdir()
    link.symlink_to(plain)
    (tmp_path / "a.capexmodel.part").write_bytes(b"3")
    (tmp_path / ".a.part").write_bytes(b"3")
    assert [path for path in sorted(tmp_path.iterdir()) if files.half_done(path)] == [plain]
    assert files.half_done(plain, ".a.")
    assert not files.half_done(plain, ".b.")


def test_the_version_of_the_source_is_that_of_every_file_in_order(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    for name, content in (("b.py", b"one"), ("a.py", b"three"), ("sub/c.py", b"seven"), ("data.txt", b"not source")):
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(files, "__file__", str(tmp_path / "files.py"))
    expected = hashlib.sha256(b"a.py 5\nthreeb.py 3\nonesub/c.py 5\nseven").hexdigest()
    assert files.source_version.__wrapped__() == expected


def test_a_file_that_somebody_took_away_is_closed_before_another_is_begun(tmp_path, monkeypatch):
    links, closed, real = iter([0, 1]), [], os.close
    monkeypatch.setattr(os, "fstat", lambda handle: SimpleNamespace(st_nlink=next(links)))
    monkeypatch.setattr(os, "close", lambda handle: closed.append(handle) or real(handle))
    file, _ = files._beside(tmp_path / "a")
    monkeypatch.undo()
    file.close()
    assert len(closed) == 1
    assert len(list(tmp_path.iterdir())) == 2
