"""What is known by its name: functions and classes of which the versions of their packages say what they are."""

import operator
import sys
import types

OURS = ("capexmodel.",)
"""How the names of modules begin whose source a key of this package holds the version of."""


def known_by_name(thing: object, homes: tuple[str, ...] = OURS) -> bool:
    """Whether a function, a class or an instance's class is, in a module of these homes, what its name stands for."""
    named = thing if isinstance(thing, types.FunctionType | type) else type(thing)
    if not str(named.__module__).startswith(homes):
        return False
    try:
        return operator.attrgetter(named.__qualname__)(sys.modules[named.__module__]) is named
    except (AttributeError, KeyError):
        return False
