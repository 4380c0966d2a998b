"""Strategies for Hypothesis: what they draw is valid, near what it should be near, and shrinks to the scenario itself."""

import equinox as eqx
import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from capexmodel import config
from capexmodel.errors import ConfigError
from capexmodel.testing.cases import declared, numbers_of
from capexmodel.testing.strategies import CATALOG, allocations, bad_configs, catalogs, envelopes, perturb, scenarios
from tests.draws import run

pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
"""The checker of types that tests run under draws which member of a list it looks at."""

QUIET = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def base():
    return config.load("one_period")


def moved(base, scenario) -> set[str]:
    """Tables of which some number is not as shipped."""
    own, new = numbers_of(base), numbers_of(scenario)
    return {place[0] for place in own if not np.array_equal(own[place], new[place])}


@pytest.mark.parametrize("reach", ["sane", "edge", "hostile"])
def test_scenarios_are_valid(base, reach):
    @QUIET
    @given(perturb(base, reach))
    def each(scenario):
        for (table, field), promise in declared(base).items():
            for value in np.unique(getattr(getattr(scenario, table), field)):
                assert promise.complaint(float(value)) is None, (table, field, value)

    each()


@pytest.mark.long
def test_they_shrink_to_the_scenario_they_are_near(base):
    assert eqx.tree_equal(find(perturb(base), lambda one: True), base)


def test_envelopes_move_money_alone(base):
    @QUIET
    @given(envelopes(base))
    def each(scenario):
        assert moved(base, scenario) <= {"envelope"}

    each()


def test_catalogs_move_what_can_be_bought_alone(base):
    @QUIET
    @given(catalogs(base, "edge"))
    def each(scenario):
        assert moved(base, scenario) <= set(CATALOG)

    each()


def test_a_shipped_scenario_by_its_name():
    drawn = find(scenarios("edge", "one_period"), lambda one: True, settings=settings(phases=[Phase.generate]))
    assert drawn.name == "one_period"


def test_allocations_are_of_the_size_of_the_envelope(base):
    @QUIET
    @given(allocations(base))
    def each(allocation):
        spent = float(np.sum(run(base, allocation).money.capex_usd))
        assert 0.0 < spent <= 2.0 * float(np.max(base.envelope.high_usd))
        assert all(bool(np.isfinite(part).all()) for part in jax.tree.leaves(allocation))

    each()


@given(bad=bad_configs("one_period"))
@QUIET
def test_bad_files_are_refused_in_one_line_that_names_the_fault(bad, tmp_path):
    content, fault = bad
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert fault.names in str(caught.value)
