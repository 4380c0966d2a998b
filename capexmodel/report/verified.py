"""A result file judged again from itself alone: scenario, outcome, optimality and prices worked out anew, and compared with what it says.

Nothing is searched for: a plan is proven by its own prices, a conflict by its own wishes.
"""

import dataclasses
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from capexmodel.config import load
from capexmodel.errors import ConfigError
from capexmodel.files import write
from capexmodel.model.fleet import NEEDS
from capexmodel.model.leaves import leaves
from capexmodel.model.scenario import Scenario
from capexmodel.planner.conflict import conflicts
from capexmodel.planner.deals import TOLERANCE, combinations
from capexmodel.planner.elastic import bench
from capexmodel.planner.follow import follow_allocation
from capexmodel.planner.price import leaf_unit
from capexmodel.planner.proof import judge_again
from capexmodel.planner.tail import balances_of
from capexmodel.planning.plan import Plan, ShadowPrice
from capexmodel.planning.problem import Problem
from capexmodel.report.document import common, finite, read_allocation
from capexmodel.report.prices import reading
from capexmodel.report.proof import HASH, hash_of, read_problem, read_proof
from capexmodel.report.text import heading, safe, table

SAME = 1e-9
"""Relative difference of numbers worked out twice: other machines and thread counts round the last of sixteen digits otherwise."""
PRICED = 1e-6
"""Relative difference of prices: sums of thousands of terms of both signs."""
SMALL = 1e-3
"""Base units below which a number is compared with this size instead of its own."""


@dataclasses.dataclass(frozen=True)
class Compared:
    """One thing a result says: how it was found again, by how much at worst it differs, how much it may, and where that is."""

    what: str
    count: int
    worst: float
    tolerance: float
    where: str = ""

    @property
    def holds(self) -> bool:
        """Whether what is said is so."""
        return self.worst <= self.tolerance


def verify(result: Mapping[str, Any]) -> list[Compared]:
    """Judge a result again. What has no proof has only its outcome compared.

    Raises: ConfigError when it is no result of `optimize` or `simulate`, or was made of another scenario than it holds.
    """
    scenario = _scenario(result)
    found = [_hash("the file is as it was written", HASH, result.get(HASH), hash_of(result))]
    found.append(_hash("the scenario is the one that was asked", "config_hash", result.get("config_hash"), scenario.evidence.config_hash))
    if result.get("allocation") is None:
        return [*found, *_conflict(result, scenario)]
    if result.get("status") == "SIMULATED":
        return [*found, _outcome(result, scenario, None)]
    problem = read_proof(result, scenario)[0]
    return [*found, _outcome(result, scenario, problem), *_optimum(result, scenario)]


def _scenario(result: Mapping[str, Any]) -> Scenario:
    """Load the scenario that a result holds."""
    given = result.get("scenario")
    if not isinstance(given, Mapping) or not isinstance(given.get("toml"), str) or "status" not in result:
        raise ConfigError("scenario.toml: missing, expected the result file of an `optimize` or `simulate` run")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.toml"
        write({path: given["toml"].encode()})
        try:
            return load(path)
        except ConfigError as error:
            raise ConfigError(str(error).replace(str(path), "scenario.toml")) from None


def _hash(what: str, where: str, said: Any, is_now: str) -> Compared:
    return Compared(what, 1, 0.0 if said == is_now else math.inf, 0.0, where)


def _outcome(result: Mapping[str, Any], scenario: Scenario, problem: Problem | None) -> Compared:
    """Simulate the allocation again, and compare every number that follows."""
    allocation = read_allocation(result, scenario)
    outcome = follow_allocation(scenario, allocation, NEEDS if problem is None else balances_of(problem))
    again = finite(common(scenario, allocation, outcome, str(result.get("status"))))
    return _worst("dates, money, power and carbon follow from the allocation", SAME, _apart(result, again, ""))


