"""Slopes beside differences, of functions whose slopes are known by hand; and the list of what is looked at."""

from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.finance.chip_hour import chip_usd_per_s
from capexmodel.studies import slopes as room
from capexmodel.studies.slopes import Case, Slope, look


def test_a_smooth_function_is_off_by_rounding_alone() -> None:
    """Of two numbers, two results; whole numbers and infinite ones are not moved."""

    def function(all_):
        small, wide, count, endless = all_
        return small**3 * count, jnp.sin(wide), jnp.where(jnp.isfinite(endless), endless, 1.0)

    found = look(Case("smooth", function, (jnp.asarray(2.5), jnp.asarray([0.3, 1.7]), jnp.asarray(3), jnp.asarray(jnp.inf))))
    assert found.name == "smooth"
    assert found.off_differences < 1e-7
    assert found.off_backward < 1e-12


def with_slope(factor: float):
    """A square whose slope is told to be so many times what it is."""

    @jax.custom_jvp
    def square(x):
        return x * x

    square.defjvps(lambda t, ans, x: factor * 2.0 * x * t)
    return square


def test_a_wrong_slope_is_off_by_its_share() -> None:
    """Told a quarter more than it is: a fifth of what is told; forward and backward agree about it."""
    found = look(Case("wrong", with_slope(1.25), jnp.asarray([3.0, 5.0, 7.0])))
    assert found.off_differences == pytest.approx(0.2, rel=1e-6)
    assert found.off_backward < 1e-12


def test_the_worst_result_counts_and_a_faint_one_is_measured_by_the_largest() -> None:
    """One of two results is off by half of itself, but that is a millionth of a millionth of the other's."""
    found = look(Case("worst", lambda x: (with_slope(1.25)(x), x**3), jnp.asarray(3.0)))
    assert found.off_differences == pytest.approx(0.2, rel=1e-6)
    faint = look(Case("faint", lambda x: (1e-12 * with_slope(2.0)(x), x**3), jnp.asarray(3.0)))
    assert faint.off_differences < 1e-5


def test_the_best_of_several_steps_counts() -> None:
    """A wave of a length of a hundred-thousandth is seen by the smallest step alone, and is off by little there."""
    found = look(Case("wave", lambda x: jnp.sin(x / 3e-5), jnp.asarray(1.0)))
    assert 1e-6 < found.off_differences < 1e-2


def test_forward_and_backward_that_differ_are_off_by_their_share() -> None:
    """A slope that is three, and half as much again on the way back."""

    def thrice(x):
        return jax.custom_derivatives.linear_call(lambda _, x: 3.0 * x, lambda _, back: 4.5 * back, (), x)

    found = look(Case("differ", thrice, jnp.asarray([2.0])))
    assert found.off_backward == pytest.approx(0.5, rel=1e-9)
    assert found.off_differences < 1e-9


def test_every_case_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "cases", lambda: iter([Case("a", jnp.sin, jnp.asarray(1.0)), Case("b", jnp.cos, jnp.asarray(1.0))]))
    monkeypatch.setattr(room, "look", lambda case: Slope(case.name, 0.1, 0.2))
    assert room.slopes() == [Slope("a", 0.1, 0.2), Slope("b", 0.1, 0.2)]


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    """All of them by name, the scenario being none."""
    parts = dict.fromkeys(("shape", "chip", "efficiency", "recipe", "reliability"), "part")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "load", lambda name: SimpleNamespace(**parts, name=name))
        patch.setattr(room, "pace", lambda scenario: SimpleNamespace(useful=f"useful of {scenario.name}"))
        return {case.name: case for case in room.cases()}


def test_functions_of_three_rooms_are_looked_at(cases: dict[str, Case]) -> None:
    rooms = [name.partition(".")[0] for name in cases]
    assert {name: rooms.count(name) for name in set(rooms)} == {"finance": 6, "energy": 3, "components": 1, "training": 5}
    assert rooms == ["finance"] * 6 + ["energy"] * 3 + ["components"] + ["training"] * 5


