"""Rows lifted by what their wishes give, and which of the relaxed solves counts, on small rows made by hand."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.planner import elastic as module
from capexmodel.planner.chart import Chart, Linear
from capexmodel.planner.elastic import Bench, Elastic
from capexmodel.planner.search import Curved, Given
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.solvers.base import NonlinearProgram, Solution, Status
from capexmodel.solvers.kept import blank
from tests.unit.planner.fakes import fake, wish

MATRIX = np.array([[1.0, -2.0], [3.0, 0.5], [0.0, 4.0]])
OFFSET = np.array([0.7, -0.3, 0.9])
SUMS = np.array([[2.0, 3.0]])


def chart() -> Chart:
    """Two of three choices are free."""
    rows = jnp.arange(3), jnp.arange(2)
    return Chart(jnp.array([7.0, 8.0, 9.0]), jnp.array([2.0, 3.0, 5.0]), jnp.array([0, 2]), *rows)


def told() -> Elastic:
    """Of three affine rows the first is nobody's; the wishes have other reliefs in each."""
    linear = fake(Linear, matrix=jnp.array(MATRIX), offset=jnp.array(OFFSET), sums_matrix=jnp.array(SUMS), sums_offset=jnp.array([0.25]))
    given = fake(Given, chart=chart(), linear=linear)
    where = jnp.array([0, 2, 1]), jnp.array([2, 0])
    return fake(
        Elastic, given=given, affine_wish=where[0], curved_wish=where[1], affine_relief=jnp.array([0.0, 0.4, 0.6]),
        curved_relief=jnp.array([1.5, 0.0]), price=jnp.array([3.0, 7.0]),
    )  # fmt: skip


NONE = module.Least(np.zeros(2), np.zeros(2), None)
X = np.array([1.1, 1.3, 0.2, 0.5])
"""Two choices and what two wishes give."""


def test_affine_rows_are_lifted_by_what_their_wish_gives() -> None:
    wanted = MATRIX @ X[:2] + OFFSET + np.array([0.0, 0.4 * 0.5, 0.6 * 0.2])
    np.testing.assert_allclose(module._straight(jnp.array(X), told()), wanted, rtol=1e-14)


def test_sums_are_those_of_the_choices_with_the_amounts_behind_them() -> None:
    np.testing.assert_allclose(module._summed(jnp.array(X), told()), [2.0 * 1.1 + 3.0 * 1.3 + 0.25, 0.2, 0.5], rtol=1e-14)


def test_breaking_costs_its_price() -> None:
    np.testing.assert_allclose(module._breakage(jnp.array([6.0, 0.2, 0.5]), told()), 3.0 * 0.2 + 7.0 * 0.5, rtol=1e-14)
    assert float(module._settled(told())) == 1e-6


def test_curved_rows_are_lifted_by_what_their_wish_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Curved, "__call__", lambda self, sums, given: jnp.array([5.0, 6.0]) * jnp.sum(sums))
    rows = module.Relaxed(fake(Curved))(jnp.array([6.0, 0.2, 0.5]), told())
    np.testing.assert_allclose(rows, [30.0 + 1.5 * 0.5, 36.0], rtol=1e-14)


def stand(**parts) -> Bench:
    """Two wishes of three rows, over two choices and a date."""
    affine = [0.0, 0.0, 0.6], [0.0, 0.4, 0.0]
    own = {
        "wishes": [wish("a", affine=affine[0]), wish("b", affine=affine[1])], "belongs": np.array([0, 2, 1]), "offset": OFFSET,
        "matrix": np.hstack([MATRIX, [[0.0], [0.0], [0.0]]]), "dates": np.array([False, False, True]), "mine": np.ones(3, bool),
        "told": told(), "solves": 0, "last": None, "x0": np.array([2.0, 2.0, 1.0, 1.0]),
    }  # fmt: skip
    return fake(Bench, **(own | parts))


