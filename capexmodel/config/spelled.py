"""Units that nobody knows: what was probably meant, of the dimension that is wanted and of no other."""

import difflib
import itertools
import re

from capexmodel.units import UNITS, WRITTEN, dimension, is_unit, scale, written_unit

_THOUSANDS = {
    "k": ("thousand", "thousands"),
    "M": ("million", "millions", "mn", "mln", "mio"),
    "B": ("billion", "billions", "bn", "bln", "milliard", "milliards", "mrd"),
    "T": ("trillion", "trillions", "tn", "trn"),
}
"""Words for thousands of thousands, by the letter that stands before a unit."""
_NUMBER = re.compile(r"[+-]?[0-9][0-9_.]*(?:[eE][+-]?[0-9]+)?")
_PARTS = 3
_MOST_LETTERS = 200
_CHOICES = 12
_ALIKE = 0.6
"""Share of its letters that a word has in common with one that is near it."""


def meant(text: str, wanted: str) -> str:
    """Say in what unit a quantity was probably meant: "; did you mean 'B$'?". Only units of the dimension of `wanted` are thought of, and
    nothing is said where the unit is known or none is near, or where a word begins units of different size: "2 m", minutes or months."""
    if len(text) > _MOST_LETTERS:
        return ""
    words = [word.strip() for word in re.split(r"/|_per_|(?<!\S)per(?!\S)", _NUMBER.sub("", text, count=1))]
    if "" in words[1:] or len(words) > _PARTS:
        return ""
    for each in itertools.product(*(_near(word, wanted if len(words) == 1 else None) for word in words)):
        spelled = "/".join(each)
        if list(each) != words and dimension(written_unit(spelled)) == dimension(wanted):
            return f"; did you mean '{spelled}'?"
    return ""


def _near(word: str, wanted: str | None) -> list[str]:
    """Known spellings near a word, the nearest first; all of the dimension of a unit, where one is given."""
    if word == "" or is_unit(_name(word)):
        return [word]
    known = {name.lower(): name for name in [*UNITS, *WRITTEN] if wanted is None or dimension(_name(name)) == dimension(wanted)}
    bare = word.lower().replace("$", " ").split()
    for letter, names in _THOUSANDS.items():
        if bare and bare[0] in names:
            return [each for each in (f"{letter}$", letter, f"{letter} chips") if is_unit(_name(each))]
    begun = [name for name in known if name.startswith(word.lower())]
    if len({scale(_name(known[name])) for name in begun}) == 1:
        return [known[min(begun, key=len)]]
    close = difflib.get_close_matches(word.lower(), list(known), _CHOICES, _ALIKE)
    return [known[name] for name in close]


def _name(spelling: str) -> str:
    return WRITTEN.get(spelling, spelling)
