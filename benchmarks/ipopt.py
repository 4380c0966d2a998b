"""The peer that is hard to beat: IPOPT inside CasADi, with the program as native expressions, exact derivatives, and no call into Python.

Making what curved functions look through (`structure.Through`) variables of their own was tried: no faster on the shipped scenarios.

Source: Waechter and Biegler, Mathematical Programming 106 (2006); Andersson, Gillis, Horn, Rawlings and Diehl, Mathematical Programming
Computation 11 (2019).
"""

from typing import Any

import casadi
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from benchmarks.expressions import expressions
from benchmarks.parts import affine_map, parts, standing
from benchmarks.peers import Peer
from capexmodel.solvers import Multipliers, NonlinearProgram
from capexmodel.solvers.base import Function
from capexmodel.solvers.structure import Through

OPTIONS = {"print_level": 0, "sb": "yes", "tol": 1e-8}
"""What IPOPT is told: to be quiet, and to reach the same error as ours. Everything else is as it comes."""
QUIET = {"print_time": False, "error_on_fail": False, "show_eval_warnings": False}
"""What CasADi is told: to judge nothing and to say nothing."""


class Ipopt:
    """IPOPT on a program, for one set of numbers or, where args are `varied`, for any. Everything is written down and differentiated when
    this is made, nothing when it solves."""

    def __init__(self, program: NonlinearProgram, x0: Any, args: Any = None, varied: bool = False) -> None:
        """Write the program down."""
        known = parts(program, x0, args, varied)
        x, self.args = casadi.SX.sym("x", known.start.size), _flat(args if varied else None)
        p = casadi.SX.sym("p", self.args.size)
        if varied:
            objective, inequality, equality = (_general(f, x, p, args) for f in (known.objective, known.inequality, known.equality))
        else:
            functions = (program.objective, program.inequality, program.equality)
            objective, inequality, equality = (_written(function, x, known.start, args) for function in functions)
        rows = casadi.vertcat(inequality, casadi.mtimes(_sparse(known.matrix), x) + known.offset, equality)
        free = inequality.numel() + known.offset.size
        self.cuts = (inequality.numel(), free)
        upper = np.where(np.arange(rows.numel()) < free, np.inf, 0.0)
        self.start, self.limits = known.start, {"lbx": known.lower, "ubx": known.upper, "lbg": 0.0, "ubg": upper}
        options = QUIET | {f"ipopt.{name}": value for name, value in OPTIONS.items()}
        self.solver = casadi.nlpsol("peer", "ipopt", {"x": x, "p": p, "f": objective, "g": rows}, options)

    def solve(self, x0: Any = None, args: Any = None) -> Peer:
        """Solve; start and args are those that this was made with, unless others are given."""
        start = self.start if x0 is None else np.asarray(x0)
        found = self.solver(x0=start, p=self.args if args is None else _flat(args), **self.limits)
        said = self.solver.stats()
        walls, rows = (jnp.asarray(-np.asarray(found[name])[:, 0], float) for name in ("lam_x", "lam_g"))
        inequality, affine, equality = jnp.split(rows, self.cuts)
        prices = Multipliers(inequality, affine, equality, jnp.maximum(walls, 0.0), jnp.maximum(-walls, 0.0))
        return Peer(np.asarray(found["x"])[:, 0], float(found["f"]), int(said["iter_count"]), str(said["return_status"]), prices)


def _flat(args: Any) -> np.ndarray:
    """All numbers of some args in one row."""
    leaves = jax.tree.leaves(args)
    return np.concatenate([np.zeros(0), *(np.ravel(leaf) for leaf in leaves)])


def _general(function: Function, x: casadi.SX, p: casadi.SX, args: Any) -> casadi.SX:
    """A function's rows in the symbols of x and of all numbers of the args."""
    unflat = ravel_pytree(args)[1]
    return expressions(lambda both: function(both[: x.numel()], unflat(both[x.numel() :])), casadi.vertcat(x, p))


def _written(function: Function | None, x: casadi.SX, start: np.ndarray, args: Any) -> casadi.SX:
    """A function's rows in the symbols of x; affine maps that it looks through stay matrices, so that the expressions stay small."""
    if function is None:
        return casadi.SX(0, 1)
    if isinstance(function, Through):
        matrix, offset = affine_map(lambda point: function.inner(point, args), jnp.asarray(start))
        seen = casadi.mtimes(_sparse(matrix), x) + offset
        value = _written(function.outer, seen, matrix @ start + offset, args)
        return value if function.ridge is None else value + float(function.ridge(args)) * casadi.sumsqr(x)
    rows, _ = standing(function, jnp.asarray(start), args)
    return expressions(lambda point: rows(point, args), x)


def _sparse(matrix: np.ndarray) -> casadi.DM:
    """A matrix without its zeros."""
    return casadi.sparsify(casadi.DM(matrix))
