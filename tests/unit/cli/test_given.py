"""The scenario of a command: how it is loaded, and that what is doubted of it is said, once."""

from argparse import Namespace

import pytest

from capexmodel.cli import given
from tests.unit.cli.conftest import DOUBTS, Doubted


@pytest.mark.parametrize(("every", "faults"), [(True, "all"), (False, "first")])
def test_a_scenario_is_loaded_with_its_changes_and_doubts_are_said(inside, capsys, every, faults):
    inside.gives("capexmodel.config", load=Doubted("scenario"))
    assert given.scenario_of(Namespace(scenario="S", set=["a=3"], all=every)) == "scenario"
    assert inside.of("load") == [("S", ["a=3"], {"faults": faults})]
    assert capsys.readouterr() == ("", DOUBTS)


def test_what_is_doubted_of_two_scenarios_is_said_once(inside, capsys):
    inside.gives("capexmodel.config", load=Doubted("scenario"))
    assert given.pair_of(Namespace(one="A", two="B", set_one=["a=3"], set_two=[])) == ("scenario", "scenario")
    assert inside.of("load") == [("A", ["a=3"]), ("B", [])]
    assert capsys.readouterr() == ("", DOUBTS)
