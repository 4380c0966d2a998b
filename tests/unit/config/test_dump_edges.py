"""What is written of a scenario, line by line: values, ranges that still hold, stages, dates, names in quotes; and what the hash is of."""

import dataclasses
import hashlib
import json
import tomllib

import pytest

from capexmodel import config
from capexmodel.model.leaves import leaf

TOP = """schema_version = 1
name = "small"
title = "Two sites, three chips, two models"
as_of = 2026-02-02"""
GRID = """[grid]
horizon = 2027-12-31
decisions = [{ every = "quarter" }]
periods = [{ every = "month", until = 2026-06-30 }, { every = "quarter" }]"""
OLD = """[accelerator.OLD]
vendor = "maker"
peak_eflops = { value = 0.000989, status = "reported", source = "early" }
it_power_w = { value = 1300.0, low = 1200.0, high = 1500.0, status = "derived", source = "early" }
price_usd = { value = 42000.0, low = 30000.0, high = 52000.0, status = "derived", source = "early", note = "with host" }
load = { value = 0.75, status = "reported", source = "early" }
install_s = { value = 5259600.0, low = 2629800.0, high = 13149000.0, status = "estimated", source = "early" }
install_spread = { value = 0.5, status = "scenario", source = "early" }"""
SHARE = (
    'share = [{ at = 2026-02-02, value = 0.0, low = 0.0, high = 0.0, status = "estimated", source = "early" }, '
    '{ at = 2026-07-01, value = 0.5, low = 0.25, high = 0.75, status = "estimated", source = "early" }]'
)
HALLS = (
    'hall_power_w = [{ at = 2026-02-02, value = 100000000.0, low = 90000000.0, high = 100000000.0, status = "derived", source = "mine" }, '
    '{ at = 2026-12-31, value = 300000000.0, low = 200000000.0, high = 400000000.0, status = "derived", source = "mine" }]'
)
POWER = (
    'site_power_w = [{ at = 2026-02-02, value = 120000000.0, status = "reported", source = "early" }, '
    '{ at = 2026-09-01, value = 240000000.0, low = 200000000.0, high = 300000000.0, status = "scenario", source = "mine", '
    'note = "second substation" }, { at = 2027-06-01, value = 500000000.0 }]'
)
NORTH = f"""[site.north]
network = "tree"
open = true
{HALLS}
{POWER}
slip_s = {{ value = 0.0, low = -2629800.0, high = 21038400.0, status = "scenario", source = "mine" }}
peak_pue = 1.3
average_pue = 1.1
energy_price_usd_per_j = 1.6666666666666667e-08
hall_starts_w_per_s = 12.67523512561158"""
FLEET = """[site.north.fleet_count]
OLD = { value = 50000.0, low = 40000.0, high = 60000.0, status = "estimated", source = "early" }
NEW = 1000.0"""
LEASED = """[site.leased]
network = "tree"
open = false
hall_power_w = [{ at = 2026-02-02, value = 0.0 }]
site_power_w = [{ at = 2026-02-02, value = 0.0 }]
peak_pue = 1.2
average_pue = 1.1
energy_price_usd_per_j = 0.0"""
DEAL = """[deal.startup]
price_usd = 2000000000.0
heads_count = 105.0
retention = 0.8
clearance = 0.75
close_s = 2026-03-31
integration_s = 7889400.0"""
UTILIZATION = """[utilization]
mfu = { value = 0.4, low = 0.25, high = 0.43, status = "reported", source = "early" }
scale_eflops = 16.2
scale_exponent = 0.02
chip_eflops = 0.0025"""
FIRST = """[job.first]
work_eflop = { value = 500000000.0, low = 100000000.0, high = 1500000000.0, status = "scenario", source = "mine" }
done = 0.8
research_left = 0.2
release_lag_s = 7889400.0
deadline_s = 2026-06-30
largest_run_count = 130000.0"""
SECOND = """[job.second]
work_eflop = 5000000000.0
release_lag_s = 10519200.0
largest_run_count = 500000.0"""
EARLY = """[sources.early]
title = "Early report"
publisher = "A"
date = 2025-11-28
reference = "page 3\""""
MINE = """[sources.mine]
title = "Own measurements"
publisher = "the tests"
date = 2026-01-15"""
HEADS = [
    "grid", "accelerator.OLD", "accelerator.NEW", "accelerator.OWN", "network.tree", "hall.shell", "source.engine", "site.north",
    "site.north.fleet_count", "site.leased", "supply.maker", "rental.lease", "staff", "deal.startup", "core", "utilization",
    "reliability", "research", "job.first", "job.first.reach", "job.second", "job.second.reach", "envelope.FY2026", "envelope.FY2027",
    "preference", "sources.early", "sources.mine",
]  # fmt: skip


