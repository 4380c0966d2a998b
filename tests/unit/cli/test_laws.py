"""Commands on trust: which laws are tried how, what is written of those that are broken, and how commands end."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from capexmodel.cli import laws
from capexmodel.errors import ConfigError, ModelError
from capexmodel.testing import Law, Reach
from tests.unit.cli.conftest import DOUBTS, Doubted

ONE, TWO = Law("L1 L2", "a law", "it holds", 1.0, "because", print), Law("L3", "other law", "it holds", 1.0, "because", print)


def found(broken=(), name="found"):
    fared = (SimpleNamespace(law=ONE, broken=()), SimpleNamespace(law=TWO, broken=broken))
    return SimpleNamespace(holds=not broken, fared=fared, scenario="scenario", seed=7, reach="reach", name=name)


@pytest.fixture
def trying(inside):
    inside.gives("capexmodel.config", load=Doubted("scenario"))
    inside.gives("capexmodel.testing", check=found(), again=found(), LAWS=None)
    inside.patch.setattr("capexmodel.testing.LAWS", (ONE, TWO))
    inside.gives("capexmodel.testing.shipped", check_shipped=[found((5, 3), "a"), found(name="b")])
    inside.gives("capexmodel.testing.shrink", smallest="smallest")
    inside.gives("capexmodel.testing.grads", gradients=SimpleNamespace(holds=True))
    inside.gives("capexmodel.report.laws", check_document="document", check_page="CHECK", failing_file=b"failing", self_document="all",
                 self_page="ALL")  # fmt: skip
    inside.gives("capexmodel.report.grads", gradients_document="document", gradients_page="GRADS")
    inside.gives("capexmodel.report.verified", verified_document="document", verified_page="VERIFIED",
                 verify=[SimpleNamespace(holds=True)])  # fmt: skip
    inside.gives("capexmodel.cli.plans", given_allocation="allocation")
    return inside


def test_laws_are_tried_as_asked(trying, asked, capsys):
    words = "check S --level deep --law L2 --reach edge --seed 7 --set a=3 --json f.json --out o --all"
    assert laws.check(asked(words)) == 0
    assert trying.of("load") == [("S", ["a=3"], {"faults": "all"})]
    assert trying.of("check") == [("scenario", [ONE], "deep", {"seed": 7, "reach": Reach.EDGE, "tell": print})]
    assert (trying.of("check_file"), trying.of("check_folder")) == ([(Path("f.json"),)], [(Path("o"),)])
    assert trying.of("keep_traced") == [("check S",)]
    assert trying.of("write") == [({Path("f.json"): b"json"},)]
    assert trying.of("again") == trying.of("smallest") == []
    assert [parts[1] for parts in trying.of("check_document")] == [[]]
    assert capsys.readouterr().out == "CHECK"


def test_a_broken_law_is_told_with_its_smallest_scenario(trying, asked):
    broken = found((5, 3))
    trying.gives("capexmodel.testing", check=broken)
    assert laws.check(asked("check S --out o")) == 1
    assert trying.of("smallest") == [("scenario", TWO, 5, 7, "reach")]
    path = Path("o/L3_other_law.toml")
    assert trying.of("failing_file") == [(broken, broken.fared[1], "smallest", str(path))]
    assert trying.of("write") == [({path: b"failing"},)]
    assert trying.of("check_page") == [(broken, [(broken.fared[1], "smallest")])]
    assert trying.of("load") == [("S", [], {"faults": "first"})]


def test_without_a_folder_nothing_that_fails_is_written(trying, asked):
    trying.gives("capexmodel.testing", check=found((5,)))
    laws.check(asked("check S"))
    assert (trying.of("write"), trying.of("check_file"), trying.of("check_folder")) == ([({},)], [], [])


def test_one_example_is_tried_again(trying, asked):
    again = found((5,))
    trying.gives("capexmodel.testing", again=again)
    assert laws.check(asked("check S --example 0 --seed 7")) == 1
    assert trying.of("again") == [("scenario", [ONE, TWO], 0, 7)]
    assert trying.of("check") == trying.of("smallest") == []
    assert trying.of("check_page") == [(again, [])]


@pytest.mark.parametrize("words", ["--out o", "--level deep", "--reach edge"])
def test_one_example_takes_nothing_that_is_of_many(trying, asked, words):
    with pytest.raises(ConfigError, match=r"^--example: takes no --out, --level or --reach: it is the scenario as it stands$"):
        laws.check(asked(f"check S --example 0 {words}"))
    assert trying.of("again") == []


@pytest.mark.parametrize(("words", "said"), [
    ("check", "check: whose laws\\? expected a SCENARIO, or --self"),
    ("check S --self", "--self: tries all .*, expected no SCENARIO beside it"),
])  # fmt: skip
def test_a_scenario_or_all_that_are_shipped(trying, asked, words, said):
    with pytest.raises(ConfigError, match=said):
        laws.check(asked(words))


@pytest.mark.parametrize("words", ["--example 0", "--set a=3", "--out o"])
def test_what_is_of_one_scenario_does_not_go_with_all(trying, asked, words):
    with pytest.raises(ConfigError, match="--self: takes no --set, --example or --out"):
        laws.check(asked(f"check --self {words}"))


def test_all_that_are_shipped_are_tried_one_by_one(trying, asked, capsys):
    assert laws.check(asked("check --self --level deep --law L3 --reach edge --seed 7 --json f.json")) == 1
    assert trying.of("check_shipped") == [([TWO], "deep", {"seed": 7, "reach": Reach.EDGE, "tell": print})]
    assert trying.of("keep_traced") == [("check --self",)]
    (every, smallest) = trying.of("self_document")[0]
    assert [one.name for one in every] == ["a", "b"]
    assert smallest == [[(every[0].fared[1], "smallest")], []]
    assert [parts[1] for parts in trying.of("check_page")] == smallest
    assert trying.of("write") == [({Path("f.json"): b"json"},)]
    assert trying.of("self_page") == [(every,)]
    assert capsys.readouterr().out == "CHECK\nCHECK\nALL"
    trying.gives("capexmodel.testing.shipped", check_shipped=[found()])
    assert laws.check(asked("check --self")) == 0
    assert trying.of("write")[1] == ({},)


def test_laws_that_there_are_not_are_refused(trying):
    assert laws._laws(["L3 other law", "L1"]) == [ONE, TWO]
    with pytest.raises(ConfigError, match=r"--law: no law 'L3 othe law'; did you mean 'L3 other law'\?; `capexmodel check SCENARIO`"):
        laws._laws(["L1", "L3 othe law"])
    with pytest.raises(ConfigError, match=f"no law '{'x' * 40}';"):
        laws._laws(["x" * 50])


def test_a_result_is_judged_again(trying, asked, capsys):
    trying.gives("capexmodel.report.document", read_result="result")
    assert laws.verify(asked("verify o/r.json --json f.json")) == 0
    assert trying.of("read_result") == [(Path("o/r.json"),)]
    assert trying.of("verify") == [("result",)]
    assert trying.of("verified_document") == trying.of("verified_page")
    assert trying.of("verified_page")[0][0] == "r.json"
    assert (trying.of("check_file"), trying.of("write")) == ([(Path("f.json"),)], [({Path("f.json"): b"json"},)])
    assert trying.of("keep_traced") == [("verify",)]
    assert capsys.readouterr().out == "VERIFIED"
    trying.gives("capexmodel.report.verified", verify=[SimpleNamespace(holds=True), SimpleNamespace(holds=False)])
    assert laws.verify(asked("verify r.json")) == 1
    assert trying.of("write")[1] == ({},)


@pytest.mark.parametrize("error", [ConfigError, ModelError])
@pytest.mark.parametrize("text", ["r.json: is wrong", "is wrong"])
def test_a_result_that_is_wrong_is_named_once(trying, asked, error, text):
    trying.gives("capexmodel.report.document", read_result=error(text))
    with pytest.raises(ConfigError) as caught:
        laws.verify(asked("verify r.json"))
    assert str(caught.value) == "r.json: is wrong"


def test_slopes_are_compared_at_an_allocation_or_an_example(trying, asked, capsys):
    assert laws.grads(asked("grads S --set a=3 --json f.json --all")) == 0
    assert trying.of("load") == [("S", ["a=3"], {"faults": "all"})]
    assert trying.of("gradients") == [("scenario", None, 1)]
    assert (trying.of("check_file"), trying.of("write")) == ([(Path("f.json"),)], [({Path("f.json"): b"json"},)])
    assert trying.of("keep_traced") == [("check S",)]
    assert capsys.readouterr().out == "compiling outcomes and slopes\nGRADS"
    trying.gives("capexmodel.testing.grads", gradients=SimpleNamespace(holds=False))
    assert laws.grads(asked("grads S --allocation a.json --example 5")) == 1
    assert trying.of("given_allocation") == [("a.json", "scenario")]
    assert trying.of("gradients")[1] == ("scenario", "allocation", 5)
    assert (trying.of("load")[1][-1], trying.of("write")[1]) == ({"faults": "first"}, ({},))


@pytest.mark.parametrize("words", ["check S --law L1", "grads S"])
def test_what_is_doubted_is_said_before_anything_is_tried(trying, asked, capsys, words):
    for name in ("check", "gradients"):
        trying.gives("capexmodel.testing" if name == "check" else "capexmodel.testing.grads", **{name: RuntimeError("too late")})
    with pytest.raises(RuntimeError):
        {"check": laws.check, "grads": laws.grads}[words.split()[0]](asked(words))
    assert capsys.readouterr().err == DOUBTS


def test_a_scenario_is_read_before_laws_are_looked_for(trying, asked):
    trying.gives("capexmodel.config", load=ConfigError("no such key"))
    with pytest.raises(ConfigError, match="no such key"):
        laws.check(asked("check S --law L99"))


def test_a_law_is_known_in_small_letters_too(trying):
    assert laws._laws(["l3"]) == laws._laws(["l3  OTHER law"]) == [TWO]
    assert laws._laws([]) == [ONE, TWO]


@pytest.mark.parametrize("word", ["", " "])
def test_a_law_without_a_name_is_refused_without_a_look_at_any(trying, word):
    trying.patch.setattr("capexmodel.testing.LAWS", None)
    with pytest.raises(ConfigError, match="--law: no law is named, expected L13"):
        laws._laws(["L3", word])
