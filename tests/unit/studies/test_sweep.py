"""Sweeps: rows are what simulating each alone gives, sums are those of rows, and nothing depends on order, company or interruption."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel import compiler, files
from capexmodel.config import load
from capexmodel.errors import ConfigError, ModelError
from capexmodel.model.express import express
from capexmodel.model.leaves import leaf, leaves
from capexmodel.model.simulate import simulate
from capexmodel.planning.choice import nothing
from capexmodel.planning.problem import Problem
from capexmodel.studies import sweep as sweeping_module
from capexmodel.studies.grid import grid
from capexmodel.studies.outputs import read
from capexmodel.studies.store import MANIFEST, ROWS, SUMS, Store, recipe_hash
from capexmodel.studies.summary import BINS
from capexmodel.studies.sweep import sweep
from capexmodel.studies.swept import Sweep
from capexmodel.studies.task import Task, part_count, recipe
from tests import sweeping

DAY_S = 86400.0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """A sweep that nobody disturbed, every row kept with its slopes."""
    return sweep(sweeping.task(keep_rows=True, slopes=True), tmp_path_factory.mktemp("whole") / "sweep")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """The same without slopes: another program, which may differ in the last bit."""
    return sweep(sweeping.task(keep_rows=True), tmp_path_factory.mktemp("plain") / "sweep")


def digests(folder: Path) -> dict[str, bytes]:
    """Every part of a folder by name, with its content."""
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for kind in (ROWS, SUMS) for path in (folder / kind).iterdir()}


@pytest.mark.long
def test_rows_are_what_each_scenario_gives_alone(whole: Sweep) -> None:
    frame = whole.frame()
    assert frame.index.tolist() == list(range(3600))
    scenario, allocation = whole.task.scenario, sweeping.plan(whole.task.scenario)
    for index in (0, 777, 3599):
        alone = scenario
        for path, value in whole.numbers_at(index).items():
            alone = leaf(alone, path).write(alone, value)
        expected = np.asarray(read(alone, simulate(alone, allocation)))
        np.testing.assert_allclose(frame.loc[index, [o.name for o in whole.outputs]].to_numpy(float), expected, rtol=1e-12)
        assert whole.row(index) == frame.loc[index, [o.name for o in whole.outputs]].to_dict()


def test_sums_are_those_of_the_rows(whole: Sweep) -> None:
    frame = whole.frame()[[output.name for output in whole.outputs]]
    np.testing.assert_allclose(whole.summary.mean(whole.at), frame.mean().to_numpy(), rtol=1e-12)
    largest = frame.abs().max().to_numpy()
    np.testing.assert_allclose(whole.summary.deviation(whole.at) / largest, frame.std(ddof=0).to_numpy() / largest, atol=1e-9)
    np.testing.assert_array_equal(whole.summary.low, frame.min().to_numpy())
    np.testing.assert_array_equal(whole.summary.high_at, frame.to_numpy().argmax(axis=0))
    assert whole.summary.bins.shape == (len(whole.outputs), BINS + 2)
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        exact = np.quantile(frame.to_numpy(), share, axis=0, method="lower")
        assert (np.abs(whole.summary.quantile(whole.at, share) - exact) <= 1.01 * whole.at.width).all()


def test_means_by_value_are_those_of_the_rows(whole: Sweep) -> None:
    path = "accelerator.chip.price_usd"
    expected = whole.frame().groupby(path)["model.date_s"].mean()
    place = [output.name for output in whole.outputs].index("model.date_s")
    np.testing.assert_allclose(whole.means(path)[:, place], expected.to_numpy(), rtol=1e-12)
    with pytest.raises(ModelError, match="varied are accelerator"):
        whole.means("staff.pay_usd_per_s")


def test_slopes_are_differences(whole: Sweep) -> None:
    """Of the mean date in the price, across two neighbors on the grid, where dollars buy fewer chips and all of them have power."""
    frame, path = whole.frame(), "accelerator.chip.price_usd"
    stride = whole.engine.grid.strides[0]
    powered = frame["accelerator.chip.install_s"] > 70 * DAY_S
    middle = frame.index[(frame[path] == np.unique(frame[path])[7]) & powered]
    step = frame.loc[middle + stride, path].to_numpy() - frame.loc[middle - stride, path].to_numpy()
    rise = frame.loc[middle + stride, "mean_date_s"].to_numpy() - frame.loc[middle - stride, "mean_date_s"].to_numpy()
    assert middle.size == 288
    np.testing.assert_allclose(frame.loc[middle, f"slope.{path}"], rise / step, rtol=5e-3)


def test_a_labelled_grid_has_units(whole: Sweep) -> None:
    cube = whole.to_xarray()
    assert tuple(cube.sizes.values()) == (10, 6, 6, 10)
    assert cube["FY2026.capex_usd"].attrs["unit"] == "usd"
    assert cube["accelerator.chip.it_power_w"].attrs["unit"] == "w"
    later = cube["mean_date_s"].diff("job.model.work_eflop")
    assert bool((later > 0).all())
    assert whole.dataset().schema.field("energy_j").metadata == {b"unit": b"j"}


def test_without_rows_the_sums_are_the_same(plain: Sweep) -> None:
    """In memory, no file written: to the bit."""
    found = sweep(sweeping.task())
    for field in dataclasses.fields(found.summary):
        np.testing.assert_array_equal(getattr(found.summary, field.name), getattr(plain.summary, field.name), err_msg=field.name)
    with pytest.raises(ModelError, match="rows were not written"):
        found.dataset()


def test_parts_in_any_order_are_the_same(whole: Sweep) -> None:
    """A part is worked out first or last, alone or not: to the bit."""
    engine = sweeping.task(slopes=True).engine()
    for number in (5, 0):
        again = np.asarray(engine.values(number * engine.part_rows)[0])
        rows = whole.frame().loc[number * engine.part_rows : (number + 1) * engine.part_rows - 1, [o.name for o in whole.outputs]]
        np.testing.assert_array_equal(again[: len(rows)], rows.to_numpy())


def test_parts_of_another_size_give_the_same_to_64_last_places(plain: Sweep) -> None:
    """Law 63: another batch is another program."""
    task = sweeping.task()
    other = dataclasses.replace(task, part_rows=task.part_rows // 8).engine()
    rows = plain.frame()[[output.name for output in plain.outputs]].to_numpy()
    for start in (0, 9 * other.part_rows):
        again, there = np.asarray(other.values(start)[0]), rows[start : start + other.part_rows]
        room = 64.0 * np.spacing(np.maximum(np.abs(again), np.abs(there)))
        assert (np.abs(again - there) <= room).all()


def test_single_floats_are_near(whole: Sweep) -> None:
    """Dates within a few minutes in a year, accounts within some thousand dollars of a billion."""
    found = sweep(sweeping.task(single=True))
    np.testing.assert_allclose(found.summary.mean(found.at), whole.summary.mean(whole.at), rtol=1e-5, atol=1e-9)


@pytest.mark.long
@pytest.mark.parametrize("when", [1, 4, 9])
def test_a_killed_sweep_goes_on_and_loses_nothing(plain: Sweep, tmp_path: Path, when: int) -> None:
    """Killed between writing a file and renaming it, the manifest's own included: what is there is kept, the rest is worked out."""
    folder = tmp_path / "sweep"
    killed = subprocess.run([sys.executable, "-m", "tests.sweeping", str(folder), str(when)], capture_output=True, check=False)
    assert killed.returncode == -9
    left = [path for path in folder.rglob(".*") if path.is_file()]
    assert len(left) == 1  # what was written and never renamed
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet") if path not in left}
    assert len(before) == max(when - 2, 0)
    found = sweep(sweeping.task(keep_rows=True), folder)
    assert [path for path in folder.rglob(".*") if path.is_file()] == []
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    assert found.frame().index.tolist() == list(range(3600))
    assert plain.store is not None
    assert digests(folder) == digests(plain.store.folder)


