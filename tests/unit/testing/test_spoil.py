"""Files that are wrong: where a fault stands, what it is, and what must be named."""

import numpy as np
import pytest

from capexmodel.testing.spoil import (
    BYTES,
    FOREIGN,
    NAMES,
    NO_NUMBERS,
    WAYS,
    WRONG_TYPES,
    Spoiled,
    _is_number,
    _lines,
    boundless,
    broken,
    doubled,
    foreign,
    hostile,
    misspelled,
    mistyped,
    shortened,
    spoil,
)

TEXT = """schema_version = 1
# a remark

[site.north-1]
price_usd = 35
ab = 12
name = "x"
[[list]]
[plain]
big_eflops = -1.5e+3
[hall.shell]
at_s = [1, 2]
"""


class Given(np.random.Generator):
    """Draws that are given, and the sizes they were asked from."""

    def __init__(self, *draws):
        super().__init__(np.random.Philox(0))
        self.draws, self.sizes = list(draws), []

    def integers(self, size):
        self.sizes.append(size)
        return self.draws.pop(0)

    def choice(self, some):
        self.sizes.append(len(some))
        return some[self.draws.pop(0)]


def test_lines_that_hold_a_key_and_a_value_are_found_with_their_place():
    assert [(line.number, line.key, line.value) for line in _lines(TEXT)] == [
        (0, "schema_version", "1"), (4, "price_usd", "35"), (5, "ab", "12"), (6, "name", '"x"'), (9, "big_eflops", "-1.5e+3"),
        (11, "at_s", "[1, 2]"),
    ]  # fmt: skip


def test_numbers_are_told_and_the_version_of_the_file_is_none():
    assert [line.key for line in _lines(TEXT) if _is_number(line)] == ["price_usd", "ab", "big_eflops"]


def test_a_fault_stands_instead_of_its_line_or_before_it():
    assert Spoiled("x", 1, b"new", "").of("a\nb\nc") == b"a\nnew\nc"
    assert Spoiled("x", 1, b"new", "", instead=False).of("a\nb\nc") == b"a\nnew\nb\nc"


def test_a_key_lacks_a_letter_of_its_first_word():
    """Keys whose first word has three letters or more: price_usd, name, big_eflops."""
    draw = Given(0, 3)
    assert shortened(TEXT, draw) == Spoiled("shortened", 4, b"prie_usd = 35", "prie_usd")
    assert draw.sizes == [3, 5]
    draw = Given(2, 0)
    assert shortened(TEXT, draw) == Spoiled("shortened", 9, b"ig_eflops = -1.5e+3", "ig_eflops")
    assert draw.sizes == [3, 3]


def test_two_letters_of_a_key_change_places_where_they_differ():
    """Keys of five letters or more, four of them different: price_usd, big_eflops; in the first no two alike stand together."""
    draw = Given(0, 3)
    assert misspelled(TEXT, draw) == Spoiled("misspelled", 4, b"priec_usd = 35", "priec_usd")
    assert draw.sizes == [2, 8]
    draw = Given(0, 1)
    assert misspelled("abbcde = 7\n", draw) == Spoiled("misspelled", 0, b"abcbde = 7", "abcbde")
    assert draw.sizes == [1, 4]
    draw = Given(0, 3)
    assert misspelled("aabbb = 1\nabcd = 5\nabcda = 7", draw).new == b"abcad = 7"
    assert draw.sizes == [1, 4]


@pytest.mark.parametrize(("way", "kind", "what"), [(mistyped, "mistyped", WRONG_TYPES), (boundless, "boundless", NO_NUMBERS)])
def test_a_number_is_something_else(way, kind, what):
    draw = Given(2, 3)
    assert way(TEXT, draw) == Spoiled(kind, 9, f"big_eflops = {what[3]}".encode(), "big_eflops")
    assert draw.sizes == [3, len(what)]


def test_a_key_ends_with_what_is_no_unit():
    """Numbers whose keys have a last word: price_usd, big_eflops."""
    draw = Given(1, 2)
    assert foreign(TEXT, draw) == Spoiled("foreign", 9, b"big_per_usd = -1.5e+3", "big_per_usd")
    assert draw.sizes == [2, len(FOREIGN)]
    assert foreign("a_b_c = 5", Given(0, 1)).names == "a_b_parsec"


def test_a_key_that_stands_twice_is_told_by_the_line_of_the_second():
    draw = Given(3)
    assert doubled(TEXT, draw) == Spoiled("doubled", 6, b'name = "x"', ":8:", instead=False)
    assert draw.sizes == [6]


def test_bytes_that_no_line_may_hold_stand_before_a_value():
    draw = Given(2, 1)
    assert broken(TEXT, draw) == Spoiled("broken", 5, b"ab = \xff\xfe12", ":")
    assert draw.sizes == [6, len(BYTES)]


def test_a_member_is_named_like_a_path():
    draw = Given(1, 0)
    assert hostile(TEXT, draw) == Spoiled("hostile", 10, b'[hall."../../etc/passwd"]', "hall")
    assert draw.sizes == [2, len(NAMES)]
    assert hostile(TEXT, Given(0, 2)) == Spoiled("hostile", 3, b'[site."a/b"]', "site")


@pytest.mark.parametrize("seed", range(16))
def test_the_seed_says_which_way_and_what(seed):
    kinds = ("shortened", "misspelled", "mistyped", "boundless", "foreign", "doubled", "broken", "hostile")
    found = spoil(TEXT, seed)
    assert found.kind == kinds[seed % 8]
    assert found == WAYS[seed % 8](TEXT, np.random.default_rng(seed))


def test_what_is_no_number_is_long_or_foreign():
    assert len(WRONG_TYPES) == 11
    assert (len(WRONG_TYPES[8]), len(WRONG_TYPES[10])) == (4004, 304)
    assert [len(word) for word in NO_NUMBERS] == [3, 3, 4, 5, 6, 400, 4002, 21]
    assert len(NAMES[8]) == 300
