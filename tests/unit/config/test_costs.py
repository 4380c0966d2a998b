"""Rows of what training cost: both spellings, the server of a chip or of a time, and what cannot be read."""

import datetime

import pytest

from capexmodel.config import costs
from capexmodel.config.costs import SPELLINGS, method, read_cost_rows, server_of, servers, usual_server
from capexmodel.config.faults import LONGEST_PATH
from capexmodel.errors import ConfigError

TREE = {
    "method": {
        "decline_oom_per_year": {"value": 0.2, "low": 0.1, "high": 0.3}, "network_share": {"value": 0.19}, "utilization": {"value": 0.4},
        "lag_days": {"value": 60, "low": 30, "high": 90}, "run_days": {"value": 32, "low": 16, "high": 64},
        "pue": {"value": 1.25, "low": 1.2, "high": 1.3}, "hyperscale_pue": {"value": 1.1, "low": 1.0, "high": 1.15},
        "server_over_chip_ratio": {"value": 1.6, "low": 1.3, "high": 2.1}, "hyperscale": ["Big"],
    },
    "energy_price_usd_per_kwh": {"2024": {"value": 0.08}},
    "server_over_chip_ratio": {"P100": {"value": 1.5, "low": 1.0, "high": 2.0}},
    "cluster_range": {"quantity_ratio": {"value": 1, "low": 0.8, "high": 1.25}},
    "run_range": {"time_ratio": {"value": 1, "low": 0.5, "high": 2}},
    "usual": [
        {"until": datetime.date(2015, 12, 31), "chip": "A100"}, {"until": datetime.date(2020, 12, 31), "chip": "A10"},
        {"until": datetime.date(2025, 12, 31), "chip": "TPU v1"},
    ],
    "chip": {
        "A10": {"peak_tflops": 5, "server_w": 300, "load": 0.5, "value_usd": 1000, "valued_on": datetime.date(2020, 1, 1), "also": ["Ten"]},
        "A100": {
            "peak_tflops": 9, "server_w": 400, "earlier_server_w": 450, "load": 0.6, "value_usd": 2, "valued_on": datetime.date(2021, 1, 1),
        },
        "TPU v1": {"peak_tflops": 7, "server_w": 200, "load": 0.4, "value_usd": 3, "valued_on": datetime.date(2022, 1, 1)},
    },
}  # fmt: skip
ROW = {"model": "m", "published": "2024-06-01", "work_flop": "1e24", "chip": "NVIDIA A100 40 GB", "organization": "o", "vintage": "v"}


@pytest.fixture(autouse=True)
def world(monkeypatch):
    """Three chips and two times."""
    monkeypatch.setattr(costs, "_tree", lambda: TREE)
    for one in (method, servers):
        one.cache_clear()
    yield
    for one in (method, servers):
        one.cache_clear()


@pytest.fixture
def read(write):
    def _read(*rows, spelt=None):
        names = list(dict.fromkeys(name for row in rows for name in row))
        lines = [
            ",".join((spelt or {}).get(name, name) for name in names),
            *(",".join(row.get(name, "") for name in names) for row in rows),
        ]
        return read_cost_rows(write("\n".join(lines), "rows.csv"))

    return _read


def test_constants_have_their_ends_where_they_have_any():
    found = method()
    assert found.decline_oom_per_year == (0.1, 0.2, 0.3)
    assert found.network_share == (0.19, 0.19, 0.19)
    assert (found.lag_days, found.run_days, found.pue, found.hyperscale_pue, found.hyperscale) == (60, 32, 1.25, 1.1, ("Big",))
    assert (found.server_over_chip, found.energy_price_usd_per_kwh) == ({"": 1.6, "P100": 1.5}, {2024: 0.08})
    assert (found.cluster_range, found.run_range) == ({"quantity_ratio": (0.8, 1.0, 1.25)}, {"time_ratio": (0.5, 1.0, 2.0)})
    assert found.usual[1:] == ((datetime.date(2020, 12, 31), "A10"), (datetime.date(2025, 12, 31), "TPU v1"))


def test_a_server_is_that_of_the_longest_name_the_first_chip_contains():
    ten, hundred, tensor = server_of("nvidia a-10"), server_of("A100 SXM, A10"), server_of("Google TPU V1")
    assert (ten.name, hundred.name, tensor.name) == ("A10", "A100", "TPU v1")
    assert (ten.peak_tflops, ten.server_w, ten.earlier_server_w, ten.load, ten.value_usd) == (5.0, 300.0, 300.0, 0.5, 1000.0)
    assert (hundred.earlier_server_w, hundred.valued_on) == (450.0, datetime.date(2021, 1, 1))
    assert [one.tensor_unit for one in (ten, hundred, tensor)] == [False, False, True]
    assert server_of("the Ten") is ten
    assert server_of("H100") is None


