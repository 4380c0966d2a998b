"""What must hold between figures, rule by rule: exactly where each begins, and what it says, on figures placed by hand."""

import datetime

import pytest

from capexmodel.config.checks import check_provenance, check_scene, check_years
from capexmodel.config.documents import Documents
from capexmodel.config.entries import Entry, Layer, Slot
from capexmodel.config.faults import Faults
from capexmodel.config.figures import Given, Reader
from capexmodel.config.load import load
from capexmodel.config.schema import tables
from capexmodel.config.series import Stage
from capexmodel.config.values import Scene

DAY_S = 86400.0


@pytest.fixture
def told():
    """The faults of figures by path ("table.member.field") in two fiscal years, all of them written in one file, but those of a change."""
    calendar = load("small").calendar

    def _told(figures, years=("FY2026", "FY2027"), change="", **members):
        reader = Reader(datetime.date(2026, 2, 2), {}, Faults())
        known = dict.fromkeys(tables(), ()) | {"envelope": years} | members
        scene = Scene(Documents("f.toml", Layer("f.toml"), {}, ()), reader, None, known)
        for path, value in figures.items():
            table, *member, field = path.split(".")
            slot = Slot(table, "".join(member), field)
            scene.values[slot] = Given(value) if isinstance(value, float) else value
            scene.written[slot] = Entry(value, None, "override" if path == change else "f.toml", path)
        check_years(scene, calendar)
        check_scene(scene, calendar)
        return [line.removeprefix("f.toml: ") for line in scene.reader.faults.lines], scene.members["envelope"]

    return _told


def test_years_are_those_of_the_grid_in_order(told):
    assert told({}) == ([], ("FY2026", "FY2027"))
    assert told({}, ("FY2027", "FY2026")) == ([], ("FY2026", "FY2027"))
    missing = "envelope.FY2026: is missing, expected a table [envelope.FY2026]: the grid touches that year"
    assert told({}, ("FY2027",)) == ([missing], ("FY2027",))
    lines, years = told({}, ("FY2026", "FY2028", "FY2027"))
    assert years == ("FY2026", "FY2027")
    assert told({}, ("FY2028", "2026"))[1] == ("2026", "FY2028")
    assert lines == ["envelope.FY2028: is no fiscal year of the grid, got \"FY2028\", expected FY2026, FY2027; did you mean 'FY2027'?"]


@pytest.mark.parametrize(("low", "high", "said"), [
    (4e9, 4e9, []), (4.1e9, None, []), (None, 4e9, []), (None, None, []), (3.9e9, 4e9, []),
    (4.1e9, 4e9, ["envelope.FY2027.low_usd: is above envelope.FY2027.high_usd, got 4.1 $B, expected at most 4 $B"]),
])  # fmt: skip
def test_the_least_of_a_year_is_not_above_the_most(told, low, high, said):
    figures = {"envelope.FY2027.low_usd": low, "envelope.FY2027.high_usd": high}
    assert told({path: value for path, value in figures.items() if value is not None})[0] == said


@pytest.mark.parametrize(("figures", "change", "line", "members"), [
    ({"envelope.FY2027.low_usd": 4.1e9, "envelope.FY2027.high_usd": 4e9}, "envelope.FY2027.high_usd",
     "is below envelope.FY2027.low_usd, got 4 $B, expected at least 4.1 $B", {}),
    ({"accelerator.A.vendor": "", "accelerator.A.share": (Stage(0.0, Given(0.5)),)}, "accelerator.A.vendor",
     "is empty but accelerator.A.share is on offer, expected a member of [supply], or a share of 0", {"accelerator": ("A",)}),
    ({"recipe.a.chips_count": 9.0, "recipe.b.chips_count": 8.0}, "recipe.a.chips_count",
     "is no smaller than the size after, got 9, expected below 8, smallest first, as in recipe.b.chips_count", {"recipe": ("a", "b")}),
    ({"recipe.a.tensor_count": 4.0, "recipe.a.pipeline_count": 1.0, "recipe.a.context_count": 3.0,
      "recipe.a.chips_count": 8.0}, "recipe.a.context_count",
     "makes one copy of the model larger than recipe.a.chips_count, got 4 x 1 x 3: tensor_count, pipeline_count, context_count, "
     "expected at most 8", {"recipe": ("a",)}),
])  # fmt: skip
def test_where_two_contradict_each_other_the_change_is_at_fault(told, figures, change, line, members):
    assert told(figures, change=change, **members)[0] == [f"override: {change}: {line}"]
    first = next(path for path in reversed(figures) if path != change)
    assert told(figures, change=first, **members)[0][0].startswith(f"override: {first}: ")


def test_a_date_is_not_before_the_as_of_day_and_other_numbers_may_be_negative(told):
    for seconds in (0.0, 0.5, DAY_S):
        assert told({"job.a.deadline_s": seconds})[0] == []
    for seconds, day in ((-0.5, "2026-02-01"), (-2 * DAY_S, "2026-01-31")):
        said = f"job.a.deadline_s: is before the as-of date, got {day}, expected 2026-02-02 or later"
        assert told({"job.a.deadline_s": seconds})[0] == [said]
    assert told({"site.a.slip_s": -DAY_S})[0] == []
    assert told({"site.a.site_power_w": (Stage(-DAY_S, Given(1.0)),)})[0] == []


