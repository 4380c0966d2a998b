"""What an output hangs on, line by line."""

import dataclasses
import math

import numpy as np
import pytest

from capexmodel.errors import ModelError
from capexmodel.model.leaves import leaves
from capexmodel.report.leaf import meaning, span, written
from capexmodel.report.sensitivity import Sensitivity, Told, change_text, sensitivity_document, sensitivity_page, value_text
from capexmodel.report.text import heading, table
from capexmodel.studies.elasticity import Elasticities, Elasticity
from capexmodel.studies.outputs import Output
from capexmodel.studies.sobol import Indices, Sobol
from capexmodel.studies.tornado import Bar, Moved
from capexmodel.studies.unverified import trust
from tests.unit.report.fakes import DAY, fake, page

OLD, NEW, WORK = "accelerator.old.price_usd", "accelerator.new.price_usd", "job.first.work_eflop"
DATE = Output("first.date_s", "s")
INF = float("inf")


@pytest.mark.parametrize(
    ("output", "change", "text"),
    [
        (DATE, 12.34 * DAY, "+12.3 days"), (DATE, -0.5 * DAY, "-0.5 days"), (DATE, 0.0, "0"), (DATE, INF, "not reached"),
        (Output("aim_s", "s"), INF, "no plan"), (Output("spent_usd", "usd"), -1.25e9, "-$1.25B"), (Output("spent_usd", "usd"), 2e9, "+$2B"),
    ],
)  # fmt: skip
def test_a_change_has_its_sign_and_unit(output, change, text):
    assert change_text(output, change) == text


def test_an_output_is_written_as_people_read_it(small):
    assert value_text(small, DATE, 10.0 * DAY) == "2026-02-12"
    assert value_text(small, DATE, INF) == "not reached"
    assert value_text(small, Output("spent_usd", "usd"), 2e9) == "$2B"


def moved(small, path, low, value, high):
    leaf = next(one for one in leaves(small) if one.path == path)
    figure = small.evidence.figures[path]
    return Moved(path, (leaf,), figure.status, figure.source, low, value, high)


@pytest.fixture
def bars(small):
    return (
        Bar(moved(small, WORK, 2e7, 4e7, 8e7), -30.0 * DAY, 50.0 * DAY, -32.0 * DAY, 52.0 * DAY),
        Bar(moved(small, OLD, 25e3, 30e3, 40e3), -10.0 * DAY, 20.0 * DAY, -20.0 * DAY, 20.0 * DAY),
        Bar(moved(small, NEW, 45e3, 50e3, 60e3), INF, 4.0 * DAY, -3.0 * DAY, 4.0 * DAY, first_order=True),
    )


@pytest.fixture
def found(small, bars):
    rows = (
        Elasticity(WORK, 4e7, 100.0 * DAY / 4e7, 200.0 * DAY), Elasticity(OLD, 3e4, -40.0 * DAY / 3e4, 200.0 * DAY),
        Elasticity("site.east.slip_s", 0.0, 0.25, 200.0 * DAY), Elasticity("staff.floor_count", 50.0, 0.0, 200.0 * DAY),
    )  # fmt: skip
    return Sensitivity(small, {"first.date_s": Told(Elasticities(DATE, 200.0 * DAY, rows), bars)}, None, "Orders stay.")


def slopes(small):
    rows = [
        [WORK, "+0.500", "+1 days", written(small, WORK, 4e7), "scenario", meaning(small, WORK)],
        [OLD, "-0.200", "-0.4 days", "$30k", "recalled", meaning(small, OLD)],
    ]
    head = ["number", "% per 1 %", "change per 1 %", "value", "status", "what it is"]
    return [*heading("slopes", "3 of 4 numbers move it; dates count from the as-of date"), *table(head, rows)]


def test_slopes_alone_are_a_page(found, small):
    told = found.told["first.date_s"]
    bare = dataclasses.replace(found, told={"first.date_s": dataclasses.replace(told, bars=())})
    head = ["small: Two sites, two chips, two models", "  first.date_s: 2026-08-21, as of 2026-02-02. Orders stay."]
    assert sensitivity_page(bare, "first.date_s") == page(*head, *slopes(small))


def test_bars_and_evidence_follow(found, small, bars):
    text = sensitivity_page(found, "first.date_s")
    rows = [
        [WORK, "-30 days", "+50 days", "", span(small, WORK, 2e7, 8e7), "scenario"],
        [OLD, "-10 days", "+20 days", "~", span(small, OLD, 25e3, 40e3), "recalled"],
        [NEW, "not reached", "+4 days", "/", span(small, NEW, 45e3, 60e3), bars[2].figure.status],
    ]
    tornado = [
        *heading("tornado", "each of 3 figures with a range at its low and at its high alone; stages of a series together"),
        *table(["figure", "at low", "at high", "", "low .. high", "status"], rows),
        "  ~: the slope would have it elsewhere by more than a tenth of the width. /: by the slope alone.",
    ]
    assert "\n".join(tornado) in text
    known = trust(small, bars)
    assert f"\n  {100.0 * known.open_share:.0f} % of it hangs on numbers that nobody verified (recalled, or assumed).\n" in text
    worst = [
        [NEW, "no end", "-", "scenario", bars[2].figure.source, meaning(small, NEW)],
        [WORK, "40 days", f"{100 * 1600 / 1825:.1f} %", "scenario", "paper", meaning(small, WORK)],
        [OLD, "15 days", f"{100 * 225 / 1825:.1f} %", "recalled", "paper", meaning(small, OLD)],
    ]
    assert bars[2].figure.status == "scenario"
    last = [
        *heading("which unverified number matters", "half the width of its bar; each is worth looking up in this order"),
        *table(["figure", "half-width", "share", "status", "source", "what it is"], worst),
    ]
    assert text.endswith("\n" + page(*last))


