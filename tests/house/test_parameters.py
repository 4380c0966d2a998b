"""Laws 1, 2, 4 and 9: parameters are declared once, in their unit; kinds are final or abstract; wishes hold no numbers."""

import ast

import pytest

from capexmodel import units
from tests.house.reading import assert_clean, called, faults, fields, sources, words

DECLARING = ("components", "training", "energy", "finance", "model/scenario.py")
NUMBERS = {"float", "int", "complex", "Array", "ArrayLike", "Float", "Int", "Integer", "Num", "Real", "Shaped", "Scalar"}
# A number without a unit says in its declaration what it is a share, a ratio or a power of.
PURE = {
    "share",
    "ratio",
    "over",
    "factor",
    "multiple",
    "fraction",
    "exponent",
    "power with",
    "weight",
    "worth of a unit",
    "probability",
    "utilization",
    "for each",
}


def numeric_words() -> set[str]:
    """The types that hold numbers: jaxtyping's, Python's, and the aliases of capexmodel.types."""
    aliases = {
        target.id
        for _, text in sources("types.py")
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and words(node.value) & NUMBERS
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return NUMBERS | aliases


def undeclared(text: str) -> list[str]:
    """Fields that hold numbers but are not declared by `param`."""
    numeric = numeric_words()
    return [
        f"line {node.lineno}: {cls.name}.{name} holds a number: declare it with param(...)"
        for cls, name, node in fields(text)
        if words(node.annotation) & numeric and called(node.value) != "param"
    ]


def wordless(text: str) -> list[str]:
    """Parameters that do not say in words what they are."""
    found = []
    for cls, name, node in fields(text):
        if not isinstance(node.value, ast.Call) or called(node.value) != "param":
            continue
        first = node.value.args[0] if node.value.args else None
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str) and len(first.value.split()) > 1):
            found.append(f"line {node.lineno}: {cls.name}.{name} does not say what it is")
    return found


def unitless(text: str) -> list[str]:
    """Parameters whose name ends in no unit and that neither name nor declaration calls a share, a ratio or a power."""
    found = []
    for cls, name, node in fields(text):
        if not isinstance(node.value, ast.Call) or called(node.value) != "param" or not node.value.args:
            continue
        first = node.value.args[0]
        meaning = str(first.value) if isinstance(first, ast.Constant) else ""
        if not units.parse(name)[1] and not any(word in f"{meaning} {name.split('_')[-1]}" for word in PURE):
            found.append(f"line {node.lineno}: {cls.name}.{name} ends in no unit and is not said to be a share, ratio or power")
    return found


def reopened(text: str, package_classes: set[str]) -> list[str]:
    """Classes that derive from a finished class of the package: only abstract ones may be extended."""
    return [
        f"line {node.lineno}: {node.name} extends {base}, which is final"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
        for base in sorted(set().union(*(words(part) for part in node.bases)))
        if base in package_classes and not base.startswith("Abstract")
    ]


def finished_classes() -> set[str]:
    """All classes of the package but its errors, which form a family."""
    trees = [ast.parse(text) for name, text in sources() if not name.endswith("errors.py")]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def test_every_number_of_the_model_is_declared() -> None:
    assert_clean(faults(undeclared, *DECLARING))


def test_wishes_hold_no_numbers() -> None:
    assert_clean(faults(undeclared, "planning/objective.py", "planning/constraint.py"))


def test_every_declaration_says_what_it_is() -> None:
    assert_clean(faults(wordless))


def test_last_word_of_a_parameter_is_its_unit() -> None:
    assert_clean(faults(unitless, *DECLARING))


def test_kinds_are_abstract_or_final() -> None:
    finished = finished_classes()
    assert_clean(faults(lambda text: reopened(text, finished)))


@pytest.mark.parametrize(
    "field",
    ["price_usd: float", "price_usd: float = 3.0", "price_usd: Float[Array, 'chip'] = eqx.field()", "price_usd: Scalar", "chips: int = 3"],
)
def test_an_undeclared_number_is_found(field: str) -> None:
    planted = f"class Chip(eqx.Module):\n    names: tuple[str, ...] = eqx.field(static=True)\n    {field}\n"
    assert len(undeclared(planted)) == 1


def test_a_declared_number_passes() -> None:
    assert undeclared("class Chip(eqx.Module):\n    price_usd: Scalar = param('installed price', gt=0)\n") == []


@pytest.mark.parametrize("declaration", ["param()", "param('')", "param('price')", "param(TEXT, gt=0)"])
def test_a_declaration_without_words_is_found(declaration: str) -> None:
    assert len(wordless(f"class Chip:\n    price_usd: Scalar = {declaration}\n")) == 1


def test_a_parameter_without_unit_is_found() -> None:
    planted = "class Chip:\n    price_dollars: Scalar = param('price of one chip')\n    price_usd: Scalar = param('price of one chip')\n"
    assert unitless(planted) == ["line 2: Chip.price_dollars ends in no unit and is not said to be a share, ratio or power"]
    assert unitless("class Chip:\n    load: Scalar = param('share of peak')\n") == []


def test_an_extended_final_class_is_found() -> None:
    assert reopened("class Gpu(Chip): ...", {"Chip"}) == ["line 1: Gpu extends Chip, which is final"]
    assert reopened("class Gpu(AbstractChip, eqx.Module): ...", {"AbstractChip", "Chip"}) == []
