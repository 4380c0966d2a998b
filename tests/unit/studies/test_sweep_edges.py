"""Sweeps over an engine made up by hand: twelve scenarios in parts of five, each worth its numbers."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import ConfigError, ModelError
from capexmodel.model.leaves import Leaf
from capexmodel.studies import sweep as room
from capexmodel.studies import swept
from capexmodel.studies.batch import Simulations
from capexmodel.studies.draws import Draws
from capexmodel.studies.grid import Grid
from capexmodel.studies.outputs import Output
from capexmodel.studies.replan import Plans
from capexmodel.studies.store import ROWS, SUMS, Store
from capexmodel.studies.summary import Bins
from capexmodel.studies.sweep import Look, Remote, sweep
from capexmodel.studies.swept import Sweep
from capexmodel.studies.task import Part, Task
from tests.bare import bare

SPEED, PRICE = Leaf("t.speed_w", "t", "speed_w", ()), Leaf("t.price_usd", "t", "price_usd", ())
OUTPUTS = (Output("sum_s", "s"), Output("product_usd", "usd"))


def grid() -> Grid:
    """Three speeds by four prices."""
    return Grid((SPEED, PRICE), (3, 4), jnp.asarray([3.0, 5.0, 7.0, 10.0, 20.0, 30.0, 40.0]))


def expected(index: np.ndarray) -> np.ndarray:
    """Sum and product of the numbers of some scenarios."""
    speed, price = np.array([3.0, 5.0, 7.0])[index // 4], np.array([10.0, 20.0, 30.0, 40.0])[index % 4]
    return np.stack([speed + price, speed * price], axis=1)


def engine(of: type = Simulations, slopes: bool = False, asked: list | None = None) -> Simulations:
    """It repeats the last scenario beyond the grid, as simulations do; plans have no numbers there."""
    calls = [] if asked is None else asked

    def at(index: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        calls.append(index.tolist())
        padded = np.pad(index, (0, 5 - index.size), mode="edge")
        return expected(padded), np.stack([padded, -padded], axis=1) if slopes else None

    def values(start: int) -> tuple[np.ndarray, np.ndarray | None]:
        index = start + np.arange(5)
        found, slope = at(np.minimum(index, 11))
        return found if of is Simulations else np.where(index[:, None] < 12, found, np.nan), slope

    return bare(of, grid=grid(), outputs=OUTPUTS, slopes=slopes, part_rows=5, block=1, at=at, values=values)


BARE = bare(Task)
"""A task without its evidence."""


def task(made: Simulations, keep_rows: bool = False) -> Task:
    """All it takes to work it out."""
    return bare(Task, keep_rows=keep_rows, engine=lambda: made, scenario=None, bare=lambda: BARE)


@pytest.fixture(autouse=True)
def _recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "recipe", lambda task, engine: {"what": "twelve"})


ALL = expected(np.arange(12))


@pytest.mark.parametrize("of", [Simulations, Plans])
@pytest.mark.parametrize("kept", ["memory", "disk"])
def test_a_sweep_sums_up_every_scenario_once(of: type, kept: str, tmp_path: Path) -> None:
    told: list[str] = []
    found = sweep(task(engine(of)), None if kept == "memory" else tmp_path / "sweep", tell=told.append)
    assert found.summary.count.tolist() == [12, 12]
    assert found.summary.mean(found.at) == pytest.approx(ALL.mean(axis=0))
    assert (found.summary.low_at.tolist(), found.summary.high_at.tolist()) == ([0, 0], [11, 11])
    assert [text.partition(",")[0] for text in told] == ["part 1 of 3", "part 2 of 3", "part 3 of 3"]
    assert (found.outputs, found.size) == (OUTPUTS, 12)
    assert (found.store is None) == (kept == "memory")


def test_rows_are_kept_where_asked_for_and_always_of_plans(tmp_path: Path) -> None:
    assert sweep(task(engine())).parts == {}
    for found in (sweep(task(engine(), keep_rows=True)), sweep(task(engine(Plans)))):
        assert [found.parts[number].index.tolist() for number in (0, 1, 2)] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11]]
        assert np.concatenate([found.parts[number].values for number in (0, 1, 2)]) == pytest.approx(ALL)
    stored = sweep(task(engine(), keep_rows=True), tmp_path / "sweep")
    assert (len(stored.files), stored.parts) == (3, {})
    assert len(stored.store.there(SUMS)) == 3


def test_a_sweep_goes_on_with_what_is_not_there(tmp_path: Path) -> None:
    """Parts count as there where their sums are, and their rows where these are kept; those of plans where their rows are."""
    first = sweep(task(engine(), keep_rows=True), tmp_path / "sweep")
    first.store.there(ROWS)[1].unlink()
    first.store.there(SUMS)[2].unlink()
    cases = [(True, True), (False, True), (True, False)]
    assert [room._missing(first.store, 4, *case) for case in cases] == [[1, 2, 3], [2, 3], [1, 3]]
    again: list = []
    assert sweep(task(engine(asked=again), keep_rows=True), tmp_path / "sweep").summary.count.tolist() == [12, 12]
    assert again[2:] == [[5, 6, 7, 8, 9], [10, 11, 11, 11, 11]]


def test_a_cluster_needs_a_folder() -> None:
    with pytest.raises(ConfigError, match="needs a folder"):
        sweep(task(engine()), client=SimpleNamespace())


def test_the_first_look_takes_scenarios_by_the_golden_ratio() -> None:
    """Of twelve: 0, 0.618, 0.236, 0.854, 0.472 of the way. A grid no larger than a part is looked at whole."""
    found = room._look(engine(), False)
    assert found.index.tolist() == [0, 7, 2, 10, 5]
    assert found.values == pytest.approx(expected(np.array([0, 7, 2, 10, 5])))
    assert found.at.low == pytest.approx(Bins.around(found.values).low)
    assert (found.part_s > 0, found.part_bytes > 0) == (True, True)
    assert room._look(engine(), True).part_bytes > found.part_bytes
    small = engine()
    small.grid = Grid((SPEED, PRICE), (2, 2), jnp.asarray([3.0, 5.0, 10.0, 20.0]))
    assert room._look(small, False).index.tolist() == [0, 1, 2, 3]
    small.part_rows = 4
    whole_look = room._look(small, False)
    assert (whole_look.values.shape, whole_look.index.tolist()) == ((4, 2), [0, 1, 2, 3])


LOOK = Look(np.arange(3), np.zeros((3, 2)), Bins(np.zeros(2), np.ones(2)), 70.0, 2_000_000)


def test_what_a_sweep_will_take_is_announced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[str] = []
    monkeypatch.setattr(room, "devices_text", lambda: "3 x abacus")
    store = Store(tmp_path / "sweep", {})
    room._forecast(engine(), LOOK, [1, 2], None, False, told.append)
    room._forecast(engine(), LOOK, [1, 2], store, False, told.append)
    room._forecast(engine(Plans), None, [2], None, True, told.append)
    start = "12 scenarios in 3 parts, 2 of them to work out: about 2 minutes on 3 x abacus, 4.0 MB "
    assert told == [start + "in memory", start + "on disk", "12 scenarios in 3 parts, 1 of them to work out: each planned anew"]


def test_what_does_not_fit_with_a_tenth_of_room_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two parts of 2 MB need 4.4 MB; sums alone, kept in memory, need no room to speak of."""
    store, free = Store(tmp_path / "sweep", {}), {"bytes": 4.4e6}
    monkeypatch.setattr(room, "_free_bytes", lambda store: free["bytes"])
    room._forecast(engine(), LOOK, [1, 2], store, False, room._quiet)
    free["bytes"] = 4.3e6
    with pytest.raises(ConfigError, match=r"12 scenarios would take 0.0044 GB on disk, 0.0043 GB are free"):
        room._forecast(engine(), LOOK, [1, 2], store, False, room._quiet)
    with pytest.raises(ConfigError, match="in memory"):
        room._forecast(engine(), LOOK, [1, 2], None, True, room._quiet)
    told: list[str] = []
    room._forecast(engine(), LOOK, [1, 2], None, False, told.append)
    assert len(told) == 1


