"""Bad inputs, by class: each is refused in one line that names the file, the key as written, and what is wrong."""

import os
import re

import pytest

from capexmodel import config
from capexmodel.errors import ConfigError

from .conftest import SMALL

AT = "at = [2026-02-02, 2026-12-31], value = [100, 300], low = [90, 200], high = [100, 400]"
YEAR = SMALL[SMALL.index("[envelope.FY2027]") : SMALL.index("[preference]")]
MFU = "mfu = { value = 0.4, low = 0.25, high = 0.43"

# (class, text in the small scenario, what it becomes, what the error must say in this order)
CASES = [
    ("unknown key", "hall_power_mw = { at", "hall_powr_mw = { at",
     ["site.north.hall_powr_mw", "not a known key", "did you mean 'hall_power_w'?"]),
    ("unknown key, case", "peak_pue = 1.3", "Peak_PUE = 1.3", ["site.north.Peak_PUE", "did you mean 'peak_pue'?"]),
    ("unknown key, spelling", "[utilization]", "[utilisation]", ["utilisation", "did you mean 'utilization'?"]),
    ("unknown table", "[preference]", "[quarks]", ["quarks", "not a known key"]),
    ("wrong level", "as_of = 2026-02-02", "as_of = 2026-02-02\nhigh_busd = 4", ["high_busd", "expected it in [envelope.NAME]"]),
    ("wrong table", "peak_pue = 1.3", "peak_pue = 1.3\nprice_kusd = 3",
     ["site.north.price_kusd", "is not a key here", "[accelerator.NAME]"]),
    ("wrong table", "done = 0.8", "done = 0.8\nhall_power_mw = 3", ["job.first.hall_power_mw", "expected it in [site.NAME]"]),
    ("not in a member", "[site.north]", "[site]\npeak_pue = 1.2\n[site.north]", ["site.peak_pue", "is not a member", "[site.NAME]"]),
    ("unknown top key", "precision =", "presision =", ["presision", "did you mean 'precision'?"]),
    ("unknown grid key", "horizon =", "horizn =", ["grid.horizn", "did you mean 'horizon'?"]),
    ("unknown rule key", 'every = "quarter" }]\nperiods', 'evry = "quarter" }]\nperiods',
     ["grid.decisions[0].evry", "did you mean 'every'?"]),
    ("unknown key of a figure", MFU, "mfu = { value = 0.4, lo = 0.25, high = 0.43", ["utilization.mfu.lo", "did you mean 'low'?"]),
    ("unknown key of a source", 'publisher = "the tests"', 'publishr = "the tests"',
     ["sources.mine.publishr", "did you mean 'publisher'?"]),
    ("text for number", "price_kusd = 30", 'price_kusd = "5e26"', ["accelerator.OWN.price_kusd", "number in quotes", '"5e26"', "usd"]),
    ("text for number", "mfu = { value = 0.4,", 'mfu = { value = "0.4",', ["utilization.mfu.value", "number in quotes", "pure number"]),
    ("nonsense for number", "price_kusd = 30", 'price_kusd = "dear"', ["accelerator.OWN.price_kusd", "no quantity", '"dear"']),
    ("true for number", "price_kusd = 30", "price_kusd = true",
     ["accelerator.OWN.price_kusd", "is true or false", "true", "a number in usd"]),
    ("list for number", "price_kusd = 30", "price_kusd = [30]", ["accelerator.OWN.price_kusd", "is a list"]),
    ("date for number", "price_kusd = 30", "price_kusd = 2026-01-01", ["accelerator.OWN.price_kusd", "is a date", "2026-01-01"]),
    ("number for table", "[preference]", "[x]\n", ["x", "not a known key"]),
    ("number for date", "deadline = 2026-06-30", "deadline = 20260630", ["job.first.deadline", "is not a date", "20260630"]),
    ("number for text", 'open = true\nhall', "open = 1\nhall", ["site.north.open", "wrong type", "true or false"]),
    ("text for flag", 'open = true\nhall', 'open = "true"\nhall', ["site.north.open", "wrong type"]),
    ("flag for text", 'network = "tree"\nopen = true', "network = true\nopen = true", ["site.north.network", "wrong type"]),
    ("huge integer", "price_kusd = 30", "price_kusd = " + "9" * 4000, ["accelerator.OWN.price_kusd", "beyond what can be computed"]),
    ("integer beyond 64 bits", "price_kusd = 30", f"price_kusd = {10**80}", ["accelerator.OWN.price_kusd", "beyond what can be computed"]),
    ("5,000 digits", "price_kusd = 30", "price_kusd = " + "9" * 5000, ["holds a number that cannot be read"]),
    ("NaN", "price_kusd = 30", "price_kusd = nan", ["accelerator.OWN.price_kusd", "no finite number"]),
    ("infinite", "price_kusd = 30", "price_kusd = inf", ["accelerator.OWN.price_kusd", "no finite number"]),
    ("overflow", "price_kusd = 30", "price_kusd = 1e999", ["accelerator.OWN.price_kusd", "beyond what can be computed", "1E+999"]),
    ("exponent bomb", "price_kusd = 30", "price_kusd = 1e999999999", ["accelerator.OWN.price_kusd", "beyond what can be computed"]),
    ("1e308", "price_kusd = 30", "price_kusd = 1e308", ["accelerator.OWN.price_kusd", "beyond what can be computed", "1e+60"]),
    ("subnormal", "price_kusd = 30", "price_kusd = 1e-320", ["accelerator.OWN.price_kusd", "beyond what can be computed", "1e-60"]),
    ("negative", "price_kusd = 30", "price_kusd = -30", ["accelerator.OWN.price_kusd", "out of bounds, got -30", "above 0 usd"]),
    ("zero where it may not be", "load = 0.8", "load = -0.0", ["accelerator.OWN.load", "out of bounds", "above 0"]),
    ("PUE below one", "peak_pue = 1.3", "peak_pue = 0.9", ["site.north.peak_pue", "out of bounds, got 0.9", "at least 1"]),
    ("MFU above one", MFU, "mfu = { value = 1.2, low = 0.25, high = 1.3", ["utilization.mfu.value", "out of bounds, got 1.2", "at most 1"]),
    ("range out of bounds", MFU, "mfu = { value = 0.4, low = 0.25, high = 1.43", ["utilization.mfu.high", "out of bounds", "at most 1"]),
    ("percent for fraction", "done = 0.8", "done = 80", ["job.first.done", "out of bounds, got 80", "at most 1"]),
    ("percent for fraction", "done = 0.8", 'done = "80 %"', ["job.first.done", "wrong dimension", "(percent)", "pure number"]),
    ("percent for fraction", "done = 0.8", "done_percent = 80",
     ["job.first.done_percent", "wrong dimension", "(percent)", "a fraction has no unit"]),
    ("low above value", MFU, "mfu = { value = 0.4, low = 0.41, high = 0.43",
     ["utilization.mfu.low", "is above value, got 0.41, expected at most 0.4"]),
    ("value above high", MFU, "mfu = { value = 0.4, low = 0.25, high = 0.3",
     ["utilization.mfu.value", "is above high, got 0.4, expected at most 0.3"]),
    ("energy for power", "hall_power_mw = 0", "hall_power_gwh = 0",
     ["site.leased.hall_power_gwh", "gwh (energy)", "a power: hall_power_w"]),
    ("energy for power", "hall_power_mw = 0", 'hall_power = "2 GWh"', ["site.leased.hall_power", '"2 GWh" (energy)', "a power"]),
    ("power for energy price", "energy_price_usd_per_mwh = 60", "energy_price_usd_per_mw = 60",
     ["site.north.energy_price_usd_per_mw", "money per power", "money per energy"]),
    ("compute for work", "work_flop = 5e27", "work_flops = 5e27", ["job.second.work_flops", "compute (FLOP/s)", "work (FLOP)"]),
    ("compute for work", "work_flop = 5e27", 'work = "5e27 FLOP/s"', ["job.second.work", "compute (FLOP/s)", "work (FLOP)"]),
    ("work for compute", "peak_eflops = 0.001", "peak_eflop = 0.001", ["accelerator.OWN.peak_eflop", "work (FLOP)", "compute (FLOP/s)"]),
    ("amount for rate", "offered_thousand_per_quarter = 30", "offered_thousand = 30",
     ["rental.lease.offered_thousand", "(count)", "count per time"]),
    ("rate for price", "price_kusd = 30", "price_usd_per_hour = 30", ["accelerator.OWN.price_usd_per_hour", "money per time", "a money"]),
    ("long billion", "price_kusd = 30", 'price = "30 milliard $"', ["accelerator.OWN.price", "unknown unit 'milliard $'"]),
    ("unknown unit", "price_kusd = 30", 'price = "30 b$"', ["accelerator.OWN.price", "unknown unit 'b$'; did you mean 'B$'"]),
    ("no unit", "price_kusd = 30", "price = 30", ["accelerator.OWN.price", "has no unit", "price_usd"]),
    ("decimal comma", "price_kusd = 30", 'price = "30,5 k$"', ["accelerator.OWN.price", "unknown unit ',5 k$'"]),
    ("two units", "price_kusd = 30", "price_kusd = 30\nprice_usd = 30000",
     ["accelerator.OWN.price_usd", "accelerator.OWN.price_kusd", "one of the two"]),
    ("two peaks", "peak_eflops = 0.001", "peak_eflops = 0.001\npeak_bf16_eflops = 0.001",
     ["accelerator.OWN.peak_bf16_eflops", "accelerator.OWN.peak_eflops"]),
    ("low above high", "low_busd = 2", "low_busd = 5", ["envelope.FY2026.low_busd", "is above envelope.FY2026.high_busd", "5 $B", "4 $B"]),
    ("names alike but for case", "[site.leased]", "[site.North]\nopen = true\n[site.leased]", ["site.North", "same member as site.north"]),
    ("names alike but for space", "[site.leased]", '[site."north "]\nopen = true\n[site.leased]', ["site.", "same member as site.north"]),
    ("bad name", "[site.leased]", '[site."a.b/c"]\nopen = true\n[site.leased]', ["site.", "is no name", "letters, digits"]),
    ("long name", "[site.leased]", f"[site.{'a' * 300}]\nopen = true\n[site.leased]", ["site.", "is no name"]),
    ("control characters in a name", "[site.leased]", '[site."\\u001b[31m"]\nopen = true\n[site.leased]', ["site.", "is no name"]),
    ("chip without price", "price_kusd = 30\n", "", ["accelerator.OWN.price_usd", "is missing", "a number in usd"]),
    ("missing scalar", "scale_eflops = 16.2\n", "", ["utilization.scale_eflops", "is missing"]),
    ("missing table", "[preference]\ncost_months_per_busd = 1e-4\nridge_months = 1e-5\n", "[preference]\n",
     ["preference.cost_s_per_usd", "is missing"]),
    ("missing text", 'network = "tree"\nopen = true\n', "open = true\n", ["site.north.network", "is missing", "a name in quotes"]),
    ("missing date", "close = 2026-03-31\n", "", ["deal.startup.close_s", "is missing", "a date"]),
    ("missing value", "{ value = 0, low = -1", "{ low = -1", ["site.north.slip_months.value", "is missing"]),
    ("missing name", 'name = "small"\n', "", ["name", "is missing"]),
    ("missing version", "schema_version = 1\n", "", ["schema_version", "is missing", "expected 1"]),
    ("other version", "schema_version = 1\n", "schema_version = 2\n", ["schema_version", "got 2, expected 1"]),
    ("missing as-of date", "as_of = 2026-02-02\n", "", ["as_of", "is missing"]),
    ("missing grid", "horizon = 2027-12-31\n", "", ["grid.horizon", "is missing"]),
    ("missing precision", 'precision = "bf16"\n', "", ["precision", "is missing", "bf16 or fp8"]),
    ("unknown precision", '"bf16"', '"bf61"', ["precision", "did you mean 'bf16'?"]),
    ("bad scenario name", 'name = "small"', 'name = "../small"', ["name", "is no name"]),
    ("unprintable title", '"Two sites,', '"Two \\u001b sites,', ["title", "not a line of text"]),
    ("long note", 'note = "measured"', f'note = "{"m" * 1_000_000}"', ["accelerator.OWN.it_power_kw.note", "2000"]),
    ("unknown status", 'status = "reported", source = "mine"', 'status = "rumored", source = "mine"',
     ["accelerator.OWN.it_power_kw.status", "reported, derived"]),
    ("unknown source", 'status = "reported", source = "mine"', 'status = "reported", source = "mime"', [".source", "did you mean 'mine'?"]),
    ("status without source", 'status = "reported", source = "mine"', 'status = "reported"',
     ["accelerator.OWN.it_power_kw.source", "is missing"]),
    ("source without date", "date = 2026-01-15\n", "", ["sources.mine.date", "is missing"]),
    ("source after the as-of date", "date = 2026-01-15", "date = 2026-03-15", ["rests on source 'mine'", "2026-03-15", "2026-02-02"]),
    ("source of another date", "[sources.mine]", '[sources.early]\ntitle = "x"\npublisher = "y"\ndate = 2025-01-01\n[sources.mine]',
     ["sources.early.date", "2025-11-28"]),
    ("not in the catalog", '"OLD", "NEW"', '"OLD", "NEWW"', ["use.accelerator", "not in the catalog", "did you mean 'NEW'?"]),
    ("unknown table in use", 'staff = "lab"', 'stuff = "lab"', ["use.stuff", "did you mean 'staff'?"]),
    ("list for one", 'staff = "lab"', 'staff = ["lab"]', ["use.staff", "one name in quotes"]),
    ("one for list", 'network = ["tree"]', 'network = "tree"', ["use.network", "a list of names"]),
    ("used twice", '["OLD", "NEW"]', '["OLD", "OLD"]', ["use.accelerator", "twice"]),
    ("unknown site of a rental", 'site = "leased"', 'site = "least"',
     ["rental.lease.site", "not a member of [site]", "did you mean 'leased'?"]),
    ("unknown chip of a rental", 'accelerator = "OLD"', 'accelerator = "ODD"', ["rental.lease.accelerator", "did you mean 'OLD'?"]),
    ("unknown network", 'network = "tree"\nopen = true', 'network = "bush"\nopen = true', ["site.north.network", "expected tree"]),
    ("unknown cell", "NEW = 1000", "NWE = 1000", ["site.north.fleet_count.NWE", "not a member of [accelerator]", "did you mean 'NEW'?"]),
    ("unknown vendor", 'vendor = ""', 'vendor = "baker"', ["accelerator.OWN.vendor", "not a member of [supply]", "did you mean 'maker'?"]),
    ("on offer without vendor", 'vendor = ""', 'vendor = ""\nshare = 0.5', ["accelerator.OWN.share", "accelerator.OWN.vendor is empty"]),
    ("number for cells", "[site.north.fleet_count]\n", "[site.south]\nfleet_count = 3\n[site.north.fleet_count]\n",
     ["site.south.fleet_count", "is not a table"]),
    ("year outside the grid", "[envelope.FY2027]", "[envelope.FY2028]", ["envelope.FY2028", "no fiscal year of the grid"]),
    ("year not given", YEAR, "", ["envelope.FY2027", "is missing"]),
    ("deadline before the as-of date", "deadline = 2026-06-30", "deadline = 2026-01-30",
     ["job.first.deadline", "before the as-of date, got 2026-01-30, expected 2026-02-02"]),
    ("31 June", "deadline = 2026-06-30", "deadline = 2026-06-31", [":117:12:", "Invalid date"]),
    ("31 June in words", "deadline = 2026-06-30", 'deadline = "31 June 2026"', ["job.first.deadline", "is not a date"]),
    ("29 February 2027", "horizon = 2027-12-31", 'horizon = "2027-02-29"', ["grid.horizon", "is not a date"]),
    ("time zone", "deadline = 2026-06-30", "deadline = 2026-06-30T12:00:00Z", ["job.first.deadline", "has a time zone"]),
    ("year 9999", "close = 2026-03-31", "close = 9999-12-31", ["deal.startup.close", "is not a date", "1900 to 2999"]),
    ("horizon before the as-of date", "horizon = 2027-12-31", "horizon = 2026-02-02",
     ["grid.horizon", "is too early", "a day after 2026-02-02"]),
    ("step unknown", 'every = "month"', 'every = "fortnight"', ["grid.periods[0].every", "month, quarter, half, year"]),
    ("until missing", ", until = 2026-06-30", "", ["grid.periods[0].until", "is missing"]),
    ("until inside a period", "until = 2026-06-30", "until = 2026-06-15",
     ["grid.periods[0].until", "not the end of a month", "2026-05-31"]),
    ("until beyond the horizon", "until = 2026-06-30", "until = 2028-06-30", ["grid.periods[0].until", "does not fit the horizon"]),
    ("too many periods", "horizon = 2027-12-31", "horizon = 2900-12-31", ["grid.", "too many periods", "1200"]),
    ("no rules", 'decisions = [{ every = "quarter" }]', "decisions = []", ["grid.decisions", "no list of rules"]),
    ("grid is no table", "[grid]\nhorizon = 2027-12-31", "grid = 3\n[x]", ["grid", "is not a table"]),
    ("dates descend", AT, AT.replace("2026-12-31", "2026-01-31"), ["site.north.hall_power_mw.at[1]", "does not ascend"]),
    ("dates twice", AT, AT.replace("2026-12-31", "2026-02-02"), ["site.north.hall_power_mw.at[1]", "does not ascend"]),
    ("lengths differ", AT, AT.replace("[100, 300]", "[100]"), ["site.north.hall_power_mw.value", "1 entries, expected 2"]),
    ("no stages", AT, "at = [], value = []", ["site.north.hall_power_mw", "has no stages"]),
    ("value is no list", AT, "at = [2026-02-02], value = 100", ["site.north.hall_power_mw.value", "is not a list"]),
    ("stage without date", "{ at = 2027-06-01, value = 500 }", "{ value = 500 }", ["site.north.site_power_mw.at[2]", "is missing"]),
    ("stage is a number", "{ at = 2027-06-01, value = 500 }", "500", ["site.north.site_power_mw[2]", "not a dated figure"]),
    ("stage below bound", AT, AT.replace("[90, 200]", "[-90, 200]"), ["site.north.hall_power_mw.low[0]", "out of bounds"]),
    ("absent with more", "[site.leased]", "[site.leased]\nabsent = true", ["site.leased.absent", "no other key"]),
    ("absent is a number", "[site.leased]", "[site.south]\nabsent = 1\n[site.leased]", ["site.south.absent", "expected true"]),
    ("absent already", "[site.leased]", "[site.south]\nabsent = true\n[site.leased]", ["site.south.absent", "not there"]),
    ("extends what is not there", "schema_version = 1", 'schema_version = 1\nextends = "smal"',
     ["extends", "no scenario has this name", "did you mean 'small'?"]),
    ("extends a path without .toml", "schema_version = 1", 'schema_version = 1\nextends = "../../etc/passwd"',
     ["extends", "ends in .toml"]),
    ("extends a missing file", "schema_version = 1", 'schema_version = 1\nextends = "no.toml"', ["extends", "no such file"]),
    ("extends a number", "schema_version = 1", "schema_version = 1\nextends = 3", ["extends", "is not a name"]),
    ("hindsight is text", "precision =", 'hindsight = "yes"\nprecision =', ["hindsight", "true or false"]),
]  # fmt: skip


