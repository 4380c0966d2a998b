"""What a result file claims, and what is refused of it."""

import re

import pytest

from capexmodel.errors import ConfigError
from capexmodel.report.claimed import Claims, claims_of

PRICE = {"leaf": "a.b", "constraint": None, "value": -2.5, "unit": "days/$B", "low": 3, "high": 4.5}
PROOF = {
    "tolerance": 1e-6, "kkt_error": 3e-9, "stationarity": 2e-9, "primal": 1e-10, "dual_sign": 5e-10, "complementarity": 3e-9, "holds": True,
    "scope": "local",
}  # fmt: skip
AIM = {"name": "time_to_model", "value": 300.0, "unit": "s"}
ROUNDED = {"value": 301.0, "relaxed": 300.0, "racks": {"a": 3}, "halls": {}, "unit": "s"}


def planned(**more):
    body = {"status": "OPTIMAL", "allocation": {}, "objective": AIM, "shadow_prices": [PRICE], "certificate": PROOF}
    return body | more


def conflicting(**more):
    return {"status": "INFEASIBLE_EXPLAINED", "conflict": {"members": ["a", "b"]}, "allocation": None} | more


@pytest.mark.parametrize("status", ["OPTIMAL", "FEASIBLE_NOT_PROVEN"])
def test_a_plan_claims_aim_prices_and_proof(status):
    assert claims_of(planned(status=status, rounding=ROUNDED)) == Claims(status, AIM, (PRICE,), PROOF, ROUNDED, ())
    assert claims_of(planned(status=status)).rounding is None


def test_a_conflict_claims_its_wishes_and_others_nothing():
    assert claims_of(conflicting()) == Claims("INFEASIBLE_EXPLAINED", {}, (), {}, None, ("a", "b"))
    assert claims_of({"status": "SIMULATED", "allocation": {}}) == Claims("SIMULATED", {}, (), {}, None, ())
    nothing = {"status": "NUMERIC", "shadow_prices": [], "objective": {"name": "x", "value": None}}
    assert claims_of(nothing) == Claims("NUMERIC", {}, (), {}, None, ())


STATUSES = "OPTIMAL, FEASIBLE_NOT_PROVEN, SIMULATED, INFEASIBLE_EXPLAINED, NUMERIC"


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({}, f"status: got nothing, expected one of {STATUSES}"),
        ({"status": "x" * 90}, f"status: got {'x' * 80}, expected one of {STATUSES}"),
        (planned(allocation=None), "allocation: missing, though the status is OPTIMAL"),
        ({"status": "SIMULATED"}, "allocation: missing, though the status is SIMULATED"),
        ({"status": "NUMERIC", "allocation": {}}, "allocation: there, though the status is NUMERIC"),
        (planned(conflict={}), "conflict: there, though the status is OPTIMAL"),
        (conflicting(conflict=None), "conflict: missing, though the status is INFEASIBLE_EXPLAINED"),
        (conflicting(conflict=3), "conflict: got 3, expected a table"),
        (conflicting(conflict={}), "conflict.members: got nothing, expected a list"),
        (conflicting(conflict={"members": []}), "conflict.members: got [], expected names of wishes"),
        (conflicting(conflict={"members": ["a", 7]}), "conflict.members: got ['a', 7], expected names of wishes"),
        (conflicting(certificate=PROOF), "certificate: there, though the status is INFEASIBLE_EXPLAINED"),
        (conflicting(shadow_prices=[PRICE]), "shadow_prices: there, though the status is INFEASIBLE_EXPLAINED"),
        (conflicting(objective=AIM), "objective.value: there, though the status is INFEASIBLE_EXPLAINED"),
        (conflicting(objective=7.5), "objective.value: there, though the status is INFEASIBLE_EXPLAINED"),
        (conflicting(rounding=ROUNDED), "rounding: there, though the status is INFEASIBLE_EXPLAINED"),
        (planned(shadow_prices=None), "shadow_prices: got nothing, expected a list"),
        (planned(objective=None), "objective: got nothing, expected a table"),
        (planned(certificate="proven"), "certificate: got proven, expected a table"),
        (planned(rounding=7), "rounding: got 7, expected a table"),
        (planned(shadow_prices=[PRICE, 5]), "shadow_prices[1]: got 5, expected a table"),
    ],
)
def test_what_stands_where_it_must_not_is_refused(result, said):
    with pytest.raises(ConfigError, match=f"^{re.escape(said)}$"):
        claims_of(result)


@pytest.mark.parametrize(
    ("part", "name", "value", "said"),
    [
        ("objective", "value", True, "objective.value: got True, expected a number"),
        ("objective", "value", None, "objective.value: got nothing, expected a number"),
        ("objective", "name", 3, "objective.name: got 3, expected a word"),
        ("objective", "unit", None, "objective.unit: got nothing, expected a word"),
        ("certificate", "holds", 1, "certificate.holds: got 1, expected true or false"),
        ("certificate", "scope", 1, "certificate.scope: got 1, expected a word"),
        ("certificate", "primal", "0", "certificate.primal: got 0, expected a number"),
        ("rounding", "racks", [], "rounding.racks: got [], expected a table"),
        ("rounding", "halls", 3, "rounding.halls: got 3, expected a table"),
        ("price", "constraint", 3, "shadow_prices[0].constraint: got 3, expected a word or null"),
        ("price", "low", "3", "shadow_prices[0].low: got 3, expected a number or null"),
        ("price", "high", "4", "shadow_prices[0].high: got 4, expected a number or null"),
        ("price", "leaf", None, "shadow_prices[0].leaf: got nothing, expected a word"),
    ],
)
def test_a_part_of_another_kind_is_refused(part, name, value, said):
    known = {"objective": AIM, "certificate": PROOF, "rounding": ROUNDED, "price": PRICE}[part] | {name: value}
    result = planned(shadow_prices=[known]) if part == "price" else planned(**{part: known})
    with pytest.raises(ConfigError, match=f"^{re.escape(said)}$"):
        claims_of(result)


@pytest.mark.parametrize("name", [*PROOF])
def test_every_part_of_a_certificate_must_be_there(name):
    with pytest.raises(ConfigError, match=f"^certificate.{name}: got nothing, "):
        claims_of(planned(certificate={key: value for key, value in PROOF.items() if key != name}))


@pytest.mark.parametrize("name", ["value", "relaxed", "racks", "halls", "unit"])
def test_every_part_of_a_rounding_must_be_there(name):
    with pytest.raises(ConfigError, match=f"^rounding.{name}: got nothing, "):
        claims_of(planned(rounding={key: value for key, value in ROUNDED.items() if key != name}))
