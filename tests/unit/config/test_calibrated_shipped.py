"""Calibrations as files: what is none is refused before anything is computed; and the runs to calibrate on."""

import datetime
import json

import pytest

from capexmodel.config import calibrated
from capexmodel.config.calibrated import calibration_rows, read_calibration, unknowns_from_tables, unknowns_to_tables
from capexmodel.config.locate import configs_dir
from capexmodel.config.rows import read_rows, shipped_rows
from capexmodel.config.runs import names_of
from capexmodel.errors import ConfigError
from capexmodel.training.calibration import FIELDS
from tests.unit.config.test_rows import GOOD, written

STORED = json.loads((configs_dir() / "training" / "calibration.json").read_text(encoding="utf-8"))
OWN = shipped_rows()[7].cells
COMMON = STORED["deviations"]["common"]


def nested(**changes):
    """The shipped deviations with tables changed."""
    return {"deviations": STORED["deviations"] | changes}


@pytest.mark.parametrize(("changes", "words"), [
    ({"kind": "check"}, "is no calibration of this version, expected what `capexmodel calibrate training-throughput` wrote"),
    ({"schema_version": 2}, "is no calibration of this version"),
    ({"published_sha256": "0"}, "was learned from other published runs than those of this version: calibrate again"),
    ({"as_of": "soon"}, "as_of: is not a date"),
    ({"as_of": 2026}, "as_of: is not a date"),
    ({"own_runs": 3}, "own_runs: is no list of runs"),
    ({"own_runs": [OWN, 3]}, "own_runs: is no list of runs"),
    ({"own_runs": [OWN | {"row_id": "", "chip": "H1000"}]}, "own_runs: row 1: "),
    ({"own_runs": [OWN, OWN | {"row_id": "mine", "tokens_per_s": ""}]}, "own_runs: mine: nothing was seen"),
    ({"schema_version": True}, "is no calibration of this version"),
    ({"as_of": "2019-01-01"}, "only 0 runs were published by 2019-01-01, expected at least 100 to calibrate on"),
    ({"deviations": 3}, "deviations: is no table, got 3"),
    ({"deviations": {}}, "deviations.common: is no table, got null"),
    (nested(miss=[]), "deviations.miss: is no table, got []"),
    (nested(mis={}), "deviations.mis: is not known; did you mean 'miss'?"),
    (nested(common=COMMON | {"atention_share": 0.5}), "deviations.common.atention_share: is not known; did you mean 'attention_share'?"),
    (nested(attention_by_chip={"H1001": 0.5}), "deviations.attention_by_chip.H1001: is not known"),
    (nested(miss={}), "deviations.miss.trend_spread: is missing"),
    (nested(common=COMMON | {FIELDS[0]: 10**400}), f"deviations.common.{FIELDS[0]}: got a whole number of 1329 bits, expected a"),
    (nested(common=COMMON | {FIELDS[0]: "0.5"}), f'deviations.common.{FIELDS[0]}: got "0.5", expected a number of at most 100 in size'),
    (nested(trait_range={"hidden": True}), "deviations.trait_range.hidden: got true, expected a number"),
    (nested(group_spread={"chip": -101}), "deviations.group_spread.chip: got -101, expected a number of at most 100 in size"),
    (nested(common=COMMON | {FIELDS[0]: float("inf")}), "got inf, expected a number of at most 100 in size"),
    *[({"width_factor": width}, f"width_factor: got {said}, expected a number above 0") for width, said in [
        ("wide", '"wide"'), (None, "null"), (float("nan"), "nan"), (10**400, "a whole number of 1329 bits"), (0, "0"),
        (-1, "-1"), (True, "true"),
    ]],
])  # fmt: skip
def test_what_is_no_calibration_is_refused_in_one_line(tmp_path, changes, words):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(STORED | changes), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_calibration(path, "c.json")
    assert str(error.value).startswith("c.json: ")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["[]", "3", "{", '"a"', "[" * 100_000])
def test_what_is_no_table_is_no_calibration(tmp_path, text):
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^c\.json: (is no calibration|cannot be read)"):
        read_calibration(path, "c.json")
    with pytest.raises(ConfigError, match=r"^d\.json: .*a calibration"):
        read_calibration(tmp_path, "d.json")


@pytest.fixture(scope="module")
def whole():
    return calibrated.shipped()


