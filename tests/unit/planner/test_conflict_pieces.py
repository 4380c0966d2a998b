"""The deletion filter and the changes it leads to, with solves that are answered by hand."""

import numpy as np
import pytest

from capexmodel.planner import conflict as module
from capexmodel.planner.elastic import Bench, Least
from capexmodel.planner.lever import Lever
from capexmodel.planner.shared_chart import SharedChart
from capexmodel.planning.problem import Problem
from tests.draws import shipped
from tests.unit.planner.fakes import fake, quiet, wish

PATHS = ("staff.floor_count", "envelope.FY2026.high_usd", "site.campus.hall_power_w", "job.model.deadline_s")
SIZES = (-3.0, 7.0, 5.0, 11.0)
CHOICE = np.array([3.0, 4.0])
TAKEN = np.array([1.0, 0.0])


def least(amounts, press=None, proven=True, choice=CHOICE) -> Least:
    """An answer of a relaxed solve."""
    amounts = np.asarray(amounts, float)
    return Least(amounts, np.zeros(amounts.size) if press is None else np.asarray(press, float), choice, proven)


NONE = Least(np.full(4, np.inf), np.full(4, np.inf), None)


def stand(answer=None, whole=None, outright=None, closers=()) -> Bench:
    """Four wishes, and how a relaxed solve at some prices is answered."""
    wishes = [wish(f"w{k}", path, size) for k, (path, size) in enumerate(zip(PATHS, SIZES, strict=True))]
    return fake(Bench, wishes=wishes, least=answer, whole=whole, outright=outright or {}, closers=set(closers))


def clash(*sets: set[int], asked: list | None = None):
    """A solve in which any of these sets cannot hold together: each of its members has a price then, and no other wish."""

    def answer(price: np.ndarray, firm: set[int]) -> Least:
        if asked is not None:
            asked.append((price.tolist(), set(firm)))
        hit = next((some for some in sets if some <= firm), set())
        on = np.array([float(k in hit) for k in range(4)])
        return least(0.3 * on, 2.0 * on)

    return answer


def problem() -> Problem:
    return Problem(shipped("one_period"))


def test_members_cost_one_and_all_others_next_to_nothing() -> None:
    asked: list = []
    assert module.conflicts(stand(clash({1, 3}, asked=asked)), {3, 1}) == (True, {1, 3})
    assert asked == [([1e-6, 1.0, 1e-6, 1.0], {1, 3})]


@pytest.mark.parametrize(("amount", "proven", "real"), [(1.1e-5, True, True), (1e-5, True, False), (5.0, False, False)])
def test_a_conflict_is_a_proven_breaking_of_a_member(amount: float, proven: bool, real: bool) -> None:
    bench = stand(lambda price, firm: least([9.0, amount, 0.0, 0.0], [0.0, 0.0, 1.1e-6, 9.0], proven))
    assert module.conflicts(bench, {1, 2}) == (real, {1, 2} if amount > 1e-5 else {2})


def test_no_members_do_not_conflict() -> None:
    assert module.conflicts(stand(lambda price, firm: least([5.0] * 4, [5.0] * 4)), set()) == (False, set())


def test_what_is_broken_outright_needs_no_solve() -> None:
    assert module.conflicts(stand(outright={2: 0.5, 3: 0.1}), {0, 2}) == (True, {2})


def test_a_wish_presses_by_its_price_or_by_being_broken() -> None:
    amounts, press = np.array([1e-5, 1.1e-5, 0.0, 9.0]), np.array([1e-6, 0.0, 1.1e-6, 9.0])
    assert module._pressing(amounts, press, {0, 1, 2}) == {1, 2}


def test_the_filter_asks_about_those_that_press_least_first() -> None:
    told: list[str] = []
    bench = stand(clash({0, 1, 2}), closers={3})
    kept = module.irreducible(bench, {0, 1, 2, 3}, np.array([0.3, 0.1, 0.2, 0.4]), told.append)
    assert kept == {0, 1, 2}
    assert told == [f"conflict: is w{k} part of it?" for k in (1, 2, 0, 3)]


def test_of_two_conflicts_one_is_kept() -> None:
    """Without the wish that presses least the other conflict is left, and those without a price go with it."""
    told: list[str] = []
    assert module.irreducible(stand(clash({0, 1}, {2, 3})), {0, 1, 2, 3}, np.array([0.1, 0.2, 0.4, 0.3]), told.append) == {0, 1}
    assert told == ["conflict: is w0 part of it?", "conflict: is w1 part of it?"]
    assert module.irreducible(stand(clash({2, 3}), closers={0}), {0, 1, 2, 3}, np.arange(4.0), told.append) == {2, 3}


def test_suspects_that_do_not_conflict_are_widened_to_all_wishes() -> None:
    assert module.irreducible(stand(clash({1, 3})), {0, 1}, np.ones(4), quiet) == {1, 3}
    assert module.irreducible(stand(clash()), {0, 1}, np.ones(4), quiet) == set()