def _optimum(result: Mapping[str, Any], scenario: Scenario) -> list[Compared]:
    """Recompute optimality and every shadow price from the stated choices and prices."""
    problem, proof = read_proof(result, scenario)
    verdict, size = judge_again(problem, proof)
    claimed = TOLERANCE if result["status"] == "OPTIMAL" else math.inf
    aim, known = problem.minimize, {leaf.path: leaf for leaf in leaves(scenario)}
    parts = ("stationarity", "primal", "dual_sign", "complementarity")
    worst = max(parts, key=lambda part: getattr(verdict, part))
    found = [Compared("the plan is optimal: residuals of its conditions", len(parts), verdict.kkt_error, claimed, worst)]
    if result.get("rounding") is None:
        said = result["objective"]["value"]
        found.append(_worst("the aim is what the plan reaches", SAME, [("objective.value", _differ(said, aim.value(verdict.aim)))]))
    told = []
    for row in result.get("shadow_prices", []):
        leaf = known.get(row["leaf"])
        if leaf is None:
            raise ConfigError(f"shadow_prices: no number '{str(row['leaf'])[:80]}' in the scenario")
        slope = float(leaf.read(verdict.gradient)) * float(aim.size(size))
        base = float(leaf.read(scenario))
        price = ShadowPrice(leaf.path, row["constraint"], slope, f"{aim.unit}/{leaf_unit(leaf)}", base)
        again = reading(Plan(problem, "", None, None, None, None), price).value
        told.append((leaf.path, _differ(row["value"], again)))
    return [*found, _worst("shadow prices are slopes of the best value", PRICED, told)]


def _conflict(result: Mapping[str, Any], scenario: Scenario) -> list[Compared]:
    """Whether the wishes named conflict, all others given up, and no longer do without any one of them."""
    if result.get("conflict") is None:
        return []
    problem = read_problem(result, scenario)
    stand = bench(problem, combinations(problem)[0])
    named = set(result["conflict"]["members"])
    chosen = {place for place, wish in enumerate(stand.wishes) if wish.name in named}
    if len(chosen) < len(named) or not chosen:
        return [Compared("these wishes conflict", len(named), math.inf, 0.0, "conflict.members")]
    together = conflicts(stand, chosen)[0]
    spare = [stand.wishes[one].name for one in sorted(chosen) if len(chosen) > 1 and conflicts(stand, chosen - {one})[0]]
    return [
        Compared("these wishes conflict", len(named), 0.0 if together else math.inf, 0.0, "conflict.members"),
        Compared("none of them could be left out", len(named), math.inf if spare else 0.0, 0.0, ", ".join(spare)),
    ]


def _worst(what: str, tolerance: float, differences: Iterable[tuple[str, float]]) -> Compared:
    """The worst of many differences, and where it stands."""
    found = list(differences)
    where, worst = max(found, key=lambda one: one[1], default=("", 0.0))
    return Compared(what, len(found), worst, tolerance, where)


def _apart(said: Any, again: Any, path: str) -> Iterator[tuple[str, float]]:
    """Every number and word of what is worked out again, beside what was said there."""
    if isinstance(again, Mapping):
        for key, value in again.items():
            yield from _apart(said.get(key) if isinstance(said, Mapping) else None, value, f"{path}.{key}" if path else key)
    elif isinstance(again, list):
        known = said if isinstance(said, list) and len(said) == len(again) else [None] * len(again)
        for place, value in enumerate(again):
            yield from _apart(known[place], value, f"{path}[{place}]")
    else:
        yield path, _differ(said, again)


def _differ(said: Any, again: Any) -> float:
    """Relative difference of two numbers; of all else whether it is the same."""
    if isinstance(said, bool) or isinstance(again, bool) or not isinstance(said, int | float) or not isinstance(again, int | float):
        return 0.0 if said == again else math.inf
    return abs(said - again) / max(abs(said), abs(again), SMALL)


def verified_document(name: str, found: list[Compared]) -> dict[str, Any]:
    """The same for programs."""
    rows = [{**dataclasses.asdict(one), "holds": one.holds} for one in found]
    return finite({"schema_version": 1, "kind": "verify", "result": name, "holds": all(one.holds for one in found), "compared": rows})


def verified_page(name: str, found: list[Compared]) -> str:
    """Set what was compared, with the worst difference and where it is."""
    rows = [
        [one.what, f"{one.count:,}", _number(one.worst), _number(one.tolerance), "holds" if one.holds else "DOES NOT HOLD", one.where]
        for one in found
    ]
    lines = [safe(name), *heading("worked out again", "worst: largest relative difference, of a hash or word 0 where it is the same")]
    lines += table(["what is said", "numbers", "worst", "may be", "", "worst at"], rows)
    good = all(one.holds for one in found)
    return "\n".join([*lines, "", "The result holds." if good else "The result does NOT hold."]) + "\n"


def _number(value: float) -> str:
    return "different" if value == math.inf else "0" if value == 0 else f"{value:.1e}"
