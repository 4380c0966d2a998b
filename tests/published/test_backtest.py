"""What was predicted on 2 February 2026, and what came: as it is, misses too."""

import dataclasses
import datetime

import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.config.facts import SCORES, as_of, facts
from capexmodel.errors import ConfigError
from capexmodel.studies.backtest import Backtest, backtest, release_question

AT_THE_EDGE = {"capex_2026_july", "fleet_2024"}
"""Told as it is: the guidance of July and the fleet of 2024 lie just beyond the upper ends of their ranges, or at them, by the draws."""


@pytest.fixture(scope="module")
def found() -> Backtest:
    """The back-test of the shipped scenario."""
    return backtest()


def test_every_fact_that_came_later_is_scored_and_the_coverage_is_what_is_wanted(found: Backtest) -> None:
    scored = {row.fact.name for row in found.rows if row.scored}
    assert scored == {fact.name for fact in facts().values() if fact.use == SCORES}
    assert len(found.counted) >= 12
    assert not found.failed
    assert {row.fact.name for row in found.missed} <= AT_THE_EDGE
    assert all(found.row(name).place == pytest.approx(0.955, abs=0.015) for name in AT_THE_EDGE)


def test_the_fleet_is_within_the_range_that_was_published_later(found: Backtest) -> None:
    """The middle of the posterior, and more of it than of the prior: what was claimed taught something."""
    row, drawn = found.row("fleet_2025"), found.of("fleet_2025_count")
    assert row.fact.low is not None
    assert row.fact.high is not None
    assert row.fact.low < np.median(drawn) < row.fact.high
    before = found.before[0].of("fleet_2025_count")
    assert drawn.std() < before.std()
    assert np.median(before) < row.fact.low, "the prior alone would have missed it"


def test_the_release_lies_within_the_middle_four_fifths_of_what_was_predicted(found: Backtest) -> None:
    row = found.row("avocado_release")
    assert row.place is not None
    assert 0.1 < row.place < 0.9
    day = as_of() + datetime.timedelta(seconds=row.fact.value)
    assert day == datetime.date(2026, 4, 8)


def test_scores_are_numbers_and_draws_are_many(found: Backtest) -> None:
    assert all(np.isfinite([row.crps, row.log_score]).all() and row.crps > 0 for row in found.rows)
    assert all(each.effective > 500 for each in found.after)
    kept = found.row("manus_kept")
    assert kept.place is None
    assert kept.log_score == pytest.approx(np.log1p(-kept.middle))
    assert not kept.counts


def test_a_scenario_of_another_day_or_without_the_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="is as of"):
        release_question(load("one_period"))
    with pytest.raises(ConfigError, match="has no job 'avocado'"):
        release_question(load("greenfield"))


def test_a_scenario_that_knows_what_came_is_refused() -> None:
    """Hindsight bars a scenario from back-tests."""
    scenario = load("meta_2026")
    knowing = dataclasses.replace(scenario, evidence=dataclasses.replace(scenario.evidence, hindsight=("morgan-stanley-2026",)))
    with pytest.raises(ConfigError, match="published after its as-of date \\(morgan-stanley-2026\\)"):
        release_question(knowing)
