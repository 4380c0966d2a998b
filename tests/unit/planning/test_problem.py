"""Which limits hold, which jobs run and have a date to meet, and the rows of a form."""

import jax.numpy as jnp
import pytest

from capexmodel.errors import ModelError
from capexmodel.planning.choice import Gist, View
from capexmodel.planning.constraint import AbstractAffine, AbstractConstraint, AbstractCurved
from capexmodel.planning.limits import LIMITS, Crews, Deadline, Envelope, Hiring, StaffFloor
from capexmodel.planning.objective import PresentCost, TimeToModel, WorkByDate
from capexmodel.planning.problem import Form, Problem
from tests.unit.planner.fakes import fake, sizes
from tests.unit.planner.town import changed, town


def jobs(aim, limits=None) -> tuple:
    """Which jobs run, and which have a date to meet; the first has a deadline."""
    form = Problem(town(), aim, limits).form
    return form.active, form.timed


def test_a_job_runs_where_the_aim_or_a_deadline_asks_for_it() -> None:
    assert jobs(TimeToModel()) == ((True, True), (True, True))
    assert jobs(TimeToModel(job="second")) == ((True, True), (True, True))
    assert jobs(TimeToModel(job="second"), (Crews(),)) == ((False, True), (False, True))
    assert jobs(TimeToModel(job="second"), (Crews(), Deadline())) == ((True, True), (True, True))
    assert jobs(PresentCost()) == ((True, False), (True, False))


def test_work_by_a_date_has_no_date_to_meet() -> None:
    assert jobs(WorkByDate(job="first")) == ((True, False), (False, False))
    assert jobs(WorkByDate(job="second")) == ((True, True), (True, False))


def test_all_limits_hold_unless_some_are_named_and_those_on_a_whole_plan_where_stated() -> None:
    assert Problem(town()).limits == LIMITS
    capped = changed(town(), preference__most_w=5.0)
    assert [one.name for one in Problem(capped, subject_to=(Crews(),)).limits] == ["hall_starts", "total_power"]
    assert [one.name for one in Problem(capped).limits[-2:]] == ["carbon", "total_power"]
    held = [one.name for one in Problem(town(), subject_to=(Crews(),)).form.constraints]
    assert held == ["work", "readiness", "site_compute", "fleet_compute", "source_energy", "drawn_energy", "hall_starts"]
    assert Problem(town()).minimize == TimeToModel()


def test_limits_that_are_not_held_are_lifted() -> None:
    assert Problem(town()).lifted == ()
    lifted = [one.name for one in Problem(town(), subject_to=LIMITS[2:]).lifted]
    assert lifted == ["envelope", "operating"]


def test_a_job_that_is_not_there_is_refused_at_once() -> None:
    with pytest.raises(ModelError, match="third"):
        Problem(town(), TimeToModel(job="third"))


def form(*constraints: AbstractConstraint) -> Form:
    return Form(TimeToModel(), constraints, (True,), (True,))


def test_rows_are_named_by_their_places() -> None:
    some = form(Crews(), Envelope(), Hiring())
    rows = some.rows(town(), AbstractAffine)
    assert len(rows) == 3 * 8 + 8
    assert [(one.name, place) for one, place in (rows[0], rows[9], rows[-1])] == [
        ("hall_starts", ("east", "2026Q1")), ("hall_starts", ("west", "2026Q2")), ("hiring", ("2027Q4",)),
    ]  # fmt: skip
    ends = [place for _, place in some.rows(town(), AbstractCurved)]
    assert ends == [("high", "FY2026"), ("high", "FY2027"), ("low", "FY2026"), ("low", "FY2027")]
    assert form().rows(town(), AbstractAffine) == []


def test_slacks_and_cost_are_in_natural_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Crews, "slack", lambda self, view: jnp.arange(24.0).reshape(3, 8))
    monkeypatch.setattr(StaffFloor, "slack", lambda self, view: jnp.full(16, 26.0))
    monkeypatch.setattr(Envelope, "slack", lambda self, gist: jnp.array([[3.0, 6.0], [9.0, 12.0]]))
    monkeypatch.setattr(TimeToModel, "cost", lambda self, gist: jnp.asarray(51.0))
    some, view, gist = form(Crews(), Envelope(), StaffFloor()), fake(View), fake(Gist)
    assert some.affine(view, sizes()).tolist() == pytest.approx([k / 7.0 for k in range(24)] + [2.0] * 16)
    assert some.curved(gist, sizes()).tolist() == [1.0, 2.0, 3.0, 4.0]
    assert float(some.cost(gist, sizes())) == 3.0
    assert form(Envelope()).affine(view, sizes()).shape == form(Crews()).curved(gist, sizes()).shape == (0,)
