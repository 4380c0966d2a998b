"""Facts and what is believed, from small files: days to the day, numbers in base units, and every refusal word by word."""

import datetime

import pytest

from capexmodel.config import facts as room
from capexmodel.config.facts import (
    Fact,
    as_of,
    base,
    beliefs,
    facts,
    in_base,
    least_inside,
    read_beliefs,
    read_facts,
    source_days,
    spending,
)
from capexmodel.config.figures import Given
from capexmodel.errors import ConfigError

DAY, NEXT = datetime.date(2026, 2, 2), datetime.date(2026, 2, 3)
EARLY, LATE = datetime.date(2025, 1, 1), datetime.date(2026, 3, 1)
SOURCES = {"early": EARLY, "today": DAY, "next": NEXT, "late": LATE}
GOOD = {
    "what": "chips", "use": "feeds", "quantity": "chips_count", "value": 2, "low": 1, "high": 3, "unit": "thousand", "about": "2025",
    "published": EARLY, "status": "reported", "source": "early",
}  # fmt: skip


def read(**changes):
    """A good fact but for the changes; None takes a key out."""
    body = {word: value for word, value in (GOOD | changes).items() if value is not None}
    return read_facts({"fact": {"a": body}}, DAY, SOURCES)["a"]


@pytest.mark.parametrize(
    ("value", "unit", "wanted"),
    [
        (NEXT, "date", 86400.0),
        (DAY, "date", 0.0),
        (datetime.date(2026, 1, 31), "date", -172800.0),
        (datetime.datetime(2026, 2, 2, 0, 0, 30), "date", 30.0),
        ("3 February 2026", "date", 86400.0),
        (0.25, "share", 0.25),
        (3, "thousand", 3000.0),
        (3, "", 3.0),
        (-2, "busd", -2e9),
    ],
)
def test_a_number_is_in_base_units_and_a_day_in_seconds(value, unit, wanted):
    assert base(value, unit, DAY) == wanted


@pytest.mark.parametrize(
    ("value", "unit"), [("soon", "date"), (3, "date"), (True, "thousand"), (False, "share"), ("3", "thousand"), (DAY, "thousand")]
)
def test_what_is_no_number_of_its_unit_is_given_back(value, unit):
    with pytest.raises(ValueError, match=r".") as error:
        base(value, unit, DAY)
    assert error.value.args == (value,)


def test_a_fact_has_all_it_says_and_little_else():
    assert read() == Fact(
        "a", "chips", "feeds", 2000.0, 1000.0, 3000.0, "thousand", "2025", EARLY, "reported", "early", "chips_count", "log", "about", "",
    )  # fmt: skip
    assert read(low=None, high=None, sense="at_most", scale="plain", note="n", source="today", published=DAY, status="recalled") == Fact(
        "a", "chips", "feeds", 2000.0, None, None, "thousand", "2025", DAY, "recalled", "today", "chips_count", "plain", "at_most", "n",
    )  # fmt: skip
    assert (read(low=None).low, read(low=None).high) == (None, 3000.0)
    assert (read(high=None).low, read(high=None).high) == (1000.0, None)
    assert [read(status=word).counts for word in ("reported", "recalled", "scenario")] == [True, False, True]
    assert read_facts({}, DAY, SOURCES) == {}
    assert list(read_facts({"fact": {"b": GOOD, "a": GOOD}}, DAY, SOURCES)) == ["b", "a"]


@pytest.mark.parametrize(
    "changes",
    [
        {"published": DAY, "source": "today"},
        {"use": "prior", "published": DAY, "source": "today"},
        {"use": "prior", "quantity": None},
        {"use": "prior", "quantity": "chips_count"},
        {"use": "scores", "published": NEXT, "source": "early"},
        {"use": "scores", "published": NEXT, "source": "late"},
        {"use": "scores", "published": LATE, "source": "next", "scale": "event", "sense": "at_least"},
    ],
)
def test_a_fact_is_used_up_to_its_day_and_scores_after_it(changes):
    assert read(**changes).use == changes.get("use", "feeds")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valve": 3}, ".valve: is not a known key; is 'value' meant?"),
        ({"q": 3}, ".q: is not a known key"),
        ({"a b": 3}, '."a b": is not a known key'),
        *(({word: None}, f".{word}: is missing") for word in ("what", "use", "value", "unit", "about", "published", "status", "source")),
        ({"use": "feed"}, ".use: is not known, got \"feed\"; did you mean 'feeds'?"),
        ({"use": "q"}, '.use: is not known, got "q", expected feeds, prior, scores'),
        ({"sense": "at_leest"}, ".sense: is not known, got \"at_leest\"; did you mean 'at_least'?"),
        ({"sense": 3}, ".sense: is not known, got 3, expected about, at_least, at_most"),
        ({"scale": "q"}, '.scale: is not known, got "q", expected log, plain, event'),
        ({"source": "erly"}, ".source: is not known, got \"erly\"; did you mean 'early'?"),
        ({"source": "q"}, '.source: is not known, got "q"'),
        ({"high": "many"}, ': holds no thousand, got "many"'),
        ({"low": True}, ": holds no thousand, got true"),
        ({"unit": "date"}, ": holds no date, got 2"),
        ({"published": "soon"}, '.published: is not a date, got "soon"'),
        ({"published": NEXT}, ': is known from 2026-02-03 on, expected by 2026-02-02 where use = "feeds": it may only score'),
        ({"source": "next"}, ': is known from 2026-02-03 on, expected by 2026-02-02 where use = "feeds": it may only score'),
        ({"use": "scores", "published": DAY}, ': was published on 2026-02-02, expected after 2026-02-02 where use = "scores"'),
        ({"use": "scores", "source": "late"}, ': was published on 2025-01-01, expected after 2026-02-02 where use = "scores"'),
        ({"quantity": None}, ".quantity: is missing, expected what the model says of it"),
        ({"use": "scores", "published": NEXT, "quantity": ""}, ".quantity: is missing, expected what the model says of it"),
    ],
)
def test_what_is_wrong_with_a_fact_is_said(changes, said):
    with pytest.raises(ConfigError) as error:
        read(**changes)
    assert str(error.value) == f"observations/facts.toml: fact.a{said}"


