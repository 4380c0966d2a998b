"""Declarations of numbers: what each bound lets through, and that a declaration is found again as it was made."""

import dataclasses
import math

import equinox as eqx
import pytest
from jaxtyping import Array, Float

from capexmodel.param import Param, axes, param, params


class Table(eqx.Module):
    """Three declared numbers and a name."""

    name: str
    share: Float[Array, ""] = param("a share", gt=0, le=1)
    power_w: Float[Array, "site step"] = param("power by site and step", ge=0, lt=5, at="step_s")
    step_s: Float[Array, "step"] = param("dates of steps", default=3, dates=True)


@pytest.mark.parametrize(
    ("bound", "words", "below", "at", "above"),
    [("gt", "above 2", False, False, True), ("ge", "at least 2", False, True, True),
     ("lt", "below 2", True, False, False), ("le", "at most 2", True, True, False)],
)  # fmt: skip
def test_a_bound_lets_through_what_it_says(bound, words, below, at, above):
    one = Param("a number", **{bound: 2.0})
    found = [one.complaint(value) for value in (math.nextafter(2.0, 0.0), 2.0, math.nextafter(2.0, 3.0))]
    assert found == [None if good else words for good in (below, at, above)]


def test_the_first_broken_bound_is_told_and_none_where_none_is():
    one = Param("a number", gt=1.0, ge=2.0, lt=9.0, le=8.0)
    assert [one.complaint(value) for value in (1.0, 1.5, 5.0, 8.5, 9.0)] == ["above 1", "at least 2", None, "at most 8", "below 9"]
    assert Param("a number").complaint(-1e300) is None
    assert Param("a number", gt=0.0).complaint(math.nan) == "above 0"


def test_a_declaration_is_found_as_it_was_made():
    assert params(Table) == {
        "share": Param("a share", gt=0, le=1),
        "power_w": Param("power by site and step", ge=0, lt=5, at="step_s"),
        "step_s": Param("dates of steps", default=3, dates=True),
    }
    assert [(one.at, one.dates) for one in params(Table).values()] == [(None, False), ("step_s", False), (None, True)]
    whole = {"text": "all", "gt": 1, "ge": 2, "lt": 3, "le": 4, "default": 5, "at": "it", "dates": True}
    field = param(**whole)
    assert [dataclasses.asdict(one) for one in field.metadata.values()] == [whole]


def test_axes_are_those_of_the_annotation():
    assert [axes(Table, name) for name in ("share", "power_w", "step_s", "name")] == [(), ("site", "step"), ("step",), ()]
    made = Table("a", *(object() for _ in range(3)))
    assert axes(made, "power_w") == ("site", "step")
    assert params(made) == params(Table)