def test_members_without_a_price_go_only_if_the_rest_conflicts() -> None:
    asked: list = []
    bench = stand(clash({0, 1}, asked=asked), closers={2})
    assert module._screened(bench, {0, 1, 3}, {0, 1}) == {0, 1}
    assert module._screened(bench, {0, 1, 2, 3}, {0, 1}) == {0, 1, 2}
    assert module._screened(bench, {0, 1, 3}, {0}) == {0, 1, 3}
    assert [firm for _, firm in asked] == [{0, 1}, {0, 1, 2}, {0}]
    assert module._screened(bench, {0, 1}, {0, 1}) == {0, 1}
    assert len(asked) == 3


@pytest.mark.parametrize("whole", [NONE, least([1e-5, 0.0, 0.0, 0.0], [1.0] * 4)])
def test_nothing_is_needed_where_no_breaking_is_seen(whole: Least) -> None:
    assert module._needed(stand(clash({0, 1}), whole), quiet) == []


def test_a_price_alone_makes_a_suspect() -> None:
    asked: list = []
    module._needed(stand(clash({1, 3}, asked=asked), least([5e-6, 0.2, 0.0, 0.0], [0.0, 0.0, 0.0, 5e-6])), quiet)
    assert asked[0][1] == {1, 3}


def test_what_is_needed_is_among_what_presses_and_what_closes() -> None:
    asked: list = []
    bench = stand(clash({1, 3}, asked=asked), least([0.0, 0.2, 0.0, 0.0], [0.0, 0.5, 0.0, 0.0]), closers={3})
    assert module._needed(bench, quiet) == [1, 3]
    assert asked[0][1] == {1, 3}


def test_a_change_is_an_amount_with_its_margins_in_units_of_the_lever() -> None:
    assert module._change(wish("w", size=-3.0), 0.5, 0.1, 0.02) == pytest.approx(-3.0 * 0.57)


def test_of_one_number_the_largest_change_counts() -> None:
    bench = stand()
    bench.wishes[1] = wish("again", PATHS[0], -2.0)
    found = module._changes(bench, {0: 0.5, 1: 0.9, 3: 0.2}, (0.1, 0.01))
    assert found == {1: pytest.approx(-2.0), 3: pytest.approx(11.0 * 0.23)}
    assert module._changes(bench, {0: 0.8, 1: 0.9}, (0.0, 0.0)) == {0: pytest.approx(-2.4)}


def applied(monkeypatch: pytest.MonkeyPatch, works) -> list:
    """Answer whether changes work, and keep what was asked."""
    asked: list = []

    def answer(problem, taken, changes, near=None, shared=None) -> bool:
        assert isinstance(problem, Problem)
        assert taken is TAKEN
        asked.append(({one.name: change for one, change in changes.items()}, near, shared))
        return works(len(asked))

    monkeypatch.setattr(module, "applies", answer)
    return asked


def test_changes_are_tried_with_a_small_margin_and_then_a_larger_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, shared = applied(monkeypatch, lambda count: count == 2), SharedChart()
    found = module._tried(problem(), TAKEN, stand(), {1: 0.5}, CHOICE, shared)
    assert found == {1: pytest.approx(7.0 * (0.5 * 1.01 + 1e-3), rel=1e-12)}
    assert asked[0][0] == {"w1": pytest.approx(7.0 * (0.5 * 1.001 + 1e-4), rel=1e-12)}
    assert all(near is CHOICE and chart is shared for _, near, chart in asked)
    assert module._tried(problem(), TAKEN, stand(), {}, CHOICE, shared) == {}
    assert len(asked) == 2
    applied(monkeypatch, lambda count: False)
    assert module._tried(problem(), TAKEN, stand(), {1: 0.5}, None, shared) == {}


def test_alone_a_wish_gives_while_all_others_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, tried, told = [], applied(monkeypatch, lambda count: True), []

    def answer(price, firm):
        asked.append((price.tolist(), firm))
        return least([1e-5, 0.0, 0.4, 0.0])

    change = module._alone(problem(), TAKEN, stand(answer), 2, told.append, SharedChart())
    assert change == (pytest.approx(5.0 * (0.4 * 1.001 + 1e-4), rel=1e-12), True)
    assert asked == [([1e3, 1e3, 1.0, 1e3], {0, 1, 3})]
    assert told == ["conflict: how far w2 would have to give"]
    assert tried[0][1] is CHOICE


@pytest.mark.parametrize(
    ("other", "proven", "finite"), [(1e-5, True, True), (2e-5, True, False), (1e-2, False, True), (2e-2, False, False)]
)
def test_no_change_alone_where_others_are_broken_too(monkeypatch, other: float, proven: bool, finite: bool) -> None:
    applied(monkeypatch, lambda count: True)
    bench = stand(lambda price, firm: least([other, 0.0, 5.0, 0.0], proven=proven))
    change, works = module._alone(problem(), TAKEN, bench, 2, quiet, SharedChart())
    assert (np.isfinite(change), works) == (finite, finite)


