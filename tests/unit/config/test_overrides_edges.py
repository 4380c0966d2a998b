"""Single changes one by one: how each is read, which figure it replaces, which range it leaves, and the line where it cannot be made."""

import dataclasses
import datetime
from decimal import Decimal

import pytest

from capexmodel.config.documents import gather
from capexmodel.config.entries import Entry, Slot
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Given, Reader
from capexmodel.config.overrides import Override, change, read_overrides, settings_of
from capexmodel.config.schema import tables
from capexmodel.config.series import Stage
from capexmodel.config.values import Said, Scene

DAY_S = 86400.0
PARTS = ("site", "north", "site_power_w")
SETTINGS = "a figure, precision, hindsight, grid.horizon, grid.decisions, grid.periods"


def small(without: str = "") -> Scene:
    """The small scenario with its values read, in bf16; without the members of one table where one is named."""
    faults = Faults()
    documents = gather("small", faults)
    members = {table: () if table == without else tuple(documents.layer.members.get(table, [])) for table in tables()}
    scene = Scene(documents, Reader(datetime.date(2026, 2, 2), documents.sources, faults), "bf16", members)
    scene.read_entries()
    scene.choose_precision()
    assert faults.lines == []
    scene.said.clear()
    return scene


def after(*texts: str) -> Scene:
    """The small scenario after changes."""
    scene = small()
    change(scene, read_overrides(texts, scene.reader.faults))
    return scene


@pytest.mark.parametrize(
    ("text", "words", "raw"),
    [
        ("a.b=1", ("a", "b"), 1),
        (" a . b = 0.1 ", ("a", "b"), Decimal("0.1")),
        ("a=b=c", ("a",), "b=c"),
        ("a=true", ("a",), True),
        ("a=2026-05-31", ("a",), datetime.date(2026, 5, 31)),
        ('a="4 GW"', ("a",), "4 GW"),
        ("a=4 GW", ("a",), "4 GW"),
        ("a={ value = 1, low = 0 }", ("a",), {"value": 1, "low": 0}),
        ("a=" + "[" * 9000, ("a",), "[" * 9000),
    ],
)
def test_a_change_is_a_path_in_words_and_a_value(text, words, raw):
    faults = Faults()
    assert read_overrides(text, faults) == read_overrides([text], faults) == [Override(words, raw)]
    assert faults.lines == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [("mfu", "mfu"), ("=3", "=3"), (" =3", " =3"), ("mfu=", "mfu="), ("mfu= ", "mfu= "), ("a=3\x07", "a=3\\u0007"), ("", "")],
)
def test_what_is_no_change_is_left_out_and_told_and_the_rest_is_read(text, shown):
    faults = Faults()
    assert read_overrides(["a=1", text, "b=2"], faults) == [Override(("a",), 1), Override(("b",), 2)]
    assert faults.lines == [f'override: is not a change, got "{shown}", expected path=value, as envelope.high=125 B$']


def test_settings_are_picked_and_figures_are_left_to_the_tables():
    faults = Faults()
    changes = [Override(("precision",), "fp8"), Override(("utilization", "mfu"), 1), Override(("grid", "horizon"), "soon")]
    assert settings_of(changes, faults) == {
        "precision": Entry("fp8", None, "override", "precision"),
        "grid.horizon": Entry("soon", None, "override", "grid.horizon"),
    }
    assert faults.lines == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("as_of",), f"as_of: cannot be changed, expected {SETTINGS}"),
        (("mfu", "utilization"), f"mfu.utilization: cannot be changed, expected {SETTINGS}; did you mean 'utilization'?"),
        (("grid", "horizn"), f"grid.horizn: cannot be changed, expected {SETTINGS}; did you mean 'grid.horizon'?"),
        (
            ("sit", "a_very_long", "figure_of_it"),
            f"sit.a_very_long.figure_of_it: cannot be changed, expected {SETTINGS}; did you mean 'site'?",
        ),
    ],
)
def test_what_cannot_be_changed_is_told_with_what_was_meant(words, line):
    faults = Faults()
    assert settings_of([Override(words, 1), Override(("precision",), "fp8")], faults).keys() == {"precision"}
    assert faults.lines == [f"override: {line}"]


