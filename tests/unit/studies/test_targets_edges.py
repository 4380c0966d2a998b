"""What the model says of published figures, room by room, from figures made up by hand."""

import datetime
import math
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config.costs import CostRow
from capexmodel.config.figures import Given
from capexmodel.config.targets import Target
from capexmodel.studies import targets as room
from capexmodel.studies.slopes import Slope
from capexmodel.studies.targets import Judged, Ours
from capexmodel.studies.training_cost import Cost, CostSlice
from capexmodel.units import scale

YEAR_S = float(scale("year"))
BUSD = 1e9


def target(status: str = "reported", build: str = "", value: float = 40.0) -> Target:
    """A figure to be met to 3."""
    return Target("T", "what", value, "%", status, "somebody", tolerance=3.0, build=build)


def numbers(monkeypatch: pytest.MonkeyPatch, **tables: dict[str, float]) -> None:
    """Tables of figures by hand."""
    monkeypatch.setattr(room, "_numbers", lambda name: {field: Given(value) for field, value in tables[name].items()})


def by_name(found: dict[str, Ours]) -> dict[str, float]:
    """The values alone, to compare."""
    return {name: pytest.approx(each.value, rel=1e-9) for name, each in found.items()}


def test_what_is_met_counts_and_is_missed() -> None:
    """At most the tolerance off; a figure from memory, on either side, counts for nothing."""
    near, far, leaning = Ours(43.0), Ours(43.1), Ours(99.0, ("price",))
    cases = [(target(), near), (target(), far), (target(), leaning), (target("recalled"), far), (target(), None)]
    found = [(each.gates, each.met, each.missed) for each in (Judged(*case) for case in cases)]
    assert found == [(True, True, False), (True, False, True), (False, False, False), (False, False, False), (False, False, False)]


def test_every_target_is_judged_by_the_room_that_works_it_out(monkeypatch) -> None:
    monkeypatch.setattr(room, "ROOMS", (lambda: {"a": Ours(1.0), "x": Ours(9.0)}, lambda: {"c": Ours(3.0)}))
    monkeypatch.setattr(room, "targets", lambda: {name: target(value=place) for place, name in enumerate("abc", 5)})
    assert [(each.target.value, each.ours) for each in room.judge()] == [(5, Ours(1.0)), (6, None), (7, Ours(3.0))]


def test_growth_is_the_slope_of_the_logarithm_by_year() -> None:
    """Tenfold, then a hundredfold in two years: 1 a year; what has no day, no value or none to speak of is left out."""
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=step) for step in (0, 400, 1000)]
    points = [(day, 10.0 ** (0.7 * (day - days[0]).days * 86400.0 / YEAR_S + 2.0)) for day in days]
    assert room._growth([*points, (None, 5.0), (days[1], None), (days[2], 0.0)]) == pytest.approx(0.7, rel=1e-9)


def cost(vintage: str, identity: float | None, year: int = 2020) -> Cost:
    """A row worked out."""
    row = CostRow(1, "m", "o", vintage, datetime.date(year, 1, 1), {}, None, False, "")
    return Cost(row, identity, None, None, None, None, "", "")


def test_costs_of_training_are_those_of_the_paper(monkeypatch) -> None:
    """Shares are means over its rows that have any, growth is over its rows by identity."""
    costs = [cost("paper-1", 10.0, 2020), cost("paper-2", 1000.0, 2021), cost("paper-3", None, 2022), cost("code", 7.0, 2023)]
    parts = {10.0: (0.5, 0.3, 0.15, 0.05), 1000.0: (0.3, 0.4, 0.2, 0.1), 7.0: (9.0, 9.0, 9.0, 9.0)}
    scored = SimpleNamespace(costs=costs, slices={"all": CostSlice(4, 3, 0.07, 2, 0.21, 0.4, 88.0)})
    monkeypatch.setattr(room, "shipped_cost_rows", tuple)
    monkeypatch.setattr(room, "validate_costs", lambda rows: scored)
    monkeypatch.setattr(room, "parts_of", lambda one: parts[one.identity_usd])
    monkeypatch.setattr(room, "capacity_w", lambda one: one.identity_usd**1.5)
    year = 366.0 * 86400.0 / YEAR_S
    told = {"V1_identity": 0.07, "V1_cost_growth": 2.0 / year, "V1_power_growth": 3.0 / year, "V2_chips": 40.0, "V2_servers": 35.0,
            "V2_network": 17.5, "V2_energy": 7.5, "V4_blind": 0.21, "V4_coverage": 88.0}  # fmt: skip
    assert by_name(room._training_costs()) == told
    scored.slices["all"] = CostSlice(4, 0, None, 0, None, None, None)
    lost = room._training_costs()
    assert [lost[name].value for name in ("V1_identity", "V4_blind", "V4_coverage")] == [math.inf, math.inf, 0.0]


