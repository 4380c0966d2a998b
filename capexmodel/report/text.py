"""Plain text for a terminal: columns, wrapping, and numbers as people read them."""

import textwrap
import unicodedata
from collections.abc import Sequence

from capexmodel import units

WIDTH = 100
_UNPRINTABLE = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")


def safe(text: str) -> str:
    """Drop what could drive a terminal or turn the reading direction: control characters, escapes and bidirectional marks."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in _UNPRINTABLE)


def cell(text: str) -> str:
    """Make a text harmless in a spreadsheet: a cell that begins like a formula is written with a leading apostrophe."""
    clean = safe(text)
    return f"'{clean}" if clean.lstrip()[:1] in ("=", "+", "-", "@") else clean


def size(unit: str) -> float:
    """Give a unit's size in base units: 1e9 for "busd"."""
    return float(units.scale(unit))


def show(value: float, unit: str) -> str:
    """Write a value in base units with its unit: show(2e9, "w") is "2 GW", show(1.5e9, "usd") "$1.5B", show(1e8, "eflop") "1e+26 FLOP"."""
    if unit == "eflop":
        return f"{value / size('flop'):.3g} FLOP"
    text = units.show(value, f"x_{unit}" if unit else "x")
    if text in ("1 hours", "1 days", "1 months", "1 years"):
        return text[:-1]
    figure, _, scale = text.partition(" $")
    return f"${figure}{scale}" if unit == "usd" else text


def billions(usd: float, digits: int = 1) -> str:
    """Write dollars in billions without their unit; a thing of nothing is a dash."""
    return number(usd / size("busd"), digits)


def number(value: float, digits: int = 1) -> str:
    """Write a number with so many decimals; what rounds to nothing is a dash."""
    text = f"{value:,.{digits}f}"
    return "-" if not any(letter in "123456789" for letter in text) else text


def digits(values: Sequence[float]) -> int:
    """Choose the decimals of a column so that its largest number shows at least two digits."""
    largest = max((abs(value) for value in values), default=0.0)
    return next((count for count, least in enumerate((100.0, 10.0, 1.0)) if largest >= least), 3)


def significant(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits and no more zeros than it needs."""
    return "0" if value == 0 else f"{value:.{digits}g}"


def heading(title: str, note: str = "") -> list[str]:
    """Begin a section."""
    return ["", title.upper() + (f"  ({note})" if note else "")]


def paragraph(text: str, indent: int = 2) -> list[str]:
    """Wrap a sentence to the page."""
    return textwrap.wrap(safe(text), WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2)) or [""]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1, indent: int = 2) -> list[str]:
    """Set rows in columns: the first `left` of them flush left, the others flush right."""
    cells = [[safe(text) for text in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for row in cells:
        parts = [word.ljust(width) if k < left else word.rjust(width) for k, (word, width) in enumerate(zip(row, widths, strict=True))]
        lines.append((" " * indent + "  ".join(parts)).rstrip())
    return lines


def trimmed(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Set rows in columns, without the columns that hold nothing but dashes."""
    kept = [column for column in range(len(header)) if column < left or any(row[column] != "-" for row in rows)]
    return table([header[column] for column in kept], [[row[column] for column in kept] for row in rows], left)
