"""What a file says is placed key by key at its field; what cannot be placed is said in one line, with what was probably meant."""

import pytest

from capexmodel.config import entries as room
from capexmodel.config.entries import Entry, Layer, Slot, is_name, layer_of, match_key, read_member
from capexmodel.config.faults import MOST, Faults
from capexmodel.config.schema import tables

LONG_UNIT = "usd" + "_per_kwh" * 11


def placed(tree):
    """The layer of a tree, and the faults found on the way."""
    faults = Faults()
    return layer_of(tree, "f.toml", faults), faults.lines


def member(table, body, words, name="", **strictly):
    """The entries of one member, and the faults found on the way."""
    faults, layer = Faults(), Layer("f.toml")
    read_member(tables()[table], name, body, layer, words, faults, **strictly)
    return layer.entries, faults.lines


def said_of(table, written):
    """The field and the unit of one key, or else the fault."""
    faults = Faults()
    found = match_key(tables()[table], written, "f.toml", (table, "A") if tables()[table].axis else (table,), faults)
    assert (found is None) is bool(faults.lines)
    assert len(faults.lines) < 2
    return faults.lines[0] if found is None else (found[0].name, found[1])


@pytest.mark.parametrize(("name", "good"), [
    ("A", True), ("_", True), ("a-b+c_9", True), ("9", True), ("a" * 64, True), ("a" * 65, False), ("", False), ("-a", False),
    ("+a", False), ("a b", False), ("a.b", False), ("ä", False), ("a\n", False), (3, False), (None, False), (["a"], False),
])  # fmt: skip
def test_a_name_is_of_letters_digits_and_three_signs(name, good):
    assert is_name(name) is good


def test_settings_and_members_are_placed_with_their_file_and_key():
    layer, lines = placed({
        "name": "a",
        "grid": {"horizon": 1, "odd key": 2},
        "use": {"staff": "lab"},
        "staff": {"headcount": 3, "floor_thousand": 4},
        "supply": {"Maker": {"premium": 0.5}, "other": {"stretch": 0.25}},
        "site": {"north": {"fleet_count": {"OLD": 5, "NEW": {"value": 6}}}, "south": {"absent": True}},
    })  # fmt: skip
    assert lines == []
    assert layer == Layer(
        "f.toml",
        {
            Slot("staff", "", "headcount_count"): Entry(3, None, "f.toml", "staff.headcount"),
            Slot("staff", "", "floor_count"): Entry(4, "thousand", "f.toml", "staff.floor_thousand"),
            Slot("supply", "Maker", "premium"): Entry(0.5, None, "f.toml", "supply.Maker.premium"),
            Slot("supply", "other", "stretch"): Entry(0.25, None, "f.toml", "supply.other.stretch"),
            Slot("site", "north", "fleet_count", "OLD"): Entry(5, "count", "f.toml", "site.north.fleet_count.OLD"),
            Slot("site", "north", "fleet_count", "NEW"): Entry({"value": 6}, "count", "f.toml", "site.north.fleet_count.NEW"),
        },
        {"supply": ["Maker", "other"], "site": ["north"]},
        {("site", "south")},
        {
            "name": Entry("a", None, "f.toml", "name"),
            "grid.horizon": Entry(1, None, "f.toml", "grid.horizon"),
            "grid.odd key": Entry(2, None, "f.toml", 'grid."odd key"'),
            "use.staff": Entry("lab", None, "f.toml", "use.staff"),
        },
    )
    assert not any(entry.strict for entry in layer.entries.values())