def ended(status=Status.OPTIMAL, value=1.0, x=X, primal=0.0, steps=30) -> Solution:
    """How a relaxed solve ended."""
    changed = (status, jnp.asarray(value), jnp.asarray(x), jnp.asarray(primal), jnp.int32(steps))
    return eqx.tree_at(lambda s: (s.status, s.value, s.x, s.errors.primal, s.steps), blank(Solution), changed)


def best(*ends: Solution, price=(1.0, 1.0)) -> tuple[int | None, bool, int]:
    """Which of the relaxed solves counts, whether that is proven, and how many were asked for."""
    asked = []

    def attempts(program, told, left):
        for end in ends:
            asked.append(end)
            yield end

    bench = stand(_attempts=attempts, dates=np.zeros(2, bool))
    solution, proven = bench._best(fake(NonlinearProgram), eqx.tree_at(lambda t: t.price, told(), jnp.array(price)), np.ones(4, bool))
    return next((k for k, end in enumerate(ends) if end is solution), None), proven, len(asked)


UNSURE, LOST = Status.FEASIBLE_NOT_PROVEN, Status.INFEASIBLE


def test_the_first_proven_solve_ends_the_search() -> None:
    assert best(ended(LOST), ended(value=5.0), ended(value=1.0)) == (1, True, 2)


def test_of_solves_that_are_not_proven_the_cheapest_counts() -> None:
    assert best(ended(UNSURE, 3.0), ended(UNSURE, 2.0), ended(UNSURE, 2.5)) == (1, False, 3)
    assert best(ended(UNSURE, 2.0), ended(UNSURE, 2.0)) == (0, False, 2)
    assert best(ended(LOST), ended(LOST)) == (None, False, 2)


@pytest.mark.parametrize(
    ("first", "second", "kept"), [(4.0, 4.0 + 3e-6, 1), (4.0, 4.0 + 5e-6, 0), (0.5, 0.5 + 0.9e-6, 1), (0.5, 0.5 + 1.1e-6, 0)]
)
def test_an_optimum_beats_what_is_as_cheap_to_what_a_solve_may_miss(first: float, second: float, kept: int) -> None:
    assert best(ended(UNSURE, first), ended(value=second)) == (kept, bool(kept), 2)


@pytest.mark.parametrize(("amounts", "proven"), [((1e-5, 0.0), True), ((0.0, 2e-5), False), ((2e-5, 0.0), False)])
def test_nothing_beats_what_breaks_nothing_that_has_a_price(amounts, proven) -> None:
    x = np.concatenate([X[:2], amounts])
    assert best(ended(UNSURE, 3.0, x), ended(LOST)) == (0, proven, 1 if proven else 2)
    assert best(ended(UNSURE, 3.0, x), price=(1.0, 0.9))[1] == (amounts[0] < 2e-5)


def attempts(monkeypatch, ends, last=None, left=(True, True, True, False)):
    """From where relaxed solves start, if they end so."""
    begun, kept = [], iter(ends)

    def minimize(program, start, told, solver, certified):
        assert (type(program), type(told)) == (NonlinearProgram, Elastic)
        begun.append(np.round(start, 12).tolist())
        assert (solver.max_steps, solver.cold_barrier, certified) == (120, 1.0, False)
        return next(kept)

    monkeypatch.setattr(module, "minimize", minimize)
    bench = stand(last=last, x0=np.array([2.0, 4.0, 6.0, 8.0]))
    found = list(bench._attempts(fake(NonlinearProgram), told(), np.array(left)))
    assert bench.solves == len(begun) == len(found)
    return begun


