"""What one unit of each choice is, which choices can do anything in a town, and what is affine in them."""

import dataclasses
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from capexmodel.model.pace import Pace
from capexmodel.planner import chart as module
from capexmodel.planner.chart import Chart
from capexmodel.planning.choice import nothing
from capexmodel.planning.problem import Form, Problem
from capexmodel.solvers.kept import blank
from tests.unit.planner.fakes import sizes
from tests.unit.planner.town import changed, town

DAY_S = 86400.0
STARTS = np.array([0.0, 58.0, 149.0, 241.0, 333.0, 423.0, 514.0, 606.0])
"""Days from the as-of date at which decision intervals begin; the horizon is day 698."""


def in_time(lead_days: float, spread: float) -> np.ndarray:
    """The earliest of an interval's order, at its fastest, is there before the horizon."""
    return STARTS + lead_days * (1.0 - spread) < 698.0


def can(scenario=None, form: Form | None = None) -> SimpleNamespace:
    """Which choices can do anything, as booleans."""
    scenario = town() if scenario is None else scenario
    found = module.possible(scenario, Problem(town()).form if form is None else form)
    return SimpleNamespace(**{name: np.asarray(part) > 0 for name, part in vars(found.orders).items()}, end_s=found.end_s.tolist())


def test_every_choice_has_its_own_unit() -> None:
    unit = module.units(town(), sizes())
    wanted = {
        "chips_count": 5.0, "hall_w": 7.0, "source_w": 7.0, "energy_j": 23.0, "ports_count": 5.0, "reserve_usd": 3.0, "rented_count": 0.5,
        "hires_count": 13.0, "taken": 1.0, "run_eflops": 11.0, "experiment_eflops": 11.0,
    }  # fmt: skip
    assert {f.name for f in dataclasses.fields(unit.orders)} == set(wanted)
    for name, size in wanted.items():
        part = getattr(unit.orders, name)
        assert part.shape == getattr(nothing(town()).orders, name).shape
        assert set(np.ravel(part).tolist()) == {size}
    assert unit.end_s.tolist() == [17.0, 17.0]


def test_chips_are_bought_where_sites_are_open_once_they_are_made() -> None:
    lead = np.array([90.0, 300.0, 20.0]) * DAY_S
    found = can(changed(town(), accelerator__install_s=lead, accelerator__install_spread=[0.1, 0.2, 0.5])).chips_count
    made = np.array([[True] * 8, [True] * 8, [False] * 3 + [True] * 5])
    wanted = made & np.array([in_time(90.0, 0.1), in_time(300.0, 0.2), in_time(20.0, 0.5)])
    assert wanted[:2].sum(axis=1).tolist() == [8, 6]
    np.testing.assert_array_equal(found, np.array([True, True, False])[None, :, None] & wanted[:, None, :])


def test_ports_come_with_the_network_of_their_site() -> None:
    given = changed(town(), network__install_s=np.array([150.0, 400.0]) * DAY_S, network__install_spread=[0.1, 0.3])
    wanted = [in_time(150.0, 0.1)] * 2 + [in_time(400.0, 0.3)]
    np.testing.assert_array_equal(can(given).ports_count, np.array([True, True, False])[:, None] & np.array(wanted))


def test_halls_and_sources_are_started_where_crews_are_and_in_time() -> None:
    lead = np.array([500.0, 250.0]) * DAY_S
    given = changed(town(), hall__build_s=lead, hall__build_spread=[0.1, 0.2], source__build_s=lead[::-1], source__build_spread=[0.2, 0.1])
    found, times = can(given), np.array([in_time(500.0, 0.1), in_time(250.0, 0.2)])
    assert times.sum(axis=1).tolist() == [4, 6]
    np.testing.assert_array_equal(found.hall_w, np.array([True, False, True])[None, :, None] & times[:, None, :])
    np.testing.assert_array_equal(found.source_w, np.array([True, False, False])[None, :, None] & times[::-1][:, None, :])


def test_energy_is_given_by_sources_that_stand_apart_and_come_in_time() -> None:
    assert can().energy_j.tolist() == [[[False] * 2] * 3, [[True] * 2, [False] * 2, [False] * 2]]
    late = changed(town(), source__build_s=np.array([100.0, 900.0]) * DAY_S, source__build_spread=[0.1, 0.1])
    assert not can(late).energy_j.any()


def test_money_is_kept_back_for_a_year_that_follows() -> None:
    assert can().reserve_usd.tolist() == [True, False]


def test_rentals_are_those_on_offer_and_in_time() -> None:
    given = changed(
        town(), rental__install_s=np.array([10.0, 250.0]) * DAY_S, rental__install_spread=[0.2, 0.2], rental__offered_count_per_s=[0.1, 0.2]
    )
    np.testing.assert_array_equal(can(given).rented_count, [in_time(10.0, 0.2), in_time(250.0, 0.2)])
    np.testing.assert_array_equal(can().rented_count, [[False] * 8, [True] * 8])


