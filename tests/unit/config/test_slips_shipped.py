"""Slips of a unit in the user's own figures: planted by the hundred into the shipped scenarios, each refused or warned of with its factor.

What cannot be seen is said too: a slip that leads to a number as large as others that are shipped of its kind.
"""

import datetime
import re
import tomllib

import numpy as np
import pytest

from capexmodel import config, units
from capexmodel.cli import main
from capexmodel.config.documents import gather
from capexmodel.config.doubts import BEFORE, EDGE, TASTES, find_doubts, spans
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Reader
from capexmodel.config.locate import configs_dir
from capexmodel.config.schema import tables
from capexmodel.config.values import Scene
from capexmodel.errors import ConfigError

BATCH = 18
TAKEN_FOR = {
    "usd": ("kusd", "musd"), "kusd": ("usd", "musd"), "musd": ("kusd", "busd", "usd"), "busd": ("musd", "tusd", "kusd"),
    "w": ("kw", "mw"), "kw": ("w", "mw"), "mw": ("kw", "gw", "w"), "mwh": ("kwh", "gwh"),
    "flop": ("gflop", "tflop"), "tflops": ("gflops", "pflops"), "pflops": ("tflops", "eflops"), "eflops": ("pflops", "tflops"),
    "gb": ("mb", "tb"), "count": ("thousand", "million"), "thousand": ("count", "million"),
    "months": ("years", "quarters", "days"), "days": ("months", "years"), "month": ("year", "quarter"), "quarter": ("year", "month"),
    "year": ("month", "quarter", "hour"), "hour": ("year", "day"), "s": ("minute", "hour"),
}  # fmt: skip
"""What each unit is usually taken for: kW for MW, $ for k$, TFLOP for PFLOP, a month for a year, by the hour for by the year."""
PERCENT = 100.0


def kinds(unit: str) -> list[float]:
    """The factors by which a figure is off when its number is in another unit than its key says, or in percent."""
    lead, words = ("per_" if unit.startswith("per_") else ""), unit.removeprefix("per_").split("_per_")
    others = [
        lead + "_per_".join([*words[:i], other, *words[i + 1 :]]) for i, word in enumerate(words) for other in TAKEN_FOR.get(word, ())
    ]
    found = {float(units.scale(unit) / units.scale(other)) for other in others if unit}
    pure = units.dimension(unit) in ((), units.dimension("per_year"))
    return sorted(found | ({PERCENT, 1.0 / PERCENT} if pure else set()))


def bodies(name: str):
    """Every figure a shipped scenario writes or takes from the catalog: the words of its key, its field, its unit, and its body."""
    tree = tomllib.loads((configs_dir() / "scenarios" / f"{name}.toml").read_text())
    used = {(t, m) for t, ms in tree.get("use", {}).items() for m in ([ms] if isinstance(ms, str) else ms)}
    catalog = [tomllib.loads(path.read_text()) for path in sorted((configs_dir() / "catalog").glob("*.toml"))]
    found = {}
    for part in [*catalog, tree]:
        for table_name, members in part.items():
            table = tables().get(table_name)
            if table is None:
                continue
            named = members if table.axis or part is not tree else {"": members}
            for member, body in named.items():
                if part is not tree and (table_name, member) not in used:
                    continue
                words = (table_name, member) if table.axis else (table_name,)
                for key, raw in body.items():
                    field, unit = table.match(key) or (None, None)
                    if field is None or field.kind in ("text", "flag", "date") or (table_name, field.name) in TASTES:
                        continue
                    cells = raw.items() if field.kind == "cells" else [("", raw)]
                    for cell, value in cells:
                        found[(*words, field.stem, cell)] = ((*words, key, *([cell] if cell else [])), field, unit or "", value)
    return found


def planted(raw, factor: float, rng) -> str | None:
    """A figure off by a factor, as TOML: bare or with its range, a series as a whole or at one stage. None where all is zero."""
    value = raw["value"] if isinstance(raw, dict) else raw
    if isinstance(value, list):
        stages = [i for i, each in enumerate(value) if each]
        if not stages:
            return None
        off = set(stages) if rng.random() < 0.5 else {int(rng.choice(stages))}
        numbers = [each * factor if i in off else each for i, each in enumerate(value)]
        return f"{{ at = [{', '.join(map(str, raw['at']))}], value = [{', '.join(repr(float(n)) for n in numbers)}] }}"
    if not value:
        return None
    if isinstance(raw, dict) and "low" in raw and "high" in raw and rng.random() < 0.5:
        return "{ " + ", ".join(f"{word} = {float(raw[word] * factor)!r}" for word in ("value", "low", "high")) + " }"
    return repr(float(value * factor))


def sown(name: str, seed: int) -> list[tuple[tuple[str, ...], str, float, str]]:
    """Slips in a scenario: key in words, unit, factor and TOML, shuffled."""
    rng = np.random.default_rng(seed)
    found = []
    for words, _, unit, raw in bodies(name).values():
        for factor in kinds(unit):
            text = planted(raw, factor, rng)
            if text is not None:
                found.append((words, unit, factor, text))
    return [found[i] for i in rng.permutation(len(found))]


