"""Loading at the edge of what is taken: settings, names and titles, one fault or all of them, and what a scenario carries along."""

import pytest

from capexmodel import config
from capexmodel.errors import ConfigError

NAME = 'name = "small"'
TITLE = 'title = "Two sites, three chips, two models"'
AS_OF = "as_of = 2026-02-02"
PRECISION = 'precision = "bf16"'
LETTERS = "letters, digits and _ + -, at most 64"
HORIZON = "horizon = 2027-12-31"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (AS_OF, "", "as_of: is missing, expected the date at which the plan is made, as 2026-02-02"),
        (AS_OF, 'as_of = "soon"', 'as_of: is not a date, got "soon", expected a date, as 2026-02-02'),
        (AS_OF, "as_of = 2026-02-02T06:00:00", "as_of: is not a date, got 2026-02-02 06:00:00, expected a date, as 2026-02-02"),
        (AS_OF, "as_of = 3", "as_of: is not a date, got 3, expected a date, as 2026-02-02"),
        (PRECISION, 'precision = "fp88"', "precision: is not a known precision, got \"fp88\", expected bf16, fp8; did you mean 'fp8'?"),
        (PRECISION, "precision = 8", "precision: is not a known precision, got 8, expected bf16, fp8"),
        (PRECISION, f"{PRECISION}\nhindsight = 1", "hindsight: has the wrong type, got 1, expected true or false"),
        (PRECISION, f'{PRECISION}\nhindsight = "true"', 'hindsight: has the wrong type, got "true", expected true or false'),
        (NAME, "", f"name: is missing, expected {LETTERS}"),
        (NAME, 'name = "two words"', f'name: is no name, got "two words", expected {LETTERS}'),
        (NAME, "name = 3", f"name: is no name, got 3, expected {LETTERS}"),
        (NAME, f'name = "{"x" * 65}"', f'name: is no name, got "{"x" * 56}..., expected {LETTERS}'),
        (
            TITLE,
            f"title = 0x{'f' * 5000}",
            "title: is not a line of text, got a whole number of 20000 bits, expected at most 200 plain characters",
        ),
        (
            NAME,
            f"name = 0x{'f' * 5000}",
            "name: is no name, got a whole number of 20000 bits, expected letters, digits and _ + -, at most 64",
        ),
        (TITLE, "title = 3", "title: is not a line of text, got 3, expected at most 200 plain characters"),
        (TITLE, r'title = "one\ntwo"', r'title: is not a line of text, got "one\ntwo", expected at most 200 plain characters'),
        (TITLE, r'title = "one\u0007"', r'title: is not a line of text, got "one\u0007", expected at most 200 plain characters'),
        (TITLE, f'title = "{"x" * 201}"', f'title: is not a line of text, got "{"x" * 56}..., expected at most 200 plain characters'),
        (HORIZON, "horizon = 2026-01-01", "grid.horizon: is too early, got 2026-01-01, expected a day after 2026-02-02"),
    ],
)
def test_a_setting_that_is_wrong_is_the_only_fault_by_its_own_key(changed, old, new, line):
    path = changed((old, new))
    assert config.lint(path) == [f"{path}: {line}"]


@pytest.mark.parametrize("hidden", ['name = "two words"', "name = 3"])
def test_a_title_is_not_doubted_beside_a_name_that_is_none(changed, hidden):
    path = changed((NAME, hidden), (TITLE, "title = 3"))
    assert [line.partition(": is")[0] for line in config.lint(path)] == [f"{path}: name"]


def test_a_scenario_is_called_by_its_name_where_it_has_no_title(changed):
    plain = config.load(changed((TITLE, "")))
    assert (plain.name, plain.title) == ("small", "small")


@pytest.mark.parametrize("title", ["", "x" * 200, "ä + b"])
def test_a_title_is_any_line_of_at_most_two_hundred_letters(changed, title):
    assert config.load(changed((TITLE, f'title = "{title}"'))).title == title


@pytest.mark.parametrize("name", ["x", "x" * 64, "a+b-c_1"])
def test_a_name_has_sixty_four_letters_at_most(changed, name):
    assert config.load(changed((NAME, f'name = "{name}"'))).name == name


def test_hindsight_is_had_where_it_is_told_and_lists_what_came_late(changed):
    late = changed((PRECISION, 'precision = "fp8"\nhindsight = true'))
    assert config.load(late).evidence.hindsight == ("late",)
    assert config.load("small", ["hindsight=true"]).evidence.hindsight == ()


@pytest.mark.parametrize("text", ["", "hindsight = false"])
def test_without_hindsight_what_came_late_is_refused(changed, text):
    assert config.lint(changed((PRECISION, f'precision = "fp8"\n{text}'))) == [
        "catalog/chips.toml: accelerator.NEW.peak_fp8_pflops: rests on source 'late', published after the as-of date, got 2026-04-29,"
        " expected at most 2026-02-02, or hindsight = true"
    ]


def test_an_unknown_precision_is_read_as_the_first_so_that_no_other_fault_follows(changed):
    path = changed((PRECISION, 'precision = "fp4"'), ("peak_pue = 1.3", "peak_pue = 0.3"))
    assert [line.split(": ")[1] for line in config.lint(path)] == ["precision", "site.north.peak_pue"]


