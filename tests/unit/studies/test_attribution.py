"""Differences that sum exactly: by closed form along a line, across kinks and jumps, and between two scenarios."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capexmodel.config.builds import builds
from capexmodel.errors import ModelError
from capexmodel.finance.gigawatt import walk
from capexmodel.report.attribution import attribution_document, attribution_page
from capexmodel.studies.attribution import STRUCTURE, Attribution, Follower, attribute
from capexmodel.studies.bridge import aligned, bridged, differences, flat, same_choices, unflat
from capexmodel.studies.integral import Integral, integral
from tests import studied, sweeping

MEAN = "mean_date_s"
SECOND = (
    "accelerator.chip.price_kusd=50",
    "utilization.mfu=0.6",
    "job.model.work_flop=2e26",
    "site.campus.hall_power_mw={at=[2026-01-01,2026-05-01],value=[10,30]}",
    "accelerator.chip.share={at=[2026-02-01],value=[1.0]}",
)


def between(function, low: np.ndarray, high: np.ndarray) -> Integral:
    """Attribute a function of a few numbers, whose slopes are by the reverse mode."""
    both = jax.jit(jax.value_and_grad(function))

    def look(share: float) -> tuple[float, np.ndarray]:
        value, slope = both(low + share * (high - low))
        return float(value), np.asarray(slope) * (high - low)

    return integral(look)


def test_a_product_by_closed_form() -> None:
    found = between(lambda x: x[0] * x[1], np.array([2.0, 3.0, 7.0]), np.array([5.0, 11.0, 7.0]))
    np.testing.assert_allclose(found.parts, [3.0 * 7.0, 8.0 * 3.5, 0.0], rtol=1e-14)
    assert found.closes
    assert found.looks == 8


@pytest.mark.parametrize("kink", [0.1, 1.0 / 3.0, 0.77])
def test_kinks_close(kink: float) -> None:
    """The part of each side of a kink, as if it had been known where it is."""
    found = between(lambda x: jax.numpy.maximum(x[0] - kink, 0.0) * x[1], np.array([0.0, 1.0]), np.array([1.0, 3.0]))
    assert found.closes
    assert abs(found.rest) <= 1e-8
    low, high = kink, 1.0  # the first number's slope is the second one, 1 + 2 t, above the kink
    assert found.parts[0] == pytest.approx(high + high**2 - low - low**2, rel=1e-8)


def test_a_jump_is_left_over() -> None:
    found = between(lambda x: x[0] + jax.numpy.where(x[0] > 0.3, 10.0, 0.0), np.array([0.0]), np.array([1.0]))
    assert not found.closes
    assert found.rest == pytest.approx(10.0, rel=1e-9)
    assert found.parts[0] == pytest.approx(1.0, rel=1e-9)


@given(st.lists(st.floats(-3.0, 3.0), min_size=8, max_size=8))
def test_sums_signs_and_likeness(numbers: list[float]) -> None:
    """Parts sum to the whole; signs turn with the ends; what acts alike and changes alike gets the same; what stays gets nothing."""
    low, high = np.array([*numbers[:3], numbers[2], 1.5]), np.array([*numbers[3:6], numbers[5], 1.5])

    def look(ends: tuple[np.ndarray, np.ndarray]):
        def at(share: float) -> tuple[float, np.ndarray]:
            x = ends[0] + share * (ends[1] - ends[0])
            value = x[0] ** 3 * x[1] + np.exp(0.3 * (x[2] + x[3])) * x[1] + numbers[6] * x[4]
            alike = 0.3 * np.exp(0.3 * (x[2] + x[3])) * x[1]
            slope = np.array([3 * x[0] ** 2 * x[1], x[0] ** 3 + np.exp(0.3 * (x[2] + x[3])), alike, alike, numbers[6]])
            return float(value), slope * (ends[1] - ends[0])

        return at

    there, back = integral(look((low, high))), integral(look((high, low)))
    assert there.closes
    assert there.parts.sum() == pytest.approx(there.end - there.start, rel=1e-8, abs=1e-8)
    np.testing.assert_allclose(there.parts, -back.parts, rtol=1e-8, atol=1e-9)
    assert there.parts[2] == there.parts[3]
    assert there.parts[4] == 0.0


def test_the_walk_between_two_builds_is_the_same_way_long() -> None:
    """Shapley's steps of ten assumptions and the integral over all numbers sum to one difference, and agree where one number acts alone."""
    known = builds()
    start, end = known["bernstein_gb200"].build, known["epoch_gb200"].build
    low, tree = jax.tree.flatten(start)
    high = jax.tree.leaves(end)
    found = between(lambda x: jax.tree.unflatten(tree, list(x)).cost_usd_per_w(), np.array(low, float), np.array(high, float))
    assert found.closes
    assert found.parts.sum() == pytest.approx(float(walk(start, end).sum()), rel=1e-7)


@pytest.fixture(scope="module")
def ends() -> tuple[Follower, Follower]:
    """Two scenarios that follow one plan."""
    one, two = studied.scenario(), studied.scenario(*SECOND)
    plan = sweeping.plan(one)
    return Follower(one, plan), Follower(two, plan)


