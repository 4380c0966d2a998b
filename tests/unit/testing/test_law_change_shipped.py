"""What laws are made of, the changes they make to examples, and which of them are tried on what is shipped."""

import numpy as np
import pytest

from capexmodel.config.locate import configs_dir
from capexmodel.testing import LAWS, law
from capexmodel.testing import shipped as module
from capexmodel.testing.cases import Cases, Reach
from capexmodel.testing.change import changed, planned, scaled, spread
from capexmodel.testing.check import Checked
from capexmodel.testing.law import Kind, Law, Verdict, apart, everywhere, named, nowhere
from tests.bare import bare
from tests.draws import shipped

PLACE = ("a", "b")


def body(bench, cases, before):
    """A law of nothing."""
    return nowhere(cases)


def given(identity, name, kind=Kind.OUTCOME):
    return law(identity, name, "it holds", 1e-3, "because", kind)(body)


def test_a_law_is_what_was_said_of_the_body_that_follows():
    assert law("L7", "name", "it holds", 1e-3, "because", Kind.PLAN, "off")(body) == Law(
        "L7", "name", "it holds", 1e-3, "because", body, Kind.PLAN, "off"
    )
    assert (given("L7", "n").kind, given("L7", "n").off, given("L7", "n").title) == (Kind.OUTCOME, "", "L7 n")
    assert Law("L7", "n", "s", 1.0, "r", body).kind is Kind.OUTCOME


def test_kinds_are_looked_at_in_one_of_so_many():
    assert [(kind.name, kind.value) for kind in Kind] == [("OUTCOME", 1), ("SLOPE", 2), ("PLAN", 30)]


def test_laws_are_asked_for_by_an_id_or_by_id_and_name():
    laws = [given("L1 L2", "a"), given("L2", "b"), given("L3", "c")]

    def titles(words):
        return [one.title for one in named(laws, words)]

    assert titles([]) == ["L1 L2 a", "L2 b", "L3 c"]
    assert titles(["L2"]) == ["L1 L2 a", "L2 b"]
    assert titles(["L1"]) == ["L1 L2 a"]
    assert titles(["L2 b", "L3"]) == ["L2 b", "L3 c"]
    assert titles(["b"]) == []


def test_a_verdict_counts_the_worst_of_all_axes_and_how_many_there_are():
    found = everywhere(np.asarray([[[0.5, 3.0], [2.0, 0.1]], [[-4.0, -3.0], [-6.0, -5.0]]]))
    np.testing.assert_array_equal(found.excess, [3.0, -3.0])
    assert (found.cells, found.applies.tolist()) == (4, [True, True])
    assert everywhere([0.5, 0.7]).cells == 1


def test_a_verdict_of_nowhere_is_off_in_every_example():
    found = nowhere([3, 5, 7])
    np.testing.assert_array_equal(found.tolerances, [-np.inf] * 3)
    assert (found.excess.tolist(), found.cells) == ([0.0] * 3, 1)
    assert Verdict(np.zeros(1), np.ones(1, bool)).cells == 1


@pytest.mark.parametrize(("one", "other", "floor", "expected"), [
    (8.0, 10.0, 0.0, 2.0), (10.0, 8.0, 0.0, 2.0), (-10.0, 8.0, 0.0, 18.0), (8.0, -10.0, 0.0, 18.0), (-3.0, -5.0, 0.0, 4.0),
    (8.0, 10.0, 40.0, 0.5), (7.0, 7.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0), (np.inf, np.inf, 3.0, 0.0),
])  # fmt: skip
def test_how_many_tolerances_two_numbers_are_apart(one, other, floor, expected):
    with np.errstate(invalid="ignore"):
        assert apart(np.asarray([one]), np.asarray([other]), 0.1, floor)[0] == pytest.approx(expected, rel=1e-14)


def test_apart_has_no_floor_unless_one_is_given():
    assert apart(np.asarray([3e-9]), np.asarray([4e-9]), 0.5)[0] == pytest.approx(0.5, rel=1e-12)


def cases():
    return Cases({PLACE: np.asarray([[3.0, 5.0], [7.0, 11.0]]), ("a", "c"): np.asarray([13.0, 17.0])}, {"x": np.asarray([2.5, 4.5])},
                 np.asarray([0.1, 0.2]))  # fmt: skip


def test_one_number_of_each_example_stands_beside_its_field():
    assert spread(3.0, np.zeros((2, 3, 4))).shape == (1, 1, 1)
    np.testing.assert_array_equal(spread(np.asarray([3, 5]), np.zeros((2, 3))), [[3.0], [5.0]])
    assert spread(3, np.zeros(2)).dtype == float


def test_a_field_is_scaled_by_a_number_of_each_example_and_nothing_else_is():
    found = scaled(cases(), PLACE, np.asarray([2.0, 3.0]))
    np.testing.assert_array_equal(found.numbers[PLACE], [[6.0, 10.0], [21.0, 33.0]])
    np.testing.assert_array_equal(found.numbers["a", "c"], [13.0, 17.0])
    assert found.plan["x"].tolist() == [2.5, 4.5]


def test_a_field_or_one_of_the_plan_is_a_function_of_what_it_was():
    found = changed(cases(), ("a", "c"), lambda values: values - 3.0)
    assert (found.numbers["a", "c"].tolist(), found.numbers[PLACE].shape) == ([10.0, 14.0], (2, 2))
    found = planned(cases(), "x", lambda values: values * 4.0)
    assert (found.plan["x"].tolist(), found.numbers["a", "c"].tolist()) == ([10.0, 18.0], [13.0, 17.0])


def test_laws_are_tried_on_every_scenario_that_is_shipped():
    files = {path.stem for path in (configs_dir() / "scenarios").glob("*.toml")}
    assert {name for name, _ in module.SHIPPED} == files
    assert all(kinds >= {Kind.OUTCOME, Kind.SLOPE} for _, kinds in module.SHIPPED)


def test_the_largest_scenario_that_is_shipped_is_not_planned(monkeypatch):
    asked, told, kinds = [], [], [given("L1", "a"), given("L2", "b", Kind.SLOPE), given("L3", "c", Kind.PLAN)]

    def check(scenario, laws, level, *, seed, reach, tell):
        asked.append((scenario, [one.id for one in laws], level, seed, reach))
        tell("ten")
        return bare(Checked)

    monkeypatch.setattr(module, "check", check)
    monkeypatch.setattr(module, "load", lambda name: shipped("one_period") if name == "one_period" else name)
    assert len(list(module.check_shipped(kinds, "deep", seed=5, reach=Reach.EDGE, tell=told.append))) == 5
    assert asked == [
        (shipped("one_period"), ["L1", "L2", "L3"], "deep", 5, Reach.EDGE), ("greenfield", ["L1", "L2", "L3"], "deep", 5, Reach.EDGE),
        *((name, ["L1", "L2"], "deep", 5, Reach.EDGE) for name in ("meta_2026", "cold_or_warm", "firm_power")),
    ]  # fmt: skip
    assert told == ["one_period: ten", "greenfield: ten", "meta_2026: ten", "cold_or_warm: ten", "firm_power: ten"]
    asked.clear()
    next(module.check_shipped(tell=told.append))
    assert asked == [(shipped("one_period"), [one.id for one in LAWS], "quick", 0, Reach.SANE)]