def refusal(path) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.isprintable()
    assert len(text) < 700
    return text


@pytest.mark.parametrize(("kind", "old", "new", "words"), CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)])
def test_each_bad_input_is_one_line_that_names_the_key(changed, kind, old, new, words):
    path = changed((old, new))
    text = refusal(path)
    assert re.match(r".*case\.toml(: |:\d+:\d+: )", text), text
    position = 0
    for word in words:
        assert word in text[position:], f"{word!r} not in {text!r} from {position}"
        position = text.index(word, position)


SYNTAX = [
    ("empty", b"", "schema_version: is missing"),
    ("binary", bytes(range(256)), "case.toml:"),
    ("byte order mark", b"\xef\xbb\xbfschema_version = 1", "case.toml:1:1: starts with a byte order mark"),
    ("UTF-16", "schema_version = 1".encode("utf-16"), "case.toml:1:1: is UTF-16"),
    ("NUL", b"schema_version = 1\nna\0me = 1", "case.toml:2:3: holds a NUL byte"),
    ("Latin-1", "schema_version = 1\ntitle = 'caf\xe9'".encode("latin-1"), "case.toml:2:13: is not UTF-8 text, got byte 0xe9"),
    ("unclosed string", b'schema_version = 1\ntitle = "x\nname = "y"', "case.toml:2:11: "),
    ("key twice", b"schema_version = 1\nschema_version = 1", "case.toml:2:19: the key schema_version stands twice"),
    ("table twice", b"[site.a]\nopen = true\n[site.a]\n", "case.toml:3:8: the table [site.a] stands twice"),
    ("deep lists", b"a = " + b"[" * 10_000, "nested too deeply"),
    ("deep tables", b"[" + b".".join([b"a"] * 10_000) + b"]\n", "case.toml:1:2: a key is nested too deeply"),
    ("deep quoted tables", b"[" + b".".join([b'"a"'] * 10_000) + b"]\n", "a key is nested too deeply"),
    ("33 levels", b"a = " + b"[" * 33 + b"]" * 33, "nested too deeply"),
    ("too large", b"#" * 10_000_001, "is too large, got 10000001 bytes"),
    ("100k keys", b"schema_version = 1\nas_of = 2026-02-02\n" + b"".join(b"k%d = 1\n" % i for i in range(100_000)), "is not a known key"),
    ("1 MB of underscores", b"schema_version = 1\nas_of = 2026-02-02\n[site.a]\n" + b"_" * 1_000_000 + b" = 1", "is not a known key"),
    ("1 MB key", b"schema_version = 1\nas_of = 2026-02-02\n" + b"k" * 1_000_000 + b" = 1", "is not a known key"),
]


