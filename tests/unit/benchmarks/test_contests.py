"""Contests of solvers on published problems are judged as they say."""

import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks.entrants import balanced, judged
from benchmarks.profile import shares
from benchmarks.published import Published
from benchmarks.standings import Rules, best_known, solved
from capexmodel.solvers import NonlinearProgram

BOOK = Rules(relative=1e-4, absolute=1e-4, by_book=True, optimal=True)
FREE = Rules(relative=1e-2, absolute=1e-4, by_book=False, optimal=False)


def found(value: float, error: float = 0.0, violation: float = 0.0, book: float | None = 1.0) -> dict[str, float | None]:
    """What a solver found."""
    return {"value": value, "kkt_error": error, "violation": violation, "book": book}


def test_shares_count_problems_within_a_ratio() -> None:
    got = shares({"a": np.array([1.0, 4.0, np.inf]), "b": np.array([2.0, 2.0, np.inf])})
    assert got["a"][0].tolist() == [1.0, 2.0]
    assert got["a"][1].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_the_book_stands_where_somebody_reaches_it() -> None:
    assert best_known({"a": found(1.00001), "b": found(2.0)}, BOOK) == (1.0, "book")
    assert best_known({"a": found(1.5), "b": found(2.0)}, BOOK) == (1.5, "a")
    assert best_known({"a": found(0.5, violation=1e-3), "b": found(2.0)}, FREE) == (2.0, "b")


@pytest.mark.parametrize(
    ("one", "rules", "wanted"),
    [
        (found(1.00005), BOOK, True),
        (found(1.001), BOOK, False),
        (found(0.5), BOOK, True),
        (found(1.0, error=1e-3), BOOK, False),
        (found(1.0, error=1e-3), FREE, True),
        (found(1.0, violation=1e-3), FREE, False),
        (found(float("nan")), FREE, False),
        ({"ended": "not done"}, FREE, False),
    ],
)
def test_solved_means_close_to_the_best_and_feasible(one: dict[str, float | None], rules: Rules, wanted: bool) -> None:
    assert solved(one, 1.0, rules) is wanted


def test_balanced_prices_are_those_of_the_optimum() -> None:
    """Of x0^2 + x1^2 over x0 + x1 = 3 and x0 >= 2 the prices at (2, 1) are 2 and 2."""
    program = NonlinearProgram(
        objective=lambda x, args: x @ x, equality=lambda x, args: jnp.reshape(x[0] + x[1] - 3.0, (1,)), lower=jnp.asarray([2.0, -jnp.inf])
    )
    problem = Published("made up", program, jnp.asarray([5.0, 5.0]), None, None, (0, 1))
    prices = balanced(problem, jnp.asarray([2.0, 1.0]))
    assert prices.equality.tolist() == pytest.approx([2.0])
    assert prices.lower.tolist() == pytest.approx([2.0, 0.0])
    assert judged(problem, jnp.asarray([2.0, 1.0]), None)["kkt_error"] <= 1e-9
    assert judged(problem, jnp.asarray([2.5, 0.5]), None)["kkt_error"] >= 0.1
