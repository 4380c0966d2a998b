"""The chain from capital expenditure to a fleet, of shares and prices made up by hand."""

import datetime
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.figures import Given
from capexmodel.finance.vintage import Vintage
from capexmodel.model.past import Past
from capexmodel.studies import known_fleet as room
from capexmodel.studies.known_fleet import CHIPS, LATER, PARTS, FleetChain
from tests.bare import bare

YEARS = ("2022", "2023", "2024", "2025", "2025")
QUANTITIES = ("fleet_2023_count", "fleet_2024_count", "fleet_2025_count", *PARTS, *LATER)


def past() -> Past:
    """Four vintages; a billion by spell, then more."""
    four = jnp.asarray([1.0, 3.0, 5.0, 7.0])
    none, once = jnp.zeros(4), jnp.ones(4)
    vintage = Vintage(CHIPS, 1e4 * four, 1e6 * four, 1e-9 * four, none, none, 1e6 * four, once, none)
    return bare(
        Past, vintage=vintage, spent_usd=jnp.asarray([1e9, 3e9, 5e9, 7e9, 9e9]), it_power_w=100.0 * four, chip_w=10.0 * four,
        peak_ratio=jnp.asarray([0.3, 1.0, 2.5, 1.3]), mix_share="m", port_usd="p", install_s="i", server_share="s", early_ai_share="e",
        late_ai_share="l", spell_s="spells", life_s="life", install_spread="spread", life_spread="spread",
    )  # fmt: skip


def chain() -> FleetChain:
    """The first vintage has 0.9 and 0.2 of the first years, the last 0.1 of the third."""
    shares = (jnp.asarray([0.9, 0.2, 0.0, 0.0, 0.0]), jnp.asarray([0.0, 0.0, 0.1, 0.0, 0.0]))
    return bare(
        FleetChain,
        quantities=QUANTITIES,
        years=YEARS,
        past=past(),
        ampere_share=shares[0],
        blackwell_share=shares[1],
        ends_s=jnp.asarray([1.0, 3.0, 5.0]),
    )


VALUES = {
    "blackwell_share": 0.6,
    "second_vendor_share": 0.2,
    "decline_per_s": 7e-9,
    "server_share": 0.55,
    "early_ai_share": 0.35,
    "late_ai_share": 0.75,
    "network_usd": 4e3,
    "install_s": 9e6,
    "power_ratio": 1.2,
    "vendor_part_share": 0.8,
    "ampere.system_usd": 11e3,
    "hopper.system_usd": 13e3,
    "blackwell.system_usd": 17e3,
    "instinct.system_usd": 19e3,
}


def values() -> dict:
    """Uncertain figures."""
    return {name: jnp.asarray(value) for name, value in VALUES.items()}


def test_the_mix_is_by_year_and_the_second_vendor_takes_its_share() -> None:
    """In 2025 the last vintage has what is uncertain; from 2024 on a fifth is the second vendor's."""
    found = np.asarray(chain()._mix(values()))
    assert found == pytest.approx(
        np.array([[0.9, 0.1, 0.0, 0.0], [0.2, 0.8, 0.0, 0.0], [0.0, 0.72, 0.08, 0.2], [0.0, 0.32, 0.48, 0.2], [0.0, 0.32, 0.48, 0.2]]) + 0.0
    )


def test_uncertain_figures_are_put_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.dataclasses, "replace", lambda of, **changed: bare(Past, **changed))
    found = chain().past_of(values())
    assert found.vintage.price_usd.tolist() == [11e3, 13e3, 17e3, 19e3]
    assert found.vintage.decline_per_s.tolist() == [7e-9] * 4
    assert found.it_power_w.tolist() == pytest.approx([120.0, 360.0, 600.0, 840.0])
    scalars = {name: float(getattr(found, name)) for name in ("server_share", "early_ai_share", "late_ai_share", "port_usd", "install_s")}
    assert scalars == {"server_share": 0.55, "early_ai_share": 0.35, "late_ai_share": 0.75, "port_usd": 4e3, "install_s": 9e6}
    assert found.mix_share.tolist() == chain()._mix(values()).tolist()


THERE = np.array([[10.0, 20.0, 0.0, 5.0], [11.0, 40.0, 3.0, 7.0], [9.0, 60.0, 50.0, 13.0]])
PAID = np.arange(1.0, 21.0).reshape(5, 4)


