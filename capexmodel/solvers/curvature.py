"""Which second derivatives of curved functions can be other than zero, and a few directions that show all of them.

Sums of many quantities that each curve by themselves, and dates that depend on all of them, make an arrow: a diagonal with a few long rows.
A long row is a direction of its own; of the rest, columns that meet in no row share one.

Source: Coleman and Moré, Mathematical Programming 28 (1984) (direct estimation of sparse Hessians by coloring); Curtis, Powell and Reid,
Journal of the Institute of Mathematics and its Applications 13 (1974).
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

MOST_LONG = 16
"""Long rows that are tried."""
DENSE_SHARE = 0.5
"""Products of entries, over the number of second derivatives in x, above which nothing is gained."""


class Curvature(eqx.Module):
    """Directions, where along them each second derivative in the inner numbers is seen (half of them: the others are the same by
    symmetry), and the products by which it enters the second derivative in x: of two entries of the inner map, in a row and column each.
    """

    directions: Float[Array, "direction inner"]
    direction: Int[Array, " entry"]
    place: Int[Array, " entry"]
    entry: Int[Array, " product"]
    left: tuple[Int[Array, " product"], Int[Array, " product"]]
    right: tuple[Int[Array, " product"], Int[Array, " product"]]

    def products(self, seen: Float[Array, "direction inner"], matrix: Float[Array, "inner n"]) -> Float[Array, " product"]:
        """The numbers whose sums by place are M' H M of an inner map M, from what its second derivatives H show along the directions."""
        return seen[self.direction, self.place][self.entry] * matrix[self.left] * matrix[self.right]

    def congruence(self, seen: Float[Array, "direction inner"], matrix: Float[Array, "inner n"]) -> Float[Array, "n n"]:
        """M' H M."""
        product = jnp.zeros((matrix.shape[1], matrix.shape[1]))
        return product.at[self.left[1], self.right[1]].add(self.products(seen, matrix))


def coupled(function: Callable[[Array], Array], at: Float[Array, " inner"]) -> Bool[Array, "inner inner"]:
    """Which pairs of inputs a scalar function couples: the slopes that are no number once an input is none.

    Says too much where something is multiplied by nothing, and too little where a branch depends on an input and the other couples more.
    """

    def touched(place: Array) -> Array:
        return jnp.isnan(jax.grad(function)(at.at[place].set(jnp.nan)))

    return jax.vmap(touched)(jnp.arange(at.shape[0]))


def curvature_of(pattern: Bool[np.ndarray, "inner inner"], touched: Bool[np.ndarray, "inner n"]) -> Curvature | None:
    """The fewest directions that a greedy coloring finds, with the longest rows apart; `touched` is where the inner map is not zero.
    Nothing where so much is coupled that dense products are as good."""
    pattern = pattern | pattern.T
    lengths = touched.sum(axis=1)
    if lengths @ pattern @ lengths > DENSE_SHARE * touched.shape[1] ** 2:
        return None
    direction, directions, long = _directions(pattern)
    row, column = np.nonzero(np.triu(pattern))
    by_row = np.isin(row, long) & ~np.isin(column, long)
    both = [(k, i, j) for k, (i, j) in enumerate(zip(row, column, strict=True))]
    both += [(k, j, i) for k, i, j in both if i != j]
    products = [(k, i, a, j, b) for k, i, j in both for a in np.flatnonzero(touched[i]) for b in np.flatnonzero(touched[j])]
    shown = np.where(by_row, direction[row], direction[column]), np.where(by_row, column, row)
    entry, *ends = (jnp.asarray(part, int) for part in np.asarray(products, int).reshape(-1, 5).T)
    along, place = (jnp.asarray(part, int) for part in shown)
    return Curvature(jnp.asarray(directions, float), along, place, entry, (ends[0], ends[1]), (ends[2], ends[3]))


def _directions(pattern: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each column the direction that it belongs to (-1: none); all directions; and the long rows."""
    order = np.argsort(-pattern.sum(axis=0), kind="stable")
    tried = [(order[:count], _colors(_without(pattern, order[:count]))) for count in range(min(MOST_LONG, order.size) + 1)]
    long, colors = min(tried, key=lambda one: len(one[0]) + one[1].max(initial=-1))
    direction = np.where(colors >= 0, colors + len(long), -1)
    direction[long] = np.arange(len(long))
    shown = np.flatnonzero(direction >= 0)
    directions = np.zeros((int(direction.max(initial=-1)) + 1, order.size))
    directions[direction[shown], shown] = 1.0
    return direction, directions, long


def _without(pattern: np.ndarray, long: np.ndarray) -> np.ndarray:
    rest = pattern.copy()
    rest[long, :] = rest[:, long] = False
    return rest


def _colors(pattern: np.ndarray) -> np.ndarray:
    """A color for each column, so that no two of one color meet in a row; columns without entries have none (-1)."""
    meet = pattern.T.astype(int) @ pattern.astype(int) > 0
    colors = np.full(pattern.shape[1], -1)
    for column in np.flatnonzero(pattern.any(axis=0)):
        taken = set(colors[meet[column]].tolist())
        colors[column] = next(color for color in range(pattern.shape[1] + 1) if color not in taken)
    return colors