@pytest.mark.parametrize(("when", "chip"), [
    ("2015-12-31", "A100"), ("2016-01-01", "A10"), ("2020-12-31", "A10"), ("2021-01-01", "TPU v1"),
    ("2025-12-31", "TPU v1"), ("9999-12-31", "TPU v1"),
])  # fmt: skip
def test_every_time_has_its_usual_server(when, chip):
    assert usual_server(datetime.date.fromisoformat(when)).name == chip


def test_a_row_is_read_in_either_spelling(read):
    numbers = {"chips_count": "10", "run_h": " 0.5 ", "chip_hours": "3", "server_value_usd": "4", "facility_kw": "5", "energy_kwh": "6"}
    (row,) = read(ROW | numbers | {"total_usd": "7"})
    assert (row.row, row.model, row.organization, row.vintage) == (0, "m", "o", "v")
    assert row.published == datetime.date(2024, 6, 1)
    assert list(row.numbers.values()) == [1e24, 10.0, 0.5, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert (row.server.name, row.usual, row.reason) == ("A100", False, "")
    theirs = {ours: name for name, ours in SPELLINGS.items()}
    assert read(ROW | numbers | {"total_usd": "7"}, spelt=theirs) == [row]
    assert [one.row for one in read(ROW, ROW)] == [0, 1]


def test_without_a_chip_the_usual_one_stands_in(read):
    (row, lost) = read(ROW | {"chip": ""}, ROW | {"chip": "", "published": "soon"})
    assert (row.server.name, row.usual, row.reason) == ("TPU v1", True, "")
    assert (lost.server, lost.usual, lost.reason) == (None, True, 'published: is no date, got "soon"')


@pytest.mark.parametrize(("changes", "reason"), [
    ({"work_flop": "0"}, 'work_flop: is no number above 0, got "0"'),
    ({"work_flop": "-1"}, 'work_flop: is no number above 0, got "-1"'),
    ({"work_flop": "inf"}, 'work_flop: is no number above 0, got "inf"'),
    ({"work_flop": "nan", "run_h": "long"}, 'work_flop: is no number above 0, got "nan"; run_h: is no number above 0, got "long"'),
    ({"published": ""}, 'published: is no date, got ""'),
    ({"published": "2024-13-01"}, 'published: is no date, got "2024-13-01"'),
    ({"chip": "H100"}, 'chip: is not known, got "H100"'),
    ({"work_flop": ""}, ""),
    ({"published": "2024-06-01T12:00:00"}, ""),
])  # fmt: skip
def test_what_cannot_be_read_is_the_reason_of_a_row(read, changes, reason):
    (row,) = read(ROW | changes)
    assert row.reason == reason


@pytest.mark.parametrize(("text", "words"), [
    (b"", "is empty, expected a line of column names"),
    (b" , \n\n", "is empty, expected a line of column names"),
    (b"\xff", "is not UTF-8 text, got byte 0xff, expected a CSV table"),
    (b'model,"published', "is no CSV table: "),
    (b"model,publishd,work_flop,chip", ":1: has no column 'published'; is 'publishd' meant?"),
    (b"model,day,work_flop,chip", ":1: has no column 'published'"),
    (b"model,published,work_flop,chip,training_hardware", ":1: has the column 'chip' twice"),
])  # fmt: skip
def test_what_is_no_table_is_refused_in_one_line(write, text, words):
    path = write(text, "rows.csv")
    with pytest.raises(ConfigError) as error:
        read_cost_rows(path)
    assert str(error.value).startswith(str(path)[-LONGEST_PATH:])
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    if "meant" not in words:
        assert "meant" not in str(error.value)


def test_empty_lines_and_columns_without_a_name_are_passed_over(write):
    path = write("\ufeffmodel,published,work_flop,chip,,\n\nm,2024-06-01,1e24,A10,x,y\n , ,,\n", "rows.csv")
    assert [row.model for row in read_cost_rows(path)] == ["m"]
    with pytest.raises(ConfigError, match=r"none\.csv: there is no such file$"):
        read_cost_rows(path.with_name("none.csv"))
    with pytest.raises(ConfigError, match=r": is not a regular file, expected a CSV table$"):
        read_cost_rows(path.parent)