@pytest.mark.parametrize(("kind", "data", "words"), SYNTAX, ids=[case[0] for case in SYNTAX])
def test_broken_files_are_one_line_with_their_place(write, kind, data, words):
    text = refusal(write(data))
    assert "case.toml" in text
    assert words in text


def test_a_file_cut_anywhere_is_refused_in_one_line_or_loads_whole(write):
    data = SMALL.encode()
    whole = len(SMALL.rstrip())
    for cut in range(0, whole, 53):
        refusal(write(data[:cut]))
    for cut in range(whole - 30, whole):
        refusal(write(data[:cut]))
    assert config.load(write(data[:whole])).name == "small"


def test_windows_line_ends_are_fine(write):
    same = config.load(write(SMALL.replace("\n", "\r\n"))).evidence.config_hash
    assert same == config.load("small").evidence.config_hash


@pytest.mark.parametrize("name", ["smal", "", "small/../small", "~", "a\0b", "x" * 5000, "../x"])
def test_unknown_names_are_refused(name):
    text = refusal(name)
    assert "no scenario has this name" in text
    assert "small" in text


def test_what_is_no_file_is_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.toml")
    assert "not a regular file" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe.toml")
    assert "not a regular file" in refusal(tmp_path / "pipe.toml")
    assert "cannot be read" in refusal(tmp_path / ("x" * 300 + ".toml"))
    assert "cannot be read" in refusal(str(tmp_path / "a\0b.toml"))


