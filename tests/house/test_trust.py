"""The page on trust says what there is: every law of the registry, and only tests that exist."""

import re

from capexmodel.testing import LAWS
from tests.house.reading import ROOT

PAGE = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (L[\dL to]+) \|(.*)\|$", PAGE, re.MULTILINE))


def listed() -> dict[int, str]:
    """What is said of each law, by its number."""
    found = {}
    for heads, said in ROWS.items():
        numbers = [int(number) for number in re.findall(r"\d+", heads)]
        found |= dict.fromkeys(range(numbers[0], numbers[-1] + 1) if " to " in heads else numbers, said)
    return found


def test_every_law_is_listed_and_those_of_the_registry_are_said_to_be_checked():
    assert sorted(listed()) == list(range(1, 79))
    checked = {number for number, said in listed().items() if re.search(r"\| check", said)}
    registered = {int(number) for one in LAWS for number in re.findall(r"\d+", one.id)}
    assert registered <= checked
    assert checked - registered == {58}  # told by another law


def test_every_test_it_names_exists():
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 15
    assert [name for name in sorted(named) if f"def {name}(" not in text] == []
    places = set(re.findall(r"`(tests/[\w/.]+)`", PAGE))
    assert [place for place in sorted(places) if not (ROOT / place).exists()] == []
