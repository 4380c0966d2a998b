"""Results of a sweep on disk: parts that are whole or not there, and a manifest that says what they are parts of.

A part's file carries the SHA-256 of its number and content in its name: a part is there if a file of its number holds what its name
promises, not because some file exists. Files are written under another name and renamed, so that whoever is killed in between leaves
nothing that counts, and two who write the same part write the same file. A folder takes parts of one recipe only.
"""

import contextlib
import dataclasses
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from capexmodel.errors import ConfigError
from capexmodel.files import check_folder, clear, half_done, write
from capexmodel.studies.summary import Summary

MANIFEST = "manifest.json"
ROWS, SUMS = "rows", "sums"
COMPRESSION_LEVEL = 1
_NAME = re.compile(r"([0-9]{7})-([0-9a-f]{32})\.parquet")
_BY_VALUE = ("value_count", "value_total")
"""What a summary holds by value first, not by output."""


def arrow() -> Any:
    """The library that reads and writes Parquet. Raises: ConfigError where it is missing."""
    try:
        import pyarrow.parquet
    except ImportError:
        raise ConfigError("keeping results in files needs pyarrow: pip install 'capexmodel[sweep]'") from None
    return pyarrow


@dataclasses.dataclass(frozen=True)
class Column:
    """One column of rows: its name and its unit, which stands in the file's own metadata."""

    name: str
    unit: str
    whole: bool = False


def table_bytes(columns: Sequence[Column], arrays: Sequence[np.ndarray]) -> bytes:
    """Rows as a Parquet file: floats split by byte, which packs them a third smaller."""
    pa = arrow()
    fields = [
        pa.field(c.name, pa.int64() if c.whole else pa.float64(), metadata={"unit": c.unit} if c.unit else None, nullable=False)
        for c in columns
    ]
    table = pa.Table.from_arrays([pa.array(array) for array in arrays], schema=pa.schema(fields))
    return _written(pa, table, {c.name: "PLAIN" if c.whole else "BYTE_STREAM_SPLIT" for c in columns})


def summary_bytes(summary: Summary, names: Sequence[str]) -> bytes:
    """A summary as a Parquet file, a row for each output."""
    pa = arrow()
    columns: dict[str, Any] = {"output": list(names)}
    for field in dataclasses.fields(summary):
        array = np.asarray(getattr(summary, field.name))
        turned = array.T if field.name in _BY_VALUE else array
        columns[field.name] = list(turned) if array.ndim > 1 else turned
    return _written(pa, pa.table(columns), None)


def read_summary(path: Path) -> Summary:
    """A summary read back."""
    table = arrow().parquet.read_table(path)
    found = {}
    for field in dataclasses.fields(Summary):
        column = table.column(field.name)
        rows = np.array(column.to_pylist())
        found[field.name] = rows.T if field.name in _BY_VALUE else rows
    return Summary(**found)


def read_rows(path: Path, names: Sequence[str]) -> np.ndarray:
    """Some columns of rows read back."""
    table = arrow().parquet.read_table(path, columns=list(names))
    return np.stack([table.column(name).to_numpy() for name in names], axis=1)


def _written(pa: Any, table: Any, encoding: dict[str, str] | None) -> bytes:
    sink = io.BytesIO()
    options = {} if encoding is None else {"column_encoding": encoding}
    pa.parquet.write_table(table, sink, compression="zstd", compression_level=COMPRESSION_LEVEL, use_dictionary=False, **options)
    return sink.getvalue()


class Store:
    """A folder of parts."""

    def __init__(self, folder: Path, recipe: Mapping[str, Any]) -> None:
        """Open a folder for the parts of a recipe, or go on with one that holds some already.

        Raises: ConfigError when the folder cannot be used, or holds parts of another recipe.
        """
        check_folder(folder)
        self.folder, self.recipe, self.hash = folder, dict(recipe), recipe_hash(recipe)
        self._take_manifest()

    def clear(self) -> None:
        """Throw away what killed writers left half done; what others write now stays."""
        for place in (self.folder, self.folder / ROWS, self.folder / SUMS):
            clear(place)

    def _take_manifest(self) -> None:
        path = self.folder / MANIFEST
        strange = self.folder.exists() and not all(half_done(entry) for entry in self.folder.iterdir())
        if not path.exists():  # asked last: who begins the same sweep at the same time may have put it there while we looked
            if strange:
                raise ConfigError(f"{self.folder}: this folder holds something else already: name an empty or a new one")
            write({path: json.dumps({"hash": self.hash, "recipe": self.recipe}, indent=1, sort_keys=True).encode()})
            return
        known = _manifest_hash(path)
        if known != self.hash:
            raise ConfigError(
                f"{self.folder}: holds another sweep (its recipe is {str(known)[:12]}, this one is {self.hash[:12]}): name another folder"
            )

    def put(self, kind: str, number: int, content: bytes) -> None:
        """Write a part, whole or not at all, unless it is there. Raises: OSError when the disk does not take it."""
        path = self.folder / kind / f"{number:07d}-{digest(number, content)}.parquet"
        if not path.exists():
            write({path: content})

    def there(self, kind: str) -> dict[int, Path]:
        """The parts that are whole, by number. A part that does not hold what its name promises is thrown away; what is called otherwise
        is none, and stays. Raises: ConfigError where a folder is called as a part is.
        """
        found = {}
        for path in sorted((self.folder / kind).glob("*.parquet")):
            named = _NAME.fullmatch(path.name)
            if named is None:
                continue
            if path.is_dir() and not path.is_symlink():
                raise ConfigError(f"{path}: a folder stands where a part of the sweep belongs: take it away")
            number = int(named[1])
            with contextlib.suppress(FileNotFoundError):  # another who goes on with the sweep may have thrown it away
                if path.is_file() and digest(number, path.read_bytes()) == named[2]:
                    found[number] = path
                else:
                    path.unlink()
        return found


def _manifest_hash(path: Path) -> str:
    """What the manifest of a sweep says its recipe is. Raises: ConfigError where it is none, or a damaged one."""
    try:
        told = json.loads(path.read_bytes()) if path.is_file() else {}
        if recipe_hash(told["recipe"]) == told["hash"]:
            return told["hash"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise ConfigError(f"{path}: is no manifest of a sweep, or a damaged one: name another folder")


def digest(number: int, content: bytes) -> str:
    """What a part's name says of its content, which is no other part's."""
    return hashlib.sha256(f"{number} ".encode() + content).hexdigest()[:32]


def recipe_hash(recipe: Mapping[str, Any]) -> str:
    """One word for a recipe."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()
