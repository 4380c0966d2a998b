"""The proof in a result file: what was asked, orders, dates and every price; written, and read again. And the seal of a file."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from capexmodel.config.wishes import problem_of, words_of
from capexmodel.errors import ConfigError
from capexmodel.model.allocation import Orders
from capexmodel.model.scenario import Scenario
from capexmodel.planner.proof import Proof, proof_of
from capexmodel.planning.choice import Choice
from capexmodel.planning.plan import Plan
from capexmodel.planning.problem import Problem
from capexmodel.report.named import read_field, read_table, written

HASH = "result_hash"


def stated(plan: Plan) -> dict[str, Any] | None:
    """Write the proof of a plan: what was asked, orders and dates, and the price of every bound and limit, in natural units. Without a
    plan only what was asked; nothing of a problem whose limits were made in Python."""
    words = words_of(plan.problem)
    if words is None:
        return None
    asked = {"minimize": words[0], "without": list(words[1])}
    if plan.solution is None:
        return asked
    proof = proof_of(plan.solution, plan.whole)
    scenario = plan.problem.scenario
    body = asked | {
        "choice": _choice(scenario, proof.choice),
        "bounds": _choice(scenario, proof.bounds),
        "prices": [{"constraint": name, "place": list(place), "price": price} for (name, place), price in proof.prices.items()],
    }
    return body if proof.whole is None else body | {"whole": _choice(scenario, proof.whole)}


def _choice(scenario: Scenario, choice: Choice) -> dict[str, Any]:
    body = written(scenario, choice.orders)
    return body | {"end_s": {"axes": {"job": list(scenario.job.names)}, "values": np.asarray(choice.end_s).tolist()}}


def read_proof(result: Mapping[str, Any], scenario: Scenario) -> tuple[Problem, Proof]:
    """Take the problem and the proof out of a result. Raises: ConfigError where there is none, or it is not of the scenario."""
    problem, given = read_problem(result, scenario), result["proof"]
    choice, bounds = (_read_choice(given.get(part), f"proof.{part}", scenario) for part in ("choice", "bounds"))
    whole = None if result.get("rounding") is None else _read_choice(given.get("whole"), "proof.whole", scenario)
    return problem, Proof(choice, bounds, dict(_read_prices(given.get("prices"))), whole)


def read_problem(result: Mapping[str, Any], scenario: Scenario) -> Problem:
    """Take what was asked out of a result. Raises: ConfigError where it does not say, or not so that it can be asked."""
    given = result.get("proof")
    if not isinstance(given, Mapping):
        raise ConfigError("proof: missing: the result was written before there were proofs, or for limits made in Python")
    lifted = given.get("without")
    if not isinstance(lifted, list) or not all(isinstance(name, str) for name in [given.get("minimize"), *lifted]):
        raise ConfigError("proof.minimize, proof.without: expected an aim and names of limits, as the command line takes them")
    return problem_of(scenario, given["minimize"], lifted)


def _read_choice(given: Any, path: str, scenario: Scenario) -> Choice:
    orders = read_table(given, path, Orders, scenario)
    return Choice(orders, read_field(given.get("end_s"), f"{path}.end_s", Choice, (scenario.job.names,)))


def _read_prices(given: Any) -> Iterator[tuple[tuple[str, tuple[str, ...]], float]]:
    for place, row in enumerate(given if isinstance(given, list) else [{}]):
        try:
            price = float(row["price"])
            yield (str(row["constraint"]), tuple(map(str, row["place"]))), price
        except (KeyError, TypeError, ValueError):
            raise ConfigError(f"proof.prices[{place}]: expected a constraint, a place and a price") from None


def sealed(body: dict[str, Any]) -> dict[str, Any]:
    """A document with the hash of all that it holds."""
    return body | {HASH: hash_of(body)}


def hash_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of a document without its own hash, its keys sorted: order and white space do not matter."""
    rest = {key: value for key, value in body.items() if key != HASH}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def unchanged(body: Mapping[str, Any]) -> bool:
    """Whether a document is as it was sealed. Without a seal and a version of its schema, somebody wrote it by hand: that is as it is."""
    return body.get(HASH) == hash_of(body) if HASH in body or "schema_version" in body else True