def test_parts_that_are_not_whole_are_worked_out_again(tmp_path: Path) -> None:
    """Cut short, altered by a byte, or gone: found by their content, not by their being there."""
    folder = tmp_path / "sweep"
    sweep(sweeping.task(keep_rows=True), folder)
    before = digests(folder)
    first, second, third = sorted((folder / ROWS).iterdir())[:3]
    first.write_bytes(first.read_bytes()[:-7])
    second.write_bytes(bytes([second.read_bytes()[0] ^ 1]) + second.read_bytes()[1:])
    third.unlink()
    told: list[str] = []
    sweep(sweeping.task(keep_rows=True), folder, announce=told.append)
    assert "8 parts, 3 of them to work out" in told[0]
    assert digests(folder) == before


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error comes up, no half file is left, and with room again the same call goes on."""
    folder = tmp_path / "sweep"
    real, writes = os.fsync, []

    def full(handle: int) -> None:
        writes.append(handle)
        if len(writes) > 4:
            raise OSError(28, "No space left on device", str(folder))
        real(handle)

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        sweep(sweeping.task(keep_rows=True), folder)
    assert [path for path in folder.rglob(".*") if path.is_file()] == []
    monkeypatch.undo()
    assert sweep(sweeping.task(keep_rows=True), folder).frame().index.tolist() == list(range(3600))


def test_a_folder_takes_one_sweep_only(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    sweep(sweeping.task(), folder)
    assert json.loads((folder / MANIFEST).read_text())["recipe"]["rows"] == 3600
    with pytest.raises(ConfigError, match="holds another sweep"):
        sweep(sweeping.task(single=True), folder)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match="holds something else"):
        sweep(sweeping.task(), tmp_path / "other")
    (folder / MANIFEST).write_text("{")
    with pytest.raises(ConfigError, match="no manifest of a sweep"):
        sweep(sweeping.task(), folder)


def test_what_would_not_fit_is_refused_with_the_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sweeping_module, "_free_bytes", lambda store: 1e4)
    with pytest.raises(ConfigError, match=r"3,600 scenarios would take .* GB on disk, .* GB are free"):
        sweep(sweeping.task(keep_rows=True), tmp_path / "sweep")


def test_what_a_grid_is_not() -> None:
    scenario = sweeping.task().scenario
    price = leaf(scenario, "accelerator.chip.price_usd")
    for values, said in (([], "row of finite numbers"), ([1.0, np.nan], "row of finite numbers"), ([-1.0, 1.0], "out of bounds")):
        with pytest.raises(ModelError, match=said):
            grid(scenario, {price: np.array(values)})
    with pytest.raises(ModelError, match="at least one number"):
        grid(scenario, {})
    many = {price: np.linspace(1.0, 2.0, 1 << 20), leaf(scenario, "accelerator.chip.it_power_w"): np.linspace(1.0, 2.0, 1 << 20)}
    paths = ("job.model.work_eflop", "accelerator.chip.install_s")
    with pytest.raises(ModelError, match="too many"):
        grid(scenario, many | {leaf(scenario, path): np.linspace(1.0, 2.0, 1 << 20) for path in paths})


@pytest.mark.long
def test_plans_of_every_scenario_fall_with_the_budget(tmp_path: Path) -> None:
    """Re-planned: more money is never later, the slope is the shadow price, and where there is no plan there is no number."""
    scenario = sweeping.task().scenario
    where = leaf(scenario, "envelope.high_usd")
    asked = Task(scenario, grid(scenario, {where: np.array([0.8e9, 1.0e9, 1.2e9])}), problem=Problem(scenario), slopes=True)
    found = sweep(asked, tmp_path / "plans")
    frame = found.frame()
    assert (frame["proven"] == 1).all()
    assert (np.diff(frame["aim_s"]) < 0).all()
    rise = (frame["aim_s"][2] - frame["aim_s"][0]) / 0.4e9
    assert frame["slope.envelope.FY2026.high_usd"][1] == pytest.approx(rise, rel=0.05)
    assert found.summary.low_at[0] == 2
    again = sweep(asked, tmp_path / "plans")
    assert again.summary.total.tobytes() == found.summary.total.tobytes()


@pytest.mark.long
def test_devices_do_not_change_a_bit(tmp_path: Path) -> None:
    """One device or three: the parts are the same files."""
    contents = []
    for count in (1, 3):
        folder, flags = tmp_path / str(count), f"--xla_force_host_platform_device_count={count}"
        subprocess.run(
            [sys.executable, "-m", "tests.sweeping", str(folder), sweeping.NEVER], check=True, env=os.environ | {"XLA_FLAGS": flags}
        )
        contents.append(digests(folder))
    assert contents[0] == contents[1]


def test_the_recipe_knows_what_matters() -> None:
    one, other = sweeping.task(), sweeping.task(single=True)
    assert recipe(one, one.engine()) != recipe(other, other.engine())
    assert recipe(one, one.engine()) == recipe(sweeping.task(), sweeping.task().engine())
    assert part_count(one.engine()) == 8


@pytest.mark.parametrize("name", ["one_period", *(pytest.param(name, marks=pytest.mark.long) for name in ("greenfield", "meta_2026"))])
def test_kernels_hold_what_is_fast(name: str) -> None:
    """XLA's power is eleven times slower than its exponential, and its library for sums up to six times slower than the sums compiled:
    nothing that runs a million times may hold either."""
    scenario = load(name)
    sizes = grid(scenario, {one: np.ones(2) for one in leaves(scenario) if one.field == "work_eflop"})
    engine = Task(scenario, sizes, express(scenario, nothing(scenario).orders), slopes=True).engine()
    rows = np.zeros((1, engine.block, len(sizes.leaves)))
    text = engine._many.lower(engine._given, rows).compile().as_text()
    assert "power(" not in text
    assert not library_sums(text)


def library_sums(text: str) -> list[str]:
    """Computations of a program that a library does and that hold a sum."""
    found = re.findall(r'calls=%([\w.-]+)[^\n]*"__ynn_fusion"', text)
    return [one for one in found if " reduce(" in text.split(f"\n%{one} (")[1].split("\n}")[0]]


def test_sums_go_to_the_library_unless_asked_not_to() -> None:
    """So that the kernels above can fail."""

    def text(wishes: dict[str, str | bool]) -> str:
        total = jax.jit(lambda x: jnp.sum(2.0 * x, axis=1), compiler_options=wishes)
        return total.lower(np.zeros((64, 7, 5, 24))).compile().as_text()

    assert library_sums(text({}))
    assert not library_sums(text(compiler.options()))


def test_a_store_ignores_what_it_did_not_write(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", {"a": 1})
    store.put(ROWS, 3, b"content")
    (tmp_path / "store" / ROWS / "0000004-ffffffffffffffffffffffffffffffff.parquet").write_bytes(b"other")
    assert list(store.there(ROWS)) == [3]
    assert jax.tree.leaves(store.there(SUMS)) == []


def test_who_begins_the_same_sweep_at_the_same_time_is_no_stranger(tmp_path, monkeypatch):
    """The other's manifest gets its name just while this one looks at what lies in the folder."""
    told = {"schema_version": 1, "rows": 2}
    other = tmp_path / "sweep" / ".manifest.json.other"
    other.parent.mkdir()
    other.write_bytes(b"")

    def looked(entry, start="."):
        if other.exists():
            other.unlink()
            monkeypatch.undo()
            Store(other.parent, told)
        return False

    monkeypatch.setattr("capexmodel.studies.store.half_done", looked)
    assert Store(other.parent, told).hash == recipe_hash(told)
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="something else"):
        Store(tmp_path / "else", told)
