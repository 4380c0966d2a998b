"""A program of five variables, three curved rows, one affine row and two curved equality rows, all of them quadratic: known by its numbers.

Variable 0 has a lower bound, 1 an upper one, 2 both, 3 none, 4 is fixed.
"""

import functools
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from capexmodel.solvers.base import NonlinearProgram
from capexmodel.solvers.scaled import ScaledProgram, scale_program

SIZE, CURVED, AFFINE, EQUAL = 5, 3, 1, 2
ROWS = CURVED + AFFINE
FREE = np.asarray([True, True, True, True, False])
LOWER = np.asarray([-3.0, -np.inf, -4.0, -np.inf, 0.7])
UPPER = np.asarray([np.inf, 2.5, 3.5, np.inf, 0.7])
BOUNDED = np.asarray([True, False, True, False, False, False, True, True, False, False])
POINT = np.asarray([0.3, -0.8, 1.1, -0.4, 0.7])


class Quadratics(NamedTuple):
    """Constant, slope and curvature of several quadratic functions."""

    constant: np.ndarray
    slope: np.ndarray
    bend: np.ndarray

    def values(self, x):
        """The functions at x."""
        return self.constant + self.slope @ x + 0.5 * (self.bend @ x) @ x

    def slopes(self, x):
        """Their gradients at x, one below the other."""
        return self.slope + self.bend @ x


@functools.cache
def quadratics(count: int, seed: int) -> Quadratics:
    """So many, made up."""
    random = np.random.default_rng(seed)
    bend = random.normal(size=(count, SIZE, SIZE))
    return Quadratics(random.normal(size=count), random.normal(size=(count, SIZE)), 0.2 * (bend + bend.transpose(0, 2, 1)))


@functools.cache
def parts() -> tuple[Quadratics, Quadratics, Quadratics, Quadratics]:
    """Objective, curved rows, affine row, equality rows."""
    row = quadratics(AFFINE, 13)
    return quadratics(1, 11), quadratics(CURVED, 12), row._replace(bend=np.zeros_like(row.bend)), quadratics(EQUAL, 14)


def plain() -> NonlinearProgram:
    """The program."""
    objective, curved, affine, equal = parts()
    return NonlinearProgram(
        objective=lambda x, args: objective.values(x)[0],
        inequality=lambda x, args: curved.values(x),
        affine=lambda x, args: affine.values(x),
        equality=lambda x, args: equal.values(x),
        lower=jnp.asarray(LOWER),
        upper=jnp.asarray(UPPER),
    )


@functools.cache
def unscaled() -> ScaledProgram:
    """The same as the interior point sees it, every scale one."""
    affine = parts()[2]
    found = scale_program(plain(), jnp.asarray(POINT), None)
    ones = jnp.ones(1 + CURVED + EQUAL)
    return eqx.tree_at(
        lambda p: (p.scale, p.affine_scale, p.matrix.whole, p.offset),
        found,
        (ones, jnp.ones(AFFINE), jnp.asarray(affine.slope), jnp.asarray(affine.constant)),
    )


def all_rows(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and gradients of inequality rows, affine row, equality rows, equality rows reversed."""
    _, curved, affine, equal = parts()
    values = np.concatenate([curved.values(x), affine.values(x), equal.values(x), -equal.values(x)])
    return values, np.concatenate([curved.slopes(x), affine.slopes(x), equal.slopes(x), -equal.slopes(x)])


def row_bends() -> np.ndarray:
    """Second derivatives of the same rows."""
    _, curved, affine, equal = parts()
    return np.concatenate([curved.bend, affine.bend, equal.bend, -equal.bend])
