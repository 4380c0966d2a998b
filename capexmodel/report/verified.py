"""A result file judged again from itself alone: scenario, outcome, optimality and prices worked out anew, and compared with what it says.

Nothing is searched for: a plan is proven by its own prices, a conflict by its own wishes.
"""

import dataclasses
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from capexmodel.config import load
from capexmodel.errors import ConfigError
from capexmodel.files import write
from capexmodel.model.allocation import Orders
from capexmodel.model.fleet import NEEDS
from capexmodel.model.leaves import leaves
from capexmodel.model.scenario import Scenario
from capexmodel.planner.conflict import conflicts
from capexmodel.planner.deals import TOLERANCE, combinations
from capexmodel.planner.elastic import bench
from capexmodel.planner.follow import follow_allocation
from capexmodel.planner.judge import Verdict
from capexmodel.planner.price import NOTEWORTHY, leaf_unit, levers, priced, step
from capexmodel.planner.proof import broken_racks, judge_again, judge_whole
from capexmodel.planner.rounding import NEARLY, counted
from capexmodel.planner.tail import balances_of
from capexmodel.planning.choice import Choice
from capexmodel.planning.plan import Plan, ShadowPrice
from capexmodel.planning.problem import Problem
from capexmodel.planning.scale import Sizes
from capexmodel.report.claimed import PLANNED, RESIDUALS, SHOWN, SIMULATED, Claims, claims_of
from capexmodel.report.document import aim_name, common, finite, read_allocation
from capexmodel.report.prices import reading
from capexmodel.report.proof import HASH, hash_of, read_problem, read_proof
from capexmodel.report.text import heading, safe, table

SAME = 1e-9
"""Relative difference of numbers worked out twice: other machines and thread counts round the last of sixteen digits otherwise."""
PRICED = 1e-6
"""Relative difference of prices: sums of thousands of terms of both signs."""
SMALL = 1e-3
"""Base units below which a number is compared with this size instead of its own."""
CUT_BACK = 10.0
"""How many times what a plan misses its limits by, in natural units, orders may be cut back for it."""
BARELY = 2.0
"""How many times above noteworthy what is worth something must be to be missed: it may be told or not where it barely is."""
NO_PLAN = "nothing is said of a plan, and of the scenario what it says"


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
    """Judge a result again. What claims no plan and no conflict has only its hashes compared, and what it says of the scenario.

    Raises: ConfigError when it is no result of `optimize` or `simulate`, or lacks what its status says it must hold; ModelError when its
    proof is of another problem than its scenario's.
    """
    scenario, claims = _scenario(result), claims_of(result)
    found = [_hash("the file is as it was written", HASH, result.get(HASH), hash_of(result))]
    found.append(_hash("the scenario is the one that was asked", "config_hash", result.get("config_hash"), scenario.evidence.config_hash))
    if claims.status == SIMULATED:
        return [*found, _outcome(result, scenario, NEEDS)[0]]
    if claims.status in PLANNED:
        return [*found, *_plan(result, scenario, claims)]
    nothing = finite(common(scenario, None, None, claims.status))
    found.append(_worst(NO_PLAN, SAME, _apart(result, nothing, "")))
    return [*found, *(_conflict(read_problem(result, scenario), claims) if claims.members else [])]


def _scenario(result: Mapping[str, Any]) -> Scenario:
    """Load the scenario that a result holds."""
    given = result.get("scenario")
    if not isinstance(given, Mapping) or not isinstance(given.get("toml"), str) or "status" not in result:
        raise ConfigError("scenario.toml: missing, expected the result file of an `optimize` or `simulate` run")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.toml"
        try:
            write({path: given["toml"].encode()})
            return load(path)
        except UnicodeEncodeError:
            raise ConfigError("scenario.toml: not a text, expected the scenario as TOML") from None
        except ConfigError as error:
            raise ConfigError(str(error).replace(str(path), "scenario.toml")) from None


def _hash(what: str, where: str, said: Any, is_now: str) -> Compared:
    return Compared(what, 1, 0.0 if said == is_now else math.inf, 0.0, where)


def _outcome(result: Mapping[str, Any], scenario: Scenario, balances: tuple[str, ...]) -> tuple[Compared, Orders]:
    """Simulate the allocation again and compare every number that follows from it; and the orders it comes to."""
    allocation = read_allocation(result, scenario)
    outcome = follow_allocation(scenario, allocation, balances)
    again = finite(common(scenario, allocation, outcome, str(result["status"])))
    said = {**result, "allocation": again["allocation"]}  # its members may stand in another order
    return _worst("dates, money, power and carbon follow from the allocation", SAME, _apart(said, again, "")), outcome.orders