@pytest.mark.parametrize(("tree", "line"), [
    ({"use": 3}, "use: is not a table, got 3, expected [use]"),
    ({"grid": [1]}, "grid: is not a table, got [1], expected [grid]"),
    ({"staff": 3}, "staff: is not a table, got 3, expected [staff]"),
    ({"site": "north"}, 'site: is not a table, got "north", expected [site.NAME]'),
    ({"site": {"peak_pue": 2}}, "site.peak_pue: is not a member, got 2, expected it in a member: [site.NAME]"),
    ({"site": {"north": 2}}, "site.north: is not a member, got 2, expected a table [site.NAME]"),
    ({"site": {"a b": {}}}, 'site."a b": is no name, got "a b", expected letters, digits and _ + -, at most 64'),
    ({"site": {"a": {}, "A": {}}}, 'site.A: is the same member as site.a but for case or space, got "A"'),
    ({"site": {"a": {}, " a\t": {}}}, 'site." a\\t": is the same member as site.a but for case or space, got " a\\t"'),
    ({"titel": "x"}, "titel: is not a known key, got \"titel\"; did you mean 'title'?"),
    ({"staf": {}}, "staf: is not a known key, got \"staf\"; did you mean 'staff'?"),
    ({"zzzzzz": 1}, 'zzzzzz: is not a known key, got "zzzzzz"'),
])  # fmt: skip
def test_what_is_no_table_no_member_or_no_key_is_said_and_the_rest_is_read(tree, line):
    layer, lines = placed(tree | {"title": "t", "core": {"share": 1}})
    assert lines == [f"f.toml: {line}"]
    assert layer.settings == {"title": Entry("t", None, "f.toml", "title")}
    assert layer.entries == {Slot("core", "", "share"): Entry(1, None, "f.toml", "core.share")}
    assert layer.members == ({"site": ["a"]} if "a" in tree.get("site", {}) else {})


def test_a_table_has_a_thousand_members_at_most_and_a_matrix_as_many_cells():
    most = {f"m{number}": {} for number in range(1000)}
    assert [len(names) for names in placed({"site": most})[0].members.values()] == [1000]
    layer, lines = placed({"site": most | {"more": {}}, "core": {"share": 1}})
    assert lines == ["f.toml: site: has too many members, got 1001, expected at most 1000"]
    assert (layer.members, len(layer.entries)) == ({}, 1)
    cells = dict.fromkeys(most, 1)
    assert len(placed({"site": {"a": {"fleet_count": cells}}})[0].entries) == 1000
    layer, lines = placed({"site": {"a": {"fleet_count": cells | {"more": 1}}}})
    assert lines == ["f.toml: site.a.fleet_count: has too many members, got 1001, expected at most 1000"]
    assert layer.entries == {}


def test_members_that_are_none_do_not_hide_those_that_follow():
    layer, lines = placed({"site": {"a": 1, "b": {"peak_pue": 2}, "B": {"peak_pue": 3}, "c d": {"peak_pue": 4}, "e": {"peak_pue": 5}}})
    assert [line.split(": ")[1] for line in lines] == ["site.a", "site.B", 'site."c d"']
    assert layer.members == {"site": ["b", "e"]}
    assert {slot.member: entry.raw for slot, entry in layer.entries.items()} == {"b": 2, "e": 5}


@pytest.mark.parametrize(("body", "got"), [
    ({"absent": False}, "false"),
    ({"absent": 1}, "1"),
    ({"absent": True, "open": True}, "true"),
    ({"absent": "yes", "open": True}, '"yes"'),
])  # fmt: skip
def test_a_member_is_taken_out_by_one_word_and_no_other(body, got):
    layer, lines = placed({"site": {"a": body}})
    assert lines == [f"f.toml: site.a.absent: takes a member out, got {got}, expected true, and no other key"]
    assert (layer.absent, layer.members, layer.entries) == (set(), {}, {})


def test_a_key_that_is_said_twice_is_the_first_of_them():
    body = {"price_kusd": 1, "load": 0.5, "price_usd": 2, "price": 3, "it_power_kw": 4}
    found, lines = member("accelerator", body, ("accelerator", "A"), "A")
    assert lines == [
        "f.toml: accelerator.A.price_usd: says the same as accelerator.A.price_kusd, expected one of the two",
        "f.toml: accelerator.A.price: says the same as accelerator.A.price_kusd, expected one of the two",
    ]
    assert {slot.field: entry.raw for slot, entry in found.items()} == {"price_usd": 1, "load": 0.5, "it_power_w": 4}


