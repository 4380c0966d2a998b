"""The runner of mutants: it changes what can be run and nothing else, draws the same sample twice, and counts what it found."""

import ast
import json

import pytest

from tests.house.reading import PACKAGE, ROOT
from tests.soak.mutants import account
from tests.soak.mutants.choice import Asking, digest, drawn, settled
from tests.soak.mutants.sites import Mutant, mutants

TEXT = b'''"""Doc 1."""
import math
LIMIT: int = 3
def f(x: "Float[2]", cut=(1, 2)):
    """Doc 2."""
    if x > LIMIT and x != 0:
        raise ValueError(f"{x + 1} is above" + " 3")
    total = max(-x, 2.0) * x
    total += 1
    return jnp.where(x < 1, total, cut[:x]) - g(x, total)
'''


def changes(text: bytes) -> list[tuple[str, str]]:
    """Operator and changed line of every mutant."""
    return [(one.operator, one.lines(text)[1]) for one in mutants("a.py", text)]


@pytest.mark.parametrize(
    ("operator", "line"),
    [
        ("constant", "LIMIT: int = (4)"),
        ("constant", 'def f(x: "Float[2]", cut=((2), 2)):'),
        ("compare", "if ((x) >= (LIMIT)) and x != 0:"),
        ("compare", "if x > LIMIT and ((x) == (0)):"),
        ("boolean", "if ((x > LIMIT) or (x != 0)):"),
        ("drop", "if ((x != 0)):"),
        ("negate", "if (not (x > LIMIT and x != 0)):"),
        ("raise", "pass"),
        ("sign", "total = max(((x)), 2.0) * x"),
        ("twin", "total = (min(-x, 2.0)) * x"),
        ("arithmetic", "total = ((max(-x, 2.0)) / (x))"),
        ("drop", "total = (max(-x, 2.0))"),
        ("delete", "pass"),
        ("arithmetic", "total -= 1"),
        ("slice", "return jnp.where(x < 1, total, (cut[:(x) - 1])) - g(x, total)"),
        ("swap", "return (jnp.where(x < 1, cut[:x], total)) - g(x, total)"),
        ("swap", "return jnp.where(x < 1, total, cut[:x]) - (g(total, x))"),
    ],
)
def test_each_kind_of_change_is_made(operator, line):
    assert (operator, line) in changes(TEXT)


def test_texts_annotations_and_imports_stay():
    for _, line in changes(TEXT):
        assert not line.startswith(('"""', "import", "raise"))
    assert all('"Float[2]"' in line for _, line in changes(TEXT) if line.startswith("def"))


@pytest.mark.parametrize("name", ["config/figures.py", "finance/gigawatt.py", "model/simulate.py"])
def test_every_mutant_is_another_program_of_as_many_lines(name):
    source = (PACKAGE / name).read_bytes()
    found = mutants(name, source)
    assert len({one.id for one in found}) == len(found) > 20
    before = ast.dump(ast.parse(source))
    for one in found[::5]:
        after = one.of(source)
        assert after.count(b"\n") == source.count(b"\n"), one
        assert ast.dump(ast.parse(after)) != before, one


def test_a_bound_is_moved_where_it_is_declared():
    assert ("bound", 'a: Array = (param("b", ge=0, le=1))') in changes(b'class A:\n    a: Array = param("b", gt=0, le=1)\n')


def test_a_sample_is_the_same_twice_and_every_file_gives_its_share():
    names = ["capexmodel/units.py", "capexmodel/param.py", "capexmodel/finance/vintage.py"]
    one, two, other = (drawn(ROOT, names, 60, seed) for seed in (1, 1, 2))
    assert one == two != other
    assert len(one) == 60
    whole = {name: len(drawn(ROOT, [name], None, 0)) for name in names}
    for name in names:
        share = 60 * whole[name] / sum(whole.values())
        assert abs(sum(each.file == name for each in one) - share) < 1