def test_free_room_is_that_of_the_disk_or_half_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: SimpleNamespace(free=70 if folder == "f" else 0))
    assert room._free_bytes(bare(Store, folder="f")) == 70.0
    monkeypatch.setattr(room.os, "sysconf", {"SC_AVPHYS_PAGES": 6, "SC_PAGE_SIZE": 5}.__getitem__)
    assert room._free_bytes(None) == 15.0
    monkeypatch.delattr(room.os, "sysconf")
    assert room._free_bytes(None) == np.inf


@pytest.mark.parametrize(
    ("time_s", "words"),
    [(7200.0, "2 hours"), (7199.0, "120 minutes"), (120.0, "2 minutes"), (119.0, "119 seconds"), (27000.0, "8 hours"), (0.4, "0 seconds")],
)
def test_times_to_wait_in_words(time_s: float, words: str) -> None:
    assert room.duration(time_s) == words


def test_progress_tells_speed_and_what_is_left() -> None:
    """Four parts of five in eight seconds: 2.5 a second, three more parts take six."""
    assert room._progress(engine(), 4, 7, 8.0) == "part 4 of 7, 2 scenarios a second, 6 seconds left"
    assert room._progress(engine(), 4, 4, 0.0) == "part 4 of 4, 20,000,000,000 scenarios a second, 0 seconds left"


def test_fewer_scenarios_than_a_part_are_followed_by_no_numbers() -> None:
    found = room.values_padded(engine(), expected(np.array([3, 4])))
    assert found.shape == (5, 2)
    assert found[:2] == pytest.approx(expected(np.array([3, 4])))
    assert np.isnan(found[2:]).all()


