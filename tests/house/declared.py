"""Every declared parameter by class: `python -m tests.house.declared` writes docs/parameters.md."""

import dataclasses
import importlib
import inspect
from collections.abc import Iterator

from capexmodel.param import Param, axes, params
from capexmodel.units import parse
from tests.house.reading import ROOT, sources

PAGE = ROOT / "docs" / "parameters.md"
HEAD = """# Parameters

Every number of the model as it is declared in the code, by class, those that only pass from room to room among them: its unit (the last
word of its name; a scenario file may use any unit of the same dimension), what it is counted by, the values it may take, and its default
where it has one. Written by `python -m tests.house.declared`.
"""
SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


def declaring() -> Iterator[type]:
    """The classes of the package that declare parameters, by file."""
    for file, text in sources():
        if "param import" in text:
            name = file.removesuffix(".py").replace("/", ".")
            classes = [one for one in vars(importlib.import_module(name)).values() if inspect.isclass(one) and one.__module__ == name]
            yield from (one for one in classes if dataclasses.is_dataclass(one) and params(one))


def row(cls: type, name: str, declared: Param) -> str:
    """One parameter as a line of a table."""
    bounds = " and ".join(f"{sign} {bound:g}" for word, sign in SIGNS.items() if (bound := getattr(declared, word)) is not None)
    values = "a date" if declared.dates else bounds or "any"
    default = "" if declared.default is None else f"{declared.default:g}"
    what = f"{declared.text}; by dates of `{declared.at}`" if declared.at else declared.text
    cells = (f"`{name}`", parse(name)[1] or "1", ", ".join(axes(cls, name)), values, default, what.replace("|", "\\|"))
    return f"| {' | '.join(cells)} |"


def page() -> str:
    """The page."""
    parts = [HEAD]
    for cls in declaring():
        parts.append(f"\n## {cls.__name__} (`{cls.__module__.replace('.', '/')}.py`)\n")
        parts.append("| name | unit | by | values | default | what it is |\n|---|---|---|---|---|---|")
        parts += [row(cls, name, declared) for name, declared in params(cls).items()]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