def reached(**lines: list[int]) -> dict:
    """Which lines of `capexmodel/units.py` three tests run."""
    places = {"mirror": "tests/unit/test_units.py", "config": "tests/unit/config/test_load.py", "law": "tests/properties/test_laws.py"}
    rows = {place: {"ok": True, "s": 1.0, "lines": {"capexmodel/units.py": lines[name]}} for name, place in places.items()}
    return {place: {"key": "", "tests": {f"{place}::test_it": row}} for place, row in rows.items()}


def names(reach: dict, budget_s: float) -> list[str]:
    """Which of the three are asked about a change of lines 9 to 11."""
    one = Mutant("capexmodel/units.py", 10, 0, "drop", 1, 0, 1, "", "f", 9, 11)
    return [test.partition("::")[0] for test in Asking(reach).tests(one, budget_s)]


def test_those_are_asked_that_run_the_line():
    assert sorted(names(reached(mirror=[9], config=[10], law=[12]), 10.0)) == ["tests/unit/config/test_load.py", "tests/unit/test_units.py"]
    assert len(names(reached(mirror=[9], config=[10], law=[11]), 1.5)) == 1
    assert names(reached(mirror=[], config=[8], law=[12]), 10.0) == []


def test_whoever_runs_what_few_run_is_asked_first():
    """All run the call; one runs what is refused, one only what all run, one takes long."""
    lines = {"common": [10, 20], "refuses": [10, 20, 30], "slow": [10, 20, 31]}
    rows = {name: {"ok": True, "s": 9.0 if name == "slow" else 0.1, "lines": {"capexmodel/units.py": some}} for name, some in lines.items()}
    assert names({"tests/unit/test_units.py": {"key": "", "tests": rows}}, 20.0) == ["refuses", "common", "slow"]


def test_what_was_found_holds_until_a_file_changes():
    one = drawn(ROOT, ["capexmodel/param.py"], None, 0)[0]
    row = {"id": one.id, "state": "same", "by": "", "how": "exchanged", "source": "0", "tests": ""}
    assert not settled(row, one, ROOT, Asking({}), 1.0)


def test_the_account_counts_by_room_and_takes_reasons(tmp_path, monkeypatch):
    one, other = (drawn(ROOT, [f"capexmodel/{name}"], None, 0) for name in ("param.py", "finance/vintage.py"))
    rows = [
        {"id": one[0].id, "state": "survived", "was": "a + b", "now": "a"},
        {"id": one[1].id, "state": "survived", "was": "a + b", "now": "b"},
        {"id": one[0].id, "state": "survived", "was": "a + b", "now": "a"},
        {"id": other[0].id, "state": "killed"},
        {"id": other[1].id, "state": "unreached", "was": "c", "now": "d"},
        {"id": "capexmodel/param.py:1:1:drop:1", "state": "survived", "was": "no mutant", "now": "of today"},
    ]
    now = [row | {"source": digest((ROOT / row["id"].partition(":")[0]).read_bytes())} for row in rows]
    now.append({"id": one[2].id, "state": "survived", "was": "x", "now": "y", "source": "of another text"})
    (tmp_path / "rows").write_text("".join(json.dumps(row) + "\n" for row in now) + '{"id": "cut o')
    (tmp_path / "why").write_text('[[mutant]]\nfile = "capexmodel/param.py"\nwas = "a + b"\nnow = "b"\nreason = "a is nothing"\n')
    monkeypatch.setattr(account, "ROWS", tmp_path / "rows")
    monkeypatch.setattr(account, "EQUIVALENT", tmp_path / "why")
    found = account.summarize(ROOT)
    assert sorted(found["rooms"]) == ["finance", "param"]
    assert found["rooms"]["param"]["mutants"] > found["rooms"]["param"]["tried"] == 2
    assert [found["rooms"]["param"][state] for state in account.STATES] == [0, 0, 1, 1, 0, 0]
    assert found["rooms"]["finance"]["died_share"] == 0.5
    assert [row["id"] for row in found["survivors"]] == [other[1].id, one[0].id]


def test_equivalents_give_a_reason_each():
    for (file, was, now), reason in account.equivalents().items():
        assert was in (ROOT / file).read_text(encoding="utf-8"), (file, was)
        assert now != was
        assert len(reason.split()) > 3
