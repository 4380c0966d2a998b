"""Facts and priors: what was not known by the as-of date neither feeds nor is believed, and every fault is one line."""

import datetime
from typing import Any

import pytest

from capexmodel.config import facts as room
from capexmodel.config.facts import FEEDS, PRIOR, SCORES, as_of, beliefs, facts, in_base, read_beliefs, read_facts, source_days, spending
from capexmodel.config.read import read_toml
from capexmodel.errors import ConfigError
from capexmodel.studies.belief import believed

DAY = datetime.date(2026, 2, 2)
SOURCES = {"early": datetime.date(2025, 1, 1), "late": datetime.date(2026, 3, 1)}
GOOD = {
    "what": "chips", "use": "feeds", "quantity": "chips_count", "value": 2, "low": 1, "high": 3, "unit": "thousand", "about": "2025",
    "published": datetime.date(2025, 1, 1), "status": "reported", "source": "early",
}  # fmt: skip


def read(**changes: Any) -> room.Fact:
    """A good fact but for the changes."""
    return read_facts({"fact": {"a": GOOD | changes}}, DAY, SOURCES)["a"]


def test_there_are_facts_enough_and_each_is_used_once() -> None:
    """Twenty at least, of every use; and no number from memory among those that feed."""
    found = facts().values()
    assert len(found) >= 20
    assert all(sum(fact.use == use for fact in found) >= 5 for use in (FEEDS, PRIOR, SCORES))
    assert all(fact.counts for fact in found if fact.use == FEEDS)


def test_what_feeds_was_known_and_what_scores_was_not() -> None:
    """By the day it was published, and by the day of the source it was read in."""
    days = source_days()
    for fact in facts().values():
        known = max(fact.published, days[fact.source])
        assert (known <= as_of()) == (fact.use != SCORES), fact.name
        assert fact.low is None or fact.high is None or fact.low <= fact.value <= fact.high, fact.name


def test_no_prior_rests_on_a_later_source() -> None:
    """Of any table of the file; and each figure with a range can be believed."""
    tree = read_toml(room.configs_dir() / "observations" / "priors.toml", room.PRIORS)
    records = [body for table in ("spent_busd", "fleet", "avocado", "outlook") for body in tree[table].values()]
    records += [body for chip in tree["chip"].values() for body in chip.values()]
    assert len(records) > 50
    assert all(source_days()[body["source"]] <= as_of() and body["status"] != "recalled" for body in records)
    for table, *member in [("fleet",), ("avocado",), ("outlook",), *(("chip", name) for name in tree["chip"])]:
        assert len(believed(beliefs(table, *member)).names) >= 1


def test_what_was_spent_adds_up_to_what_was_reported() -> None:
    """Quarters of 2025 beside the year, to a thousandth."""
    year = sum(usd for quarter, usd in spending().items() if quarter.startswith("2025"))
    assert year == pytest.approx(facts()["capex_2025"].value, rel=1e-3)
    assert list(spending()) == [f"{year}Q{quarter}" for year in range(2022, 2026) for quarter in range(1, 5)]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("install_months", "install_s"), ("system_kusd", "system_usd"), ("decline_per_year", "decline_per_s"), ("ai_share", "ai_share"),
        ("peak_tflops", "peak_eflops"), ("job.a.work_flop", "job.a.work_eflop"), ("run_thousand", "run_count"),
        ("p_usd_per_kw", "p_usd_per_w"),
    ],
)  # fmt: skip
def test_names_end_in_their_base_unit(name: str, wanted: str) -> None:
    assert in_base(name) == wanted


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "late"}, "it may only score"),
        ({"published": datetime.date(2026, 2, 3)}, "it may only score"),
        ({"use": "prior", "source": "late"}, "it may only score"),
        ({"use": "scores"}, 'expected after 2026-02-02 where use = "scores"'),
        ({"use": "feed"}, "did you mean 'feeds'?"),
        ({"valve": 3}, "is 'value' meant?"),
        ({"quantity": ""}, "quantity: is missing"),
        ({"value": "many"}, "holds no thousand"),
        ({"source": "nobody"}, "source: is not known"),
        ({"published": "soon"}, "published: is not a date"),
    ],
)
def test_a_faulty_fact_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=r"observations/facts\.toml") as refused:
        read(**changes)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_good_fact_is_read_in_base_units() -> None:
    assert (read().low, read().value, read().high) == (1000.0, 2000.0, 3000.0)
    assert read(unit="date", value=DAY, low=DAY, high=DAY + datetime.timedelta(1), scale="plain").high == 86400.0


def test_a_prior_from_a_later_source_is_refused() -> None:
    with pytest.raises(ConfigError, match="rests on 'late' of 2026-03-01, expected one by 2026-02-02"):
        read_beliefs({"a_usd": {"value": 1, "status": "reported", "source": "late"}}, DAY, SOURCES)
    with pytest.raises(ConfigError, match="has no \\[flee\\], expected"):
        beliefs("flee")
