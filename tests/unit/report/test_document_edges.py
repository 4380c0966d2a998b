"""Result files: what is written, what is read again, and what is refused."""

import dataclasses
import json

import numpy as np
import pytest

from capexmodel.errors import ConfigError
from capexmodel.planning.objective import PresentCost, WorkByDate
from capexmodel.planning.plan import Rounding
from capexmodel.report import document as room
from capexmodel.report import named
from capexmodel.report.document import aim_name, common, document, finite, read_allocation, read_result, to_json


def test_values_become_plain_and_what_is_not_finite_null():
    held = {3: (1.5, np.float64(2.5)), "n": [np.int64(7), float("nan"), -np.inf, True, None, "x"], "m": {"k": np.float32(0.5)}}
    plain = finite(held)
    assert plain == {"3": [1.5, 2.5], "n": [7, None, None, True, None, "x"], "m": {"k": 0.5}}
    assert [type(plain["n"][0]), type(plain["3"][1]), type(plain["m"]["k"]), type(plain["n"][3])] == [int, float, float, bool]


def test_json_is_indented_by_one_and_ends_its_line():
    assert to_json({"b": 1, "a": "é"}) == b'{\n "b": 1,\n "a": "\\u00e9"\n}\n'
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json({"a": float("nan")})


def test_an_aim_of_a_job_is_called_with_it():
    assert (aim_name(PresentCost()), aim_name(WorkByDate("first"))) == ("present_cost", "work_by_date:first")


def test_without_an_outcome_there_are_only_envelope_and_dates(small):
    body = common(small, None, None, "NUMERIC")
    assert [body[name] for name in ("status", "allocation", "spend", "outcome", "footprint", "accounts")] == [
        "NUMERIC",
        None,
        [],
        [],
        [],
        [],
    ]
    assert body["schema_version"] == 1
    assert body["config_hash"] == small.evidence.config_hash
    assert [row["fiscal_year"] for row in body["envelope"]] == ["FY2026", "FY2027"]
    assert [row["date"] for row in body["dates"]] == [None, None]


def test_every_figure_is_listed_by_path_with_its_source(small):
    rows = common(small, None, None, "NUMERIC")["evidence"]["parameters"]
    paths = [row["path"] for row in rows]
    assert paths == sorted(paths)
    assert len(paths) == len(small.evidence.figures)
    (old,) = [row for row in rows if row["path"] == "accelerator.old.price_usd"]
    assert (old["value"], old["low"], old["high"], old["status"], old["note"]) == (3e4, 2.5e4, 4e4, "recalled", "as remembered")
    assert old["citation"]["publisher"] == "A press"
    assert [row["citation"] for row in rows if row["source"] not in small.evidence.sources][:1] in ([], [{}])


def test_a_rounding_is_written_with_the_unit_of_the_aim(plan):
    rounding = Rounding(301.0, 300.0, 1.0, {"old": 3}, {"shell": 2}, "down", 1e-9, 2e-9)
    body = document(dataclasses.replace(plan, rounding=rounding))
    assert body["rounding"] == dataclasses.asdict(rounding) | {"unit": "s"}
    assert "rounding" not in document(plan)
    assert document(dataclasses.replace(plan, certificate=None))["certificate"] is None
    assert document(plan)["certificate"]["holds"] is True
    assert document(plan)["objective"] == {"name": "time_to_model", "value": plan.value, "unit": "s"}


def written(tmp_path, text):
    path = tmp_path / "r.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_result_is_read_as_it_was_written(tmp_path):
    body = {"a": [1, 2.5, None], "b": {"c": "d"}}
    assert read_result(written(tmp_path, json.dumps(body))) == body
    assert isinstance(read_result(written(tmp_path, '{"a": 3}'))["a"], int)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "not a result, expected a JSON object"),
        ("{", "not a JSON file: "),
        ('{"a": NaN}', "not a JSON file: NaN is not a finite number"),
        ('{"a": 1e999}', "not a JSON file: 1e999 is not a finite number"),
        ('{"a": 1' + "0" * 400 + "}", "not a JSON file: 10000000000000000000 is not"),
        ("[" * 100000, "not a JSON file: "),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', 'not a JSON file: the key "b" is there twice'),
    ],
)
def test_what_is_no_result_is_refused(tmp_path, text, said):
    with pytest.raises(ConfigError, match=f"r.json: {said}"):
        read_result(written(tmp_path, text))


def read_back(scenario, allocation):
    """As a result holds it."""
    return json.loads(json.dumps({"allocation": named.written(scenario, allocation)}))


def test_an_allocation_has_fields_of_this_name_alone(small, allocation):
    """One that is not known would be taken for nothing chosen."""
    given = named.written(small, allocation)
    given["energy_shares"] = given.pop("energy_share")
    with pytest.raises(ConfigError, match=r"^allocation.\"energy_shares\": no such field, expected .*did you mean 'energy_share'\?"):
        read_allocation({"allocation": given}, small)


def test_an_allocation_has_numbers_whose_outcome_is_finite(small, allocation):
    most = dataclasses.replace(allocation, hall_usd=allocation.hall_usd.at[0, 0, 1].set(room.MOST))
    assert np.max(read_allocation(read_back(small, most), small).hall_usd) == room.MOST == 1e15
    more = dataclasses.replace(allocation, hall_usd=allocation.hall_usd.at[0, 0, 1].set(1.1e15))
    with pytest.raises(ConfigError, match=r"^allocation.hall_usd.values: expected at most 1e\+15, got 1.1e\+15"):
        read_allocation(read_back(small, more), small)


def test_files_that_are_none_or_too_large_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="is not a regular file"):
        read_result(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_result(tmp_path / "none.json")
    path = written(tmp_path, '{"a": 3}')
    monkeypatch.setattr(room, "LARGEST_FILE", 8)
    assert read_result(path) == {"a": 3}
    monkeypatch.setattr(room, "LARGEST_FILE", 7)
    with pytest.raises(ConfigError, match="too large for a result, expected at most 7 bytes"):
        read_result(path)


def test_a_result_may_be_of_64_mebibytes():
    assert room.LARGEST_FILE == 67108864
