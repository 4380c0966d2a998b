"""The peer that calls back: IPOPT through cyipopt, every value and derivative asked of a function compiled by JAX.

cyipopt has no wheel and is no dependency, of no extra either: without it the benchmark says so. It can be built in half a minute against
the IPOPT that comes with CasADi's wheel:

    D=$(python -c "import casadi, pathlib; print(pathlib.Path(casadi.__file__).parent)")
    mkdir ipopt
    sed -e "s|^libdir=.*|libdir=$D|" -e "s|^includedir=.*|includedir=$D/include/coin-or|" $D/pkgconfig/ipopt.pc > ipopt/ipopt.pc
    PKG_CONFIG_PATH=ipopt LDFLAGS="-Wl,-rpath,$D" pip install --no-deps cyipopt

Source: Waechter and Biegler, Mathematical Programming 106 (2006).
"""

import importlib
import importlib.util
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.ipopt import OPTIONS
from benchmarks.parts import parts
from benchmarks.peers import Peer
from capexmodel.solvers import NonlinearProgram


def installed() -> bool:
    """Whether cyipopt is there."""
    return importlib.util.find_spec("cyipopt") is not None


class Cyipopt:
    """IPOPT on a program, for one set of numbers or, where args are `varied`, for any. Everything JAX computes is compiled before.

    The methods in small letters are what cyipopt calls.
    """

    def __init__(self, program: NonlinearProgram, x0: Any, args: Any = None, varied: bool = False) -> None:
        """Compile the program and its derivatives.

        Raises: ModuleNotFoundError when cyipopt is not installed.
        """
        self.known = known = parts(program, x0, args, varied)
        self.args = self.given = args if varied else None
        size = known.start.size

        def rows(x: Any, given: Any) -> Any:
            return jnp.concatenate([known.inequality(x, given), known.equality(x, given), known.matrix @ x + known.offset])

        def lagrangian(x: Any, prices: Any, weight: Any, given: Any) -> Any:
            return weight * known.objective(x, given) + prices @ rows(x, given)

        self._value, self._slope = jax.jit(known.objective), jax.jit(jax.grad(known.objective))
        self._rows, self._slopes = jax.jit(rows), jax.jit(jax.jacrev(rows))
        self._below = np.tril_indices(size)
        self._bend = jax.jit(lambda *point: jax.hessian(lagrangian)(*point)[self._below])
        one_sided, equal = known.counts
        self.limits = np.concatenate([np.full(one_sided, np.inf), np.zeros(equal), np.full(known.offset.size, np.inf)])
        self.problem = importlib.import_module("cyipopt").Problem(
            n=size, m=self.limits.size, problem_obj=self, lb=known.lower, ub=known.upper, cl=np.zeros(self.limits.size), cu=self.limits
        )
        for name, value in OPTIONS.items():
            self.problem.add_option(name, value)
        for call in (self.objective, self.gradient, self.constraints, self.jacobian):
            call(known.start)
        self.hessian(known.start, np.zeros(self.limits.size), 1.0)

    def solve(self, x0: Any = None, args: Any = None) -> Peer:
        """Solve; start and args are those that this was made with, unless others are given."""
        self.given, self.steps = self.args if args is None else args, 0
        x, said = self.problem.solve(self.known.start if x0 is None else np.asarray(x0))
        return Peer(np.asarray(x), float(said["obj_val"]), self.steps, said["status_msg"].decode().partition(",")[0])

    def objective(self, x: np.ndarray) -> float:
        """Value."""
        return float(self._value(x, self.given))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Slope of the value."""
        return np.asarray(self._slope(x, self.given))

    def constraints(self, x: np.ndarray) -> np.ndarray:
        """All rows."""
        return np.asarray(self._rows(x, self.given))

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """Slopes of all rows."""
        return np.ravel(self._slopes(x, self.given))

    def hessianstructure(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the entries of `hessian` stand."""
        return self._below

    def hessian(self, x: np.ndarray, prices: np.ndarray, weight: float) -> np.ndarray:
        """Second derivative of the Lagrangian, the half below the diagonal."""
        return np.asarray(self._bend(x, prices, weight, self.given))

    def intermediate(self, *said: Any) -> bool:
        """Count the steps; go on."""
        self.steps = int(said[1])
        return True
