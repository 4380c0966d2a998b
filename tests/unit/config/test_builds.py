"""Builds of a gigawatt from a file of one's own: what each key becomes, what is picked from the catalog, and what is none."""

import datetime
import math
import sys

import pytest

from capexmodel.config.builds import _catalog, _source_days, builds, given, read_builds
from capexmodel.errors import ConfigError

MINE = {"title": '"Mine"', "chip": '"chip"', "counted": '"site"', "as_of": "2026-02-02"}
HUGE = f"0x{'f' * 5000}"
DAY_S, YEAR_S = 86400.0, 365.25 * 86400.0


@pytest.fixture(autouse=True)
def catalog(monkeypatch):
    """A catalog of one thing each, and two days on which prices were told."""
    files = {
        "accelerators": {"accelerator": {"chip": {"price_kusd": {"value": 50, "source": "early"}, "it_power_kw": {"value": 2}}}},
        "networks": {"network": {"tree": {"price_kusd": {"value": 7, "source": "late", "status": "recalled"}}}},
        "halls": {"hall": {"cold": {"price_musd_per_mw": {"value": 12}}, "warm": {"price_musd_per_mw": {"value": 10}}}},
    }
    days = {"early": datetime.date(2000, 1, 11), "late": datetime.date(2025, 1, 1)}
    common = {"decline_oom_per_year": 0.5, "overhead_ratio": 1.4, "network": "tree", "hall": "cold"}
    common |= {"storage_kusd": 1, "spares_share": 0.02, "generation_usd_per_kw": 3}
    monkeypatch.setattr("capexmodel.config.builds._catalog", lambda name: files[name])
    monkeypatch.setattr("capexmodel.config.builds._source_days", lambda: days)
    monkeypatch.setattr("capexmodel.config.builds.tables", lambda: {"common": common, "build": {"one": {"chip": "chip", "counted": "it"}}})


@pytest.fixture
def read(write):
    """The builds of a file, with some keys of the only one changed; None leaves one out."""

    def _read(**changes):
        keys = {name: text for name, text in (MINE | changes).items() if text is not None}
        return read_builds(write("[build.mine]\n" + "\n".join(f"{name} = {text}" for name, text in keys.items())))["mine"]

    return _read


def test_each_key_becomes_a_number_in_base_units(read):
    told = read()
    assert (told.name, told.title, told.as_of) == ("mine", "Mine", datetime.date(2026, 2, 2))
    expected = {
        "system_usd": 50e3, "chip_w": 2e3, "network_usd": 7e3, "hall_usd_per_w": 12.0, "storage_usd": 1e3, "spares_share": 0.02,
        "generation_usd_per_w": 0.003, "overhead_ratio": 1.4, "site_share": 1.0, "decline_per_s": 0.5 * math.log(10.0) / YEAR_S,
        "system_at_s": 10 * DAY_S, "network_at_s": 9132 * DAY_S, "built_at_s": 9529 * DAY_S,
    }  # fmt: skip
    assert {name: float(getattr(told.build, name)) for name in expected} == pytest.approx(expected, rel=1e-12)
    assert told.recalled == ("network_usd",)


def test_what_a_build_says_itself_goes_before_the_catalog_in_any_unit(read):
    told = read(hall='"warm"', system_musd="0.06", counted='"it"', title=None)
    assert float(told.build.system_usd) == 60e3
    assert float(told.build.system_at_s) == float(told.build.built_at_s)  # a price without a source is of the day of the build
    assert float(told.build.hall_usd_per_w) == 10.0
    assert float(told.build.site_share) == 0.0
    assert told.title == "mine"


def test_a_build_may_do_without_the_catalog(read):
    told = read(chip=None, system_kusd="40", chip_kw="1")
    assert (float(told.build.system_usd), float(told.build.chip_w)) == (40e3, 1e3)