def _ordered(placed: Orders, proven: Orders, size: Sizes, primal: float) -> Compared:
    """Whether the allocation comes to the orders that are proven: each field beside the largest of it or a natural unit. Where limits are
    missed by a little, orders are cut back by as much."""
    told = []
    for field in dataclasses.fields(Orders):
        one, other = (np.asarray(getattr(orders, field.name)) for orders in (placed, proven))
        largest = max(float(getattr(size, field.name.rpartition("_")[2], 1.0)), float(np.max(np.abs(other), initial=0.0)))
        told.append((f"proof.{field.name}", float(np.max(np.abs(one - other), initial=0.0)) / largest))
    return _worst("the allocation is that of the proof", max(SAME, CUT_BACK * primal), told)


def _plan(result: Mapping[str, Any], scenario: Scenario, claims: Claims) -> list[Compared]:
    """What follows from the allocation, that it is the one of the proof, and whether that is of the best plan there is."""
    problem, proof = read_proof(result, scenario)
    outcome, orders = _outcome(result, scenario, balances_of(problem))
    verdict, size = judge_again(problem, proof)
    made = (proof.choice, verdict) if proof.whole is None else (proof.whole, judge_whole(problem, proof.whole))
    found = [outcome, _ordered(orders, made[0].orders, size, made[1].primal)]
    found += [_optimum(claims, verdict), _certificate(claims, verdict), _aim(problem, claims, made[1])]
    found += [] if proof.whole is None else _rounding(problem, *made, claims, verdict)
    return [*found, _priced(problem, claims, verdict, size)]


def _optimum(claims: Claims, verdict: Verdict) -> Compared:
    """Whether the plan is what its status says, whatever the prices."""
    optimal = claims.status == "OPTIMAL"
    residuals = {name: getattr(verdict, name) for name in (RESIDUALS if optimal else ("primal",))}
    what = "the plan is optimal: residuals of its conditions" if optimal else "the plan breaks no limit"
    return _worst(what, TOLERANCE, residuals.items())


def _certificate(claims: Claims, verdict: Verdict) -> Compared:
    """Whether the certificate says what was found again: residuals to within the tolerance, or that share of a larger one."""
    said = claims.certificate
    pairs = ((name, said[name], getattr(verdict, name)) for name in ("kkt_error", *RESIDUALS))
    told = [(f"certificate.{name}", abs(one - other) / max(1.0, abs(other))) for name, one, other in pairs]
    kept = said["holds"] is (claims.status == "OPTIMAL") and said["tolerance"] == TOLERANCE and said["scope"] == "local"
    return _worst("the certificate says so", TOLERANCE, [*told, ("certificate.holds", 0.0 if kept else math.inf)])


def _aim(problem: Problem, claims: Claims, verdict: Verdict) -> Compared:
    """Whether the plan reaches what it says it does."""
    aim, said = problem.minimize, claims.objective
    told = [("objective.name", _differ(said["name"], aim_name(aim))), ("objective.unit", _differ(said["unit"], aim.unit))]
    return _worst("the aim is what the plan reaches", SAME, [*told, ("objective.value", _differ(said["value"], aim.value(verdict.aim)))])


def _rounding(problem: Problem, whole: Choice, verdict: Verdict, claims: Claims, relaxed: Verdict) -> list[Compared]:
    """Whether racks and halls are whole, break no limit, and cost what they are said to."""
    aim, said, (racks, halls) = problem.minimize, claims.rounding or {}, counted(problem.scenario, whole)
    told = {"value": aim.value(verdict.aim), "relaxed": aim.value(relaxed.aim), "racks": racks, "halls": halls, "unit": aim.unit}
    return [
        _worst("racks and halls are whole", NEARLY, [("proof.whole", broken_racks(problem, whole))]),
        _worst("the whole plan breaks no limit", TOLERANCE, [("proof.whole", verdict.primal)]),
        _worst("racks and halls are as many, and cost that much", SAME, _apart({name: said[name] for name in told}, told, "rounding")),
    ]


