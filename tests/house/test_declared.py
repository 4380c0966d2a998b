"""What parameters are, and which values they may take, is written down for people as it is declared."""

import pytest

from tests.house.declared import PAGE, declaring, page


@pytest.mark.declarations
def test_the_page_of_parameters_says_what_is_declared():
    told, written = page().splitlines(), PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in told if line not in written] == [], "python -m tests.house.declared writes docs/parameters.md"
    assert told == written


def test_it_knows_every_room_that_declares_some():
    rooms = {cls.__module__.split(".")[1] for cls in declaring()}
    assert rooms >= {"components", "energy", "finance", "model", "training"}