def said_of(name: str, slips, folder) -> dict:
    """What is said of each slip, as loading says it before figures are held against each other: many in one file."""
    path, faults = folder / "mine.toml", Faults()
    as_of = tomllib.loads((configs_dir() / "scenarios" / f"{name}.toml").read_text())["as_of"]
    text = f'schema_version = 1\nname = "mine"\nas_of = {as_of}\nextends = "{name}"\n'
    path.write_text(text + "".join(f"{'.'.join(words)} = {body}\n" for words, _, _, body in slips))
    documents = gather(path, faults)
    scene = Scene(documents, Reader(as_of, documents.sources, faults), None, {})
    scene.read_entries()
    lines = [*faults.lines, *(doubt.line for doubt in find_doubts(scene))]
    return {slip: next((line for line in lines if f": {'.'.join(slip[0])}" in line), None) for slip in slips}


def batches(slips):
    """Slips in files, no key twice in one."""
    left = list(slips)
    while left:
        first = {slip[0]: slip for slip in reversed(left)}
        taken = list(first.values())[:BATCH]
        yield taken
        left = [slip for slip in left if slip not in taken]


def named(line: str) -> list[float]:
    """The factors that a line names, best guess first."""
    return [float(number) for number in re.findall(r"factor (?:of )?([0-9][0-9.e+]*)", line)]


def blind(slip, before, shipped) -> bool:
    """The law, worked out anew: numbers of a slip stay near what is replaced and near what is shipped, for the factor it is off by."""
    factor = slip[2]
    most, sizes = max(factor, 1.0 / factor), [abs(number) for number in before if number]
    off = [size * factor for size in sizes]

    def near(low: float, high: float, exponent: float) -> bool:
        return any(low / most**exponent <= each <= high * most**exponent for each in off)

    return near(min(sizes), max(sizes), BEFORE) and near(shipped.low, shipped.high, EDGE)


def numbers(raw, unit: str) -> list[float]:
    """The numbers of a figure in base units."""
    columns = [raw[word] for word in ("value", "low", "high") if word in raw] if isinstance(raw, dict) else [raw]
    scale = float(units.scale(unit))
    return [each * scale for column in columns for each in (column if isinstance(column, list) else [column])]


@pytest.mark.parametrize(("name", "least"), [("meta_2026", 600), ("greenfield", 400), ("one_period", 100)])
def test_slips_are_refused_or_warned_of_with_their_factor(name, least, tmp_path):
    known, shipped = bodies(name), spans(configs_dir())
    of = {words: (field, unit, raw) for words, field, unit, raw in known.values()}
    seen = first = unseen = 0
    for batch in batches(sown(name, 7)):
        for slip, line in said_of(name, batch, tmp_path).items():
            words, _, factor, _ = slip
            field, unit, raw = of[words]
            if line is None:
                unseen += 1
                within = isinstance(raw, dict) and 0 in np.ravel(raw.get("low", 1)) and factor < 1.0
                assert within or max(factor, 1.0 / factor) < 5.0, slip
                assert within or blind(slip, numbers(raw, unit), shipped[_kind(words[0], field.name)]), slip
                continue
            right = [abs(each / max(factor, 1.0 / factor) - 1.0) < 1e-3 for each in named(line)]
            assert any(right), (slip, line)
            seen, first = seen + 1, first + right[0]
    assert seen >= least
    assert unseen <= 0.03 * seen
    assert first >= 0.95 * seen


def _kind(table: str, name: str) -> tuple[str, str]:
    return table, "peak_eflops" if name.startswith("peak_") and name.endswith("eflops") else name


@pytest.mark.parametrize("name", config.shipped())
def test_nothing_within_its_declared_range_is_doubted(name, tmp_path):
    assert config.load(name).evidence.doubts == ()
    path, rng, faults = tmp_path / "mine.toml", np.random.default_rng(11), Faults()
    path.write_text(f'schema_version = 1\nname = "mine"\nextends = "{name}"\n')
    documents = gather(path, faults)
    documents.replaced.update(documents.layer.entries)
    said = {slot: entry for slot, entry in documents.layer.entries.items() if isinstance(entry.raw, dict) and "low" in entry.raw}
    for _ in range(100):
        for slot, entry in said.items():
            body = {word: entry.raw[word] for word in ("at", "low", "value", "high") if word in entry.raw}
            drawn = _between(body["low"], body.get("high", body["value"]), rng)
            new = {"at": body["at"], "value": drawn} if "at" in body else {"value": drawn}
            documents.layer.entries[slot] = entry._replace(raw=new, file=str(path)[-200:], strict=False)
        scene = Scene(documents, Reader(datetime.date(2026, 2, 2), documents.sources, faults), None, {})
        scene.read_entries()
        assert len(scene.said) == len(said)
        assert [doubt.line for doubt in find_doubts(scene)] == []
    assert faults.lines == []


