"""The files behind a scenario: what each is called, what it says anew, and whose it is."""

import re
from pathlib import Path

import pytest

from capexmodel import config
from capexmodel.config.documents import MOST_EXTENDED, Documents, find, gather, shipped, shipped_layers
from capexmodel.config.entries import Entry, Layer, Slot
from capexmodel.config.faults import LONGEST_PATH, Faults
from capexmodel.errors import ConfigError

HEAD = 'schema_version = 1\nname = "child"\nextends = "small"\n'
PRICE, PEAK = Slot("accelerator", "OWN", "price_usd"), Slot("accelerator", "OWN", "peak_eflops")


def gathered(path):
    faults = Faults()
    documents = gather(path, faults)
    assert faults.lines == []
    return documents


def test_a_scenario_is_found_by_its_name_or_by_its_path(configs, tmp_path):
    assert shipped() == ("small",)
    assert find("small") == (configs / "scenarios" / "small.toml", "scenarios/small.toml")
    assert find("small.toml") == (Path("small.toml"), "small.toml")
    assert find(tmp_path) == (tmp_path, str(tmp_path)[-LONGEST_PATH:])
    with pytest.raises(ConfigError) as error:
        find("smal")
    assert str(error.value) == (
        "smal: no scenario has this name, got \"smal\", expected small or a file that ends in .toml; did you mean 'small'?"
    )
    with pytest.raises(ConfigError, match=r"a file that ends in \.toml$"):
        find("entirely other")


def test_files_stand_in_the_order_in_which_they_are_laid_over_one_another(write):
    middle = write(HEAD + "[accelerator.OWN]\nprice_kusd = 31\n", "middle.toml")
    path = write('schema_version = 1\nextends = "middle.toml"\n[accelerator.OWN]\nprice_usd = 32000\n', "leaf.toml")
    documents = gathered(path)
    assert documents.file == str(path)[-LONGEST_PATH:]
    used = ("catalog/chips.toml", "catalog/others.toml")
    assert documents.files == ("sources.toml", "scenarios/small.toml", str(middle), documents.file, *used)
    assert documents.own == {str(middle), documents.file}
    assert documents.layer.file == documents.file
    assert (documents.layer.entries[PRICE].raw, documents.layer.entries[PRICE].unit) == (32000, "usd")
    before = documents.replaced[PRICE]
    assert (before.raw, before.file) == (31, str(middle))
    assert gathered(middle).replaced[PRICE].file == "scenarios/small.toml"
    assert set(gathered(middle).replaced) == {PRICE, *gathered("small").replaced}
    assert gathered("small").own == frozenset()


def test_what_contradicts_itself_is_at_fault_where_it_was_said_last():
    """A change after all files, a file of one's own after those it extends, what is shipped before; of several such the first."""
    documents = Documents("c", Layer("c"), {}, ("sources.toml", "scenarios/s", "b", "c", "catalog/x"), own=frozenset({"b", "c"}))
    change, child, parent, shipped, catalog = (Entry(1, None, file, "k") for file in ("override", "c", "b", "scenarios/s", "catalog/x"))
    assert [documents.rank(each) for each in (change, child, parent, shipped, catalog)] == [5, 3, 2, -1, -1]
    assert documents.blamed(shipped, parent, change, child) is change
    assert documents.blamed(child, parent) is documents.blamed(parent, child, shipped) is child
    assert documents.blamed(catalog, shipped) is catalog
    assert documents.blamed(shipped, catalog) is documents.blamed(shipped) is shipped


def test_a_figure_of_the_catalog_that_is_said_anew_is_what_was_replaced(write):
    slot = Slot("accelerator", "NEW", "price_usd")
    documents = gathered(write(HEAD + "[accelerator.NEW]\nprice_kusd = 55\n"))
    assert documents.replaced[slot].file == "catalog/chips.toml"
    assert documents.layer.entries[slot].raw == 55


def test_sources_of_every_file_of_a_chain_are_known(write):
    own = '[sources.{}]\ntitle = "t"\npublisher = "p"\ndate = 2026-01-01\n'
    write(HEAD + own.format("one"), "middle.toml")
    documents = gathered(write('schema_version = 1\nextends = "middle.toml"\n' + own.format("two")))
    assert {"early", "late", "mine", "one", "two"} <= set(documents.sources)