def test_no_change_alone_where_no_plan_is_found() -> None:
    assert module._alone(problem(), TAKEN, stand(lambda price, firm: NONE), 2, quiet, SharedChart()) == (np.inf, False)


def test_a_change_that_was_not_found_to_work_is_told_with_its_larger_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or with the smaller one, where the number cannot be changed by more."""
    applied(monkeypatch, lambda count: False)
    bench = stand(lambda price, firm: least([0.0, 0.0, 0.4, 0.0]))
    larger, smaller = (5.0 * (0.4 * (1.0 + share) + more) for share, more in ((1e-2, 1e-3), (1e-3, 1e-4)))
    for most, wanted in ((9.0, larger), (0.5 * (larger + smaller), smaller), (0.0, np.inf)):
        monkeypatch.setattr(Lever, "push", lambda self, scenario, change, most=most: scenario if change <= most else None)
        assert module._alone(problem(), TAKEN, bench, 2, quiet, SharedChart()) == (pytest.approx(wanted, rel=1e-12), False)


def test_together_all_that_is_broken_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = applied(monkeypatch, lambda count: True)
    found = module._together(problem(), TAKEN, stand(whole=least([1e-5, 2e-5, 0.0, 0.4])), SharedChart())
    assert found == {1: pytest.approx(7.0 * (2e-5 * 1.001 + 1e-4), rel=1e-12), 3: pytest.approx(11.0 * (0.4 * 1.001 + 1e-4), rel=1e-12)}
    assert asked[0][1] is CHOICE
    assert module._together(problem(), TAKEN, stand(whole=NONE), SharedChart()) == {}


def test_fewer_wishes_are_broken_as_long_as_that_goes() -> None:
    asked: list = []
    answers = iter([least([0.5, 0.0, 0.3, 0.3], proven=False), least([0.5, 0.1, 0.4, 0.0], proven=False)])

    def answer(price, firm):
        asked.append((price.tolist(), firm))
        return next(answers)

    ended = module._fewer(stand(answer), least([0.5, 0.01, 0.2, 0.011], proven=False))
    assert ended.amounts.tolist() == [0.5, 0.0, 0.3, 0.3]
    assert asked == [([1.0, 1e3, 1.0, 1.0], {0, 1, 2, 3}), ([1.0, 1e3, 1.0, 1.0], {0, 1, 2, 3})]


def ways(monkeypatch, alone=None, tried=None, together=None, in_turn=None):
    """Answer each way of relaxing by hand."""
    monkeypatch.setattr(module, "_alone", lambda problem, taken, bench, k, progress, shared: (alone or {})[k])

    def answer(value):
        def one(problem, taken, stand, *rest):
            assert (type(problem), type(stand), type(rest[-1])) == (Problem, Bench, SharedChart)
            assert taken is TAKEN
            return value or {}

        return one

    for name, value in (("_tried", tried), ("_together", together), ("_in_turn", in_turn)):
        monkeypatch.setattr(module, name, answer(value))

    def run(bench, needed, told=quiet):
        return module._ways(problem(), TAKEN, bench, needed, told, SharedChart())

    return run


FAILS, WORKS = (np.inf, False), (3.0, True)


def test_where_one_wish_alone_works_no_others_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    run, told = ways(monkeypatch, {0: FAILS, 1: WORKS}, together={2: 1.5, 3: 2.5}), []
    assert run(stand(), [0, 1], told.append) == ({0: FAILS, 1: WORKS}, {})
    assert told == []


def test_where_none_alone_works_several_together_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    none = {0: FAILS, 1: (9.0, False)}
    assert ways(monkeypatch, none, together={2: 1.5, 3: 2.5}, in_turn={1: 7.0})(stand(), [0, 1]) == (none, {2: 1.5, 3: 2.5})
    assert ways(monkeypatch, none, in_turn={1: 7.0, 3: 5.0})(stand(), [0, 1]) == (none, {1: 7.0, 3: 5.0})
    assert ways(monkeypatch, none, together={2: 1.5})(stand(), [0, 1]) == (none, {2: 1.5})


def test_together_may_turn_out_to_be_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run = ways(monkeypatch, {0: FAILS, 1: FAILS}, together={1: 1.5})
    assert run(stand(), [0, 1]) == ({0: FAILS, 1: (1.5, True)}, {})


def test_what_is_broken_outright_gives_just_that(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    run = ways(monkeypatch, tried={2: 4.5})
    assert run(stand(outright={2: 0.9}), [2], told.append) == ({2: (4.5, True)}, {})
    assert told == ["conflict: whether it is enough that w2 gave what must be"]
    assert ways(monkeypatch, {2: WORKS})(stand(outright={2: 0.9}), [2]) == ({2: WORKS}, {})


def test_two_numbers_broken_outright_give_together_only(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    run = ways(monkeypatch, {2: WORKS}, tried={2: 4.5, 3: 2.0})
    assert run(stand(outright={2: 0.9, 3: 0.2}), [2], told.append) == ({2: FAILS}, {2: 4.5, 3: 2.0})
    assert told == ["conflict: whether it is enough that w2, w3 gave what must be"]
