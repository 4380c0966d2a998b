"""Every option of every command: what it is unless told, and what is made of its word."""

import argparse
import datetime
from pathlib import Path

import pytest

from capexmodel import __version__
from capexmodel.cli.parser import build_parser
from capexmodel.errors import ConfigError

SCENARIO = {"set": [], "all": False}
AIMS = {"minimize": "time", "without": []}
OUTPUTS = {"json": None, "figures": None}
FOLLOW = {"allocation": None, "as_planned": False}
WHAT = {"rows": None, "json": None}
DEFAULTS = {
    "optimize S": SCENARIO | AIMS | OUTPUTS | {"scenario": "S", "starts": 2, "swings": False, "whole": False},
    "simulate S": SCENARIO | OUTPUTS | {"scenario": "S", "allocation": None},
    "frontier S": SCENARIO | AIMS | OUTPUTS | {"scenario": "S", "vary": None, "aims": None, "points": 7},
    "sweep S": SCENARIO | AIMS | OUTPUTS | FOLLOW | {
        "scenario": "S", "vary": [], "over": "simulate", "keep_rows": False, "gradients": False, "single": False, "out": None, "dask": None,
    },
    "uncertainty S": SCENARIO | AIMS | FOLLOW | {
        "scenario": "S", "draws": 65_536, "seed": 0, "events_only": False, "keep_rows": False, "single": False, "out": None, "json": None,
    },
    "check": SCENARIO | {
        "scenario": None, "shipped": False, "level": "quick", "law": [], "reach": "sane", "seed": 0, "example": None, "out": None,
        "json": None,
    },
    "grads S": SCENARIO | {"scenario": "S", "allocation": None, "example": 1, "json": None},
    "verify R": {"result": "R", "json": None},
    "robust S": SCENARIO | AIMS | {
        "scenario": "S", "percentile": 90, "deadline": None, "probability": None, "draws": 16, "seed": 0, "events_only": False,
        "json": None,
    },
    "hedges S": SCENARIO | AIMS | {
        "scenario": "S", "deadline": None, "percentile": 90, "draws": 8192, "seed": 0, "events_only": False, "json": None,
    },
    "sensitivity S": SCENARIO | AIMS | OUTPUTS | FOLLOW | {
        "scenario": "S", "output": "mean_date_s", "over": "simulate", "solves": 12, "sobol": 0, "seed": 0,
    },
    "attribute A B": AIMS | FOLLOW | {
        "one": "A", "two": "B", "set_one": [], "set_two": [], "output": "mean_date_s", "own_plans": False, "json": None,
    },
    "lint S": SCENARIO | {"scenario": "S"},
    "explain S": SCENARIO | AIMS | {"scenario": "S", "starts": 2},
    "validate": WHAT | {"what": "targets", "calibration": None},
    "calibrate W": WHAT | {"what": "W", "scenario": None, "sampled": False, "as_of": None, "folds": 10},
    "backtest": {"scenario": None, "json": None},
    "reconcile": {"start": None, "end": None, "builds": None, "json": None},
    "power --load 3": OUTPUTS | {
        "load": "3", "place": "ohio", "sources": None, "carbon_price": "0 $/t", "clean": None, "carbon_cap": None, "most": [], "by": None,
        "gas_price": None, "rate": None, "vary": None, "build_out": None, "standing": [], "energy": None, "toml": None,
    },
}  # fmt: skip
PATHS = ("--json F", "--figures F", "--out F", "--rows F", "--calibration F", "--builds F", "--energy F")
GIVEN = {
    "optimize S": ("--set A", "--all", "--minimize A", "--without A", "--starts 5", "--json F", "--figures F", "--swings", "--whole"),
    "simulate S": ("--allocation A", "--json F", "--figures F", "--set A"),
    "frontier S": ("--vary A", "--aims A", "--points 5", "--minimize A", "--json F", "--figures F"),
    "sweep S": ("--vary A", "--over optimize", "--allocation A", "--as-planned", "--keep-rows", "--gradients", "--float32", "--out F",
                "--dask A", "--minimize A", "--json F"),
    "uncertainty S": ("--draws 5", "--seed 5", "--events-only", "--allocation A", "--as-planned", "--keep-rows", "--float32", "--out F",
                      "--json F"),
    "check S": ("--self", "--level deep", "--law A", "--reach edge", "--seed 5", "--example 5", "--out F", "--json F"),
    "grads S": ("--allocation A", "--example 5", "--json F"),
    "verify R": ("--json F",),
    "robust S": ("--percentile 75", "--deadline A", "--probability 0.75", "--draws 5", "--seed 5", "--events-only", "--json F"),
    "hedges S": ("--percentile 75", "--deadline A", "--draws 5000", "--seed 5", "--events-only", "--json F"),
    "sensitivity S": ("--output A", "--over optimize", "--solves 5", "--sobol 50", "--seed 5", "--allocation A", "--as-planned",
                      "--json F", "--figures F"),
    "attribute A B": ("--set-one A", "--set-two A", "--output A", "--allocation A", "--as-planned", "--own-plans", "--json F"),
    "explain S": ("--starts 5", "--minimize A"),
    "validate W": ("--rows F", "--json F", "--calibration F"),
    "calibrate W": ("--rows F", "--json F", "--sampled", "--as-of 2026-03-05", "--folds 5"),
    "backtest S": ("--json F",),
    "reconcile A B": ("--builds F", "--json F"),
    "power --load 3": ("--place A", "--sources A", "--carbon-price A", "--clean A", "--carbon-cap A", "--most A", "--by A",
                       "--gas-price A", "--rate A", "--vary A", "--build-out A", "--standing A", "--energy F", "--toml A", "--json F",
                       "--figures F"),
}  # fmt: skip
LISTS = {"set", "without", "law", "set_one", "set_two", "most", "standing"}
NAMED = {"--self": "shipped", "--float32": "single"}
LARGE = {"75": 75.0, "0.75": 0.75, "2026-03-05": datetime.date(2026, 3, 5)}


