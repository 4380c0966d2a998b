"""What each aim costs and whom it concerns, where dates and costs are written down by hand."""

import jax.numpy as jnp
import pytest

from capexmodel.errors import ModelError
from capexmodel.planning.choice import Gist
from capexmodel.planning.objective import PresentCost, TimeToModel, WorkByDate
from tests.unit.planner.fakes import fake, sizes
from tests.unit.planner.town import changed, town


@pytest.fixture
def gist(monkeypatch: pytest.MonkeyPatch) -> Gist:
    """Dates of 10 and 30, of weights 3 and 1; a cost of 50 at 0.2 a dollar; work that is half of the deadline's date."""
    monkeypatch.setattr(Gist, "date_s", jnp.array([10.0, 30.0]))
    monkeypatch.setattr(Gist, "present_usd", lambda self: jnp.asarray(50.0))
    monkeypatch.setattr(Gist, "run_done_eflop", lambda self, time_s: 0.5 * time_s)
    given = changed(town(), job__weight=[3.0, 1.0], preference__cost_s_per_usd=0.2, job__deadline_s=[12.0, 14.0])
    return fake(Gist, scenario=given)


def test_the_mean_date_is_weighted_and_one_date_is_itself(gist: Gist) -> None:
    assert float(TimeToModel().aim(gist)) == 15.0
    assert float(TimeToModel().cost(gist)) == 25.0
    assert float(TimeToModel(job="second").aim(gist)) == 30.0
    assert float(TimeToModel(job="first").cost(gist)) == 20.0
    assert TimeToModel().weights(gist.scenario).tolist() == [0.75, 0.25]
    assert TimeToModel(job="second").weights(gist.scenario).tolist() == [0.0, 1.0]


def test_work_by_a_date_counts_as_a_gain(gist: Gist) -> None:
    aim = WorkByDate(job="second")
    assert (float(aim.cost(gist)), float(aim.aim(gist)), aim.value(-7.0)) == (-7.0, -7.0, 7.0)
    assert float(WorkByDate(job="first").cost(gist)) == -6.0


def test_cost_is_the_present_one(gist: Gist) -> None:
    assert (float(PresentCost().cost(gist)), float(PresentCost().aim(gist)), PresentCost().value(3.0)) == (50.0, 50.0, 3.0)


def test_each_aim_has_a_name_a_unit_and_a_size() -> None:
    aims = TimeToModel(), WorkByDate(job="first"), PresentCost()
    assert [(aim.name, aim.unit, float(aim.size(sizes()))) for aim in aims] == [
        ("time_to_model", "s", 17.0), ("work_by_date", "eflop", 187.0), ("present_cost", "usd", 3.0),
    ]  # fmt: skip
    assert (TimeToModel().job, PresentCost().job, TimeToModel().value(3.0)) == (None, None, 3.0)


def test_an_aim_concerns_its_job_or_all() -> None:
    assert TimeToModel().concerns(town()) == (True, True)
    assert TimeToModel(job="second").concerns(town()) == (False, True)
    with pytest.raises(ModelError, match=r"^no job of town is called 'third': it has first, second$"):
        TimeToModel(job="third").concerns(town())


def test_a_target_needs_a_deadline() -> None:
    assert PresentCost().concerns(town()) == (True, False)
    assert PresentCost(job="first").concerns(town()) == (True, False)
    with pytest.raises(ModelError, match=r"^the cost of a target needs a deadline: no job asked for has one in town$"):
        PresentCost(job="second").concerns(town())