def blocks(scenario) -> dict[str, str]:
    """What is written, by heading; the lines before the first under no heading."""
    found = config.dump(scenario).split("\n\n")
    return {block.partition("\n")[0].strip("[]") if block.startswith("[") else "": block for block in found}


def line(scenario, head: str, word: str) -> str | None:
    """The line of one key, or nothing where it is left out."""
    lines = [each for each in blocks(scenario)[head].splitlines() if each.startswith(f"{word} = ")]
    return lines[0].removeprefix(f"{word} = ") if lines else None


def written(path: str, *values: float):
    """The small scenario with a number replaced after loading, as often as told."""
    scenario = config.load("small")
    for value in values:
        scenario = leaf(scenario, path).write(scenario, value)
    return scenario


def test_all_is_written_in_order_in_base_units_and_without_defaults():
    found = blocks(config.load("small"))
    assert list(found) == ["", *HEADS]
    assert found[""] == TOP
    told = (GRID, OLD, NORTH, FLEET, LEASED, DEAL, UTILIZATION, FIRST, SECOND, EARLY, MINE)
    assert [found[block.partition("\n")[0].strip("[]")] for block in told] == list(told)
    assert found["accelerator.NEW"].splitlines()[-1] == SHARE
    assert found["job.first.reach"] == "[job.first.reach]\nnorth = 1.0\nleased = 0.5"
    assert found["job.second.reach"] == "[job.second.reach]\nnorth = 1.0"


def test_a_cell_is_written_though_it_is_called_like_a_table_of_cells(changed, write):
    path = changed()
    path.write_text(path.read_text().replace("site.north", "site.reach").replace("north = ", "reach = "))
    scenario = config.load(path)
    assert blocks(scenario)["job.first.reach"] == "[job.first.reach]\nreach = 1.0\nleased = 0.5"
    again = config.load(write(config.dump(scenario), "again.toml"))
    assert again.evidence.config_hash == scenario.evidence.config_hash


def test_hindsight_is_written_where_it_was_had():
    scenario = config.load("small", ["hindsight=true", "precision=fp8"])
    assert blocks(scenario)[""] == f"{TOP}\nhindsight = true"
    assert "sources.late" in blocks(scenario)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("utilization.mfu", 0.41, '{ value = 0.41, low = 0.25, high = 0.43, status = "scenario", source = "user" }'),
        ("utilization.mfu", 0.43, '{ value = 0.43, low = 0.25, high = 0.43, status = "scenario", source = "user" }'),
        ("utilization.mfu", 0.44, '{ value = 0.44, low = 0.25, status = "scenario", source = "user" }'),
        ("utilization.mfu", 0.25, '{ value = 0.25, low = 0.25, high = 0.43, status = "scenario", source = "user" }'),
        ("utilization.mfu", 0.24, '{ value = 0.24, high = 0.43, status = "scenario", source = "user" }'),
        ("utilization.mfu", 0.4, '{ value = 0.4, low = 0.25, high = 0.43, status = "reported", source = "early" }'),
        ("accelerator.OLD.load", 0.7, "0.7"),
        ("accelerator.OWN.it_power_w", 1100.0, '{ value = 1100.0, low = 800.0, high = 1200.0, status = "scenario", source = "user" }'),
        ("accelerator.OWN.embodied_kg", 0.0, None),
        ("accelerator.OWN.embodied_kg", 3.0, "3.0"),
        ("preference.most_usd", float("inf"), None),
        ("preference.most_usd", 1e9, "1000000000.0"),
        ("envelope.FY2026.other_share", 0.0, "0.0"),
        ("job.first.deadline_s", 100 * 86400.0, "2026-05-13"),
        ("job.first.deadline_s", 100.5 * 86400, "2026-05-13T12:00:00"),
        ("job.second.deadline_s", 100 * 86400.0, None),
    ],
)
def test_a_number_is_the_users_own_once_it_is_another(path, value, told):
    head, _, word = path.rpartition(".")
    assert line(written(path, value), head, word) == told


def test_a_cell_that_was_none_is_written_and_one_that_became_none_stays_said():
    assert blocks(written("site.leased.fleet_count.OWN", 12.0))["site.leased.fleet_count"] == "[site.leased.fleet_count]\nOWN = 12.0"
    assert blocks(written("site.north.fleet_count.NEW", 0.0))["site.north.fleet_count"].splitlines()[-1] == "NEW = 0.0"


