"""The command line as people use it: what it prints, what it writes, how it ends, and how it says no."""

import json
import os
import signal
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

import capexmodel
from capexmodel.cli import build_parser, main
from capexmodel.config.locate import configs_dir
from capexmodel.errors import SolveError

SHIPPED = configs_dir() / "scenarios" / "one_period.toml"
KEYS = {
    "schema_version", "status", "scenario", "allocation", "objective", "envelope", "spend", "outcome", "dates", "shadow_prices",
    "certificate", "evidence", "config_hash", "footprint", "accounts", "proof", "result_hash",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _no_cache():
    """Leave the compilation cache to the tests' own."""
    before = os.environ.get("CAPEXMODEL_CACHE")
    os.environ["CAPEXMODEL_CACHE"] = "off"
    yield
    if before is None:
        del os.environ["CAPEXMODEL_CACHE"]
    else:
        os.environ["CAPEXMODEL_CACHE"] = before


@pytest.fixture(scope="module")
def solved(tmp_path_factory, _no_cache):
    """One plan from the command line, with everything it can write."""
    folder = tmp_path_factory.mktemp("solved")
    capture = pytest.MonkeyPatch()
    said: list[str] = []
    capture.setattr("builtins.print", lambda *words, **_: said.append(" ".join(str(word) for word in words)))
    try:
        status = main(["optimize", "one_period", "--starts", "1", "--json", str(folder / "plan.json"), "--figures", str(folder / "fig")])
    finally:
        capture.undo()
    return status, "\n".join(said), folder


@pytest.mark.long
def test_optimize_shows_its_page(solved):
    status, said, _ = solved
    assert status == 0
    assert "OPTIMAL" in said
    assert "2026-08-08" in said  # worked out by hand in the scenario's own file
    assert "One more FY2026 billion moves model" in said


def test_optimize_writes_the_whole_result(solved):
    result = json.loads((solved[2] / "plan.json").read_text())
    assert set(result) == KEYS
    assert (result["status"], result["certificate"]["holds"]) == ("OPTIMAL", True)
    (year,) = result["envelope"]
    capex = sum(row["usd"] for row in result["spend"] if row["account"] == "capex")
    assert capex == pytest.approx(year["spent_usd"], rel=1e-9)
    assert year["low_usd"] <= year["spent_usd"] <= year["high_usd"] * (1 + 1e-6)
    assert result["dates"] == [{"model": "model", "date": "2026-08-08", "deadline": "2026-09-30", "slack_days": pytest.approx(53, abs=0.1)}]


def test_optimize_draws_figures(solved):
    names = sorted(path.name for path in (solved[2] / "fig").iterdir())
    assert names == ["power.png", "power.svg", "spend.png", "spend.svg", "work.png", "work.svg"]


@pytest.mark.long
def test_simulate_follows_the_allocation_to_the_same_date(solved, capsys, tmp_path):
    out = tmp_path / "again.json"
    assert main(["simulate", "one_period", "--allocation", str(solved[2] / "plan.json"), "--json", str(out)]) == 0
    assert "LIMITS THIS ALLOCATION BREAKS\n  none" in capsys.readouterr().out
    first, again = json.loads((solved[2] / "plan.json").read_text()), json.loads(out.read_text())
    assert again["dates"][0]["slack_days"] == pytest.approx(first["dates"][0]["slack_days"], abs=1e-6)
    assert [row["usd"] for row in again["spend"]] == pytest.approx([row["usd"] for row in first["spend"]])


def test_simulate_in_a_poorer_scenario_names_the_broken_limit(solved, capsys):
    poorer = ["--set", "envelope.high=0.5 B$"]
    assert main(["simulate", "one_period", "--allocation", str(solved[2] / "plan.json"), *poorer]) == 0
    broken = capsys.readouterr().out.split("LIMITS THIS ALLOCATION BREAKS")[1]
    assert "envelope" in broken
    assert "high" in broken


@pytest.mark.long
def test_an_unreachable_deadline_is_explained(capsys, tmp_path):
    out = tmp_path / "none.json"
    assert main(["optimize", "one_period", "--starts", "1", "--set", "job.model.deadline=2026-03-01", "--json", str(out)]) == 1
    said = capsys.readouterr()
    assert "deadline" in said.err
    assert said.err.count("\n") == 1
    result = json.loads(out.read_text())
    assert set(result) == {*KEYS, "conflict"}
    assert any("deadline" in member for member in result["conflict"]["members"])


@pytest.mark.long
def test_frontier_is_a_table_a_document_and_a_figure(capsys, tmp_path):
    out, figures = tmp_path / "frontier.json", tmp_path / "fig"
    asked = ["frontier", "one_period", "--vary", "envelope.high=0.3:1.5:3 B$", "--json", str(out), "--figures", str(figures)]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "slope (days/$B)" in said
    assert "no plan: deadline.model" in said
    assert sorted(path.name for path in figures.iterdir()) == ["frontier.png", "frontier.svg"]
    result = json.loads(out.read_text())
    assert result["varied"] == {"leaf": "envelope.FY2026.high_usd", "unit": "usd", "slope_unit": "s/usd"}
    assert [point["status"] for point in result["points"]] == ["INFEASIBLE_EXPLAINED", "OPTIMAL", "OPTIMAL"]
    assert all(result["points"][0][key] is None for key in ("aim", "cost", "slope", "difference"))
    works = result["points"][0]["conflict"]["works"]
    assert works
    assert all(works.values())


def test_whole_racks_and_halls(capsys, tmp_path):
    out = tmp_path / "whole.json"
    whole = ["--set", "accelerator.chip.rack_count=72", "--set", "hall.shell.block=5 MW"]
    assert main(["optimize", "one_period", "--starts", "1", "--whole", "--json", str(out), *whole]) == 0
    assert "277 racks (chip 277), rounded down" in capsys.readouterr().out
    rounding = json.loads(out.read_text())["rounding"]
    assert rounding["racks"] == {"chip": 277}
    assert 0.0 < rounding["gap"] / 86400.0 < 0.3
    assert rounding["unit"] == "s"


def test_explain(capsys):
    assert main(["explain", "one_period", "--starts", "1"]) == 0
    said = capsys.readouterr().out
    for section in ("WHICH LIMIT BINDS WHEN", "ROOM LEFT", "WHAT EACH SHADOW PRICE MEANS", "WHERE EACH NUMBER COMES FROM"):
        assert section in said


def test_lint(capsys):
    assert main(["lint", "meta_2026"]) == 0
    assert "no fault found" in capsys.readouterr().out


def bad(*words: str, said: str) -> object:
    return pytest.param(words, said, id=" ".join(words)[:60])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        bad("optimise", "one_period", said="did you mean 'optimize'"),
        bad("optimize", said="SCENARIO"),
        bad("optimize", "one_perod", said="one_period"),
        bad("optimize", "one_period", "--strats", "3", said="did you mean '--starts'"),
        bad("optimize", "one_period", "--starts", "0", said="--starts"),
        bad("optimize", "one_period", "--without", "suply", said="did you mean 'supply'"),
        bad("optimize", "one_period", "--minimize", "tme", said="did you mean 'time'"),
        bad("optimize", "one_period", "--minimize", "time:modl", said="did you mean 'model'"),
        bad("optimize", "one_period", "--minimize", "work", said="work:model"),
        bad("optimize", "one_period", "--set", "envelope.high=125", said="unit"),
        bad("optimize", "one_period", "--set", "envelope.high=2 GW", said="envelope"),
        bad("optimize", "one_period", "--set", "job.model.deadline=2025-06-30", said="deadline"),
        bad("optimize", "one_period", "--json", "/dev/null/x.json", said="/dev/null"),
        bad("optimize", "one_period", "--figures", "/dev/null/x", said="/dev/null"),
        bad("simulate", "one_period", said="--allocation"),
        bad("frontier", "one_period", said="--vary"),
        bad("frontier", "one_period", "--vary", "envelope.high=1:2 B$", said="LOW:HIGH:N"),
        bad("frontier", "one_period", "--vary", "envelope.high=1:2:3", said="unit"),
        bad("frontier", "one_period", "--vary", "envelop.high=1:2:3 B$", said="did you mean 'envelope'"),
        bad("frontier", "one_period", "--vary", "envelope.high=1:1:3 B$", said="does not vary"),
        bad("frontier", "one_period", "--aims", "cost,power", said="cannot be weighed, expected one of date,cost"),
        bad("robust", "one_period", "--deadline", "model=2026-09-30", said="go together"),
        bad("robust", "one_period", "--deadline", "modle=2026-09-30", "--probability", "0.8", said="did you mean 'model'"),
        bad("robust", "one_period", "--deadline", "model=soon", "--probability", "0.8", said="'soon' is not a date"),
        bad("robust", "one_period", "--deadline", "model=2025-09-30", "--probability", "0.8", said="not after the as-of date"),
        bad("robust", "one_period", "--percentile", "100", said="from 1 to 99"),
        bad("robust", "one_period", said="no figure of one_period has a range"),
        bad("hedges", "one_period", "--events-only", said="no site of one_period may be late"),
        bad("simulate", "one_period", "--allocation", "nowhere.json", said="nowhere.json"),
        bad("simulate", "one_period", "--allocation", str(SHIPPED), said="not a JSON file"),
    ],
)
def test_bad_words_are_one_line(words, said, capsys):
    assert main(list(words)) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.count("\n") == 1
    assert said in caught.err


