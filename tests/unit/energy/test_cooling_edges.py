"""Cooling by hand: every loop in every hour, from its machines, and kinds of cooling as mixtures of loops."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.energy import cooling as machinery
from capexmodel.energy.climate import Hours
from capexmodel.energy.cooling import Cooled, Cooling, Loops, cooled, kelvin

DRY = np.asarray([[31.0, 24.5], [17.0, 21.0], [-9.0, 36.5]])
WET = np.asarray([[19.0, 18.0], [13.5, 19.5], [-10.0, 24.0]])
AIR = {
    "supply_celsius": 25.0, "range_celsius": 11.0, "approach_celsius": 3.0, "wetted_share": 0.7,
    "moving_share": 0.06, "still_share": 0.15, "condenser_celsius": 12.0, "carnot_share": 0.45,
}  # fmt: skip
BATH = {
    "supply_celsius": 34.0, "range_celsius": 6.0, "approach_celsius": 8.0, "wetted_share": 0.3,
    "moving_share": 0.02, "still_share": 0.4, "condenser_celsius": 7.0, "carnot_share": 0.55,
}  # fmt: skip


def loops(*numbers: dict[str, float]) -> Loops:
    names = tuple(f"loop{k}" for k in range(len(numbers)))
    return Loops(names, **{name: jnp.asarray([each[name] for each in numbers]) for name in AIR})


def kinds(shares: list[list[float]], losses: list[float], drawn: list[float]) -> Cooling:
    count = len(shares)
    prices, racks = jnp.linspace(7.0, 9.0, count), jnp.linspace(4e4, 9e4, count)
    names = tuple(f"kind{k}" for k in range(count))
    return Cooling(names, jnp.asarray(shares), jnp.asarray(losses), jnp.asarray(drawn), prices, racks)


def alone(loop: dict[str, float], dry: float, wet: float) -> Cooled:
    """One loop in one hour, nothing lost, all water evaporated."""
    return cooled(kinds([[1.0]], [0.0], [1.0]), loops(loop), Hours(jnp.full((1, 1), dry), jnp.full((1, 1), wet)))


def rounded(celsius: float, wide: float = 1.0) -> float:
    """What is above nothing, with a corner so many degrees wide."""
    return wide * math.log1p(math.exp(celsius / wide))


def machines(loop: dict[str, float], dry: float, wet: float, wide: float = 1.0) -> tuple[float, float, float]:
    """Share lifted, work over heat, and share that goes into water, from the temperatures at each machine."""
    pad = dry - loop["wetted_share"] * (dry - wet)
    coldest_free = pad + loop["approach_celsius"]
    over = coldest_free - loop["supply_celsius"]
    lifted = (rounded(over, wide) - rounded(over - loop["range_celsius"], wide)) / loop["range_celsius"]
    cold = loop["supply_celsius"] - loop["approach_celsius"]
    chiller = rounded(pad + loop["condenser_celsius"] - cold, wide) / (loop["carnot_share"] * (cold + 273.15))
    speed = 1.0 / (1.0 + rounded(-over, wide) / loop["range_celsius"])
    fans = loop["moving_share"] * (speed**3 + loop["still_share"] * (1.0 - speed**3))
    without = dry + loop["approach_celsius"] - loop["supply_celsius"]
    evaporated = (rounded(without, wide) - rounded(without - (dry - pad), wide)) / loop["range_celsius"]
    return lifted, fans + lifted * chiller, evaporated


def by_hour(loop: dict[str, float]) -> np.ndarray:
    """The three, by day and hour."""
    rows = [[machines(loop, dry, wet) for dry, wet in zip(*pair, strict=True)] for pair in zip(DRY, WET, strict=True)]
    return np.moveaxis(np.asarray(rows), 2, 0)


@pytest.fixture(scope="module")
def mixed() -> Cooled:
    """Two kinds: 3 parts of 4 by air, and 1 of 5; shares that are given do not add up to one."""
    cooling = kinds([[0.6, 0.2], [0.15, 0.6]], [0.07, 0.04], [1.3, 1.8])
    return cooled(cooling, loops(AIR, BATH), Hours(jnp.asarray(DRY), jnp.asarray(WET)))


PARTS = [(0, 0.75, 0.07, 1.3), (1, 0.2, 0.04, 1.8)]


def blend(which: int, air: float) -> np.ndarray:
    """One of the three of a kind whose share by air is given."""
    return air * by_hour(AIR)[which] + (1.0 - air) * by_hour(BATH)[which]


@pytest.mark.parametrize(("kind", "air", "loss", "drawn"), PARTS)
def test_heat_is_lifted_or_free(mixed, kind, air, loss, drawn):
    np.testing.assert_allclose(mixed.lifted_share[kind], blend(0, air), rtol=1e-11)
    np.testing.assert_allclose(mixed.free_share[kind], 1.0 - blend(0, air), rtol=1e-9)


@pytest.mark.parametrize(("kind", "air", "loss", "drawn"), PARTS)
def test_what_is_drawn_is_it_losses_and_work(mixed, kind, air, loss, drawn):
    np.testing.assert_allclose(mixed.drawn_ratio[kind], 1.0 + loss + blend(1, air), rtol=1e-12)


@pytest.mark.parametrize(("kind", "air", "loss", "drawn"), PARTS)
def test_water_is_what_evaporates_and_what_is_let_go(mixed, kind, air, loss, drawn):
    latent = 2.501e6 - 2361.0 * WET
    np.testing.assert_allclose(mixed.water_kg_per_j[kind], drawn * blend(2, air) / latent, rtol=1e-10)


def test_less_exact_machines_have_a_wider_passage(monkeypatch):
    """Three degrees wide, where a chiller has little to lift and machines run below full speed."""
    monkeypatch.setattr(machinery, "_WIDTH_CELSIUS", 3.0)
    loop = AIR | {"condenser_celsius": 2.0}
    found, (lifted, work, evaporated) = alone(loop, 26.0, 19.0), machines(loop, 26.0, 19.0, 3.0)
    assert float(found.lifted_share[0, 0, 0]) == pytest.approx(lifted, rel=1e-12)
    assert float(found.drawn_ratio[0, 0, 0]) == pytest.approx(1.0 + work, rel=1e-12)
    assert float(found.water_kg_per_j[0, 0, 0]) == pytest.approx(evaporated / (2.501e6 - 2361.0 * 19.0), rel=1e-12)


@pytest.mark.declarations
def test_names_are_no_numbers():
    told = kinds([[0.6, 0.2], [0.15, 0.6]], [0.07, 0.04], [1.3, 1.8]), loops(AIR, BATH)
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(told))


def test_on_the_corner_of_free_cooling():
    """Outside just cold enough: ln 2 of a degree is lifted, and machines run that much below full speed."""
    loop = AIR | {"wetted_share": 0.0}
    found = alone(loop, 22.0, 15.0)
    half, deep = math.log(2.0), math.log1p(math.exp(-11.0))
    assert float(found.lifted_share[0, 0, 0]) == pytest.approx((half - deep) / 11.0, rel=1e-12)
    speed = 11.0 / (11.0 + half)
    fans = 0.06 * (0.15 + 0.85 * speed**3)
    chiller = (12.0 + math.log1p(math.exp(-12.0))) / (0.45 * 295.15)
    assert float(found.peak_pue[0]) == pytest.approx(1.0 + fans + chiller * (half - deep) / 11.0, rel=1e-12)
    assert float(found.water_kg_per_j[0, 0, 0]) == 0.0


def test_a_compressor_lifts_little_where_the_outside_is_nearly_cold():
    """Its condenser at the temperature of its evaporator: ln 2 of a degree is left to lift."""
    loop = AIR | {"condenser_celsius": 0.0, "moving_share": 0.0}
    lifted = (rounded(3.0) - rounded(-8.0)) / 11.0
    assert float(alone(loop, 25.0, 25.0).lifted_share[0, 0, 0]) == pytest.approx(lifted, rel=1e-12)
    work = rounded(3.0) / (0.45 * 295.15) * lifted
    assert float(alone(loop, 25.0, 25.0).peak_pue[0]) == pytest.approx(1.0 + work, rel=1e-12)


def test_in_deep_cold_machines_stand_nearly_still():
    """Eighty degrees too cold: a part of 11 in 91 of the speed, and nothing lifted."""
    found = alone(AIR, -58.0, -58.0)
    assert float(found.lifted_share[0, 0, 0]) == pytest.approx(0.0, abs=1e-15)
    assert float(found.peak_pue[0]) == pytest.approx(1.0 + 0.06 * (0.15 + 0.85 * (11.0 / 91.0) ** 3), rel=1e-14)


def year() -> Cooled:
    """Two kinds, two days of three hours, all different."""
    drawn = jnp.asarray([[[1.2, 1.5, 1.3], [1.9, 1.4, 1.1]], [[1.05, 1.07, 1.31], [1.12, 1.22, 1.08]]])
    water = jnp.asarray([[[3.0, 5.0, 8.0], [13.0, 21.0, 4.0]], [[7.0, 11.0, 6.0], [9.0, 16.0, 23.0]]])
    share = jnp.full((2, 2, 3), 0.5)
    return Cooled(share, share, drawn, water)


def test_a_year_is_the_mean_of_its_hours_and_the_peak_the_largest():
    np.testing.assert_allclose(year().average_pue, [8.4 / 6.0, 6.85 / 6.0], rtol=1e-14)
    np.testing.assert_allclose(year().peak_pue, [1.9, 1.31], rtol=1e-14)
    np.testing.assert_allclose(year().wue_kg_per_j, [9.0, 12.0], rtol=1e-14)


@pytest.mark.parametrize(("celsius", "above"), [(-40.0, 233.15), (26.85, 300.0)])
def test_kelvin(celsius, above):
    assert float(kelvin(jnp.asarray(celsius))) == pytest.approx(above, rel=1e-14)
