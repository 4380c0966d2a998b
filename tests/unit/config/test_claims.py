"""The article's table, entered as it stands, is refused with everything that is mixed in it; nothing is added that is not of a kind."""

import dataclasses
import datetime

import pytest

from capexmodel.config.claims import (
    APART,
    AS_OF,
    METRICS,
    Claim,
    Mixed,
    claims,
    compare,
    differences,
    kind_of,
    ratio,
    read_claims,
    total,
    year_of,
)
from capexmodel.config.facts import source_days
from capexmodel.errors import ConfigError

THEN, LATER = datetime.date(2026, 2, 2), datetime.date(2026, 6, 1)
SOURCES = {"somebody": datetime.date(2026, 1, 1)}
GOOD = {"metric": "revenue", "period": "2025", "value": 1, "unit": "busd", "status": "reported", "source": "somebody"}


def row(**changes):
    """One row but for the changes."""
    body = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return read_claims({"claim": {"a": {"stated": body, "resolved": GOOD}}}, SOURCES)["a"].stated


@pytest.mark.parametrize("claim", claims().values(), ids=list(claims()))
def test_every_claim_of_the_article_is_refused_and_everything_that_differs_is_named(claim):
    with pytest.raises(Mixed) as refused:
        compare(claim, THEN, claims())
    assert set(refused.value.apart) == set(claim.apart)
    text = str(refused.value)
    assert "\n" not in text
    assert all(f"{name}: " in text for name in claim.apart)


def test_what_is_named_is_what_the_reader_must_know():
    said = {}
    for name, claim in claims().items():
        with pytest.raises(Mixed) as refused:
            compare(claim, THEN, claims())
        said[name] = str(refused.value)
    assert "2024 and 2026" in said["envelope"]
    assert "2023 and 2025Q4 (year and quarter)" in said["revenue_2023"]
    assert "total_expenses (costs and expenses" in said["table_2023_spending"]
    assert "and capex (capital expenditure)" in said["table_2023_spending"]
    assert "for AI, which is not disclosed" in said["all_of_it_ai"]
    assert "2 is stated, 1.59 to 1.87 follows" in said["doubling"]
    assert "coming years and over time" in said["hundreds_of_gigawatts"]
    assert "known from 2026-04-27 on, after 2026-02-02" in said["manus"]
    assert "never an input" in said["avocado"]


def test_what_became_known_later_is_no_longer_late_afterwards():
    for name in ("manus", "avocado", "envelope_later"):
        assert AS_OF in differences(claims()[name], THEN, claims())
        assert AS_OF not in differences(claims()[name], LATER, claims())


def test_the_rows_of_the_table_cannot_be_added():
    stated = {name: claim.stated for name, claim in claims().items()}
    with pytest.raises(Mixed, match=r"cannot be added: metric: revenue .* and total_expenses") as refused:
        total([stated["table_2023_revenue"], stated["table_2023_spending"], stated["table_2023_ai"]])
    assert refused.value.apart == ("metric",)
    with pytest.raises(Mixed, match="2023 and 2024") as refused:
        total([stated["table_2023_spending"], stated["table_2024_spending"]])
    assert refused.value.apart == ("period",)
    with pytest.raises(Mixed, match="unit: busd and gw") as refused:
        total([stated["envelope"], stated["gigawatts"]])
    assert refused.value.apart == ("period", "metric", "unit")


@pytest.mark.parametrize("one", [name for name in METRICS if name not in ("growth", "power", "releases")])
@pytest.mark.parametrize("other", ["capex", "operating_cost", "total_expenses", "acquisition"])
def test_money_of_two_accounts_is_never_added(one, other):
    """Capital and operating expense, expenses as they run off, and the price of a company."""
    pair = [row(metric=one), row(metric=other)]
    if one == other:
        assert total(pair).high == 2e9
    else:
        with pytest.raises(Mixed) as refused:
            total(pair)
        assert refused.value.apart == ("metric",)


