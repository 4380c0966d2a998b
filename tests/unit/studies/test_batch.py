"""Many scenarios side by side, of a model made up by hand: blocks, pieces and what is handed back."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.model.allocation import Allocation
from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.studies import batch as room
from capexmodel.studies.batch import Simulations, block_rows
from capexmodel.studies.grid import Grid
from capexmodel.studies.outputs import Output
from tests.bare import bare
from tests.draws import shipped

LEAVES = (Leaf("t.a_w", "t", "a_w", ()), Leaf("t.b_w", "t", "b_w", ()))


def scenario(chips: int = 3, sites: int = 2, periods: int = 4) -> Scenario:
    """So many chips, sites and periods."""

    def names(count: int) -> SimpleNamespace:
        return SimpleNamespace(names=("x",) * count)

    return bare(Scenario, accelerator=names(chips), site=names(sites), calendar=SimpleNamespace(periods=("p",) * periods))


def test_a_block_fills_its_room_as_a_power_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chips by sites by edges, six arrays of eight bytes in two megabytes: 30 cells make 1,456, so 1,024; half the bytes twice."""
    monkeypatch.setattr(room.jax, "default_backend", lambda: "cpu")
    assert [block_rows(scenario(), single) for single in (False, True)] == [1024, 2048]
    assert block_rows(scenario(1, 1, 1), False) == 4096
    assert block_rows(scenario(100, 50, 80), False) == 32
    assert [block_rows(scenario(3, 1, periods), False) for periods in (13, 14)] == [1024, 512]
    monkeypatch.setattr(room.jax, "default_backend", lambda: "abacus")
    assert [block_rows(scenario(), single) for single in (False, True)] == [1 << 20, 1 << 20]
    assert block_rows(scenario(10, 10, 5), False) == 1 << 16


def grid() -> Grid:
    """Five by six scenarios."""
    return Grid(LEAVES, (5, 6), jnp.asarray([10.0, 20.0, 30.0, 40.0, 50.0, *np.arange(1.0, 7.0)]))


def plan(c: float) -> Allocation:
    """A plan of one number."""
    one = jnp.ones(1)
    return Allocation(*(jnp.ones((1, 1, 1)),) * 4, jnp.ones((1, 1)), one, jnp.ones((1, 1)), c * one, one, jnp.ones((1, 1, 1)), one)


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan's number times the first, and the second: of the scenario as it is written."""
    monkeypatch.setattr(room, "outputs", lambda given: (Output("x_s", "s"), Output("y_w", "w")))
    monkeypatch.setattr(room, "write", lambda given, leaves, numbers: (given.utilization.mfu, numbers, leaves == LEAVES))
    monkeypatch.setattr(room, "simulate", lambda written, followed: followed.hires_count[0])
    monkeypatch.setattr(room, "read", lambda w, c: jnp.stack([c * w[1][0] ** 2 + w[1][1], w[1][1] * (w[0] / w[0]) * w[2]]))


def simulations(monkeypatch: pytest.MonkeyPatch, **changed) -> Simulations:
    """Blocks of four scenarios."""
    monkeypatch.setattr(room, "LEAST_BLOCK", 4)
    monkeypatch.setattr(room, "block_rows", lambda given, one: 4)
    return Simulations(shipped("one_period"), plan(3.0), grid(), **({"part_rows": 7} | changed))


