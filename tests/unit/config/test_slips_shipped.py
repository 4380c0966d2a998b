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
from capexmodel.config import doubts
from capexmodel.config.documents import gather
from capexmodel.config.doubts import BEFORE, EDGE, find_doubts, spans
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Reader
from capexmodel.config.locate import configs_dir
from capexmodel.config.values import Scene
from capexmodel.errors import ConfigError
from tests.corpus.slips import bodies, kinds, planted, text
from tests.corpus.slips import slips as kept

BATCH = 18


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
    """What is said of each slip: many in one file."""
    as_of = tomllib.loads((configs_dir() / "scenarios" / f"{name}.toml").read_text())["as_of"]
    head = f'schema_version = 1\nname = "mine"\nas_of = {as_of}\nextends = "{name}"\n'
    lines = lines_of(head + "".join(f"{'.'.join(words)} = {body}\n" for words, _, _, body in slips), name, folder)
    return {slip: next((line for line in lines if f": {'.'.join(slip[0])}" in line), None) for slip in slips}


def lines_of(body: str, name: str, folder) -> list[str]:
    """What is said of a file, as loading says it before figures are held against each other."""
    path, faults = folder / "mine.toml", Faults()
    as_of = tomllib.loads((configs_dir() / "scenarios" / f"{name}.toml").read_text())["as_of"]
    path.write_text(body)
    documents = gather(path, faults)
    scene = Scene(documents, Reader(as_of, documents.sources, faults), None, {})
    scene.read_entries()
    return [*faults.lines, *(doubt.line for doubt in find_doubts(scene))]


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


@pytest.mark.long
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


@pytest.mark.long
@pytest.mark.parametrize("name", config.shipped())
def test_each_of_two_hundred_kept_slips_is_refused_or_warned_of(name, tmp_path):
    """Five in a file, as loading says it before figures are held against each other; and one of each way as it is loaded."""
    mine = [slip for slip in kept() if slip.scenario == name]
    assert len(mine) == 40
    ways = [[slip for slip in mine if (slip.line < 0) == own] for own in (False, True)]
    for some in (way[k : k + 5] for way in ways for k in range(0, len(way), 5)):
        lines = lines_of(text(some), name, tmp_path)
        assert [slip for slip in some if not told(slip, lines)] == [], lines
    for slip in (mine[0], mine[25], mine[35], *mine[20:35:5]):
        path = tmp_path / "mine.toml"
        path.write_text(text([slip]))
        try:
            lines = list(config.load(path, faults="all").evidence.doubts)
        except ConfigError as error:
            lines = error.faults
        assert told(slip, lines), (slip, lines)


def told(slip, lines) -> bool:
    """Whether one of some lines names the key of a slip, and its factor or that the dimension is another one."""
    said = [line for line in lines if slip.key in line]
    wanted = max(slip.factor, 1.0 / slip.factor) if slip.factor else 0.0
    near = any(abs(each / wanted - 1.0) < 1e-3 for line in said for each in named(line)) if wanted else False
    return near or (not wanted and any("has the wrong dimension" in line for line in said))


def test_the_kept_slips_are_two_hundred_of_many_kinds():
    assert len({(slip.scenario, slip.key, slip.new) for slip in kept()}) == 200
    kinds_kept = {slip.kind for slip in kept()}
    assert len(kinds_kept) >= 60
    assert {"mw for kw", "busd for musd", "fraction for percent", "flop for flops", "months for years", "kw for kwh"} <= kinds_kept


@pytest.mark.long
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


def test_a_copy_of_a_shipped_scenario_is_held_against_it(tmp_path):
    text = (configs_dir() / "scenarios" / "one_period.toml").read_text()
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("high_busd = 1.0", "high_busd = 1000", 1))
    (line,) = config.load(path).evidence.doubts
    assert "far from the figure it replaces (1 $B to 1 $B)" in line
    assert "(factor 1000)" in line
    path.write_text(text.replace("high_busd = 1.0", "high_busd = 3.0", 1))
    assert config.load(path).evidence.doubts == ()
    path.write_text(config.dump(config.load("meta_2026")).replace('"meta_2026"', '"mine"', 1))
    assert config.load(path).evidence.doubts == ()


def test_a_file_unlike_what_is_shipped_is_no_copy(tmp_path):
    lines = (configs_dir() / "scenarios" / "one_period.toml").read_text().splitlines()
    path = tmp_path / "mine.toml"
    number = re.compile(r"^(?!schema_version)(\w+) = ([1-9][0-9]*)$")
    path.write_text(
        "\n".join(number.sub(lambda m: f"{m[1]} = {float(m[2]) * 1.1!r}", line) for line in lines).replace(
            "high_busd = 1.0", "high_busd = 90"
        )
    )
    assert config.load(path).evidence.doubts == ()


def test_a_rate_that_is_exactly_another_by_another_time_is_doubted():
    (line,) = config.load("meta_2026", ["site.hyperion.hall_starts=100 MW/quarter"]).evidence.doubts
    assert "exactly the figure it replaces in another unit" in line
    assert "hall_starts_mw_per_month = 100 would fit (factor 3)" in line
    assert config.load("meta_2026", ["site.hyperion.hall_starts=110 MW/quarter"]).evidence.doubts == ()
    assert config.load("meta_2026", ["site.prometheus.hall_starts=225 MW/quarter"]).evidence.doubts == ()


@pytest.mark.parametrize(("table", "right", "wrong", "factor"), STANDALONE, ids=[case[2] for case in STANDALONE])
def test_a_scenario_that_stands_alone_is_held_against_what_is_shipped(table, right, wrong, factor, tmp_path, monkeypatch):
    monkeypatch.setattr(doubts, "copied", lambda scene, said: {})
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
    ("recipe.thousand.tensor_count=0.004", "chips that share each matrix); a slip of a unit? (factor 1000, or factor 1000000)"),
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
