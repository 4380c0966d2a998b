"""Halls and racks at their limits: which overhead is none, which rack no hall takes, and what is said of it."""

import datetime

import pytest

from capexmodel.config.documents import Documents
from capexmodel.config.entries import Entry, Layer, Slot
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Given, Reader
from capexmodel.config.housing import check_halls
from capexmodel.config.series import Stage
from capexmodel.config.values import Scene

Figures = dict[str, float | list[float]]


def told(figures: Figures, chips: tuple[str, ...] = ("CHIP",), sites: tuple[str, ...] = ("north",)) -> list[str]:
    """What is wrong with figures by path; a list of numbers is a series, one stage a day."""
    faults = Faults()
    members = {"hall": ("shell", "tent"), "accelerator": chips, "site": sites}
    scene = Scene(Documents("case.toml", Layer("case.toml"), {}, ()), Reader(datetime.date(2026, 2, 2), {}, faults), None, members)
    for path, value in figures.items():
        slot = Slot(*path.split("."))
        stages = tuple(Stage(86400.0 * k, Given(each)) for k, each in enumerate(value)) if isinstance(value, list) else ()
        scene.values[slot] = stages or Given(value)
        scene.written[slot] = Entry(value, None, f"{slot.member}.toml", f"written.{path}")
    check_halls(scene)
    return faults.lines


@pytest.mark.parametrize("member", ["shell", "tent"])
@pytest.mark.parametrize("field", ["peak_pue", "average_pue"])
@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, ""), (1e-6, "1e-06"), (0.5, "0.5"), (0.99, "0.99"), (1.0, ""), (1.2, ""), (2.0, ""), (-1.0, "")]
)
def test_an_overhead_is_that_of_the_site_or_one_at_least(member, field, value, shown):
    path = f"hall.{member}.{field}"
    line = f"{member}.toml: written.{path}: is out of bounds, got {shown}, expected at least 1, or 0: that of the site"
    assert told({path: value}) == ([line] if shown else [])


def test_halls_without_an_overhead_of_their_own_are_taken():
    assert told({}) == []


OFFERED = {"accelerator.CHIP.share": 0.5, "accelerator.CHIP.it_power_w": 2000.0, "accelerator.CHIP.rack_count": 50.0}
BUILT = {"site.north.hall_starts_w_per_s": 0.5, "hall.shell.rack_w": 40e3, "hall.tent.rack_w": 90e3}
STANDS = {"site.north.hall_power_w": 0.5, "site.north.rack_w": 80e3}
WHAT = "CHIP.toml: accelerator.CHIP: is on offer in racks that no hall and no site takes, got 100.0 kW, expected at most"
KIND = "or a kind of hall that takes more"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (BUILT, f"{WHAT} 90 kW a rack as in hall.tent.rack_w, {KIND}"),
        (STANDS, f"{WHAT} 80 kW a rack as in site.north.rack_w, {KIND}"),
        (BUILT | STANDS, f"{WHAT} 90 kW a rack as in hall.tent.rack_w, {KIND}"),
        (BUILT | STANDS | {"site.north.rack_w": 95e3}, f"{WHAT} 95 kW a rack as in site.north.rack_w, {KIND}"),
        (BUILT | {"hall.shell.rack_w": 95e3}, f"{WHAT} 95 kW a rack as in hall.shell.rack_w, {KIND}"),
        (BUILT | {"site.north.rack_w": 200e3}, f"{WHAT} 90 kW a rack as in hall.tent.rack_w, {KIND}"),
        (STANDS | {"hall.shell.rack_w": 200e3}, f"{WHAT} 80 kW a rack as in site.north.rack_w, {KIND}"),
        (STANDS | {"site.north.hall_power_w": [0.0, 0.5]}, f"{WHAT} 80 kW a rack as in site.north.rack_w, {KIND}"),
        (STANDS | {"accelerator.CHIP.share": [0.0, 0.5]}, f"{WHAT} 80 kW a rack as in site.north.rack_w, {KIND}"),
        (STANDS | {"site.north.rack_w": 0.5}, f"{WHAT} 0.5 W a rack as in site.north.rack_w, {KIND}"),
    ],
)
def test_a_chip_on_offer_in_racks_that_no_hall_takes_is_told_with_the_widest(changes, line):
    assert told(OFFERED | changes) == [line]


