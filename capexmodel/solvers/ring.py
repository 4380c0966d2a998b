"""Linear systems of places on a ring, each joined to its two neighbors and to the ground: every other place is eliminated, again and again.

The matrix holds, for each place, the sum of its joints and its ground on the diagonal, and less each joint beside it. Nothing is subtracted
on the way, so that each entry of the answer keeps its digits however far joints and grounds lie apart. Rings run along the last axis.

Source: Hockney, Journal of the ACM 12 (1965) (odd-even reduction); Grassmann, Taksar and Heyman, Operations Research 33 (1985)
(elimination without subtraction).
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float


class Level(NamedTuple):
    """What is needed of the places that one round of elimination takes out: one over their diagonals, joints to either side."""

    inverse: Array
    before: Array
    after: Array


Ring = tuple[tuple[Level, ...], Array]
"""A factored ring: rounds of elimination, and one over what is left of the last place."""


def factor(joint: Float[Array, "*ring place"], ground: Float[Array, "*ring place"]) -> Ring:
    """Factor rings by their joints, each from a place to the next (the last to the first), and grounds. Both are above nothing."""
    levels: list[Level] = []
    while joint.shape[-1] > 1:
        out, kept = joint.shape[-1] // 2, ground[..., ::2]
        before, after = joint[..., 0::2][..., :out], joint[..., 1::2]
        inverse = 1.0 / (before + after + ground[..., 1::2])
        fallen = ground[..., 1::2] * inverse
        levels.append(Level(inverse, before, after))
        joint = _lengthened(before * after * inverse, joint, kept.shape[-1])
        ground = kept + _gathered(before * fallen, after * fallen, kept.shape[-1])
    return tuple(levels), 1.0 / ground


def solve(ring: Ring, right: Float[Array, "*ring place"]) -> Float[Array, "*ring place"]:
    """What the right side leads to."""
    levels, last = ring
    rights: list[Array] = []
    for level in levels:
        outer, right = right[..., 1::2] * level.inverse, right[..., ::2]
        rights.append(outer)
        right = right + _gathered(level.before * outer, level.after * outer, right.shape[-1])
    found = right * last
    for level, outer in zip(reversed(levels), reversed(rights), strict=True):
        count = outer.shape[-1]
        inner = outer + level.inverse * (level.before * found[..., :count] + level.after * jnp.roll(found, -1, axis=-1)[..., :count])
        found = _woven(found, inner)
    return found


def _gathered(first: Array, second: Array, count: int) -> Array:
    """Sums at the places that stay: from the place after each, and from the one before it."""
    if first.shape[-1] == count:
        return first + jnp.roll(second, 1, axis=-1)
    none = jnp.zeros_like(first[..., :1])
    return jnp.concatenate([first, none], axis=-1) + jnp.concatenate([none, second], axis=-1)


def _lengthened(joined: Array, joint: Array, count: int) -> Array:
    """Joints of the places that stay: an odd ring keeps the one from its last place to its first."""
    return joined if joined.shape[-1] == count else jnp.concatenate([joined, joint[..., -1:]], axis=-1)


def _woven(kept: Array, inner: Array) -> Array:
    """Places that stayed and that were taken out, in their order."""
    count = inner.shape[-1]
    pairs = jnp.stack([kept[..., :count], inner], axis=-1).reshape(*kept.shape[:-1], 2 * count)
    return pairs if kept.shape[-1] == count else jnp.concatenate([pairs, kept[..., count:]], axis=-1)
