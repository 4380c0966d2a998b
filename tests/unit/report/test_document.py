"""The result file: what it holds, that it is strict JSON, and that it runs again."""

import copy
import dataclasses
import json

import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.errors import ConfigError
from capexmodel.planning.plan import Conflict, Plan
from capexmodel.report.document import document, read_allocation, read_result, simulation_document, to_json

KEYS = {
    "schema_version", "status", "scenario", "allocation", "objective", "envelope", "spend", "outcome", "footprint", "accounts",
    "dates", "shadow_prices", "certificate", "evidence", "config_hash", "proof", "result_hash",
}  # fmt: skip
BOUGHT = ("accelerator", "hall", "source", "network", "supply")


@pytest.fixture(scope="module")
def result(plan):
    """The document as another program reads it."""
    return json.loads(to_json(document(plan)), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def test_keys(result):
    assert set(result) == KEYS
    assert result["objective"] == {"name": "time_to_model", "value": 300.0 * 86400.0, "unit": "s"}
    assert set(result["spend"][0]) == {"item", "account", "site", "period", "fiscal_year", "usd"}
    assert set(result["outcome"][0]) == {"quantity", "site", "period", "value", "unit"}
    assert set(result["dates"][0]) == {"model", "date", "deadline", "slack_days"}
    assert set(result["envelope"][0]) == {"fiscal_year", "low_usd", "high_usd", "spent_usd", "unspent_usd"}
    assert set(result["shadow_prices"][0]) == {"leaf", "constraint", "value", "unit", "low", "high"}
    assert set(result["evidence"]) == {"weakest", "parameters"}


def test_accounts_by_life_of_servers_are_in_the_result_with_their_units(result):
    rows = result["accounts"]
    assert set(rows[0]) == {"quantity", "server_life_years", "fiscal_year", "usd"}
    assert sorted({row["server_life_years"] for row in rows if row["quantity"] == "operating_result"}) == [3.0, 4.0, 5.5, 6.0]
    free = {row["fiscal_year"]: row["usd"] for row in rows if row["quantity"] == "free_cash"}
    spent = [row for row in result["spend"] if row["account"] == "opex" or row["item"].partition(".")[0] in BOUGHT]
    for year, usd in free.items():
        assert usd == pytest.approx(-sum(row["usd"] for row in spent if row["fiscal_year"] == year), rel=1e-9)
    for life in (3.0, 4.0, 5.5, 6.0):
        parts = ("depreciation.servers", "left.servers")
        off = sum(row["usd"] for row in rows if row["server_life_years"] == life and row["quantity"] in parts)
        assert off == pytest.approx(next(row["usd"] for row in rows if row["quantity"] == "ordered.servers"), rel=1e-12)


def test_capex_rows_add_up_to_the_envelope(result):
    for year in result["envelope"]:
        spent = sum(row["usd"] for row in result["spend"] if row["account"] == "capex" and row["fiscal_year"] == year["fiscal_year"])
        assert spent == pytest.approx(year["spent_usd"], rel=1e-9)


def test_shadow_prices_come_in_units_of_people(result):
    money, power, slip, stretch = result["shadow_prices"]
    assert (money["unit"], money["constraint"]) == ("days/$B", "envelope")
    assert money["value"] == pytest.approx(-2.5)
    assert (power["unit"], power["low"]) == ("days/GW", None)
    assert power["value"] == pytest.approx(-300.0)
    assert (slip["unit"], slip["constraint"]) == ("days/month", None)
    assert slip["value"] == pytest.approx(0.25 * 365.25 / 12)
    assert (stretch["unit"], stretch["value"]) == ("days/percent", pytest.approx(-0.1))


def test_the_result_runs_again(result, outcome, follow, tmp_path):
    path = tmp_path / "again.toml"
    path.write_text(result["scenario"]["toml"])
    scenario = load(path)
    assert scenario.evidence.config_hash == result["config_hash"]
    again = follow(scenario, read_allocation(result, scenario))
    np.testing.assert_allclose(np.asarray(again.training.date_s), np.asarray(outcome.training.date_s), rtol=1e-12)


def test_cells_are_found_by_name(result, small, allocation):
    turned = copy.deepcopy(result)
    chips = turned["allocation"]["chips_usd"]
    chips["axes"]["site"].reverse()
    chips["values"] = [sites[::-1] for sites in chips["values"]]
    np.testing.assert_array_equal(np.asarray(read_allocation(turned, small).chips_usd), np.asarray(allocation.chips_usd))


def damaged(result, field, part, value):
    broken = copy.deepcopy(result)
    broken["allocation"][field][part] = value
    return broken


@pytest.mark.parametrize(
    ("field", "part", "value", "said"),
    [
        ("reserve_usd", "values", [1.0], "wrong shape"),
        ("reserve_usd", "values", [-1.0, 0.0], "at least 0"),
        ("reserve_usd", "values", [None, 0.0], "not a table of numbers"),
        ("reserve_usd", "values", ["x", 0.0], "not a table of numbers"),
        ("reserve_usd", "values", [[1.0], 0.0], "not a table of numbers"),
        ("hall_usd", "axes", {"hall": ["shell"], "site": ["east"], "decision": []}, "allocation.hall_usd.axes.site"),
        ("hall_usd", "axes", None, "missing"),
    ],
)
def test_a_damaged_allocation_is_refused_by_name(result, small, field, part, value, said):
    with pytest.raises(ConfigError, match=said) as caught:
        read_allocation(damaged(result, field, part, value), small)
    assert f"allocation.{field}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_result_from_before_there_was_a_choice_of_energy_is_read(result, small):
    older = {**result, "allocation": {name: field for name, field in result["allocation"].items() if name != "energy_share"}}
    assert not np.asarray(read_allocation(older, small).energy_share).any()


def test_a_result_without_allocation_is_refused(small):
    with pytest.raises(ConfigError, match="allocation: missing"):
        read_allocation({"status": "INFEASIBLE_EXPLAINED", "allocation": None}, small)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_result_is_refused(tmp_path, content):
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"result\.json"):
        read_result(path)


def test_a_conflict_is_written_without_infinity(plan):
    conflict = Conflict(("deadline.first",), {"deadline.first": float("inf")}, {"deadline.first": "s"}, {"deadline.first": "first"})
    none = Plan(plan.problem, "INFEASIBLE_EXPLAINED", None, None, None, None, conflict=conflict)
    result = json.loads(to_json(document(none)))
    assert set(result) == {*KEYS, "conflict"}
    assert result["conflict"]["members"] == ["deadline.first"]
    assert result["conflict"]["relaxations"] == {"deadline.first": None}
    assert (result["allocation"], result["spend"], result["accounts"], result["certificate"]) == (None, [], [], None)


def test_a_number_that_is_not_finite_becomes_null(plan):
    proof = dataclasses.replace(plan.certificate, strictness=float("nan"))
    assert json.loads(to_json(document(dataclasses.replace(plan, certificate=proof))))["certificate"]["strictness"] is None


def test_a_simulation_is_written_without_what_only_a_solver_knows(small, allocation, outcome):
    result = simulation_document(small, allocation, outcome)
    assert set(result) == KEYS - {"objective", "shadow_prices", "certificate", "proof"}
    assert result["status"] == "SIMULATED"


def test_the_same_plan_gives_the_same_bytes(plan):
    assert to_json(document(plan)) == to_json(document(plan))