def _priced(problem: Problem, claims: Claims, verdict: Verdict, size: Sizes) -> Compared:
    """Compare every shadow price, and look for what is worth something and has none."""
    aim, scenario = problem.minimize, problem.scenario
    known, fields = {leaf.path: leaf for leaf in leaves(scenario)}, levers(problem)
    told, said = [], {row["leaf"] for row in claims.prices}
    for row in claims.prices:
        leaf = known.get(row["leaf"])
        if leaf is None or (leaf.table, leaf.field) not in fields:
            raise ConfigError(f"shadow_prices: '{safe(row['leaf'][:SHOWN])}' is no number of the scenario that a limit hangs on")
        slope = float(leaf.read(verdict.gradient)) * float(aim.size(size))
        price = ShadowPrice(leaf.path, fields[leaf.table, leaf.field], slope, f"{aim.unit}/{leaf_unit(leaf)}", float(leaf.read(scenario)))
        again = reading(Plan(problem, "", None, None, None, None), price).row()
        told += [(leaf.path, _differ(row[name], again[name])) for name in ("value", "unit", "constraint")]
    missed = [leaf for leaf, slope in priced(problem, verdict, size) if abs(slope) * step(problem, size, leaf) > BARELY * NOTEWORTHY]
    told += [(leaf.path, math.inf) for leaf in missed if leaf.path not in said]
    return _worst("shadow prices are slopes of the best value", PRICED, told)


def _conflict(problem: Problem, claims: Claims) -> list[Compared]:
    """Whether the wishes named conflict, all others given up, and no longer do without any one of them."""
    stand = bench(problem, combinations(problem)[0])
    named = set(claims.members)
    chosen = {place for place, wish in enumerate(stand.wishes) if wish.name in named}
    if len(chosen) < len(named):
        return [Compared("these wishes conflict", len(named), math.inf, 0.0, "conflict.members")]
    together = conflicts(stand, chosen)[0]
    spare = [stand.wishes[one].name for one in sorted(chosen) if len(chosen) > 1 and conflicts(stand, chosen - {one})[0]]
    return [
        Compared("these wishes conflict", len(named), 0.0 if together else math.inf, 0.0, "conflict.members"),
        Compared("none of them could be left out", len(named), math.inf if spare else 0.0, 0.0, ", ".join(spare)),
    ]


def _worst(what: str, tolerance: float, differences: Iterable[tuple[str, float]]) -> Compared:
    """The worst of many differences, and where it stands; what is no number is worst."""
    found = [(where, math.inf if math.isnan(apart) else apart) for where, apart in differences]
    where, worst = max(found, key=lambda one: one[1], default=("", 0.0))
    return Compared(what, len(found), worst, tolerance, where)


def _apart(said: Any, again: Any, path: str) -> Iterator[tuple[str, float]]:
    """Every number and word of what is worked out again, beside what was said there; and what was said besides."""
    if isinstance(again, Mapping):
        known = said if isinstance(said, Mapping) else {}
        for key, value in again.items():
            where = f"{path}.{key}" if path else key
            if isinstance(value, float):
                yield where, _differ(known.get(key), value, _beside(again, key))
            else:
                yield from _apart(known.get(key), value, where)
        yield from ((f"{path}.{key}", math.inf) for key in known if path and key not in again)
    elif isinstance(again, list):
        same = isinstance(said, list) and len(said) == len(again)
        yield path, 0.0 if same else math.inf
        for place, value in enumerate(again):
            yield from _apart(said[place] if same else None, value, f"{path}[{place}]")
    else:
        yield path, _differ(said, again)


def _beside(row: Mapping[str, Any], key: str) -> float:
    """The largest number of a row in the unit of one of them: what is left of a budget is as exact as the budget."""
    unit = key.rpartition("_")[2]
    return max((abs(value) for name, value in row.items() if isinstance(value, float) and name.rpartition("_")[2] == unit), default=SMALL)


def _differ(said: Any, again: Any, size: float = SMALL) -> float:
    """Relative difference of two numbers, of no less than a size; of all else whether it is the same."""
    if isinstance(said, bool) or isinstance(again, bool) or not isinstance(said, int | float) or not isinstance(again, int | float):
        return 0.0 if said == again else math.inf
    apart = abs(said - again) / max(abs(said), abs(again), size, SMALL)
    return apart if math.isfinite(apart) else math.inf


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
    good = "It claims neither a plan nor a conflict; what it says holds." if found[-1].what == NO_PLAN else "The result holds."
    return "\n".join([*lines, "", good if all(one.holds for one in found) else "The result does NOT hold."]) + "\n"


def _number(value: float) -> str:
    return "different" if value == math.inf else "0" if value == 0 else f"{value:.1e}"
