"""What must hold between figures: contradictions are refused with both keys named."""

import datetime
import itertools
import math

from capexmodel.config.entries import Slot
from capexmodel.config.faults import nearest, plain
from capexmodel.config.figures import Given
from capexmodel.config.housing import check_halls
from capexmodel.config.provenance import check_dates
from capexmodel.config.schema import tables
from capexmodel.config.values import Scene
from capexmodel.model.calendar import Calendar
from capexmodel.training.recipe import ONE_COPY
from capexmodel.units import show

NEAR = 0.01
"""Share by which the peak of the chip that is timed may differ from that of an accelerator."""
_ROUNDING = 1e-9
"""Share by which chips may fall short of a cut of which they are exactly one copy."""
TIMED = ("shape", "chip", "efficiency")
"""Tables without which a recipe cannot be timed."""


def settle_training(scene: Scene) -> None:
    """Utilization is measured or timed: where it is measured, what it would be timed by is forgotten; else all of that must be there."""
    if scene.holds(tables()["utilization"]):
        for name in (*TIMED, "recipe"):
            scene.drop(name)
        return
    missing = [name for name in TIMED if not scene.holds(tables()[name])]
    missing += [] if scene.members["recipe"] else ["recipe"]
    if len(missing) == len(TIMED) + 1:
        expected = f"measured utilization, or {', '.join(f'[{name}]' for name in TIMED)} and members of [recipe] to time steps by"
        scene.reader.faults.add(scene.documents.file, "utilization", "is missing", None, expected)
        return
    for name in missing:
        expected = f"a table [{name}], to time steps by, or measured utilization in [utilization]"
        scene.reader.faults.add(scene.documents.file, name, "is missing", None, expected)


def check_scene(scene: Scene, calendar: Calendar) -> None:
    """Check everything that involves more than one figure."""
    _check_envelope(scene)
    _check_dates_of(scene, calendar)
    _check_vendors(scene)
    _check_recipes(scene)
    check_halls(scene)


def check_years(scene: Scene, calendar: Calendar) -> None:
    """The envelope has one member for each fiscal year of the grid. What is said of another year is not looked at further."""
    faults, layer = scene.reader.faults, scene.documents.layer
    for year in scene.members["envelope"]:
        if year not in calendar.years:
            expected = f"{', '.join(calendar.years)}"
            faults.add(
                layer.file, f"envelope.{year}", "is no fiscal year of the grid", plain(year), expected, nearest(year, calendar.years)
            )
    for year in calendar.years:
        if year not in scene.members["envelope"]:
            faults.add(layer.file, f"envelope.{year}", "is missing", None, f"a table [envelope.{year}]: the grid touches that year")
    known = sorted(year for year in scene.members["envelope"] if year in calendar.years)
    scene.members["envelope"] = tuple(known or sorted(scene.members["envelope"]))


def _check_envelope(scene: Scene) -> None:
    """The least capital expenditure of a year is not above the most."""
    for year in scene.members["envelope"]:
        low, high = (Slot("envelope", year, name) for name in ("low_usd", "high_usd"))
        one, other = scene.values.figure(low), scene.values.figure(high)
        if one and other and one.value > other.value:
            entry, above = scene.written[low], scene.written[high]
            least, most = show(one.value, "low_usd"), show(other.value, "high_usd")
            if scene.documents.blamed(entry, above) is entry:
                scene.reader.faults.add(entry.file, entry.path, f"is above {above.path}", least, f"at most {most}")
            else:
                scene.reader.faults.add(above.file, above.path, f"is below {entry.path}", most, f"at least {least}")


def _check_dates_of(scene: Scene, calendar: Calendar) -> None:
    """Deadlines and closing dates come after the as-of date; stages of a series before the end of time."""
    for slot, value in scene.values.items():
        field = tables()[slot.table].fields[slot.field]
        if field.kind == "date" and isinstance(value, Given) and value.value < 0:
            entry = scene.written[slot]
            scene.reader.faults.add(
                entry.file, entry.path, "is before the as-of date", str(calendar.date(value.value)), f"{calendar.as_of} or later"
            )


