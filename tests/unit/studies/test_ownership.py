"""What a chip costs by the hour and systems by the day, from figures made up by hand."""

import datetime
import math
from types import SimpleNamespace

import jax.numpy as jnp
import pytest

from capexmodel.config.builds import EPOCH, Told
from capexmodel.config.figures import Given
from capexmodel.finance.annuity import Money
from capexmodel.finance.chip_hour import Use
from capexmodel.studies import ownership as room
from capexmodel.units import scale
from tests.bare import bare

YEAR_S = float(scale("year"))
DAY_S = 86400.0
TABLES = {
    "ownership": {
        "it_years": 5.0, "facility_years": 14.0, "energy_usd_per_kwh": 0.06, "load_share": 0.7, "average_ratio": 1.3,
        "other_running_busd_per_year": 0.4, "busy_share": 0.9, "interest_share": 0.08, "utilization": 0.35,
    },
    "vintage": {"memory_share": 0.3, "early_share": 0.25, "early_months": 6.0, "volume_exponent": 0.1},
}  # fmt: skip


def told(usd: float, at_s: float, decline: float, figure: Given) -> Told:
    """A build with its system's price."""
    build = SimpleNamespace(system_usd=jnp.asarray(usd), system_at_s=jnp.asarray(at_s), decline_per_s=jnp.asarray(decline))
    return bare(Told, build=build, figures={"system_usd": figure})


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    builds = {
        "a": told(40e3, 8000.0 * DAY_S, 2e-9, Given(40e3, 30e3, 60e3)),
        "b": told(50e3, 9000.0 * DAY_S, 3e-9, Given(50e3)),
    }
    monkeypatch.setattr(room, "tables", lambda: TABLES)
    monkeypatch.setattr(room, "builds", lambda: builds)
    monkeypatch.setattr(room, "vintages", room.vintages.__wrapped__)


def test_use_is_in_base_units_and_lives_may_be_told() -> None:
    used, money = room.use()
    fields = [float(getattr(used, name)) for name in Use.__dataclass_fields__]
    assert fields == pytest.approx([5.0 * YEAR_S, 14.0 * YEAR_S, 0.06 / 3.6e6, 0.7, 1.3, 0.4 / YEAR_S, 0.9])
    assert (float(money.interest_share), float(money.interval_s)) == (0.08, YEAR_S)
    assert float(room.use(7.0)[0].it_life_s) == 7.0


def test_a_chip_by_the_hour_and_by_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the life that is asked for, at the utilization of its peak."""
    asked: list = []
    monkeypatch.setattr(room, "_chip_usd_per_s", lambda *given: asked.append(given) or 0.002)
    monkeypatch.setattr(room, "work_usd_per_eflop", lambda *given: asked.append(given) or jnp.asarray(9.0))
    one = bare(Told, build="build")
    assert (room.chip_hour_usd(one, 70.0), room.work_usd(one, 2.5, 80.0)) == (pytest.approx(7.2), 9.0)
    assert (asked[0][0], float(asked[0][1].it_life_s), type(asked[0][2])) == ("build", 70.0, Money)
    build, used, money, peak, reached = asked[1]
    assert (build, float(used.it_life_s), float(money.interest_share), float(peak), float(reached)) == ("build", 80.0, 0.08, 2.5, 0.35)


def test_vintages_are_the_systems_of_builds() -> None:
    made, ends = room.vintages()
    assert made.names == ("a", "b")
    assert (made.price_usd.tolist(), made.told_at_s.tolist()) == ([40e3, 50e3], [8000.0 * DAY_S, 9000.0 * DAY_S])
    assert made.decline_per_s.tolist() == [2e-9, 3e-9]
    numbers = {name: getattr(made, name).tolist() for name in ("memory_share", "early_share", "early_at_s", "early_s", "volume_exponent")}
    month_s = float(scale("months"))
    assert numbers == {
        "memory_share": [0.3] * 2, "early_share": [0.25] * 2, "early_at_s": made.told_at_s.tolist(),
        "early_s": pytest.approx([6.0 * month_s] * 2), "volume_exponent": [0.1] * 2,
    }  # fmt: skip
    assert ends == {"a": (0.75, 1.5), "b": (1.0, 1.0)}


def test_prices_of_a_day_have_their_ends() -> None:
    """400 days after it was told: fallen at its rate, three tenths of it with the price of memory, by lots to the power of a tenth less."""
    day = EPOCH + datetime.timedelta(days=8400)
    plain, moved = room.prices_usd(day), room.prices_usd(day, 1.5, 4.0)
    fallen = 40e3 * math.exp(-2e-9 * 400.0 * DAY_S)
    assert plain["a"] == pytest.approx((0.75 * fallen, fallen, 1.5 * fallen), rel=1e-9)
    assert moved["a"][1] == pytest.approx(fallen * (0.7 + 0.3 * 1.5) * 4.0**-0.1, rel=1e-9)
    assert plain["b"][0] == plain["b"][1] == plain["b"][2]
    assert plain["b"][1] == pytest.approx(50e3 * math.exp(3e-9 * 600.0 * DAY_S), rel=1e-9)
    assert room.prices_usd(day, early=True)["a"][1] > plain["a"][1]
