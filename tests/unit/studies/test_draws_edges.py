"""Figures that are drawn, of scales, groups and events made up by hand."""

import math
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model.evidence import Evidence, Figure
from capexmodel.model.leaves import Leaf
from capexmodel.model.scenario import Scenario
from capexmodel.param import Param
from capexmodel.studies import draws as room
from capexmodel.studies.chance import interval
from capexmodel.studies.draws import LOGARITHM, ODDS, PLAIN, Draws, Event, draws
from tests.bare import bare

Z = 1.6448536269514722
A, B, C, D = (Leaf(f"t.{name}", "t", name, ()) for name in "abcd")
EVENTS = (Event("north", 2, 0, 0.3, 9.0), Event("south", 3, None, 0.8, 7.0))


def drawn(size: int = 6, events: tuple[Event, ...] = (), **changed) -> Draws:
    """Four figures from three scores, the last two from one: a logarithm, log-odds and two plain ones."""
    told = {
        "median": [2.0, -0.5, 10.0, 20.0], "down": [0.2, 0.4, 1.0, 3.0], "up": [0.3, 0.6, 5.0, 4.0], "lower": [0.1, 0.05, 8.0, -99.0],
        "upper": [99.0, 0.95, 17.0, 99.0], "mixing": [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [0, 0, 1.0]], "steps": [0.31, 0.57, 0.83],
        "shift": [0.1, 0.2, 0.3],
    } | changed  # fmt: skip
    return Draws((A, B, C, D), size, 5, (LOGARITHM, ODDS, PLAIN, PLAIN), *(jnp.asarray(part) for part in told.values()), events=events)


def test_shares_of_few_follow_a_recurrence() -> None:
    found = drawn().shares(jnp.asarray([0, 3, 7]))
    assert np.asarray(found) == pytest.approx(np.array([[0.1, 0.2, 0.3], [0.03, 0.91, 0.79], [0.27, 0.19, 0.11]]))


def test_shares_of_many_come_by_a_counter_from_seed_and_index() -> None:
    """Thirteen scores: each row known by itself, the high half of its index counting too."""
    many = drawn(mixing=np.zeros((4, 13)), steps=np.full(13, 0.3), shift=np.zeros(13))
    one = many.shares(jnp.asarray([5, 5 + 3 * 2**32]))
    key = jax.random.key(5)
    for row, (high, low) in zip(one, ((0, 5), (3, 5)), strict=True):
        own = jax.random.fold_in(jax.random.fold_in(key, jnp.uint32(high)), jnp.uint32(low))
        assert np.asarray(row) == pytest.approx(np.asarray(jax.random.uniform(own, (13,), float)))
    twelve = drawn(mixing=np.zeros((4, 12)), steps=np.full(12, 0.3), shift=np.zeros(12))
    assert np.asarray(twelve.shares(jnp.asarray([1]))) == pytest.approx(np.full((1, 12), 0.3))


def test_twins_are_points_of_twice_as_many_dimensions() -> None:
    """By the recurrence where there are many points and few dimensions, else by the counter."""
    index = jnp.asarray([2, 9])
    steps, shift = room._sequence(6, 5)
    whole = (np.array([[2.0], [9.0]]) * steps + shift) % 1.0
    for found, want in zip(drawn(size=4096).twins(index), (whole[:, :3], whole[:, 3:]), strict=True):
        assert np.asarray(found) == pytest.approx(want)
    counted = np.asarray(room._counted(jax.random.key(5), index, 6))
    for found, want in zip(drawn(size=4095).twins(index), (counted[:, :3], counted[:, 3:]), strict=True):
        assert np.asarray(found) == pytest.approx(want)
    seven = drawn(size=5000, mixing=np.zeros((4, 7)), steps=np.full(7, 0.3), shift=np.zeros(7))
    assert np.asarray(seven.twins(index)[1]) == pytest.approx(np.asarray(room._counted(jax.random.key(5), index, 14))[:, 7:])
    six = drawn(size=5000, mixing=np.zeros((4, 6)), steps=np.full(6, 0.3), shift=np.zeros(6))
    assert np.asarray(six.twins(index)[0])[0] == pytest.approx((2.0 * room._sequence(12, 5)[0] + room._sequence(12, 5)[1])[:6] % 1.0)


