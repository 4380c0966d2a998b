"""The chain to the release of a model, and what a site can hold, of scenarios and draws made up by hand."""

import datetime
from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.figures import Given
from capexmodel.errors import ConfigError
from capexmodel.model.leaves import leaves
from capexmodel.model.scenario import Scenario
from capexmodel.studies import known_release as room
from capexmodel.studies.belief import Beliefs
from capexmodel.studies.known_release import ReleaseChain, release_chain
from tests.bare import bare
from tests.draws import shipped

MFU = "utilization.mfu"


def beliefs(*names: str) -> Beliefs:
    """Figures by name alone."""
    return bare(Beliefs, names=names)


def scenario(job: str = "avocado", hindsight: tuple[str, ...] = ()) -> Scenario:
    """A small scenario with a job of this name."""
    made = shipped("one_period")
    evidence = SimpleNamespace(hindsight=hindsight, figures={})
    return bare(
        Scenario,
        **(vars(made) | {"evidence": evidence, "name": "small", "job": bare(type(made.job), **(vars(made.job) | {"names": (job,)}))}),
    )


def test_a_date_that_is_not_reached_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are written by their path; the date is that of the job."""
    written: list = []
    training = SimpleNamespace(reached=jnp.asarray([True, False, True]), date_s=jnp.asarray([3.0, 5.0, 7.0]))
    monkeypatch.setattr(room, "write", lambda given, places, numbers: written.append((given, places, numbers.tolist())) or "written")
    monkeypatch.setattr(
        room, "simulate", lambda given, plan: SimpleNamespace(training=training) if (given, plan) == ("written", "plan") else None
    )
    values = {"a": jnp.asarray(11.0), "b": jnp.asarray(13.0)}

    def chain(job: int) -> ReleaseChain:
        return bare(ReleaseChain, scenario="s", allocation="plan", leaves="places", paths=("b", "a"), job=job)

    assert chain(2).predict(values).tolist() == [7.0]
    assert written == [("s", "places", [13.0, 11.0])]
    assert np.isnan(chain(1).predict(values)).all()


def test_a_chain_needs_its_job_and_its_figures_and_no_hindsight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "release_beliefs", lambda: beliefs(MFU, "no.such_figure"))
    with pytest.raises(ConfigError, match=r"small: has no figure 'no\.such_figure', of which something is believed"):
        release_chain(scenario())
    with pytest.raises(ConfigError, match="small: has no job 'avocado', expected one: it has melon"):
        release_chain(scenario("melon"))
    with pytest.raises(ConfigError, match=r"rests on sources published after its as-of date .one, two"):
        release_chain(scenario(hindsight=("one", "two")))


def test_the_run_has_all_that_can_be_reached_and_experiments_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is bought."""
    monkeypatch.setattr(room, "release_beliefs", lambda: beliefs(MFU))
    shapes = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype),
        room.express(shipped("one_period"), room.nothing(shipped("one_period")).orders),
    )
    monkeypatch.setattr(room.jax, "eval_shape", lambda function: shapes)
    found = release_chain(scenario())
    assert (found.quantities, found.paths, found.job) == (("avocado_date_s",), (MFU,), 0)
    assert found.leaves == tuple(leaf for leaf in leaves(shipped("one_period")) if leaf.path == MFU)
    plan = found.allocation
    assert (plan.run_share.shape, np.unique(plan.run_share).tolist()) == (shapes.run_share.shape, [1.0])
    assert np.unique(plan.experiment_share).tolist() == [1.0]
    bought = eqx.tree_at(lambda p: (p.run_share, p.experiment_share), plan, (jnp.zeros(1), jnp.zeros(1)))
    assert all(not np.any(leaf) for leaf in jax.tree.leaves(bought))


def test_figures_of_what_a_campus_can_hold_are_told_by_their_names() -> None:
    held = {
        name: room._holds(f"site.x.{name}")
        for name in ("hall_power_w.2026", "site_power_w.2026", "slip_s", "power_slip_s", "peak_pue", "average_pue")
    }
    assert held == {
        "hall_power_w.2026": True,
        "site_power_w.2026": True,
        "slip_s": True,
        "power_slip_s": True,
        "peak_pue": True,
        "average_pue": False,
    }


