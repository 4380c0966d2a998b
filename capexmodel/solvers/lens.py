"""What the curved functions of a program look through, where they all look through one affine map."""

from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Float, Int

from capexmodel.solvers.base import Function, NonlinearProgram
from capexmodel.solvers.curvature import Curvature
from capexmodel.solvers.fronts import places_of
from capexmodel.solvers.structure import Through, structure_of


class Lens(eqx.Module):
    """What the curved functions see of x: matrix x + shift; where they curve in it, if that is known; and where the products by which they
    do stand in fronts, if there are any."""

    matrix: Float[Array, "inner n"]
    shift: Float[Array, " inner"]
    curvature: Curvature | None
    places: Int[Array, " product"] | None

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " inner"]:
        """Look at x."""
        return self.matrix @ x + self.shift


def inner_of(program: NonlinearProgram) -> Function | None:
    """The affine map that all curved functions look through, if it is one and the same; stages are looked at directly."""
    functions = [f for f in (program.objective, program.inequality, program.equality) if f is not None]
    if program.stages is not None:
        return None
    if not all(isinstance(f, Through) for f in functions) or any(f.ridge is not None for f in functions[1:]):
        return None
    return functions[0].inner if all(f.inner is functions[0].inner for f in functions) else None


def lens_of(program: NonlinearProgram, x: Array, args: Any) -> Lens:
    """What an objective looks through, as a matrix and a shift."""
    objective, known = program.objective, program.objective.curvature
    pieces, border = structure_of(program.affine)
    places = None if known is None or border is None else places_of(pieces, border, known.left[1], known.right[1])
    matrix = jax.jacfwd(objective.inner)(x, args)
    return Lens(matrix, objective.inner(x, args) - matrix @ x, known, places)