@pytest.mark.parametrize(("changes", "words"), [
    ({"as_of": "2026-02-02T03:04:05"}, "build.mine.as_of is no day, got 2026-02-02 03:04:05, expected such as 2026-02-02"),
    ({"title": HUGE}, "build.mine.title is not a line of text, got a whole number of 20000 bits, expected at most 200 plain characters"),
    ({"title": '"a\\nb"'}, 'build.mine.title is not a line of text, got "a\\nb", expected at most 200 plain characters'),
    ({"title": f'"{"t" * 201}"'}, "build.mine.title is not a line of text, got "),
    ({"counted": "['it']"}, 'build.mine.counted: got ["it"], expected it or site'),
    ({"chip": "['chip']"}, 'build.mine.chip: ["chip"] is not in the catalog'),
    ({"chip": HUGE}, "build.mine.chip: a whole number of 20000 bits is not in the catalog"),
    ({"system_kusd": "{ value = 3, status = 'rumored' }"}, 'system_kusd.status: got "rumored", expected reported, '),
    ({"system_kusd": "{ value = 3, status = ['reported'] }"}, 'system_kusd.status: got ["reported"], expected reported, '),
    ({"system_kusd": f"{{ value = 3, source = {HUGE} }}"}, "system_kusd.source is not a line of text, got a whole number of 20000 bits, "),
    ({"system_kusd": "{ value = 3, hihg = 4 }"}, "system_kusd.hihg is not a known key; is 'high' meant?"),
    ({"system_kusd": "{ value = 3, q = 4 }"}, "system_kusd.q is not a known key"),
    ({"system_kusd": "{ value = 3, low = 3.5 }"}, "system_kusd.value: got 3, expected a number from its low to its high"),
    ({"system_kusd": "{ value = 3, high = 2.5 }"}, "system_kusd.value: got 3, expected a number from its low to its high"),
    ({"as_of": "3"}, "build.mine.as_of is no day, got 3, expected such as 2026-02-02"),
    ({"counted": '"both"'}, 'build.mine.counted: got "both", expected it or site'),
    ({"counted": None}, "build.mine.counted: got null, expected it or site"),
    ({"chip": None, "system_kusd": "40"}, "build.mine says nothing of chip_w: name a chip or network or hall, or say it"),
    ({"chip": '"chop"'}, "build.mine.chip: \"chop\" is not in the catalog; is 'chip' meant?"),
    ({"chip": '"entirely other"'}, 'build.mine.chip: "entirely other" is not in the catalog'),
    ({"site_share": "0.5"}, "build.mine.site_share is not a known key"),
    ({"built_at_years": "3"}, "build.mine.built_at_years is not a known key"),
    ({"sistem_usd": "3"}, "build.mine.sistem_usd is not a known key; is 'system_usd' meant?"),
    ({"titel": "3"}, "build.mine.titel is not a known key; is 'title' meant?"),
    ({"system_kw": "3"}, "build.mine.system_kw is "),
    ({"spares_share": "-1"}, "build.mine.spares_share: got -1, expected at least 0"),
    ({"system_kusd": '"much"'}, 'system_kusd.value is no number, got "much"'),
    ({"system_kusd": "{ value = 3, low = true }"}, "system_kusd.low is no number, got true"),
    ({"system_kusd": "nan"}, "system_kusd.value is no number, got "),
    ({"system_kusd": "inf"}, "system_kusd.value is no number, got "),
    ({"system_usd": "1e300"}, "system_usd.value is beyond what can be computed with, got 1E+300, expected 0, or between 1e-60 and "),
    ({"storage_usd": "{ value = 1, low = 1e-61 }"}, "storage_usd.low is beyond what can be computed with, got 1E-61"),
    ({"decline_oom_per_year": "-5"}, "build.mine.decline_oom_per_year: got -5, expected at least 0"),
    ({"overhead_ratio": "{ value = 0.1 }"}, "build.mine.overhead_ratio: got 0.1, expected at least 1"),
    ({"system_kusd": "{ low = 3 }"}, "system_kusd has no value"),
])  # fmt: skip
def test_what_is_no_build_is_refused_with_what_it_lacks(read, changes, words):
    with pytest.raises(ConfigError) as error:
        read(**changes)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("text", "words"), [
    ("build = 3", "holds no [build.NAME]"),
    ("[build]", "holds no [build.NAME]"),
    ("", "holds no [build.NAME]"),
    ("build.mine = 3", "build.mine is no table, got 3"),
    ("common = 1\n[build.x]", "common is no table, got 1"),
    ("[biuld.other]\n[build.x]", "biuld is not a known table, expected [build.NAME]; is 'build' meant?"),
    ("[zzz]\n[build.x]", "zzz is not a known table, expected [build.NAME]"),
    ("[build.one]\nchip = 'chip'\ncounted = 'it'\nas_of = 2026-02-02", "build.one is the name of a shipped build, expected another one"),
])  # fmt: skip
def test_what_holds_no_build_is_refused(write, text, words):
    path = write(text)
    with pytest.raises(ConfigError) as error:
        read_builds(path)
    assert str(error.value).startswith(str(path)[-200:])
    assert words in str(error.value)


