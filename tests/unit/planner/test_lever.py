"""Rows grouped into wishes, and the numbers by which these give, on rows that are plain functions of a scenario."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.planner import lever as module
from capexmodel.planner.lever import Lever
from capexmodel.planning.constraint import AbstractAffine, AbstractConstraint, AbstractCurved
from capexmodel.planning.limits import Crews, Envelope, StaffFloor, VendorSupply
from capexmodel.planning.problem import Form, Problem
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import changed, town


def test_a_number_is_named_by_table_member_and_field() -> None:
    assert Lever("site", "hall_power_w", "west").path == "site.west.hall_power_w"
    assert Lever("staff", "floor_count", None).path == "staff.floor_count"
    assert Lever("staff", "floor_count", None).size == 1.0


def test_a_number_is_read_and_pushed_at_all_its_dates_and_only_there() -> None:
    lever = Lever("site", "hall_power_w", "east")
    assert lever.read(town()).tolist() == [20e6, 60e6]
    pushed = lever.push(town(), 3e6)
    assert pushed.site.hall_power_w.tolist() == [[23e6, 63e6], [10e6, 10e6], [7e6, 7e6]]
    assert float(Lever("staff", "floor_count", None).push(town(), -20.0).staff.floor_count) == 30.0
    assert Lever("staff", "floor_count", None).read(town()).tolist() == 50.0


def test_a_number_stays_within_its_bounds() -> None:
    lever = Lever("site", "hall_power_w", "east")
    assert lever.push(town(), -20e6) is not None
    assert lever.push(town(), -21e6) is None
    assert Lever("staff", "floor_count", None).push(town(), -51.0) is None


def test_a_path_is_a_member_where_the_place_names_one() -> None:
    found = [module._lever(town(), *asked) for asked in (
        ("site.hall_power_w", ("2027-01-01", "west")), ("staff.floor_count", ("west",)), ("job.deadline_s", ("second",)),
        ("envelope.high_usd", ("high", "FY2027")), ("site.hall_power_w", ("nowhere",)),
    )]  # fmt: skip
    assert [one.path for one in found] == [
        "site.west.hall_power_w", "staff.floor_count", "job.second.deadline_s", "envelope.FY2027.high_usd", "site.hall_power_w",
    ]  # fmt: skip


@pytest.mark.parametrize(("limit", "place", "told"), [
    (Crews(), ("east", "2026Q1"), "east"), (StaffFloor(), ("2026-01-01",), ""), (Envelope(), ("high", "FY2026"), "high FY2026"),
])  # fmt: skip
def test_instants_are_not_told(limit: AbstractConstraint, place: tuple[str, ...], told: str) -> None:
    assert module._told(limit, place) == told


def looked(rows, scenario=None) -> module._Looked:
    """Rows of a scenario, as functions of its numbers."""
    scenario = town() if scenario is None else scenario

    def both(given):
        affine, curved = rows(given)
        return np.array([float(one) for one in affine]), np.array([float(one) for one in curved])

    return module._Looked(scenario, both, both(scenario))


MINE = np.array([True, True, False]), np.array([True, False])


def crews(given):
    """Two rows of one's own move with the crews of a site, and one does not count."""
    rate = given.site.hall_starts_w_per_s[0]
    return (2.0 * rate, 4.0 * rate + 7.0, 90.0 * rate), (3.0 * rate, 80.0 * rate)


def test_an_effect_is_that_on_ones_own_rows() -> None:
    look = looked(crews)
    moved = Lever("site", "hall_starts_w_per_s", "east").push(town(), 0.5)
    affine, curved = look.effect(moved, MINE)
    np.testing.assert_allclose(affine, [1.0, 2.0, 0.0], rtol=1e-9)
    np.testing.assert_allclose(curved, [1.5, 0.0], rtol=1e-9)
    assert [part.tolist() for part in look.effect(None, MINE)] == [[0.0] * 3, [0.0] * 2]


def test_a_wish_gives_by_one_natural_unit_of_the_row_it_moves_most() -> None:
    found = module._wish(looked(crews), Crews(), ("east", "2026Q1"), MINE)
    assert (found.name, found.place, found.lever.path) == ("hall_starts.east", "east", "site.east.hall_starts_w_per_s")
    assert found.lever.size == pytest.approx(1.0 / 4.0, rel=1e-9)
    np.testing.assert_allclose(found.affine, [0.5, 1.0, 0.0], rtol=1e-9)
    np.testing.assert_allclose(found.curved, [0.75, 0.0], rtol=1e-9)