def test_precision_is_needed_by_chips_that_give_a_peak_by_it_only(changed):
    alone = ('accelerator = ["OLD", "NEW"]', "accelerator = []")
    gone = (("[accelerator.NEW]\nshare = { at", "[accelerator.OWN]\nshare = { at"), ("[accelerator.OWN]\nvendor", "vendor"))
    rest = (('OLD = { value = 50e3, low = 40e3, high = 60e3, status = "estimated", source = "early" }\nNEW = 1000', "OWN = 1000"),
            ('accelerator = "OLD"', 'accelerator = "OWN"'), ('vendor = ""', 'vendor = "maker"'))  # fmt: skip
    path = changed(alone, *gone, *rest, (PRECISION, ""))
    assert config.load(path).accelerator.names == ("OWN",)
    kept = changed(alone, *gone, *rest)
    assert config.lint(kept) == [f'{kept}: precision: has no effect, got "bf16", expected chips that give peak_bf16 or peak_fp8']


TWO = (("peak_pue = 1.3", "peak_pue = 0.3"), ("average_pue = 1.1", "average_pue = 0.1"), ("mfu = { value = 0.4,", "mfu = { value = 4,"))


def test_a_fault_is_told_alone_or_with_all_others(changed):
    path = changed(*TWO)
    with pytest.raises(ConfigError) as first:
        config.load(path)
    with pytest.raises(ConfigError) as every:
        config.load(path, faults="all")
    assert len(every.value.faults) == 3
    assert first.value.faults == every.value.faults[:1]
    assert str(first.value) == str(every.value) == every.value.faults[0]
    assert config.lint(path) == every.value.faults
    assert config.lint("small") == []


def test_a_calendar_that_is_none_stops_after_all_else_was_read(changed):
    path = changed((HORIZON, "horizon = 2026-01-01"), *TWO[:1], ("low_busd = 2\n", "low_busd = 9\n"))
    assert [line.split(": ")[1] for line in config.lint(path)] == ["grid.horizon", "site.north.peak_pue"]
    whole = changed(("low_busd = 2\n", "low_busd = 9\n"))
    assert [line.split(": ")[1] for line in config.lint(whole)] == ["envelope.FY2026.low_busd"]


@pytest.mark.parametrize("year", ["2026", "FY2028"])
def test_a_year_that_is_not_of_the_grid_is_told_before_what_it_lacks_and_nothing_else(write, year):
    path = write(f'schema_version = 1\nname = "mine"\nextends = "small"\n[envelope.{year}]\nhigh_busd = 3\n')
    (line,) = config.lint(path)
    assert f': envelope.{year}: is no fiscal year of the grid, got "{year}", expected FY2026, FY2027' in line


def test_overrides_are_read_before_settings_and_after_values(changed):
    path = changed((HORIZON, "horizon = 2026-01-01"), ("peak_pue = 1.3", "peak_pue = 1.5"))
    scenario = config.load(path, ["grid.horizon=2027-12-31", "site.north.peak_pue=1.4", "site.north.network=tree"])
    assert scenario.calendar.periods[-1] == "2027Q4"
    assert float(scenario.site.peak_pue[0]) == 1.4
    with pytest.raises(ConfigError, match=r"^override: is not a change, got \"precision\""):
        config.load("small", ["precision"])


def test_what_looks_like_a_slip_of_a_unit_is_carried_along_or_told_beside_the_first_fault(write):
    head = 'schema_version = 1\nname = "mine"\nextends = "small"\n'
    price = "[accelerator.OWN]\nprice_kusd = 30000\n"
    guess = "price_usd = 30000 would fit (factor 1000)"
    path = write(head + price)
    assert config.load(path).evidence.doubts == (
        f"{path}: accelerator.OWN.price_kusd: is 30 $M, far from the figure it replaces (30 $k to 30 $k); {guess}",
    )
    wrong = write(head + "precision = 8\n" + price)
    assert config.lint(wrong) == [
        f"{wrong}: precision: is not a known precision, got 8, expected bf16, fp8; accelerator.OWN.price_kusd: {guess}"
    ]


def test_a_missing_precision_is_told_first(changed):
    path = changed((PRECISION, ""))
    first, *others = config.lint(path)
    assert first == f"{path}: precision: is missing, expected bf16 or fp8"
    assert [line.split(": ")[1] for line in others] == ["accelerator.NEW.peak_fp8_pflops"]


def test_what_a_scenario_rests_on_is_carried_along():
    scenario = config.load("small")
    evidence = scenario.evidence
    assert evidence.files == ("sources.toml", "scenarios/small.toml", "catalog/chips.toml", "catalog/others.toml")
    assert (evidence.hindsight, evidence.doubts) == ((), ())
    assert evidence.sources["mine"] == {"title": "Own measurements", "publisher": "the tests", "date": "2026-01-15"}
    assert evidence.sources["user"] == {"title": "given by the user"}
    assert evidence.figures["utilization.mfu"].source == "early"
    assert len(evidence.config_hash) == 64
    assert (scenario.chip, scenario.shape, scenario.efficiency) == (None, None, None)
    assert scenario.recipe.names == ()


def test_a_table_that_may_be_absent_is_missed_where_nothing_stands_for_it(changed):
    text = changed().read_text()
    table = text[text.index("[utilization]") : text.index("[reliability]")]
    path = changed((table, ""))
    expected = "measured utilization, or [shape], [chip], [efficiency] and members of [recipe] to time steps by"
    assert config.lint(path) == [f"{path}: utilization: is missing, expected {expected}"]


def test_a_missing_figure_and_an_unknown_name_are_told(changed):
    price, north = "energy_price_usd_per_mwh = 60", 'network = "{}"\nopen = true'
    path = changed((f"average_pue = 1.1\n{price}", price), (north.format("tree"), north.format("bush")))
    lines = config.lint(path)
    assert [line.split(": ")[1] for line in lines] == ["site.north.average_pue", "site.north.network"]
    assert "is missing" in lines[0]
    assert 'is not a member of [network], got "bush", expected tree' in lines[1]