@pytest.mark.parametrize("value", ["1e60", "1e-60"])
def test_a_figure_may_be_as_large_and_as_small_as_can_be_computed_with(read, value):
    assert read(system_usd=value).figures["system_usd"].value == float(value)


def test_ends_may_be_the_value_itself_and_a_title_as_long_as_a_line(read):
    told = read(system_kusd="{ value = 3, low = 3, high = 3, note = 'as asked' }", title=f"'{'t' * 200}'")
    assert (told.figures["system_usd"].low, told.figures["system_usd"].high) == (3e3, 3e3)
    assert told.title == "t" * 200


def test_a_figure_keeps_its_ends_its_status_and_its_source():
    body = {"price_kusd": {"value": 2, "low": 1, "high": 3, "status": "reported", "source": "early"}, "share": 0.5}
    told = given(body, "price_kusd")
    assert (told.value, told.low, told.high, told.status, told.source) == (2e3, 1e3, 3e3, "reported", "early")
    told = given(body, "share")
    assert (told.value, told.low, told.high, told.status, told.source) == (0.5, None, None, "scenario", "")
    with pytest.raises(ConfigError, match=r"finance/gigawatt.toml: has no 'price_usd'; is 'price_kusd' meant\?"):
        given(body, "price_usd")


def test_what_is_common_may_be_ones_own(write):
    common = "decline_oom_per_year = { value = 1, low = 0.5, high = 2 }\noverhead_ratio = 2\nnetwork = 'tree'\nhall = 'cold'"
    rest = "storage_kusd = 0\nspares_share = 0\ngeneration_usd_per_kw = 0"
    path = write(f"[common]\n{common}\n{rest}\n[build.mine]\nchip = 'chip'\ncounted = 'it'\nas_of = 2026-02-02")
    told = read_builds(path)["mine"]
    decline = told.figures["decline_per_s"]
    assert [end * YEAR_S / math.log(10.0) for end in (decline.low, decline.value, decline.high)] == pytest.approx([0.5, 1.0, 2.0])
    assert (float(told.build.overhead_ratio), float(told.build.storage_usd)) == (2.0, 0.0)


def test_shipped_builds_are_read_like_any_other(monkeypatch):
    builds.cache_clear()
    with pytest.raises(ConfigError, match=r"finance/gigawatt.toml: build.one.as_of is no day, got null"):
        builds()
    builds.cache_clear()


@pytest.mark.parametrize(("read", "file"), [(lambda: _catalog("none"), "catalog/none.toml"), (_source_days, "sources.toml")])
def test_a_shipped_file_that_is_not_there_is_named(monkeypatch, tmp_path, read, file):
    monkeypatch.setattr(sys.modules["capexmodel.config.builds"], "configs_dir", lambda: tmp_path)
    _source_days.cache_clear()
    with pytest.raises(ConfigError, match=rf"^{file}: there is no such file$"):
        read()
    _source_days.cache_clear()