def test_a_peak_and_its_precisions_say_the_same():
    body = {"vendor": "v", "peak_pflops": 1, "peak_bf16_tflops": 2, "peak_fp8": 3}
    found, lines = member("accelerator", body, ("accelerator", "A"), "A")
    assert lines == [
        "f.toml: accelerator.A.peak_bf16_tflops: says the same as accelerator.A.peak_pflops, expected one of the two",
        "f.toml: accelerator.A.peak_fp8: says the same as accelerator.A.peak_pflops, expected one of the two",
    ]
    assert {slot.field: entry.raw for slot, entry in found.items()} == {"vendor": "v", "peak_eflops": 1}
    found, lines = member("accelerator", {"peak_fp8_tflops": 3, "peak_bf16": 2, "peak_pflops": 1}, ("accelerator", "A"), "A")
    assert lines == ["f.toml: accelerator.A.peak_pflops: says the same as accelerator.A.peak_fp8_tflops, expected one of the two"]
    assert [slot.field for slot in found] == ["peak_fp8_eflops", "peak_bf16_eflops"]
    found, lines = member("accelerator", {"peak_bf16_tflops": 2, "peak_fp8_tflops": 3}, ("accelerator", "A"), "A")
    assert lines == []
    assert [slot.field for slot in found] == ["peak_bf16_eflops", "peak_fp8_eflops"]
    found, lines = member("chip", {"peak_tflops": 2, "memory_gb": 1, "memory_tb_per_s": 3}, ("chip",))
    assert lines == []
    assert [slot.field for slot in found] == ["peak_eflops", "memory_gb", "memory_gb_per_s"]


@pytest.mark.parametrize(("table", "word", "names"), [
    ("chip", "memory", "memory_gb, memory_gb_per_s"), ("preference", "most", "most_usd, most_w, most_kg"),
])  # fmt: skip
def test_a_stem_that_several_keys_have_needs_a_unit(table, word, names):
    found, lines = member(table, {word: "5 GB"}, (table,))
    assert (found, lines) == ({}, [f'f.toml: {table}.{word}: has no unit, got "{word}", expected one of {names}'])


def test_a_unit_alone_belongs_nowhere():
    _, lines = member("site", {"usd_per_hour": 1}, ("site", "north"), "north")
    assert len(lines) == 1
    assert "it in [research]" not in lines[0]


def test_what_stands_in_the_catalog_is_marked_as_strict_and_called_as_there():
    words = ("staff", "lab")
    found, lines = member("staff", {"floor_count": 1}, words, strict=True)
    assert lines == []
    assert found == {Slot("staff", "", "floor_count"): Entry(1, "count", "f.toml", "staff.lab.floor_count", True)}
    found, _ = member("job", {"reach": {"a b": 1}}, ("job", "x"), "x", strict=True)
    assert found == {Slot("job", "x", "reach", "a b"): Entry(1, None, "f.toml", 'job.x.reach."a b"', True)}
    found, _ = member("staff", {"floor_count": 1}, words)
    assert [entry.strict for entry in found.values()] == [False]


def test_cells_stand_in_a_table_and_an_unknown_key_hides_no_other():
    found, lines = member("site", {"fleet": 3, "zzzzzz": 1, "open": True}, ("site", "a"), "a")
    assert lines == [
        "f.toml: site.a.fleet: is not a table, got 3, expected one figure for each accelerator: [site.a.fleet]",
        'f.toml: site.a.zzzzzz: is not a known key, got "zzzzzz"',
    ]
    assert found == {Slot("site", "a", "open"): Entry(True, None, "f.toml", "site.a.open")}


@pytest.mark.parametrize(("table", "written", "found"), [
    ("site", "hall_power", ("hall_power_w", None)),
    ("site", "hall_power_gw", ("hall_power_w", "gw")),
    ("site", "peak_pue", ("peak_pue", None)),
    ("staff", "pay_musd_per_year", ("pay_usd_per_s", "musd_per_year")),
    ("research", "pflops_per_head", ("eflops_per_head", "pflops_per_head")),
])  # fmt: skip
def test_a_key_is_a_stem_with_or_without_a_unit(table, written, found):
    assert said_of(table, written) == found