def test_a_source_that_is_known_keeps_the_title_it_has(write):
    text = '[sources.{}]\ntitle = "t"\npublisher = "p"\ndate = 2025-11-28\n'
    documents = gathered(write(HEAD + text.format("early") + text.format("own")))
    assert [documents.sources[name]["title"] for name in ("early", "own")] == ["Early report", "t"]


def chain_of(write, count):
    """A file that extends another, and so on: so many of them."""
    write(HEAD, "0.toml")
    for number in range(1, count):
        write(f'schema_version = 1\nextends = "{number - 1}.toml"\n', f"{number}.toml")
    return write(f'schema_version = 1\nextends = "{count - 1}.toml"\n', "last.toml")


def test_as_many_files_are_read_as_may_be_and_no_more(write):
    assert len(gathered(chain_of(write, MOST_EXTENDED - 1)).files) == MOST_EXTENDED + 4
    with pytest.raises(ConfigError, match=f"expected at most {MOST_EXTENDED} files"):
        gathered(chain_of(write, MOST_EXTENDED))


@pytest.mark.parametrize(("extends", "words"), [
    ('""', 'extends: is not a name, got "", expected the name of a scenario or a path that ends in .toml'),
    ("[]", "extends: is not a name, got []"),
    ('"smal"', "extends: no scenario has this name, got \"smal\", expected small or a path that ends in .toml; did you mean 'small'?"),
    ('"none"', 'extends: no scenario has this name, got "none", expected small or a path that ends in .toml'),
    ('"a\\u0007.toml"', "extends: no scenario has this name"),
    ('"none.toml"', 'extends: there is no such file, got "none.toml", expected a path from the folder of '),
    (f'"{"a" * 5000}.toml"', "extends: there is no such file"),
])  # fmt: skip
def test_what_cannot_be_extended_is_refused(write, extends, words):
    with pytest.raises(ConfigError) as error:
        gather(write(f"schema_version = 1\nextends = {extends}\n"), Faults())
    assert words in str(error.value)
    assert ("did you mean" in words) is ("did you mean" in str(error.value))


def test_a_member_that_is_not_there_cannot_be_taken_out(write):
    with pytest.raises(ConfigError, match=re.escape("site.nord.absent: takes out what is not there, got \"nord\"; did you mean 'north'?")):
        config.load(write(HEAD + "[site.nord]\nabsent = true\n"))


def test_what_was_taken_out_stays_out_until_somebody_brings_it_back(write):
    write(HEAD + "[accelerator.NEW]\nabsent = true\n[hall.shell]\nabsent = true\n", "middle.toml")
    write('schema_version = 1\nextends = "middle.toml"\n[source.engine]\nabsent = true\n', "next.toml")
    documents = gathered(write('schema_version = 1\nextends = "next.toml"\n[source.engine]\nprice_usd_per_kw = 1\n'))
    assert documents.layer.absent == {("accelerator", "NEW"), ("hall", "shell")}
    assert documents.layer.members["source"] == ["engine"]
    assert documents.layer.members["accelerator"] == ["OLD", "OWN"]
    assert not [slot for slot in documents.layer.entries if "NEW" in slot or slot.table == "hall"]
    engine = [slot.field for slot in documents.layer.entries if slot.table == "source"]
    assert engine == ["price_usd_per_w"]


@pytest.mark.parametrize(("said", "left"), [
    ("peak_bf16_pflops = 3", {"peak_bf16_eflops"}),
    ("peak_pflops = 3", {"peak_eflops"}),
    ("price_kusd = 3", {"peak_eflops"}),
])  # fmt: skip
def test_a_peak_replaces_its_other_spellings_and_nothing_else(write, said, left):
    entries = gathered(write(HEAD + f"[accelerator.OWN]\n{said}\n")).layer.entries
    peaks = {name: {slot.field for slot in entries if slot.member == name and slot.field.startswith("peak")} for name in ("OWN", "OLD")}
    assert peaks == {"OWN": left, "OLD": {"peak_bf16_eflops", "peak_fp8_eflops"}}


