"""Slopes three ways: they agree on shipped scenarios, a planted fault is found where it is, and a kink is told."""

import json

import jax
import numpy as np
import pytest

from capexmodel import config
from capexmodel.cli import main
from capexmodel.report.grads import gradients_document, gradients_page
from capexmodel.testing import bench as module
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import draw
from capexmodel.testing.grads import gradients
from capexmodel.testing.readings import aim_names, aims


@pytest.fixture(scope="module")
def base():
    return config.load("one_period")


@pytest.fixture(scope="module")
def found(base):
    return gradients(base)


@pytest.mark.long
def test_every_slope_is_that_of_differences(base, found):
    assert found.holds
    assert found.slopes.shape == (len(aim_names(base)), len(found.leaves))
    assert found.forward < 1e-12
    assert "Slopes hold." in gradients_page(found)
    assert gradients_document(found)["holds"]


def test_names_are_those_of_the_readings(base, found):
    before = Bench(base).observe(draw(base, [1], width=0.0))
    told = dict(zip(aim_names(base), np.asarray(jax.vmap(aims)(before))[0], strict=True))
    assert told["FY2026.capex_usd"] == before.capex_usd[0, 0]
    assert told["model.date_s"] == before.date_s[0, 0]
    assert told["heads_count"] == before.heads_count[0, -1]
    assert told["campus.it_power_w"] == before.it_power_w[0, 0, -1]


def test_a_slope_worked_out_by_hand(base, found):
    """A release that takes a percent longer comes a percent of that later, and every other slope of it is nothing."""
    column = next(k for k, leaf in enumerate(found.leaves) if leaf.path == "job.model.release_lag_s")
    expected = np.zeros(len(found.aims))
    expected[0] = float(base.job.release_lag_s[0]) / found.aims[0]
    np.testing.assert_allclose(found.slopes[:, column], expected, rtol=1e-12)


@pytest.mark.long
def test_a_slope_that_is_cut_is_found_where_it_is(base, monkeypatch):
    """The work of a model counts, but its slope is hidden."""
    real = module.simulate

    def cut(scenario, allocation, *balances):
        import equinox as eqx

        return real(
            eqx.tree_at(lambda s: s.job.work_eflop, scenario, jax.lax.stop_gradient(scenario.job.work_eflop)), allocation, *balances
        )

    monkeypatch.setattr(module, "simulate", cut)
    broken = gradients(base)
    assert not broken.holds
    assert {broken.leaves[k].path for _, k in np.argwhere(broken.broken)} == {"job.model.work_eflop"}
    page = gradients_page(broken)
    assert "Slopes do NOT hold." in page
    assert "job.model.work_eflop" in page


@pytest.mark.long
def test_the_command_writes_what_it_found(base, tmp_path, capsys):
    assert main(["grads", "one_period", "--example", "2", "--json", str(tmp_path / "grads.json")]) == 0
    told = json.loads((tmp_path / "grads.json").read_text())
    assert told["kind"] == "grads"
    assert told["broken"] == 0
    assert {row["reading"] for row in told["rows"]} <= set(aim_names(base))
    assert main(["grads", "one_period", "--allocation", str(tmp_path / "none.json")]) == 2
    assert "none.json: cannot be read" in capsys.readouterr().err
