"""Work, research and compute, where what is done by a date is written down by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model import training
from capexmodel.planning import physics as module
from capexmodel.planning.choice import Gist, Sums, View
from tests.unit.planner.fakes import fake
from tests.unit.planner.town import changed, town
from tests.unit.planning.views import numbers, seen


def gist(monkeypatch, done=(6.0, 9.0)) -> tuple[Gist, list]:
    """Of the first run 8 are left, of the second nothing; so much is done by the ends."""
    asked = []

    def by(self, time_s):
        asked.append(time_s.tolist())
        return jnp.array(done)

    monkeypatch.setattr(Gist, "run_done_eflop", by)
    monkeypatch.setattr(Gist, "research_done_eflop", by)
    given = changed(town(), job__work_eflop=[10.0, 5.0], job__done=[0.2, 1.0])
    return fake(Gist, scenario=given, sums=fake(Sums, end_s=jnp.array([3.0, 4.0]))), asked


def test_a_run_is_over_when_its_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    some, asked = gist(monkeypatch)
    np.testing.assert_allclose(module.Work().slack(some), [6.0 / 8.0 - 1.0, 1.0], rtol=1e-12)
    assert asked == [[3.0, 4.0]]


def test_a_model_is_ready_when_its_research_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    some, asked = gist(monkeypatch)
    monkeypatch.setattr(training, "research_demand_eflop", lambda scenario: jnp.array([0.0, 4.0]))
    np.testing.assert_allclose(module.Readiness().slack(some), [1.0, 9.0 / 4.0 - 1.0], rtol=1e-12)
    assert asked == [[3.0, 4.0]]


def test_compute_is_used_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stands, runs, tries, core = numbers(3, 15) * 7.0, numbers(2, 3, 15), numbers(15) + 0.5, numbers(15) + 0.25
    monkeypatch.setattr(View, "installed_eflops", lambda self: jnp.asarray(stands))
    monkeypatch.setattr(View, "core_eflops", lambda self: jnp.asarray(core))
    view = seen(run_eflops=runs, experiment_eflops=tries)
    np.testing.assert_allclose(module.SiteCompute().slack(view), stands - runs[0] - runs[1])
    np.testing.assert_allclose(module.FleetCompute().slack(view), stands.sum(axis=0) - core - runs.sum(axis=(0, 1)) - tries)


def test_what_holds_in_every_problem() -> None:
    assert [one.name for one in module.PHYSICS] == ["work", "readiness", "site_compute", "fleet_compute", "source_energy", "drawn_energy"]
