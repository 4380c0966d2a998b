"""How long sites took that were built: against the channels they waited for."""

import jax.numpy as jnp
import pytest

from capexmodel.components.lead_time import one_stage
from capexmodel.config.lead_times import built, channels, ways
from capexmodel.errors import ConfigError
from capexmodel.studies.lead_times import online

GW = 1e9
MONTH_S, YEAR_S = 2629800.0, 31557600.0


def date_s(way: str, share: float) -> float:
    return float(one_stage(channels(way), jnp.asarray(GW)).date_s(jnp.asarray(share * GW)))


@pytest.mark.parametrize("name", built())
def test_what_was_built_took_a_time_that_its_way_gives(name):
    site = built()[name]
    assert date_s(site.way, 0.05) <= site.after_s <= max(date_s(site.way, 0.95), date_s(site.way, site.share) * 1.2)
    # Colossus 1 was filled faster than lots that are each bought by somebody else: its chips came as one order.
    if name != "colossus_1":
        assert date_s(site.way, site.share) == pytest.approx(site.after_s, rel=0.16)


def test_a_gigawatt_takes_one_to_three_and_a_half_years_without_a_new_line():
    for way in ("engines", "substation"):
        assert YEAR_S <= date_s(way, 0.5) <= 3.6 * YEAR_S
    assert date_s("grid", 0.5) > 3.6 * YEAR_S


def test_a_line_and_a_plant_bind_where_they_are_waited_for():
    for way, binding in (("engines", "shell"), ("substation", "transformer"), ("grid", "grid"), ("turbines", "turbines")):
        found = online(way, 0.5 * GW, GW)
        assert found.binding == binding
        assert found.after_s == pytest.approx(date_s(way, 0.5), rel=1e-9)
        assert sum(found.week_days.values()) == pytest.approx(7.0, rel=1e-9)
        assert found.bounds_s[0] * (1 - 1e-9) <= found.after_s <= found.bounds_s[1]


def test_an_order_placed_early_takes_a_channel_out_of_the_way():
    late = one_stage(channels("substation", {"transformer": 12 * MONTH_S}), jnp.asarray(GW)).date_s(jnp.asarray(0.5 * GW))
    assert float(late) - date_s("substation", 0.5) == pytest.approx(12 * MONTH_S, rel=0.01)


def test_what_is_not_known_is_refused():
    assert "engines" in ways()
    with pytest.raises(ConfigError, match=r"no way has this name, got \"engine\".*did you mean 'engines'"):
        channels("engine")
    with pytest.raises(ConfigError, match=r"no channel has this name.*did you mean 'transformer'"):
        channels("substation", {"transfomer": 1.0})