def test_what_is_of_a_kind_is_added_in_any_unit_of_its_dimension():
    assert total([row(value=1), row(value=500, unit="musd"), row(low=1, high=2, value=None)]).low == pytest.approx(2.5e9)
    assert total([row(value=1), row(low=1, high=2, value=None)]).high == pytest.approx(3e9)
    with pytest.raises(ConfigError, match="no rows"):
        total([])


def test_a_sum_is_told_by_all_its_rows_and_is_otherwise_the_first():
    parts = [dataclasses.replace(row(value=number), name=name, source=name, status=name) for number, name in ((1, "a"), (2, "b"), (3, "c"))]
    assert total(parts) == dataclasses.replace(parts[0], name="a + b + c", low=6e9, high=6e9)
    assert total(parts[:1]) == parts[0]
    assert total([*parts, row(value=0)]).told() == "revenue of 2025, 6 $B"
    for place in (1, 2):
        mixed = [*parts[:place], dataclasses.replace(parts[place], period="2024"), *parts[place + 1 :]]
        with pytest.raises(Mixed, match=f"^a and {'abc'[place]} cannot be added: period: 2025 and 2024$"):
            total(mixed)


def test_a_row_is_told_with_its_unit_from_its_least_to_its_most():
    assert row(low=1, high=2, value=None).told() == "revenue of 2025, 1 $B to 2 $B"
    assert row(metric="growth", unit="ratio", value=1.5).told() == "growth of 2025, 1.5"


@pytest.fixture
def claim():
    """A claim and its known ones: what is stated, beside what it can be resolved to, or the ratio of two others."""

    def _claim(stated, resolved=None, ratio=(3, 2), later=0):
        day = THEN + datetime.timedelta(days=later)
        told = None if resolved is None else dataclasses.replace(row(**resolved), published=day)
        rows = [row(period=str(2026 - place), **(ends if isinstance(ends, dict) else {"value": ends})) for place, ends in enumerate(ratio)]
        known = {name: Claim(name, name, each, each, ()) for name, each in zip("xy", rows, strict=True)}
        return differences(Claim("a", "a", row(**stated), told, (), () if told else ("x", "y")), THEN, known)

    return _claim


def test_a_number_is_the_same_within_what_rounding_makes_of_it(claim):
    ends = {"low": 50, "high": 90, "value": None}
    assert claim(ends, ends) == {}
    assert claim({"value": 60}, {"value": 58.8}) == claim({"value": 58.8}, {"value": 60}) == {}
    assert claim({"value": 1}, {"value": 0.98}) == {}
    assert claim(ends, {"low": 48.3, "high": 88.3, "value": None}) == {}
    told = "revenue of 2025, 50 $B to 90 $B is stated, revenue of 2025, {} $B to {} $B resolved"
    assert claim(ends, {"low": 47, "high": 90, "value": None}) == {"value": told.format(47, 90)}
    assert claim(ends, {"low": 50, "high": 93, "value": None}) == {"value": told.format(50, 93)}


def test_numbers_of_two_units_are_told_apart_by_their_units_alone(claim):
    assert claim({"value": 1}, {"value": 5, "unit": "gw"}) == {"unit": "busd and gw"}


def test_what_became_known_on_the_day_is_no_outcome(claim):
    assert claim({}, {}, later=0) == {}
    assert claim({}, {}, later=1) == {"as of": "known from 2026-02-03 on, after 2026-02-02: an outcome, to be scored and never an input"}


def test_a_ratio_that_is_stated_must_meet_the_one_that_follows(claim):
    ends = {"low": 4, "high": 6, "value": None}, {"low": 2, "high": 4, "value": None}  # 1 to 3 follow
    growth = {"metric": "growth", "unit": "ratio"}
    for low, high in ((1, 3), (0.5, 1), (3, 4), (1.5, 2), (0, 9)):
        assert claim(growth | {"low": low, "high": high, "value": None}, ratio=ends) == {}
    assert claim(growth | {"low": 3.01, "high": 9, "value": None}, ratio=ends) == {"value": "3.01 is stated, 1.00 to 3.00 follows"}
    assert claim(growth | {"low": 0, "high": 0.99, "value": None}, ratio=ends) == {"value": "0 is stated, 1.00 to 3.00 follows"}


