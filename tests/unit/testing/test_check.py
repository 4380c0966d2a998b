"""Trying laws: examples that stand by themselves, planted faults that are found, and the smallest scenario that shows them."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel import config
from capexmodel.cli import main
from capexmodel.errors import ModelError
from capexmodel.model.pace import pace
from capexmodel.param import params
from capexmodel.testing import LAWS, Reach, again, check, law
from capexmodel.testing.bench import Bench
from capexmodel.testing.cases import declared, draw, numbers_of, scenario_of
from capexmodel.testing.change import scaled
from capexmodel.testing.law import everywhere
from capexmodel.testing.laws.monotone import ROUNDING_S, later
from capexmodel.testing.shrink import smallest


@pytest.fixture(scope="module")
def base():
    return config.load("one_period")


@pytest.fixture(scope="module")
def bench(base):
    return Bench(base)


@law("X1", "cheap chips", "no chip costs more than a tenth above what it does", 1.0, "planted: it is wrong of a sixth of the examples")
def planted(bench, cases, before):
    price = cases.numbers["accelerator", "price_usd"]
    return everywhere(price / (1.1 * np.asarray(bench.base.accelerator.price_usd)))


def test_every_law_has_a_name_of_its_own_and_a_reason():
    assert len({one.title for one in LAWS}) == len(LAWS)
    assert all(one.statement and one.reason and one.tolerance > 0 for one in LAWS)


@pytest.mark.parametrize("reach", Reach)
def test_examples_stay_within_what_is_declared(base, reach):
    cases = draw(base, range(40), reach=reach)
    for (table, field), promise in declared(base).items():
        for value in np.unique(cases.numbers[table, field]):
            assert promise.complaint(float(value)) is None, (table, field, value)


@pytest.mark.long
def test_what_is_timed_is_a_number_in_the_corners():
    """Sizes stand in order, no part of a cut is less than one; where a run is so large that it always fails, next to nothing is useful."""
    base = config.load("greenfield")
    cases = draw(base, range(512), reach=Reach.HOSTILE)
    recipe = {field: cases.numbers["recipe", field] for field in params(base.recipe)}
    assert (np.diff(recipe["chips_count"], axis=1) > 0).all()
    assert (recipe["tensor_count"] * recipe["pipeline_count"] * recipe["context_count"] <= recipe["chips_count"] * (1.0 + 1e-12)).all()
    assert all(promise.complaint(float(value)) is None for field, promise in params(base.recipe).items() for value in recipe[field].flat)
    assert {"pipeline_count", "sharding_count"} <= {field for field in recipe if (recipe[field] == params(base.recipe)[field].ge).any()}

    def timed(numbers):
        speed = pace(scenario_of(base, numbers))
        return jnp.concatenate([speed.useful.useful_eflops(speed.largest_run_eflops), speed.site_share.ravel()])

    slope = jax.jit(jax.vmap(jax.grad(lambda numbers: jnp.sum(timed(numbers)))))(cases.numbers)
    assert all(bool(jnp.isfinite(part).all()) for part in (jax.jit(jax.vmap(timed))(cases.numbers), *jax.tree.leaves(slope)))


def test_an_example_is_itself_whatever_stands_beside_it(base, bench):
    many, one = draw(base, range(30), seed=3), draw(base, [17], seed=3)
    for place, values in many.numbers.items():
        np.testing.assert_array_equal(values[17], one.numbers[place][0])
    together, alone = bench.observe(many), bench.observe(one)
    for field in dataclasses.fields(alone):
        np.testing.assert_array_equal(getattr(together, field.name)[17], getattr(alone, field.name)[0])


def test_at_no_width_an_example_is_the_scenario_itself(base):
    cases = draw(base, [5], width=0.0, reach=Reach.HOSTILE)
    for place, values in numbers_of(base).items():
        np.testing.assert_array_equal(cases.numbers[place][0], values)


def test_a_planted_fault_is_found_and_shrunk_to_the_number_that_matters(base):
    found = check(base, [planted], seed=1)
    (fared,) = found.fared
    assert not found.holds
    assert 3 <= len(fared.broken) <= 25
    least = smallest(base, planted, fared.broken[0], found.seed, found.reach)
    assert {place for place, _ in least.moved} == {("accelerator", "price_usd")}
    assert 1.0 < least.excess < 1.02
    assert not again(least.scenario, [everywhere_dear(base)], fared.broken[0], found.seed).holds


def everywhere_dear(base):
    """The planted law, measured by the scenario it was planted for."""

    @law("X1", "cheap chips", "as planted", 1.0, "planted")
    def body(bench, cases, before):
        return everywhere(cases.numbers["accelerator", "price_usd"] / (1.1 * np.asarray(base.accelerator.price_usd)))

    return body


@pytest.mark.long
def test_a_lost_dollar_is_found(base, monkeypatch):
    """Books that lose a ten-thousandth of what ports cost break the law of items, and no law of direction."""
    from capexmodel.testing import bench as module

    def lossy(scenario, allocation, balances):
        import equinox as eqx

        from capexmodel.model.simulate import simulate

        outcome = simulate(scenario, allocation, balances)
        return eqx.tree_at(lambda o: o.money.ports_usd, outcome, outcome.money.ports_usd * 0.9999)

    monkeypatch.setattr(module, "simulate", lossy)
    broken = {one.law.title for one in check(base, [one for one in LAWS if one.id in ("L1", "L2", "L13")]).fared if not one.holds}
    assert broken == {"L1 items are the total", "L1 vendors get what is allocated"}


def test_levels_have_names(base):
    with pytest.raises(ModelError, match="no level 'thorough', expected one of quick, standard, deep, soak"):
        check(base, [planted], "thorough")


def test_the_command_tells_laws_and_refuses_what_is_none(capsys, tmp_path):
    assert main(["check", "one_period", "--law", "L1", "--law", "L18 shares are shares", "--json", str(tmp_path / "found.json")]) == 0
    page = capsys.readouterr().out
    assert "L1" in page
    assert "200 law-checked evaluations" in page
    assert (tmp_path / "found.json").exists()
    assert main(["check", "one_period", "--law", "L18 share are shares"]) == 2
    assert "did you mean 'L18 shares are shares'?" in capsys.readouterr().err


def test_a_broken_law_is_written_down_as_a_file_that_breaks_it_again(base, capsys, tmp_path, monkeypatch):
    import capexmodel.testing

    monkeypatch.setattr(capexmodel.testing, "LAWS", (planted,))
    assert main(["check", "one_period", "--out", str(tmp_path)]) == 1
    assert "X1 CHEAP CHIPS IS BROKEN" in capsys.readouterr().out
    path = tmp_path / "X1_cheap_chips.toml"
    command = path.read_text().splitlines()[1]
    assert command.startswith(f'# capexmodel check {path} --law "X1 cheap chips" --example ')
    moved = config.load(path)
    price, was = float(np.max(np.asarray(moved.accelerator.price_usd))), float(np.max(np.asarray(base.accelerator.price_usd)))
    assert price > 1.1 * was


def test_directions_are_seen(base, bench):
    """The comparison of dates is not vacuous: twice the chips are a day earlier, half of them a day later."""
    cases = draw(base, range(8))
    before = bench.observe(cases)
    for factor, sign in ((2.0, 1.0), (0.5, -1.0)):
        after = bench.observe(scaled(cases, ("site", "fleet_count"), factor))
        assert (later(after, before, sign).excess * ROUNDING_S > 86400.0).all()