def test_what_facts_speak_of_follows_from_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equals of the reference at the ends of years, chips by vintage, their number and power, and what the first vendor was paid."""
    given = past()
    monkeypatch.setattr(Past, "in_service_count", lambda self, at_s: jnp.asarray(THERE))
    monkeypatch.setattr(Past, "paid_usd", lambda self: jnp.asarray(PAID))
    monkeypatch.setattr(FleetChain, "past_of", lambda self, values: given)
    found = dict(zip(QUANTITIES, np.asarray(chain().predict(values())).tolist(), strict=True))
    ratio = np.array([0.3, 1.0, 2.5, 1.3])
    assert found == {
        "fleet_2023_count": pytest.approx(THERE[0, :3] @ ratio[:3]),
        "fleet_2024_count": pytest.approx(THERE[1] @ ratio),
        "fleet_2025_count": pytest.approx(THERE[2] @ ratio),
        "hopper_2024_count": 40.0,
        "hopper_2025_count": 60.0,
        "blackwell_2025_count": 50.0,
        "instinct_2025_count": 13.0,
        "units_2025_count": 132.0,
        "added_2025_w": pytest.approx(100.0 * ((9 - 11) + 3 * 20 + 5 * 47 + 7 * 6)),
        "chip_2025_w": pytest.approx(90.0 + 1800.0 + 2500.0 + 910.0),
        "first_vendor_2025_share": pytest.approx((13.0 + 14 + 15 + 17 + 18 + 19) * 0.8 / 16e9),
    }


def test_quarters_begin_on_their_first_days_and_end_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    origin = datetime.date(2026, 2, 2)
    monkeypatch.setattr(room, "as_of", lambda: origin)
    monkeypatch.setattr(room, "base", lambda day, unit, start: float((day - start).days) if unit == room.DATE else 0.0)
    days = {"2024Q3": (2024, 7), "2024Q4": (2024, 10), "2025Q1": (2025, 1), "2025Q2": (2025, 4)}
    first = {quarter: float((datetime.date(*day, 1) - origin).days) for quarter, day in days.items()}
    assert room._edges(("2024Q3", "2024Q4")) == [first["2024Q3"], first["2024Q4"], first["2025Q1"]]
    assert room._edges(("2025Q1",)) == [first["2025Q1"], first["2025Q2"]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Every figure by name, each with a value of its own."""
    fleet = (
        "first_ampere_share",
        "second_ampere_share",
        "early_blackwell_share",
        "decline_per_s",
        "network_usd",
        "install_s",
        "life_s",
        "server_share",
        "early_ai_share",
        "late_ai_share",
        "install_spread",
        "life_spread",
    )
    chip = ("system_usd", "told_at_s", "peak_eflops", "it_power_w", "chip_w")
    names = [*fleet, *(f"{kind}.{name}" for kind in CHIPS for name in chip)]
    numbers = {name: 0.01 * (place + 7.0) for place, name in enumerate(names)}
    figures = {name: SimpleNamespace(value=value) for name, value in numbers.items()}
    monkeypatch.setattr(room, "fleet_figures", lambda: figures)
    monkeypatch.setattr(room, "spending", lambda: {"2022Q4": 3e9, "2023Q1": 5e9, "2024Q1": 7e9, "2025Q4": 9e9})
    monkeypatch.setattr(room, "as_of", lambda: datetime.date(2026, 2, 2))
    monkeypatch.setattr(room, "base", lambda day, unit, origin: float((day - origin).days))
    return numbers


def test_the_chain_has_every_figure_in_its_place(told: dict[str, float]) -> None:
    found = room.fleet_chain.__wrapped__()
    own = found.past
    assert (found.quantities, found.years) == (
        ("fleet_2023_count", "fleet_2024_count", "fleet_2025_count", *PARTS, *LATER),
        ("2022", "2023", "2024", "2025"),
    )
    assert found.ampere_share.tolist() == [told["first_ampere_share"], told["second_ampere_share"], 0.0, 0.0]
    assert found.blackwell_share.tolist() == [0.0, 0.0, told["early_blackwell_share"], 0.0]
    as_of = datetime.date(2026, 2, 2)
    assert found.ends_s.tolist() == [float((datetime.date(year, 12, 31) - as_of).days) for year in (2023, 2024, 2025)]
    assert own.spent_usd.tolist() == [3e9, 5e9, 7e9, 9e9]
    assert own.spell_s.tolist()[-1] == float((datetime.date(2026, 1, 1) - as_of).days)
    for name, array in (
        ("it_power_w", own.it_power_w),
        ("chip_w", own.chip_w),
        ("system_usd", own.vintage.price_usd),
        ("told_at_s", own.vintage.told_at_s),
    ):
        assert array.tolist() == [told[f"{chip}.{name}"] for chip in CHIPS], name
    assert own.peak_ratio.tolist() == pytest.approx([told[f"{chip}.peak_eflops"] / told["hopper.peak_eflops"] for chip in CHIPS])
    scalars = ("install_s", "life_s", "server_share", "early_ai_share", "late_ai_share", "install_spread", "life_spread")
    assert {name: float(getattr(own, name)) for name in scalars} == {name: told[name] for name in scalars}
    made = own.vintage
    assert (float(own.port_usd), made.decline_per_s.tolist()) == (told["network_usd"], [told["decline_per_s"]] * 4)
    assert (made.names, own.mix_share.tolist()) == (CHIPS, np.zeros((4, 4)).tolist())
    assert [array.tolist() for array in (made.memory_share, made.early_share, made.early_s, made.volume_exponent)] == [
        [0.0] * 4,
        [0.0] * 4,
        [1.0] * 4,
        [0.0] * 4,
    ]


def test_figures_of_a_chip_stand_under_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "beliefs", lambda *given: {"x": Given(float(len(given)), note=given[-1])})
    found = room.fleet_figures.__wrapped__()
    assert {name: (figure.value, figure.note) for name, figure in found.items()} == {
        "x": (1.0, "fleet"), **{f"{chip}.x": (2.0, chip) for chip in CHIPS},
    }  # fmt: skip
