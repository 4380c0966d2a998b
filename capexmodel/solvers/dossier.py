"""Everything that is said about one solution, in one record that can be stored and checked again by anybody who has the program.

The record holds the point and its prices, so checking it needs no solver: every figure is computed anew and compared. A SHA-256 hash says
whether the numbers of the program are the same. Leaves out: the functions themselves, which have no lasting form; with other functions the
figures differ.
"""

import dataclasses
import hashlib
import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from capexmodel.errors import SolveError
from capexmodel.solvers.base import Certificate, Errors, Multipliers, NonlinearProgram, Solution, Status
from capexmodel.solvers.certificate import certify
from capexmodel.solvers.duality_gap import WITHIN, DualityGap, duality_gap
from capexmodel.solvers.infeasibility import InfeasibilityProof, prove_infeasible
from capexmodel.solvers.second_order import SecondOrder, second_order

VERSION = 1
"""Changes whenever the record's shape does."""
SAME = 1e-6
"""Relative difference within which a figure computed again counts as the same: other machines round otherwise."""
NOTHING = 1e-9
"""Absolute difference that counts as none."""
DERIVED = ("claim", "prices_unique", "strict_minimum", "strictly_complementary")
"""What is said in words, stored beside the figures that it follows from."""


class Dossier(eqx.Module):
    """A solution and all that is known of it: first and second order; the gap of a feasible end, the proof of an infeasible one."""

    solution: Solution
    program_hash: str = eqx.field(static=True)
    first_order: Certificate
    second_order: SecondOrder
    duality_gap: DualityGap | None
    infeasibility: InfeasibilityProof | None

    def to_json(self) -> dict[str, Any]:
        """The record as a plain tree of dicts, lists, numbers and words; what is not finite is a word."""
        solution = self.solution
        point = {"x": _plain(solution.x), "multipliers": _plain(solution.multipliers)}
        return {
            "version": VERSION,
            "status": Status(int(solution.status)).name,
            "program_sha256": self.program_hash,
            "solution_sha256": hash_of((solution.x, solution.multipliers)),
            "shapes": {"x": solution.x.size} | {name: len(price) for name, price in point["multipliers"].items()},
            **point,
            **{name: _plain(getattr(self, name)) for name in ("first_order", "second_order", "duality_gap", "infeasibility")},
        }


class Verification(NamedTuple):
    """Whether a record belongs to a program and to its own point, and every figure that came out otherwise: what it said, what it is."""

    same_program: bool
    same_solution: bool
    differences: dict[str, tuple[Any, Any]]

    @property
    def holds(self) -> bool:
        """Whether the record can be trusted."""
        return self.same_program and self.same_solution and not self.differences


def dossier(program: NonlinearProgram, solution: Solution, args: Any = None, within: float | Float[Array, ""] = WITHIN) -> Dossier:
    """Computes all that can be said about a solution, from the program's functions and the solution's prices. `within` is how far the gap
    and the proof reach where the program sets no bound."""
    infeasible = int(solution.status) == Status.INFEASIBLE
    return Dossier(
        solution=solution,
        program_hash=hash_of((program, args)),
        first_order=certify(program, solution.x, solution.multipliers, args),
        second_order=second_order(program, solution.x, solution.multipliers, args),
        duality_gap=None if infeasible else duality_gap(program, solution, args, within),
        infeasibility=prove_infeasible(program, solution, args, within) if infeasible else None,
    )


def verify(record: dict[str, Any], program: NonlinearProgram, args: Any = None) -> Verification:
    """Computes every figure of a record anew from its point and prices, and compares.

    Raises: SolveError when the record is none, or of another version.
    """
    try:
        version, status = record["version"], Status[record["status"]]
        prices = {name: jnp.asarray([float(entry) for entry in entries], float) for name, entries in record["multipliers"].items()}
        x, multipliers = jnp.asarray([float(entry) for entry in record["x"]], float), Multipliers(**prices)
        within = float((record["duality_gap"] or record["infeasibility"])["within"])
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise SolveError(f"this is no record of a solution: {fault!r}; give what Dossier.to_json made") from fault
    if version != VERSION:
        raise SolveError(f"this record is of version {version}, not {VERSION}: solve again to make one that can be checked")
    zero = jnp.zeros(())
    errors = Errors(zero, zero, zero)
    solution = Solution(x, zero, multipliers, jnp.asarray(int(status), jnp.int32), jnp.zeros((), jnp.int32), errors)
    anew = dossier(program, solution, args, within).to_json()
    hashes = ("program_sha256", "solution_sha256")
    same = [record.get(name) == anew[name] for name in hashes]
    return Verification(*same, differences=_differences(_without(record, hashes), _without(anew, hashes), ""))


def hash_of(tree: Any) -> str:
    """SHA-256 of all numbers in a tree, with their places, types and shapes; functions are left out."""
    total = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        if eqx.is_array_like(leaf):
            array = np.asarray(leaf)
            total.update(f"{jax.tree_util.keystr(path)} {array.dtype.str} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def _plain(thing: Any) -> Any:
    """A module, an array or a number as a plain tree."""
    if thing is None or isinstance(thing, bool | str):
        return thing
    if dataclasses.is_dataclass(thing):
        named = [field.name for field in dataclasses.fields(thing)] + [name for name in DERIVED if hasattr(thing, name)]
        return {name: _plain(getattr(thing, name)) for name in named}
    if isinstance(thing, tuple | list):
        return [_plain(part) for part in thing]
    if isinstance(thing, float):
        return thing if math.isfinite(thing) else str(thing)
    return _plain(np.asarray(thing).tolist()) if eqx.is_array(thing) else thing


def _without(record: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """A record without some entries."""
    return {name: part for name, part in record.items() if name not in names}


def _differences(said: Any, found: Any, path: str) -> dict[str, tuple[Any, Any]]:
    """What differs between two plain trees, by its place."""
    if isinstance(said, dict) and isinstance(found, dict):
        parts = [(name, said.get(name), found.get(name)) for name in {**said, **found}]
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        parts = [(str(place), *both) for place, both in enumerate(zip(said, found, strict=True))]
    elif isinstance(said, float) and isinstance(found, float):
        return {} if math.isclose(said, found, rel_tol=SAME, abs_tol=NOTHING) else {path: (said, found)}
    else:
        return {} if said == found and type(said) is type(found) else {path: (said, found)}
    return {place: both for name, one, other in parts for place, both in _differences(one, other, f"{path}.{name}".strip(".")).items()}
