"""Stages of a program that is a chain of periods: a declaration with which a step's work grows with their number, not with its cube.

The variables are those of the first stage, of the second, and so on, then a border that everything may touch. Every term of the objective,
and every row of a stage, may touch the variables of its own stage, of the stage before, and of the border. What reaches over more periods
is brought next to each other by a longer stage (a year of quarters) or by a variable that hands it on: a stock, a total so far, an order
on its way. Orders then are differences of stocks, >= 0 as a row; a stock that may always be smaller than its balance is a row too, and no
equality is needed.

Source: Rao, Wright and Rawlings, Journal of Optimization Theory and Applications 99 (1998), sections 2 and 3 (stage structure of optimal
control).
"""

import dataclasses

from jaxtyping import Array, Float

from capexmodel.errors import SolveError
from capexmodel.solvers.staged_rows import joined, parted


@dataclasses.dataclass(frozen=True)
class Stages:
    """Structure of a program that is a chain: x is `count` stages of `size` variables each, then `border` variables.

    Inequality rows come first by stage, `rows` each, then any others. Those, and equality rows, may touch everything, but each costs as
    much as a solve, and curvature must stay between neighboring stages and the border. They also come in after the factorization: where
    the Hessian is positive only together with them, it is shifted all the same, and more steps are needed than without stages (132
    instead of 32 on a random program that is not convex, with one equality row).
    """

    count: int
    size: int
    rows: int = 0
    border: int = 0

    def split(self, x: Float[Array, " n"]) -> tuple[Float[Array, "stage size"], Float[Array, " border"]]:
        """The variables stage by stage, and those of the border."""
        return parted(x, self.count, self.size)

    def joint(self, own: Float[Array, "stage size"], border: Float[Array, " border"]) -> Float[Array, " n"]:
        """The reverse of `split`."""
        return joined(own, border)

    def fits(self, size: int, inequality: int, affine: int) -> None:
        """Compares with the sizes of a program.

        Raises: SolveError when they do not fit.
        """
        if size != self.count * self.size + self.border:
            raise SolveError(f"{self.count} stages of {self.size} variables and {self.border} more are not {size} variables")
        if inequality < self.count * self.rows:
            raise SolveError(f"{self.count} stages of {self.rows} rows are more than {inequality} inequality rows")
        if affine:
            raise SolveError("a program with stages has no affine rows: declare them as inequality rows of their stages")