def test_each_kind_of_evidence_is_counted(found, small, bars):
    lines = sensitivity_page(found, "first.date_s").split("\n")
    start = lines.index("EVIDENCE  (share of the squares of all half-widths that have an end)")
    bare = {status: sum(one.status == status for one in small.evidence.figures.values()) for status in ("recalled", "scenario")}
    assert lines[start + 1].split() == ["status", "no", "range", "a", "range", "no", "end", "share"]
    assert lines[start + 2].split() == ["recalled", str(bare["recalled"] - 1), "1", "0", f"{22500 / 1825:.1f}", "%"]
    assert lines[start + 3].split() == ["scenario", str(bare["scenario"] - 2), "2", "1", f"{160000 / 1825:.1f}", "%"]
    assert lines[start + 4].strip().startswith("100 % of it hangs")


def sobol(small, bars, known, lost=2):
    first = np.zeros((10 + lost, 2))

    def indices(name):
        if name == "first.date_s" and isinstance(known, str):
            raise ModelError(known)
        return Indices(
            np.array([0.25, 0.5]), np.array([0.01, 0.02]), np.array([0.3, 0.6]), np.array([0.03, 0.04]), (3.0 * DAY) ** 2, 10
        )  # fmt: skip

    groups = ((bars[0].figure,), (bars[1].figure, bars[2].figure))
    return fake(Sobol, size=1234, outputs=(DATE, Output("reached", "", True)), groups=groups, first=first, seed=5, indices=indices)


def test_shares_of_the_variance_are_told_with_their_errors(found, small, bars):
    text = sensitivity_page(dataclasses.replace(found, sobol=sobol(small, bars, None)), "first.date_s")
    rows = [["accelerator.*.price_usd", "50.0 +- 2.0", "60.0 +- 4.0", "scenario"], [WORK, "25.0 +- 1.0", "30.0 +- 3.0", "scenario"]]
    lines = [
        *heading("variance of first.date_s", "1,234 scenarios; what each explains alone, and what is left while it alone is unknown"),
        *table(["figure or group", "alone (%)", "in all (%)", "status"], rows),
    ]
    assert "\n".join(lines) in text
    flat = " ".join(text.split())
    assert "Standard deviation 3 days. All figures alone: 75 % of the variance. 2 points were left out: a scenario of theirs" in flat
    assert flat.endswith("Errors are standard errors; a share below its error is none.")
    assert "left out" not in sensitivity_page(dataclasses.replace(found, sobol=sobol(small, bars, None, 0)), "first.date_s")


def test_without_a_variance_the_chance_to_reach_it_is_looked_at(found, small, bars):
    flat = " ".join(sensitivity_page(dataclasses.replace(found, sobol=sobol(small, bars, "no variance")), "first.date_s").split())
    assert "no variance. VARIANCE OF REACHED" in flat
    assert f"Standard deviation {3.0 * DAY:.2g}. All" in flat


def test_the_document_holds_slopes_bars_and_evidence(found, small, bars):
    whole = sensitivity_document(found)
    (one,) = whole["outputs"]
    assert (whole["schema_version"], whole["kind"], whole["way"], "chances" in whole) == (1, "sensitivity", "Orders stay.", False)
    assert (whole["scenario"]["name"], whole["config_hash"]) == ("small", small.evidence.config_hash)
    assert (one["name"], one["unit"], one["value"], "variance" in one) == ("first.date_s", "s", 200.0 * DAY, False)
    assert one["slopes"][1] == {
        "path": OLD, "value": 3e4, "unit": "usd", "slope": -40.0 * DAY / 3e4, "elasticity": pytest.approx(-0.2),
        "per_percent": pytest.approx(-0.4 * DAY),
    }  # fmt: skip
    assert one["slopes"][2]["elasticity"] is None
    assert [row["path"] for row in one["tornado"]] == [NEW, WORK, OLD]
    assert one["tornado"][2] == {
        "path": OLD, "stages": [OLD], "unit": "usd", "low": 25e3, "value": 30e3, "high": 40e3, "at_low": -10.0 * DAY,
        "at_high": 20.0 * DAY, "slope_low": -20.0 * DAY, "slope_high": 20.0 * DAY, "bent": True, "first_order": False,
        "half_width": 15.0 * DAY, "share": pytest.approx(225.0 / 1825.0), "status": "recalled", "source": "paper",
    }  # fmt: skip
    assert one["evidence"]["open_share"] == pytest.approx(1.0)
    assert (one["evidence"]["ranged"]["scenario"], one["evidence"]["no_end"]["scenario"]) == (2, 1)
    assert math.isclose(one["evidence"]["shares"]["recalled"], 225.0 / 1825.0)
    assert one["evidence"]["no_range"]["recalled"] == 0


def test_the_document_holds_the_variance(found, small, bars):
    whole = sensitivity_document(dataclasses.replace(found, sobol=sobol(small, bars, None)))
    assert whole["chances"][0]["name"] == "reached"
    assert whole["chances"][0]["unit"] == ""
    known = whole["outputs"][0]["variance"]
    assert {name: known[name] for name in ("points", "used", "seed", "variance")} == {
        "points": 12, "used": 10, "seed": 5, "variance": (3.0 * DAY) ** 2
    }  # fmt: skip
    assert known["groups"][1] == {
        "group": "accelerator.*.price_usd", "paths": [OLD, NEW], "first": 0.5, "first_error": 0.02, "total": 0.6, "total_error": 0.04,
    }  # fmt: skip
    none = sensitivity_document(dataclasses.replace(found, sobol=sobol(small, bars, "flat")))
    assert none["outputs"][0]["variance"] == {"none": "flat"}
