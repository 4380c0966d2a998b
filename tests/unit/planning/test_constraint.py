"""What every constraint has: levers, a natural size, and names along its axes."""

from capexmodel.planning.constraint import axis_labels
from capexmodel.planning.limits import Crews, Hiring, VendorSupply
from capexmodel.planning.physics import SiteCompute
from tests.unit.planner.fakes import sizes
from tests.unit.planner.town import town


def test_a_constraint_is_sized_by_its_unit() -> None:
    assert [float(one.size(sizes())) for one in (Crews(), Hiring(), VendorSupply())] == [7.0, 13.0, 5.0]


def test_a_constraint_names_its_axes_and_may_have_no_lever() -> None:
    assert VendorSupply().labels(town()) == (("maker", "house"), town().calendar.decisions)
    assert SiteCompute().labels(town()) == (("east", "west", "south"), town().calendar.periods)
    assert SiteCompute().levers == ()


def test_axes_are_labeled_by_members_or_by_the_calendar() -> None:
    assert (len(axis_labels(town(), "edge")), axis_labels(town(), "edge")[:2]) == (16, ("2026-02-02", "2026-03-01"))
    assert (axis_labels(town(), "year"), axis_labels(town(), "decision")[0]) == (("FY2026", "FY2027"), "2026Q1")
    assert (axis_labels(town(), "vendor"), axis_labels(town(), "hall")) == (("maker", "house"), ("shell", "tent"))
    assert (len(axis_labels(town(), "period")), axis_labels(town(), "period")[-1]) == (15, "2027Q4")
