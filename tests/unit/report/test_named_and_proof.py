"""Tables of named axes, and the seal of a file."""

import dataclasses
import hashlib
import json
import re

import numpy as np
import pytest

from capexmodel.errors import ConfigError
from capexmodel.model.allocation import Allocation
from capexmodel.report.named import fields_of, nothing_of, read_field, read_table, written
from capexmodel.report.proof import hash_of, read_problem, read_proof, sealed, stated, unchanged

LABELS = (("old", "new"), ("east", "west"), ("d1", "d2", "d3"))
AXES = ("accelerator", "site", "decision")
VALUES = np.arange(12.0).reshape(2, 2, 3) + 3.0


def given(**more):
    return {"axes": {axis: list(names) for axis, names in zip(AXES, LABELS, strict=True)}, "values": VALUES.tolist()} | more


def read(body):
    return np.asarray(read_field(body, "allocation.chips_usd", Allocation, LABELS))


def test_a_field_is_read_whatever_the_order_of_its_members():
    np.testing.assert_array_equal(read(given()), VALUES)
    turned = {"accelerator": ["new", "old"], "site": ["east", "west"], "decision": ["d3", "d1", "d2"]}
    np.testing.assert_array_equal(read(given(axes=turned)), VALUES[::-1][:, :, [1, 2, 0]])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, ": missing or without axes, expected `axes` and `values`"),
        ({"axes": 3}, ": missing or without axes, expected `axes` and"),
        (given(axes={}), ".axes.accelerator: not that of the scenario, got None, expected old, new"),
        (given(axes={"accelerator": ["old", "x"]}), ".axes.accelerator: not that of the scenario, got old, x, expected old, new"),
        (given(axes={"accelerator": list("abcdefg")}), ".axes.accelerator: not that of the scenario, got a, b, c, d, e, f, ..., expected"),
        (given(axes={"accelerator": list("abcdef")}), ".axes.accelerator: not that of the scenario, got a, b, c, d, e, f, expected"),
        (given(axes={**given()["axes"], "year": ["FY2026"]}), '.axes."year": no axis of it, expected accelerator, site, decision'),
        (given(values="x"), ".values: not a table of numbers"),
        (given(values=None), ".values: not a table of numbers"),
        (given(values=[[1.0], [1.0, 2.0]]), ".values: not a table of numbers"),
        (given(values=(VALUES > 3.0).tolist()), ".values: not a table of numbers"),
        (given(values=[[[str(cell) for cell in row] for row in rows] for rows in VALUES]), ".values: not a table of numbers"),
        (given(values=VALUES[0].tolist()), ".values: wrong shape, got (2, 3), expected (2"),
        (given(values=(-VALUES).tolist()), ".values: expected finite numbers of at least 0"),
        (given(values=np.full((2, 2, 3), np.inf).tolist()), ".values: expected finite numbers of"),
        (given(values=[]), ".values: wrong shape, got (0,), expected (2, 2, 3)"),
    ],
)
def test_what_is_no_such_field_is_refused(body, said):
    with pytest.raises(ConfigError, match=f"^allocation.chips_usd{re.escape(said)}"):
        read(body)


def test_whole_numbers_are_numbers():
    assert read(given(values=VALUES.astype(int).tolist())).dtype == float
    np.testing.assert_array_equal(read(given(values=VALUES.astype(int).tolist())), VALUES.astype(int))


def test_numbers_of_nothing_are_fine_and_so_is_a_table_without_members():
    np.testing.assert_array_equal(read(given(values=np.zeros((2, 2, 3)).tolist())), np.zeros((2, 2, 3)))
    labels = ((), LABELS[1], LABELS[2])
    body = {"axes": {axis: list(names) for axis, names in zip(AXES, labels, strict=True)}, "values": []}
    assert read_field(body, "allocation.chips_usd", Allocation, labels).shape == (0, 2, 3)


def test_a_field_of_nothing_has_its_names():
    assert nothing_of(Allocation, "chips_usd", LABELS) == given(values=np.zeros((2, 2, 3)).tolist())


def test_a_table_is_read_as_it_was_written(small, allocation):
    body = json.loads(json.dumps(written(small, allocation)))
    assert list(body) == list(fields_of(small, Allocation)) == [field.name for field in dataclasses.fields(Allocation)]
    assert body["chips_usd"]["axes"]["site"] == ["east", "west"]
    assert body["chips_usd"]["values"] == np.asarray(allocation.chips_usd).tolist()
    again = read_table(body, "allocation", Allocation, small)
    for name in body:
        np.testing.assert_array_equal(getattr(again, name), getattr(allocation, name))


def test_a_table_that_is_none_is_refused(small, allocation):
    with pytest.raises(ConfigError, match=r"^allocation: missing, expected a table$"):
        read_table([], "allocation", Allocation, small)
    with pytest.raises(ConfigError, match=r"^allocation.hall_usd: missing or without axes"):
        read_table(json.loads(json.dumps(written(small, allocation))) | {"hall_usd": None}, "allocation", Allocation, small)


def test_a_seal_is_the_hash_of_all_else():
    body = {"b": 2, "a": [1.5, None]}
    expected = hashlib.sha256(b'{"a":[1.5,null],"b":2}').hexdigest()
    assert hash_of(body) == expected
    assert sealed(body) == body | {"result_hash": expected}
    assert hash_of(sealed(body)) == expected
    assert hash_of(body | {"b": 3}) != expected
    assert [unchanged(one) for one in (body, sealed(body), sealed(body) | {"b": 3})] == [True, True, False]
    torn = {"schema_version": 1, "resulu_hash": hash_of({"schema_version": 1})}
    assert [unchanged(one) for one in (torn, sealed({"schema_version": 1}))] == [False, True]


def test_what_was_asked_is_stated_where_there_is_no_plan(plan):
    assert stated(plan) == {"minimize": "time", "without": []}


ASKED = {"minimize": "time", "without": []}


def test_what_was_asked_is_read_again(small):
    assert read_problem({"proof": ASKED}, small).minimize.name == "time_to_model"


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (None, "proof: missing: the result was written before there were proofs, or for limits made in Python"),
        ([], "proof: missing: the result was"),
        ({"minimize": "time"}, "proof.minimize, proof.without: expected an aim and names of limits, as the command"),
        (ASKED | {"without": [3]}, "proof.minimize, proof.without: expected an aim"),
        (ASKED | {"minimize": 3}, "proof.minimize, proof.without: expected an aim"),
    ],
)
def test_a_result_that_does_not_say_what_was_asked_is_refused(small, proof, said):
    with pytest.raises(ConfigError, match=f"^{re.escape(said)}"):
        read_problem({"proof": proof}, small)


def test_a_proof_without_choice_is_refused(small):
    with pytest.raises(ConfigError, match=r"^proof.choice: missing, expected a table$"):
        read_proof({"proof": ASKED}, small)