def test_a_number_that_gives_by_falling_has_a_size_below_nothing() -> None:
    def floor(given):
        return (-2.0 * given.staff.floor_count, 5.0, 0.0), (-8.0 * given.staff.floor_count, 0.0)

    found = module._wish(looked(floor), StaffFloor(), ("2026-03-01",), MINE)
    assert (found.name, found.lever.size) == ("staff_floor", pytest.approx(-1.0 / 8.0, rel=1e-9))
    np.testing.assert_allclose(found.affine, [0.25, 0.0, 0.0], rtol=1e-9)
    np.testing.assert_allclose(found.curved, [1.0, 0.0], rtol=1e-9)


def test_a_nudge_is_a_hundredth_of_the_largest_of_a_number() -> None:
    pushed = []

    def rows(given):
        pushed.append(float(given.staff.floor_count))
        return (-given.staff.floor_count, 0.0, 0.0), (0.0, 0.0)

    module._wish(looked(rows), StaffFloor(), ("2026-03-01",), MINE)
    assert pushed[1:] == [50.5, 49.5]
    pushed.clear()
    module._wish(looked(rows, changed(town(), staff__floor_count=0.0)), StaffFloor(), ("2026-03-01",), MINE)
    assert pushed[1:] == [1.0]


@pytest.mark.parametrize(("offer", "stretch", "chosen"), [(3.0, 1.0, "offered_count_per_s"), (1.0, 1e9, "stretch")])
def test_of_several_numbers_the_one_that_does_most_is_the_lever(offer: float, stretch: float, chosen: str) -> None:
    def rows(given):
        return (offer * given.supply.offered_count_per_s[0, 0], stretch * 1e-3 * given.supply.stretch[0], 0.0), (0.0, 0.0)

    least = changed(town(), supply__stretch=[1e-9 if stretch == 1.0 else 0.5, 0.5])
    found = module._wish(looked(rows, least), VendorSupply(), ("maker", "2026Q1"), MINE)
    assert found.lever.path == f"supply.maker.{chosen}"


def test_no_wish_where_no_number_does_anything_or_none_is_stated() -> None:
    assert module._wish(looked(lambda given: ((1.0, 2.0, 3.0), (4.0, 5.0))), StaffFloor(), ("x",), MINE) is None
    tiny = looked(lambda given: ((-1e-13 * given.staff.floor_count, 2.0, 3.0), (4.0, 5.0)))
    assert module._wish(tiny, StaffFloor(), ("x",), MINE) is None
    endless = changed(town(), staff__floor_count=np.inf)
    assert (
        module._wish(looked(lambda given: ((given.staff.hiring_per_s, 2.0, 3.0), (4.0, 5.0)), endless), StaffFloor(), ("x",), MINE) is None
    )


class Plain(AbstractConstraint):
    """A limit without a number behind it."""

    name: str = "plain"
    unit: str = "w"
    axes: tuple[str, ...] = ("site",)


def test_rows_of_a_limit_at_a_place_are_one_wish_whatever_the_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told by its first row, in the order of their last ones; affine ones come first."""
    rows = {
        AbstractAffine: [(Crews(), ("east", "q1")), (Crews(), ("west", "q1")), (Plain(), ("east",)), (Crews(), ("east", "q2"))],
        AbstractCurved: [(Envelope(), ("high", "FY2026")), (Crews(), ("west", "q3"))],
    }
    asked = []

    def wish(look, constraint, place, mine):
        asked.append((constraint.name, place, [part.tolist() for part in mine]))
        return None if place == ("west", "q1") else fake(module.Wish, name=place[0])

    monkeypatch.setattr(Form, "rows", lambda self, scenario, kind: rows[kind])
    monkeypatch.setattr(module, "_rows", lambda given, form, size, base: (jnp.arange(4.0), jnp.arange(2.0)))
    monkeypatch.setattr(module, "_wish", wish)
    found = module.wishes(town(), Problem(town()).form, fake(module.Sizes), jnp.zeros(3))
    assert [one.name for one in found] == ["east", "high"]
    off = [False] * 2
    assert asked == [
        ("hall_starts", ("east", "q1"), [[True, False, False, True], off]),
        ("envelope", ("high", "FY2026"), [[False] * 4, [True, False]]),
        ("hall_starts", ("west", "q1"), [[False, True, False, False], [False, True]]),
    ]
