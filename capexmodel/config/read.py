"""Bytes of a TOML file to a plain tree, with every way a file can be broken told in one line.

Numbers are kept exact (Decimal) until their unit is known. Nothing in a file is executed and no other file is opened from here.
"""

import contextlib
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from capexmodel.errors import ConfigError
from capexmodel.units import exact

LARGEST_BYTES = 10_000_000
DEEPEST = 32

_ENDS = " (at end of document)"
_POSITION = re.compile(r"\s*\(at line (\d+), column (\d+)\)$")
_WORD = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = re.compile(rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]{{0,99}}"|'[^'\n]{{0,99}}')[ \t]*\.[ \t]*){{{DEEPEST},}}+""")
_KEY_ENDS = re.compile(rf"{_WORD}[ \t]*([=\]])")
_LINE = re.compile(r"[ \t]*([#\[])")
_STATEMENT = re.compile(rf"[ \t]*(\[?)\[?[ \t]*({_WORD}(?:[ \t]*\.[ \t]*{_WORD})*)[ \t]*[=\]]")
_TWICE = ("Cannot overwrite a value", "Cannot declare ")
_LONG = 1000
_LOOKED = 8
"""Lines that a value is taken to have at most where its key is looked for."""


def read_toml(path: Path, shown: str) -> dict[str, Any]:
    """Read a TOML file. `shown` is what the file is called in an error.

    Raises: ConfigError with the line and column where there is one.
    """
    return parse_toml(read_bytes(path, shown), shown)


def read_bytes(path: Path, shown: str, expected: str = "a TOML file") -> bytes:
    """Read a regular file of bearable size.

    Raises: ConfigError where it is none, or cannot be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ConfigError(f"{shown}: is not a regular file, expected {expected}")
        if status.st_size > LARGEST_BYTES:
            raise ConfigError(f"{shown}: is too large, got {status.st_size} bytes, expected at most {LARGEST_BYTES}")
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES)
    except FileNotFoundError:
        raise ConfigError(f"{shown}: there is no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise ConfigError(f"{shown}: cannot be read: {reason}") from None


def parse_toml(data: bytes, shown: str) -> dict[str, Any]:
    """Parse TOML from bytes.

    Raises: ConfigError with the line and column where there is one.
    """
    text = _text(data, shown)
    deep = next((found.start() for found in _DOTTED.finditer(text) if _is_key(text, found)), None)
    if deep is not None:
        raise ConfigError(f"{shown}:{_line_column(text, deep)}: a key is nested too deeply, expected at most {DEEPEST} levels")
    try:
        tree = tomllib.loads(text, parse_float=exact)
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        where = f"{found[1]}:{found[2]}" if found else _line_column(text, len(text))
        what = _POSITION.sub("", str(error))
        if what.startswith(_TWICE):
            what = f"{_last_key(text, int(where.partition(':')[0]))} stands twice"
        early = ", the file ends too early" if what.endswith(_ENDS) and not what.startswith("Cannot") else ""
        raise ConfigError(f"{shown}:{where}: {_one_line(what.removesuffix(_ENDS) + early)}") from None
    except RecursionError:
        raise ConfigError(f"{shown}: is nested too deeply, expected at most {DEEPEST} levels") from None
    except ValueError as error:
        raise ConfigError(f"{shown}: holds a number that cannot be read: {_one_line(str(error))}") from None
    _check_depth(tree, shown)
    return tree


def _is_key(text: str, dots: re.Match[str]) -> bool:
    """Whether words with dots are those of a key or of a table, and not a part of a value or a comment. Very many are, unless in a comment:
    the parser would take too long to see."""
    begins, end = _LINE.match(text, text.rfind("\n", 0, dots.start()) + 1), _KEY_ENDS.match(text, dots.end())
    first = begins[1] if begins else ""
    ended = end is not None and (end[1] == "=" or first == "[")
    return first != "#" and (ended or len(dots[0]) > _LONG)


def _last_key(text: str, line: int) -> str:
    """The key or the table of the statement that ends on a line: where what stands before is a file of its own, a statement begins."""
    lines = text.split("\n")
    for number, start in reversed(list(enumerate(lines[:line]))[-_LOOKED:]):
        found = _STATEMENT.match(start)
        with contextlib.suppress(ValueError):
            if found:
                tomllib.loads("\n".join(lines[:number]), parse_float=exact)
                return f"the table [{found[2]}]" if found[1] else f"the key {found[2]}"
    return "a key"


def _text(data: bytes, shown: str) -> str:
    """Decode UTF-8, refusing what is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(f"{shown}:1:1: is UTF-16, expected UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        raise ConfigError(f"{shown}:1:1: starts with a byte order mark, expected plain UTF-8")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise ConfigError(f"{shown}:{_line_column(before, len(before))}: is not UTF-8 text, got byte 0x{data[error.start]:02x}") from None
    if "\0" in text:
        raise ConfigError(f"{shown}:{_line_column(text, text.index(chr(0)))}: holds a NUL byte, expected text")
    return text


def _line_column(text: str, offset: int) -> str:
    """Turn an offset into "line:column"."""
    return f"{text.count(chr(10), 0, offset) + 1}:{offset - (text.rfind(chr(10), 0, offset) + 1) + 1}"


def _one_line(text: str) -> str:
    cut = "".join(c if c.isprintable() else "?" for c in text)
    return cut if len(cut) <= 160 else cut[:157] + "..."


def _check_depth(tree: dict[str, Any], shown: str) -> None:
    """Refuse nesting beyond the cap, without recursion."""
    level: list[Any] = [tree]
    for _ in range(DEEPEST + 1):
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node) if isinstance(child, dict | list)]
        if not level:
            return
    raise ConfigError(f"{shown}: is nested too deeply, expected at most {DEEPEST} levels")