def test_a_peak_replaces_those_by_precision_that_stand_in_the_catalog(write):
    entries = gathered(write(HEAD + "[accelerator.OLD]\npeak_eflops = 1\n")).layer.entries
    assert {slot.field for slot in entries if slot.member == "OLD" and slot.field.startswith("peak")} == {"peak_eflops"}
    assert {slot.field for slot in entries if slot.member == "NEW" and slot.field.startswith("peak")} == {
        "peak_bf16_eflops",
        "peak_fp8_eflops",
    }


@pytest.mark.parametrize(("written", "got"), [("2", "2"), ("true", "true"), ('"1"', '"1"'), ("0", "0")])
def test_a_file_of_another_version_is_told(write, written, got):
    faults = Faults()
    gather(write(f'schema_version = {written}\nname = "a"\n'), faults)
    assert [line.partition("schema_version: ")[2] for line in faults.lines] == [
        f"is not one this version of capexmodel reads, got {got}, expected 1"
    ]


def test_everything_that_is_shipped_is_read_used_or_not(configs):
    (catalog, known), (small, own) = shipped_layers(configs)
    assert own.keys() - known.keys() == {"mine"}
    assert {"early", "late"} <= known.keys()
    assert (catalog.file, small.file) == ("catalog", "scenarios/small.toml")
    assert catalog.members == {"accelerator": ["OLD", "NEW", "FUTURE"], "network": ["tree"]}
    assert catalog.entries[Slot("accelerator", "FUTURE", "price_usd")].raw["value"] == 100
    assert Slot("staff", "", "floor_count") in catalog.entries
    assert float(small.entries[PEAK].raw) == 0.001


@pytest.mark.parametrize(("text", "words"), [
    ("staff = 3", "use.staff: is not what can be used, got 3, expected one name in quotes"),
    ('network = "tree"', 'use.network: is not what can be used, got "tree", expected a list of names'),
    ('network = ["tree", 3]', 'use.network: is not what can be used, got ["tree", 3], expected a list of names'),
    ('accelerator = ["NEW", "OLD", "NEW", "OLD"]', 'use.accelerator: names a member twice, got "NEW", expected each once'),
    ('network = ["tree", "tree"]', 'use.network: names a member twice, got "tree", expected each once'),
    ('network = ["three"]', "use.network: is not in the catalog, got \"three\", expected tree; did you mean 'tree'?"),
    ('hall = ["shell"]', 'use.hall: is not in the catalog, got "shell", expected nothing: the catalog has no such table'),
    ('sites = ["north"]', "use.sites: is not a known table, got \"sites\"; did you mean 'site'?"),
])  # fmt: skip
def test_what_cannot_be_used_is_said(write, text, words):
    faults = Faults()
    gather(write(f'schema_version = 1\nname = "a"\n[use]\n{text}\n'), faults)
    assert len(faults.lines) == 1
    assert words in faults.lines[0]


def test_a_thousand_members_are_used_at_most(write):
    for count, said in ((1000, 'is not in the catalog, got "m0"'), (1001, "has too many members, got 1001, expected at most 1000")):
        faults = Faults()
        names = ", ".join(f'"m{number}"' for number in range(count))
        gather(write(f'schema_version = 1\nname = "a"\n[use]\nnetwork = [{names}]\n'), faults)
        assert f"use.network: {said}" in faults.lines[0]
        assert len(faults.lines) == (20 if count == 1000 else 1)


@pytest.mark.parametrize(("text", "words"), [
    ("[sites.north]\nopen = true", "catalog/odd.toml: sites: is not a table of scenarios, got \"sites\"; did you mean 'site'?"),
    ("site = 3", 'catalog/odd.toml: site: is not a table of scenarios, got "site"'),
    ("[network]\ntree2 = 3", "catalog/odd.toml: network.tree2: is no new member, got \"tree2\", expected a table [network.NAME], once"),
    ("[network.tree]\nprice_kusd = 3", "catalog/others.toml: network.tree: is no new member"),
    ('[network."a b"]\nprice_kusd = 3', 'catalog/odd.toml: network."a b": is no new member'),
])  # fmt: skip
def test_what_does_not_belong_into_the_catalog_is_said(configs, text, words):
    (configs / "catalog" / "odd.toml").write_text(text)
    faults = Faults()
    gather("small", faults)
    assert len(faults.lines) == 1
    assert words in faults.lines[0]