FAULTS = {
    "unknown key": ("load = 0.8", "laod = 0.8", "laod"),
    "wrong unit": ("it_power_kw = 1", "it_power_kwh = 1", "it_power"),
    "NaN": ("price_kusd = 40", "price_kusd = nan", "price"),
    "negative price": ("price_kusd = 40", "price_kusd = -40", "price"),
    "site twice": ("[site.campus.fleet_count]", "[site.campus]\nopen = true\n[site.campus.fleet_count]", "site"),
    "low above high": ("high_busd = 1.0", "high_busd = 1.0\nlow_busd = 2.0", "low"),
    "deadline before the start": ("deadline = 2026-09-30", "deadline = 2025-09-30", "deadline"),
    "cut short": ("[preference]", "[preference", "preference"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_file_is_one_line_that_names_file_and_key(fault, capsys, tmp_path):
    right, wrong, key = FAULTS[fault]
    text = SHIPPED.read_text()
    assert right in text
    path, out = tmp_path / "bad.toml", tmp_path / "out.json"
    path.write_text(text.replace(right, wrong, 1))
    assert main(["optimize", str(path), "--json", str(out), "--figures", str(tmp_path / "fig")]) == 2
    caught = capsys.readouterr()
    assert caught.err.count("\n") == 1
    assert "bad.toml" in caught.err
    assert "Traceback" not in caught.err
    if fault != "cut short":
        assert key in caught.err
    assert sorted(place.name for place in tmp_path.iterdir()) == ["bad.toml"]


def test_all_faults_on_demand(capsys, tmp_path):
    path = tmp_path / "bad.toml"
    text = SHIPPED.read_text()
    for name in ("NaN", "unknown key"):
        text = text.replace(*FAULTS[name][:2], 1)
    path.write_text(text)
    assert main(["lint", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["lint", str(path), "--all"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 20
    assert all("bad.toml" in line for line in lines)


def test_help_needs_nothing_heavy():
    code = (
        "import sys; from capexmodel.cli import main; main(sys.argv[1:]); "
        "heavy = {'jax', 'jaxlib', 'numpy', 'pandas', 'matplotlib', 'equinox'} & set(sys.modules); sys.exit(f'{heavy}' if heavy else 0)"
    )
    for words in (["--help"], ["--version"], ["optimize", "--help"], ["optmize"]):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


def test_python_m_and_version():
    done = subprocess.run([sys.executable, "-m", "capexmodel", "--version"], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"capexmodel {capexmodel.__version__}\n"
    declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["version"]
    assert declared == capexmodel.__version__


def test_public_names_load_and_are_few():
    assert len(capexmodel.__all__) <= 30
    assert len(set(capexmodel.__all__)) == len(capexmodel.__all__)
    for name in capexmodel.__all__:
        assert getattr(capexmodel, name) is not None
        assert name in dir(capexmodel)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = capexmodel.nothing


def test_every_option_says_what_it_is_for():
    for action in build_parser()._subparsers._group_actions[0].choices.values():
        assert all(option.help for option in action._actions)


@pytest.mark.parametrize(("error", "status"), [(SolveError("no proof"), 1), (RuntimeError("a\nb"), 3), (KeyboardInterrupt(), 130)])
def test_how_it_ends_when_something_breaks(error, status, capsys, monkeypatch):
    def broken(_: object) -> int:
        raise error

    monkeypatch.setattr("capexmodel.cli.plans.lint", broken)
    monkeypatch.delenv("CAPEXMODEL_TRACEBACK", raising=False)
    assert main(["lint", "one_period"]) == status
    caught = capsys.readouterr()
    assert caught.err.count("\n") == 1
    assert "Traceback" not in caught.err


def test_a_stop_that_ends_as_an_error_of_something_else_is_a_stop(capsys, monkeypatch):
    """As where it arrives in the middle of waiting for a lock, which is then given back by one who does not hold it."""

    def broken(_: object) -> int:
        lock = threading.Lock()
        try:
            raise KeyboardInterrupt(signal.SIGTERM)
        finally:
            lock.release()

    monkeypatch.setattr("capexmodel.cli.plans.lint", broken)
    assert main(["lint", "one_period"]) == 143
    assert capsys.readouterr().err == "capexmodel: stopped; what was written before is whole\n"


def test_a_reader_that_goes_away_is_no_error():
    command = f"{sys.executable} -m capexmodel optimize --help | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_compiled_programs_are_kept_where_nobody_else_can_write(tmp_path):
    code = "from capexmodel.cli import main; main(['lint', 'one_period']); import jax; print(jax.config.jax_compilation_cache_dir)"
    for off, kept in (("", str(tmp_path / "capexmodel" / "jax")), ("off", "None")):
        env = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "CAPEXMODEL_CACHE": off}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=env)
        assert done.stdout.splitlines()[-1] == kept
    assert (tmp_path / "capexmodel" / "jax").stat().st_mode & 0o777 == 0o700
