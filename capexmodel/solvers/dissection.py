"""Sorts the columns of a sparse program into groups that touch each other only across a common border: the order of elimination in which
little fills in.

Source: George, SIAM Journal on Numerical Analysis 10 (1973) (nested dissection, here one level deep); Duff and Reid, ACM Transactions on
Mathematical Software 9 (1983) (fronts).
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool

from capexmodel.solvers.structure import Border, Piece

FRONT_COST = 300_000
"""Multiplications that cost as much as one front more."""
PLACE_COST = 10
"""Multiplications that cost as much as adding one number in place."""
LEAST_GROUP = 8
"""Columns of a group that is not cut any more."""
CUT_SHARE = 16
"""A group is cut by taking out this fraction of its columns at a time, those that touch most others."""
WORTH = 0.4
"""Share of the work without fronts from which on they are not worth it."""

Group = tuple[np.ndarray, np.ndarray]
"""Columns of its own, and which of all columns it touches in the border."""


def dissect(pattern: Bool[np.ndarray, "row n"], curved: Bool[np.ndarray, "n n"]) -> tuple[tuple[Piece, ...], Border | None]:
    """Fronts that hold every row once, and the border; `pattern` is where rows are not zero, `curved` where second derivatives may not be.
    Nothing where so much is coupled that fronts gain little.

    Leaves out: borders within groups, and the best border, which is a hard problem; measured on the main scenario, what is left takes an
    eighth of the dense work.
    """
    touch, size = pattern.astype(np.float32), pattern.shape[1]
    coupled = (touch.T @ touch > 0) | curved | curved.T | np.eye(size, dtype=bool)
    border, groups = _taken_in(coupled, *_cut(coupled))
    found = [(own, coupled[own].any(axis=0) & border) for own in groups]
    merged = _merged(found)
    if _work(border, merged) + FRONT_COST * len(merged) >= WORTH * size**3 / 3.0:
        return (), None
    pieces, columns = _pieces(pattern, np.flatnonzero(border), merged), np.flatnonzero(border)
    places = tuple(jnp.asarray(np.searchsorted(columns, np.asarray(piece.columns)[piece.own :]), int) for piece in pieces)
    return pieces, Border(jnp.asarray(columns, int), places)


def covers(pieces: tuple[Piece, ...], border: Border | None, pattern: np.ndarray, curved: np.ndarray) -> bool:
    """Whether everything that is not zero lies within the fronts."""
    rest, coupled = pattern.copy(), curved | curved.T
    for piece in pieces:
        rows, columns = np.asarray(piece.rows), np.asarray(piece.columns)
        rest[np.ix_(rows, columns)] = False
        coupled[np.ix_(columns, columns)] = False
    if border is not None:
        coupled[np.ix_(np.asarray(border.columns), np.asarray(border.columns))] = False
    return border is not None and not rest.any() and not coupled.any()


def _groups(coupled: np.ndarray, members: np.ndarray) -> list[np.ndarray]:
    """Members that touch each other, directly or across others."""
    inner, left, groups = coupled[np.ix_(members, members)], np.ones(members.size, bool), []
    while left.any():
        reached = np.zeros(members.size, bool)
        ahead = np.arange(members.size) == int(np.argmax(left))
        while ahead.any():
            reached |= ahead
            ahead = inner[ahead].any(axis=0) & ~reached
        groups.append(members[reached])
        left &= ~reached
    return groups


def _cut(coupled: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Take those columns out of the largest group that touch most of it, again and again; the border where least work was left."""
    border, groups = np.zeros(len(coupled), bool), _groups(coupled, np.arange(len(coupled)))
    least, best = np.inf, (border, groups)
    while groups and _cubed(border) < least:
        work = _work(border, [(own, coupled[own].any(axis=0) & border) for own in groups])
        if work < least:
            least, best = work, (border.copy(), list(groups))
        own = groups.pop(int(np.argmax([group.size for group in groups])))
        if own.size <= LEAST_GROUP:
            break
        degree = coupled[np.ix_(own, own)].sum(axis=0)
        taken = np.argsort(-degree, kind="stable")[: max(1, own.size // CUT_SHARE)]
        border[own[taken]] = True
        groups += _groups(coupled, np.delete(own, taken))
    return best


def _taken_in(coupled: np.ndarray, border: np.ndarray, groups: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Put columns of the border that touch one group alone back into it, where that spares work."""
    label = np.full(len(coupled), -1)
    for number, own in enumerate(groups):
        label[own] = number
    for column in np.flatnonzero(border)[np.argsort(coupled[border].sum(axis=1), kind="stable")]:
        near = np.unique(label[coupled[column] & ~border])
        if near.size != 1:
            continue
        own = np.flatnonzero(label == near[0])
        before, after = coupled[own].any(axis=0) & border, (coupled[own].any(axis=0) | coupled[column]) & border
        more = _eliminated(own.size + 1, after.sum() - 1) - _eliminated(own.size, before.sum())
        if more < border.sum() ** 2:
            border[column], label[column] = False, near[0]
    return border, [np.flatnonzero(label == number) for number in range(len(groups))]


def _merged(groups: list[Group]) -> list[Group]:
    """Merge two groups at a time as long as a front less is worth what fills in."""
    groups = list(groups)
    while len(groups) > 1:
        sizes, near = np.array([own.size for own, _ in groups]), np.array([touched for _, touched in groups], np.float32)
        widths = near.sum(axis=1)
        union = widths[:, None] + widths[None, :] - near @ near.T
        alone = _eliminated(sizes, widths)
        gain = alone[:, None] + alone[None, :] + FRONT_COST - _eliminated(sizes[:, None] + sizes[None, :], union)
        np.fill_diagonal(gain, -np.inf)
        one, other = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[one, other] <= 0:
            break
        (own, touched), (more, further) = groups[one], groups[other]
        groups = [group for place, group in enumerate(groups) if place not in (one, other)]
        groups.append((np.sort(np.concatenate([own, more])), touched | further))
    return groups


def _pieces(pattern: np.ndarray, border: np.ndarray, groups: list[Group]) -> tuple[Piece, ...]:
    """Each row with the group that it touches; those that touch none make a piece of the border's columns."""
    left, pieces = np.ones(len(pattern), bool), []
    for own, touched in groups:
        rows = pattern[:, own].any(axis=1)
        left &= ~rows
        pieces.append(_piece(np.flatnonzero(rows), np.concatenate([own, np.flatnonzero(touched)]), own.size))
    rest = np.flatnonzero(left)
    return (*pieces, _piece(rest, border[pattern[np.ix_(rest, border)].any(axis=0)], 0))


def _piece(rows: np.ndarray, columns: np.ndarray, own: int) -> Piece:
    return Piece(jnp.asarray(rows, int), jnp.asarray(columns, int), own)


def _work(border: np.ndarray, groups: list[Group]) -> float:
    """Multiplications of a factorization."""
    return _cubed(border) + float(sum(_eliminated(own.size, touched.sum()) for own, touched in groups))


def _cubed(border: np.ndarray) -> float:
    return float(border.sum()) ** 3 / 3.0


def _eliminated(own: Any, width: Any) -> Any:
    """Multiplications that the elimination of a group takes, or of many groups."""
    return own * own * own / 3.0 + own * own * width + (own + PLACE_COST) * width * width