def value(cases: dict[str, Case], name: str) -> list[float]:
    """What a function gives where it is looked at."""
    found = jax.tree.leaves(eqx.filter(cases[name].function(cases[name].at), eqx.is_inexact_array))
    return [float(number) for each in found for number in np.ravel(np.asarray(each))]


def test_cases_of_finance_have_the_numbers_they_say(cases: dict[str, Case]) -> None:
    """The fifth year of 1 to 5 billions, servers of 5.5 and buildings of 27 years in service after nine months; 81 billions of capital
    that earn after 1.3 years."""
    made, at_s, *ratios = cases["finance.vintage: price of a system"].at
    assert (np.asarray(at_s) - np.asarray(made.told_at_s)).tolist() == [3e7] * len(made.names)
    assert [np.asarray(ratio).tolist() for ratio in ratios] == [[1.3] * len(made.names)] * 2
    by_hand = [_charged(share, life) for share, life in ((0.6, 5.5), (0.4, 27.0))]
    assert value(cases, "finance.depreciation: expense of a year") == pytest.approx(by_hand, rel=1e-4)
    earned = 8.1e10 * 0.9 * 0.55 * np.array([0.5, 0.8, 0.9, 0.9, 0.9, 0.9])
    left = earned - 0.21 * np.maximum(earned - 8.1e10 / 6.0, 0.0)
    worth = float(left @ 1.1 ** -(1.3 + np.arange(6.0))) - 8.1e10
    assert value(cases, "finance.valuation: present value") == pytest.approx([worth], rel=1e-9)
    rate = value(cases, "finance.valuation: rate of return")[0]
    assert float(left @ (1.0 + rate) ** -(1.3 + np.arange(6.0))) == pytest.approx(8.1e10, rel=1e-6)


def _charged(share: float, life: float) -> float:
    """Depreciation between the fourth and the fifth year, by small pieces."""
    at = (np.arange(20000) + 0.5) / 20000
    total = 0.0
    for spell in range(5):
        start = spell + at + 0.75
        total += 1e9 * (spell + 1.0) * np.mean(np.maximum(np.minimum(start + life, 5.0) - np.maximum(start, 4.0), 0.0)) / life
    return share * total


def test_cases_of_power_and_training_have_the_numbers_they_say(cases: dict[str, Case]) -> None:
    it_w = 1e3 * 1.53 * 1.14
    chain = [it_w * 1.4 / (0.95 * 1.1), it_w * 0.75 * 1.1 / 0.95]
    assert value(cases, "energy.power_chain: capacity and mean") == pytest.approx(chain)
    assert [float(each) for each in cases["energy.heat: heat over work"].at[1:]] == [45.0, 75.0]
    _, watts = cases["components.lead_time: when half a gigawatt is online"].at
    assert float(watts) == 5e8
    assert [float(each) for each in cases["training.scaling_laws: loss"].at[1:]] == [4e11, 1.6e13]
    assert float(cases["training.scaling_laws: best for a budget"].at[1]) == 4e25
    assert cases["training.goodput: useful share by size of run"].at[1].tolist() == [1e3, 1e5, 1e6]
    useful, rates = cases["training.useful: useful compute of a run"].at
    assert (useful, rates.tolist()) == ("useful of meta_2026", [10.0, 300.0, 2000.0])


@pytest.mark.parametrize(
    "name",
    [
        "finance.gigawatt: dollars a watt, by part", "finance.vintage: price of a system", "energy.heat: heat over work",
        "training.scaling_laws: loss", "training.scaling_laws: best for a budget",
    ],
)  # fmt: skip
def test_what_is_looked_at_has_numbers(cases: dict[str, Case], name: str) -> None:
    found = value(cases, name)
    assert found
    assert np.isfinite(found).all()


def test_the_chip_hour_is_that_of_the_shipped_build(cases: dict[str, Case]) -> None:
    case = cases["finance.chip_hour: dollars of a chip by time"]
    assert float(case.function(case.at)) == float(chip_usd_per_s(*case.at))