def test_scores_are_normal_and_mixed() -> None:
    mixed = drawn(mixing=[[1.0, 0, 0], [0.6, 0.8, 0], [0, 0, 1.0], [0, 0, 1.0]])
    found = np.asarray(mixed.scored(jnp.asarray([[0.95, 0.05, 0.5]])))[0]
    assert found == pytest.approx([Z, 0.6 * Z - 0.8 * Z, 0.0, 0.0], abs=1e-9)
    ends = np.asarray(drawn().scored(jnp.asarray([[0.0, 1.0, 0.5]])))[0]
    assert ends[:2] == pytest.approx([-5.99781, 5.99781], rel=1e-5)
    assert np.asarray(mixed.scores(jnp.asarray([3]))) == pytest.approx(np.asarray(mixed.scored(mixed.shares(jnp.asarray([3])))))


def test_figures_lie_on_their_scales_between_their_bounds() -> None:
    """At 5 and 95 of a hundred: by the width below or above the median."""
    low, high = np.asarray(drawn().numbers(jnp.asarray([[0.05, 0.05, 0.05], [0.95, 0.95, 0.95]])))

    def sigmoid(x: float) -> float:
        return 1.0 / (1.0 + math.exp(-x))

    assert low == pytest.approx([math.exp(2.0 - 0.2 * Z), sigmoid(-0.5 - 0.4 * Z), 10.0 - Z, 20.0 - 3.0 * Z])
    assert high == pytest.approx([math.exp(2.0 + 0.3 * Z), sigmoid(-0.5 + 0.6 * Z), 17.0, 20.0 + 4.0 * Z])
    far = np.asarray(drawn(lower=[7.0, 0.3, 9.5, 19.0]).numbers(jnp.asarray([[0.05, 0.05, 0.05]])))[0]
    assert far == pytest.approx([7.0, 0.3, 9.5, 19.0])


def test_a_late_site_slips_longer_by_its_delay() -> None:
    """By what is drawn of it, or as it stands; others do not move."""
    index = jnp.arange(40)
    plain, late = drawn(events=EVENTS), np.asarray(drawn(events=EVENTS).late(index))
    numbers = np.asarray(plain.numbers(plain.shares(index)))
    want = numbers.copy()
    want[:, 2] += np.where(late[:, 0], numbers[:, 0], 0.0)
    want[:, 3] += np.where(late[:, 1], 7.0, 0.0)
    assert np.asarray(plain.rows(index)) == pytest.approx(want)
    share = np.asarray(room._counted(jax.random.fold_in(jax.random.key(5), room.APART), index, 2))
    assert late.tolist() == (share < np.array([0.3, 0.8])).tolist()
    assert (late.any(axis=0).tolist(), late.all(axis=0).tolist()) == ([True, True], [False, False])


def test_series_and_groups_by_what_figures_hang_on() -> None:
    """Stages of a series have the same row; shares belong together where some figure hangs on several."""
    assert drawn().series() == ((0,), (1,), (2, 3))
    assert drawn().apart() == ((0,), (1,), (2,))
    joint = drawn(mixing=[[1.0, 0, 0], [0.6, 0.8, 0], [0, 0, 1.0], [0, -0.0, 1.0 + 1e-12]])
    assert (joint.series(), joint.apart()) == (((0,), (1,), (2, 3)), ((0, 1), (2,)))
    chain = drawn(mixing=[[0, 0.6, 0.8], [0.5, 0, 0.5], [1.0, 0, 0], [0, 1.0, 0]])
    assert chain.apart() == ((0, 1, 2),)
    assert room._alike(["b", "a", "b", "c", "a"]) == ((0, 2), (1, 4), (3,))


def test_nothing_is_summed_up_by_value() -> None:
    assert (drawn().values.shape, drawn().places(jnp.arange(3)).shape) == ((0,), (3, 0))


def test_a_recipe_knows_every_number() -> None:
    found = drawn(events=EVENTS).recipe()
    assert (found["drawn"], found["seed"]) == (["t.a", "t.b", "t.c", "t.d"], 5)
    assert found["events"][1] == {"site": "south", "slip": 3, "delay": None, "probability": 0.8, "late_s": 7.0}
    names = ("median", "down", "up", "lower", "upper", "steps", "shift")
    moved = [drawn(**{name: np.asarray(getattr(drawn(), name)) + 1.0}).recipe()["how"] for name in names]
    moved += [drawn(mixing=np.eye(4, 3)).recipe()["how"]]
    assert len({*moved, found["how"]}) == len(moved) + 1