@pytest.mark.parametrize(("table", "written", "got", "expected", "near"), [
    ("site", "hall_power_gwh", "gwh (energy)", "a power: hall_power_w", "hall_power_gw"),
    ("site", "hall_power_usd", "usd (money)", "a power: hall_power_w", None),
    ("site", "hall_power_percent", "percent (percent)", "a power: hall_power_w", None),
    ("core", "share_percent", "percent (percent)", "a pure number (a fraction has no unit): share", "share"),
    ("core", "share_usd", "usd (money)", "a pure number (a fraction has no unit): share", None),
    ("research", "eflops", "eflops (compute (FLOP/s))", "a compute (FLOP/s) per count: eflops_per_head", "eflops_per_head"),
])  # fmt: skip
def test_a_unit_of_another_dimension_is_said_with_the_one_that_was_meant(table, written, got, expected, near):
    path = f"{table}.A.{written}" if tables()[table].axis else f"{table}.{written}"
    meant = f"; did you mean '{near}'?" if near else ""
    assert said_of(table, written) == f"f.toml: {path}: has the wrong dimension, got {got}, expected {expected}{meant}"


@pytest.mark.parametrize(("table", "written", "said"), [
    ("site", "price_usd", "is not a key here{}, expected it in [accelerator.NAME] or [network.NAME] or [hall.NAME]"),
    ("accelerator", "pay_musd_per_year", "is not a key here{}, expected it in [staff]"),
    ("hall", "share", "is not a key here{}, expected it in [accelerator.NAME] or [core]"),
    ("site", "block_w", "is not a known key{}; did you mean 'rack_w'?"),
    ("site", "hall_powr_mw", "is not a known key{}; did you mean 'hall_power_w'?"),
    ("site", "hall_powr", "is not a known key{}; did you mean 'hall_power'?"),
    ("site", "absnt", "is not a known key{}; did you mean 'absent'?"),
    ("job", "researchleft", "is not a known key{}; did you mean 'research_left'?"),
    ("deal", "retntion_usd_per_kwh", "is not a known key{}; did you mean 'retention'?"),
    ("deal", "zzzzzz_usd", "is not a known key{}"),
    ("deal", "zzzzzz", "is not a known key{}"),
])  # fmt: skip
def test_an_unknown_key_is_told_where_it_belongs_or_what_was_meant(table, written, said):
    line = said_of(table, written)
    assert line == f"f.toml: {table}.A.{written}: " + said.format(f', got "{written}"')


def test_a_member_may_be_called_as_a_table_to_which_a_key_belongs():
    _, lines = member("site", {"price_usd": 1}, ("site", "accelerator"), "accelerator")
    assert lines == [
        'f.toml: site.accelerator.price_usd: is not a key here, got "price_usd", '
        "expected it in [accelerator.NAME] or [network.NAME] or [hall.NAME]"
    ]
    _, lines = member("core", {"mfu": 1}, ("core",))
    assert lines == ['f.toml: core.mfu: is not a key here, got "mfu", expected it in [utilization]']


def test_what_was_meant_is_looked_for_in_keys_of_up_to_a_hundred_letters():
    hundred, more = f"retntion_{LONG_UNIT}", f"retntion_k{LONG_UNIT}"
    assert (len(hundred), len(more)) == (100, 101)
    assert said_of("deal", hundred).startswith(f"f.toml: deal.A.{hundred}: is not a known key, got ")
    assert said_of("deal", hundred).endswith("; did you mean 'retention'?")
    assert "is not a known key, got " in said_of("deal", more)
    assert "did you mean" not in said_of("deal", more)


def test_a_key_at_the_top_is_told_its_table():
    _, lines = placed({"high_busd": 1, "pay_musd_per_year": 2})
    assert lines == [
        'f.toml: high_busd: is not a key here, got "high_busd", expected it in [envelope.NAME]',
        'f.toml: pay_musd_per_year: is not a key here, got "pay_musd_per_year", expected it in [staff]',
    ]


def test_nobody_looks_for_what_was_meant_once_no_more_faults_are_kept(monkeypatch):
    asked = []
    monkeypatch.setattr(room, "nearest", lambda word, known: asked.append(word))
    _, lines = placed({f"zzzzzz{number}": 1 for number in range(3 * MOST)})
    assert len(lines) == MOST
    assert set(asked) == {f"zzzzzz{number}" for number in range(MOST)}