@pytest.mark.parametrize(
    "figures",
    [
        OFFERED,
        OFFERED | BUILT | {"hall.tent.rack_w": 100e3},
        OFFERED | STANDS | {"site.north.rack_w": 100e3},
        OFFERED | BUILT | {"hall.tent.rack_w": 0.0},
        OFFERED | STANDS | {"site.north.rack_w": 0.0},
        {path: value for path, value in (OFFERED | BUILT).items() if path != "hall.tent.rack_w"},
        {path: value for path, value in (OFFERED | STANDS).items() if path != "site.north.rack_w"},
        OFFERED | BUILT | {"site.north.hall_starts_w_per_s": 0.0},
        OFFERED | STANDS | {"site.north.hall_power_w": 0.0},
        OFFERED | STANDS | {"site.north.hall_power_w": [0.0, 0.0]},
        OFFERED | BUILT | {"accelerator.CHIP.share": 0.0},
        OFFERED | BUILT | {"accelerator.CHIP.share": [0.0, 0.0]},
        OFFERED | BUILT | {"accelerator.CHIP.rack_count": 45.0},
        {path: value for path, value in (OFFERED | BUILT).items() if path != "accelerator.CHIP.share"},
        {path: value for path, value in (OFFERED | BUILT).items() if path != "accelerator.CHIP.it_power_w"},
        {path: value for path, value in (OFFERED | BUILT).items() if path != "accelerator.CHIP.rack_count"},
    ],
)
def test_what_fits_somewhere_or_is_not_on_offer_is_taken(figures):
    assert told(figures) == []


def test_a_chip_of_no_known_rack_is_a_rack_by_itself():
    figures = {"accelerator.CHIP.share": 0.5, "accelerator.CHIP.it_power_w": 2000.0} | STANDS
    assert told(figures | {"site.north.rack_w": 2000.0}) == []
    wrong = "CHIP.toml: accelerator.CHIP: is on offer in racks that no hall and no site takes, got 2 kW, expected at most 1.999 kW a rack"
    assert told(figures | {"site.north.rack_w": 1999.0}) == [f"{wrong} as in site.north.rack_w, {KIND}"]


@pytest.mark.parametrize(("starts", "lines"), [([0.5, None], 1), ([None, 0.5], 1), ([0.0, 0.5], 1), ([0.0, 0.0], 0), ([None, None], 0)])
def test_halls_can_be_built_where_any_site_starts_some(starts, lines):
    started = {f"site.{site}.hall_starts_w_per_s": w for site, w in zip(("north", "south"), starts, strict=True) if w is not None}
    figures = OFFERED | {"hall.shell.rack_w": 40e3, "hall.tent.rack_w": 90e3} | started
    assert len(told(figures, sites=("north", "south"))) == lines


def test_each_chip_is_held_against_the_halls_by_itself():
    other = {path.replace("CHIP", "OTHER"): value for path, value in OFFERED.items()}
    lines = told(OFFERED | other | STANDS, chips=("OTHER", "CHIP"))
    assert [line.partition(": is")[0] for line in lines] == ["OTHER.toml: accelerator.OTHER", "CHIP.toml: accelerator.CHIP"]


PLACED = {"accelerator.CHIP.it_power_w": 2000.0, "accelerator.CHIP.rack_count": 50.0, "site.north.rack_w": 80e3}
COUNT = "site.north.fleet_count.CHIP"
STANDING = f"north.toml: written.{COUNT}: stands in racks that the halls there do not take, got 100.0 kW, expected at most"


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({COUNT: 1.0}, "80 kW"),
        ({COUNT: 0.5}, "80 kW"),
        ({COUNT: 0.0}, None),
        ({}, None),
        ({COUNT: 1.0, "site.north.rack_w": 0.0}, None),
        ({COUNT: 1.0, "site.north.rack_w": 0.5}, "0.5 W"),
        ({COUNT: 1.0, "site.north.rack_w": 100e3}, None),
        ({COUNT: 1.0, "site.north.rack_w": 120e3}, None),
        ({COUNT: 1.0, "site.north.rack_w": 99.9e3}, "99.9 kW"),
        ({COUNT: 1.0, "accelerator.CHIP.rack_count": 40.0}, None),
    ],
)
def test_chips_in_place_stand_in_racks_that_their_halls_take(changes, most):
    line = f"{STANDING} {most} a rack as in site.north.rack_w"
    assert told(PLACED | changes) == ([line] if most else [])


@pytest.mark.parametrize("missing", ["accelerator.CHIP.it_power_w", "site.north.rack_w"])
def test_chips_in_place_are_taken_where_nothing_is_said_of_their_racks(missing):
    assert told({path: value for path, value in (PLACED | {COUNT: 1.0}).items() if path != missing}) == []


def test_chips_in_place_are_held_against_their_own_site():
    placed = PLACED | {COUNT: 1.0, "site.north.rack_w": 200e3, "site.south.rack_w": 80e3}
    assert told(placed, sites=("north", "south")) == []
    south = "south.toml: written.site.south.fleet_count.CHIP: stands in racks that the halls there do not take, got 100.0 kW"
    assert told(placed | {"site.south.fleet_count.CHIP": 3.0}, sites=("north", "south")) == [
        f"{south}, expected at most 80 kW a rack as in site.south.rack_w"
    ]