@pytest.mark.parametrize("count", [1, 2, 5])
def test_steps_are_powers_of_the_root(count: int) -> None:
    """Of x^(d + 1) = x + 1: the golden ratio for one."""
    steps, shift = room._sequence(count, 8)
    root = 1.0 / steps[0]
    assert root ** (count + 1) == pytest.approx(root + 1.0, rel=1e-12)
    assert steps == pytest.approx(root ** -np.arange(1.0, count + 1.0))
    assert shift.tolist() == np.random.default_rng(8).random(count).tolist()


DECLARED = {
    "a": Param("positive", ge=0),
    "b": Param("share", ge=0, le=1),
    "c": Param("plain"),
    "d": Param("date", dates=True, ge=0),
    "above": Param("above one", ge=1),
    "open": Param("inside", gt=0, lt=1),
    "least": Param("two bounds", gt=-5, ge=-9, lt=60, le=70),
    "price_usd": Param("price", gt=0),
    "level": Param("series", ge=0, at="level_at"),
    "slip_s": Param("slip"),
    "late_s": Param("delay", ge=0),
    "late_probability": Param("chance", ge=0, le=1),
}


def figure(path: str, low: float | None, high: float | None) -> Figure:
    """A range."""
    return Figure(path, 0.0, low, high, "", "reported", "paper")


@pytest.fixture
def scenario(monkeypatch: pytest.MonkeyPatch):
    """Three sites, of which the first and the last may be late, and figures with the ranges that are told."""
    monkeypatch.setattr(room, "params", lambda part: DECLARED)
    names = ("north", "south", "west")
    site = SimpleNamespace(
        names=names, slip_s=np.array([1.0, 3.0, 5.0]), late_s=np.array([70.0, 0.0, 90.0]), late_probability=np.array([0.25, 0.5, 0.75])
    )
    fields = ("slip_s", "late_s", "late_probability")
    known = [A, B, C, *(Leaf(f"site.{name}.{field}", "site", field, (k,)) for k, name in enumerate(names) for field in fields)]
    monkeypatch.setattr(room, "leaves", lambda given: known)
    numbers = {"a": 4.0, "b": 0.4, "c": -3.0, "d": 5.0, "open": 0.2, "above": 6.0, "least": 7.0}
    t = SimpleNamespace(**{name: np.array(value) for name, value in numbers.items()})

    def made(ranges: dict[str, tuple[float | None, float | None]]) -> Scenario:
        figures = {path: figure(path, *ends) for path, ends in ranges.items()}
        return bare(Scenario, name="small", t=t, site=site, evidence=Evidence(figures, {}, ""))

    return made


RANGES = {
    "t.a": (3.0, 6.0), "t.c": (-5.0, 9.0), "t.b": (0.4, 0.4), "gone.x": (1.0, 3.0), "site.west.late_s": (80.0, 120.0),
    "site.north.late_probability": (0.1, 0.4), "site.south.slip_s": (None, 4.0),
}  # fmt: skip


def test_what_has_a_range_is_drawn_and_the_slips_of_sites_that_may_be_late(scenario) -> None:
    found = draws(scenario(RANGES), 9, 4)
    assert [leaf.path for leaf in found.leaves] == ["site.north.slip_s", "site.west.late_s", "site.west.slip_s", "t.a", "t.c"]
    assert found.events == (Event("north", 0, None, 0.25, 70.0), Event("west", 2, 1, 0.75, 90.0))
    assert (found.size, found.seed, found.kind) == (9, 4, (PLAIN, LOGARITHM, PLAIN, LOGARITHM, PLAIN))
    assert found.median.tolist() == pytest.approx([1.0, math.log(90.0), 5.0, math.log(4.0), -3.0])
    assert found.down.tolist() == pytest.approx([0.0, math.log(90.0 / 80.0) / Z, 0.0, math.log(4.0 / 3.0) / Z, 2.0 / Z])
    assert found.up.tolist() == pytest.approx([0.0, math.log(120.0 / 90.0) / Z, 0.0, math.log(6.0 / 4.0) / Z, 12.0 / Z])
    assert found.steps.tolist() == room._sequence(5, 4)[0].tolist()


def test_paths_alone_are_drawn_where_they_are_told_and_events_where_they_are_asked_for(scenario) -> None:
    given = scenario(RANGES)
    few, none, events = draws(given, 9, 0, ("t.c",)), draws(given, 9, late=False), draws(given, 9, 0, ("t.c",), late=True)
    assert ([leaf.path for leaf in few.leaves], few.events) == (["t.c"], ())
    assert ([leaf.path for leaf in none.leaves], none.events) == (["site.west.late_s", "t.a", "t.c"], ())
    assert ([leaf.path for leaf in events.leaves], len(events.events)) == (["site.north.slip_s", "site.west.slip_s", "t.c"], 2)
    assert len(draws(given, 9, 0, (), late=True).leaves) == 2


