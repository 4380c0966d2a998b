"""Results of a sweep on disk: what is written is read back, and what is not whole is not there."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from capexmodel import files
from capexmodel.errors import ConfigError
from capexmodel.studies import store as room
from capexmodel.studies.store import (
    MANIFEST,
    ROWS,
    SUMS,
    Column,
    Store,
    digest,
    read_rows,
    read_summary,
    recipe_hash,
    summary_bytes,
    table_bytes,
)
from capexmodel.studies.summary import Summary

COLUMNS = [Column("index", "", whole=True), Column("speed", "w"), Column("load_share", "")]
ARRAYS = [np.array([5, 6, 7]), np.array([0.5, -1.5, np.nan]), np.array([0.1, 0.2, 0.3])]


def test_rows_are_read_back_with_their_units(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(table_bytes(COLUMNS, ARRAYS))
    assert read_rows(path, ["load_share", "speed"])[:2].tolist() == [[0.1, 0.5], [0.2, -1.5]]
    schema = pyarrow.parquet.read_schema(path)
    assert [(field.name, str(field.type), field.nullable) for field in schema] == [
        ("index", "int64", False), ("speed", "double", False), ("load_share", "double", False),
    ]  # fmt: skip
    assert [None if field.metadata is None else field.metadata.get(b"unit") for field in schema] == [None, b"w", None]


def test_rows_are_packed_by_byte_without_dictionaries(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(table_bytes(COLUMNS, ARRAYS))
    group = pyarrow.parquet.ParquetFile(path).metadata.row_group(0)
    told = [group.column(place) for place in range(3)]
    assert [each.compression for each in told] == ["ZSTD"] * 3
    assert ["BYTE_STREAM_SPLIT" in each.encodings for each in told] == [False, True, True]
    assert not any(each.has_dictionary_page for each in told)


def summary() -> Summary:
    """Of two outputs in three bins, by four values."""
    numbers = np.arange(1.0, 30.0)
    return Summary(
        np.array([3, 4]), numbers[:2], numbers[2:4], numbers[4:6], numbers[6:8], np.array([7, 8]), np.array([9, 5]),
        np.array([[1, 2, 0], [0, 3, 1]]), np.array([[1, 2], [3, 4], [5, 6], [7, 8]]), numbers[8:16].reshape(4, 2),
    )  # fmt: skip


def test_a_summary_is_read_back_and_has_a_row_for_each_output(tmp_path: Path) -> None:
    path = tmp_path / "sums.parquet"
    path.write_bytes(summary_bytes(summary(), ["a", "b"]))
    found = read_summary(path)
    for name in Summary.__dataclass_fields__:
        one, other = getattr(found, name), getattr(summary(), name)
        assert (one.shape, one.tolist()) == (other.shape, other.tolist()), name
    table = pyarrow.parquet.read_table(path)
    assert (table.num_rows, table.column("output").to_pylist()) == (2, ["a", "b"])
    assert table.column("value_count").to_pylist() == [[1, 3, 5, 7], [2, 4, 6, 8]]


def test_a_recipe_and_a_content_have_their_hash() -> None:
    assert digest(7, b"seven") == hashlib.sha256(b"7 seven").hexdigest()[:32]
    assert recipe_hash({"b": 3, "a": [4]}) == hashlib.sha256(b'{"a": [4], "b": 3}').hexdigest()


def test_a_folder_says_what_it_holds_parts_of(tmp_path: Path) -> None:
    made = Store(tmp_path / "sweep", {"rows": 3})
    told = json.loads((tmp_path / "sweep" / MANIFEST).read_text())
    assert told == {"hash": recipe_hash({"rows": 3}), "recipe": {"rows": 3}}
    assert (made.folder, made.recipe, made.hash) == (tmp_path / "sweep", {"rows": 3}, told["hash"])
    assert Store(tmp_path / "sweep", {"rows": 3}).hash == made.hash
    with pytest.raises(
        ConfigError, match=f"holds another sweep .its recipe is {told['hash'][:12]}, this one is {recipe_hash({'rows': 4})[:12]}"
    ):
        Store(tmp_path / "sweep", {"rows": 4})


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ConfigError, match="holds something else already"):
        Store(tmp_path, {"rows": 3})
    assert not (tmp_path / MANIFEST).exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"hash": "0", "recipe": {}}', '{"recipe": {}}', "3"])
def test_a_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(ConfigError, match="is no manifest of a sweep, or a damaged one"):
        Store(tmp_path, {"rows": 3})


def test_a_folder_for_a_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).mkdir()
    with pytest.raises(ConfigError, match="is no manifest"):
        Store(tmp_path, {"rows": 3})


def test_a_part_is_named_by_its_number_and_content_and_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Store(tmp_path / "sweep", {})
    made.put(SUMS, 42, b"content")
    assert made.there(SUMS) == {42: tmp_path / "sweep" / SUMS / f"0000042-{digest(42, b'content')}.parquet"}
    assert made.there(ROWS) == {}
    monkeypatch.setattr(room, "write", None)
    made.put(SUMS, 42, b"content")
    assert made.there(SUMS)[42].read_bytes() == b"content"


def test_parts_that_do_not_hold_what_they_promise_are_thrown_away(tmp_path: Path) -> None:
    made = Store(tmp_path / "sweep", {})
    for number in (7, 3):
        made.put(ROWS, number, b"content %d" % number)
    made.there(ROWS)[3].write_bytes(b"cut")
    folder = tmp_path / "sweep" / ROWS
    assert list(made.there(ROWS)) == [7]
    assert [path.name for path in folder.iterdir()] == [f"0000007-{digest(7, b'content 7')}.parquet"]


def test_a_part_under_the_number_of_another_is_thrown_away(tmp_path: Path) -> None:
    """Copied or renamed by hand: it would be counted twice."""
    made = Store(tmp_path / "sweep", {})
    made.put(ROWS, 7, b"content")
    whole = made.there(ROWS)[7]
    other = whole.with_name(whole.name.replace("0000007", "0000008"))
    other.write_bytes(b"content")
    assert list(made.there(ROWS)) == [7]
    assert not other.exists()


def test_what_is_no_part_stays(tmp_path: Path) -> None:
    made = Store(tmp_path / "sweep", {})
    made.put(ROWS, 7, b"content")
    names = [f"x0000004-{digest(4, b'')}.parquet", "mine.parquet", "notes.txt"]
    for name in names:
        (tmp_path / "sweep" / ROWS / name).write_bytes(b"mine")
    (tmp_path / "sweep" / ROWS / "folder.parquet").mkdir()
    assert list(made.there(ROWS)) == [7]
    assert {path.name for path in (tmp_path / "sweep" / ROWS).iterdir()} > {*names, "folder.parquet"}


def test_a_part_that_another_has_thrown_away_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who go on with one sweep meet the same damage."""
    made = Store(tmp_path / "sweep", {})
    for number in (7, 3):
        made.put(ROWS, number, b"content %d" % number)
    gone = made.there(ROWS)[3]
    read = Path.read_bytes

    def taken(path: Path) -> bytes:
        if path == gone:
            path.unlink()
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", taken)
    assert list(made.there(ROWS)) == [7]


def test_a_folder_where_a_part_belongs_is_told(tmp_path: Path) -> None:
    made = Store(tmp_path / "sweep", {})
    place = tmp_path / "sweep" / ROWS / f"0000003-{digest(3, b'a')}.parquet"
    place.mkdir(parents=True)
    with pytest.raises(ConfigError, match="a folder stands where a part of the sweep belongs"):
        made.there(ROWS)
    place.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place.symlink_to(elsewhere)
    assert (made.there(ROWS), place.is_symlink(), elsewhere.exists()) == ({}, False, True)


def test_what_killed_writers_left_is_cleared_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cleared: list[Path] = []
    made = Store(tmp_path / "sweep", {})
    monkeypatch.setattr(room, "clear", cleared.append)
    made.clear()
    assert cleared == [made.folder, made.folder / ROWS, made.folder / SUMS]
    assert files.half_done is room.half_done


def test_files_need_their_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(ConfigError, match="needs pyarrow"):
        room.arrow()