NOT_CHANGED = [
    ("site.nroth.peak_pue=1.2",
     "site.nroth.peak_pue: is not a member of [site], got \"nroth\", expected north, leased; did you mean 'north'?"),
    ("site.peak_pue=1.2", 'site.peak_pue: is not a member of [site], got "peak_pue", expected north, leased'),
    ("site=3", 'site: is not a member of [site], got "", expected north, leased'),
    ("envelope=3", 'envelope: is not a member of [envelope], got "", expected FY2026, FY2027'),
    ("envelope.high.x=1 B$", 'envelope.high.x: is not a member of [envelope], got "high", expected FY2026, FY2027'),
    ("envelope.most=1", 'envelope.most: is not a member of [envelope], got "most", expected FY2026, FY2027'),
    ("site.north=1", "site.north: is not a figure, expected a key of [site]"),
    ("utilization=1", "utilization: is not a figure, expected a key of [utilization]"),
    ("site.north.peak_peu=1.2", "site.north.peak_peu: is not a known key, got \"peak_peu\"; did you mean 'peak_pue'?"),
    ("utilization.mfv=0.3", "utilization.mfv: is not a known key, got \"mfv\"; did you mean 'mfu'?"),
    ("accelerator.OLD.peak_fp8=1 PFLOP/s",
     "accelerator.OLD.peak_fp8: has no effect, expected the peak in the precision of the scenario (bf16)"),
    ("site.north.peak_pue.x=1.2", "site.north.peak_pue.x: is not a single figure, expected site.north.peak_pue"),
    ("site.north.open.x=true", "site.north.open.x: is not a single figure, expected site.north.open"),
    ("job.first.deadline.x=2026-06-30", "job.first.deadline.x: is not a single figure, expected job.first.deadline_s"),
    ("utilization.mfu.x=1", "utilization.mfu.x: is not a single figure, expected utilization.mfu"),
    ("site.north.fleet_count=5", "site.north.fleet_count: is not a single figure, expected site.north.fleet_count.ACCELERATOR"),
    ("site.north.fleet_count.OWN.x=5", "site.north.fleet_count.OWN.x: is not a single figure, expected site.north.fleet_count.ACCELERATOR"),
    ("site.north.site_power_w.2026-09-01.x=1 W",
     "site.north.site_power_w.2026-09-01.x: is not a single figure, expected site.north.site_power_w"),
    ("site.north.site_power_w.2026-09-02=1 W",
     'site.north.site_power_w.2026-09-02: is not a stage of the series, got "2026-09-02", expected 2026-02-02, 2026-09-01, 2027-06-01;'
     " did you mean '2026-09-01'?"),
    ("site.north.site_power_w.soon=1 W",
     'site.north.site_power_w.soon: is not a stage of the series, got "soon", expected 2026-02-02, 2026-09-01, 2027-06-01'),
    ("accelerator.OLD.share.2026-02-02=0.5",
     'accelerator.OLD.share.2026-02-02: is not a stage of the series, got "2026-02-02", expected a series that is given'),
    ("site.north.site_power_mw.2026-09-01=high",
     "site.north.site_power_mw.2026-09-01: is text and no quantity (no number with a unit), got \"high\","
     " expected a number in w (firm power at the meter in place or promised)"),
    ("site.north.open=1", "site.north.open: has the wrong type, got 1, expected true or false"),
    ("site.north.network=1", "site.north.network: has the wrong type, got 1, expected a name in quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), NOT_CHANGED, ids=[case[0] for case in NOT_CHANGED])
def test_what_does_not_fit_changes_nothing_and_is_one_line(text, line):
    before, scene = small(), after(text)
    assert scene.reader.faults.lines == [f"override: {line}"]
    assert scene.values == before.values
    assert scene.written == before.written
    assert scene.said == []


def test_a_peak_by_precision_changes_nothing_where_no_precision_is_given():
    scene = dataclasses.replace(small(), precision=None)
    change(scene, read_overrides("accelerator.OLD.peak_bf16=1 PFLOP/s", scene.reader.faults))
    (line,) = scene.reader.faults.lines
    assert line.endswith("has no effect, expected the peak in the precision of the scenario (none is given)")


def test_a_year_is_not_left_out_where_there_is_none():
    scene = small(without="envelope")
    change(scene, read_overrides("envelope.high=1 B$", scene.reader.faults))
    assert scene.reader.faults.lines == [
        'override: envelope.high: is not a member of [envelope], got "high", expected one that has members'
    ]


@pytest.mark.parametrize(
    ("text", "slot", "value", "unit"),
    [
        ("utilization.mfu=0.3", Slot("utilization", "", "mfu"), Given(0.3, 0.25, 0.43), None),
        ("accelerator.OLD.price_kusd=45", Slot("accelerator", "OLD", "price_usd"), Given(45e3, 30e3, 52e3), "kusd"),
        ("accelerator.OLD.peak_bf16=1 PFLOP/s", Slot("accelerator", "OLD", "peak_eflops"), Given(1e-3), None),
        ("accelerator.OWN.peak_pflops=2", Slot("accelerator", "OWN", "peak_eflops"), Given(2e-3), "pflops"),
        ("envelope.high_busd=5", Slot("envelope", "FY2026", "high_usd"), Given(5e9), "busd"),
        ("envelope.FY2027.high_busd=5.5", Slot("envelope", "FY2027", "high_usd"), Given(5.5e9, 4e9, 6e9), "busd"),
        ("site.north.fleet_count.OWN=7", Slot("site", "north", "fleet_count", "OWN"), Given(7.0), "count"),
        ("site.north.fleet_count.OLD=4e4", Slot("site", "north", "fleet_count", "OLD"), Given(4e4, 4e4, 6e4), "count"),
        ("site.leased.hall_power_mw=5", Slot("site", "leased", "hall_power_w"), (Stage(0.0, Given(5e6)),), "mw"),
        ("job.second.deadline=2026-02-04", Slot("job", "second", "deadline_s"), Given(2 * DAY_S), None),
    ],
)
def test_a_change_replaces_one_value_and_is_noted_as_said(text, slot, value, unit):
    before, scene = small(), after(text)
    assert scene.reader.faults.lines == []
    assert scene.values == before.values | {slot: value}
    path, _, written = text.partition("=")
    entry = Entry(read_overrides(f"a={written}", Faults())[0].raw, unit, "override", path)
    assert scene.written == before.written | {slot: entry}
    told = Given(value.value) if isinstance(value, Given) else value
    field = tables()[slot.table].fields[slot.field]
    assert scene.said == [Said(slot, field, entry, told, before.written.get(slot))]


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("site.leased.open=true", Slot("site", "leased", "open"), True),
        ("rental.lease.accelerator=NEW", Slot("rental", "lease", "accelerator"), "NEW"),
    ],
)
def test_texts_and_flags_are_replaced_and_are_no_figures_said(text, slot, value):
    before, scene = small(), after(text)
    assert scene.reader.faults.lines == []
    assert scene.values == before.values | {slot: value}
    assert scene.written[slot] == Entry(value, None, "override", text.partition("=")[0])
    assert scene.said == []