def test_a_worker_elsewhere_writes_down_what_it_works_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It compiles once for a sweep, and forgets the one before."""
    monkeypatch.setattr(room, "_ENGINES", {})
    store, made = Store(tmp_path / "sweep", {"what": "twelve"}), []
    work = bare(Task, engine=lambda: made.append(1) or engine())
    told = Remote(work, LOOK.at, True, store)
    assert [room._remote(number, told) for number in (2, 0)] == [(2, None, None), (0, None, None)]
    assert (sorted(store.there(ROWS)), sorted(store.there(SUMS)), made) == ([0, 2], [0, 2], [1])
    room._engine_of("another", told)
    assert (list(room._ENGINES), made) == (["another"], [1, 1])


def test_parts_go_to_the_workers_of_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list = []
    done = SimpleNamespace(result=lambda: (3, None, None), release=lambda: asked.append("released"))
    client = SimpleNamespace(
        scatter=lambda told, broadcast: asked.append((told, broadcast)) or "told",
        map=lambda *given, **more: asked.append((given, more)) or [done],
    )
    monkeypatch.setattr("dask.distributed.as_completed", list)
    assert list(room._there(client, task(engine()), LOOK, True, [3, 5], None)) == [(3, None, None)]
    told, everywhere = asked[0]
    assert (told.task is BARE, told.at is LOOK.at, told.keeps, told.store, everywhere) == (True, True, True, None, True)
    assert asked[1] == ((room._remote, [3, 5], ["told", "told"]), {"pure": False, "retries": 3})
    assert asked[2] == "released"


def whole(keep_rows: bool = True, slopes: bool = False, folder: Path | None = None) -> Sweep:
    """The sweep done."""
    return sweep(task(engine(slopes=slopes), keep_rows), folder)


def test_one_scenario_is_told_by_its_index() -> None:
    found = whole()
    assert found.numbers_at(6) == {"t.speed_w": 5.0, "t.price_usd": 30.0}
    assert (found.row(6), found.row(11)) == ({"sum_s": 35.0, "product_usd": 150.0}, {"sum_s": 47.0, "product_usd": 280.0})


def test_means_by_value_are_over_all_others() -> None:
    found = whole()
    assert found.means("t.price_usd") == pytest.approx(np.array([[15.0, 50.0], [25.0, 100.0], [35.0, 150.0], [45.0, 200.0]]))
    assert found.means("t.speed_w") == pytest.approx(np.array([[28.0, 75.0], [30.0, 125.0], [32.0, 175.0]]))
    with pytest.raises(ModelError, match=r"'t.other' are kept: varied are t.speed_w, t.price_usd"):
        found.means("t.other")


def test_means_of_too_many_values_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swept, "value_count", lambda grid: 0)
    with pytest.raises(ModelError, match="no means by value"):
        whole().means("t.speed_w")


def test_drawn_scenarios_stand_on_no_grid() -> None:
    with pytest.raises(ModelError, match="stand on no grid"):
        _ = dataclasses.replace(whole(), engine=bare(Simulations, grid=bare(Draws))).crossed


@pytest.mark.parametrize("kept", ["memory", "disk"])
def test_rows_are_a_table_and_a_labelled_grid(kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = whole(slopes=True, folder=None if kept == "memory" else tmp_path / "sweep")
    frame = found.frame()
    assert list(frame.columns) == ["t.speed_w", "t.price_usd", "sum_s", "product_usd", "slope.t.speed_w", "slope.t.price_usd"]
    assert frame.index.tolist() == list(range(12))
    assert frame[["sum_s", "product_usd"]].to_numpy() == pytest.approx(ALL)
    assert frame["slope.t.price_usd"].tolist() == [-float(n) for n in range(12)]
    cells = found.to_xarray()
    assert (dict(cells.sizes), cells["t.price_usd"].values.tolist()) == ({"t.speed_w": 3, "t.price_usd": 4}, [10.0, 20.0, 30.0, 40.0])
    assert float(cells["product_usd"].sel({"t.speed_w": 7.0, "t.price_usd": 20.0})) == 140.0
    units = {name: cells[name].attrs["unit"] for name in ("t.speed_w", "product_usd", "slope.t.price_usd")}
    assert units == {"t.speed_w": "w", "product_usd": "usd", "slope.t.price_usd": "s/usd"}
    monkeypatch.setattr(swept, "MOST_FRAME_ROWS", 12)
    assert len(found.frame()) == 12
    monkeypatch.setattr(swept, "MOST_FRAME_ROWS", 11)
    with pytest.raises(ModelError, match="12 rows are too many"):
        found.frame()


def test_rows_that_were_not_kept_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="rows were not written"):
        _ = whole().files
    with pytest.raises(ModelError, match="rows were not kept"):
        _ = whole(False, folder=tmp_path / "sweep").files


def test_a_part_is_as_large_as_what_it_holds() -> None:
    one = Part(np.arange(3), np.ones((3, 2)), np.ones((3, 4)), None)
    assert (one.size_bytes, dataclasses.replace(one, slopes=np.ones((3, 2))).size_bytes) == (8 * (3 + 18), 8 * (3 + 24))