@pytest.mark.parametrize("words", DEFAULTS)
def test_what_is_asked_unless_told(words):
    found = vars(build_parser().parse_args(words.split()))
    assert found.pop("command") == words.split()[0]
    assert found == DEFAULTS[words]


@pytest.mark.parametrize(("words", "option"), [(words, option) for words, options in GIVEN.items() for option in options])
def test_what_is_made_of_a_word(words, option):
    flag, *value = option.split()
    name = NAMED.get(flag, flag[2:].replace("-", "_"))
    parser = build_parser()
    found, before = (vars(parser.parse_args([*words.split(), *more])) for more in (option.split(), ()))
    wanted = LARGE.get(value[0], int(value[0]) if value[0].isdigit() else value[0]) if value else True
    if option in PATHS:
        wanted = Path("F")
    if name in LISTS or (name, words) == ("vary", "sweep S"):
        wanted = [wanted]
    assert found.pop(name) == wanted
    del before[name]
    assert found == before


@pytest.mark.parametrize("words", [
    "sweep S --over both", "check S --level low", "check S --reach far", "sensitivity S --over both", "robust S --draws 65",
    "hedges S --percentile 100", "uncertainty S --draws 1", "sensitivity S --sobol 15", "optimize S --starts 0", "frontier S --points 1",
    "calibrate W --folds 1", "calibrate W --as-of x", "check S --seed -1", "check S --example x", "grads S --example x", "power",
    "robust S --probability 1", "uncertainty S --seed x", "uncertainty S --seed -1", "robust S --seed -1", "hedges S --seed -5",
    "sensitivity S --seed -1",
    "sensitivity S --solves 0", "optimize", "verify", "attribute A", "",
    "optimize S --star 3",
])  # fmt: skip
def test_what_cannot_be_asked(words):
    with pytest.raises(ConfigError, match="--help` shows what can be asked"):
        build_parser().parse_args(words.split())


def test_short_forms_of_options_are_none():
    with pytest.raises(ConfigError):
        build_parser().parse_args(["--vers"])


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as stop:
        build_parser().parse_args(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"capexmodel {__version__}\n"


def test_every_command_and_option_says_what_it_is_for():
    commands = next(one for one in build_parser()._actions if isinstance(one, argparse._SubParsersAction))
    assert {words.split()[0] for words in DEFAULTS} == set(commands.choices)
    for name, command in commands.choices.items():
        assert (command.description or "").endswith("."), name
        assert all(one.help and one.metavar != "" for one in command._actions), name
        assert command.format_help().startswith("usage: capexmodel "), name