def test_deviations_may_be_whole_numbers_of_the_largest_size_and_ranges_narrower(whole, tmp_path, monkeypatch):
    parts = []
    monkeypatch.setattr(calibrated.Estimator, "of", lambda *given: parts.append(given) or whole.estimator)
    path = tmp_path / "c.json"
    moved = nested(common=COMMON | {FIELDS[0]: 100, FIELDS[1]: -100})
    path.write_text(json.dumps(STORED | moved | {"width_factor": 0.5}), encoding="utf-8")
    read_calibration(path, "c.json")
    ((_, unknowns, _, _, width),) = parts
    assert [*unknowns.common[:2]] == [100.0, -100.0]
    assert float(width) == 0.5


def test_own_runs_stand_after_the_published_ones_of_their_day(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(calibrated.Estimator, "of", lambda *parts: whole.estimator)  # what stands in the file, not what follows
    path = tmp_path / "c.json"
    own = [OWN | {"row_id": name, "tokens_per_s": "101.5"} for name in ("one", "two")]
    published = shipped_rows(datetime.date(2025, 6, 30))
    known = names_of(published)
    learned = unknowns_to_tables(unknowns_from_tables(STORED["deviations"], known), known)  # of what there was on that day
    path.write_text(json.dumps(STORED | {"own_runs": own, "as_of": "2025-06-30", "deviations": learned}), encoding="utf-8")
    found = read_calibration(path, "c.json")
    assert [row.row_id for row in found.rows] == [*(row.row_id for row in published), "one", "two"]
    assert found.as_of == datetime.date(2025, 6, 30)


def test_unknowns_stand_by_name_and_what_has_no_name_deviates_by_nothing():
    names = names_of(shipped_rows())
    back = unknowns_to_tables(unknowns_from_tables(STORED["deviations"], names), names)
    assert back.keys() == STORED["deviations"].keys()
    for table, numbers in back.items():
        for name, value in numbers.items():
            assert value == STORED["deviations"][table].get(name, 0.0), (table, name)
    less = {table: numbers if table == "miss" else {} for table, numbers in STORED["deviations"].items()}
    for table, numbers in unknowns_to_tables(unknowns_from_tables(less, names), names).items():
        assert table == "miss" or not any(numbers.values())


@pytest.fixture
def some(monkeypatch):
    """As many published runs as it takes."""
    every = shipped_rows()

    def _some(count):
        monkeypatch.setattr(calibrated, "shipped_rows", lambda as_of: every[:count])
        return every[:count]

    return _some


def test_runs_to_calibrate_on_are_the_published_ones_and_those_of_ones_own_that_were_seen(some, tmp_path):
    published = some(100)
    assert calibration_rows(None) == published
    path = written(tmp_path, GOOD | {"row_id": "mine"}, GOOD | {"row_id": "unseen", "tokens_per_s_per_chip": ""})
    assert [row.scored for row in read_rows(path)] == [True, False]
    assert [row.row_id for row in calibration_rows(path)[100:]] == ["mine"]


def test_what_cannot_be_calibrated_on_is_said(some, tmp_path):
    some(99)
    with pytest.raises(ConfigError, match=r"only 99 runs were published by 2020-01-01, expected at least 100"):
        calibration_rows(None, datetime.date(2020, 1, 1))
    some(100)
    path = written(tmp_path, GOOD | {"tokens_per_s_per_chip": ""})
    with pytest.raises(ConfigError, match="has no run with something seen, expected a number in the column tokens_per_s_per_chip"):
        calibration_rows(path)
    path = written(tmp_path, GOOD, GOOD | {"row_id": "b", "chip": "H1000"}, GOOD | {"row_id": "c", "precision": "fp3"})
    with pytest.raises(ConfigError) as error:
        calibration_rows(path)
    assert [line.split(": ")[1] for line in error.value.faults] == ["b", "c"]


def test_a_shipped_calibration_of_a_day_is_that_of_its_file(whole, monkeypatch):
    asked = []
    monkeypatch.setattr(calibrated, "read_calibration", lambda path, shown: asked.append((path, shown)) or whole)
    calibrated.shipped()
    calibrated.shipped(datetime.date(2025, 6, 30))
    folder = configs_dir() / "training"
    names = ("calibration.json", "calibration_2025-06-30.json")
    assert asked == [(folder / name, f"training/{name}") for name in names]
