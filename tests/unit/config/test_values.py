"""Entries become values: what the user said is noted, a precision picks a peak, what is missing or unknown is told by its key."""

import datetime

import pytest

from capexmodel.config import values as room
from capexmodel.config.documents import Documents
from capexmodel.config.entries import Entry, Layer, Slot
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Given, Reader
from capexmodel.config.schema import Field, Table, tables
from capexmodel.config.series import Stage
from capexmodel.config.values import Said, Scene

PEAK, BF16, FP8 = "peak_eflops", "peak_bf16_eflops", "peak_fp8_eflops"
FIELDS = {table: tables()[table].fields for table in ("accelerator", "site", "staff", "rental")}
PEAK_EXPECTED = "expected a number in eflops (dense peak of one chip in the precision of the scenario)"


def entry(raw, unit=None, file="f.toml", path="a.b", strict=False):
    """An entry, as it was written in a file."""
    return Entry(raw, unit, file, path, strict)


def scene(entries=(), precision=None, members=None, settings=None, own=("f.toml",), replaced=None):
    """A scene of such entries, before any is read."""
    layer = Layer("f.toml", dict(entries), {}, set(), settings or {})
    documents = Documents("f.toml", layer, {}, ("f.toml",), own=frozenset(own), replaced=replaced or {})
    reader = Reader(datetime.date(2026, 2, 2), {"user": {}, "early": {}}, Faults())
    return Scene(documents, reader, precision, {"accelerator": (), "site": ()} | (members or {}))


def read(*args, **kwargs):
    """A scene whose entries are read."""
    one = scene(*args, **kwargs)
    one.read_entries()
    return one


def only(monkeypatch, *names, **made):
    """Let these tables be all there are."""
    found = {name: tables()[name] for name in names} | made
    monkeypatch.setattr(room, "tables", lambda: found)


PRICE, SHARE, NETWORK, OPEN = (
    Slot("accelerator", "A", "price_usd"), Slot("accelerator", "A", "share"), Slot("site", "n", "network"), Slot("site", "n", "open"),
)  # fmt: skip


def test_every_entry_is_read_as_its_field_wants_it():
    entries = {
        PRICE: entry(2, "kusd"), SHARE: entry(0.5), NETWORK: entry("tree"), OPEN: entry(False),
        Slot("site", "n", "fleet_count", "A"): entry("bad", "count", path="x.y"),
    }  # fmt: skip
    one = read(entries)
    assert one.values == {PRICE: Given(2000.0), SHARE: (Stage(0.0, Given(0.5)),), NETWORK: "tree", OPEN: False}
    assert one.written == entries
    assert [line.split(": ")[1] for line in one.reader.faults.lines] == ["x.y"]


def test_figures_and_series_of_files_of_ones_own_are_noted_with_what_they_replace():
    entries = {
        PRICE: entry(2, "kusd"), SHARE: entry(0.5), NETWORK: entry("tree"), OPEN: entry(True),
        Slot("site", "n", "slip_s"): entry(1, "day", "other.toml"), Slot("site", "n", "peak_pue"): entry("bad"),
    }  # fmt: skip
    before = entry(1, "usd", "catalog")
    one = read(entries, replaced={PRICE: before, NETWORK: before})
    assert one.said == [
        Said(PRICE, FIELDS["accelerator"]["price_usd"], entries[PRICE], Given(2000.0), before),
        Said(SHARE, FIELDS["accelerator"]["share"], entries[SHARE], (Stage(0.0, Given(0.5)),), None),
    ]
    assert read(entries, own=()).said == []


@pytest.mark.parametrize(("field", "raw", "line"), [
    ("network", True, "has the wrong type, got true, expected a name in quotes"),
    ("network", 3, "has the wrong type, got 3, expected a name in quotes"),
    ("open", "true", 'has the wrong type, got "true", expected true or false'),
    ("open", 1, "has the wrong type, got 1, expected true or false"),
])  # fmt: skip
def test_a_name_and_a_flag_are_of_their_type(field, raw, line):
    one = scene()
    assert one.read(entry(raw), FIELDS["site"][field]) is None
    assert one.reader.faults.lines == [f"f.toml: a.b: {line}"]


