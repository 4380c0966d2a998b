"""What is read off a scenario, of outcomes made up by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.scenario import Scenario
from capexmodel.model.simulate import Outcome
from capexmodel.studies import outputs as room
from capexmodel.studies.outputs import Output, outputs, read
from tests.bare import bare


def scenario() -> Scenario:
    """Three jobs, of which two have a deadline, and two years."""
    job = SimpleNamespace(
        names=("a", "b", "c"), deadlined=(True, False, True), weight=jnp.asarray([0.5, 2.0, 1.5]), deadline_s=jnp.asarray([30.0, 1.0, 70.0])
    )
    envelope = SimpleNamespace(high_usd=jnp.asarray([100.0, 200.0]), operating_usd=jnp.asarray([50.0, 60.0]))
    return bare(Scenario, job=job, calendar=SimpleNamespace(years=("FY1", "FY2")), envelope=envelope)


def outcome(
    dates: tuple = (30.0, 40.0, 60.0), reached: tuple = (True, True, True), capex: tuple = (90.0, 200.0), running: tuple = (50.0, 9.0)
):
    """Two chips at two sites over three periods."""
    stock = SimpleNamespace(
        chips_count=jnp.asarray([[[1.0, 5.0, 7.0], [1.0, 2.0, 11.0]], [[0.0, 3.0, 13.0], [4.0, 4.0, 17.0]]]),
        load=lambda name: {room.BALANCES[0]: jnp.asarray([[1.0, 2.0, 30.0], [4.0, 5.0, 60.0]])}[name],
    )
    return bare(
        Outcome, training=SimpleNamespace(date_s=jnp.asarray(dates), reached=jnp.asarray(reached)), stock=stock,
        money=SimpleNamespace(capex_usd=jnp.asarray(capex), operating_usd=jnp.asarray(running)),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _energy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "energy_j", lambda given, stock: jnp.asarray([[3.0, 5.0], [7.0, 11.0]]))


def row(**changed) -> dict[str, float]:
    """A row by name."""
    return dict(
        zip((output.name for output in outputs(scenario())), np.asarray(read(scenario(), outcome(**changed))).tolist(), strict=True)
    )


def test_outputs_have_units_and_say_which_are_shares() -> None:
    told = {output.name: (output.unit, output.share, output.instant) for output in outputs(scenario())}
    assert told == {
        "mean_date_s": ("s", False, True),
        "a.date_s": ("s", False, True),
        "b.date_s": ("s", False, True),
        "c.date_s": ("s", False, True),
        "reached": ("", True, False),
        "a.on_time": ("", True, False),
        "c.on_time": ("", True, False),
        "FY1.capex_usd": ("usd", False, False),
        "FY2.capex_usd": ("usd", False, False),
        "FY1.operating_usd": ("usd", False, False),
        "FY2.operating_usd": ("usd", False, False),
        "within_envelope": ("", True, False),
        "energy_j": ("j", False, False),
        "horizon.chips_count": ("count", False, False),
        "horizon.it_power_w": ("w", False, False),
    }
    assert Output("x", "s").share is False


def test_a_row_is_read_by_hand() -> None:
    """Dates weigh 0.5, 2 and 1.5 of 4; chips and power are those of the last period."""
    assert row() == {
        "mean_date_s": pytest.approx((15.0 + 80.0 + 90.0) / 4.0), "a.date_s": 30.0, "b.date_s": 40.0, "c.date_s": 60.0, "reached": 1.0,
        "a.on_time": 1.0, "c.on_time": 1.0, "FY1.capex_usd": 90.0, "FY2.capex_usd": 200.0, "FY1.operating_usd": 50.0,
        "FY2.operating_usd": 9.0, "within_envelope": 1.0, "energy_j": 26.0, "horizon.chips_count": 48.0, "horizon.it_power_w": 90.0,
    }  # fmt: skip


def test_a_date_that_is_not_reached_is_no_number_and_not_on_time() -> None:
    found = row(reached=(False, True, True))
    assert np.isnan([found["a.date_s"], found["mean_date_s"]]).all()
    assert (found["reached"], found["a.on_time"], found["c.on_time"], found["b.date_s"]) == (0.0, 0.0, 1.0, 40.0)
    late = row(dates=(30.1, 40.0, 71.0))
    assert (late["a.on_time"], late["c.on_time"], late["reached"]) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("capex", "running", "within"),
    [((100.00009, 200.0), (9.0, 9.0), 1.0), ((100.0002, 9.0), (9.0, 9.0), 0.0), ((9.0, 200.0003), (9.0, 9.0), 0.0),
     ((9.0, 9.0), (50.00004, 60.00005), 1.0), ((9.0, 9.0), (9.0, 60.0001), 0.0)],
)  # fmt: skip
def test_an_envelope_holds_in_every_year_but_for_rounding(capex: tuple, running: tuple, within: float) -> None:
    assert row(capex=capex, running=running)["within_envelope"] == within
