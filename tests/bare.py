"""Objects of a class with only the fields that a test needs: nothing is declared, checked or worked out."""

from typing import Any, TypeVar

T = TypeVar("T")


def bare(of: type[T], **fields: Any) -> T:
    """An object of a class with these fields and no others."""
    made = object.__new__(of)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made