def test_a_cluster_is_known_as_well_as_its_factors_together(monkeypatch) -> None:
    """Halves of ln 4, ln 9 and of the price of each kind of chip, as the root of their squares."""
    ranges = {
        "quantity": (2.0, 5.0, 8.0),
        "overhead": (1.0, 2.0, 9.0),
        "price_ratio": (0.5, 1.0, 8.0),
        "tensor_price_ratio": (0.25, 1.0, 16.0),
    }
    monkeypatch.setattr(room, "method", lambda: SimpleNamespace(cluster_range=ranges))
    told = {}
    for kind, price in (("gpu", math.log(4.0)), ("tpu", math.log(8.0))):
        ratio = math.exp(math.sqrt(math.log(2.0) ** 2 + math.log(3.0) ** 2 + price**2))
        told |= {f"V3_upfront_{kind}_low": 1.0 / ratio, f"V3_upfront_{kind}_high": ratio}
    assert by_name(room._clusters()) == told


def test_ranges_of_costs_rest_on_how_they_were_mixed(monkeypatch) -> None:
    asked = []
    ends = {"gpu": SimpleNamespace(low=0.4, high=2.5), "energy": SimpleNamespace(low=0.6, high=1.7)}
    monkeypatch.setattr(room, "targets", lambda: {"V2_energy": target(value=7.0)})
    monkeypatch.setattr(room, "cost_ranges", lambda share: asked.append(share) or ends)
    assert room._cost_ranges() == {
        "V3_gpu_low": Ours(0.4, (room.MIX,)), "V3_gpu_high": Ours(2.5, (room.MIX,)),
        "V3_energy_low": Ours(0.6, (room.MIX,)), "V3_energy_high": Ours(1.7, (room.MIX,)),
    }  # fmt: skip
    assert asked == [0.07]


def built(it: float, halls: float, generation: float, recalled: tuple[str, ...] = ()) -> SimpleNamespace:
    """A build with its parts."""
    whole = it + halls + generation
    parts = SimpleNamespace(it_usd_per_w=it, halls_usd_per_w=halls, cost_usd_per_w=whole)
    return SimpleNamespace(build=SimpleNamespace(parts=lambda: parts, cost_usd_per_w=lambda: whole), recalled=recalled)


def test_gigawatts_are_those_of_their_builds(monkeypatch) -> None:
    builds = {"bernstein_gb200": built(20.0, 12.0, 8.0, ("system_usd",)), "colossus_2": built(30.0, 15.0, 5.0)}
    monkeypatch.setattr(room, "builds", lambda: builds)
    monkeypatch.setattr(room, "targets", lambda: {"b": target(build="bernstein_gb200"), "c": target(build="colossus_2"), "n": target()})
    found = room._gigawatts()
    assert by_name(found) == {"b": 40.0, "c": 50.0, "V6_bernstein_halls": 30.0, "V10_compute": 60.0}
    assert [each.recalled for each in found.values()] == [("system_usd",), (), (), ()]


def annuity(years: float, rate: float = 0.08) -> float:
    """Payment a year for one dollar, at the end of each year."""
    return rate / (1.0 - (1.0 + rate) ** -years)