def test_what_is_only_held_against_others_is_read_without_a_fault():
    one = scene()
    assert one.quietly(entry(2, "kusd"), FIELDS["accelerator"]["price_usd"]) == Given(2000.0)
    assert one.quietly(entry("dear"), FIELDS["accelerator"]["price_usd"]) is None
    assert one.reader.faults.lines == []


def chips(bodies):
    """Entries of peaks: by chip, and by field."""
    return {
        Slot("accelerator", chip, field): entry(raw, "eflops", path=f"accelerator.{chip}.{field}")
        for chip, body in bodies.items() for field, raw in body.items()
    }  # fmt: skip


def picked(bodies, precision, settings=None):
    """A scene whose precision has picked the peaks."""
    one = read(chips(bodies), precision, {"accelerator": tuple(bodies)}, settings)
    before = len(one.reader.faults.lines)
    one.choose_precision()
    return one, one.reader.faults.lines[before:]


def peaks(one):
    """The values of a scene: by chip and by field."""
    return {f"{slot.member}.{slot.field}": given.value for slot, given in one.values.items()}


@pytest.mark.parametrize(("precision", "wanted"), [("bf16", {"A": 1.0, "B": 3.0}), ("fp8", {"A": 2.0})])
def test_a_precision_picks_the_peak_of_each_chip(precision, wanted):
    one, lines = picked({"A": {BF16: 1, FP8: 2}, "B": {BF16: 3}, "C": {PEAK: 4, FP8: 5}, "D": {}}, precision)
    assert lines == []
    assert peaks(one) == {f"{chip}.{PEAK}": value for chip, value in wanted.items()} | {f"C.{PEAK}": 4.0}
    for chip in "ABC":
        slot = Slot("accelerator", chip, PEAK)
        assert (slot in one.written) is (chip in wanted or chip == "C")
        if chip in wanted:
            assert one.written[slot] == one.written[slot._replace(field=f"peak_{precision}_eflops")]
    assert one.written[Slot("accelerator", "C", PEAK)].raw == 4


def test_a_peak_with_a_fault_is_written_and_has_no_value():
    one, lines = picked({"A": {BF16: "bad", FP8: 2}}, "bf16")
    assert (lines, peaks(one)) == ([], {})
    assert one.written[Slot("accelerator", "A", PEAK)].raw == "bad"


def test_without_a_precision_nothing_is_picked_and_that_is_said_once():
    one, lines = picked({"A": {PEAK: 1}, "B": {BF16: 2, FP8: 3}, "C": {FP8: 4}}, None)
    assert lines == ["f.toml: precision: is missing, expected bf16 or fp8"]
    assert peaks(one) == {f"A.{PEAK}": 1.0, f"B.{BF16}": 2.0, f"B.{FP8}": 3.0, f"C.{FP8}": 4.0}
    assert Slot("accelerator", "B", PEAK) not in one.written
    assert picked({"A": {PEAK: 1}, "B": {}}, None)[1] == []


def test_a_precision_without_a_chip_that_heeds_it_is_refused():
    settings = {"precision": entry("fp8", file="g.toml", path="precision")}
    line = 'g.toml: precision: has no effect, got "fp8", expected chips that give peak_bf16 or peak_fp8'
    assert picked({"A": {PEAK: 1}, "B": {}}, "fp8", settings)[1] == [line]
    assert picked({"A": {PEAK: 1, FP8: 2}}, "fp8", settings)[1] == [line]
    assert picked({"A": {PEAK: 1}, "B": {BF16: 1}}, "fp8", settings)[1] == []
    assert picked({}, "fp8", settings)[1] == []


def test_a_table_is_there_if_it_must_be_or_is_written_in():
    one = read({Slot("chip", "", "memory_gb"): entry(1, "gb"), PRICE: entry(2, "usd")})
    assert [one.holds(tables()[name]) for name in ("chip", "shape", "staff", "accelerator", "site")] == [True, False, True, True, True]
    assert not read({PRICE: entry(2, "usd")}).holds(tables()["chip"])


