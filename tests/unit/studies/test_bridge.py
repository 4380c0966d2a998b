"""Two scenarios number by number: names, rows, stages and what they do not share."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.config import load
from capexmodel.model.leaves import leaf
from capexmodel.model.scenario import Scenario
from capexmodel.studies import bridge as room
from capexmodel.studies.bridge import Cell, aligned, bridged, cells, differences, flat, plan_cells, same_choices, unflat
from tests import sweeping
from tests.bare import bare
from tests.draws import shipped

HALLS = "site.campus.hall_power_mw={at=[2026-01-01,2026-05-01,2026-08-01],value=[10,30,70]}"


@pytest.fixture(scope="module")
def plain() -> Scenario:
    """One site, one chip."""
    return shipped("one_period")


@pytest.fixture(scope="module")
def staged() -> Scenario:
    """The same with three stages of halls, and dearer chips."""
    return load("one_period", [HALLS, "accelerator.chip.price_kusd=50"])


def changed(scenario: Scenario, table: str, **fields) -> Scenario:
    """A scenario with other fields of a table."""
    return dataclasses.replace(scenario, **{table: dataclasses.replace(getattr(scenario, table), **fields)})


def test_numbers_have_their_path_and_stages_their_series(plain: Scenario, staged: Scenario) -> None:
    found = list(cells(staged))
    assert Cell("accelerator.chip.price_usd", "accelerator.chip.price_usd") in found
    assert Cell("site.campus.fleet_count.chip", "site.campus.chip.fleet_count") in found
    assert Cell("job.model.reach.campus", "job.model.campus.reach") in found
    assert Cell("utilization.mfu", "utilization.mfu") in found
    for field in ("hall_power_w", "hall_at_s"):
        stages = [cell for cell in found if cell.name.startswith(f"site.campus.hall_power_w.{field}.")]
        assert [(cell.step, cell.name[-1]) for cell in stages] == [("site.campus.hall_power_w", str(n)) for n in range(3)]
    assert len(found) == len(list(cells(plain))) + 4
    assert not [cell for cell in found if cell.name.startswith("calendar")]


@pytest.mark.long
def test_numbers_of_a_plan_are_named_by_their_table(plain: Scenario) -> None:
    plan = sweeping.plan(plain)
    found = [cell.name for cell in plan_cells(plan)]
    assert len(found) == sum(np.size(leaf) for leaf in jax.tree.leaves(plan))
    held = [name for name in plan.__dataclass_fields__ if np.size(getattr(plan, name))]
    assert list(dict.fromkeys(found)) == [f"plan.{name}" for name in held]
    assert found.count("plan.run_share") == np.size(plan.run_share)


def test_all_numbers_stand_in_a_row_as_they_are_named(staged: Scenario) -> None:
    plan = sweeping.plan(staged)
    row = dict(zip((cell.name for cell in [*cells(staged)]), flat(staged, plan), strict=False))
    for path in ("accelerator.chip.price_usd", "utilization.mfu", "job.model.work_eflop"):
        assert row[path] == float(leaf(staged, path).read(staged))
    assert [row[f"site.campus.hall_power_w.hall_power_w.{n}"] for n in range(3)] == [10e6, 30e6, 70e6]
    assert flat(staged, plan)[-1] == float(plan.experiment_share[-1])
    assert flat(staged, plan).size == len([*cells(staged), *plan_cells(plan)])


def test_other_numbers_go_to_their_places(staged: Scenario) -> None:
    plan = sweeping.plan(staged)
    scenario, chosen = unflat(staged, plan, flat(staged, plan) + np.arange(float(flat(staged, plan).size)))
    names = [cell.name for cell in [*cells(staged), *plan_cells(plan)]]
    assert float(scenario.utilization.mfu) == float(staged.utilization.mfu) + names.index("utilization.mfu")
    assert float(scenario.site.hall_power_w[0, 2]) == 70e6 + names.index("site.campus.hall_power_w.hall_power_w.2")
    assert float(jnp.ravel(chosen.ports_usd)[0]) == float(jnp.ravel(plan.ports_usd)[0]) + names.index("plan.ports_usd")
    assert (scenario.site.hall_power_w.shape, chosen.run_share.shape) == (staged.site.hall_power_w.shape, plan.run_share.shape)


def test_the_last_stage_of_the_shorter_series_is_repeated(plain: Scenario, staged: Scenario) -> None:
    for one, two in (aligned(plain, staged), aligned(staged, plain)[::-1]):
        assert one.site.hall_power_w.tolist() == [[float(plain.site.hall_power_w[0, 0])] * 3]
        assert one.site.hall_at_s.tolist() == [[float(plain.site.hall_at_s[0, 0])] * 3]
        assert two.site.hall_power_w.tolist() == [[10e6, 30e6, 70e6]]
        assert (one.name, one.title, one.evidence.config_hash, dict(one.evidence.figures)) == ("", "", "", {})
        assert differences(one, two) == ()
    assert differences(plain, staged) == ("site: hall_power_w of another shape", "site: hall_at_s of another shape")


def test_what_no_line_leads_through_is_told(plain: Scenario) -> None:
    other = changed(plain, "accelerator", names=("other",))
    assert differences(plain, other) == ("accelerator: chip in the first alone", "accelerator: other in the second alone")
    both = changed(plain, "accelerator", names=("chip", "other"))
    turned = changed(plain, "accelerator", names=("other", "chip"))
    assert differences(both, turned) == ("accelerator: another order",)
    assert differences(plain, changed(plain, "accelerator", vendor=("someone",))) == ("accelerator: another vendor",)
    assert differences(plain, changed(plain, "calendar", years=("FY9",))) == ("calendar: other periods, decisions or fiscal years",)
    assert differences(plain, bare(Scenario, **(vars(plain) | {"recipe": plain.hall}))) == ("recipe: one of them has none",)


def test_limits_that_are_infinite_in_one_are_told(plain: Scenario) -> None:
    """In either; not where both are, nor a number that differs."""
    capped = changed(plain, "envelope", carbon_kg=jnp.asarray([1e9]))
    told = ("envelope.FY2026.carbon_kg: infinite in one of them",)
    assert (differences(plain, capped), differences(capped, plain)) == (told, told)
    assert differences(capped, changed(capped, "envelope", carbon_kg=jnp.asarray([2e9]))) == ()


def test_a_frame_takes_every_finite_number_it_has_by_name(plain: Scenario, staged: Scenario) -> None:
    """Stages that only the frame has stay; so do infinite ones on either side."""
    capped = changed(staged, "envelope", carbon_kg=jnp.asarray([1e9]))
    there = bridged(capped, plain)
    assert there.site.hall_power_w.tolist() == [[float(plain.site.hall_power_w[0, 0]), 30e6, 70e6]]
    assert float(there.accelerator.price_usd[0]) == float(plain.accelerator.price_usd[0])
    assert float(there.envelope.carbon_kg[0]) == 1e9
    back = bridged(plain, capped)
    assert (float(back.accelerator.price_usd[0]), float(back.envelope.carbon_kg[0])) == (50e3, np.inf)
    assert back.site.hall_power_w.shape == plain.site.hall_power_w.shape


def test_one_plan_is_followed_where_names_and_calendars_are_the_same(plain: Scenario, staged: Scenario) -> None:
    assert same_choices(plain, staged)
    assert not same_choices(plain, changed(plain, "accelerator", names=("other",)))
    for field in ("periods", "decisions", "years"):
        assert not same_choices(plain, changed(plain, "calendar", **{field: ("other",)}))


def test_series_and_their_dates_are_staged(plain: Scenario) -> None:
    staged = {field: room._staged(plain, "site", field) for field in ("hall_power_w", "hall_at_s", "slip_s", "peak_pue")}
    assert staged == {"hall_power_w": True, "hall_at_s": True, "slip_s": False, "peak_pue": False}