def test_owning_is_capital_paid_back_with_interest_and_running(monkeypatch) -> None:
    """Of a split that is given, over three lives of IT; and of a gigawatt of the catalog with energy by its load and overhead."""
    price = 0.06 / 3.6e6
    told = {
        "interest_share": 0.08, "load_share": 0.7, "average_ratio": 1.3, "energy_usd_per_kwh": price, "facility_years": 14.0 * YEAR_S,
        "other_running_busd_per_year": 0.5 * BUSD / YEAR_S, "it_capital_busd": 30.0 * BUSD, "facility_capital_busd": 12.0 * BUSD,
        "running_busd_per_year": 1.1 * BUSD / YEAR_S, "network_share": 0.2,
    }  # fmt: skip
    numbers(monkeypatch, ownership=told)
    monkeypatch.setattr(room, "builds", lambda: {"epoch_gb200": built(25.0, 11.0, 3.0)})
    running = 1e9 * 0.7 * 1.3 * price * YEAR_S / BUSD + 0.5
    split = {years: 30.0 * annuity(years) + 12.0 * annuity(14.0) + 1.1 for years in (3.0, 5.0, 7.0)}
    assert by_name(room._ownership()) == {
        "V5_ownership": 25.0 * annuity(5.0) + 11.0 * annuity(14.0) + running, "V5_split": split[5.0], "V5_split_3_years": split[3.0],
        "V5_split_7_years": split[7.0], "V5_servers": 100.0 * 0.8 * 30.0 * annuity(5.0) / split[5.0], "V5_running": running,
    }  # fmt: skip


def test_a_fat_tree_has_as_few_tiers_as_hold_the_chips(monkeypatch) -> None:
    """Eight rails of 64 ports hold 512 chips in one tier, 16,384 in two, 524,288 in three. A chip has 1/64 of the top switch, 1/32 of
    one of each other tier, a host link, and a link between tiers."""
    numbers(monkeypatch, fat_tree={"host_link_usd": 300.0, "link_usd": 700.0, "radix_count": 64.0, "switch_kusd": 20e3})
    price = {tiers: (20e3 * (1.0 / 64.0 + (tiers - 1) / 32.0) + 300.0 + 700.0 * (tiers - 1)) / 1e3 for tiers in (1, 2, 3)}
    tiers = {"V8_512": 1, "V8_1024": 2, "V8_16384": 2, "V8_32768": 3, "V8_524288": 3}
    assert by_name(room._networks()) == {name: price[count] for name, count in tiers.items()}
    tree = room._fat_tree({"host_link_usd": 3.0, "link_usd": 7.0, "radix_count": 6.0, "switch_kusd": 5.0}, 3)
    assert (tree.reach_count.tolist(), float(tree.planes_count)) == ([3.0, 9.0, 54.0], 1.0)
    for name in ("switch_s", "cable_s", "switch_w", "cable_transceivers_count", "transceiver_usd", "transceiver_w"):
        assert getattr(tree, name).tolist() == [0.0, 0.0, 0.0]
    assert (float(tree.port_gb_per_s), float(tree.card_s)) == (0.0, 0.0)


def test_power_of_a_chip_through_its_chain(monkeypatch) -> None:
    numbers(monkeypatch, chain={"server_ratio": 1.5, "it_ratio": 1.2, "chip_w": 900.0}, ownership={"load_share": 0.7, "average_ratio": 1.1})
    monkeypatch.setattr(room, "tables", lambda: {"common": {"overhead_ratio": 1.4}})
    assert by_name(room._power()) == {"V9_facility": 0.9 * 1.5 * 1.2 * 1.4, "V9_chip": 100.0 / (1.5 * 1.2 * 1.4)}


def test_a_venture_is_worth_less_for_each_year_of_lead(monkeypatch) -> None:
    """40 billions earn 0.8 of themselves a year at full use, half of it left, a quarter of the profit taxed; over four years."""
    told = {"capital_busd": 40.0 * BUSD, "sales_ratio": 0.8, "margin_share": 0.5, "tax_share": 0.25, "rate_share": 0.1, "first_share": 0.7,
            "second_share": 0.9, "later_share": 1.1, "life_years": 4.0 * YEAR_S}  # fmt: skip
    numbers(monkeypatch, venture=told)
    left = [earned - 0.25 * max(earned - 10.0, 0.0) for earned in (16.0 * use for use in (0.7, 0.9, 1.1, 1.1))]
    found = {name: each.value for name, each in room._venture().items()}
    assert set(found) == {f"V11_{what}_{lead}" for what in ("value", "return", "payback") for lead in (0, 1, 2)}
    for lead in (0, 1, 2):
        assert found[f"V11_value_{lead}"] == pytest.approx(sum(part / 1.1 ** (lead + n) for n, part in enumerate(left)) - 40.0, rel=1e-9)
        rate = found[f"V11_return_{lead}"]
        assert sum(part / (1.0 + rate) ** (lead + n) for n, part in enumerate(left)) == pytest.approx(40.0, rel=1e-6)
        assert found[f"V11_payback_{lead}"] == pytest.approx(lead + 2.0 + (40.0 - sum(left[:3])) / left[3], rel=1e-9)