def test_quarters_are_a_year_only_when_asked_and_all_there():
    quarters = [row(period=f"2025Q{number}", value=10 * number) for number in (3, 1, 4, 2)]
    assert year_of(quarters).period == "2025"
    assert year_of(quarters).high == pytest.approx(1e11)
    with pytest.raises(Mixed, match="quarter and year") as refused:
        total([quarters[0], row()])
    assert refused.value.apart == ("period",)
    for wrong in (quarters[:3], [*quarters[:3], quarters[0]], [*quarters[:3], row(period="2024Q2")], [*quarters, quarters[0]], []):
        with pytest.raises(Mixed, match="no four quarters"):
            year_of(wrong)
    with pytest.raises(Mixed):
        year_of([*quarters[:3], dataclasses.replace(quarters[3], metric="capex")])


def test_a_ratio_is_of_a_year_to_the_year_before():
    assert ratio(row(period="2026", value=3), row(period="2025", value=2)) == (1.5, 1.5)
    for other in (row(period="2024"), row(period="2026"), row(period="2025Q4"), row(metric="capex")):
        with pytest.raises(Mixed, match="have no ratio"):
            ratio(row(period="2026"), other)
    now, then = (row(period=period, metric=metric) for period, metric in (("2026", "capex"), ("2025", "power")))
    now, then = (dataclasses.replace(one, name=one.metric) for one in (now, then))
    with pytest.raises(Mixed, match=r"^capex and power have no ratio: metric: capex \(capital expenditure\) and power \(power\)$"):
        ratio(now, then)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metric": "revenues"}, "is 'revenue' meant?"),
        ({"period": "2025Q5"}, "is no period"),
        ({"period": "last year"}, "is no period"),
        ({"unit": "bucks"}, "is no unit"),
        ({"value": "many"}, "is no number"),
        ({"value": True}, "is no number"),
        ({"low": 3, "high": 2, "value": None}, "is no number"),
        ({"value": None}, "is no number"),
        ({"low": 3, "high": "many", "value": None}, "is no number"),
        ({"source": "nobody"}, "source: is not known"),
        ({"vale": 2}, "is 'value' meant?"),
    ],
)
def test_a_faulty_row_is_refused_in_one_line(changes, words):
    with pytest.raises(ConfigError, match=r"observations/claims\.toml") as refused:
        row(**changes)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_claim_is_resolved_or_derived_but_not_both():
    for body in (
        {"stated": GOOD},
        {"stated": GOOD, "resolved": GOOD, "ratio": ["a", "b"]},
        {"resolved": GOOD},
        {"stated": GOOD, "resolved": GOOD, "apart": ["x"]},
    ):
        with pytest.raises(ConfigError, match="expected `stated`"):
            read_claims({"claim": {"a": body}}, SOURCES)


def test_a_claim_is_what_its_file_says():
    """Everything may be apart; what it is about is its name where nothing is said."""
    whole = {"stated": GOOD, "resolved": {**GOOD, "value": 3}, "apart": list(APART), "what": "a figure"}
    found = read_claims({"claim": {"whole": whole, "derived": {"stated": GOOD, "ratio": ["a", "b"]}}}, SOURCES)
    told = {name: (one.name, one.what, one.apart, one.ratio) for name, one in found.items()}
    assert told == {"whole": ("whole", "a figure", tuple(APART), ()), "derived": ("derived", "derived", (), ("a", "b"))}
    assert found["derived"].resolved is None
    assert found["whole"].resolved is not None
    assert found["whole"].resolved.low == 3.0 * found["whole"].stated.low


def test_periods_are_of_the_kinds_people_write():
    written = ("2025", "2025Q4", "2026H1", "2020s", "2026-04-08", "over time", "25", "")
    assert [kind_of(text) for text in written] == ["year", "quarter", "half year", "decade", "day", "horizon", "", ""]


def test_every_row_has_a_source_of_its_day():
    for claim in claims().values():
        assert claim.stated.published == source_days()[claim.stated.source]
        assert claim.stated.published <= THEN