def test_a_campus_holds_the_less_of_its_halls_and_its_power(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a day: halls as late as the site, power by its own slip too, less its overhead."""
    asked: list = []
    monkeypatch.setattr(room, "base", lambda day, unit, origin: float((day - origin).days))
    monkeypatch.setattr(room.timing, "level", lambda at, dates, power: (power * (at[0] >= dates)).max(axis=1, keepdims=True))
    site = {
        "hall_at_s": jnp.asarray([[0.0, 1.0], [0.0, 40.0]]), "hall_power_w": jnp.asarray([[7.0, 9.0], [10.0, 40.0]]),
        "site_at_s": jnp.asarray([[0.0, 1.0], [0.0, 50.0]]), "site_power_w": jnp.asarray([[7.0, 9.0], [24.0, 60.0]]),
        "peak_pue": jnp.asarray([1.1, 1.5]),
    }  # fmt: skip

    def written(given: Scenario, places: tuple, row: jnp.ndarray) -> SimpleNamespace:
        slips = {"slip_s": jnp.stack([jnp.asarray(0.0), row[0]]), "power_slip_s": jnp.stack([jnp.asarray(0.0), row[1]])}
        return SimpleNamespace(site=SimpleNamespace(**site, **slips))

    rows = jnp.asarray([[0.0, 0.0], [70.0, 0.0], [0.0, 60.0], [55.0, 3.0], [3.0, 50.0]])
    monkeypatch.setattr(room, "write", written)
    monkeypatch.setattr(room, "draws", lambda *given: asked.append(given) or SimpleNamespace(leaves=(), rows=lambda index: rows[index]))
    ranges = {f"site.prometheus.{name}": (1.0, 3.0) for name in ("slip_s", "power_slip_s", "average_pue")} | {
        "site.other.slip_s": (1.0, 3.0)
    }
    figures = {
        path: SimpleNamespace(low=low, high=high) for path, (low, high) in (ranges | {"site.prometheus.peak_pue": (3.0, 3.0)}).items()
    }
    given = bare(
        Scenario,
        evidence=SimpleNamespace(figures=figures),
        calendar=SimpleNamespace(as_of="2026-02-02"),
        site=SimpleNamespace(names=("other", "prometheus")),
    )
    day = (datetime.date(2026, 5, 15) - datetime.date(2026, 2, 2)).days
    assert day == 102
    assert room.site_w(given, 5, 8).tolist() == [40.0, 10.0, 16.0, 16.0, 16.0]
    assert asked[0][1:] == (5, 8, ("site.prometheus.slip_s", "site.prometheus.power_slip_s"))


def test_a_first_part_is_there_with_the_last_of_its_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of their own, and by way of building the latest channel in each draw."""
    own = {"size_w": Given(3.0, 2.0, 5.0)}
    ways = {"standing_shell": {"a_s": Given(10.0, 5.0, 20.0), "b_s": Given(11.0, 9.0, 13.0)}, "rapid": {"c_s": Given(7.0, 6.0, 9.0)}}
    monkeypatch.setattr(room, "beliefs", lambda name: own if name == "outlook" else {})
    monkeypatch.setattr(room, "leads", ways.get)
    found = room.outlook(6, 4)
    known = room.believed(own | ways["standing_shell"] | ways["rapid"])
    rows = np.stack([np.asarray(known.figures(score)) for score in jax.random.normal(jax.random.key(4), (6, 4))])
    assert set(found) == {"size_w", "standing_shell_s", "rapid_s"}
    assert found["size_w"] == pytest.approx(rows[:, 0])
    assert found["standing_shell_s"] == pytest.approx(np.maximum(rows[:, 1], rows[:, 2]))
    assert found["rapid_s"] == pytest.approx(rows[:, 3])