def test_depreciation_of_the_last_year(monkeypatch) -> None:
    """Of 6, 8 and 11 billions: a quarter for servers of two years, the rest for buildings of ten, both a quarter of a year later."""
    told = {"server_share": 0.25, "lag_years": 0.25 * YEAR_S, "server_years": 2.0 * YEAR_S, "building_years": 10.0 * YEAR_S}
    numbers(monkeypatch, depreciation=told)
    spending = {"2021": {"value": 6.0, "status": "recalled"}, "2022": {"value": 8.0, "status": "reported"}, "2023": {"value": 11.0}}
    monkeypatch.setattr(room, "tables", lambda: {"spending_busd": spending})

    def charged(life: float) -> float:
        """By small pieces: each dollar is written off evenly from a quarter of a year after it was spent."""
        at = (np.arange(4000) + 0.5) / 4000
        total = 0.0
        for back, spent in ((2.0, 6.0), (1.0, 8.0), (0.0, 11.0)):
            start = at - back + 0.25
            total += spent * np.mean(np.maximum(np.minimum(start + life, 1.0) - np.maximum(start, 0.0), 0.0)) / life
        return total

    found = room._depreciation()["V12_depreciation"]
    assert found.recalled == ("2021",)
    assert found.value == pytest.approx(0.25 * charged(2.0) + 0.75 * charged(10.0), rel=1e-6)


def test_carbon_of_devices_by_what_they_are_made_of(monkeypatch) -> None:
    """Area, memory, storage and packages in grams; what a device does not have is none."""
    tree = {
        "fab": {"material_g_per_cm2": 500.0, "coal_g_per_kwh": 800.0, "yield_share": 0.8, "package_g": 150.0},
        "process": {"28nm": {"energy_kwh_per_cm2": 0.9, "gas_g_per_cm2": 170.0}},
        "memory": {"dram_50nm_g_per_gb": 600.0, "flash_30nm_g_per_gb": 30.0},
        "device": {
            "whole": {"area_cm2": 7.0, "dram_gb": 4.0, "flash_gb": 64.0, "packages_count": 3.0},
            "bare": {"area_cm2": 5.0},
        },
    }
    monkeypatch.setattr(room, "embodied", lambda: tree)
    wafer = 0.9 * 800.0 + 170.0 + 500.0
    whole = (7.0 * wafer + 4.0 * 600.0 + 64.0 * 30.0) / 0.8 + 3.0 * 150.0
    assert by_name(room._embodied()) == {"V13_whole": whole / 1e3, "V13_bare": 5.0 * wafer / 0.8 / 1e3}


def test_what_came_later_and_the_worst_slope(monkeypatch) -> None:
    rows = {"fleet_2025": SimpleNamespace(fact=SimpleNamespace(quantity="q")), "avocado_release": SimpleNamespace(place=0.37)}
    found = SimpleNamespace(row=rows.get, of=lambda name: np.array([3e3, 90e3, 5e3]) if name == "q" else None)
    monkeypatch.setattr(room, "backtest", lambda: found)
    assert by_name(room._what_came()) == {"V15_fleet": 5.0, "V16_avocado": 37.0}
    rows["avocado_release"].place = None
    assert room._what_came()["V16_avocado"] == Ours(math.inf)
    monkeypatch.setattr(room, "slopes", lambda: [Slope("a", 0.1, 0.2), Slope("b", 0.4, 0.3), Slope("c", 0.25, 0.35)])
    assert room._slopes() == {"V17_slopes": Ours(0.4)}
    monkeypatch.setattr(room, "power_targets", lambda: {"p": 8.0})
    assert room._power_by_the_hour() == {"p": Ours(8.0)}


def test_a_table_is_read_in_base_units(monkeypatch) -> None:
    monkeypatch.setattr(room, "tables", lambda: {"t": {"width_kw": {"value": 3.0, "status": "reported"}, "load_share": 0.4}})
    found = room._numbers("t")
    assert ({name: each.value for name, each in found.items()}, found["load_share"].status) == (
        {"width_kw": 3000.0, "load_share": 0.4},
        "scenario",
    )
    assert jnp.asarray(found["width_kw"].value) == 3000.0
