"""A result judged again: what is true holds, and each lie is found where it stands."""

import copy
import json

import numpy as np
import pytest

from capexmodel.cli import main
from capexmodel.config import load
from capexmodel.config.wishes import words_of
from capexmodel.errors import ConfigError, ModelError
from capexmodel.planner.conflict import explain_conflict
from capexmodel.planner.optimize import optimize
from capexmodel.planning.limits import LIMITS
from capexmodel.planning.objective import WorkByDate
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.report.document import document, simulation_document, to_json
from capexmodel.report.proof import HASH, hash_of, sealed
from capexmodel.report.verified import verified_document, verified_page, verify

OUTCOME, OPTIMAL, AIM, PRICES = 2, 3, 4, 5
"""Where in the list of what is compared each stands, after the two hashes."""


@pytest.fixture(scope="module")
def solved():
    return optimize(Problem(load("one_period")), starts=1)


@pytest.fixture(scope="module")
def result(solved):
    return json.loads(to_json(document(solved)))


def lied(result, change):
    """The result after a change, sealed again as a careful liar would."""
    other = copy.deepcopy(result)
    other.pop(HASH)
    change(other)
    return sealed(other)


@pytest.mark.long
def test_a_true_result_holds_in_all_it_says(result):
    found = verify(result)
    assert [one.what for one in found if not one.holds] == []
    assert found[OUTCOME].count > 500
    assert found[PRICES].count == len(result["shadow_prices"]) > 0
    assert "The result holds." in verified_page("result.json", found)
    assert verified_document("result.json", found)["holds"]


def test_a_changed_file_is_told_by_its_hash_whatever_was_changed(result):
    other = copy.deepcopy(result) | {"status": "FEASIBLE_NOT_PROVEN"}
    assert not verify(other)[0].holds
    assert hash_of(dict(reversed(other.items()))) == hash_of(other)  # the order of keys is of no consequence


def less_chips(body):
    values = body["allocation"]["chips_usd"]["values"]
    values[0][0][0] *= 1.0 - 1e-6


def worse_plan(body):
    orders = body["proof"]["choice"]["hires_count"]["values"]
    orders[0] = orders[0] * 0.5 + 10.0


def better_aim(body):
    body["objective"]["value"] *= 1.0 - 1e-7


def dearer(body):
    body["shadow_prices"][0]["value"] *= 1.01


def no_prices(body):
    body["proof"]["prices"] = []


@pytest.mark.parametrize(("lie", "place"), [
    (less_chips, OUTCOME), (worse_plan, OPTIMAL), (no_prices, OPTIMAL), (better_aim, AIM), (dearer, PRICES),
])  # fmt: skip
def test_each_lie_is_found_where_it_stands_though_the_file_is_sealed_again(result, lie, place):
    found = verify(lied(result, lie))
    assert found[0].holds
    assert not found[place].holds
    assert "DOES NOT HOLD" in verified_page("result.json", found)


def test_another_scenario_is_told_by_its_hash_and_by_what_no_longer_follows(result):
    def richer(body):
        text = body["scenario"]["toml"]
        assert text.count("high_usd = 1000000000.0") == 1
        body["scenario"]["toml"] = text.replace("high_usd = 1000000000.0", "high_usd = 1100000000.0")

    found = verify(lied(result, richer))
    assert not found[1].holds
    assert not found[OUTCOME].holds


def test_what_is_no_result_is_refused_with_what_it_lacks(result):
    for broken, words in (
        ({}, "scenario.toml: missing"),
        ({**result, "scenario": {"toml": "name = 3"}}, "scenario.toml: "),
        ({**result, "proof": None}, "proof: missing"),
        ({**result, "proof": {**result["proof"], "minimize": "fame"}}, "no aim 'fame'"),
        ({**result, "proof": {**result["proof"], "prices": [{"constraint": "envelope"}]}}, "proof.prices[0]"),
        ({**result, "proof": {**result["proof"], "choice": None}}, "proof.choice: missing"),
    ):
        with pytest.raises(ConfigError) as error:
            verify(broken)
        assert words in str(error.value)
        assert "\n" not in str(error.value)


def test_a_price_of_a_limit_that_is_not_there_is_refused(result):
    other = lied(result, lambda body: body["proof"]["prices"].append({"constraint": "taste", "place": ["FY2026"], "price": 1.0}))
    with pytest.raises(ModelError, match="a price of taste at FY2026"):
        verify(other)


def test_a_simulated_result_has_its_outcome_compared(solved):
    body = simulation_document(solved.problem.scenario, solved.allocation, solved.outcome)
    assert all(one.holds for one in verify(json.loads(to_json(body))))


@pytest.mark.long
def test_a_conflict_is_looked_for_again():
    problem = Problem(load("one_period", ["site.campus.hall_power=5 MW"]))
    conflict = explain_conflict(problem, np.ones(0), lambda text: None)
    body = json.loads(to_json(document(Plan(problem, "INFEASIBLE_EXPLAINED", None, None, None, None, conflict=conflict))))
    assert all(one.holds for one in verify(body))
    assert not verify(lied(body, lambda body: body["conflict"].update(members=["fame"])))[-1].holds
    assert not verify(lied(body, lambda body: body["conflict"].update(members=["envelope.high FY2026"])))[-2].holds
    assert not verify(lied(body, lambda body: body["conflict"]["members"].append("envelope.high FY2026")))[-1].holds


def test_what_was_asked_is_said_as_the_command_line_takes_it():
    scenario = load("meta_2026")
    job = scenario.job.names[0]
    fewer = [limit for limit in LIMITS if limit.name != "deadline"]
    assert words_of(Problem(scenario)) == ("time", ())
    assert words_of(Problem(scenario, WorkByDate(job=job), fewer)) == (f"work:{job}", ("deadline",))
    assert words_of(Problem(scenario, subject_to=LIMITS[::-1])) is None


@pytest.mark.long
def test_the_command_says_what_holds_and_ends_accordingly(result, tmp_path, capsys):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(to_json(result))
    bad.write_bytes(to_json(lied(result, better_aim)))
    assert main(["verify", str(good), "--json", str(tmp_path / "told.json")]) == 0
    assert json.loads((tmp_path / "told.json").read_text())["holds"]
    assert main(["verify", str(bad)]) == 1
    assert main(["verify", str(tmp_path / "none.json")]) == 2
    assert "none.json: cannot be read" in capsys.readouterr().err