def expected(index: np.ndarray, c: float = 3.0) -> np.ndarray:
    """What comes of some scenarios."""
    first, second = 10.0 * (index // 6 + 1), index % 6 + 1.0
    return np.stack([c * first**2 + second, second], axis=1)


def test_a_part_is_no_smaller_than_a_block_and_a_block_no_larger_than_a_part_but_for_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LEAST_BLOCK", 4)
    monkeypatch.setattr(room, "block_rows", lambda given, one: 16)
    made = {rows: Simulations(shipped("one_period"), plan(3.0), grid(), part_rows=rows) for rows in (3, 8, 20)}
    assert {rows: (one.block, one.part_rows) for rows, one in made.items()} == {3: (4, 4), 8: (8, 8), 20: (16, 20)}
    assert Simulations(shipped("one_period"), plan(3.0), grid()).part_rows == room.PART_ROWS


@pytest.mark.parametrize("rows", [4, 7, 13, 50])
def test_values_of_a_part_are_those_of_its_scenarios_and_the_last_is_repeated(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    made = simulations(monkeypatch, part_rows=rows)
    monkeypatch.setattr(room, "PIECES", 3)
    values, slopes = made.values(26)
    assert (values.shape, slopes) == ((rows, 2), None)
    assert np.asarray(values) == pytest.approx(expected(np.minimum(26 + np.arange(rows), 29)))


def test_some_scenarios_are_found_by_their_index(monkeypatch: pytest.MonkeyPatch) -> None:
    index = np.array([29, 3, 17])
    values, _ = simulations(monkeypatch).at(index)
    assert np.asarray(values) == pytest.approx(expected(np.array([29, 3, 17, 17, 17, 17, 17])))


def test_slopes_are_those_of_the_first_output(monkeypatch: pytest.MonkeyPatch) -> None:
    values, slopes = simulations(monkeypatch, slopes=True).values(4)
    index = 4 + np.arange(7)
    assert np.asarray(values) == pytest.approx(expected(index))
    assert np.asarray(slopes) == pytest.approx(np.stack([60.0 * (index // 6 + 1), np.ones(7)], axis=1))


@pytest.mark.parametrize("count", [1, 4, 9])
def test_given_numbers_are_followed_however_many(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    rows = np.stack([np.arange(count) + 0.5, np.arange(count) - 7.0], axis=1)
    found = simulations(monkeypatch).follow(rows)
    assert np.asarray(found) == pytest.approx(np.stack([3.0 * rows[:, 0] ** 2 + rows[:, 1], rows[:, 1]], axis=1))


def test_another_plan_another_scenario_and_a_shift_are_followed_without_compiling_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made = simulations(monkeypatch)
    made.values(0)
    other = made.following(plan(5.0))
    assert np.asarray(other.values(0)[0]) == pytest.approx(expected(np.arange(7), 5.0))
    assert (other.scenario is made.scenario, float(other.allocation.hires_count[0]), float(made.allocation.hires_count[0])) == (
        True,
        5.0,
        3.0,
    )
    elsewhere = shipped("one_period")
    moved = made.following(plan(5.0), elsewhere, np.array([0.0, 100.0]))
    assert np.asarray(moved.values(0)[0]) == pytest.approx(expected(np.arange(7), 5.0) + 100.0)
    assert (moved.scenario is elsewhere, moved._many is made._many) == (True, True)
    assert np.asarray(made.values(0)[0]) == pytest.approx(expected(np.arange(7)))


def test_floats_are_of_the_size_that_is_computed_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole numbers stay as they are; what is handed back has 64 bits."""
    short, long = (simulations(monkeypatch, single=single) for single in (True, False))
    assert [one._cast(jnp.ones(3)).dtype for one in (short, long)] == ["float32", "float64"]
    assert short._cast(jnp.ones(3, int)).dtype == "int64"
    given = [leaf.dtype for leaf in jax.tree.leaves(short._given) if np.issubdtype(leaf.dtype, np.floating)]
    assert set(map(str, given)) == {"float32"}
    values = short.values(0)[0]
    assert values.dtype == "float64"
    assert np.asarray(values) == pytest.approx(expected(np.arange(7)), rel=1e-6)


def test_devices_take_turns_and_results_come_home(monkeypatch: pytest.MonkeyPatch) -> None:
    made = simulations(monkeypatch)
    taken: list = []
    only = jax.devices()[0]
    monkeypatch.setattr(room.jax, "devices", lambda: [only, only])
    monkeypatch.setattr(made, "_many", lambda given, rows: (taken.append(np.asarray(rows).tolist()) or rows, None))
    rows = jnp.arange(24.0).reshape(3, 2, 2, 2)
    found = made._dealt(rows)
    assert [np.asarray(one).tolist() for one, _ in found] == np.asarray(rows).tolist()
    assert sorted(taken) == np.asarray(rows).tolist()
    assert room.devices_text() == f"2 x {only.device_kind}"
