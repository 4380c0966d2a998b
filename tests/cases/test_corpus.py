"""A thousand files that are wrong: each is refused in one line that names the fault, and nothing is written."""

import collections

import pytest

from capexmodel import config
from capexmodel.cli import main
from capexmodel.errors import ConfigError
from capexmodel.testing.spoil import WAYS
from tests.corpus import COUNT, base, faults

FAULTS = faults()
PARTS = 20


def test_there_are_a_thousand_of_every_kind():
    assert len({one.of(base()) for one in FAULTS}) == COUNT
    kinds = collections.Counter(one.kind for one in FAULTS)
    assert len(kinds) == len(WAYS)
    assert min(kinds.values()) >= 50


def test_the_file_they_spoil_is_good(tmp_path):
    path = tmp_path / "good.toml"
    path.write_text(base())
    assert config.load(path).name == "one_period"


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, PARTS))])
def test_each_is_one_line_that_names_the_fault(part, tmp_path):
    path = tmp_path / "spoiled.toml"
    for fault in FAULTS[part::PARTS]:
        path.write_bytes(fault.of(base()))
        with pytest.raises(ConfigError) as caught:
            config.load(path)
        line = str(caught.value)
        assert line.startswith(str(path)), (fault, line)
        assert fault.names in line, (fault, line)
        assert line.isprintable(), (fault, line)


@pytest.mark.long
def test_the_command_ends_with_status_2_and_writes_nothing(tmp_path, capsys):
    path = tmp_path / "spoiled.toml"
    for fault in FAULTS[::25]:
        path.write_bytes(fault.of(base()))
        assert main(["optimize", str(path), "--json", str(tmp_path / "never.json")]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert len(shown.err.splitlines()) == 1
        assert "Traceback" not in shown.err
    assert sorted(tmp_path.iterdir()) == [path]