def test_people_are_hired_where_a_team_takes_any() -> None:
    assert can().hires_count.tolist() == [True] * 8
    assert can(changed(town(), staff__hiring_per_s=0.0)).hires_count.tolist() == [False] * 8
    assert not can().taken.any()


@pytest.mark.parametrize("active", [(True, False), (False, True), (False, False)])
def test_active_jobs_run_where_they_reach(active: tuple[bool, bool]) -> None:
    form = dataclasses.replace(Problem(town()).form, active=active, timed=active[::-1])
    found = can(form=form)
    wanted = np.array(active)[:, None, None] & np.array([True, True, False])[None, :, None]
    np.testing.assert_array_equal(found.run_eflops, np.broadcast_to(wanted, (2, 3, 15)))
    assert found.experiment_eflops.tolist() == [any(active)] * 15
    assert found.end_s == [float(one) for one in active[::-1]]


def test_a_survey_lays_out_what_is_bought_and_the_units_and_what_is_possible() -> None:
    seen = module.survey._function(town(), Problem(town()).form, jnp.array([0.25, 0.75]))
    layout = ravel_pytree(nothing(town()))[1]
    base, unit = layout(seen.base), layout(seen.unit)
    assert base.orders.taken.tolist() == [0.25, 0.75]
    assert float(jnp.sum(seen.base)) == 1.0
    assert np.unique(unit.end_s).tolist() == pytest.approx([698.0 * DAY_S / 48.0])
    assert layout(seen.possible).orders.rented_count.tolist() == [[0.0] * 8, [1.0] * 8]


def test_free_choices_stand_in_their_units_and_the_rest_as_they_are() -> None:
    count = ravel_pytree(nothing(town()))[0].size
    none = jnp.zeros(0, int)
    base, unit = np.full(count, 0.5), np.full(count, 4.0)
    unit[-1] = 8.0
    chart = Chart(jnp.array(base), jnp.array(unit), jnp.array([1, count - 1]), none, none)
    choice = chart.choice(jnp.array([3.0, 5.0]), town())
    assert choice.orders.chips_count[0, 0, :3].tolist() == [0.5, 12.0, 0.5]
    assert choice.end_s.tolist() == [0.5, 40.0]


def test_flat_sums_get_their_names_back() -> None:
    shapes = {
        "near_eflops": (2, 15), "experiment_eflops": (15,), "heads_count": (15,), "bought_count": (2, 8), "end_s": (2,),
        "list_capex_usd": (2,), "other_usd": (2,),
    }  # fmt: skip
    total = sum(int(np.prod(shape)) for shape in shapes.values())
    found, at = module.gist(town(), blank(Pace), jnp.arange(float(total))), 0
    for name, shape in shapes.items():
        count = int(np.prod(shape))
        np.testing.assert_array_equal(getattr(found.sums, name), np.arange(at, at + count, dtype=float).reshape(shape))
        at += count
    assert found.scenario is town()


class Rows:
    """A stand-in for a form: what it gives is written down here."""

    def affine(self, seen, size):
        return jnp.stack([3.0 - 2.0 * seen[0] + 5.0 * seen[1], 7.0 * seen[1]])

    def cost(self, sums, size):
        return sums[0] * sums[1]

    def curved(self, sums, size):
        return jnp.stack([sums[2] ** 3, sums[0]])


class Seen:
    """A stand-in for a view of two choices, of which there are three sums."""

    def __init__(self, x) -> None:
        self.x = x

    def __getitem__(self, place: int):
        return self.x[place]

    def sums(self):
        return jnp.stack([0.5 + 2.0 * self.x[0], 4.0 * self.x[1], 0.25 - self.x[0]])


def test_what_is_affine_is_read_off_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two sums are coupled, and the third with itself."""
    monkeypatch.setattr(module, "view", lambda scenario, choice, speed: Seen(choice))
    monkeypatch.setattr(module, "gist", lambda scenario, speed, sums: sums)
    monkeypatch.setattr(Chart, "choice", lambda self, x, scenario: x)
    monkeypatch.setattr(module, "Linear", lambda *parts: parts)
    none = jnp.zeros(0, int)
    chart = Chart(jnp.zeros(2), jnp.ones(2), jnp.array([0, 1]), none, none)
    unchecked = module.linear._function.__wrapped__
    matrix, offset, sums_matrix, sums_offset, coupled, speed = unchecked(town(), blank(Pace), sizes(), Rows(), chart)
    assert (matrix.tolist(), offset.tolist()) == ([[-2.0, 5.0], [0.0, 7.0]], [3.0, 0.0])
    assert (sums_matrix.tolist(), sums_offset.tolist()) == ([[2.0, 0.0], [0.0, 4.0], [-1.0, 0.0]], [0.5, 0.0, 0.25])
    assert np.asarray(coupled).tolist() == [[False, True, False], [True, False, False], [False, False, True]]
    assert type(speed) is Pace