def test_what_has_no_range_is_not_drawn(scenario) -> None:
    for path in ("t.b", "site.north.late_probability", "site.south.slip_s", "t.unknown"):
        with pytest.raises(ModelError, match=f"{path} has no range"):
            draws(scenario(RANGES), 9, 0, ("t.a", path))
    with pytest.raises(ModelError, match="no figure of small has a range to draw from"):
        draws(scenario({}), 9, late=False)
    with pytest.raises(ModelError, match="nothing to draw: no site of small may be late"):
        draws(scenario({}), 9, 0, ())


def scaled(scenario, name: str, low: float, high: float) -> tuple:
    """How a figure is drawn."""
    return room._scale(scenario({}), Leaf(f"t.{name}", "t", name, ()), figure(f"t.{name}", low, high))


def test_scales_follow_what_figures_are_declared_to_be(scenario) -> None:
    """Shares strictly inside, positive figures that are no dates, all others; bounds are kept by a billionth of the range."""

    def odds(x: float) -> float:
        return math.log(x / (1.0 - x))

    share = scaled(scenario, "b", 0.1, 0.7)
    assert share == (ODDS, *map(pytest.approx, (odds(0.4), (odds(0.4) - odds(0.1)) / Z, (odds(0.7) - odds(0.4)) / Z, 6e-10, 1.0 - 6e-10)))
    assert scaled(scenario, "open", 0.1, 0.7)[0] == ODDS
    assert [scaled(scenario, "b", *ends)[0] for ends in ((0.0, 0.7), (0.1, 1.0))] == [PLAIN, LOGARITHM]
    assert [scaled(scenario, "a", *ends)[0] for ends in ((0.0, 6.0), (1.0, 6.0))] == [PLAIN, LOGARITHM]
    assert [scaled(scenario, name, 1.0, 9.0)[0] for name in ("above", "c", "d", "least")] == [LOGARITHM, PLAIN, PLAIN, PLAIN]
    assert scaled(scenario, "above", 3.0, 8.0)[4] == 1.0 + 5e-9
    assert scaled(scenario, "least", -4.0, 16.0) == (PLAIN, 7.0, pytest.approx(11.0 / Z), pytest.approx(9.0 / Z), -5.0 + 2e-8, 60.0 - 2e-8)
    assert scaled(scenario, "c", -2.0, 5.0)[2:] == (0.0, pytest.approx(8.0 / Z), -np.inf, np.inf)


def test_prices_of_chips_share_half_and_stages_move_as_one(scenario) -> None:
    chips = [Leaf(f"accelerator.{k}.price_usd", "accelerator", "price_usd", (k,)) for k in (0, 1)]
    stages = [Leaf(f"site.x.level.{k}", "site", "level", (0, k)) for k in (0, 1)] + [Leaf("site.y.level.0", "site", "level", (1, 0))]
    given = bare(Scenario, accelerator="part", site="part", evidence=None)
    found = room._mixing(given, [chips[0], stages[0], stages[1], chips[1], stages[2]])
    assert found @ found.T == pytest.approx(
        np.array([[1, 0, 0, 0.5, 0], [0, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0.5, 0, 0, 1, 0], [0, 0, 0, 0, 1.0]])
    )
    assert found.shape == (5, 4)


def test_an_interval_of_nothing_is_everything() -> None:
    assert interval(0.0, 0) == (0.0, 1.0)
    low, high = interval(0.0, 7)
    z2 = 1.959963984540054**2
    assert (low, high) == (pytest.approx(0.0, abs=1e-15), pytest.approx(z2 / 7.0 / (1.0 + z2 / 7.0)))
    assert interval(7.0, 7) == (pytest.approx(1.0 - high), pytest.approx(1.0, abs=1e-15))
    ends = [end for count in range(1, 60) for happened in (0.0, float(count)) for end in interval(happened, count)]
    assert (min(ends) >= 0.0, max(ends) <= 1.0) == (True, True)
    assert interval(3.0, 12)[0] == pytest.approx((0.25 + z2 / 24.0 - math.sqrt(z2 * (0.1875 / 12.0 + z2 / 576.0))) / (1.0 + z2 / 12.0))
