"""How the house speaks: docstrings on all that is public, American spelling, a short public face, reasons beside exceptions."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator

import pytest

import capexmodel
from tests.house.reading import ROOT, assert_clean, faults, sources

FACE = 30
# British stems: none of them is the beginning of an American word.
BRITISH = re.compile(
    r"^(optimis|minimis|maximis|utilis|normalis|initialis|linearis|discretis|regularis|parametris|amortis|capitalis|energis|organis|summaris|"
    r"visualis|vectoris|serialis|analys(e$|ed|er|ing)|colour|behaviour|labour|favour|neighbour|centre|metre|litre|fibre|catalogue|"
    r"cancelled|labelled|labelling|modelled|modelling|travell|licence|defence|grey$|fulfil$|programmes$)"
)
FOREIGN = {"optimistix", "minimise", "AbstractMinimiser"}
"""Names that a dependency spells in its own way."""


def undocumented(text: str) -> list[str]:
    """Public modules, classes, functions and methods whose docstring's first line says nothing."""
    tree = ast.parse(text)
    named = [("the file", tree), *((f"line {node.lineno}: {node.name}", node) for node in _public(tree))]
    return [
        f"{name} has no docstring" for name, node in named if not (ast.get_docstring(node, clean=False) or "").partition("\n")[0].strip()
    ]


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in parent.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            if "overload" in {name.id for name in getattr(node, "decorator_list", []) if isinstance(name, ast.Name)}:
                continue
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def british(text: str) -> list[str]:
    """Identifiers with a word in British spelling."""
    names = {t.string: t.start[0] for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.NAME}
    return [f"line {line}: {name}" for name, line in names.items() if name not in FOREIGN and british_word(name)]


def british_word(name: str) -> bool:
    """Whether any word of an identifier (snake or camel case) is spelled the British way."""
    return any(BRITISH.match(word.lower()) for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name))


def unreasoned(text: str) -> list[str]:
    """Silenced warnings that name no rule or give no reason after it."""
    comments = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.COMMENT]
    silenced = [c for c in comments if re.search(r"#\s*(noqa|type:\s*ignore|pyright:)", c.string)]
    good = re.compile(r"#\s*(noqa: ?[A-Z]+\d+(, ?[A-Z]+\d+)*|type: ?ignore\[[\w-]+\]|pyright: ?ignore\[\w+\])\W+\w+ \w+")
    return [f"line {c.start[0]}: {c.string}" for c in silenced if not good.search(c.string)]


def toml_keys(table: dict[str, object]) -> Iterator[str]:
    """Yield every key of a table and of the tables in it."""
    for key, value in table.items():
        yield key
        if isinstance(value, dict):
            yield from toml_keys(value)


def test_all_that_is_public_says_what_it_is() -> None:
    assert_clean(faults(undocumented))


def test_names_are_spelled_the_american_way() -> None:
    assert_clean(faults(british))


def test_keys_of_configs_are_spelled_the_american_way() -> None:
    keys = {
        (file.name, key) for file in ROOT.glob("configs/**/*.toml") for key in toml_keys(tomllib.loads(file.read_text(encoding="utf-8")))
    }
    assert keys, "found no configs"
    assert_clean([f"{name}: {key}" for name, key in sorted(keys) if british_word(key)])


def test_every_silenced_warning_gives_its_reason() -> None:
    tests = [(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in (ROOT / "tests").rglob("*.py")]
    assert_clean([f"{name}: {fault}" for name, text in sources() + tests for fault in unreasoned(text)])


def test_the_public_face_is_short_and_real() -> None:
    face = capexmodel.__all__
    assert 0 < len(face) <= FACE
    assert len(set(face)) == len(face)
    assert [name for name in face if not hasattr(capexmodel, name)] == []


def test_missing_docstrings_are_found() -> None:
    planted = "class A:\n    '''Say.'''\n    def f(self): ...\n    def _g(self): ...\ndef h():\n    '''\n    Late.'''\ndef _i(): ...\n"
    assert undocumented(planted) == ["the file has no docstring", "line 3: f has no docstring", "line 5: h has no docstring"]


@pytest.mark.parametrize("name", ["optimise", "utilisation_at", "LineColour", "neighbour_count", "_serialise", "minimiseCost", "catalogue"])
def test_british_names_are_found(name: str) -> None:
    assert len(british(f"{name} = 1\n# optimise in a comment is nobody's name\n")) == 1


@pytest.mark.parametrize(
    "name", ["optimize", "utilization", "analysis", "program", "Programme", "diameter", "parameter", "premise_s", "greyhound"]
)
def test_american_names_pass(name: str) -> None:
    assert british(f"{name} = 1\n") == []


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        ("noqa", 1),
        ("noqa: E501", 1),
        ("type: ignore", 1),
        ("type: ignore[arg-type]", 1),
        ("noqa: E501  (an address cannot be broken)", 0),
        ("type: ignore[arg-type]  # jax types its axes too narrowly", 0),
        ("an ordinary remark", 0),
    ],
)
def test_a_silence_without_reason_is_found(comment: str, count: int) -> None:
    assert len(unreasoned(f"x = 1  # {comment}\n")) == count