OFFERED = "is on offer but accelerator.A.vendor is empty, expected a share of 0, or a member of [supply]"


@pytest.mark.parametrize(("vendor", "shares", "said"), [("", (0.0,), []), ("maker", (0.5,), []), ("", (0.0, 1e-9), [OFFERED])])
def test_a_chip_without_a_vendor_is_not_on_offer(told, vendor, shares, said):
    stages = tuple(Stage(place * DAY_S, Given(share)) for place, share in enumerate(shares))
    lines, _ = told({"accelerator.A.vendor": vendor, "accelerator.A.share": stages}, accelerator=("A",))
    assert lines == [f"accelerator.A.share: {line}" for line in said]
    assert told({"accelerator.A.share": stages}, accelerator=("A",))[0] == []


def test_sizes_of_recipes_grow(told):
    sizes = {"recipe.a.chips_count": 8.0, "recipe.b.chips_count": 16.0}
    assert told(sizes, recipe=("a", "b"))[0] == []
    assert told(sizes, recipe=("a", "none", "b"))[0] == []
    line = (
        "recipe.{}.chips_count: is no larger than the size before, got {}, expected above {}, smallest first, as in recipe.{}.chips_count"
    )
    assert told(sizes, recipe=("b", "a"))[0] == [line.format("a", 8, 16, "b")]
    assert told(sizes | {"recipe.b.chips_count": 8.0}, recipe=("a", "b"))[0] == [line.format("b", 8, 8, "a")]


def test_the_chip_that_is_timed_is_one_that_is_there(told):
    peaks = {"accelerator.A.peak_eflops": 1.0e-3, "accelerator.B.peak_eflops": 2.0e-3}
    for peak in (1.0e-3, 1.009e-3, 0.991e-3, 1.985e-3):
        assert told(peaks | {"chip.peak_eflops": peak}, accelerator=("A", "none", "B"))[0] == []
    line = "chip.peak_eflops: is the peak of none of the accelerators, got {}, expected one of 1 PFLOP/s, 2 PFLOP/s"
    for peak, shown in ((1.02e-3, "1.02 PFLOP/s"), (0.98e-3, "980.0 TFLOP/s")):
        assert told(peaks | {"chip.peak_eflops": peak}, accelerator=("A", "none", "B"))[0] == [line.format(shown)]
    assert told(peaks, accelerator=("A", "B"))[0] == []


def test_the_speed_of_a_network_needs_steps_that_are_timed(told):
    line = "network.n.chip_gb_per_s: has no effect where utilization is measured, expected [recipe], to time steps by"
    speed = {"network.n.chip_gb_per_s": 50.0}
    assert told(speed)[0] == [line]
    assert told(speed, recipe=("a",))[0] == []
    assert told({"network.n.price_usd": 50.0})[0] == []


def test_a_recipe_has_chips_for_one_copy_of_the_model(told):
    cut = {"recipe.a.tensor_count": 4.0, "recipe.a.pipeline_count": 2.0, "recipe.a.context_count": 3.0}
    least = 24.0 * (1.0 - 1e-9)
    for chips in (24.0, least, 24.0 * (1.0 - 5e-10), 48.0):
        assert told(cut | {"recipe.a.chips_count": chips}, recipe=("a",))[0] == []
    line = (
        "recipe.a.chips_count: is too few for one copy of the model, got {}, expected at least 4 x 2 x 3: "
        "tensor_count, pipeline_count, context_count"
    )
    for chips, shown in ((24.0 * (1.0 - 2e-9), "24"), (12.0, "12")):
        assert told(cut | {"recipe.a.chips_count": chips}, recipe=("a",))[0] == [line.format(shown)]
    assert told(cut, recipe=("a",))[0] == []


def test_halls_are_held_against_their_racks_too(told):
    assert told({"hall.h.peak_pue": 0.5}, hall=("h",))[0] == [
        "hall.h.peak_pue: is out of bounds, got 0.5, expected at least 1, or 0: that of the site"
    ]


def test_what_was_published_later_is_refused_once_for_each_figure_or_named_with_hindsight():
    day = datetime.date(2026, 2, 2)
    reader = Reader(day, {"early": {"date": "2026-02-02"}, "late": {"date": "2026-02-03"}, "user": {}}, Faults())
    scene = Scene(Documents("f.toml", Layer("f.toml"), {}, ()), reader, None, {})
    late, early = Given(1.0, source="late"), Given(1.0, source="early")
    for path, value in (
        ("job.a.work_eflop", late),
        ("job.b.work_eflop", early),
        ("site.a.site_power_w", (Stage(0.0, early), Stage(1.0, late))),
    ):
        slot = Slot(*path.split("."))
        scene.values[slot], scene.written[slot] = value, Entry(None, None, "f.toml", path)
    assert check_provenance(scene, day, True) == ("late",)
    assert reader.faults.lines == []
    assert check_provenance(scene, day, False) == ("late",)
    assert [line.split(": ")[1] for line in reader.faults.lines] == ["job.a.work_eflop", "site.a.site_power_w"]