def test_relaxed_solves_start_from_plenty_and_more_and_less(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = attempts(monkeypatch, [ended(steps=119)] * 4)
    assert begun == [[2.0, 4.0, 6.0, 0.0], [10.0, 20.0, 30.0, 0.0], [50.0, 100.0, 150.0, 0.0], [0.4, 0.8, 1.2, 0.0]]
    begun = attempts(monkeypatch, [ended(steps=119)] * 5, np.array([0.5, 0.001, 0.02, 3.0]))
    assert begun[:2] == [[0.5, 0.01, 0.02, 0.0], [2.0, 4.0, 6.0, 0.0]]


@pytest.mark.parametrize(("status", "primal", "on"), [
    (Status.MAX_ITER, 1e-2, True), (Status.MAX_ITER, 2e-2, False), (Status.OPTIMAL, 5.0, True), (Status.NUMERIC, 1e-2, True),
])  # fmt: skip
def test_a_solve_whose_steps_ran_out_is_gone_on_with_if_it_is_near(monkeypatch, status, primal: float, on: bool) -> None:
    """Twice at most."""
    out = ended(status, x=np.array([0.5, 0.001, 0.02, 3.0]), primal=primal, steps=120)
    begun = attempts(monkeypatch, [out] * 12)
    assert begun[:2] == [[2.0, 4.0, 6.0, 0.0], [0.5, 0.01, 0.02, 0.0] if on else [10.0, 20.0, 30.0, 0.0]]
    assert len(begun) == (12 if on else 4)


def test_what_is_firm_shuts_what_its_row_holds_back() -> None:
    """A row of `b` needs more than there is of the second choice; while it may give, that stays open."""
    matrix, offset = np.array([[1.0, 1.0, 0.0], [1.0, -2.0, 0.0], [2.0, 3.0, 0.0]]), np.array([1.0, 0.0, 1.0])
    shut = np.array([[1.0, 1.0, 0.0], [0.0, -2.0, -1.0], [2.0, 3.0, 0.0]])
    assert stand(matrix=shut, offset=offset).open({1}).tolist() == [True, False, True]
    assert stand(matrix=shut, offset=offset).open({0}).tolist() == [True, True, True]
    assert stand(matrix=matrix, offset=offset).open({1}).tolist() == [True, True, True]
    assert stand(matrix=shut, offset=offset).closers == {1}


def test_next_to_no_help_is_none() -> None:
    """A thousandth of the most that one's own choices take, in the row."""
    matrix = np.array([[0.0039, -4.0, -9.0], [0.0041, -4.0, -9.0], [-0.5, 0.003, 0.0]])
    bench = stand(matrix=matrix, mine=np.array([True, True, False]))
    assert bench._stout.tolist() == [[0.0, -4.0, -9.0], [0.0041, -4.0, -9.0], [-0.5, 0.003, 0.0]]


def test_what_no_choice_helps_is_broken_outright_by_the_most_of_its_rows() -> None:
    matrix, offset = np.array([[1.0, 1.0, 0.0], [-1.0, -2.0, 0.0], [0.0, -3.0, 0.0]]), np.array([1.0, -0.8, -0.3])
    both = [wish("a", affine=[0.0, 0.0, 0.0]), wish("b", affine=[0.0, 0.4, 0.1])]
    assert stand(matrix=matrix, offset=offset).outright == {1: pytest.approx(0.8 / 0.4), 0: pytest.approx(0.3 / 0.6)}
    assert stand(matrix=matrix, offset=offset, wishes=both, belongs=np.array([0, 2, 2])).outright == {1: pytest.approx(0.3 / 0.1)}
    assert stand(matrix=np.abs(matrix), offset=offset).outright == {}
    assert stand(matrix=-matrix, offset=np.array([-1.0, -0.8, 0.3])).outright == {}


@pytest.mark.parametrize(("offset", "short"), [(-1e-7, False), (-1.1e-7, True), (0.5, False)])
def test_a_row_is_short_beyond_what_counts(offset: float, short: bool) -> None:
    bench = stand(matrix=-np.ones((3, 3)), offset=np.array([0.5, offset, -3.0]))
    assert bench._short(np.array([True, True, False]), set()).tolist() == [False, short, False]


def test_rows_that_hold_and_that_nothing_moves_are_switched_off() -> None:
    linear = told().given.linear
    moved = eqx.tree_at(lambda t: (t.given.linear.matrix, t.given.linear.offset), told(), (
        jnp.array([[1.0, 0.0], [1.0, 0.0], [1.0, 2.0]]), jnp.array([-1e-9, -2e-9, 0.9])))  # fmt: skip
    out = stand(told=moved)._told(np.array([0.5, 0.25]), np.array([False, True]))
    assert out.given.linear.offset.tolist() == [np.inf, -2e-9, 0.9]
    assert out.price.tolist() == [0.5, 0.25]
    assert linear.matrix.shape == (3, 2)


def least(solution, proven=False):
    """The least breaking, where a search over relaxed solves gives this."""
    asked = []

    def found(program, told, left):
        asked.append((program.upper.tolist(), told.price.tolist(), left.tolist()))
        return solution, proven

    program = fake(NonlinearProgram, objective=None, lower=None, upper=jnp.zeros(4))
    wishes = [wish("a", affine=[0.0, 0.0, 0.6], curved=[0.0, 0.0]), wish("none", affine=[0.0] * 3, curved=[0.0, 0.0])]
    bench = stand(_best=found, program=program, dates=np.zeros(2, bool), mine=np.array([True, False]), matrix=MATRIX, wishes=wishes)
    return bench, bench.least(np.array([0.5, 0.25]), {0}), asked


def test_a_least_breaking_tells_amounts_prices_and_the_choice_in_base_units() -> None:
    out = eqx.tree_at(
        lambda s: (s.multipliers.affine, s.multipliers.inequality), ended(), (jnp.array([9.0, 2.0, 3.0]), jnp.array([4.0, 8.0]))
    )
    bench, found, asked = least(out, True)
    assert found.amounts.tolist() == [0.2, 0.5]
    np.testing.assert_allclose(found.press, [3.0 * 0.6, 2.0 * 0.4 + 4.0 * 1.5], rtol=1e-14)
    np.testing.assert_allclose(found.choice, [1.1 * 2.0, 8.0, 1.3 * 5.0], rtol=1e-14)
    assert (found.proven, found.found) == (True, True)
    assert bench.last.tolist() == X.tolist()
    assert asked == [([np.inf, 0.0, np.inf, 0.0], [0.5, 0.25], [True, False, True, False])]


def test_no_breaking_was_found_at_any_price() -> None:
    _, found, _ = least(None)
    assert (found.amounts.tolist(), found.press.tolist()) == ([np.inf, np.inf], [np.inf, np.inf])
    assert (found.choice, found.found, found.proven) == (None, False, False)


def test_all_wishes_together_are_firm_and_cost_one() -> None:
    asked = []
    bench = stand(least=lambda price, firm: asked.append((price.tolist(), firm)) or NONE)
    assert bench.whole is NONE
    assert asked == [([1.0, 1.0], {0, 1})]


def test_rows_know_their_wish_and_its_relief() -> None:
    number, relief = module._belonging([np.array([0.0, 0.3, 0.0, 0.0]), np.array([0.7, 0.0, 0.0, -0.2])], 4)
    assert number.tolist() == [2, 1, 0, 2]
    assert relief.tolist() == [0.7, 0.3, 0.0, -0.2]


def test_on_a_shared_chart_every_name_has_a_place() -> None:
    own, shared = [wish("a", affine=[0.5], curved=[0.7]), wish("c", affine=[0.4], curved=[0.2])], SharedChart()
    shared.naming(["b", "c"])
    found = module._placed(own, shared)
    assert [one.name for one in found] == ["b", "c", "a"]
    assert (found[1], found[2]) == (own[1], own[0])
    assert (found[0].affine.tolist(), found[0].curved.tolist(), found[0].lever) == ([0.0], [0.0], own[0].lever)
    assert module._placed(own, None) is own
