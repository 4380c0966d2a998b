"""What a chip costs by the hour: the whole of a gigawatt over its chips, whichever watt is counted."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import pytest

from capexmodel.config.builds import builds
from capexmodel.config.targets import targets
from capexmodel.finance.chip_hour import chip_usd_per_s, owned
from capexmodel.studies.ownership import chip_hour_usd, use, work_usd
from capexmodel.studies.targets import judge

YEAR_S, GW = 31557600.0, 1e9


@pytest.mark.long
def test_all_chips_of_a_gigawatt_cost_what_owning_it_costs():
    told = builds()["epoch_gb200"]
    chips = GW / float(told.build.chip_w)
    yearly = chips * chip_hour_usd(told) * YEAR_S / 3600.0 / 1e9
    ours = next(each.ours.value for each in judge() if each.target.name == "V5_ownership")
    assert yearly == pytest.approx(ours, rel=1e-9)
    assert yearly == pytest.approx(targets()["V5_ownership"].value, rel=0.15)


def test_a_chip_costs_the_same_whichever_watt_is_counted():
    build, (used, money) = builds()["bernstein_gb200"].build, use()
    for share in (0.0, 0.3, 1.0):
        counted = eqx.tree_at(lambda b: b.site_share, build, jnp.asarray(share))
        assert float(chip_usd_per_s(counted, used, money)) == pytest.approx(float(chip_usd_per_s(build, used, money)), rel=1e-12)


def test_a_longer_life_is_cheaper_and_work_costs_time_over_what_is_done_in_it():
    told = builds()["epoch_gb200"]
    costs = [chip_hour_usd(told, years * YEAR_S) for years in (3.0, 4.0, 5.5, 6.0)]
    assert costs == sorted(costs, reverse=True)
    assert 1.0 < costs[-1] < costs[0] < 4.0
    peak = 2.5e-3
    used, _ = use()
    by_work = chip_hour_usd(told) / 3600.0 / (peak * 0.375 * float(used.busy_share))
    assert work_usd(told, peak) == pytest.approx(by_work, rel=1e-9)


def test_running_cost_is_energy_and_the_rest():
    told = dataclasses.replace(builds()["epoch_gb200"])
    used, _ = use()
    running = float(owned(told.build, used).running_usd_per_s)
    energy = float(used.load_share * used.average_ratio * used.energy_usd_per_j)
    assert running == pytest.approx(energy + float(used.other_usd_per_w_per_s), rel=1e-12)


def test_each_dollar_of_capital_is_paid_back_over_its_own_life():
    build, (used, money) = builds()["epoch_gb200"].build, use()
    counted = float(build.site_share * (build.overhead_ratio - 1.0)) + 1.0
    lives = {"storage_usd": used.it_life_s, "hall_usd_per_w": used.facility_life_s, "generation_usd_per_w": used.facility_life_s}
    watts = {
        "storage_usd": 1.0 / (float(build.chip_w) * counted),
        "hall_usd_per_w": 1.0 / counted,
        "generation_usd_per_w": float(build.overhead_ratio) / counted,
    }
    for field, life_s in lives.items():
        dearer = dataclasses.replace(build, **{field: getattr(build, field) + 1.0})
        rise = float(owned(dearer, used).cost_usd_per_s(money) - owned(build, used).cost_usd_per_s(money))
        assert rise == pytest.approx(watts[field] * float(money.recovery_per_s(life_s)), rel=1e-6), field
