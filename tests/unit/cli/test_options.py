"""Words of the command line read as numbers and dates: both ends of what is taken, and what is said of the rest."""

import argparse
import datetime

import pytest

from capexmodel.cli import options as module
from capexmodel.errors import ConfigError


@pytest.mark.parametrize(("read", "words"), [
    (module.folds, {"2": 2, "50": 50}), (module.sample, {"2": 2, "64": 64}), (module.many, {"2": 2, "1000000000000": 10**12}),
    (module.points, {"16": 16, "1000000": 1_000_000}), (module.count, {"1": 1, "1000": 1000}),
    (module.natural, {"0": 0, "999999999": 999_999_999}), (module.percentile, {"1": 1.0, "99": 99.0, "37.5": 37.5}),
    (module.share, {"0.01": 0.01, "0.99": 0.99, "0.375": 0.375}), (module.date, {"2026-03-05": datetime.date(2026, 3, 5)}),
])  # fmt: skip
def test_both_ends_of_what_is_taken_and_what_lies_between(read, words):
    assert {word: read(word) for word in words} == words


@pytest.mark.parametrize(("read", "words", "expected"), [
    (module.folds, ("1", "51", "-3", "x", "3.5", ""), "is not a number from 2 to 50"),
    (module.sample, ("1", "65", "x", "-3", "99999"), "is not a number from 2 to 64"),
    (module.many, ("1", "1000000000001", "x", "9" * 20), "is not a number from 2 to 1,000,000,000,000"),
    (module.points, ("15", "1000001", "x", "9" * 16), "is not a number from 16 to 1,000,000"),
    (module.count, ("0", "1001", "x"), "is not a number from 1 to 1000"),
    (module.natural, ("-1", "1000000000", "x"), "is not a whole number of at most 9 digits"),
    (module.percentile, ("0.9", "99.1", "x", "nan"), "is not a number from 1 to 99"),
    (module.share, ("0.009", "0.991", "x", "nan", "-1"), "is not a number from 0.01 to 0.99"),
    (module.date, ("2026-02-30", "x"), "is not a date, as 2026-02-02"),
])  # fmt: skip
def test_beyond_these_it_is_said_what_is_expected(read, words, expected):
    for word in words:
        with pytest.raises(argparse.ArgumentTypeError) as caught:
            read(word)
        assert str(caught.value) == f"'{word[:20]}' {expected}"


@pytest.mark.parametrize("read", [module.folds, module.sample, module.many, module.points, module.count, module.natural, module.percentile,
                                  module.share, module.date])  # fmt: skip
def test_of_a_long_word_twenty_letters_are_told(read):
    with pytest.raises(argparse.ArgumentTypeError, match=r"^'abcdefghijklmnopqrst' is"):
        read("abcdefghijklmnopqrstuvw")


def test_zeros_before_a_number_count_for_nothing():
    assert module.sample("0012") == 12
    assert module.many("0" * 12 + "123") == 123
    assert module.points("0" * 12 + "123") == 123
    assert module.count("0" * 5000 + "7") == 7
    with pytest.raises(argparse.ArgumentTypeError, match="'0012999' is not a number from 2 to 64"):
        module.sample("0012999")


@pytest.mark.parametrize("read", [module.folds, module.sample, module.many, module.points, module.count, module.natural])
def test_of_a_number_of_thousands_of_digits_twenty_are_told(read):
    with pytest.raises(argparse.ArgumentTypeError, match=r"^'98765432109876543210' is not a "):
        read("9876543210" * 500)


def test_a_complaint_is_one_line_that_says_where_to_look():
    with pytest.raises(ConfigError, match=r"^what is wrong; `capexmodel --help` shows what can be asked$"):
        module.Parser(prog="capexmodel").error("what is wrong")


def commands():
    parser = module.Parser(prog="capexmodel")
    return parser, parser.add_subparsers(dest="command")


def test_a_command_says_what_it_does_and_takes_no_short_forms():
    parser, added = commands()
    command = module.described(added, "walk", "go from one place to another")
    command.add_argument("--slowly", action="store_true")
    assert command.description == "Go from one place to another."
    assert [(one.dest, one.help) for one in added._choices_actions] == [("walk", "go from one place to another")]
    assert parser.parse_args(["walk", "--slowly"]).slowly is True
    with pytest.raises(ConfigError, match="unrecognized arguments: --slow"):
        parser.parse_args(["walk", "--slow"])


def test_where_every_target_is_listed_none_has_to_be_named():
    parser, added = commands()
    module.checked(added, "some", "look")
    module.checked(added, "every", "look", True)
    assert parser.parse_args(["every"]).what == "targets"
    assert (parser.parse_args(["every", "x"]).what, parser.parse_args(["some", "x"]).what) == ("x", "x")
    with pytest.raises(ConfigError, match="required: WHAT"):
        parser.parse_args(["some"])
    helps = {name: next(one.help for one in added.choices[name]._actions if one.dest == "what") for name in ("some", "every")}
    assert "facts" in helps["some"]
    assert "training-cost" in helps["every"]


def test_a_scenario_is_needed_unless_a_command_does_without():
    parser, added = commands()
    module.of_scenario(added, "with", "look")
    module.of_scenario(added, "without", "look", needed=False)
    assert parser.parse_args(["without"]).scenario is None
    with pytest.raises(ConfigError, match="required: SCENARIO"):
        parser.parse_args(["with"])


def test_numbers_of_the_command_line():
    told = {name: getattr(module, name) for name in (
        "EVERY", "MOST_FAULTS", "STARTS", "MOST_DIGITS", "AIM", "SOLVES", "MOST_POINTS", "DRAWS", "MOST_DRAWS", "LEVELS", "REACHES",
        "PERCENTILE", "SAMPLE", "MOST_SAMPLE", "FOLLOWED", "LEAST_SHARE", "POINTS", "FOLDS",
    )}  # fmt: skip
    assert told == {
        "EVERY": "targets", "MOST_FAULTS": 20, "STARTS": 2, "MOST_DIGITS": 9, "AIM": "mean_date_s", "SOLVES": 12, "MOST_POINTS": 10**6,
        "DRAWS": 65_536, "MOST_DRAWS": 10**12, "LEVELS": ("quick", "standard", "deep", "soak"), "REACHES": ("sane", "edge", "hostile"),
        "PERCENTILE": 90, "SAMPLE": 16, "MOST_SAMPLE": 64, "FOLLOWED": 8192, "LEAST_SHARE": 0.01, "POINTS": 7, "FOLDS": 10,
    }  # fmt: skip