@pytest.fixture(scope="module")
def found(ends) -> Attribution:
    """What makes their dates differ."""
    return attribute(*ends, MEAN)


@pytest.mark.long
def test_scenarios_sum_exactly(found) -> None:
    total = sum(step.adds for step in found.steps)
    assert found.closes
    assert total == pytest.approx(found.end - found.start, rel=1e-9)
    assert found.structure == ()
    assert {step.name for step in found.steps if step.adds} == {studied.WORK, studied.PRICE, studied.MFU}
    assert {"site.campus.hall_power_w", "accelerator.chip.share"} <= {step.name for step in found.steps if not step.adds}
    by_name = {step.name: step for step in found.steps}
    assert (by_name[studied.MFU].one, by_name[studied.MFU].two) == (0.45, 0.6)
    assert by_name[studied.MFU].adds < 0 < by_name[studied.WORK].adds


def test_scenarios_in_the_other_order_turn_all_signs(ends, found) -> None:
    back = attribute(ends[1], ends[0], MEAN)
    there = {step.name: step.adds for step in found.steps}
    assert {step.name for step in back.steps} == set(there)
    for step in back.steps:
        assert step.adds == pytest.approx(-there[step.name], rel=1e-7, abs=1e-3), step.name


@pytest.mark.long
def test_plans_of_their_own_are_numbers_too(ends) -> None:
    other = jax.tree.map(lambda array: 0.9 * array, ends[1].allocation)
    own = attribute(ends[0], Follower(ends[0].scenario, other), MEAN)
    assert own.closes
    assert {step.name for step in own.steps if step.adds} == {"plan.chips_usd", "plan.run_share"}
    assert sum(step.adds for step in own.steps) == pytest.approx(own.end - own.start, rel=1e-9)


@pytest.mark.long
def test_what_only_one_has_is_a_step(ends, tmp_path) -> None:
    """A second chip: its own step, first and last by half; the sum is whole and the sign turns."""
    path = tmp_path / "more.toml"
    path.write_text(
        'schema_version = 1\nname = "other"\nextends = "one_period"\n[accelerator.other]\nvendor = "maker"\n'
        "peak_bf16_pflops = 2\npeak_fp8_pflops = 4\nit_power_kw = 1\n"
        "price_kusd = 60\nload = 0.8\ninstall_days = 91.25\ninstall_spread = 0.5\nshare = { at = [2026-01-01], value = [1.0] }\n"
        "[utilization]\nmfu = 0.55\n"
    )
    from capexmodel.config import load

    more = load(path)
    two = Follower(more, sweeping.plan(more))
    there, back = attribute(ends[0], two, MEAN), attribute(two, ends[0], MEAN)
    assert any("other in the second alone" in word for word in there.structure)
    adds = {step.name: step.adds for step in there.steps}
    assert sum(adds.values()) == pytest.approx(there.end - there.start, rel=1e-9)
    assert adds[STRUCTURE] < 0
    assert adds[studied.MFU] < 0
    assert "accelerator.other.price_usd" not in adds
    for step in back.steps:
        assert step.adds == pytest.approx(-adds[step.name], rel=1e-7, abs=1e-3), step.name
    assert not same_choices(ends[0].scenario, more)
    assert "No line leads through" in attribution_page(there, ("one", "two"), "Each follows its own.")


def test_numbers_in_a_row_go_back_where_they_were(ends) -> None:
    one, two = aligned(ends[0].scenario, ends[1].scenario)
    numbers = flat(one, ends[0].allocation)
    again = unflat(one, ends[0].allocation, numbers)
    np.testing.assert_array_equal(flat(*again), numbers)
    assert differences(one, two) == ()
    np.testing.assert_array_equal(flat(bridged(two, one), ends[0].allocation), numbers)


def test_an_infinite_limit_is_no_line(ends) -> None:
    capped = studied.scenario("envelope.FY2026.carbon_kg=1e9")
    one, two = aligned(ends[0].scenario, capped)
    assert differences(one, two) == ("envelope.FY2026.carbon_kg: infinite in one of them",)


def test_other_dates_are_refused(ends, tmp_path) -> None:
    path = tmp_path / "later.toml"
    path.write_text('schema_version = 1\nname = "other"\nextends = "one_period"\nas_of = 2026-02-01\n')
    from capexmodel.config import load

    later = load(path)
    with pytest.raises(ModelError, match="as of different dates"):
        attribute(ends[0], Follower(later, sweeping.plan(later)), MEAN)


def test_page_and_document(found) -> None:
    page = attribution_page(found, ("one_period", "one_period --set more"), "Both follow one plan.")
    assert "left over" in page
    assert "days" in page
    assert "0.45" in page
    body = attribution_document(found, ("a", "b"), "Both.")
    assert body["closes"] is True
    assert sum(step["adds"] for step in body["steps"]) + body["left_over"] == pytest.approx(body["end"] - body["start"], rel=1e-12)
    assert body["unit"] == "s"
    assert next(step for step in body["steps"] if step["step"] == studied.PRICE)["unit"] == "usd"