@pytest.mark.parametrize("source", ["next", "late"])
def test_nothing_that_is_believed_rests_on_a_later_source(source):
    day = {"next": "2026-02-03", "late": "2026-03-01"}[source]
    with pytest.raises(ConfigError, match=rf"^observations/facts\.toml: fact\.a: is known from {day} on, expected by 2026-02-02 "):
        read(use="prior", source=source, published=NEXT)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("price_usd_per_mwh", "price_usd_per_s_per_w"), ("rate_per_kwh", "rate_per_s_per_w"), ("work_zflop", "work_eflop"),
        ("rate_kusd_per_hour", "rate_usd_per_s"), ("plain", "plain"), ("share_percent", "share_percent"),
    ],
)  # fmt: skip
def test_names_end_in_what_their_number_is_counted_in(name, wanted):
    assert in_base(name) == wanted


def belief(value, source="early", **more):
    return {"value": value, "status": "derived", "source": source} | more


def test_what_is_believed_is_in_base_units_and_days_in_seconds():
    body = {"told_at": belief(NEXT), "life_hours": belief(2, "today", low=1), "told_share": belief(0.5, high=0.75)}
    assert read_beliefs(body, DAY, SOURCES) == {
        "told_at_s": Given(86400.0, None, None, "derived", "early"),
        "life_s": Given(7200.0, 3600.0, None, "derived", "today"),
        "told_share": Given(0.5, None, 0.75, "derived", "early"),
    }
    with pytest.raises(ConfigError) as error:
        read_beliefs({"a_b_usd": belief(1), "a b": belief(1, "next")}, DAY, SOURCES)
    assert str(error.value) == "observations/priors.toml: \"a b\": rests on 'next' of 2026-02-03, expected one by 2026-02-02"
    with pytest.raises(ConfigError, match=r"^observations/priors\.toml: a_usd\.low is no number, got true$"):
        read_beliefs({"a_usd": belief(1, low=True)}, DAY, SOURCES)


FILES = {
    "sources.toml": "[sources.early]\ndate = 2025-01-01\n[sources.late]\ndate = 2026-03-01\n",
    "observations/facts.toml": """
goal.inside_share = { value = 0.75, low = 0.5, high = 0.875 }
[fact.one]
what = "chips"
use = "scores"
quantity = "chips_count"
value = 2
unit = "thousand"
about = "2026"
published = 2026-02-03
status = "reported"
source = "late"
""",
    "observations/priors.toml": """
as_of = 2026-02-02
[spent_busd]
2025Q1 = { value = 13.5, status = "reported", source = "early" }
2025Q2 = { value = 2, status = "reported", source = "early" }
[fleet]
life_hours = { value = 2, status = "reported", source = "early" }
[chip.old]
chip_kw = { value = 0.5, status = "derived", source = "early" }
""",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three files of its own."""
    (tmp_path / "observations").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(room, "configs_dir", lambda: tmp_path)
    cached = (room._priors, source_days, facts, least_inside, beliefs, spending)
    for one in cached:
        one.cache_clear()
    yield tmp_path
    for one in cached:
        one.cache_clear()


def test_files_are_read_as_they_stand(folder):
    assert source_days() == {"early": EARLY, "late": LATE}
    assert as_of() == DAY
    assert least_inside() == 0.75
    assert facts() == {
        "one": Fact("one", "chips", "scores", 2000.0, None, None, "thousand", "2026", NEXT, "reported", "late", "chips_count")
    }
    assert spending() == {"2025Q1": 13.5e9, "2025Q2": 2e9}
    assert beliefs("fleet") == {"life_s": Given(7200.0, None, None, "reported", "early")}
    assert beliefs("chip", "old") == {"chip_w": Given(500.0, None, None, "derived", "early")}


@pytest.mark.parametrize(
    ("asked", "named"), [(("flee",), "flee"), (("chip", "new"), "chip.new"), (("chips", "old"), "chips.old"), (("outlook",), "outlook")]
)
def test_a_table_that_is_not_there_is_said(folder, asked, named):
    with pytest.raises(ConfigError) as error:
        beliefs(*asked)
    assert str(error.value) == f"observations/priors.toml: has no [{named}], expected spent_busd, fleet, chip, avocado, outlook"


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("sources.toml", source_days), ("observations/facts.toml", facts), ("observations/facts.toml", least_inside),
        ("observations/priors.toml", as_of), ("observations/priors.toml", spending),
    ],
)  # fmt: skip
def test_a_file_that_is_not_there_is_named(folder, name, call):
    (folder / name).unlink()
    with pytest.raises(ConfigError) as error:
        call()
    assert str(error.value) == f"{name}: there is no such file"