def test_a_table_is_forgotten_with_its_members_and_nothing_else():
    bad = Slot("accelerator", "A", "load")
    one = read({PRICE: entry(2, "usd"), bad: entry("bad"), NETWORK: entry("tree")}, members={"accelerator": ("A",), "site": ("n",)})
    one.drop("accelerator")
    assert (one.values, list(one.written)) == ({NETWORK: "tree"}, [NETWORK])
    assert one.members == {"accelerator": (), "site": ("n",)}


def complete(one):
    """What a scene lacks."""
    before = len(one.reader.faults.lines)
    one.check_complete()
    return one.reader.faults.lines[before:]


def test_a_table_without_members_is_missing_where_it_must_have_some(monkeypatch):
    only(monkeypatch, "site", "deal", "shape")
    assert complete(scene(members={"deal": ()})) == ["f.toml: site: is missing, expected at least one table [site.NAME]"]


def test_a_figure_is_missing_where_it_has_no_default(monkeypatch):
    only(monkeypatch, "core", "shape")
    share, growth = "a number without unit (share of the fleet's compute at the as-of date that the core uses)", "a number in per_s"
    lines = complete(scene())
    assert lines[0] == f"f.toml: core.share: is missing, expected {share}"
    assert lines[1].startswith(f"f.toml: core.growth_per_s: is missing, expected {growth} (")
    assert len(lines) == 2
    assert [line.split(": ")[1] for line in complete(read({Slot("core", "", "share"): entry("bad")}))] == ["core.growth_per_s"]
    lines = complete(read({Slot("shape", "", name): entry(1, "count") for name in ("layers_count", "hidden_count")}))
    assert [line.split(": ")[1] for line in lines[:4]] == ["core.share", "core.growth_per_s", "shape.heads_count", "shape.kv_heads_count"]


def test_what_is_missing_of_a_member_is_said_of_the_file_that_names_it(monkeypatch):
    only(monkeypatch, "supply")
    name = "offered_count_per_s"
    entries = {
        Slot("supply", "A", name): entry(1, "count_per_s", "catalog", strict=True),
        Slot("supply", "A", "stretch"): entry(1, None, "one.toml"),
        Slot("supply", "B", name): entry(1, "count_per_s", "two.toml"),
        Slot("supply", "B", "stretch"): entry(1, None, "three.toml"),
        Slot("supply", "C", name): entry(1, "count_per_s", "catalog", strict=True),
    }
    lines = complete(read(entries, members={"supply": ("A", "B", "C", "a b")}))
    assert [line.partition(", expected")[0] for line in lines] == [
        "one.toml: supply.A.premium: is missing",
        "two.toml: supply.B.premium: is missing",
        "f.toml: supply.C.stretch: is missing",
        "f.toml: supply.C.premium: is missing",
        f'f.toml: supply."a b".{name}: is missing',
        'f.toml: supply."a b".stretch: is missing',
        'f.toml: supply."a b".premium: is missing',
    ]


def test_a_member_that_is_a_misspelling_of_another_is_told_so(monkeypatch):
    """One that a single file names, near one that another file names; a member that differs in its number is another."""
    only(monkeypatch, "supply", "deal")
    files = {"maker": "base", "mkaer": "own", "hall12": "base", "hall3": "own", "hallo3": "own", "other": "own", "makerr": "own"}
    entries = {Slot("supply", name, "stretch"): entry(1, None, file) for name, file in files.items()}
    entries[Slot("supply", "makerr", "premium")] = entry(1, None, "late")
    entries[Slot("deal", "others", "retention")] = entry(1, None, "base")
    one = read(entries, members={"supply": (*files, "make"), "deal": ()}, own=("base", "own", "late"))
    one.documents.files = ("base", "own", "late")
    lines = complete(one)
    near = {line.split(": ")[1].split(".")[1]: line.partition("; did you mean ")[2] for line in lines}
    assert near == dict.fromkeys(files, "") | {"mkaer": "'supply.maker'?", "hallo3": "'supply.hall12'?", "make": ""}


def test_what_is_missing_is_looked_for_until_twenty_faults_are_found(monkeypatch):
    only(monkeypatch, "supply")
    looked: list[str] = []
    check = Scene._check_given
    monkeypatch.setattr(Scene, "_check_given", lambda self, *args: (looked.append(args[1]), check(self, *args)))
    names = tuple(f"m{number}" for number in range(500))
    lines = complete(read({Slot("supply", name, "stretch"): entry(1) for name in names}, members={"supply": names}))
    assert len(lines) == 20
    assert list(dict.fromkeys(looked)) == list(names[:10])


