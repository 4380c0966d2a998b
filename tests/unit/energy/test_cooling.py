"""Cooling by the hour: first law, what rises with temperature, slopes, and what operators report."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capexmodel.config import siting
from capexmodel.energy.climate import Climate, Hours, hours
from capexmodel.energy.cooling import Cooled, Cooling, Loops, cooled
from capexmodel.errors import ConfigError

DRY = st.floats(-20, 45)
KWH_J = 3.6e6


def at(dry: float, wet: float) -> Cooled:
    """All shipped kinds in one hour."""
    return _at(jnp.asarray(dry), jnp.asarray(wet))


@jax.jit
def _at(dry: jax.Array, wet: jax.Array) -> Cooled:
    return cooled(siting.cooling(), siting.loops(), Hours(dry[None, None], wet[None, None]))


@jax.jit
def through(climate: Climate) -> Cooled:
    """All shipped kinds through a year."""
    return cooled(siting.cooling(), siting.loops(), hours(climate, 12, 24))


@given(DRY, st.floats(0, 15))
def test_heat_that_leaves_is_the_heat_of_it(dry: float, depression: float) -> None:
    """Free and lifted are all of it, neither is negative; overhead is no less than one, water no less than none."""
    found = at(dry, dry - depression)
    np.testing.assert_allclose(found.free_share + found.lifted_share, 1.0, rtol=0, atol=1e-9)
    least = (found.lifted_share, found.free_share, found.drawn_ratio - 1.0, found.water_kg_per_j)
    assert all(bool(jnp.all(share >= 0)) for share in least)


@given(DRY, st.floats(0, 15), st.floats(0.1, 5))
def test_overhead_rises_with_the_wet_bulb_and_with_the_dry_one(dry: float, depression: float, warmer: float) -> None:
    """In every kind, hour by hour."""
    base = at(dry, dry - depression).drawn_ratio
    humid, hot = at(dry, min(dry - depression + warmer, dry)).drawn_ratio, at(dry + warmer, dry - depression).drawn_ratio
    assert all(bool(jnp.all(warmer_ratio >= base - 1e-12)) for warmer_ratio in (humid, hot))
    assert bool(jnp.all(at(dry + warmer, dry - depression + warmer).drawn_ratio > base))


def test_a_dry_loop_takes_no_water_and_a_wet_one_evaporates_what_it_cools() -> None:
    """Outside air of 35 degrees, 20 wet: of 10 degrees missing to a supply of 27, all come from pads that can cool by 12."""
    found = at(35.0, 20.0)
    kinds = siting.cooling().names
    assert float(found.water_kg_per_j[kinds.index("immersion"), 0, 0]) == pytest.approx(0.0, abs=1e-15)
    cooling, loops = siting.cooling(), siting.loops()
    air = loops.names.index("air")
    share = (35.0 + float(loops.approach_celsius[air]) - float(loops.supply_celsius[air])) / float(loops.range_celsius[air])
    by_hand = float(cooling.drawn_ratio[kinds.index("air")]) * share / (2.501e6 - 2361.0 * 20.0)
    assert float(found.water_kg_per_j[kinds.index("air"), 0, 0]) == pytest.approx(by_hand, rel=0.02)


def test_a_chiller_by_hand() -> None:
    """A loop without free cooling: all heat lifted, at a share of Carnot's limit."""
    numbers = {"supply_celsius": 15.0, "range_celsius": 5.0, "approach_celsius": 3.0, "wetted_share": 0.0, "moving_share": 0.0}
    loop = Loops(
        ("only",),
        **{k: jnp.asarray([v]) for k, v in (numbers | {"still_share": 1.0, "condenser_celsius": 10.0, "carnot_share": 0.5}).items()},
    )
    kind = Cooling(("only",), jnp.ones((1, 1)), *(jnp.asarray([v]) for v in (0.02, 1.0, 1.0, 1.0)))
    weather = Hours(jnp.full((1, 1), 40.0), jnp.full((1, 1), 25.0))
    lift, cold = (40.0 + 10.0) - (15.0 - 3.0), 15.0 - 3.0 + 273.15
    assert float(cooled(kind, loop, weather).peak_pue[0]) == pytest.approx(1.02 + lift / (0.5 * cold), rel=1e-9)


def test_slopes_against_differences() -> None:
    """Annual overhead and water in every number of a climate and of loops."""
    climate, loops, kinds = siting.climates()["phoenix"], siting.loops(), siting.cooling()

    def total(given_climate: Climate, given_loops: Loops) -> jax.Array:
        found = cooled(kinds, given_loops, hours(given_climate, 12, 24))
        return jnp.sum(found.average_pue) + jnp.sum(found.peak_pue) + 1e6 * jnp.sum(found.wue_kg_per_j)

    slope, through_loops = jax.jit(jax.grad(total, argnums=(0, 1)))(climate, loops)
    value = jax.jit(total)
    for field in ("mean_celsius", "season_celsius", "day_celsius", "humidity_share", "offset_celsius"):
        number, step = getattr(climate, field), 1e-5
        ends = [value(dataclasses.replace(climate, **{field: number + sign * step}), loops) for sign in (1, -1)]
        assert float(getattr(slope, field)) == pytest.approx(float(ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-8), field
    for field in ("supply_celsius", "approach_celsius", "wetted_share", "moving_share", "carnot_share"):
        number, step = getattr(loops, field), 1e-5
        ends = [value(climate, dataclasses.replace(loops, **{field: number + sign * step})) for sign in (1, -1)]
        told = float(jnp.sum(getattr(through_loops, field)))
        assert told == pytest.approx(float(ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-8), field


def test_annual_overhead_where_operators_report_it() -> None:
    """Air at a cold site between the best site of Europe and the buildings of Meta, at hot ones between the best of Asia and those of
    Phoenix; water at the cold site below what Meta takes, at the dry and hot one above.
    """
    reported, kinds = siting.file("cooling")["reported"], siting.cooling().names
    air, pue = kinds.index("air"), {name: body["average_pue"]["value"] for name, body in reported.items()}
    found = {place: through(climate) for place, climate in siting.climates().items()}
    for place in ("lulea", "dublin"):
        assert float(pue["aws_europe"]) < float(found[place].average_pue[air]) < float(pue["meta_2021"]), place
    for place in ("phoenix", "singapore"):
        assert float(pue["aws_asia"]) < float(found[place].average_pue[air]) < float(pue["microsoft_phoenix"]), place
    meta = float(reported["meta_2021"]["wue_kg_per_kwh"]["value"])
    assert float(found["lulea"].wue_kg_per_j[air]) * KWH_J < meta < float(found["phoenix"].wue_kg_per_j[air]) * KWH_J


@given(st.floats(-5, 28), st.floats(0, 14), st.floats(0, 8), st.floats(0.2, 0.9), st.floats(0.1, 8))
def test_a_colder_place_is_never_worse(mean: float, season: float, day: float, humidity: float, colder: float) -> None:
    """Less power over the year and in the hottest hour, and no more water, in every kind."""
    one, other = (through(Climate(*(jnp.asarray(n) for n in (mean, season, day, humidity, by)))) for by in (0.0, -colder))
    for name in ("average_pue", "peak_pue", "wue_kg_per_j"):
        assert bool(jnp.all(getattr(other, name) <= getattr(one, name) + 1e-15)), name


def test_an_unknown_kind_is_refused_with_a_hint() -> None:
    """One line that names the file and the nearest kind."""
    with pytest.raises(ConfigError, match=r"energy/cooling.toml: has no cooling 'imersion'; is 'immersion' meant\?"):
        siting.cooling(["imersion"])