@pytest.mark.parametrize(
    ("path", "value", "head", "word", "told"),
    [
        ("accelerator.OLD.share.2026-02-02", 0.0, "accelerator.OLD", "share", None),
        ("accelerator.OLD.share.2026-02-02", 0.25, "accelerator.OLD", "share",
         "[{ at = 2026-02-02, value = 0.25 }, { at = 2026-02-03, value = 0.0 }]"),
        ("accelerator.OLD.share.2026-02-03", 0.25, "accelerator.OLD", "share",
         "[{ at = 2026-02-02, value = 0.0 }, { at = 2026-02-03, value = 0.25 }]"),
        ("site.leased.site_power_w.2026-02-03", 5.0, "site.leased", "site_power_w",
         "[{ at = 2026-02-02, value = 0.0 }, { at = 2026-02-03, value = 5.0 }, { at = 2026-02-04, value = 0.0 }]"),
        ("site.leased.site_power_w.2026-02-04", 5.0, "site.leased", "site_power_w",
         "[{ at = 2026-02-02, value = 0.0 }, { at = 2026-02-03, value = 0.0 }, { at = 2026-02-04, value = 5.0 }]"),
    ],
)  # fmt: skip
def test_stages_are_written_to_the_last_that_is_more_than_filling(path, value, head, word, told):
    assert line(written(path, value), head, word) == told


def test_a_stage_that_was_said_is_written_though_it_changes_nothing(changed):
    at = "at = [2026-02-02, 2026-12-31], value = [0, 20e3]"
    scenario = config.load(changed((at, at.replace("20e3", "0"))))
    assert line(scenario, "rental.lease", "contracted_count") == "[{ at = 2026-02-02, value = 0.0 }, { at = 2026-12-31, value = 0.0 }]"
    scenario = config.load(changed(('vendor = ""', 'vendor = ""\nshare = 0')))
    assert line(scenario, "accelerator.OWN", "share") == "[{ at = 2026-02-02, value = 0.0 }]"


def test_the_range_of_a_date_is_of_dates(changed):
    figure = '{ value = 2026-03-31, low = 2026-03-01, high = 2026-05-31, status = "scenario", source = "mine", note = "signed" }'
    scenario = config.load(changed(("close = 2026-03-31", f"close = {figure}")))
    assert line(scenario, "deal.startup", "close_s") == figure


def test_texts_are_quoted_as_toml_reads_them(changed):
    scenario = dataclasses.replace(config.load("small"), title='über "1 \\ 2"\x7f')
    told = blocks(scenario)[""].splitlines()[2]
    assert told == r'title = "über \"1 \\ 2\"\u007f"'
    assert tomllib.loads(told)["title"] == scenario.title
    plus = config.load(changed(("[hall.shell]", '[hall."a+b-c"]')))
    assert 'hall."a+b-c"' in blocks(plus)
    odd = config.load("small")
    odd = dataclasses.replace(odd, hall=dataclasses.replace(odd.hall, names=("two words",)))
    assert blocks(odd)['hall."two words"'].splitlines()[1] == "price_usd_per_w = 12.0"


def bare(tree):
    """A tree without notes."""
    if isinstance(tree, dict):
        return {word: bare(value) for word, value in tree.items() if not (word == "note" and isinstance(value, str))}
    return [bare(value) for value in tree] if isinstance(tree, list) else tree


def test_the_hash_is_of_what_is_written_without_title_notes_and_sources_and_of_the_order_of_members(changed):
    for path in ("small", changed(("[hall.shell]", "[hall.note]"))):
        scenario = config.load(path)
        tree = tomllib.loads(config.dump(scenario))
        del tree["title"], tree["sources"]
        named = {"accelerator", "network", "hall", "source", "site", "supply", "rental", "recipe", "deal", "job", "envelope"}
        orders = {table: list(tree.setdefault(table, {})) for table in sorted(named)}
        text = json.dumps([orders, bare(tree)], sort_keys=True, default=str)
        assert scenario.evidence.config_hash == hashlib.sha256(text.encode()).hexdigest()


def test_the_hash_heeds_a_member_that_is_called_note(changed):
    one, other = (config.load(changed(("[hall.shell]", "[hall.note]"), ("build_months = 15", f"build_months = {n}"))) for n in (15, 16))
    assert one.evidence.config_hash != other.evidence.config_hash