def test_names_are_looked_up_until_twenty_faults_are_found(monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(room, "nearest", lambda word, known: asked.append(word))
    cells = {Slot("site", "n", "fleet_count", f"c{number}"): entry(1, "chip", path=f"c{number}") for number in range(500)}
    one = read(cells)
    one.check_names()
    assert asked == [f"c{number}" for number in range(20)]
    assert one.reader.faults.full


def test_a_peak_is_missing_in_the_precision_of_the_scenario(monkeypatch):
    fields = {name: FIELDS["accelerator"][name] for name in (PEAK, BF16, FP8)}
    only(monkeypatch, accelerator=Table("accelerator", object, "accelerator", fields))
    bodies = {"A": {BF16: 1}, "B": {}, "C": {PEAK: 1}, "D": {FP8: 1}}
    assert complete(picked(bodies, "fp8")[0]) == [
        f"f.toml: accelerator.A.{FP8}: is missing, {PEAK_EXPECTED}",
        f"f.toml: accelerator.B.{PEAK}: is missing, {PEAK_EXPECTED}",
    ]


def test_what_is_given_cell_by_cell_is_never_missing(monkeypatch):
    cells = Field("reach", "reach", "", "cells", other="site")
    only(monkeypatch, thing=Table("thing", object, None, {"reach": cells, "size": Field("size", "size", "", "number")}))
    assert complete(scene()) == ["f.toml: thing.size: is missing, expected a number without unit"]


def unknown(entries, **members):
    """The names that a scene does not know."""
    one = read({slot: entry(raw, None, "g.toml", f"x.{slot.field}") for slot, raw in entries.items()}, members=members)
    before = len(one.reader.faults.lines)
    one.check_names()
    return [line.removeprefix("g.toml: x.") for line in one.reader.faults.lines[before:]]


def cell(name):
    return Slot("site", "n", "fleet_count", name)


@pytest.mark.parametrize(("slot", "raw", "lines"), [
    (NETWORK, "tree", []),
    (NETWORK, "bush", ['network: is not a member of [network], got "bush", expected tree, star']),
    (NETWORK, "tre", ["network: is not a member of [network], got \"tre\", expected tree, star; did you mean 'tree'?"]),
    (NETWORK, "", ['network: is not a member of [network], got "", expected tree, star']),
    (NETWORK, 3, []),
    (OPEN, True, []),
    (PRICE, "3 $", []),
    (SHARE, 0.5, []),
    (Slot("accelerator", "A", "vendor"), "", []),
    (Slot("accelerator", "A", "vendor"), "maker", ['vendor: is not a member of [supply], got "maker", expected a member of [supply]']),
    (Slot("rental", "r", "site"), "x", ['site: is not a member of [site], got "x", expected a member of [site]']),
    (cell("A"), "1 chip", []),
    (cell("A"), "bad", []),
    (cell("AA"), "1 chip", ["fleet_count: is not a member of [accelerator], got \"AA\", expected A; did you mean 'A'?"]),
    (cell("zzz"), "bad", ['fleet_count: is not a member of [accelerator], got "zzz", expected A']),
    (cell(""), "1 chip", ['fleet_count: is not a member of [accelerator], got "", expected A']),
])  # fmt: skip
def test_a_name_is_of_a_member_that_is_there(slot, raw, lines):
    assert unknown({slot: raw}, accelerator=("A",), network=("tree", "star"), supply=()) == lines


def test_names_of_a_table_that_is_not_there_are_unknown():
    one = read({NETWORK: entry("tree", path="site.n.network")})
    one.check_names()
    assert one.reader.faults.lines == ['f.toml: site.n.network: is not a member of [network], got "tree", expected a member of [network]']


def test_a_text_that_names_no_member_may_be_anything(monkeypatch):
    only(monkeypatch, thing=Table("thing", object, None, {"word": Field("word", "word", "", "text")}))
    one = read({Slot("thing", "", "word"): entry("anything")})
    one.check_names()
    assert (one.values, one.reader.faults.lines) == ({Slot("thing", "", "word"): "anything"}, [])
