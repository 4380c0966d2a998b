"""One chart for many problems of one form, so that they share one compiled program.

It holds every choice, row and entry that any of them had. A problem that has less fixes what it lacks at nothing and switches off what
cannot bind in it; one that has more makes the chart larger, and what is set up from then on is compiled anew.
"""

import numpy as np
from jaxtyping import Bool

from capexmodel.solvers.curvature import Curvature, curvature_of
from capexmodel.solvers.dissection import covers, dissect
from capexmodel.solvers.structure import Border, Piece

Fronts = tuple[tuple[Piece, ...], Border | None]


class SharedChart:
    """What any problem had that was set up on it; `optimize(..., shared=chart)` is where most will meet it."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._had: dict[str, np.ndarray] = {}
        self._names: list[str] = []
        self._fronts: dict[tuple[int, ...], Fronts] = {}
        self._curvature: tuple[np.ndarray, np.ndarray, Curvature | None] | None = None
        self._relaxed: SharedChart | None = None

    @property
    def relaxed(self) -> "SharedChart":
        """The chart of the same problems with wishes that may be broken: more choices are open there."""
        self._relaxed = self._relaxed or SharedChart()
        return self._relaxed

    def copy(self) -> "SharedChart":
        """The same, to grow apart from this one."""
        other = SharedChart()
        other._had, other._names = dict(self._had), list(self._names)
        other._fronts, other._curvature = dict(self._fronts), self._curvature
        other._relaxed = None if self._relaxed is None else self._relaxed.copy()
        return other

    def having(self, what: str, mine: Bool[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
        """Add what is mine, and say what any problem had."""
        known = self._had.get(what)
        self._had[what] = mine if known is None else known | mine
        return self._had[what]

    def include(self, other: "SharedChart") -> None:
        """Add all choices, rows and entries of another one."""
        for what, mask in other._had.items():
            self.having(what, mask)

    def naming(self, names: list[str]) -> list[str]:
        """Add names, and give those of all in their order."""
        self._names += [name for name in names if name not in self._names]
        return list(self._names)

    def fronts(self, rows: Bool[np.ndarray, "row n"], curved: Bool[np.ndarray, "n n"]) -> Fronts:
        """Fronts of a matrix and of what curves: those from before if they still cover it all."""
        known = self._fronts.get(rows.shape)
        if known is None or not (known[1] is None or covers(*known, rows, curved)):
            known = self._fronts[rows.shape] = dissect(rows, curved)
        return known

    def curvature(self, pattern: Bool[np.ndarray, "inner inner"], touched: Bool[np.ndarray, "inner n"]) -> Curvature | None:
        """Directions that show all that curves: those from before if nothing has changed."""
        known = self._curvature
        if known is None or not (np.array_equal(known[0], pattern) and np.array_equal(known[1], touched)):
            known = self._curvature = pattern, touched, curvature_of(pattern, touched)
        return known[2]