def test_all_faults_are_found_at_once_and_at_most_twenty(changed, write):
    path = changed(("peak_pue = 1.3", "peak_pue = 0.3"), ("price_kusd = 30", "price_kusd = -1"), ("mfu = {", "mfuu = {"))
    found = config.lint(path)
    assert len(found) == 4
    assert {re.search(r": ([\w.]+): ", line)[1] for line in found} == {
        "site.north.peak_pue", "accelerator.OWN.price_kusd", "utilization.mfuu", "utilization.mfu",
    }  # fmt: skip
    with pytest.raises(ConfigError) as all_of_them:
        config.load(path, faults="all")
    assert all_of_them.value.faults == found
    with pytest.raises(ConfigError) as first:
        config.load(path)
    assert first.value.faults == found[:1] == [str(first.value)]
    many = "".join(f"k{i} = 1\n" for i in range(50))
    assert len(config.lint(write(many))) == 20


def test_a_good_file_has_no_faults():
    assert config.lint("small") == []


def test_errors_name_the_file_in_which_the_fault_stands(write, configs):
    chips = (configs / "catalog" / "chips.toml").read_text()
    (configs / "catalog" / "chips.toml").write_text(
        chips.replace("price_kusd = { value = 42, low = 30", "price_kusd = { value = 42, low = 50")
    )
    assert refusal("small").startswith("catalog/chips.toml: accelerator.OLD.price_kusd.low: is above value, got 50, expected at most 42")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("load = { value = 0.75, status = \"reported\", source = \"early\" }", "load = 0.75", "accelerator.OLD.load: is a bare value"),
        ('status = "derived", source = "early", note', 'source = "early", note', "accelerator.OLD.price_kusd.status: is missing"),
        ('status = "derived", source = "early", note', "note", "accelerator.OLD.price_kusd.status: is missing"),
        ("[accelerator.OLD]", "[accelerators.OLD]", "accelerators: is not a table of scenarios"),
    ],
)  # fmt: skip
def test_the_catalog_must_give_a_source_for_every_figure(configs, old, new, words):
    path = configs / "catalog" / "chips.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert f"catalog/chips.toml: {words}" in refusal("small")


def test_one_member_in_two_files_of_the_catalog_is_refused(configs):
    (configs / "catalog" / "more.toml").write_text('[network.tree]\nprice_kusd = { value = 1, status = "reported", source = "early" }\n')
    assert "catalog/others.toml: network.tree: is no new member" in refusal("small")