def _check_vendors(scene: Scene) -> None:
    """A chip without a vendor is not on offer."""
    for member in scene.members["accelerator"]:
        vendor, share = Slot("accelerator", member, "vendor"), Slot("accelerator", member, "share")
        if scene.values.get(vendor) == "" and any(given.value > 0 for given in scene.values.givens(share)):
            entry, other = scene.written[share], scene.written[vendor]
            if scene.documents.blamed(entry, other) is entry:
                what, expected = f"is on offer but {other.path} is empty", "a share of 0, or a member of [supply]"
            else:
                entry, what, expected = other, f"is empty but {entry.path} is on offer", "a member of [supply], or a share of 0"
            scene.reader.faults.add(entry.file, entry.path, what, None, expected)


def _check_recipes(scene: Scene) -> None:
    """Sizes of recipes grow; the chip they are timed on is one that is there; a network's speed needs steps that are timed."""
    faults, sizes = scene.reader.faults, [Slot("recipe", member, "chips_count") for member in scene.members["recipe"]]
    for before, after in itertools.pairwise(slot for slot in sizes if slot in scene.values):
        one, other = scene.values.figure(before), scene.values.figure(after)
        if one and other and other.value <= one.value:
            entry, under = scene.written[after], scene.written[before]
            if scene.documents.blamed(entry, under) is entry:
                what, got, expected = "is no larger than the size before", other.value, f"above {one.value:g}"
            else:
                entry, under, what, got, expected = under, entry, "is no smaller than the size after", one.value, f"below {other.value:g}"
            faults.add(entry.file, entry.path, what, f"{got:g}", f"{expected}, smallest first, as in {under.path}")
    for member in scene.members["recipe"]:
        _check_cut(scene, member)
    timed, peak = scene.values.figure(Slot("chip", "", "peak_eflops")), Slot("chip", "", "peak_eflops")
    peaks = [scene.values.figure(Slot("accelerator", member, "peak_eflops")) for member in scene.members["accelerator"]]
    if timed and not any(math.isclose(timed.value, each.value, rel_tol=NEAR) for each in peaks if each):
        entry, known = scene.written[peak], ", ".join(sorted({show(each.value, "peak_eflops") for each in peaks if each}))
        faults.add(entry.file, entry.path, "is the peak of none of the accelerators", show(timed.value, "peak_eflops"), f"one of {known}")
    for slot, entry in scene.written.items():
        if slot.table == "network" and slot.field == "chip_gb_per_s" and not sizes:
            faults.add(entry.file, entry.path, "has no effect where utilization is measured", None, "[recipe], to time steps by")


def _check_cut(scene: Scene, member: str) -> None:
    """A recipe has chips for one copy of the model at least."""
    size, parts = Slot("recipe", member, "chips_count"), [Slot("recipe", member, name) for name in ONE_COPY]
    given = [figure for slot in parts if (figure := scene.values.figure(slot))]
    chips, least = scene.values.figure(size), math.prod(one.value for one in given)
    if chips and chips.value < least * (1.0 - _ROUNDING):
        entry, cut = scene.written[size], " x ".join(f"{one.value:g}" for one in given)
        what, got, expected = "is too few for one copy of the model", f"{chips.value:g}", f"at least {cut}: {', '.join(ONE_COPY)}"
        blamed = scene.documents.blamed(entry, *(scene.written[slot] for slot in parts if slot in scene.written))
        if blamed is not entry:
            what, got = f"makes one copy of the model larger than {entry.path}", f"{cut}: {', '.join(ONE_COPY)}"
            expected = f"at most {chips.value:g}"
        scene.reader.faults.add(blamed.file, blamed.path, what, got, expected)


def check_provenance(scene: Scene, as_of: datetime.date, hindsight: bool) -> tuple[str, ...]:
    """Refuse what was published after the as-of date; with hindsight, list those sources instead."""
    cited = []
    for slot in scene.values:
        entry = scene.written[slot]
        cited += [(entry.file, entry.path, given.source) for given in scene.values.givens(slot)]
    return check_dates(list(dict.fromkeys(cited)), scene.reader.sources, as_of, hindsight, scene.reader.faults)
