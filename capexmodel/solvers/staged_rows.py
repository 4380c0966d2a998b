"""A Jacobian whose rows come stage by stage, each touching its own stage, the one before, and the border; then a few long rows.

It multiplies vectors from either side, as an array would.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


class StagedRows(eqx.Module):
    """Blocks of the stages' rows, in the columns of their own stage, of the stage before (zero for the first) and of the border, and the
    rest of the rows whole."""

    own: Float[Array, "stage row size"]
    before: Float[Array, "stage row size"]
    border: Float[Array, "stage row border"]
    rest: Float[Array, "rest n"]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.own.shape[0] * self.own.shape[1] + self.rest.shape[0], self.rest.shape[1]

    def __matmul__(self, vector: Float[Array, " n"]) -> Float[Array, " row"]:
        """The product with a vector."""
        stages, border = parted(vector, self.own.shape[0], self.own.shape[2])
        rows = _times(self.own, stages) + _times(self.before, later(stages)) + self.border @ border
        return jnp.concatenate([jnp.ravel(rows), self.rest @ vector])

    def __rmatmul__(self, prices: Float[Array, " row"]) -> Float[Array, " n"]:
        """The sum of the rows, weighted."""
        count, each = self.own.shape[:2]
        price = jnp.reshape(prices[: count * each], (count, each))
        ahead = jnp.einsum("tr,trs->ts", price, self.before)
        stages = jnp.einsum("tr,trs->ts", price, self.own) + jnp.concatenate([ahead[1:], jnp.zeros_like(ahead[:1])])
        return joined(stages, jnp.einsum("tr,trb->b", price, self.border)) + prices[count * each :] @ self.rest

    def confined(self, free: Bool[Array, " n"]) -> "StagedRows":
        """With nothing in the columns of variables that are not free."""
        stages, border = parted(free, self.own.shape[0], self.own.shape[2])
        return StagedRows(
            jnp.where(stages[:, None, :], self.own, 0.0),
            jnp.where(later(stages)[:, None, :], self.before, 0.0),
            jnp.where(border[None, None, :], self.border, 0.0),
            jnp.where(free[None, :], self.rest, 0.0),
        )

    def largest(self) -> Float[Array, " row"]:
        """The largest absolute entry of every row."""
        parts = [jnp.max(jnp.abs(part), axis=2, initial=0.0) for part in (self.own, self.before, self.border)]
        stages = jnp.max(jnp.stack(parts), axis=0)
        return jnp.concatenate([jnp.ravel(stages), jnp.max(jnp.abs(self.rest), axis=1, initial=0.0)])


def parted(values: Array, count: int, size: int) -> tuple[Array, Array]:
    """A vector (or columns) cut into its stages and its border."""
    return jnp.reshape(values[: count * size], (count, size, *values.shape[1:])), values[count * size :]


def joined(stages: Array, border: Array) -> Array:
    """The reverse of `parted`."""
    return jnp.concatenate([jnp.reshape(stages, (-1, *stages.shape[2:])), border])


def later(stages: Array) -> Array:
    """What belongs to the stage before, at every stage; zeros at the first."""
    return jnp.concatenate([jnp.zeros_like(stages[:1]), stages[:-1]])


def _times(blocks: Float[Array, "stage row size"], vectors: Float[Array, "stage size"]) -> Float[Array, "stage row"]:
    return jnp.einsum("trs,ts->tr", blocks, vectors)
