"""Kept programs: what is fetched and taken once, in which order, and what a key and bytes are made of."""

import hashlib
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from capexmodel import programs as module
from capexmodel.programs import Shelf, digest, keeping, lent


def test_a_program_is_taken_down_once():
    shelf, made = Shelf({}, "v"), []

    def down():
        made.append(len(made))
        return lambda: made

    first = shelf.take("a", down)
    assert shelf.take("a", down) is first
    assert made == [0]


def test_a_program_that_was_fetched_is_not_taken_down_again():
    shelf, program = Shelf({}, "v"), lambda: [3]
    shelf.fetch("a", lambda: program)
    shelf.fetch("a", lambda: 1 / 0)
    assert list(shelf.coming) == ["a"]
    assert shelf.take("a", lambda: 1 / 0) is program
    shelf.coming.clear()
    shelf.fetch("a", lambda: 1 / 0)
    assert shelf.coming == {}
    shelf.hands.shutdown()


def test_what_was_fetched_in_vain_is_taken_down_now():
    shelf, program = Shelf({}, "v"), lambda: [3]
    shelf.fetch("a", lambda: None)
    assert shelf.take("a", lambda: program) is program
    assert shelf.take("b", lambda: None) is None
    assert shelf.used == {"a": program, "b": None}
    shelf.hands.shutdown()


def test_two_hands_take_programs_down():
    assert Shelf({}, "v").hands._max_workers == 2


def test_a_shelf_is_lent_while_this_lasts():
    assert lent() is None
    programs = {}
    with keeping(programs, "v"):
        shelf = lent()
        assert (shelf.programs is programs, shelf.version) == (True, "v")
    assert lent() is None
    with pytest.raises(RuntimeError):
        shelf.hands.submit(print)


def test_what_an_occasion_used_is_its_trail_and_is_fetched_the_next_time(monkeypatch):
    programs, fetched = {"a": b"333", "b": b"55555", "c": b"7"}, []
    with keeping(programs, "v", "day"):
        for key in ("c", "a", "b"):
            lent().take(key, lambda: None)
    assert programs[digest("v", "trail", "day")] == b"c a b"
    monkeypatch.setattr(module, "_stored", lambda *how: fetched.append(how[1]))
    monkeypatch.setattr(Shelf, "fetch", lambda self, key, down: down())
    with keeping(programs, "v", "day"):
        pass
    assert fetched == ["b", "c", "a"]
    with keeping(programs, "v", "night"):
        pass
    assert len(fetched) == 3
    assert digest("v", "trail", "night") not in programs


def test_without_an_occasion_there_is_no_trail():
    programs = {}
    with keeping(programs, "v"):
        lent().take("a", lambda: None)
    assert programs == {}


def test_a_run_that_fails_leaves_no_trail():
    programs = {}

    def fails():
        with keeping(programs, "v", "day"):
            lent().take("a", lambda: None)
            raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        fails()
    assert programs == {}
    assert lent() is None


def test_the_longest_is_first_and_the_rest_in_order():
    programs = {"a": b"333", "b": b"55555", "c": b"7"}
    assert module._longest_first(programs, ["c", "a", "none", "b"]) == ["b", "c", "a", "none"]
    assert module._longest_first(programs, []) == []


def test_a_key_is_made_of_all_that_makes_a_program():
    told = ["v", f"jax {jax.__version__}", f"numpy {np.__version__}", jax.default_backend(), "True", "one", "two"]
    assert digest("v", "one", "two") == hashlib.sha256("\n".join(told).encode()).hexdigest()


def flat(one, unused, two):
    """Two results of three inputs, one of which is of no use."""
    return [one * 3.0 + two, jnp.sum(one)]


def leaves():
    return [jnp.asarray([3.0, 5.0]), jnp.asarray([[7.0]]), jnp.asarray(11.0)]


def test_a_program_is_put_on_the_shelf_with_a_line_that_describes_it():
    programs = {}
    found = module.taken_down(programs, "a", leaves(), 2, flat)
    head, _, rest = programs["a"].partition(b"\n")
    assert json.loads(head) == {
        "inputs": [[[2], "float64"], [[1, 1], "float64"], [[], "float64"]], "outputs": [[[2], "float64"], [[], "float64"]], "used": [0, 2],
    }  # fmt: skip
    assert rest
    np.testing.assert_array_equal(found(*leaves())[0], [20.0, 26.0])
    assert float(found(*leaves())[1]) == 8.0


def test_what_is_on_the_shelf_is_not_traced():
    programs = {}
    module.taken_down(programs, "a", leaves(), 2, flat)
    content = programs["a"]
    found = module.taken_down(programs, "a", leaves(), 2, lambda *parts: 1 / 0)
    np.testing.assert_array_equal(found(*leaves())[0], [20.0, 26.0])
    assert programs == {"a": content}


def test_a_program_of_other_results_is_traced_anew():
    programs = {}
    module.taken_down(programs, "a", leaves(), 2, flat)
    assert module._stored(programs, "a") is not None
    assert module._stored(programs, "a", 2) is not None
    assert module._stored(programs, "a", 3) is None
    assert module._stored(programs, "b") is None
    with pytest.raises(ValueError, match="a kept program gives 2 arrays, not 3"):
        module._compiled(programs["a"], 3)
    found = module.taken_down(programs, "a", leaves(), 1, lambda one, unused, two: [two * 5.0])
    assert float(found(*leaves())[0]) == 55.0


@pytest.mark.parametrize("error", [ValueError, NotImplementedError])
def test_what_has_no_lasting_form_is_none(monkeypatch, error):
    def refuse(*how):
        raise error

    monkeypatch.setattr(module.jax.export, "export", refuse)
    programs = {}
    assert module.taken_down(programs, "a", leaves(), 2, flat) is None
    assert programs == {}