@pytest.mark.parametrize(
    ("text", "value", "low", "high"),
    [
        ("0.3", 0.3, 0.25, 0.43),
        ("0.25", 0.25, 0.25, 0.43),
        ("0.24", 0.24, None, 0.43),
        ("0.43", 0.43, 0.25, 0.43),
        ("0.44", 0.44, 0.25, None),
        ("{ value = 0.3, low = 0.28 }", 0.3, 0.28, 0.43),
        ("{ value = 0.3, low = 0.2, high = 0.5 }", 0.3, 0.2, 0.5),
        ("{ value = 0.3, high = 0.31 }", 0.3, 0.25, 0.31),
    ],
)
def test_a_range_stays_on_the_side_where_it_holds_the_new_value(text, value, low, high):
    assert after(f"utilization.mfu={text}").values[Slot("utilization", "", "mfu")] == Given(value, low, high)


FIRST, SECOND, THIRD = (
    Stage(0.0, Given(1.2e8, None, None, "reported", "early")),
    Stage(211 * DAY_S, Given(2.4e8, 2e8, 3e8, "scenario", "mine", "second substation")),
    Stage(484 * DAY_S, Given(5e8)),
)


@pytest.mark.parametrize(
    ("text", "stages", "told"),
    [
        ("2026-02-02=130 MW", (Stage(0.0, Given(1.3e8)), SECOND, THIRD), Stage(0.0, Given(1.3e8))),
        ("2026-09-01=260 MW", (FIRST, Stage(211 * DAY_S, Given(2.6e8, 2e8, 3e8)), THIRD), Stage(211 * DAY_S, Given(2.6e8))),
        ("1 September 2026=300 MW", (FIRST, Stage(211 * DAY_S, Given(3e8, 2e8, 3e8)), THIRD), Stage(211 * DAY_S, Given(3e8))),
        ("2027-06-01=510 MW", (FIRST, SECOND, Stage(484 * DAY_S, Given(5.1e8))), Stage(484 * DAY_S, Given(5.1e8))),
    ],
)
def test_one_stage_of_a_series_is_replaced_by_its_date(text, stages, told):
    before, scene, slot = small(), after(f"site.north.site_power.{text}"), Slot(*PARTS)
    assert before.values[slot] == (FIRST, SECOND, THIRD)
    assert scene.reader.faults.lines == []
    assert scene.values == before.values | {slot: stages}
    assert [(said.slot, said.value, said.before) for said in scene.said] == [(slot, (told,), before.written[slot])]
    assert scene.said[0].entry.file == "override"