def _between(low, high, rng):
    """A number between two, or one for each stage."""
    if isinstance(low, list):
        return [_between(one, other, rng) for one, other in zip(low, high, strict=True)]
    return float(rng.uniform(float(low), float(high)))


STANDALONE = [
    ("site.prometheus", "source_starts_mw_per_quarter", "source_starts_kw_per_quarter", 1000),
    ("site.other", "energy_price_usd_per_mwh", "energy_price_usd_per_kwh", 1000),
    ("job.next", "work_flop", "work_tflop", 1e12),
    ("job.next", "largest_run_thousand", "largest_run_million", 1000),
    ("deal.manus", "price_busd", "price_musd", 1000),
    ("rental.gb_lease", "price_usd_per_hour", "price_usd_per_year", 8766),
    ("envelope.FY2026", "operating_busd", "operating_musd", 1000),
    ("rental.gb_lease", "install_months", "install_years", 12),
    ("deal.manus", "integration_months", "integration_years", 12),
    ("core", "growth_per_year", "growth_per_month", 12),
]


@pytest.mark.parametrize(("table", "right", "wrong", "factor"), STANDALONE, ids=[case[2] for case in STANDALONE])
def test_a_scenario_that_stands_alone_is_held_against_what_is_shipped(table, right, wrong, factor, tmp_path):
    text = (configs_dir() / "scenarios" / "meta_2026.toml").read_text()
    start = text.index(f"[{table}]")
    at = text.index(f"\n{right} =", start)
    path = tmp_path / "mine.toml"
    path.write_text(text[:at] + text[at:].replace(right, wrong, 1))
    (line,) = config.load(path).evidence.doubts
    assert f"{table}.{wrong}" in line
    assert "far from every shipped figure" in line
    assert factor in [pytest.approx(each, rel=1e-3) for each in named(line)]


OVERRIDES = [
    ("site.prometheus.energy_price=70.3 $/kWh", "energy_price_usd_per_mwh = 70.3 would fit (factor 1000)"),
    ("hall.direct_liquid.build=15 years", "build_months = 15 would fit (factor 12)"),
    ("accelerator.GB300.price=54 $", "price_kusd = 54 would fit (factor 1000)"),
    ("core.share=0.0055", "a fraction divided by 100? (factor 100)"),
    ("site.prometheus.site_power.2026-12-31=1000 kW", "site_power_mw = 1000 would fit (factor 1000)"),
    ("core.growth_per_year=33.6", "percent given as a fraction? (factor 100)"),
]


@pytest.mark.parametrize(("change", "guess"), OVERRIDES, ids=[case[0].partition("=")[0] for case in OVERRIDES])
def test_overrides_are_doubted_too(change, guess):
    (line,) = config.load("meta_2026", [change]).evidence.doubts
    assert line.startswith(f"override: {change.partition('=')[0]}")
    assert guess in line


REFUSED = [
    ("core.share=55", "percent given as a fraction? (factor 100)"),
    ("core.share=55 %", "did you mean '0.55'?"),
    ("accelerator.GB300.it_power_kwh=1.9", "got kwh (energy), expected a power: it_power_w; did you mean 'it_power_kw'?"),
    ("site.prometheus.hall_starts_mw=150", "did you mean 'hall_starts_mw_per_quarter'?"),
    ("envelope.high=125 GW", "(power), expected a number in usd"),
    ("job.next.work=5 YFLOPS", "did you mean '5 yflop'?"),
    ("site.other.peak_pue=0.013", "a fraction divided by 100? (factor 100)"),
    ("envelope.high=125 M$", "high_busd = 125 would fit (factor 1000)"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_refusal_says_what_was_probably_meant(change, words):
    with pytest.raises(ConfigError) as caught:
        config.load("meta_2026", [change])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_low_end_above_the_value_names_the_factor(tmp_path):
    path = tmp_path / "mine.toml"
    figure = "{ value = 1.9, low = 1670, high = 2200 }"
    path.write_text(f'schema_version = 1\nname = "mine"\nextends = "meta_2026"\n[accelerator.GB300]\nit_power_kw = {figure}\n')
    (fault,) = config.lint(path)
    assert "it_power_kw.low: is above value, got 1670, expected at most 1.9; off by a factor of 1000?" in fault
    path.write_text(path.read_text().replace("low = 1670, ", "low = 1.67, "))
    (doubt,) = config.load(path).evidence.doubts
    assert "it_power_kw.high: is 2.2 MW" in doubt
    assert "it_power_w = 2200 would fit (factor 1000)" in doubt


def test_the_command_line_warns_in_one_line_each_and_goes_on(capsys):
    slips = ["--set", "accelerator.chip.price=40 $", "--set", "site.campus.energy_price=50 $/kWh"]
    assert main(["lint", "one_period", *slips]) == 0
    said = capsys.readouterr()
    assert "no fault found" in said.out
    lines = said.err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("capexmodel: override: ") and line.endswith("would fit (factor 1000)") for line in lines)
