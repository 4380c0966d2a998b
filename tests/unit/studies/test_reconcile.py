"""Walks between published costs of a gigawatt, of builds made up by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import pytest

from capexmodel.config.builds import Told
from capexmodel.config.targets import Target
from capexmodel.errors import ConfigError
from capexmodel.studies import reconcile as room
from capexmodel.studies.reconcile import Step, Walk, reconcile
from tests.bare import bare


def told(name: str, usd_per_w: float) -> Told:
    """A build of so many dollars a watt."""
    return bare(Told, name=name, build=SimpleNamespace(cost_usd_per_w=lambda: jnp.asarray(usd_per_w)))


KNOWN = {name: told(name, cost) for name, cost in (("first", 30.0), ("second", 41.0), ("silent", 50.0))}


@pytest.fixture(autouse=True)
def _published(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is published of two of them."""
    rows = [("a", "", 1.0), ("b", "first", 32.5), ("c", "second", 40.0), ("d", "first", 99.0)]
    found = {name: Target(name, "", value, "", "reported", "", build=build) for name, build, value in rows}
    monkeypatch.setattr(room, "targets", lambda: found)
    monkeypatch.setattr(room, "ASSUMPTIONS", {"chips": (), "halls": ()})
    monkeypatch.setattr(room, "walk", lambda one, two: jnp.asarray([7.0, 4.0]) if one is not two else jnp.zeros(2))


def test_steps_add_up_to_the_difference_of_what_is_published() -> None:
    """From 32.5 to 40, of which the parts say 30 and 41."""
    found = reconcile(KNOWN, "first", "second")
    assert [(step.name, step.busd_per_gw) for step in found.steps] == [
        ("chips", 7.0), ("halls", 4.0), ("not explained of first", -2.5), ("not explained of second", -1.0),
    ]  # fmt: skip
    assert (found.published, found.parts, found.ends, found.total) == ((32.5, 40.0), (30.0, 41.0), (32.5, 40.0), 7.5)
    assert (found.start.name, found.end.name) == ("first", "second")


def test_where_nothing_is_published_a_walk_begins_and_ends_at_the_parts() -> None:
    found = reconcile(KNOWN, "silent", "second")
    assert (found.published, found.ends) == ((None, 40.0), (50.0, 40.0))
    assert [step.busd_per_gw for step in found.steps[2:]] == [0.0, -1.0]
    assert reconcile(KNOWN, "first", "silent").ends == (32.5, 50.0)


def test_a_total_is_that_of_all_steps() -> None:
    assert bare(Walk, steps=(Step("a", 3.0), Step("b", -1.0), Step("c", 0.5))).total == 2.5


def test_a_build_that_is_not_known_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"no build .*secund.*, expected one of first, second, silent; is 'second' meant\?"):
        reconcile(KNOWN, "first", "secund")
    with pytest.raises(ConfigError, match=r"silent$"):
        reconcile(KNOWN, "zzzzzzzzzz", "second")