def test_changes_are_made_in_order_and_settings_are_left_alone():
    scene = after("utilization.mfu=0.3", "grid.horizon=2027-06-30", "precision=fp8", "utilization.mfu=0.2")
    assert scene.reader.faults.lines == []
    assert scene.values[Slot("utilization", "", "mfu")] == Given(0.2, None, 0.43)
    (said,) = scene.said
    assert said == Said(Slot("utilization", "", "mfu"), said.field, scene.written[said.slot], Given(0.2), small().written[said.slot])


def test_what_was_said_before_of_the_same_figure_or_stage_is_forgotten_but_not_what_stood_there():
    """A stage that is said after the whole series stands beside it; a series that is said after a stage does not leave it there."""
    power, slot = "site.north.site_power", Slot(*PARTS)
    first, later, other = f"{power}.2026-02-02=1 MW", f"{power}.2026-02-02=2 MW", f"{power}.2026-09-01=3 MW"
    old = small().written[slot]

    def said(*texts):
        return [(each.entry.raw, each.before, each.at_s) for each in after(*texts).said]

    assert said(first, other, later) == [("3 MW", old, 211 * DAY_S), ("2 MW", old, 0.0)]
    assert said(first, other, f"{power}=4 MW", "utilization.mfu=0.3")[:-1] == [("4 MW", old, None)]
    assert said("utilization.mfu=0.3", f"{power}=4 MW")[1:] == said(f"{power}=4 MW", first, f"{power}=4 MW") == [("4 MW", old, None)]
    whole, stage = after(f"{power}=4 MW", first).said
    assert (whole.entry.raw, whole.before, whole.at_s) == ("4 MW", old, None)
    assert (stage.entry.raw, stage.before, stage.at_s) == ("1 MW", whole.entry, 0.0)
    scene = small()
    scene.say(slot, old, scene.values[slot], None)
    change(scene, read_overrides([f"{power}=4 MW"], scene.reader.faults))
    assert [(each.entry.raw, each.before) for each in scene.said] == [("4 MW", old)]
